"""Real and invented nights, written and read back: the same corte, to the last cell (R90)."""

from dataclasses import replace
from pathlib import Path

import pytest

from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import deducir, eleccion, escribir
from pregon.prep.base_de_datos import leer
from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.cuentas import Cuentas, cuentas, diferencias
from pregon.prep.dialecto import PRESETS
from pregon.prep.jornada import Tipo
from pregon.prep.recontar import recontar

COAHUILA = "coahuila-2017/20170605_1300_PREP_DIP_LOC_COAH.zip"
QROO = "qroo-2019/20190603_0547_PREP_DIP_QROO.zip"
PUEBLA = "puebla-2024/jornada/20240603_2000/PUE_GUB_2024.csv"


def real(datos_reales: Path, ruta: str) -> Corte:
    archivo = datos_reales / ruta
    if not archivo.is_file():
        pytest.skip(f"falta {ruta} entre los archivos reales")
    bases = leer(archivo.name, archivo.read_bytes())
    jornada, actas = deducir.jornada(bases, tipo=Tipo.SIMULACRO, rol="simulacro-prueba")
    instante = bases[0].sello
    assert instante is not None
    return contar(jornada, numero=1, instante=instante, ultimo=False, actas=actas)


def inventado(nombre: str) -> Corte:
    fuente = Sintetica(eleccion.leer(ejemplos.texto(nombre), archivo=nombre))
    cierre = fuente.jornada.cierre
    return contar(fuente.jornada, numero=145, instante=cierre, ultimo=True, actas=fuente.leer(cierre).actas)


def de_vuelta(corte: Corte, dialecto: str) -> tuple[ResultadoEleccion, Cuentas, Cuentas]:
    """Write the first election; return its result, what reading it back gives, what recounting does."""
    jornada = replace(corte.jornada, dialecto=PRESETS[dialecto])
    corte = replace(corte, jornada=jornada)
    resultado = corte.resultados[0]
    como = escribir.nombres(corte, resultado.eleccion)
    archivos = dict(escribir.base_de_datos(corte, resultado))
    (base,) = leer(como.comprimido, archivos[como.comprimido])
    una = replace(jornada, elecciones=(resultado.eleccion,))
    actas = {resultado.eleccion.clave: base.actas}
    releido = contar(
        una, numero=corte.numero, instante=corte.instante, ultimo=corte.ultimo, actas=actas
    ).resultados[0]
    recuento = recontar(archivos[como.resultados])
    assert list(recuento.diferencias(ultimo=corte.ultimo)) == []
    return resultado, cuentas(replace(releido, municipios=())), recuento.cuentas


@pytest.mark.parametrize("ruta", [COAHUILA, QROO, PUEBLA])
def test_a_real_file_written_again_is_the_same_corte(datos_reales: Path, ruta: str) -> None:
    resultado, leidas, recontadas = de_vuelta(real(datos_reales, ruta), "2024")

    assert list(diferencias(cuentas(replace(resultado, municipios=())), leidas)) == []
    assert list(diferencias(leidas, recontadas)) == []


@pytest.mark.parametrize("dialecto", PRESETS)
@pytest.mark.parametrize("noche", ["diputaciones", "ayuntamientos"])
def test_an_invented_night_is_the_same_corte_in_every_dialecto(noche: str, dialecto: str) -> None:
    resultado, leidas, recontadas = de_vuelta(inventado(noche), dialecto)

    assert list(diferencias(cuentas(replace(resultado, municipios=())), leidas)) == []
    assert list(diferencias(leidas, recontadas)) == []


def test_r93_a_replayed_rehearsal_names_no_real_candidate(datos_reales: Path) -> None:
    corte = real(datos_reales, QROO)

    quienes = corte.resultados[0].eleccion.candidaturas

    assert quienes
    assert {q.propietaria for q in quienes} == {"Nombre Apellido Apellido"}
