"""The tree of errors, its drawing, its exit codes, its advice and its page stay together."""

import re
from pathlib import Path

import pytest

from pregon import errors
from pregon.errors import PregonError

TEXTO = (Path(__file__).resolve().parents[3] / "docs" / "referencia" / "errores.md").read_text()
APARTADOS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", TEXTO, re.MULTILINE | re.DOTALL))


def _arbol(clase: type[PregonError]) -> list[type[PregonError]]:
    return [clase, *(descendiente for hija in clase.__subclasses__() for descendiente in _arbol(hija))]


CLASES = [clase for clase in _arbol(PregonError) if clase.__module__.startswith("pregon.")]


def _una_linea(texto: str) -> str:
    return " ".join(texto.split())


def test_there_is_one_section_per_class_and_none_of_another() -> None:
    assert sorted(APARTADOS) == sorted(clase.__name__ for clase in CLASES)


@pytest.mark.parametrize("clase", CLASES)
def test_a_section_says_the_exit_code_and_the_advice_of_its_class(clase: type[PregonError]) -> None:
    apartado = _una_linea(APARTADOS[clase.__name__])

    assert f"Código de salida: {clase.codigo}." in apartado
    assert f"Qué hacer: {clase.consejo}" in apartado


@pytest.mark.parametrize("clase", CLASES)
def test_a_class_stands_in_the_one_file_and_in_its_drawing(clase: type[PregonError]) -> None:
    dibujo = errors.__doc__ or ""

    assert clase.__module__ == "pregon.errors"
    if clase is not PregonError:
        assert re.search(rf"── {clase.__name__} +{clase.codigo} ", dibujo)


def test_the_table_of_exit_codes_has_each_code_once() -> None:
    codigos = [int(codigo) for codigo in re.findall(r"^\| (\d+) \|", TEXTO, re.MULTILINE)]

    propias = {errors.EXITO, errors.INTERNO, errors.DIFERENCIAS, errors.SIN_AUTORIA, errors.EQUIVOCO}
    constantes = propias | {130}
    assert codigos == sorted(constantes | {clase.codigo for clase in CLASES})
