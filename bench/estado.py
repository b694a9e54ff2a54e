"""`engine-state`: three elections of 4,280 casillas, 50 columns each; CSV in, corte out.

Ours reads the files, counts every level, recounts them with the plain engine and compares both; the peer is
DuckDB reading the same files and summing the vote columns of the counted rows. The other entries stand the
fast engine alone, and the plain one alone, beside those who do a part of the same job.
"""

import tempfile
from functools import cache
from pathlib import Path

import ajenos
import motores
import noches
from entry import Entry, Sides

from pregon.prep.jornada import Jornada


@cache
def _archivos() -> tuple[Jornada, list[noches.Archivo], tempfile.TemporaryDirectory[str]]:
    carpeta = tempfile.TemporaryDirectory()  # lives as long as this cache
    jornada = noches.estado()
    archivos = list(noches.escritas(jornada, Path(carpeta.name)))
    assert {archivo.columnas for archivo in archivos} == {50}
    return jornada, archivos, carpeta


def _entrada(
    id_: str, nuestra: str, ajena: str, *, goal: float | None = None, limit: float | None = None
) -> Entry:
    def preparar() -> Sides:
        jornada, archivos, _ = _archivos()
        return Sides(
            ours=lambda: motores.MANERAS[nuestra](jornada, archivos),
            peer=lambda: ajenos.MANERAS[ajena](jornada, archivos),
            rows=sum(archivo.renglones for archivo in archivos),
        )

    return Entry(id=id_, prepare=preparar, goal=goal, limit=limit)


ENTRIES = (
    _entrada("engine-state", "todo", "duckdb", goal=3.0, limit=1.0),
    _entrada("engine-state/fast-duckdb", "rapido", "duckdb-niveles"),
    _entrada("engine-state/fast-pandas", "rapido", "pandas-niveles"),
    _entrada("engine-state/plain-csv", "llano", "csv"),
)
