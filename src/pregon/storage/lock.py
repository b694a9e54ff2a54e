"""One writer per folder: an advisory lock that dies with its process, and says who holds it (C8, F7)."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pregon.errors import ErrorDeAlmacen
from pregon.storage import atomic

_PASO: Final = 0.01


@contextlib.contextmanager
def lock(path: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold `path` alone; try for `wait` seconds. Raises ErrorDeAlmacen naming the holder's pid.

    The file stays: removing it would let two processes hold two files of one name.
    """
    with atomic.almacen(f"abrir «{path}»"):
        atomic.make_dirs(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        plazo = time.monotonic() + wait
        while not _tomar(descriptor):
            if time.monotonic() >= plazo:
                raise ErrorDeAlmacen(
                    f"otro proceso de Pregón (pid {_pid(descriptor)}) ya usa «{path.parent}»"
                )
            time.sleep(_PASO)
        with atomic.almacen(f"escribir «{path}»"):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(path: Path) -> str | None:
    """Return the pid of who holds `path`, None if nobody does; nothing is created. Raises ErrorDeAlmacen.

    To know it the lock is shared for an instant: whoever wants it should `wait` at least that long.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ErrorDeAlmacen(f"no se pudo abrir «{path}»: {atomic.causa(error)}") from error
    try:
        return None if _tomar(descriptor, fcntl.LOCK_SH) else _pid(descriptor)
    finally:
        os.close(descriptor)


def _pid(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "desconocido"


def _tomar(descriptor: int, como: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, como | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
