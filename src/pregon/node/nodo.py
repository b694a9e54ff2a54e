"""The folder of a node and what is known of it. One process at a time owns it; any may read it.

`abrir` puts it in order after whatever happened: leftovers of a killed process go, the high-water mark is
the highest of all witnesses (estado.json, the verified cortes kept, the TUF cache, the file outside).
"""

import contextlib
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets, Timestamp

from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza, ErrorDeConfiguracion, PregonError
from pregon.node import estado, publicado
from pregon.node.config import ConfigNodo
from pregon.node.estado import EstadoDelNodo
from pregon.node.par import Par
from pregon.node.portada import Portada, portada
from pregon.node.publicado import Publicado
from pregon.node.publico import Publico
from pregon.paquete import difusores, prueba
from pregon.paquete.inspeccion import PRUEBA
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Marca
from pregon.storage import atomic
from pregon.storage.bitacora import Bitacora
from pregon.storage.lock import lock
from pregon.storage.objetos import Objetos
from pregon.storage.releases import Releases

CANDADO: Final = ".nodo.lock"
"""Held by the one process that owns the folder."""
_log = logging.getLogger(__name__)
_SUCESOS_MAXIMOS: Final = 100
_ANTERIORES: Final = 3


class Nodo:
    """One node's folder. `estado` is a value that the receiver replaces; `activo` reads the one pointer."""

    def __init__(self, config: ConfigNodo, raiz: bytes) -> None:
        """Nothing is read or created yet; `raiz` is the trusted root.json."""
        self.config = config
        self.raiz = raiz
        self.carpeta = config.carpeta
        self.tuf = config.carpeta / "tuf"
        self.objetos = Objetos(config.carpeta / "objetos")
        self.releases = Releases(config.carpeta)
        self.publico = Publico(config.carpeta)
        self._turno = threading.Lock()
        self.bitacora = Bitacora(config.carpeta / "bitacora.jsonl", f"nodo {config.id}")
        self.estado = EstadoDelNodo()
        self._escrito = self.estado
        """As estado.json says it."""
        self.visto: object | None = None
        """Version of the source when a round last ended: until it changes there is nothing new."""
        self.falta: str | None = None
        """What that round still lacked, if it was cut short."""
        self.comprimidos: dict[tuple[str, str], str] = {}
        """SHA-256 of an object and a suffix → SHA-256 of that form of it, both in `objetos`; made again
        after a restart."""
        self.par: Par | None = None
        """The other node behind the same address, while this one serves."""
        self.disco = True
        """False since a round could not write, until one can: then it cannot be told on the disk (F6)."""
        self._sucesos: set[str] = set()

    def activo(self) -> Publicado | None:
        """Return the active corte, None while there is none."""
        numero = self.releases.activo()
        return None if numero is None else self.corte(numero)

    def corte(self, numero: int) -> Publicado | None:
        """Return one corte that is kept here, or None."""
        carpeta = self.releases.path(numero)
        try:
            return publicado.leer(carpeta) if carpeta.is_dir() else None
        except PregonError as error:
            _log.warning("no se puede servir %s: %s", carpeta, error)
            return None

    def anteriores(self, activo: Publicado) -> Iterator[Publicado]:
        """Yield the cortes in which a stamped data file is looked for besides the active one (§12)."""
        numeros = [n for n in self.releases.numeros() if n < activo.manifest.numero]
        for numero in reversed(numeros[-_ANTERIORES:]):
            if (corte := self.corte(numero)) is not None:
                yield corte

    def portada(self, activo: Publicado | None, ahora: datetime) -> Portada:
        """Return the entry page of the moment."""
        manifest = activo.manifest if activo else None
        return portada(manifest, estado=self.estado.difusor, latido=self.estado.latido, ahora=ahora)

    def publicar(self, ahora: datetime, *, de_nuevo: bool = False) -> None:
        """Let nginx open what is to be seen at this moment (decisions §23, §25).

        Receiver and server both call it: what is looked up in one turn is shown in it, so it never goes back.
        """
        with self._turno:
            activo = self.activo()
            anteriores = self.anteriores(activo) if activo else ()
            self.publico.poner(activo, anteriores, self.portada(activo, ahora), de_nuevo=de_nuevo)

    def recordar(self, **cambios: Any) -> None:
        """Replace the state, in memory and on the disk: what a disk failed to keep is written by the next."""
        self.estado = replace(self.estado, **cambios)
        if self.estado != self._escrito:
            atomic.write(self.carpeta / "estado.json", estado.escribir(self.estado))
            self._escrito = self.estado
        testimonio = EstadoDelNodo(marca=self.estado.marca, mostrado=self.estado.mostrado)
        if self.config.testigo is not None and self._testigo() != testimonio:
            atomic.write(self.config.testigo, estado.escribir(testimonio))

    def anotar(self, ahora: datetime, acto: str, objeto: str, datos: dict[str, Any]) -> None:
        """Write an event to the node's book; a book that cannot be written stops nothing (F8)."""
        _log.info("%s %s %s", acto, objeto, datos)
        try:
            self.bitacora.append(ahora, acto, objeto, datos)
        except PregonError as error:
            _log.error("%s", error)

    def rechazar(self, ahora: datetime, error: ErrorDeConfianza) -> None:
        """Note a refusal, once per distinct cause until the next corte."""
        causa = str(error)
        self.recordar(rechazo=causa)
        self.anotar_una_vez(ahora, "rechazado", type(error).__name__, {"causa": causa})

    def anotar_una_vez(self, ahora: datetime, acto: str, objeto: str, datos: dict[str, Any]) -> None:
        """Write an event unless the same stands since the last corte: rounds repeat, the book need not."""
        suceso = repr((acto, objeto, datos))
        if suceso not in self._sucesos and len(self._sucesos) < _SUCESOS_MAXIMOS:
            self._sucesos.add(suceso)
            self.anotar(ahora, acto, objeto, datos)

    def aceptado(self) -> None:
        """Forget those events: a new corte was activated."""
        self._sucesos.clear()

    def poner_en_orden(self) -> None:
        """Derive everything again from the signed bytes. Call it once, under the folder's lock."""
        atomic.sweep(self.carpeta)
        self.releases.recover()
        # The TUF client writes through temporary files of its own; a kill leaves them.
        for resto in self.tuf.glob("tmp*"):
            resto.unlink()
        with contextlib.suppress(PregonError):
            self.estado = estado.leer(atomic.read(self.carpeta / "estado.json", limit=LIMITES.metadatos))
            self._escrito = self.estado
        propios = [p for n in self.releases.numeros() if (p := self._verificado(n)) is not None]
        fuera = self._testigo()
        testigos = [Marca(numero=p.manifest.numero, sha256=p.sha256) for p in propios]
        testigos += [marca for marca in (self.estado.marca, fuera.marca) if marca]
        with contextlib.suppress(ErrorDeAlmacen):
            testigos += self._anunciados()
        if propios:
            ultimo, activo = max(p.manifest.numero for p in propios), self.releases.activo()
            # Never back: an active corte that cannot be read is made whole by the next round.
            if activo is None or ultimo > activo:
                self.releases.activate(ultimo)
        activo = self.releases.activo()
        mostrados = [n for n in (self.estado.mostrado, fuera.mostrado, activo) if n is not None]
        if activo is not None and activo < max(mostrados):
            # Restored from a backup: readers saw a newer one here. Nothing is shown until it comes (A2).
            self.releases.deactivate()
        propio = self.estado.difusor
        with contextlib.suppress(ErrorDeAlmacen):
            propio = self.leer_lista() or propio
        try:
            self.recordar(
                marca=max(testigos, key=lambda marca: marca.numero, default=None),
                mostrado=max(mostrados, default=None),
                difusor=propio,
                latido=self.estado.latido or self._latido(),
            )
        except PregonError as error:
            # It is in memory and can be derived again: a full disk does not keep the portal shut (B7, F3).
            _log.error("%s", error)
        self.publicar(datetime.now(UTC), de_nuevo=True)

    def _testigo(self) -> EstadoDelNodo:
        """Return mark and number shown as the file outside tells them."""
        with contextlib.suppress(PregonError):
            if self.config.testigo is not None:
                return estado.leer(atomic.read(self.config.testigo, limit=LIMITES.metadatos))
        return EstadoDelNodo()

    def leer_lista(self) -> difusores.Estado | None:
        """Return this node's own state in the signed list that it keeps, None without one.

        Raises ErrorDeAlmacen when the disk does not say: no notice goes for that (F4).
        """
        ruta = self.carpeta / "difusores.json"
        if not ruta.is_file():
            return None
        datos = atomic.read(ruta, limit=LIMITES.difusores)
        with contextlib.suppress(PregonError):
            return difusores.leer_lista(datos).estado(self.config.id)
        return None

    def _verificado(self, numero: int) -> Publicado | None:
        """Return a kept corte if our own root vouches for it: a planted folder is no witness (A9)."""
        corte = self.corte(numero)
        if corte is None or corte.manifest.numero != numero:
            return None
        try:
            crudo = atomic.read(corte.carpeta / PRUEBA, limit=LIMITES.prueba)
            # Expiry is only reported by `verificar`, so any instant will do.
            prueba.verificar(prueba.leer(crudo), raiz=self.raiz, rol=self.config.rol, ahora=datetime.now(UTC))
        except PregonError as error:
            _log.warning("%s no es un corte verificado: %s", corte.carpeta, error)
            return None
        return corte

    def _anunciados(self) -> list[Marca]:
        return [Marca(numero=n, sha256=sha) for n, sha in anunciados(self.tuf, self.config.rol).items()]

    def _latido(self) -> datetime | None:
        try:
            return datetime.fromtimestamp((self.tuf / "timestamp.json").stat().st_mtime, UTC)
        except OSError:
            return None


@contextlib.contextmanager
def abrir(config: ConfigNodo) -> Iterator[Nodo]:
    """Own a node's folder, in order; ErrorDeAlmacen while another process does (D15)."""
    with lock(config.carpeta / CANDADO, wait=0.1):  # `holder` may have it for an instant
        nodo = leer(config)
        nodo.poner_en_orden()
        yield nodo


def leer(config: ConfigNodo) -> Nodo:
    """Return a node to look at, as its folder stands."""
    try:
        raiz = config.raiz.read_bytes()
    except OSError as error:
        raise ErrorDeConfiguracion(
            f"no se pudo leer la raíz de confianza {config.raiz}: {atomic.causa(error)}", clave="raiz"
        ) from error
    try:
        Metadata[Root].from_bytes(raiz)
    except RepositoryError as error:
        raise ErrorDeConfiguracion(
            f"{config.raiz} no es una raíz de confianza: pida raiz.json al Instituto", clave="raiz"
        ) from error
    nodo = Nodo(config, raiz)
    with contextlib.suppress(PregonError):
        nodo.estado = estado.leer(atomic.read(config.carpeta / "estado.json", limit=LIMITES.metadatos))
    return nodo


def anunciados(tuf: Path, rol: str) -> dict[int, str]:
    """Return number → SHA-256 of the manifests listed by the verified metadata of a role."""
    firmado = delegado(tuf, rol)
    patron = re.compile(rf"{re.escape(rol)}/(0|[1-9][0-9]{{0,3}})/manifest")
    return {
        int(hallado[1]): objetivo.hashes.get("sha256", "")
        for ruta, objetivo in (firmado.targets if firmado else {}).items()
        if (hallado := patron.fullmatch(ruta))
    }


def delegado(tuf: Path, rol: str) -> Targets | None:
    """Return the verified metadata of a role from the TUF client's cache; None if there is none.

    Raises ErrorDeAlmacen when the disk does not say: that is no refusal of the institute's (F4).
    """
    ruta = tuf / f"{rol}.json"
    try:
        return Metadata[Targets].from_bytes(ruta.read_bytes()).signed
    except (FileNotFoundError, RepositoryError):
        return None
    except OSError as error:
        raise ErrorDeAlmacen(f"no se pudo leer «{ruta}»: {atomic.causa(error)}") from error


def heartbeat(tuf: Path) -> tuple[int, datetime]:
    """Return version and expiry of the verified timestamp in the cache."""
    firmado = Metadata[Timestamp].from_bytes((tuf / "timestamp.json").read_bytes()).signed
    return firmado.version, firmado.expires
