"""Files that a command line names: whoever named them is told when they cannot be read."""

from pathlib import Path

from pregon.errors import ErrorDeConfiguracion
from pregon.storage import atomic

_MAXIMO = 4_000_000


def texto(ruta: Path) -> str:
    """Return a text file, with or without the mark that Windows puts first.

    Raises ErrorDeConfiguracion: missing, unreadable, not UTF-8, over 4 MB.
    """
    datos = contenido(ruta)
    try:
        return datos.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        linea = datos.count(b"\n", 0, error.start) + 1
        raise ErrorDeConfiguracion(
            "no está en UTF-8: guárdelo con esa codificación", archivo=str(ruta), linea=linea
        ) from error


def contenido(ruta: Path) -> bytes:
    """Return a file's bytes. Raises ErrorDeConfiguracion."""
    try:
        with ruta.open("rb") as archivo:
            datos = archivo.read(_MAXIMO + 1)
    except OSError as error:
        raise ErrorDeConfiguracion(f"no se puede leer: {atomic.causa(error)}", archivo=str(ruta)) from error
    if len(datos) > _MAXIMO:
        raise ErrorDeConfiguracion(f"pasa de {_MAXIMO} bytes", archivo=str(ruta))
    return datos
