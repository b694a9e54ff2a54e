"""`engine-national`: three elections of 174,000 casillas, each run in a process of its own.

The fast engine against DuckDB summing every sección, unidad and the entidad of the same files, in time and in
peak of memory; the plain engine against the shortest sum with Python's csv.
"""

import tempfile
from functools import cache
from pathlib import Path

import noches
from corrida import Corrida, anotar, correr
from entry import Entry, Side, Sides


@cache
def carpeta() -> Path:
    """Write the night once, and return where it is; the folder lives as long as this process."""
    _TEMPORAL.append(temporal := tempfile.TemporaryDirectory())
    ruta = Path(temporal.name)
    anotar(list(noches.escritas(noches.nacional(), ruta)), ruta)
    return ruta


_TEMPORAL: list[tempfile.TemporaryDirectory[str]] = []
_ULTIMA: dict[Side, Corrida] = {}


def _lado(manera: str) -> Side:
    def correr_uno() -> object:
        corrida = _ULTIMA[correr_uno] = correr(manera, carpeta())
        return corrida.votos

    return correr_uno


def _segundos(lado: Side) -> float:
    lado()
    return _ULTIMA[lado].segundos


def _gib(lado: Side) -> float:
    lado()
    return _ULTIMA[lado].gib


def _lados(nuestra: str, ajena: str) -> Sides:
    return Sides(ours=_lado(nuestra), peer=_lado(ajena), rows=522_000)


ENTRIES = (
    Entry(
        id="engine-national",
        prepare=lambda: _lados("rapido", "duckdb-niveles"),
        limit=6.0,
        rounds=3,
        cost=_segundos,
    ),
    Entry(
        id="engine-national/memory",
        prepare=lambda: _lados("rapido", "duckdb-niveles"),
        limit=1.5,
        unit="GiB",
        rounds=1,
        cost=_gib,
    ),
    Entry(
        id="engine-national/pandas",
        prepare=lambda: _lados("rapido", "pandas-niveles"),
        rounds=1,
        cost=_segundos,
    ),
    Entry(
        id="engine-national/plain",
        prepare=lambda: _lados("llano", "csv"),
        limit=20.0,
        rounds=3,
        cost=_segundos,
    ),
)
