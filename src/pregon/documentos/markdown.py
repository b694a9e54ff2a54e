"""A `Documento` as Markdown (CommonMark and its tables), so that no text of it can become markup.

Every text fits on one line: control characters and line breaks become spaces. What a Markdown reader
shows is exactly the text given, whatever stands in it; a property test holds this against a parser.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import assert_never

from pregon.documentos.documento import (
    Apartado,
    Blanco,
    Bloque,
    Codigo,
    Documento,
    Fuerte,
    Lista,
    Nota,
    Parrafo,
    Renglones,
    Tabla,
    Texto,
    Trozo,
)

_RAYA = "_" * 24
# An underscore between letters or digits is never markup; everywhere else it might be.
_MARCAS = re.compile(r"([\\`*\[\]<>|~#]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))")
_AL_INICIO = re.compile(r"^([-+=]|\d{1,9}(?=[.)](?: |$)))")
_IMPOSIBLE_EN_CODIGO = re.compile(r"[`|\\]")


def escribir(documento: Documento) -> str:
    """Return the Markdown text, with one final line break."""
    bloques = [f"# {_celda(documento.titulo)}", *_bloques(documento.bloques, nivel=2)]
    return "\n\n".join(bloques) + "\n"


def _bloques(bloques: tuple[Bloque, ...], *, nivel: int) -> Iterator[str]:
    for bloque in bloques:
        match bloque:
            case Parrafo(texto=texto):
                yield _renglon(texto)
            case Nota(texto=texto):
                yield f"> {_renglon(texto)}"
            case Lista(puntos=puntos):
                yield "\n".join(f"* {_renglon(punto)}" for punto in puntos)
            case Tabla():
                yield _tabla(bloque)
            case Renglones(cuantos=cuantos):
                yield "\n\n".join([_RAYA] * cuantos)
            case Apartado(titulo=titulo, bloques=dentro):
                yield f"{'#' * min(nivel, 6)} {_celda(titulo)}"
                yield from _bloques(dentro, nivel=nivel + 1)
            case _:
                assert_never(bloque)


def _tabla(tabla: Tabla) -> str:
    guiones = ["--:" if i in tabla.cifras else "---" for i in range(len(tabla.encabezado))]
    filas = [
        [_celda(celda) for celda in tabla.encabezado],
        guiones,
        *([_celda(celda) for celda in fila] for fila in tabla.filas),
    ]
    return "\n".join(f"| {' | '.join(fila)} |" for fila in filas)


def _renglon(texto: Texto) -> str:
    # A lone mark at the start would open a list or underline a heading; a number, an ordered list.
    return _AL_INICIO.sub(_escapar_inicio, _celda(texto))


def _celda(texto: Texto) -> str:
    trozos = texto if isinstance(texto, tuple) else (texto,)
    return "".join(_trozo(trozo) for trozo in trozos).strip()


def _trozo(trozo: Trozo) -> str:
    match trozo:
        case str():
            return _escapado(trozo)
        case Codigo(texto=texto):
            limpio = _en_una_linea(texto).strip()
            # In a table's code span no escape is read alike everywhere: such a text goes as plain text.
            return f"`{limpio}`" if limpio and not _IMPOSIBLE_EN_CODIGO.search(limpio) else _escapado(texto)
        case Fuerte(texto=texto):
            limpio = _escapado(texto).strip()
            return f"**{limpio}**" if limpio else ""
        case Blanco(rotulo=rotulo):
            return f"{_RAYA} ({_escapado(rotulo)})"
        case _:
            assert_never(trozo)


def _escapado(texto: str) -> str:
    return _MARCAS.sub(r"\\\1", _en_una_linea(texto))


def _escapar_inicio(marca: re.Match[str]) -> str:
    return f"{marca[1]}\\" if marca[1].isdigit() else f"\\{marca[1]}"


def _en_una_linea(texto: str) -> str:
    # Cc, Zl and Zp would break the line; Cf holds the marks that turn the reading direction round.
    visible = (c if unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp", "Cs"} else " " for c in texto)
    return re.sub(r"\s+", " ", "".join(visible))
