"""The table by municipio: few combinations have a column each, many share one, and it always closes."""

from dataclasses import replace

import pytest

from pregon.prep.contienda import columnas
from pregon.prep.corte import ResultadoEleccion, ResultadoMunicipio
from pregon.prep.jornada import Coalicion, Partido, Unidad
from pregon.sitio.municipios import tabla
from pregon.testing.noche import ELECCION, NOCHE, Noche, cuenta

PARTIDOS = tuple(Partido(clave=c, nombre=c, color="#000000") for c in "ABCD")
CUATRO = Coalicion(clave="TODOS", nombre="Todos", partidos=tuple("ABCD"), color="#111111")
ANCHA = replace(
    ELECCION,
    partidos=PARTIDOS,
    coaliciones=(CUATRO,),
    columnas=columnas(PARTIDOS, (CUATRO,)),
    candidaturas=(),
)
"""Four parties and eleven combinations."""


def resultado(combinaciones: int) -> ResultadoEleccion:
    """Return one unit that is one municipio, with votes in some combinations."""
    votos = [1, 2, 3, 4, *([10] * combinaciones), *([0] * (11 - combinaciones)), 5, 6]
    noche = replace(NOCHE, elecciones=(ANCHA,))
    (hecho,) = cuenta(Noche().pon(votos).actas, noche=noche).resultados
    de_ahi = ResultadoMunicipio(
        unidad=Unidad(numero=1, nombre="Acuña"), totales=hecho.totales, secciones=(10,)
    )
    return replace(hecho, municipios=(de_ahi,))


@pytest.mark.parametrize(
    ("combinaciones", "titulos", "votos"),
    [
        (0, ("A", "B", "C", "D", "No reg.", "Nulos"), ("1", "2", "3", "4", "5", "6")),
        (1, ("A", "B", "C", "D", "A-B-C-D", "No reg.", "Nulos"), ("1", "2", "3", "4", "10", "5", "6")),
        (9, ("A", "B", "C", "D", "No reg.", "Nulos", "Combinaciones"), ("1", "2", "3", "4", "5", "6", "90")),
    ],
)
def test_combinations_have_a_column_while_they_are_few(
    combinaciones: int, titulos: tuple[str, ...], votos: tuple[str, ...]
) -> None:
    hecha = tabla(resultado(combinaciones), ultimo=False)

    assert hecha.titulos == titulos
    assert hecha.filas[0].votos == hecha.entidad.votos == votos


def test_where_nothing_is_counted_there_are_no_zeros() -> None:
    hecho = resultado(0)
    vacio = replace(hecho.municipios[0], totales=hecho.totales.menos([hecho.totales]))

    assert tabla(replace(hecho, municipios=(vacio,)), ultimo=False).filas[0].votos == ()


def test_nothing_is_left_over_when_every_seccion_has_its_municipio() -> None:
    assert tabla(resultado(0), ultimo=False).resto is None


def test_participation_is_that_of_the_header() -> None:
    hecho = resultado(0)

    assert tabla(hecho, ultimo=True).entidad.participacion == f"{hecho.totales.participacion(ultimo=True)}%"
