"""The LEEME: what the files of a base de datos mean, generated from their schema (R90)."""

import textwrap
from collections.abc import Iterable, Iterator

from pregon.prep.corte import Corte
from pregon.prep.escribir.candidaturas import campos as campos_candidaturas
from pregon.prep.escribir.esquema import ENCABEZADO, campos, titulo
from pregon.prep.escribir.tabla import BOM
from pregon.prep.jornada import Eleccion, Tipo
from pregon.prep.sello import sello, sello_largo


def leeme(corte: Corte, eleccion: Eleccion, *, resultados: str, candidaturas: str) -> bytes:
    """Return the text, UTF-8 with BOM and LF. A field's line is ``n. NAME - meaning``."""
    return (BOM + "\n".join(_lineas(corte, eleccion, resultados, candidaturas)) + "\n").encode()


def _lineas(corte: Corte, eleccion: Eleccion, resultados: str, candidaturas: str) -> Iterator[str]:
    jornada, instituto = corte.jornada, corte.jornada.instituto
    yield "Programa de Resultados Electorales Preliminares"
    yield f"{instituto.nombre} - {eleccion.nombre} {eleccion.anio or jornada.fecha.year}"
    yield f"Corte del {sello_largo(corte.instante, instituto)}"
    yield "_" * 72
    yield from _aviso(jornada.tipo)
    yield from _parrafo(
        "Los resultados son preliminares, de carácter informativo y no definitivos; no tienen efectos"
        " jurídicos."
    )
    yield ""
    yield from _parrafo(
        "Archivos de texto en UTF-8, separados por comas. El apóstrofo al inicio de una clave o de un"
        " texto sólo"
        " evita que una hoja de cálculo lo altere; no es parte del dato."
    )
    yield ""
    yield from _parrafo(f"A. {resultados} contiene una fila por acta y se divide en tres secciones:")
    yield ""
    yield "a. Primera sección, ENCABEZADO"
    yield f"   Tipo de elección: {titulo(jornada, eleccion)}"
    yield f"   Fecha y hora del corte, hora oficial de la entidad: {sello(corte.instante, instituto.zona)}"
    yield ""
    yield "b. Segunda sección, VARIABLES RESUMEN"
    yield from _parrafo(
        "Los porcentajes llevan siempre cuatro decimales; el cuarto se trunca, no se redondea.", "   "
    )
    yield from _campos(ENCABEZADO.items())
    yield ""
    yield "c. Tercera sección, RESULTADO DE LA VOTACIÓN"
    yield from _parrafo(
        "Cada acta esperada tiene su fila desde el primer corte. La que aún no llega lleva «-» en "
        "todos sus datos."
        " Un voto es un número o una leyenda: ILEGIBLE, SIN DATO y SIN ACTA suman cero; «-» indica "
        "que la opción"
        " no contiende en esa unidad. Las actas fuera de catálogo van al final.",
        "   ",
    )
    yield from _campos((c.nombre, c.descripcion) for c in campos(instituto, eleccion))
    yield ""
    yield from _parrafo(f"B. {candidaturas} contiene una fila por cada candidatura y columna de votos:")
    yield from _campos(campos_candidaturas(eleccion).items())


def _aviso(tipo: Tipo) -> Iterator[str]:
    if tipo is Tipo.SIMULACRO:
        yield "SIMULACRO: NO SON RESULTADOS."
        yield from _parrafo(
            "Actas, votos y nombres de candidaturas son de ensayo y ficticios; no tienen ningún valor."
        )
        yield ""
    elif tipo is Tipo.PROTOTIPO:
        yield "PROTOTIPO: NO ES UNA PUBLICACIÓN OFICIAL."
        yield from _parrafo(
            "Muestra cómo se publica una base de datos; consulte los resultados en el sitio del Instituto."
        )
        yield ""


def _campos(pares: Iterable[tuple[str, str]]) -> Iterator[str]:
    for n, (nombre, descripcion) in enumerate(pares, start=1):
        yield from textwrap.wrap(
            f"{n}. {nombre} - {descripcion}",
            width=100,
            initial_indent="   ",
            subsequent_indent="      ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _parrafo(texto: str, sangria: str = "") -> list[str]:
    return textwrap.wrap(
        texto,
        width=100,
        initial_indent=sangria,
        subsequent_indent=sangria,
        break_long_words=False,
        break_on_hyphens=False,
    )
