"""How others would do it: DuckDB, pandas and Python's own csv over the same files, without our care.

They trust the layout of the file, know one marker from another no more than a number from a word, and check
nothing. All return the votes of the counted rows of each file, by column.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb
import noches
import pandas as pd
from noches import Archivo, Manera, Suma

from pregon.prep.jornada import Jornada


def duckdb_suma(_jornada: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Read the files and sum the vote columns."""
    return [_duckdb(ruta, "").fetchall()[-1] for ruta in _rutas(archivos)]


def duckdb_niveles(_jornada: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Sum them for every sección, every unidad and the entidad."""
    return [
        _duckdb(
            ruta, "GROUP BY GROUPING SETS ((), ({0}), ({0}, SECCION)) ORDER BY GROUPING({0}, SECCION)"
        ).fetchall()[-1]
        for ruta in _rutas(archivos)
    ]


def _duckdb(ruta: Path, por: str) -> "duckdb.DuckDBPyRelation":
    saltar, columnas, unidad = _forma(ruta)
    sumas = ", ".join(f'sum(TRY_CAST("{c}" AS BIGINT))::BIGINT' for c in columnas)
    leer = f"read_csv('{ruta}', skip={saltar}, header=true, all_varchar=true, delim=',', quote='\"')"
    consulta = f"SELECT {sumas} FROM {leer} WHERE CONTABILIZADA = '1' {por.format(unidad)}"  # noqa: S608 - our file
    return duckdb.sql(consulta)


def pandas_suma(_jornada: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Read the files and sum the vote columns."""
    return [tuple(map(int, votos.sum())) for votos, _ in map(_pandas, _rutas(archivos))]


def pandas_niveles(_jornada: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Sum them for every sección, every unidad and the entidad."""
    sumas = []
    for votos, claves in map(_pandas, _rutas(archivos)):
        secciones = votos.groupby([claves.iloc[:, 0], claves.iloc[:, 1]]).sum()
        unidades = secciones.groupby(level=0).sum()
        sumas.append(tuple(map(int, unidades.sum())))
    return sumas


def _pandas(ruta: Path) -> "tuple[pd.DataFrame, pd.DataFrame]":
    saltar, columnas, unidad = _forma(ruta)
    tabla = pd.read_csv(ruta, skiprows=saltar, dtype=str, keep_default_na=False)
    tabla = tabla[tabla["CONTABILIZADA"] == "1"]
    votos = tabla[columnas].apply(pd.to_numeric, errors="coerce").fillna(0).astype("int64")
    return votos, tabla[[unidad, "SECCION"]]


def csv_suma(_jornada: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Sum the vote columns with a loop over `csv.reader`."""
    sumas = []
    for ruta in _rutas(archivos):
        saltar, columnas, _ = _forma(ruta)
        with ruta.open(encoding="utf-8-sig", newline="") as archivo:
            for _ in range(saltar):
                next(archivo)
            filas = csv.reader(archivo)
            nombres = next(filas)
            primera = nombres.index(columnas[0])
            votos, contabilizada = slice(primera, primera + len(columnas)), nombres.index("CONTABILIZADA")
            suma = [0] * len(columnas)
            for fila in filas:
                if fila[contabilizada] == "1":
                    suma = [
                        s + (int(c) if c.isdigit() else 0) for s, c in zip(suma, fila[votos], strict=True)
                    ]
        sumas.append(tuple(suma))
    return sumas


def _rutas(archivos: Sequence[Archivo]) -> list[Path]:
    return [archivo.ruta for archivo in archivos]


def _forma(ruta: Path) -> tuple[int, list[str], str]:
    """Return the lines above the names of the columns, the vote columns, and the one of the unidad."""
    with ruta.open("rb") as archivo:
        inicio = archivo.read(10_000)
    saltar = noches.cabeza(inicio)
    nombres = inicio.decode("utf-8-sig").splitlines()[saltar].split(",")
    votos = nombres[nombres.index("TOTAL_VOTOS_SACADOS") + 1 : nombres.index("TOTAL_VOTOS_ASENTADO")]
    return saltar, votos, "ID_DISTRITO_LOCAL" if "ID_DISTRITO_LOCAL" in nombres else "ID_MUNICIPIO"


MANERAS: dict[str, Manera] = {
    "duckdb": duckdb_suma,
    "duckdb-niveles": duckdb_niveles,
    "pandas": pandas_suma,
    "pandas-niveles": pandas_niveles,
    "csv": csv_suma,
}
