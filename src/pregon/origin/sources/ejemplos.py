"""The synthetic nights that ship with Pregón, as the text of their TOML."""

from importlib.resources import files
from typing import Final

EJEMPLOS: Final = {
    "diputaciones": "diputaciones-2026.toml",
    "ayuntamientos": "ayuntamientos-2018.toml",
    "municipio": "municipio-2027.toml",
    "nacional": "nacional-2030.toml",
}
"""Name on the command line → file."""


def texto(nombre: str) -> str:
    """Return the TOML of a shipped night; KeyError for a name that is not in EJEMPLOS."""
    return files("pregon.origin.sources").joinpath("elecciones", EJEMPLOS[nombre]).read_text(encoding="utf-8")
