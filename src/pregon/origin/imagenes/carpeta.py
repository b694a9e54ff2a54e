"""Images in a folder: named by their hash, or by whatever name and then hashed once.

A file is believed when it stands still: its size and hour were the same at the look before, or its hour is
some seconds old. Links and hidden files are passed over; below a bound, the folder may have folders in it.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pregon.errors import ErrorDeAlmacen
from pregon.paquete.limites import LIMITES

_REPOSO: Final = 2.0
"""Seconds without a change after which a file seen for the first time is whole."""
_CODIGO = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visto:
    """A file as it stood at the last look; `codigo` None: not hashed yet, it was still growing."""

    inodo: int
    tamano: int
    modificado: int
    codigo: str | None


class ImagenesDeCarpeta:
    """A folder of images. It remembers what it hashed: a file costs one reading in its life."""

    def __init__(self, carpeta: Path) -> None:
        """Nothing is read until images are asked for."""
        self._carpeta = carpeta
        self._vistos: dict[Path, _Visto] = {}

    def buscar(self, codigos: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield what is stored under each hash; see `Imagenes.buscar`. Looks at the folder once."""
        self._mirar()
        rutas = {visto.codigo: ruta for ruta, visto in self._vistos.items() if visto.codigo is not None}
        for codigo in codigos:
            if codigo in rutas and (datos := _leer(rutas[codigo])) is not None:
                yield codigo, datos

    def _mirar(self) -> None:
        """Bring the index up to date. ErrorDeAlmacen when the folder cannot be listed."""
        nuevos: dict[Path, _Visto] = {}
        ahora = time.time()
        for ruta, estado in self._archivos():
            visto = self._vistos.get(ruta)
            igual = visto is not None and (visto.inodo, visto.tamano, visto.modificado) == (
                estado.st_ino,
                estado.st_size,
                estado.st_mtime_ns,
            )
            codigo = visto.codigo if visto is not None and igual else None
            if codigo is None and (igual or ahora - estado.st_mtime > _REPOSO):
                codigo = _codigo(ruta)
            nuevos[ruta] = _Visto(
                inodo=estado.st_ino,
                tamano=estado.st_size,
                modificado=estado.st_mtime_ns,
                codigo=codigo,
            )
        self._vistos = nuevos

    def _archivos(self) -> Iterator[tuple[Path, os.stat_result]]:
        quedan = LIMITES.imagenes
        pendientes = [self._carpeta]
        while pendientes:
            carpeta = pendientes.pop()
            try:
                entradas = sorted(os.scandir(carpeta), key=lambda e: e.name)
            except OSError as error:
                raise ErrorDeAlmacen(
                    f"no se puede leer la carpeta de imágenes {carpeta}: {error.strerror}"
                ) from error
            for entrada in entradas:
                quedan -= 1
                if quedan < 0:
                    raise ErrorDeAlmacen(f"{self._carpeta} tiene más de {LIMITES.imagenes} archivos")
                if entrada.name.startswith(".") or entrada.is_symlink():
                    continue
                if entrada.is_dir():
                    pendientes.append(Path(entrada.path))
                elif entrada.is_file():
                    yield Path(entrada.path), entrada.stat()


def _codigo(ruta: Path) -> str | None:
    """Return the hash that a file's name gives, or that of its bytes; None for one that went away."""
    if _CODIGO.fullmatch(nombre := ruta.stem.lower()):
        return nombre  # a promise: whoever takes the bytes verifies it
    datos = _leer(ruta)
    return None if datos is None else hashlib.sha256(datos).hexdigest()


def _leer(ruta: Path) -> bytes | None:
    try:
        with ruta.open("rb") as abierto:
            return abierto.read(LIMITES.imagen + 1)
    except OSError:
        return None
