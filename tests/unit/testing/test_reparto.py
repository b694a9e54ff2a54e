"""Coalition votes dealt to parties: none is lost, none is made, parts differ by one at most."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.prep.corte import Corte
from pregon.prep.jornada import ClaseColumna
from pregon.testing.estrategias import cortes
from pregon.testing.noche import ELECCION, Noche, cuenta
from pregon.testing.reparto import reparto, reparto_entidad


@pytest.mark.parametrize(
    ("votos", "alfa", "beta"),
    [
        ((40, 10, 70, 6, 0, 5), 43, 13),
        ((40, 10, 70, 7, 0, 5), 44, 13),
        ((10, 40, 70, 7, 0, 5), 13, 44),
        ((10, 10, 70, 1, 0, 5), 11, 10),
        ((10, 40, 70, 0, 0, 5), 10, 40),
    ],
    ids=["partes iguales", "el que sobra, al que más tiene", "al revés", "empate", "sin combinación"],
)
def test_equal_parts_and_what_is_left_over_to_the_one_with_most_votes(
    votos: tuple[int, ...], alfa: int, beta: int
) -> None:
    assert reparto(ELECCION.columnas, votos) == {"ALFA": alfa, "BETA": beta, "GAMA": 70}


def test_it_is_dealt_by_unit_and_then_summed() -> None:
    actas = Noche().pon((40, 10, 0, 1, 0, 0)).pon((10, 40, 0, 1, 0, 0), unidad=2).actas

    (resultado,) = cuenta(actas).resultados

    assert reparto_entidad(resultado) == {"ALFA": 51, "BETA": 51, "GAMA": 0}


def test_the_acta_of_no_unit_is_dealt_apart() -> None:
    actas = Noche().pon((40, 10, 0, 1, 0, 0)).pon((0, 9, 0, 1, 0, 0), tipo_acta="3ERP").actas

    (resultado,) = cuenta(actas).resultados

    assert reparto_entidad(resultado) == {"ALFA": 41, "BETA": 20, "GAMA": 0}


@given(cortes())
def test_no_vote_is_lost_and_none_is_made(corte: Corte) -> None:
    (resultado,) = corte.resultados
    columnas, votos = resultado.eleccion.columnas, resultado.totales.votos
    de_alguien = sum(n for c, n in zip(columnas, votos, strict=True) if c.partidos)

    assert sum(reparto(columnas, votos).values()) == de_alguien
    assert sum(reparto_entidad(resultado).values()) == de_alguien


@given(st.lists(st.integers(0, 9999), min_size=6, max_size=6))
def test_parts_of_a_combination_differ_by_one_at_most(votos: list[int]) -> None:
    hechos = reparto(ELECCION.columnas, votos)
    partes = [
        hechos[c.clave] - n
        for c, n in zip(ELECCION.columnas, votos, strict=True)
        if c.clase is ClaseColumna.PARTIDO and c.clave != "GAMA"
    ]

    assert max(partes) - min(partes) <= 1
    assert sum(partes) == votos[3]
