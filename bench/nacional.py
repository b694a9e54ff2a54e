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
def _noche() -> tuple[tempfile.TemporaryDirectory[str], int]:
    """Write the night once; return its folder, which lives as long as this cache, and its actas."""
    carpeta = tempfile.TemporaryDirectory()
    archivos = list(noches.escritas(noches.nacional(), Path(carpeta.name)))
    anotar(archivos, Path(carpeta.name))
    return carpeta, sum(archivo.renglones for archivo in archivos)


def _segundos(lado: Side) -> float:
    return _corrida(lado).segundos


def _gib(lado: Side) -> float:
    return _corrida(lado).gib


def _corrida(lado: Side) -> Corrida:
    corrida = lado()
    assert isinstance(corrida, Corrida)
    return corrida


def _entrada(
    id_: str, nuestra: str, ajena: str, *, limit: float | None = None, rounds: int, unit: str = "s"
) -> Entry:
    def preparar() -> Sides:
        carpeta, actas = _noche()
        return Sides(
            ours=lambda: correr(nuestra, Path(carpeta.name)),
            peer=lambda: correr(ajena, Path(carpeta.name)),
            rows=actas,
        )

    cost = _gib if unit == "GiB" else _segundos
    return Entry(id=id_, prepare=preparar, limit=limit, unit=unit, rounds=rounds, cost=cost)


ENTRIES = (
    _entrada("engine-national", "rapido", "duckdb-niveles", limit=6.0, rounds=3),
    _entrada("engine-national/memory", "rapido", "duckdb-niveles", limit=1.5, rounds=1, unit="GiB"),
    _entrada("engine-national/pandas", "rapido", "pandas-niveles", rounds=1),
    _entrada("engine-national/plain", "llano", "csv", limit=20.0, rounds=3),
)
