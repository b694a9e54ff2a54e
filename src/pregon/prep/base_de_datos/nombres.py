"""How the same name, key or text varies in writing between institutes and years (R81, R82, R88)."""

import re
import unicodedata
from functools import lru_cache

_NO_PALABRA = re.compile(r"[^A-Z0-9]+")


@lru_cache(maxsize=4096)
def normal(nombre: str) -> str:
    """Return a heading as ``TOTAL_VOTOS_ASENTADO``: upper case, no accents, words joined by ``_``.

    Only the first 128 characters: no heading is longer, and a hostile one would cost its square.
    """
    return _NO_PALABRA.sub("_", sin_acentos(desproteger(nombre[:128])).upper()).strip("_")


@lru_cache(maxsize=4096)
def texto_normal(texto: str) -> str:
    """Return a cell's text as ``SIN DATO``: upper case, no accents, single spaces for spaces and ``_``."""
    return " ".join(sin_acentos(desproteger(texto)).upper().replace("_", " ").split())


def sin_acentos(texto: str) -> str:
    """Return the text with its letters bare (``Ñ`` becomes ``N``)."""
    if texto.isascii():
        return texto
    return "".join(c for c in unicodedata.normalize("NFKD", texto) if not unicodedata.combining(c))


def desproteger(texto: str) -> str:
    """Return a cell without what protects it from a spreadsheet: ``'``, ``''…'``, quotes, ``="…"`` (R88)."""
    if texto.isalnum():
        return texto  # most cells: nothing to take off
    limpio = texto.strip()
    if limpio.startswith('="') and limpio.endswith('"'):
        limpio = limpio[2:-1]
    return limpio.strip("'\"‘’ \t")
