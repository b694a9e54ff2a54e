"""What the source reports beside what the corte holds and what the public has."""

from datetime import UTC, datetime

import pytest

from pregon.errors import ErrorDeAlmacen
from pregon.origin.contraste import Cifras, Contraste, escribir, leer

CONTRASTE = Contraste(
    numero=7,
    instante=datetime(2026, 6, 8, 1, 30, tzinfo=UTC),
    elecciones={
        "AYUN": Cifras(fuente=None, corte=80, publicadas=70),
        "DIP_LOC": Cifras(fuente=120, corte=100, publicadas=90),
        "GOB": Cifras(fuente=100, corte=100, publicadas=90),
    },
)


def test_what_is_written_is_read_back() -> None:
    assert leer(escribir(CONTRASTE)) == CONTRASTE


@pytest.mark.parametrize("datos", [b"", b"[]", b"{}", escribir(CONTRASTE)[:-3]])
def test_a_damaged_record_is_told(datos: bytes) -> None:
    with pytest.raises(ErrorDeAlmacen, match="dañado"):
        leer(datos)


def test_only_what_is_known_and_differs_alarms() -> None:
    assert list(CONTRASTE.alarmas) == ["DIP_LOC"]


def test_the_lag_is_against_what_the_public_has() -> None:
    assert CONTRASTE.rezago == {"DIP_LOC": 30, "GOB": 10}
    assert CONTRASTE.publicado().rezago == {"DIP_LOC": 20, "GOB": 0}


def test_a_corte_that_could_not_be_made_neither_alarms_nor_clears() -> None:
    assert Cifras(fuente=10, corte=None, publicadas=5).difieren is None
