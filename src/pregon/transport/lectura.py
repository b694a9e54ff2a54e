"""Reading a published tree, to inspect it: a folder, a ZIP, or an address. Nothing is extracted or followed.

The reader is bounded by its caller: never more than the signed size and one byte of each file (A6, B3).
"""

import os
import stat
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Final, Protocol

from tuf.api.exceptions import DownloadError, DownloadHTTPError

from pregon.errors import ErrorDeDatos, ErrorDeRed
from pregon.transport.https import HttpsFetcher

_ENTRADAS: Final = 1_000_000
"""Names in one tree: an archived copy holds twelve cortes with a proof for each file."""


class Lectura(Protocol):
    """A tree of files by relative POSIX path."""

    def rutas(self) -> frozenset[str] | None:
        """Return all names, special files and links included; None where the source cannot list."""
        ...

    def leer(self, ruta: str, limite: int) -> bytes:
        """Return up to `limite` + 1 bytes of a file.

        Raises ErrorDeDatos when this one file is missing or unreadable, ErrorDeRed when the source is.
        """
        ...


class LecturaDeCarpeta:
    """A folder as it was when it was listed. Links inside are named, never followed (B2)."""

    def __init__(self, carpeta: Path) -> None:
        """List the folder; `carpeta` itself may be a link."""
        self._carpeta = carpeta.resolve()
        self._rutas: set[str] = set()
        self._listar()

    def rutas(self) -> frozenset[str]:
        """Return every name but folders."""
        return frozenset(self._rutas)

    def leer(self, ruta: str, limite: int) -> bytes:
        """Read a regular file."""
        if ruta not in self._rutas:
            raise ErrorDeDatos("no está", archivo=ruta)
        try:
            descriptor = os.open(self._carpeta / ruta, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise ErrorDeDatos("no es un archivo regular", archivo=ruta)
                return file.read(limite + 1)
        except OSError as error:
            raise ErrorDeDatos(f"no se pudo leer: {error.strerror}", archivo=ruta) from error

    def _listar(self) -> None:
        """List without recursion: whoever made the folder chose how deep it goes."""
        pendientes = [""]
        while pendientes:
            prefijo = pendientes.pop()
            try:
                entradas = list(os.scandir(self._carpeta / prefijo))
            except OSError as error:
                raise ErrorDeDatos(f"no se pudo leer: {error.strerror}", archivo=prefijo) from error
            for entrada in entradas:
                ruta = f"{prefijo}{entrada.name}"
                if entrada.is_dir(follow_symlinks=False):
                    pendientes.append(f"{ruta}/")
                else:
                    self._rutas.add(ruta)
                if len(self._rutas) > _ENTRADAS:
                    raise ErrorDeDatos(f"la carpeta tiene más de {_ENTRADAS} archivos")


class LecturaDeZip:
    """A ZIP of a tree, with or without one folder around it. Open it as a context manager."""

    def __init__(self, ruta: Path) -> None:
        """Read the directory of the ZIP. Raises ErrorDeDatos when it is none."""
        try:
            self._zip = zipfile.ZipFile(ruta)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ErrorDeDatos("no es un ZIP legible", archivo=str(ruta)) from error
        nombres = [nombre for nombre in self._zip.namelist() if not nombre.endswith("/")]
        if len(nombres) > _ENTRADAS:
            raise ErrorDeDatos(f"tiene más de {_ENTRADAS} archivos", archivo=str(ruta))
        carpetas = {nombre.partition("/")[0] for nombre in nombres}
        unica = f"{carpetas.pop()}/" if len(carpetas) == 1 else ""
        self._prefijo = unica if all(nombre.startswith(unica) for nombre in nombres) else ""
        self._veces = Counter(nombre.removeprefix(self._prefijo) for nombre in nombres)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def rutas(self) -> frozenset[str]:
        """Return every name but folders."""
        return frozenset(self._veces)

    def leer(self, ruta: str, limite: int) -> bytes:
        """Read one member. A name that appears twice has no one content."""
        if ruta not in self._veces:
            raise ErrorDeDatos("no está", archivo=ruta)
        if self._veces[ruta] > 1:
            raise ErrorDeDatos("está repetido en el ZIP", archivo=ruta)
        try:
            with self._zip.open(self._prefijo + ruta) as file:
                return file.read(limite + 1)
        # RuntimeError: an encrypted member.
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise ErrorDeDatos(f"el ZIP está dañado: {error}", archivo=ruta) from error


class LecturaDeRama:
    """A folder inside of another tree, with the rest of it out of sight."""

    def __init__(self, arbol: Lectura, prefijo: str) -> None:
        """`prefijo` ends with a slash."""
        self._arbol, self._prefijo = arbol, prefijo
        todas = arbol.rutas() or frozenset()
        self._rutas = frozenset(r.removeprefix(prefijo) for r in todas if r.startswith(prefijo))

    def rutas(self) -> frozenset[str]:
        """Return the names under it."""
        return self._rutas

    def leer(self, ruta: str, limite: int) -> bytes:
        """Read one file under it."""
        return self._arbol.leer(self._prefijo + ruta, limite)


class LecturaDeUrl:
    """A node's public address. One total deadline for all that is read from it (A7)."""

    def __init__(self, url: str, *, plazo: float) -> None:
        """Connect lazily. Raises ErrorDeConfiguracion for an impossible address."""
        self._fetcher = HttpsFetcher(url, plazo=plazo)

    def close(self) -> None:
        """Close the connection."""
        self._fetcher.close()

    def rutas(self) -> None:
        """Return None: an address does not list."""

    def leer(self, ruta: str, limite: int) -> bytes:
        """Fetch one address; anything but 200 is told with its status."""
        datos = bytearray()
        try:
            for trozo in self._fetcher.fetch(ruta):
                datos += trozo
                if len(datos) > limite:
                    break
        except DownloadHTTPError as error:
            if error.status_code >= 500:
                raise ErrorDeRed(f"{ruta or '/'}: el servidor respondió {error.status_code}") from error
            raise ErrorDeDatos(f"el servidor respondió {error.status_code}", archivo=ruta) from error
        except DownloadError as error:
            raise ErrorDeRed(str(error)) from error
        return bytes(datos[: limite + 1])
