"""Everything once more, asked for by the person at the difusor, also while another process owns the folder.

`pedir` leaves a sign in the node's folder; the receiver sees it at its next look, `atender` does the work
and leaves what came of it beside. The sign goes last: after a kill in between it is simply done again.
In push the receipt then asks origin for every object; in pull what lacks is fetched at once.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from pregon.errors import PregonError
from pregon.node.nodo import Nodo
from pregon.node.receive import Recibido, recibir, revisar, traer_imagenes
from pregon.paquete.manifest import canonico, huella
from pregon.storage import atomic
from pregon.transport.pull import PullSource

_PEDIDO: Final = "reenviar.json"
_HECHO: Final = "reenviado.json"
_MAXIMO: Final = 16_384
_Hecho = TypeVar("_Hecho")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reenvio:
    """What came of it."""

    pedido: str
    """Which request this answers."""
    resultado: str | None
    """How the round ended (`Resultado`); None: it failed, see `causa`."""
    corte: int | None
    archivos: int
    """Of the active corte, all read again."""
    hallados: int
    """Files of the cortes kept that were altered or foreign."""
    danados: int
    """Files of the active corte that are still not as signed."""
    imagenes: int
    """Of the active corte, still missing."""
    entero: bool
    """The receipt asks origin for every object."""
    causa: str
    """Of the first failure; empty: none."""


def pedir(carpeta: Path, ahora: datetime) -> str:
    """Leave the sign, durably; return what names this request. Raises ErrorDeAlmacen."""
    pedido = f"{ahora.isoformat(timespec='seconds')} {secrets.token_hex(4)}"
    atomic.write(carpeta / _PEDIDO, canonico({"pedido": pedido}))
    return pedido


def pedido(carpeta: Path) -> str | None:
    """Return the request that waits, None if there is none."""
    crudo = _leer(carpeta / _PEDIDO)
    return None if crudo is None else str(crudo.get("pedido", ""))


def hecho(carpeta: Path, nombre: str) -> Reenvio | None:
    """Return the answer to one request, None while there is none."""
    crudo = _leer(carpeta / _HECHO)
    try:
        return Reenvio(**crudo) if crudo is not None and crudo.get("pedido") == nombre else None
    except TypeError:  # of another version
        return None


def atender(nodo: Nodo, source: PullSource, *, ahora: datetime) -> Reenvio:
    """Receive as if nothing had been seen, read every byte kept, bring what lacks; note it in the book.

    Call it under the folder's lock. What the source refuses or lacks is told, not raised; only a disk
    that cannot hold the answer raises ErrorDeAlmacen.
    """
    nombre = pedido(nodo.carpeta) or ""
    nodo.recordar(entero=True, pedido=nodo.estado.heartbeat)
    nodo.visto = nodo.falta = None
    causas: list[str] = []
    recibido: Recibido | None = _probar(causas, lambda: recibir(nodo, source, ahora=ahora))
    hallados = _probar(causas, lambda: revisar(nodo, source, ahora=ahora)) or ()
    imagenes = _probar(causas, lambda: traer_imagenes(nodo, source, ahora=ahora)) or 0
    activo = nodo.activo()
    archivos = activo.manifest.archivos if activo else ()
    danados = [uno for uno in archivos if activo and not _fiel(activo.carpeta / uno.ruta, uno.sha256)]
    respuesta = Reenvio(
        pedido=nombre,
        resultado=recibido.resultado.value if recibido else None,
        corte=nodo.releases.activo(),
        archivos=len(archivos),
        hallados=len(hallados),
        danados=len(danados),
        imagenes=imagenes,
        entero=nodo.estado.entero and nodo.config.origen is None,
        causa=causas[0] if causas else "",
    )
    nodo.anotar(ahora, "reenvio", nodo.config.id, asdict(respuesta))
    atomic.write(nodo.carpeta / _HECHO, canonico(asdict(respuesta)))
    if (pedido(nodo.carpeta) or "") == nombre:  # somebody may have asked again meanwhile
        with atomic.almacen(f"borrar «{_PEDIDO}»"):
            (nodo.carpeta / _PEDIDO).unlink(missing_ok=True)
    return respuesta


def _probar(causas: list[str], accion: Callable[[], _Hecho]) -> _Hecho | None:
    try:
        return accion()
    except PregonError as error:
        causas.append(str(error))
        return None


def _leer(ruta: Path) -> dict[str, Any] | None:
    """Return a small object of the folder; what cannot be read is as if it were not there."""
    try:
        crudo = json.loads(atomic.read(ruta, limit=_MAXIMO))
    except (PregonError, ValueError, RecursionError):
        return None
    return crudo if isinstance(crudo, dict) else None


def _fiel(ruta: Path, sha256: str) -> bool:
    try:
        return huella(ruta.read_bytes()) == sha256
    except OSError:
        return False
