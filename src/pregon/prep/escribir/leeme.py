"""The LEEME: what the files of a base de datos mean, generated from their schema (R90)."""

import textwrap
from collections.abc import Iterable, Iterator

from pregon.prep.corte import Corte
from pregon.prep.dialecto import Dialecto, Proteccion
from pregon.prep.escribir.candidaturas import campos as campos_candidaturas
from pregon.prep.escribir.esquema import ENCABEZADO, campos, titulo
from pregon.prep.escribir.tabla import codificar
from pregon.prep.jornada import Eleccion, Tipo
from pregon.prep.sello import sello, sello_largo


def leeme(corte: Corte, eleccion: Eleccion, *, resultados: str, candidaturas: str) -> bytes:
    """Return the text, encoded as the files it explains. A field's line is ``n. NAME - meaning``."""
    dialecto = corte.jornada.dialecto
    fin = dialecto.fin_de_linea.texto
    lineas = _lineas(corte, eleccion, resultados, candidaturas)
    return codificar("".join(linea + fin for linea in lineas), dialecto)


def _lineas(corte: Corte, eleccion: Eleccion, resultados: str, candidaturas: str) -> Iterator[str]:
    jornada, instituto = corte.jornada, corte.jornada.instituto
    dialecto = jornada.dialecto
    ilegible, sin_dato, sin_acta = map(dialecto.texto, ("ILEGIBLE", "SIN DATO", "SIN ACTA"))
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
    yield from _parrafo(_escritura(dialecto))
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
    yield from _campos((dialecto.campo(cifra), texto) for cifra, texto in ENCABEZADO.items())
    yield ""
    yield "c. Tercera sección, RESULTADO DE LA VOTACIÓN"
    yield from _parrafo(
        "Cada acta esperada tiene su fila desde el primer corte. La que aún no llega lleva «-» en "
        f"todos sus datos. Un voto es un número o una leyenda: {ilegible}, {sin_dato} y {sin_acta} suman "
        "cero; «-» indica que la opción no contiende en esa unidad. Las actas fuera de catálogo van al "
        "final.",
        "   ",
    )
    yield from _campos((c.nombre, c.descripcion) for c in campos(jornada, eleccion))
    yield ""
    yield from _parrafo(f"B. {candidaturas} contiene una fila por cada candidatura y columna de votos:")
    yield from _campos((c.nombre, c.descripcion) for c in campos_candidaturas(jornada, eleccion))


_DELIMITADORES = {
    ",": "comas",
    "|": "barras verticales (|)",
    ";": "puntos y comas",
    "\t": "tabuladores",
}
_PROTECCIONES = {
    Proteccion.APOSTROFO: "El apóstrofo al inicio de una clave",
    Proteccion.FORMULA: 'El signo = y las comillas que rodean una clave (="…")',
}


def _escritura(dialecto: Dialecto) -> str:
    """Say how the bytes are to be read: what the CSV does, and nothing else (R90)."""
    marca = "con marca de orden de bytes (BOM)" if dialecto.bom else "sin marca de orden de bytes"
    sep = f" La primera línea, «sep={dialecto.delimitador}», lo dice a las hojas de cálculo." * dialecto.sep
    proteccion = _PROTECCIONES.get(dialecto.proteccion)
    claves = (
        f" {proteccion} sólo evita que una hoja de cálculo la altere; no es parte del dato."
        if proteccion
        else ""
    )
    return (
        f"Archivos de texto en UTF-8, {marca}, separados por {_DELIMITADORES[dialecto.delimitador]}; cada"
        f" línea termina en {dialecto.fin_de_linea.value}.{sep} Los campos van en el orden de"
        f" las listas de abajo.{claves} Un apóstrofo al inicio de un texto que empieza con =, +, - o @"
        f" evita que se tome por una fórmula."
    )


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
