"""The log files of a difusor, plain or gzip, read as a stream: whatever their size, memory stays small.

Every line is either handed on or counted as rejected with its cause and place (K1). The SHA-256 is that of
the file as it stands on the disk, of exactly the bytes that were read.
"""

import gzip
import hashlib
import io
import re
import stat
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from pregon.errors import ErrorDeDatos
from pregon.memoria.registros import LineaRechazada, Peticion, leer_linea
from pregon.memoria.union import Union

_NOMBRE: Final = re.compile(r".+\.(log|jsonl)([.-]\d{1,8}){0,2}(\.gz)?")
_CADA: Final = 500_000
"""Lines between two words on progress."""

Avance = Callable[[str, int], None]
"""Told the file and its lines so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitesDeLectura:
    """Bounds on what is read. Sizes in bytes, uncompressed."""

    archivos: int = 500
    """All are open at once, to be read in order of time."""
    archivo: int = 100_000_000_000
    linea: int = 131_072
    """The node's longest: three texts of 2,048 characters, each byte escaped."""
    ventana: int = 200_000
    """Distinct events held to find duplicates."""
    ejemplos: int = 5
    """Rejected lines of a file that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivoLeido:
    """What is to be told of one log file."""

    nombre: str
    bytes: int
    sha256: str
    lineas: int
    rechazadas: Mapping[str, int]
    """Lines by cause."""
    ejemplos: tuple[tuple[int, str], ...]
    """First rejected ones: line number from 1, and cause."""
    primera: int | None
    """Seconds since 1970 of the earliest accepted entry."""
    ultima: int | None
    defecto: str
    """Why the rest of a damaged file could not be read; empty when it was read whole."""


class Registros:
    """The logs of one service. `peticiones` runs once; the other fields are complete when it ended."""

    def __init__(
        self,
        rutas: Sequence[Path],
        *,
        limites: LimitesDeLectura | None = None,
        avance: Avance | None = None,
    ) -> None:
        """`rutas` are files and folders; raises ErrorDeDatos when they hold no log or too many."""
        self._limites = limites or LimitesDeLectura()
        archivos = _archivos(rutas)
        if len(archivos) > self._limites.archivos:
            raise ErrorDeDatos(
                f"hay {len(archivos)} registros de acceso: el límite es {self._limites.archivos}"
            )
        self._union = Union(ventana=self._limites.ventana)
        self._fuentes = [_Fuente(ruta, self._limites, avance) for ruta in archivos]

    def peticiones(self) -> Iterator[Peticion]:
        """Yield each event once. Raises ErrorDeDatos when a file cannot be opened or exceeds a limit."""
        return self._union.recorrer([fuente.leer() for fuente in self._fuentes])

    @property
    def archivos(self) -> tuple[ArchivoLeido, ...]:
        """Return what was read, by name."""
        return tuple(fuente.resumen() for fuente in self._fuentes)

    @property
    def duplicadas(self) -> int:
        """Return the lines that told an event already counted."""
        return self._union.duplicadas

    @property
    def tardias(self) -> int:
        """Return the lines too far out of order to be compared."""
        return self._union.tardias


class _Fuente:
    def __init__(self, ruta: Path, limites: LimitesDeLectura, avance: Avance | None) -> None:
        self._ruta, self._limites, self._avance = ruta, limites, avance
        self._sha256 = hashlib.sha256()
        self._bytes = self._lineas = 0
        self._rechazadas: Counter[str] = Counter()
        self._ejemplos: list[tuple[int, str]] = []
        self._primera: int | None = None
        self._ultima: int | None = None
        self._defecto = ""

    def leer(self) -> Iterator[Peticion]:
        try:
            with self._ruta.open("rb") as archivo:
                crudo = io.BufferedReader(_Sumado(archivo, self._sumar), 1 << 20)
                comprimido = self._ruta.suffix == ".gz"
                texto = cast("BinaryIO", gzip.GzipFile(fileobj=crudo)) if comprimido else crudo
                yield from self._peticiones(texto)
                while crudo.read(1 << 20):
                    pass  # what a damaged gzip left unread belongs to the file's hash all the same
        except OSError as error:
            causa = f"no se puede leer: {error.strerror or error}"
            raise ErrorDeDatos(causa, archivo=str(self._ruta)) from error

    def resumen(self) -> ArchivoLeido:
        return ArchivoLeido(
            nombre=self._ruta.name,
            bytes=self._bytes,
            sha256=self._sha256.hexdigest(),
            lineas=self._lineas,
            rechazadas=dict(sorted(self._rechazadas.items())),
            ejemplos=tuple(self._ejemplos),
            primera=self._primera,
            ultima=self._ultima,
            defecto=self._defecto,
        )

    def _peticiones(self, texto: BinaryIO) -> Iterator[Peticion]:
        for linea in self._renglones(texto):
            self._lineas += 1
            if self._avance and self._lineas % _CADA == 0:
                self._avance(self._ruta.name, self._lineas)
            try:
                if linea is None:
                    raise LineaRechazada(f"línea de más de {self._limites.linea} bytes")
                peticion = leer_linea(linea)
            except LineaRechazada as error:
                self._rechazadas[str(error)] += 1
                if len(self._ejemplos) < self._limites.ejemplos:
                    self._ejemplos.append((self._lineas, str(error)))
                continue
            segundo = peticion.segundo
            self._primera = segundo if self._primera is None else min(self._primera, segundo)
            self._ultima = segundo if self._ultima is None else max(self._ultima, segundo)
            yield peticion

    def _renglones(self, texto: BinaryIO) -> Iterator[bytes | None]:
        """Yield each line; None stands for one beyond the bound, of which nothing is kept."""
        tope = self._limites.linea + 1
        leidos = 0
        try:
            while linea := texto.readline(tope):
                larga = len(linea) == tope and not linea.endswith(b"\n")
                leidos += len(linea)
                while larga and (resto := texto.readline(tope)):
                    leidos += len(resto)
                    if resto.endswith(b"\n"):
                        break
                if leidos > self._limites.archivo:
                    causa = (
                        f"pasa de {self._limites.archivo} bytes sin comprimir: entregue un archivo por día"
                    )
                    raise ErrorDeDatos(causa, archivo=str(self._ruta))
                yield None if larga else linea
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self._defecto = f"el comprimido está incompleto o dañado después de la línea {self._lineas}"

    def _sumar(self, datos: memoryview) -> None:
        self._sha256.update(datos)
        self._bytes += len(datos)


class _Sumado(io.RawIOBase):
    """A file that shows every byte to `ver` as it is read."""

    def __init__(self, archivo: BinaryIO, ver: Callable[[memoryview], None]) -> None:
        super().__init__()
        self._archivo, self._ver = archivo, ver

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        leidos: int = self._archivo.readinto(buffer)  # type: ignore[attr-defined]  # every binary file has it
        self._ver(memoryview(buffer)[:leidos])
        return leidos


def _archivos(rutas: Sequence[Path]) -> list[Path]:
    """Return the log files, by name; a folder gives those named like logs, a named file is taken as one."""
    hallados: dict[Path, Path] = {}
    for ruta in rutas:
        try:
            candidatos = [r for r in ruta.iterdir() if _NOMBRE.fullmatch(r.name)] if ruta.is_dir() else [ruta]
            for candidato in candidatos:
                if stat.S_ISREG(candidato.stat().st_mode):
                    hallados.setdefault(candidato.resolve(), candidato)
        except OSError as error:
            raise ErrorDeDatos(f"no se puede leer: {error.strerror}", archivo=str(ruta)) from error
    if not hallados:
        lugares = ", ".join(map(str, rutas))
        raise ErrorDeDatos("no hay registros de acceso (*.log, *.jsonl, con o sin .gz)", archivo=lugares)
    return sorted(hallados.values(), key=lambda r: (r.name, str(r)))
