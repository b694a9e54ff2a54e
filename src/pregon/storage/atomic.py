"""The one way to write a file that must survive: same folder, fsync, replace, fsync of the folder.

After a kill or a power cut the old file or the new one is there, whole (F1, F2). An error of the disk is
final for that write: nothing was replaced, and nobody tries again and believes (F3, F4).
"""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pregon.errors import ErrorDeAlmacen

LECTURA: Final = 0o444
"""Mode of what is never written again."""
SECRETO: Final = 0o600
"""Mode of private keys."""
_PARCIAL: Final = ".parcial"
_CAUSAS: Final = {
    errno.ENOSPC: "el disco está lleno",
    errno.EDQUOT: "se agotó la cuota de disco",
    errno.EROFS: "el disco está montado sólo para lectura",
    errno.EACCES: "faltan permisos",
    errno.EPERM: "faltan permisos",
    errno.EIO: "el disco falló",
    errno.EMFILE: "hay demasiados archivos abiertos",
    errno.ENFILE: "hay demasiados archivos abiertos",
    errno.ENOENT: "no existe",
    errno.ENOTDIR: "una carpeta de la ruta es un archivo",
    errno.EISDIR: "es una carpeta",
    errno.ENAMETOOLONG: "el nombre es demasiado largo",
    errno.ELOOP: "un enlace apunta a sí mismo",
    errno.EADDRINUSE: "ya la usa otro programa",
    errno.EADDRNOTAVAIL: "no es una dirección de esta máquina",
}


def write(path: Path, data: bytes, *, mode: int = 0o644, perdible: bool = False) -> None:
    """Replace `path` by `data`, durably, with exactly `mode` whatever the umask says (B6).

    Missing parent folders are made. `perdible`: a power cut may take the name away again, never leave it with
    other bytes; that saves two of three fsyncs. Raises ErrorDeAlmacen; the old content is then untouched.
    """
    with almacen(f"escribir «{path}»"):
        if perdible:
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            make_dirs(path.parent)
        descriptor, nombre = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=_PARCIAL)
        parcial = Path(nombre)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                pendiente = memoryview(data)
                while pendiente:
                    pendiente = pendiente[file.write(pendiente) :]
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            parcial.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                parcial.unlink()
            raise
        if not perdible:
            sync_dir(path.parent)


def read(path: Path, *, limit: int) -> bytes:
    """Return the content of a regular file of at most `limit` bytes. Raises ErrorDeAlmacen."""
    with almacen(f"leer «{path}»"), path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ErrorDeAlmacen(f"no se pudo leer «{path}»: pasa de {limit} bytes")
    return data


def make_dirs(path: Path) -> None:
    """Make a folder and its parents, each of them durable in its own parent. Raises OSError."""
    if path.is_dir():
        return
    make_dirs(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir()
    sync_dir(path.parent)


def sync_dir(path: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove what a killed `write` left in this folder. Only its one writer may call it."""
    with almacen(f"limpiar «{folder}»"):
        for path in folder.glob(f".*{_PARCIAL}"):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def almacen(accion: str) -> Iterator[None]:
    """Turn any OSError of the block into ErrorDeAlmacen, saying what could not be done and why."""
    try:
        yield
    except OSError as error:
        raise ErrorDeAlmacen(f"no se pudo {accion}: {causa(error)}") from error


def causa(error: OSError) -> str:
    """Say in Spanish why the system refused."""
    return _CAUSAS.get(error.errno or 0, os.strerror(error.errno) if error.errno else str(error))
