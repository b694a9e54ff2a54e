"""Both views of real elections add up to the same votes, at the entidad and in every unit (R54, R68–R70)."""

from pathlib import Path

import pytest

from pregon.origin.motor import contar
from pregon.prep.base_de_datos import leer
from pregon.prep.corte import ResultadoEleccion
from pregon.prep.deducir import jornada
from pregon.prep.identidades import faltas
from pregon.prep.jornada import ClaseColumna, Tipo
from pregon.prep.lugares import contiendas, entidad
from pregon.testing.reparto import reparto, reparto_entidad

ELECCIONES = (
    *(f"coahuila-2017/20170605_1300_PREP_{e}_COAH.zip" for e in ("GOB", "DIP_LOC", "AYUN")),
    "qroo-2019/20190603_0547_PREP_DIP_QROO.zip",
    "puebla-2024/simulacros/20240519_1430/PUE_AYUN_2024.csv",
    "puebla-2024/simulacros/20240519_1430/PUE_DIP_LOC_2024.csv",
)
"""With partial coalitions, independents and up to 131 combinations."""


@pytest.fixture(scope="module", params=ELECCIONES)
def resultado(request: pytest.FixtureRequest, datos_reales: Path) -> ResultadoEleccion:
    archivo = datos_reales / request.param
    if not archivo.is_file():
        pytest.skip(f"falta {request.param} entre los archivos reales")
    (base,) = leer(archivo.name, archivo.read_bytes())
    assert base.sello is not None
    noche, actas = jornada((base,), tipo=Tipo.PROTOTIPO, rol="prototipo")
    (hecho,) = contar(noche, numero=1, instante=base.sello, ultimo=False, actas=actas).resultados
    return hecho


def test_both_views_add_up_to_the_total_in_every_unit(resultado: ResultadoEleccion) -> None:
    for una in contiendas(resultado):
        votos = una.resultado.totales.votos
        de_alguien = sum(votos) - nulas(resultado, votos)

        assert sum(u.votos for u in una.lugares) == de_alguien
        assert sum(reparto(resultado.eleccion.columnas, votos).values()) == de_alguien


def test_both_views_add_up_to_the_total_of_the_entidad(resultado: ResultadoEleccion) -> None:
    votos = resultado.totales.votos
    de_alguien = sum(votos) - nulas(resultado, votos)

    assert sum(u.votos for u in entidad(resultado, contiendas(resultado))) == de_alguien
    assert sum(reparto_entidad(resultado).values()) == de_alguien
    assert sum(votos) + resultado.totales.sin_desglose == resultado.totales.votos_c_cs


def test_the_identities_hold_at_every_level(resultado: ResultadoEleccion) -> None:
    assert list(faltas(resultado)) == []


def nulas(hecho: ResultadoEleccion, votos: tuple[int, ...]) -> int:
    """Return the votes of no candidatura: no registradas and nulos."""
    return sum(
        n
        for c, n in zip(hecho.eleccion.columnas, votos, strict=True)
        if c.clase in {ClaseColumna.NO_REGISTRADAS, ClaseColumna.NULOS}
    )
