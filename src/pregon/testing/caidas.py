"""Every disk that a power cut may leave, from the trace of what a program asked of it (F2; as ALICE does).

A disk is a set of inodes: files with bytes and mode, links, and folders whose entries name inodes. A program
changes it by operations of two kinds: on an inode (bytes, size, mode), and on the entries of a folder. While
it runs, all of them are seen. After a power cut at step k, of the operations before k:

* those are there for certain that were synced before k: the ones on a file by an fsync of that file, the ones
  on a folder by an fsync of that folder. An fsync of a file does not save its name. A rename is one
  operation, synced by its target's folder; it is never half done.
* of the others ANY subset may be there, in spite of their order; and bytes not synced may have reached the
  disk as zeros, or only their first half.

No file system is as bad as that in all points at once, each is in some. `caidas` enumerates, for every k: all
pending operations there, none, each one alone missing, each one alone there, all but the first ones, unsynced
bytes damaged in each way (one file and all), and `azar` random subsets of them; each distinct disk once.
"""

import itertools
import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final, Generic, TypeVar

from pregon.testing.rastro import ABREN, ESCRIBE, Llamada

T = TypeVar("T")


class Dano(Enum):
    """What became of bytes that were written and not synced."""

    ENTERO = "enteros"
    CEROS = "ceros"
    MITAD = "la mitad"


@dataclass(frozen=True, slots=True)
class Archivo:
    """A regular file."""

    datos: bytes
    modo: int


@dataclass(frozen=True, slots=True)
class Carpeta:
    """A folder; its entries are kept apart, for each is an operation of its own."""

    modo: int


@dataclass(frozen=True, slots=True)
class Enlace:
    """A symlink."""

    destino: str


Inodo = Archivo | Carpeta | Enlace
Nombre = tuple[int, str]
"""An entry: number of the folder's inode, and name."""
_RAIZ: Final = 0
_SIN_RASTRO: Final = frozenset({"clone", "clone3", "fork", "io_uring_setup", "vfork"})
"""Calls that let others write: strace follows one thread here."""


@dataclass
class Disco:
    """What is on a disk: inodes by number, and entries."""

    inodos: dict[int, Inodo] = field(default_factory=dict)
    nombres: dict[Nombre, int] = field(default_factory=dict)

    def copia(self) -> "Disco":
        """Return another one with the same content."""
        return Disco(dict(self.inodos), dict(self.nombres))

    def arbol(self) -> dict[str, tuple[int, Inodo]]:
        """Return what can be reached, by path; the root is ``""``. Two paths may be one inode."""
        hijos: dict[int, list[tuple[str, int]]] = {}
        for (carpeta, nombre), numero in self.nombres.items():
            hijos.setdefault(carpeta, []).append((nombre, numero))
        hallado = {"": (_RAIZ, self.inodos[_RAIZ])}
        pendientes = [("", _RAIZ)]
        while pendientes:
            ruta, carpeta = pendientes.pop()
            for nombre, numero in hijos.get(carpeta, ()):
                abajo = f"{ruta}/{nombre}" if ruta else nombre
                hallado[abajo] = numero, self.inodos[numero]
                if isinstance(self.inodos[numero], Carpeta):
                    pendientes.append((abajo, numero))
        return hallado

    def escribir(self, destino: Path) -> None:
        """Make a true folder of it, hard links and all; `destino` must not exist."""
        puestos: dict[int, Path] = {}
        for ruta, (numero, inodo) in sorted(self.arbol().items()):
            lugar = destino / ruta
            match inodo:
                case Carpeta():
                    lugar.mkdir()
                case Enlace(texto):
                    lugar.symlink_to(texto)
                case Archivo(datos, modo):
                    if numero in puestos:
                        lugar.hardlink_to(puestos[numero])
                        continue
                    lugar.write_bytes(datos)
                    lugar.chmod(modo)
            puestos[numero] = lugar


@dataclass(frozen=True, slots=True)
class Escribir:
    """Bytes into a file; None: cut or lengthen it to `desde`."""

    inodo: int
    desde: int
    datos: bytes | None


@dataclass(frozen=True, slots=True)
class Modo:
    """A mode."""

    inodo: int
    modo: int


@dataclass(frozen=True, slots=True)
class Nombrar:
    """An entry for an inode, in the place of whatever it named; and the old one of a rename gone with it."""

    nombre: Nombre
    inodo: int
    antes: Nombre | None = None


@dataclass(frozen=True, slots=True)
class Borrar:
    """An entry gone."""

    nombre: Nombre


@dataclass(frozen=True, slots=True)
class Sincronizar:
    """An fsync; of everything, if None."""

    inodo: int | None


Operacion = Escribir | Modo | Nombrar | Borrar | Sincronizar


@dataclass(frozen=True, slots=True, kw_only=True)
class Caida(Generic[T]):
    """One disk after a power cut."""

    paso: int
    que: str
    """What of the pending was there, for who reads a failure."""
    disco: Disco
    visto: T
    """What `testigo` had seen just before."""


@dataclass
class Diario:
    """What a program did to a folder, in order, from a disk of which everything was synced."""

    inicio: Disco
    operaciones: list[Operacion] = field(default_factory=list)
    _ahora: Disco = field(default_factory=Disco)

    @classmethod
    def de(cls, carpeta: Path) -> "Diario":
        """Begin with a true folder as it stands."""
        disco, numeros = Disco(), dict[tuple[int, int], int]()
        cuenta = itertools.count()
        for aqui in (carpeta, *sorted(carpeta.rglob("*"))):
            datos = aqui.lstat()
            numero = numeros.setdefault((datos.st_dev, datos.st_ino), next(cuenta))
            if aqui.is_symlink():
                disco.inodos[numero] = Enlace(str(aqui.readlink()))
            elif aqui.is_dir():
                disco.inodos[numero] = Carpeta(datos.st_mode & 0o7777)
            else:
                disco.inodos[numero] = Archivo(aqui.read_bytes(), datos.st_mode & 0o7777)
            if aqui != carpeta:
                arriba = aqui.parent.lstat()
                disco.nombres[numeros[arriba.st_dev, arriba.st_ino], aqui.name] = numero
        return cls(disco, [], disco.copia())

    def anotar(self, carpeta: Path, llamadas: Iterable[Llamada]) -> None:
        """Add what a traced run did; what it did outside `carpeta` is lost in a crash and nobody's loss."""
        for llamada in llamadas:
            if llamada.vuelta < 0 or (llamada.nombre in ABREN and not ESCRIBE.search(llamada.argumentos)):
                continue
            for operacion in self._operaciones(os.fsencode(carpeta), llamada):
                _aplicar(self._ahora, operacion)
                self.operaciones.append(operacion)

    def final(self) -> Disco:
        """Return what the program saw at its end."""
        return self._ahora

    def caidas(
        self, testigo: Callable[[Disco], T], *, cada: int = 1, azar: int = 4, semilla: int = 1
    ) -> Iterator[Caida[T]]:
        """Yield each disk that a power cut at any step may leave, once; of all cases, one in `cada`.

        The same disk comes again when `testigo`, who looks at what is seen while the program runs, had seen
        something else by then.
        """
        suerte = random.Random(semilla)  # noqa: S311 — no secret: a failure must be found again
        vistos: set[tuple[int, T]] = set()
        visto = self.inicio.copia()
        turno = itertools.cycle(range(cada))
        for paso in range(len(self.operaciones) + 1):
            if paso:
                _aplicar(visto, self.operaciones[paso - 1])
            ahora = testigo(visto)
            pendientes = self._pendientes(paso)
            for que, presentes, danos in _casos(self.operaciones, pendientes, suerte, azar):
                if next(turno):
                    continue
                disco = self.inicio.copia()
                for i, operacion in enumerate(self.operaciones[:paso]):
                    if i not in pendientes or i in presentes:
                        _aplicar(disco, operacion, danos.get(i, Dano.ENTERO))
                huella = hash(tuple(sorted(disco.arbol().items(), key=lambda par: par[0]))), ahora
                if huella not in vistos:
                    vistos.add(huella)
                    yield Caida(paso=paso, que=que, disco=disco, visto=ahora)

    def _pendientes(self, paso: int) -> frozenset[int]:
        """Return which operations before a step nothing had synced by then."""
        seguros: set[int] = set()
        todo = False
        pendientes = set()
        for i in reversed(range(paso)):
            match self.operaciones[i]:
                case Sincronizar(sincronizado):
                    todo = todo or sincronizado is None
                    seguros.add(_RAIZ if sincronizado is None else sincronizado)
                case Escribir(inodo) | Modo(inodo) | Nombrar((inodo, _)) | Borrar((inodo, _)):
                    if not todo and inodo not in seguros:
                        pendientes.add(i)
        return frozenset(pendientes)

    def _operaciones(self, raiz: bytes, llamada: Llamada) -> Iterator[Operacion]:
        if llamada.nombre in _SIN_RASTRO:
            raise NotImplementedError(f"el rastro no sigue lo que hace {llamada.nombre}")
        rutas = [cadena for cadena in (*llamada.cadenas, llamada.abierto) if _dentro(cadena, raiz)]
        if not rutas and llamada.nombre not in {"sync", "syncfs"}:
            return
        argumentos = [a.strip() for a in llamada.argumentos.split(",")]
        match llamada.nombre:
            case "open" | "openat":
                nombre = self._nombre(raiz, llamada.abierto)
                if nombre not in self._ahora.nombres:
                    yield from self._nuevo(nombre, Archivo(b"", _octal(argumentos[-1])))
                elif "O_TRUNC" in llamada.argumentos:
                    yield Escribir(self._ahora.nombres[nombre], 0, None)
            case "write" | "pwrite64":
                numero = self._numero(raiz, rutas[0])
                datos = llamada.cadenas[-1][: llamada.vuelta] if llamada.vuelta else b""
                archivo = self._ahora.inodos[numero]
                assert isinstance(archivo, Archivo)
                # Whoever writes here opened the file for it, and goes on where it was: at its end.
                desde = int(argumentos[-1]) if llamada.nombre == "pwrite64" else len(archivo.datos)
                yield Escribir(numero, desde, datos)
            case "ftruncate" | "truncate":
                yield Escribir(self._numero(raiz, rutas[0]), int(argumentos[-1]), None)
            case "fchmod" | "chmod" | "fchmodat":
                modo = next(_octal(a) for a in reversed(argumentos) if a.startswith("0"))
                yield Modo(self._numero(raiz, rutas[0]), modo)
            case "mkdir" | "mkdirat":
                yield from self._nuevo(self._nombre(raiz, rutas[-1]), Carpeta(_octal(argumentos[-1])))
            case "symlink" | "symlinkat":
                texto = os.fsdecode(llamada.cadenas[0])
                yield from self._nuevo(self._nombre(raiz, rutas[-1]), Enlace(texto))
            case "link" | "linkat":
                yield Nombrar(self._nombre(raiz, rutas[-1]), self._numero(raiz, rutas[0]))
            case "rename" | "renameat" | "renameat2":
                antes, despues = (self._nombre(raiz, ruta) for ruta in rutas)
                yield Nombrar(despues, self._ahora.nombres[antes], antes)
            case "unlink" | "unlinkat" | "rmdir":
                yield Borrar(self._nombre(raiz, self._relativa(llamada, rutas)))
            case "fsync" | "fdatasync":
                yield Sincronizar(self._numero(raiz, rutas[0]))
            case "sync" | "syncfs":
                yield Sincronizar(None)
            case "utimensat" | "futimesat":
                return  # nobody reads times after a restart
            case otra:
                raise NotImplementedError(f"el modelo de caídas no conoce {otra}")

    def _relativa(self, llamada: Llamada, rutas: list[bytes]) -> bytes:
        """Return the path of an unlink: its own, or a name in an open folder."""
        ultima = llamada.cadenas[-1]
        return ultima if ultima.startswith(b"/") else rutas[0] + b"/" + ultima

    def _nuevo(self, nombre: Nombre, inodo: Inodo) -> Iterator[Operacion]:
        numero = max((*self.inicio.inodos, *self._ahora.inodos)) + 1
        # Empty until an operation says otherwise: it is the entry that makes it be.
        self.inicio.inodos[numero] = self._ahora.inodos[numero] = inodo
        yield Nombrar(nombre, numero)

    def _nombre(self, raiz: bytes, ruta: bytes) -> Nombre:
        arriba, _, nombre = os.fsdecode(ruta).rpartition("/")
        return self._numero(raiz, os.fsencode(arriba)), nombre

    def _numero(self, raiz: bytes, ruta: bytes) -> int:
        numero = _RAIZ
        for parte in os.fsdecode(ruta[len(raiz) :]).split("/"):
            if parte:
                numero = self._ahora.nombres[numero, parte]
        return numero


def _dentro(cadena: bytes, raiz: bytes) -> bool:
    return cadena == raiz or cadena.startswith(raiz + b"/")


def _octal(texto: str) -> int:
    return int(texto, 8)


def _aplicar(disco: Disco, operacion: Operacion, dano: Dano = Dano.ENTERO) -> None:
    match operacion:
        case Escribir(numero, desde, datos):
            archivo = disco.inodos[numero]
            assert isinstance(archivo, Archivo)
            disco.inodos[numero] = replace(archivo, datos=_escrito(archivo.datos, desde, datos, dano))
        case Modo(numero, modo):
            disco.inodos[numero] = replace(_con_modo(disco.inodos[numero]), modo=modo)
        case Nombrar(nombre, numero, antes):
            if antes is not None:
                disco.nombres.pop(antes, None)
            disco.nombres[nombre] = numero
        case Borrar(nombre):
            disco.nombres.pop(nombre, None)
        case Sincronizar():
            pass


def _con_modo(inodo: Inodo) -> Archivo | Carpeta:
    assert not isinstance(inodo, Enlace)
    return inodo


def _escrito(antes: bytes, desde: int, datos: bytes | None, dano: Dano) -> bytes:
    if datos is None:
        return antes[:desde].ljust(desde, b"\0")
    match dano:
        case Dano.CEROS:
            datos = bytes(len(datos))
        case Dano.MITAD:
            datos = datos[: len(datos) // 2]
        case Dano.ENTERO:
            pass
    return antes[:desde].ljust(desde, b"\0") + datos + antes[desde + len(datos) :]


def _casos(
    operaciones: list[Operacion], pendientes: frozenset[int], suerte: random.Random, azar: int
) -> Iterator[tuple[str, frozenset[int], Mapping[int, Dano]]]:
    """Yield subsets of the pending operations, what they are, and how their bytes reached the disk."""
    orden = sorted(pendientes)
    datos = [i for i in orden if isinstance(operaciones[i], Escribir)]
    danados = (Dano.CEROS, Dano.MITAD)
    yield "todo", pendientes, {}
    yield "nada", frozenset(), {}
    for i in orden:
        yield f"todo menos {operaciones[i]}", pendientes - {i}, {}
        yield f"sólo {operaciones[i]}", frozenset({i}), {}
        yield f"todo desde {operaciones[i]}", frozenset(j for j in orden if j >= i), {}
    for dano in danados:
        yield f"todo, {dano.value}", pendientes, dict.fromkeys(datos, dano)
        for i in datos:
            yield f"todo, {dano.value} en {operaciones[i]}", pendientes, {i: dano}
    for _ in range(azar if orden else 0):
        presentes = frozenset(i for i in orden if suerte.random() < 0.5)
        yield "al azar", presentes, {i: suerte.choice(list(Dano)) for i in datos}
