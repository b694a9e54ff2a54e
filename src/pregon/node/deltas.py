"""Deltas and bundles as a node meets them: a way to bring a corte with few bytes, never one to believe it by.

Tried in this order: the delta from the active corte, from older ones kept, the bundle. Whatever is missing,
damaged, of another base or too slow is noted, dropped, and the next one tried; after the last the corte
comes object by object, or the node's receipt asks for everything. Nothing here can hold a corte up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.api.metadata import TargetFile

from pregon.errors import Alterado, ErrorDeAlmacen, ErrorDeConfianza
from pregon.node.nodo import Nodo
from pregon.node.publicado import Publicado
from pregon.paquete import delta
from pregon.paquete.delta import Delta
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest, huella
from pregon.storage import atomic
from pregon.transport.pull import PullSource

_BASES: Final = 3
"""Cortes from which a delta is asked for: as many as the origin makes them from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oferta:
    """A delta that leads to the signed manifest, with the corte of ours that it starts from."""

    ruta: str
    delta: Delta
    base: Publicado | None


def ofertas(nodo: Nodo, source: PullSource, objetivo: TargetFile, ahora: datetime) -> Iterator[Oferta]:
    """Give the deltas that the source has for us, each fetched when it is asked for."""
    sha256 = objetivo.hashes["sha256"]
    kept = (nodo.corte(numero) for numero in reversed(nodo.releases.numeros()))
    bases = [corte for corte in kept if corte is not None][:_BASES]
    for base in (*bases, None):
        ruta = delta.ruta(sha256, base.sha256 if base else None)
        if not source.holds(ruta):
            continue
        source.begin(LIMITES.plazo_delta)
        try:
            datos = source.download_bytes(ruta, LIMITES.delta)
            abierto = delta.abrir(datos, base.crudo if base else None, tamano=objetivo.length, sha256=sha256)
        except DownloadHTTPError:
            continue  # it was not made, or not sent
        except (DownloadError, ErrorDeConfianza) as error:
            _descartar(nodo, source, ruta, error, ahora)
            continue
        yield Oferta(ruta=ruta, delta=abierto, base=base)


def guardar(nodo: Nodo, source: PullSource, oferta: Oferta, nuevo: Manifest, ahora: datetime) -> bool:
    """Put the objects of an offer in the store; False if not all of them were the signed ones."""
    base = oferta.base

    def de_base(archivo: Archivo) -> bytes:
        assert base is not None
        return _leido(base, archivo)

    try:
        for datos in oferta.delta.objetos(propio=lambda uno: _objeto(nodo, uno), base=de_base):
            nodo.objetos.put(datos, perdible=True)
        if base is not None:
            # An older corte than the active one: what it shares with the new one may stand in its tree only.
            viejos = {a.sha256: a for a in base.manifest.archivos}
            for uno in nuevo.archivos:
                if uno.sha256 in viejos and not nodo.objetos.has(uno.sha256):
                    nodo.objetos.put(_leido(base, viejos[uno.sha256]), perdible=True)
    except ErrorDeConfianza as error:
        _descartar(nodo, source, oferta.ruta, error, ahora)
        return False
    return True


def _descartar(nodo: Nodo, source: PullSource, ruta: str, error: Exception, ahora: datetime) -> None:
    """Drop the file that failed from our inbox, so that the sender sends it again; and note why."""
    if source.ultima == ruta:
        source.discard()
    nodo.anotar_una_vez(ahora, "sin-delta", ruta, {"causa": str(error)[:200]})


def _leido(corte: Publicado, archivo: Archivo) -> bytes:
    """Read a file of a kept corte, the very one that its manifest names (B5)."""
    try:
        datos = atomic.read(corte.carpeta / archivo.ruta, limit=archivo.tamano)
    except ErrorDeAlmacen as error:
        raise Alterado(f"la base perdió «{archivo.ruta}»: {error}", rutas=(archivo.ruta,)) from error
    if huella(datos) != archivo.sha256:
        raise Alterado(f"la base tiene alterado «{archivo.ruta}»", rutas=(archivo.ruta,))
    return datos


def _objeto(nodo: Nodo, archivo: Archivo) -> bytes:
    """Read a member of a ZIP back from the store; what is missing or altered only spoils the ZIP."""
    try:
        return atomic.read(nodo.objetos.path(archivo.sha256), limit=archivo.tamano)
    except ErrorDeAlmacen as error:
        raise Alterado(f"falta «{archivo.ruta}»: {error}", rutas=(archivo.ruta,)) from error
