"""OBSERVACIONES as people read them: whole words with their accents, whatever the source wrote."""

import pytest

from pregon.prep.dialecto import Observacion
from pregon.sitio import palabras


@pytest.mark.parametrize(
    ("texto", "dicho"),
    [
        ("EXCEDE LISTA NOMINAL, ALGUN CAMPO ILEGIBLE O SIN DATO", "{EXCEDE}, {ALGUN_CAMPO}"),
        ("EXCEDE LISTA NOMINAL CON CAMPO ILEGIBLE O SIN DATO", "{EXCEDE}, {ALGUN_CAMPO}"),
        ("ALGUN DATO ILEGIBLE O SIN DATO", "{ALGUN_CAMPO}"),
        ("SIN ACTA POR PAQUETE ENTREGADO SIN SOBRE", "sin acta por paquete entregado sin sobre del PREP"),
        ("N/A", ""),
        ("-", ""),
        ("OTRA_COSA", "otra cosa"),
        ("Inconsistente C.N.V", "Inconsistente C.N.V"),
    ],
)
def test_observaciones_are_told_in_words(texto: str, dicho: str) -> None:
    de_lista = {caso.name: palabras.observaciones(caso.value) for caso in Observacion}

    assert palabras.observaciones(texto) == dicho.format(**de_lista)


def test_every_case_of_the_vocabulary_has_its_words() -> None:
    dichos = [palabras.observaciones(caso.value) for caso in Observacion]

    assert len(set(dichos)) == len(Observacion)
    assert "algún campo ilegible o sin dato" in dichos
    assert "identificación por el proceso técnico operativo" in dichos
    assert [d for d in dichos if d != d.lower().replace("prep", "PREP")] == []
