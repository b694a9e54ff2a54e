"""The entidad where coalitions differ by distrito: its units and what is of none, summed (R68, R70, R73)."""

from dataclasses import replace

import pytest

from pregon.prep.acta import Acta
from pregon.prep.contienda import columnas
from pregon.prep.jornada import Ambito, Eleccion, Partido
from pregon.prep.lugares import contiendas, entidad
from pregon.testing.noche import ELECCION, JUNTOS, NOCHE, PARTIDOS, Noche, cuenta

INDEPENDIENTE = Partido(
    clave="CAND_IND_1", nombre="Ana", color="#000000", independiente=True, unidades=frozenset({2})
)
PARCIAL = replace(ELECCION, coaliciones=(replace(JUNTOS, unidades=frozenset({1})),))


def votos(eleccion: Eleccion, actas: list[Acta]) -> dict[str, int]:
    (resultado,) = cuenta(actas, noche=replace(NOCHE, elecciones=(eleccion,))).resultados
    return {u.contendiente.clave: u.votos for u in entidad(resultado, contiendas(resultado))}


@pytest.fixture
def noche() -> Noche:
    return Noche().pon((10, 20, 1, 5, 0, 0)).pon((100, 200, 2, 0, 0, 0), unidad=2)


def test_r70_a_partial_coalition_is_summed_where_it_stands(noche: Noche) -> None:
    assert votos(PARCIAL, noche.actas) == {"ALFA": 100, "BETA": 200, "GAMA": 3, "ALFA_BETA": 35}


def test_r73_an_acta_of_rp_adds_to_each_party_and_combination_at_the_entidad(noche: Noche) -> None:
    noche.pon((7, 0, 3, 2, 0, 0), tipo_acta="3ERP")

    assert votos(PARCIAL, noche.actas) == {"ALFA": 107, "BETA": 200, "GAMA": 6, "ALFA_BETA": 37}


def test_a_whole_coalition_takes_the_rp_votes_of_its_parties(noche: Noche) -> None:
    noche.pon((7, 0, 3, 2, 0, 0), tipo_acta="3ERP")

    assert votos(ELECCION, noche.actas) == {"ALFA_BETA": 344, "GAMA": 6}


def test_an_independent_of_one_distrito_competes_at_the_entidad_too() -> None:
    partidos = (*PARTIDOS, INDEPENDIENTE)
    con_ella = replace(PARCIAL, partidos=partidos, columnas=columnas(partidos, PARCIAL.coaliciones))
    actas = Noche().pon((10, 20, 1, 5, 0, 0, 0)).pon((100, 200, 2, 0, 40, 0, 0), unidad=2).actas

    assert votos(con_ella, actas)["CAND_IND_1"] == 40


def test_in_one_contest_of_the_whole_entidad_a_coalition_stands_everywhere(noche: Noche) -> None:
    assert votos(replace(PARCIAL, ambito=Ambito.ENTIDAD), noche.actas) == {"ALFA_BETA": 335, "GAMA": 3}


def test_whatever_the_coalitions_nobody_loses_a_vote(noche: Noche) -> None:
    noche.pon((7, 0, 3, 2, 0, 0), tipo_acta="3ERP")
    for eleccion in (ELECCION, PARCIAL, replace(PARCIAL, ambito=Ambito.ENTIDAD)):
        assert sum(votos(eleccion, noche.actas).values()) == 338 + 12
