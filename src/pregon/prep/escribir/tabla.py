"""Rows of text to CSV bytes in a dialecto; free text that no spreadsheet takes for a formula (R87, R88)."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from pregon.prep.acta import Marcador
from pregon.prep.dialecto import Dialecto, Proteccion

BOM: Final = "\ufeff"
ORDENADO: Final = Dialecto(bom=False)
"""How the tidy files are written: what every program reads without being told (RFC 4180 but for LF)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_MARCADORES = {m.value for m in Marcador}


def escribir(filas: Iterable[Sequence[str]], dialecto: Dialecto) -> bytes:
    """Return the CSV of some rows; an empty row is a blank line."""
    salida = io.StringIO(newline="")
    fin = dialecto.fin_de_linea.texto
    if dialecto.sep:
        salida.write(f"sep={dialecto.delimitador}{fin}")
    csv.writer(salida, delimiter=dialecto.delimitador, lineterminator=fin).writerows(filas)
    return codificar(salida.getvalue(), dialecto)


def codificar(texto: str, dialecto: Dialecto) -> bytes:
    """Return a text whose lines already end as they must, with the mark at its beginning or without."""
    return (BOM * dialecto.bom + texto).encode()


def protectora(proteccion: Proteccion) -> Callable[[str], str]:
    """Return what protects a key, so that a spreadsheet keeps its zeros (R88); an absent one stays empty."""
    match proteccion:
        case Proteccion.APOSTROFO:
            return lambda texto: f"'{texto}" if texto else ""
        case Proteccion.FORMULA:
            return lambda texto: f'="{texto}"' if texto else ""
        case Proteccion.NINGUNA:
            return libre


@lru_cache(maxsize=65_536)
def libre(texto: str) -> str:
    """Return free text that no spreadsheet takes for a formula (I5); markers like ``-`` stay as they are.

    Full width and small signs count too: some spreadsheets of East Asia read ``＝`` as ``=``.
    """
    limpio = _CONTROL.sub(" ", texto)
    visible = limpio.lstrip(_INVISIBLES)
    empieza = unicodedata.normalize("NFKC", visible[:1]).startswith(_FORMULA)
    return f"'{limpio}" if empieza and limpio.strip() not in _MARCADORES else limpio


_FORMULA = ("=", "+", "-", "@", "\u2212")
_INVISIBLES = " \u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u3000\ufeff"


def sin_acentos(texto: str) -> str:
    """Return a place's name as databases print it: upper case, no accents (R82)."""
    partes = unicodedata.normalize("NFD", texto.upper().replace("Ñ", "\0"))
    return "".join(c for c in partes if not unicodedata.combining(c)).replace("\0", "Ñ")
