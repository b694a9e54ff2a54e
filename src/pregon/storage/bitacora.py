"""The night's book: one JSON line per asiento, chained, appended durably, by several processes if need be.

A kill in the middle of a line leaves a torn end: the next append moves it aside to `<name>.roto` and goes
on from the last whole asiento, which is never lost. Readers take no lock and repair nothing.
"""

import fcntl
import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pregon.errors import ErrorDeAlmacen
from pregon.paquete import bitacora
from pregon.paquete.bitacora import Asiento
from pregon.storage import atomic

_ESPERA: Final = 5.0
"""Seconds: another process holds the book for one append only."""


class Bitacora:
    """A book on disk. `actor` signs what this process appends."""

    def __init__(self, path: Path, actor: str) -> None:
        """Nothing is read or created yet."""
        self.path = path
        self.actor = actor
        self._fin = 0
        self._ultimo: Asiento | None = None

    def append(
        self, instante: datetime, acto: str, objeto: str, datos: Mapping[str, Any] | None = None
    ) -> Asiento:
        """Add one asiento; when this returns, it survives a power cut.

        Raises ErrorDeAlmacen (nothing was added), or ErrorDeConfianza if the book's chain is broken.
        """
        with atomic.almacen(f"escribir la bitácora «{self.path}»"):
            atomic.make_dirs(self.path.parent)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                self._tomar(descriptor)
                if not self._fin:
                    # Whoever made the book may have died before its folder knew it for certain.
                    atomic.sync_dir(self.path.parent)
                self._ponerse_al_dia(descriptor)
                asiento = bitacora.encadenar(
                    self._ultimo,
                    instante=instante,
                    actor=self.actor,
                    acto=acto,
                    objeto=objeto,
                    datos=datos or {},
                )
                linea = bitacora.escribir(asiento)
                bitacora.leer(linea[:-1])  # never write what could not be read back
                self._escribir(descriptor, linea)
            finally:
                os.close(descriptor)
        self._fin += len(linea)
        self._ultimo = asiento
        return asiento

    def leer(self) -> tuple[Asiento, ...]:
        """Return every whole asiento, verified; a torn end is left out. Raises ErrorDeConfianza."""
        try:
            datos = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ErrorDeAlmacen(f"no se pudo leer la bitácora «{self.path}»: {error.strerror}") from error
        asientos = tuple(bitacora.leer(linea) for linea in datos.split(b"\n")[:-1])
        bitacora.verificar(asientos)
        return asientos

    @property
    def cabeza(self) -> str | None:
        """Return the hash of the last asiento: what a manifest carries (decisions §4)."""
        asientos = self.leer()
        return asientos[-1].sha256 if asientos else None

    def _tomar(self, descriptor: int) -> None:
        plazo = time.monotonic() + _ESPERA
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= plazo:
                    raise ErrorDeAlmacen(f"otro proceso retiene la bitácora «{self.path}»") from None
                time.sleep(0.005)
            else:
                return

    def _ponerse_al_dia(self, descriptor: int) -> None:
        tamano = os.fstat(descriptor).st_size
        if tamano < self._fin:
            raise ErrorDeAlmacen(f"la bitácora «{self.path}» se acortó: alguien borró asientos")
        resto = os.pread(descriptor, tamano - self._fin, self._fin)
        enteras, _, roto = resto.rpartition(b"\n")
        for linea in enteras.split(b"\n") if enteras else ():
            asiento = bitacora.leer(linea)
            bitacora.seguir(self._ultimo, asiento)
            self._ultimo = asiento
        self._fin = tamano - len(roto)
        if roto:
            atomic.write(self.path.with_name(f"{self.path.name}.roto-{self._fin}"), roto)
            os.ftruncate(descriptor, self._fin)
            os.fsync(descriptor)

    def _escribir(self, descriptor: int, linea: bytes) -> None:
        try:
            escritos = 0
            while escritos < len(linea):
                escritos += os.pwrite(descriptor, linea[escritos:], self._fin + escritos)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, self._fin)
            raise
