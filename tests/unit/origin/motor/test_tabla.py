"""Actas in columns: what is a sequence, what is lazy, what is equal."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pregon.origin.motor import Tabla
from pregon.prep.acta import Acta, Casilla, Contabilizada, Marcador, Renglon, TipoCasilla


def acta(renglon: int, *, contabilizada: Contabilizada = Contabilizada.SI) -> Acta:
    casilla = Casilla(
        clave="050001B0100",
        unidad=1,
        seccion=renglon,
        numero=1,
        tipo=TipoCasilla.BASICA,
        extension=0,
        ubicacion=1,
    )
    return Acta(
        renglon=Renglon(renglon),
        casilla=casilla,
        tipo_acta="3",
        contabilizada=contabilizada,
        observaciones="",
        votos=(renglon, Marcador.ILEGIBLE),
        lista_nominal=100,
    )


ACTAS = [
    acta(3),
    acta(2, contabilizada=Contabilizada.FUERA_DE_CATALOGO),
    acta(1, contabilizada=Contabilizada.NO),
]


def test_a_table_is_the_sequence_of_its_actas() -> None:
    tabla = Tabla.de(ACTAS, 2)

    assert tabla == ACTAS
    assert tuple(ACTAS) == tabla
    assert tabla[1:] == ACTAS[1:]
    assert tabla[-1] is ACTAS[-1]
    assert hash(tabla) == hash(tuple(ACTAS))


@pytest.mark.parametrize("otra", [ACTAS[:2], [*ACTAS[:2], replace(ACTAS[2], lista_nominal=1)], 3, None])
def test_a_table_is_unlike_other_actas(otra: Sequence[Acta] | int | None) -> None:
    assert Tabla.de(ACTAS, 2) != otra


def test_r84_the_stable_order_puts_fuera_de_catalogo_last() -> None:
    assert [a.renglon for a in Tabla.de(ACTAS, 2).ordenada()] == [1, 3, 2]


def test_a_table_in_order_is_not_copied() -> None:
    tabla = Tabla.de(ACTAS, 2).ordenada()

    assert tabla.ordenada() is tabla


def test_a_marker_is_no_number() -> None:
    assert Tabla.de(ACTAS, 2).cuadro["v1"].to_list() == [None, None, None]


def test_what_each_row_adds_is_told_without_making_actas() -> None:
    def nadie(i: int) -> Acta:
        raise AssertionError(i)

    tabla = Tabla(Tabla.de(ACTAS, 2).cuadro, nadie)

    assert tabla.aportes() == [3, -1, -1]
