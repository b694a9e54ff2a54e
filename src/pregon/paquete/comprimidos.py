"""The compressed forms that a node keeps beside a signed file (decisions §13).

Nobody signs them, so each is believed only if it decompresses into what was signed. Brotli is there where
its package is (`pregon[brotli]`); without it nobody makes a `.br`, and one that somebody else made is not
believed.
"""

import zlib
from collections.abc import Callable
from typing import Final

from pregon.paquete.inspeccion import causa
from pregon.paquete.manifest import Archivo

try:
    import brotli
except ImportError:
    brotli = None

SUFIJOS: Final = (".br", ".gz")
_GZIP: Final = zlib.MAX_WBITS | 16
_GZIP_NIVEL: Final = 6
_BROTLI_CALIDAD: Final = 5


def _gzip(datos: bytes) -> bytes:
    objeto = zlib.compressobj(_GZIP_NIVEL, wbits=_GZIP)
    return objeto.compress(datos) + objeto.flush()


def _brotli(datos: bytes) -> bytes:
    comprimidos: bytes = brotli.compress(datos, quality=_BROTLI_CALIDAD)
    return comprimidos


COMPRESORES: Final[dict[str, Callable[[bytes], bytes]]] = {
    ".gz": _gzip,
    **({".br": _brotli} if brotli else {}),
}
"""Suffix → what makes that form here. The same bytes give the same bytes on one machine."""


def original_de(ruta: str) -> str | None:
    """Return the path whose compressed form stands at this one, None if it is no such path."""
    for sufijo in SUFIJOS:
        if ruta.endswith(sufijo):
            return ruta.removesuffix(sufijo)
    return None


def falla(ruta: str, datos: bytes, original: Archivo) -> str | None:
    """Return why a compressed form is not the signed file; None if it is."""
    if ruta.endswith(".br") and brotli is None:
        return "no se pudo comprobar: falta pregon[brotli]"
    # Bounded: one byte more than signed is enough to tell them apart (B3).
    abierto = (_abrir_br if ruta.endswith(".br") else _abrir_gz)(datos, original.tamano + 1)
    entero = abierto is not None and causa(original, abierto) is None
    return None if entero else "no se descomprime en lo firmado"


def _abrir_gz(datos: bytes, tope: int) -> bytes | None:
    descompresor = zlib.decompressobj(_GZIP)
    try:
        abierto = descompresor.decompress(datos, tope)
    except zlib.error:
        return None
    return abierto if descompresor.eof and not descompresor.unused_data else None


def _abrir_br(datos: bytes, tope: int) -> bytes | None:
    descompresor = brotli.Decompressor()
    try:
        abierto: bytes = descompresor.process(datos, output_buffer_limit=tope)
    except brotli.error:
        return None
    return abierto if descompresor.is_finished() else None
