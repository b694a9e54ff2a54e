"""Pull from a folder: the inbox that every push ends in, or a repository on a removable disk (decisions §5).

The other side may write here, so no component of a path may be a symlink and only regular files are read
(B2). Byte caps are the caller's: `download_bytes` stops at its maximum (A6).
"""

import contextlib
import errno
import os
import shutil
import stat
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from tuf.api.exceptions import DownloadError, DownloadHTTPError, SlowRetrievalError

from pregon.errors import Alterado
from pregon.paquete.delta import CARPETA
from pregon.transport.pull import PullSource

_TROZO = 1 << 16
_ABANDONADO = 3600.0
"""Seconds after which an object that no accepted corte named is litter of a delivery that was superseded."""


class CarpetaFetcher(PullSource):
    """A repository in a folder. What the folder lacks is a 404, as on a web server."""

    def __init__(self, carpeta: Path, *, buzon: bool = False) -> None:
        """Read from `carpeta`, which need not exist yet. `buzon`: it is our own inbox, to be kept tidy."""
        self.carpeta = carpeta
        self._buzon = buzon
        self.nombre = str(carpeta)
        self._limite: float | None = None

    def begin(self, seconds: float) -> None:
        """Start an operation with its total deadline."""
        self._limite = time.monotonic() + seconds

    def version(self) -> object | None:
        """Return what identifies the inbox's `timestamp.json`, the last file of every delivery."""
        try:
            datos = (self.carpeta / "metadata" / "timestamp.json").lstat()
        except OSError:
            return None
        return datos.st_ino, datos.st_mtime_ns, datos.st_size

    def holds(self, ruta: str) -> bool:
        """Tell if something stands at a path."""
        return os.path.lexists(self.carpeta / ruta)

    def discard(self) -> None:
        """Delete the last fetched file of an inbox: the sender will find it missing and send it again."""
        if not self.ultima or not self._buzon:
            return
        *carpetas, nombre = self.ultima.split("/")
        with contextlib.suppress(OSError), abierta(self.carpeta, carpetas) as dirfd:
            os.unlink(nombre, dir_fd=dirfd)

    def prune(self, needed: frozenset[str]) -> None:
        """Delete what no accepted corte needs, after an hour: a delivery may be in course.

        Objects are `needed` by their own hash, deltas by that of the manifest that they lead to.
        """
        if not self._buzon:
            return
        antes = time.time() - _ABANDONADO
        for carpeta in _carpetas(self.carpeta / CARPETA):
            if Path(carpeta).name not in needed and Path(carpeta).lstat().st_mtime < antes:
                shutil.rmtree(carpeta, ignore_errors=True)
        for grupo in _carpetas(self.carpeta / "objetos"):
            with contextlib.suppress(OSError), os.scandir(grupo) as entradas:
                for entrada in entradas:
                    if entrada.name not in needed and entrada.stat(follow_symlinks=False).st_mtime < antes:
                        Path(entrada.path).unlink()

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.ultima = url
        *carpetas, nombre = url.split("/")
        if not nombre or any(parte in {"", ".", ".."} or "\0" in parte for parte in (*carpetas, nombre)):
            raise DownloadError(f"ruta imposible: {url!r:.80}")
        try:
            with abierta(self.carpeta, carpetas) as dirfd:
                # O_NONBLOCK: a FIFO planted in the inbox must not hang the node.
                fd = os.open(nombre, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=dirfd)
        except FileNotFoundError as error:
            raise DownloadHTTPError(f"aún no está {url}", 404) from error
        except OSError as error:
            if error.errno not in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
                causa = "faltan permisos" if isinstance(error, PermissionError) else error.strerror
                raise DownloadError(f"no se pudo leer {url}: {causa}") from error
            raise Alterado(f"«{url}» no es un archivo", rutas=(url,)) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise Alterado(f"«{url}» no es un archivo", rutas=(url,))
        with os.fdopen(fd, "rb", buffering=0) as archivo:
            while trozo := _trozo(archivo, url):
                if self._limite is not None and time.monotonic() > self._limite:
                    raise SlowRetrievalError(f"{url}: se agotó el plazo")
                yield trozo


def _trozo(archivo: FileIO, url: str) -> bytes:
    try:
        return archivo.read(_TROZO)
    except OSError as error:
        raise DownloadError(f"no se pudo leer {url}: {error.strerror}") from error


@contextlib.contextmanager
def abierta(raiz: Path, carpetas: list[str]) -> Iterator[int]:
    """Open a sub-folder without following any symlink below `raiz`."""
    fd = os.open(raiz, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for parte in carpetas:
            abajo = os.open(parte, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
            os.close(fd)
            fd = abajo
        yield fd
    finally:
        os.close(fd)


def _carpetas(raiz: Path) -> list[str]:
    try:
        with os.scandir(raiz) as entradas:
            return [e.path for e in entradas if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
