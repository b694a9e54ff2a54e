"""Every hostile file is read, or refused by our own errors, at the right place, in time, by both readers."""

import re
import time
from collections.abc import Callable

import pytest
from corpus_hostil import Caso, Cualquiera, Falla, Lectura, casos

from pregon.errors import ErrorDeDatos
from pregon.origin import motor
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.totales import totales

CASOS = list(casos())
PLAZO = 2.0
"""Seconds of processor time for one file."""


def test_there_are_three_hundred_and_no_two_alike() -> None:
    assert len({c.nombre for c in CASOS}) == len(CASOS)
    assert len({c.datos for c in CASOS}) >= 300


@pytest.mark.parametrize("caso", CASOS, ids=[c.nombre for c in CASOS])
def test_each_ends_as_it_must(caso: Caso) -> None:
    inicio = time.process_time()
    leido = _leer(leer, caso)
    assert time.process_time() - inicio < PLAZO

    match caso.espera:
        case Falla() as falla:
            assert isinstance(leido, falla.clase)
            assert re.search(falla.causa, leido.causa)
            assert (leido.fila, leido.columna) == (falla.fila, falla.columna)
        case Lectura() as lectura:
            assert not isinstance(leido, ErrorDeDatos)
            base = leido[0]
            if lectura.votos is not None:
                assert totales(base.actas, len(base.columnas)).votos_c_cs == lectura.votos
            if lectura.renglones is not None:
                assert len(base.actas) == lectura.renglones
            assert set(lectura.avisos) <= {(a.fila, a.columna) for a in base.advertencias}
        case Cualquiera():
            pass


@pytest.mark.parametrize("caso", CASOS, ids=[c.nombre for c in CASOS])
def test_the_columnar_reader_says_the_same(caso: Caso) -> None:
    inicio = time.process_time()
    en_columnas = _leer(motor.leer, caso)
    assert time.process_time() - inicio < PLAZO

    plano = _leer(leer, caso)
    if isinstance(plano, ErrorDeDatos) or isinstance(en_columnas, ErrorDeDatos):
        assert repr(plano) == repr(en_columnas)
        return
    for una, otra in zip(plano, en_columnas, strict=True):
        assert list(otra.actas) == list(una.actas)
        assert list(otra.filas) == list(una.filas)
        assert otra.advertencias == una.advertencias
        assert otra.otras == una.otras


def _leer(
    leer_: Callable[[str, bytes], tuple[BaseDeDatos, ...]], caso: Caso
) -> tuple[BaseDeDatos, ...] | ErrorDeDatos:
    try:
        return leer_(caso.archivo, caso.datos)
    except ErrorDeDatos as error:
        return error
