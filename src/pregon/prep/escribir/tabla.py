"""Rows of text to CSV bytes: UTF-8 with BOM, commas, LF; keys and free text protected (R87, R88)."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from pregon.prep.acta import Marcador

BOM: Final = "\ufeff"

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_FORMULA = ("=", "+", "-", "@")
_MARCADORES = {m.value for m in Marcador}


def escribir(filas: Iterable[Sequence[str]]) -> bytes:
    """Return the CSV of some rows; an empty row is a blank line."""
    salida = io.StringIO(newline="")
    csv.writer(salida, lineterminator="\n").writerows(filas)
    return (BOM + salida.getvalue()).encode()


def clave(texto: str) -> str:
    """Protect a key, so that a spreadsheet keeps its leading zeros (R88); an absent one stays empty."""
    return f"'{texto}" if texto else ""


def libre(texto: str) -> str:
    """Return free text that no spreadsheet takes for a formula (I5); markers like ``-`` stay as they are."""
    limpio = _CONTROL.sub(" ", texto)
    recortado = limpio.strip()
    return f"'{limpio}" if recortado.startswith(_FORMULA) and recortado not in _MARCADORES else limpio


def sin_acentos(texto: str) -> str:
    """Return a place's name as databases print it: upper case, no accents (R82)."""
    partes = unicodedata.normalize("NFD", texto.upper().replace("Ñ", "\0"))
    return "".join(c for c in partes if not unicodedata.combining(c)).replace("\0", "Ñ")
