"""Writing a base de datos: ZIP, results, candidaturas and LEEME of one election in one corte (R77–R94).

One schema (`esquema`) is the source of the CSV, of the LEEME that explains it and of the data dictionary, so
that they cannot differ (R90). How it is written is the night's `Dialecto`. The same corte always gives the
same bytes. Beside the official files stand the tidy ones, for who programs.

    archivos       how the files are called
    campo          a column of any file: heading, meaning, cells
    esquema        the fields of the results
    observaciones  OBSERVACIONES from a closed vocabulary
    tabla          rows of text → CSV bytes; protection of keys and of free text
    resultados     the results CSV
    candidaturas   the CSV of names
    leeme          the LEEME
    comprimido     the ZIP
    ordenadas      the tidy actas: a row per acta, plain types
    cifras         the tidy figures of every level, CSV and JSON
    diccionario    what every column of every file means, CSV and JSON; the descriptor of a Data Package
"""

from collections.abc import Iterator, Mapping

from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.escribir import cifras, ordenadas, tabla
from pregon.prep.escribir.archivos import Nombres, nombres
from pregon.prep.escribir.campo import renglones
from pregon.prep.escribir.candidaturas import candidaturas
from pregon.prep.escribir.comprimido import comprimido
from pregon.prep.escribir.diccionario import datapackage, diccionario
from pregon.prep.escribir.leeme import leeme
from pregon.prep.escribir.resultados import resultados

__all__ = ["Nombres", "base_de_datos", "explicacion", "nombres", "ordenados"]


def base_de_datos(corte: Corte, resultado: ResultadoEleccion) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, bytes): the ZIP, then what it holds, loose.

    Raises ErrorDeDatos when an oficial catalogue repeats a key (R83).
    """
    como = nombres(corte, resultado.eleccion)
    filas = resultados(corte, resultado, tuple(resultado.actas))
    quienes = candidaturas(corte.jornada, resultado.eleccion)
    texto = leeme(corte, resultado.eleccion, resultados=como.resultados, candidaturas=como.candidaturas)
    carpeta = corte.jornada.dialecto.carpeta
    dentro = ((como.resultados, filas), (como.candidaturas, quienes), ("LEEME.txt", texto))
    yield (
        como.comprimido,
        comprimido(
            ((carpeta + nombre, datos) for nombre, datos in dentro), corte.jornada.local(corte.instante)
        ),
    )
    yield como.resultados, filas
    yield como.candidaturas, quienes
    yield como.leeme, texto


def ordenados(corte: Corte, resultado: ResultadoEleccion) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, bytes) of the tidy tables of one election: actas, then figures as CSV and JSON."""
    eleccion = resultado.eleccion
    como = nombres(corte, eleccion)
    actas = renglones(ordenadas.campos(corte, eleccion), tuple(resultado.actas))
    yield como.actas, tabla.escribir(actas, tabla.ORDENADO)
    en_csv, en_json = cifras.cifras(corte, eleccion, cifras.niveles(corte, resultado))
    yield como.cifras, en_csv
    yield como.cifras_json, en_json


def explicacion(corte: Corte, datos: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, bytes) of what explains every table of the corte; `datos` holds them all by name."""
    en_csv, en_json = diccionario(corte)
    yield "diccionario.csv", en_csv
    yield "diccionario.json", en_json
    yield "datapackage.json", datapackage(corte, datos)
