"""Real nights, counted in columns, written and recounted from what was written: no cell differs (C1)."""

from pathlib import Path

import pytest

from pregon.origin.motor import contar
from pregon.prep.base_de_datos import leer
from pregon.prep.cuentas import cuentas, diferencias
from pregon.prep.deducir import jornada
from pregon.prep.escribir.resultados import resultados
from pregon.prep.jornada import Tipo
from pregon.prep.recontar import recontar


@pytest.mark.parametrize(
    "ruta",
    [
        "campeche-2021-simulacro/2021.zip",
        "coahuila-2017/20170605_1300_PREP_AYUN_COAH.zip",
        "coahuila-2017/20170605_1300_PREP_DIP_LOC_COAH.zip",
        "coahuila-2017/20170605_1300_PREP_GOB_COAH.zip",
        "puebla-2024/jornada/20240603_2000/PUE_GUB_2024.csv",
        "puebla-2024/simulacros/20240519_1210/PUE_AYUN_2024.csv",
        "qroo-2019/20190603_0547_PREP_DIP_QROO.zip",
    ],
)
def test_c1_both_engines_agree_on_a_real_night(datos_reales: Path, ruta: str) -> None:
    archivo = datos_reales / ruta
    bases = leer(archivo.name, archivo.read_bytes())

    for base in bases:
        noche, actas = jornada([base], tipo=Tipo.SIMULACRO, rol="simulacro")
        instante = base.sello or noche.apertura
        corte = contar(noche, numero=1, instante=instante, ultimo=False, actas=actas)
        (resultado,) = corte.resultados
        recuento = recontar(resultados(corte, resultado, tuple(resultado.actas)))
        assert list(diferencias(cuentas(resultado), recuento.cuentas)) == []
        assert list(recuento.diferencias(ultimo=False)) == []
        assert len(recuento.cuentas.actas) == len(base.actas)
