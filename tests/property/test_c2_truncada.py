"""C2: a base de datos cut anywhere, or of two instants, is refused or named torn; a whole one is not."""

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pregon.errors import ErrorDeDatos
from pregon.prep.base_de_datos import desgarro, leer
from pregon.testing.captura import AYUN, DIP, Captura

FINAL = 2048
"""Bytes at the end that are tried one by one."""


@pytest.fixture(scope="module")
def captura() -> Captura:
    return Captura(casillas=150)


def causas(datos: bytes) -> tuple[str, ...]:
    """Return why these bytes are not believed whole."""
    try:
        bases = leer("x.csv", datos)
    except ErrorDeDatos as error:
        return (str(error),)
    return tuple(causa for base in bases for causa in desgarro(base))


@pytest.mark.parametrize("clave", [DIP, AYUN])
@pytest.mark.parametrize("corte", [-20, 1, 12, 60, 140])
def test_c2_a_whole_file_is_whole(captura: Captura, clave: str, corte: int) -> None:
    assert causas(captura.exportacion(clave, corte)) == ()


def test_c2_cut_at_every_4_kb_is_told(captura: Captura) -> None:
    datos = captura.exportacion(DIP, 60)

    assert [n for n in range(0, len(datos), 4096) if not causas(datos[:n])] == []


def test_c2_cut_within_the_last_rows_is_told(captura: Captura) -> None:
    datos = captura.exportacion(AYUN, 140)

    assert [n for n in _finales(datos, paso=97) if not causas(datos[:n])] == []


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("clave", [DIP, AYUN])
@pytest.mark.parametrize("corte", [1, 60, 140])
def test_c2_cut_at_every_byte_of_the_end_is_told(captura: Captura, clave: str, corte: int) -> None:
    datos = captura.exportacion(clave, corte)

    assert [n for n in _finales(datos, paso=1) if not causas(datos[:n])] == []


@pytest.mark.full
@pytest.mark.timeout(600)
def test_c2_a_night_of_coahuila_cut_at_every_4_kb_is_told() -> None:
    datos = Captura(casillas=4280).exportacion(DIP, 80)

    assert len(datos) > 2**20
    assert [n for n in range(0, len(datos), 4096) if not causas(datos[:n])] == []


@settings(max_examples=30)
@given(st.integers(1, 80), st.integers(1, 80))
def test_c2_header_and_rows_of_two_instants_are_torn(uno: int, otro: int) -> None:
    encabezado, filas = _exportada(uno), _exportada(otro)
    titulos = b"CLAVE_CASILLA"
    juntos = encabezado[: encabezado.index(titulos)] + filas[filas.index(titulos) :]

    iguales = encabezado[encabezado.index(titulos) :] == filas[filas.index(titulos) :]

    assert bool(causas(juntos)) is not iguales


def _finales(datos: bytes, *, paso: int) -> Iterator[int]:
    """Yield the lengths that lack from one byte to `FINAL`."""
    return iter(range(len(datos) - FINAL, len(datos), paso))


@cache
def _exportada(corte: int) -> bytes:
    return _CAPTURA.exportacion(DIP, corte)


_CAPTURA = Captura(casillas=40)
