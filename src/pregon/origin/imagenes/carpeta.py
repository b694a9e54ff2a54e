"""Images in a folder: named by their hash, or by whatever name and then hashed once.

A file is believed when it stands still: its size and hour were the same at the look before, or its hour is
some seconds old. Links and hidden files are passed over; below a bound, the folder may have folders in it.
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Final

from pregon.errors import ErrorDeAlmacen
from pregon.paquete.limites import LIMITES
from pregon.storage import atomic

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

    def buscar(self, codigos: Iterable[str], plazo: float) -> Iterator[tuple[str, bytes]]:
        """Yield what is stored under each hash; see `Imagenes.buscar`. Looks at the folder once."""
        sin_leer = self._mirar(time.monotonic() + plazo)
        rutas = {visto.codigo: ruta for ruta, visto in self._vistos.items() if visto.codigo is not None}
        for codigo in codigos:
            if codigo in rutas and (datos := _leer(rutas[codigo])) is not None:
                yield codigo, datos
        if sin_leer:
            raise ErrorDeAlmacen(
                f"faltó tiempo para leer {sin_leer} de los archivos de {self._carpeta} "
                "que no se llaman como su código; siguen en el corte siguiente"
            )

    def _mirar(self, limite: float) -> int:
        """Bring the index up to date; return how many files were left to hash when the time was over.

        ErrorDeAlmacen when the folder cannot be listed.
        """
        nuevos: dict[Path, _Visto] = {}
        ahora, sin_leer = time.time(), 0
        for ruta, estado in self._archivos():
            visto = self._vistos.get(ruta)
            igual = visto is not None and (visto.inodo, visto.tamano, visto.modificado) == (
                estado.st_ino,
                estado.st_size,
                estado.st_mtime_ns,
            )
            codigo = visto.codigo if visto is not None and igual else None
            if codigo is None and (igual or ahora - estado.st_mtime > _REPOSO):
                codigo = _del_nombre(ruta)
                if codigo is None and time.monotonic() < limite:
                    codigo = _de_los_bytes(ruta)
                elif codigo is None:
                    sin_leer += 1
            nuevos[ruta] = _Visto(
                inodo=estado.st_ino,
                tamano=estado.st_size,
                modificado=estado.st_mtime_ns,
                codigo=codigo,
            )
        self._vistos = nuevos
        return sin_leer

    def _archivos(self) -> Iterator[tuple[Path, os.stat_result]]:
        quedan = LIMITES.imagenes
        pendientes = [self._carpeta]
        while pendientes:
            carpeta = pendientes.pop()
            try:
                entradas = _listar(carpeta, quedan + 1)
            except OSError as error:
                # A name may be of bytes that are no text, and the book takes none such.
                cual = os.fsencode(carpeta).decode(errors="backslashreplace")
                causa = f"no se puede leer la carpeta de imágenes {cual}: {atomic.causa(error)}"
                raise ErrorDeAlmacen(causa) from error
            quedan -= len(entradas)
            if quedan < 0:
                causa = (
                    f"{self._carpeta} tiene más de {LIMITES.imagenes} archivos: deje sólo los de esta noche"
                )
                raise ErrorDeAlmacen(causa)
            for ruta, estado in entradas:
                if ruta.name.startswith("."):
                    continue
                if stat.S_ISDIR(estado.st_mode):
                    pendientes.append(ruta)
                elif stat.S_ISREG(estado.st_mode):
                    yield ruta, estado


def _listar(carpeta: Path, maximo: int) -> list[tuple[Path, os.stat_result]]:
    """Return at most so much of what a folder holds, by name; what goes away meanwhile is not there."""
    halladas = []
    with os.scandir(carpeta) as entradas:
        for entrada in islice(entradas, maximo):
            with suppress(FileNotFoundError):
                halladas.append((Path(entrada.path), entrada.stat(follow_symlinks=False)))
    return sorted(halladas, key=itemgetter(0))


def _del_nombre(ruta: Path) -> str | None:
    """Return the hash that a file's name gives: a promise, that whoever takes the bytes verifies."""
    return nombre if _CODIGO.fullmatch(nombre := ruta.stem.lower()) else None


def _de_los_bytes(ruta: Path) -> str | None:
    """Return the hash of its bytes; None for one that went away."""
    datos = _leer(ruta)
    return None if datos is None else hashlib.sha256(datos).hexdigest()


def _leer(ruta: Path) -> bytes | None:
    try:
        with ruta.open("rb") as abierto:
            return abierto.read(LIMITES.imagen + 1)
    except OSError:
        return None
