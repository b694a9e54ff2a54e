"""The node's receipt on the disk: its own key, and `recibo.json` after each round that changed something.

The key is made at the first start and never overwritten: one that is lost or cannot be read gives way to a
new one, and the node's book says so. Where there is an inbox, a copy stands in it: that is how origin's
sender reads it back. A receipt is evidence for others, so nothing here may stop a round.
"""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner

from pregon.errors import ErrorDeAlmacen, PregonError
from pregon.node.nodo import Nodo
from pregon.paquete import recibo
from pregon.paquete.manifest import huella
from pregon.paquete.recibo import Recibo
from pregon.storage import atomic

NOMBRE: Final = "recibo.json"
"""In the node's folder, and its copy in the inbox."""
LLAVE: Final = "recibo.pem"
_LLAVE_MAXIMA: Final = 4096
_SIN_CORTE: Final = timedelta(minutes=10)
"""Between receipts while no corte tells a period."""
_log = logging.getLogger(__name__)


def leer(carpeta: Path) -> tuple[Recibo, str, str] | None:
    """Return the node's last receipt, the public key that signed it, and its code; None if there is none."""
    try:
        datos = atomic.read(carpeta / NOMBRE, limit=recibo.LIMITE)
        return (*recibo.leer(datos), codigo(datos))
    except PregonError:
        return None


def codigo(datos: bytes) -> str:
    """Return what one reads out on the telephone: the start of the SHA-256 of a receipt's bytes."""
    return f"{huella(datos)[:4]}-{huella(datos)[4:8]}"


def llave(carpeta: Path) -> tuple[CryptoSigner, bool]:
    """Return the node's key, and whether it had to be made now. Call it under the folder's lock.

    What stands in its place and is no key is set apart, never overwritten. Raises ErrorDeAlmacen.
    """
    ruta = carpeta / LLAVE
    if ruta.exists():
        datos = atomic.read(ruta, limit=_LLAVE_MAXIMA)
        try:
            privada = load_pem_private_key(datos, None)
            if not isinstance(privada, Ed25519PrivateKey):
                raise ValueError("no es Ed25519")
            return CryptoSigner(privada), False
        except (ValueError, TypeError) as error:
            aparte = ruta.with_name(f"{LLAVE}.ilegible-{huella(datos)[:8]}")
            _log.warning("«%s» no se puede leer (%s): queda en «%s»", ruta, error, aparte)
            with atomic.almacen(f"apartar «{ruta}»"):
                ruta.rename(aparte)
    firmante = CryptoSigner.generate_ed25519()
    atomic.write(ruta, firmante.private_bytes, mode=atomic.SECRETO)
    return firmante, True


class Emisor:
    """Writes the receipts of one open node. Used by the thread that receives."""

    def __init__(self, nodo: Nodo) -> None:
        """Nothing is read or written yet."""
        self._nodo = nodo
        self._llave: CryptoSigner | None = None
        self._ultimo: Recibo | None = None
        self._copia: tuple[int, ...] | None = None
        self._rechazo = nodo.estado.rechazo
        self._mirado: tuple[object, ...] = ()

    def tras_ronda(self, ahora: datetime) -> None:
        """Write a receipt if the round changed anything, or a period after the last; never raises."""
        try:
            firmante = self._firmante(ahora)
            self._dar_por_completo()
            nuevo = self._recibo(ahora)
            if self._toca(nuevo):
                atomic.write(self._nodo.carpeta / NOMBRE, recibo.firmar(nuevo, firmante))
                self._ultimo, self._rechazo, self._copia = nuevo, self._nodo.estado.rechazo, None
            self._dejar(ahora)
        except PregonError as error:
            _log.warning("%s", error)
        except Exception:  # noqa: BLE001 — the edge: a receipt must not end the loop that receives
            _log.exception("recibo")

    def _firmante(self, ahora: datetime) -> CryptoSigner:
        if self._llave is not None:
            return self._llave
        previo = leer(self._nodo.carpeta)
        self._llave, nueva = llave(self._nodo.carpeta)
        publica = str(self._llave.public_key.keyval["public"])
        if nueva:
            datos = {"publica": publica} | ({"anterior": previo[1]} if previo else {})
            self._nodo.anotar(ahora, "llave", self._nodo.config.id, datos)
        elif previo is not None and previo[1] == publica:
            self._ultimo = previo[0]
        return self._llave

    def _dar_por_completo(self) -> None:
        """Stop asking for every object once all of them are here and nothing is on its way."""
        nodo, estado = self._nodo, self._nodo.estado
        if not estado.entero or estado.pendiente or estado.rechazo:
            return
        # Somebody asked by hand: in push, origin answers with its next signed heartbeat or corte.
        espera = estado.pedido is not None and nodo.config.origen is None
        activo = nodo.activo()
        if activo is None or (espera and estado.heartbeat <= (estado.pedido or 0)):
            return
        mirado = (activo.sha256, estado.heartbeat, estado.pedido)
        if mirado == self._mirado:  # every byte is read: once per heartbeat is enough
            return
        completo = all(nodo.objetos.verify(uno.sha256) for uno in activo.manifest.archivos)
        self._mirado = () if completo else mirado
        if completo:
            nodo.recordar(entero=False, pedido=None)

    def _recibo(self, ahora: datetime) -> Recibo:
        activo = self._nodo.activo()
        return Recibo(
            nodo=self._nodo.config.id,
            rol=self._nodo.config.rol,
            corte=activo.manifest.numero if activo else None,
            manifest=activo.sha256 if activo else None,
            activado=activado(self._nodo) if activo else None,
            emitido=ahora.replace(microsecond=0),
            entero=self._nodo.estado.entero or activo is None,
        )

    def _toca(self, nuevo: Recibo) -> bool:
        ultimo = self._ultimo
        if ultimo is None or replace(ultimo, emitido=nuevo.emitido) != nuevo:
            return True
        if self._rechazo != self._nodo.estado.rechazo:
            return True
        activo = self._nodo.activo()
        cada = timedelta(seconds=activo.manifest.periodo) if activo else _SIN_CORTE
        return abs(nuevo.emitido - ultimo.emitido) >= cada  # also after a clock that was set back (E2)

    def _dejar(self, ahora: datetime) -> None:
        """Keep the copy for the sender as it was left; an inbox that is not ours to write in is told once."""
        buzon = self._nodo.config.buzon
        if self._nodo.config.origen is not None or not buzon.is_dir():
            return
        copia = buzon / NOMBRE
        # The other side may write here: what stands there is looked at, never opened (B2).
        if self._copia is not None and self._copia == _identidad(copia):
            return
        try:
            for resto in buzon.glob(f".{NOMBRE}.*.parcial"):  # of a killed write
                resto.unlink(missing_ok=True)
            atomic.write(copia, atomic.read(self._nodo.carpeta / NOMBRE, limit=recibo.LIMITE))
            self._copia = _identidad(copia)
        except (ErrorDeAlmacen, OSError) as error:
            self._nodo.anotar_una_vez(ahora, "sin-recibo", str(buzon), {"causa": str(error)})


def _identidad(ruta: Path) -> tuple[int, ...] | None:
    try:
        datos = ruta.lstat()
    except OSError:
        return None
    return datos.st_dev, datos.st_ino, datos.st_mtime_ns, datos.st_size


def activado(nodo: Nodo) -> datetime | None:
    """Return when the active corte was activated, by this machine's clock: the pointer is made anew then."""
    try:
        return datetime.fromtimestamp(int(nodo.releases.actual.lstat().st_mtime), UTC)
    except OSError:
        return None
