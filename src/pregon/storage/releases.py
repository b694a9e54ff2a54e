"""Cortes on a docroot: complete trees in `cortes/<n>/`, and `actual`, the one pointer to the active corte.

A tree is built beside, made durable, and appears by one rename; the pointer moves by one rename. A kill
at any step leaves the old corte or the new one, never a mixture (F1); leftovers go at the next start.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pregon.errors import Alterado, ErrorDeAlmacen
from pregon.paquete.manifest import huella
from pregon.storage import atomic

_PARCIAL: Final = ".parcial-"


class Releases:
    """The cortes kept in one folder. One writer at a time, by the lock of whoever owns the folder."""

    def __init__(self, carpeta: Path) -> None:
        """Nothing is created until something is materialised."""
        self.carpeta = carpeta
        self.cortes = carpeta / "cortes"
        self.actual = carpeta / "actual"

    def path(self, numero: int) -> Path:
        """Return where a corte's tree stands or would stand."""
        return self.cortes / str(numero)

    def materialise(
        self, numero: int, archivos: Mapping[str, Path], extra: Mapping[str, bytes] | None = None
    ) -> Path:
        """Build a corte's tree and return its folder; one that is there already is left as it is.

        `archivos` maps paths (already safe) to objects: each is hashed against its own name before it is
        linked, and Alterado names all that differ (B5). `extra` are files that are not objects.
        """
        destino = self.path(numero)
        if destino.is_dir():
            return destino
        parcial = self.cortes / f"{_PARCIAL}{numero}"
        with atomic.almacen(f"preparar el corte {numero} en «{self.cortes}»"):
            atomic.make_dirs(self.cortes)
            shutil.rmtree(parcial, ignore_errors=True)
            parcial.mkdir()
            alterados = [ruta for ruta, objeto in archivos.items() if not _fiel(objeto)]
            if alterados:
                raise Alterado(
                    f"el corte {numero} tiene {len(alterados)} objetos faltantes o alterados",
                    rutas=tuple(alterados),
                )
            for ruta, objeto in archivos.items():
                _enlazar(objeto, parcial / ruta)
            for ruta, datos in (extra or {}).items():
                atomic.write(parcial / ruta, datos, mode=atomic.LECTURA)
            for carpeta, _, _ in os.walk(parcial, topdown=False):
                Path(carpeta).chmod(0o755)
                atomic.sync_dir(Path(carpeta))
            parcial.rename(destino)
            try:
                atomic.sync_dir(self.cortes)
            except OSError:
                # A second fsync would say that all is well (F4): the next round builds the tree again.
                destino.rename(parcial)
                raise
        return destino

    def activate(self, numero: int) -> None:
        """Point `actual` at a corte that is there: the one instant at which the public sees it."""
        if not self.path(numero).is_dir():
            raise ErrorDeAlmacen(f"no se pudo activar el corte {numero}: no está en «{self.cortes}»")
        nuevo = self.carpeta / f"{_PARCIAL}actual"
        with atomic.almacen(f"activar el corte {numero}"):
            # A process killed right after it named the tree left that name in memory only.
            atomic.sync_dir(self.cortes)
            nuevo.unlink(missing_ok=True)
            nuevo.symlink_to(f"cortes/{numero}")
            nuevo.replace(self.actual)
            atomic.sync_dir(self.carpeta)

    def deactivate(self) -> None:
        """Point `actual` at nothing; the trees stay."""
        with atomic.almacen("retirar el corte activo"):
            self.actual.unlink(missing_ok=True)
            atomic.sync_dir(self.carpeta)

    def activo(self) -> int | None:
        """Return the number of the active corte, None when there is none."""
        try:
            nombre = self.actual.readlink().name
        except OSError:
            return None
        return int(nombre) if nombre.isdecimal() and self.path(int(nombre)).is_dir() else None

    def numeros(self) -> tuple[int, ...]:
        """Return the cortes kept, in order."""
        try:
            nombres = [entrada.name for entrada in os.scandir(self.cortes)]
        except FileNotFoundError:
            return ()
        return tuple(sorted(int(nombre) for nombre in nombres if nombre.isdecimal()))

    def prune(self, keep: int) -> None:
        """Keep the last `keep` cortes and the active one."""
        activo, numeros = self.activo(), self.numeros()
        for numero in numeros[: max(0, len(numeros) - keep)]:
            if numero != activo:
                self.discard(numero)

    def discard(self, numero: int) -> None:
        """Remove a corte's tree: it disappears by one rename, then is deleted."""
        parcial = self.cortes / f"{_PARCIAL}borrar-{numero}"
        with atomic.almacen(f"borrar el corte {numero}"), contextlib.suppress(FileNotFoundError):
            shutil.rmtree(parcial, ignore_errors=True)
            self.path(numero).rename(parcial)
            # Or a power cut could bring the name back with half of the files.
            atomic.sync_dir(self.cortes)
            shutil.rmtree(parcial)

    def recover(self) -> None:
        """Remove what a killed process left. Call it once at the start, under the folder's lock."""
        with atomic.almacen(f"limpiar «{self.carpeta}»"):
            (self.carpeta / f"{_PARCIAL}actual").unlink(missing_ok=True)
            restos = list(self.cortes.glob(f"{_PARCIAL}*"))
            if restos:
                atomic.sync_dir(self.cortes)  # as `discard`, which may have died in between
            for resto in restos:
                shutil.rmtree(resto)


def _fiel(objeto: Path) -> bool:
    try:
        return not objeto.is_symlink() and huella(objeto.read_bytes()) == objeto.name
    except FileNotFoundError:
        return False


def _enlazar(objeto: Path, destino: Path) -> None:
    destino.parent.mkdir(parents=True, exist_ok=True)
    try:
        destino.hardlink_to(objeto)
    except OSError as error:
        # Another filesystem, one that has no hard links, or an object with too many of them.
        if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP}:
            raise
        atomic.write(destino, objeto.read_bytes(), mode=atomic.LECTURA)
