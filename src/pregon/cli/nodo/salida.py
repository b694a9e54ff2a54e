"""How what was looked at is shown: aligned, what is wrong with what to do, in colour on a terminal only."""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pregon.errors import DIFERENCIAS, EXITO
from pregon.node.examen import Comprobacion, Nivel

_PALABRAS: Final = {Nivel.BIEN: "bien", Nivel.AVISO: "AVISO", Nivel.FALLA: "FALLA"}
_COLORES: Final = {Nivel.BIEN: "32", Nivel.AVISO: "33", Nivel.FALLA: "31;1"}


def codigo(comprobaciones: Iterable[Comprobacion]) -> int:
    """Return the exit code: a failure is one, an aviso is not."""
    return DIFERENCIAS if any(una.nivel is Nivel.FALLA for una in comprobaciones) else EXITO


def en_json(comprobaciones: Iterable[Comprobacion]) -> list[dict[str, Any]]:
    """Return them for programs."""
    return [
        {"id": una.id, "nivel": una.nivel.value, "que": una.que, "dice": una.dice, "hacer": una.hacer}
        for una in comprobaciones
    ]


def llano(texto: str) -> str:
    """Return a text without what a terminal would obey: causes quote what others sent (I12)."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in texto)


def renglones(comprobaciones: Sequence[Comprobacion]) -> str:
    """Return them for people, one line each and another for what to do."""
    en_terminal = sys.stdout.isatty()
    ancho = max(60, shutil.get_terminal_size().columns) if en_terminal else 10_000
    color = en_terminal and not os.environ.get("NO_COLOR")
    columna = max((len(una.que) for una in comprobaciones), default=0)
    texto = ""
    for una in comprobaciones:
        palabra = f"{_PALABRAS[una.nivel]:<5}"
        if color:
            palabra = f"\033[{_COLORES[una.nivel]}m{palabra}\033[0m"
        margen = " " * (columna + 9)
        dice = textwrap.fill(llano(una.dice), ancho, initial_indent=margen, subsequent_indent=margen)
        texto += f"{palabra}  {una.que:<{columna}}  {dice.removeprefix(margen)}\n"
        if una.hacer:
            hacer = f"→ {llano(una.hacer)}"
            texto += (
                textwrap.fill(hacer, ancho, initial_indent=margen, subsequent_indent=f"{margen}  ") + "\n"
            )
    return texto
