"""Writing a base de datos: ZIP, results, candidaturas and LEEME of one election in one corte (R77–R94).

One schema (`esquema`) is the source of the CSV and of the LEEME that explains it, so that they cannot differ
(R90). The same corte always gives the same bytes.

    esquema        what each field is called, means and holds
    tabla          rows of text → CSV bytes; protection of keys and of free text
    resultados     the results CSV
    candidaturas   the CSV of names
    leeme          the LEEME
    comprimido     the ZIP
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.escribir.candidaturas import candidaturas
from pregon.prep.escribir.comprimido import comprimido
from pregon.prep.escribir.leeme import leeme
from pregon.prep.escribir.resultados import resultados
from pregon.prep.jornada import Eleccion
from pregon.prep.sello import sello_archivo

__all__ = ["Nombres", "base_de_datos", "nombres"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nombres:
    """File names of one election in one corte (R78)."""

    comprimido: str
    resultados: str
    candidaturas: str
    leeme: str
    """Within the ZIP it is ``LEEME.txt``; loose, several elections share a folder."""


def nombres(corte: Corte, eleccion: Eleccion) -> Nombres:
    """Return how the files are called; the stamp of the ZIP's name is the stamp of row 2."""
    instituto = corte.jornada.instituto
    sello = sello_archivo(corte.instante, instituto.zona)
    anio = eleccion.anio or corte.jornada.fecha.year
    base = f"{instituto.abreviatura}_{eleccion.clave}"
    return Nombres(
        comprimido=f"{sello}_PREP_{eleccion.clave}_{instituto.abreviatura}.zip",
        resultados=f"{base}_{anio}.csv",
        candidaturas=f"{base}_CANDIDATURAS_{anio}.csv",
        leeme=f"LEEME_{eleccion.clave}.txt",
    )


def base_de_datos(corte: Corte, resultado: ResultadoEleccion) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, bytes): the ZIP, then what it holds, loose.

    Raises ErrorDeDatos when two actas of an oficial catalogue share their key (R83).
    """
    como = nombres(corte, resultado.eleccion)
    filas = resultados(corte, resultado)
    quienes = candidaturas(corte.jornada, resultado.eleccion)
    texto = leeme(corte, resultado.eleccion, resultados=como.resultados, candidaturas=como.candidaturas)
    dentro = ((como.resultados, filas), (como.candidaturas, quienes), ("LEEME.txt", texto))
    yield como.comprimido, comprimido(dentro, corte.jornada.local(corte.instante))
    yield como.resultados, filas
    yield como.candidaturas, quienes
    yield como.leeme, texto
