"""Push into a folder of the same machine: the demo's way, and the pattern for the others (decisions §5).

Files are copied, never linked: a link would let one party change the other's bytes. Nothing is synced to
the disk, for the node verifies every byte before it believes one and a lost file is simply sent again.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tuf.api.exceptions import DownloadError

from pregon.errors import ErrorDeConfianza, ErrorDeRed
from pregon.paquete import recibo
from pregon.paquete.recibo import Recibo
from pregon.transport.carpeta import CarpetaFetcher
from pregon.transport.sender import RECIBO, Acuse, Pieza


class LocalSender:
    """Leave deliveries in an inbox folder. Sending twice, or after an interrupted send, is harmless."""

    def __init__(self, buzon: Path) -> None:
        """Deliver into `buzon`, made on the first send; its parent must exist."""
        self.buzon = buzon

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        """Copy in order, skipping what the inbox holds whole; raise ErrorDeRed with the file that failed."""
        return await asyncio.to_thread(self._send, piezas)

    async def recibo(self) -> Recibo | None:
        """Read the node's own `recibo.json` in the inbox."""
        return await asyncio.to_thread(self._recibo)

    def _recibo(self) -> Recibo | None:
        try:
            return recibo.leer(CarpetaFetcher(self.buzon).download_bytes(RECIBO, recibo.LIMITE))[0]
        except (DownloadError, ErrorDeConfianza, OSError):
            return None

    def _send(self, piezas: Sequence[Pieza]) -> Acuse:
        if not self.buzon.parent.is_dir():
            raise ErrorDeRed(f"no existe la carpeta {self.buzon.parent}")
        enviados = omitidos = total = 0
        for pieza in piezas:
            destino = self.buzon / pieza.ruta
            try:
                tamano = pieza.origen.stat().st_size
                if pieza.inmutable and _tamano(destino) == tamano:
                    omitidos += 1
                    continue
                destino.parent.mkdir(parents=True, exist_ok=True)
                _copiar(pieza.origen, destino)
            except OSError as error:
                raise ErrorDeRed(f"no se pudo dejar {pieza.ruta} en {self.buzon}: {error}") from error
            enviados += 1
            total += tamano
        return Acuse(enviados=enviados, omitidos=omitidos, bytes=total)


def _tamano(ruta: Path) -> int | None:
    try:
        return ruta.lstat().st_size
    except FileNotFoundError:
        return None


def _copiar(origen: Path, destino: Path) -> None:
    """Copy to a temporary name beside the target and rename: no reader sees half a file."""
    fd, nombre = tempfile.mkstemp(prefix=".envio-", dir=destino.parent)
    temporal = Path(nombre)
    try:
        with os.fdopen(fd, "wb") as salida, origen.open("rb") as entrada:
            shutil.copyfileobj(entrada, salida)
            os.fchmod(salida.fileno(), 0o644)
        temporal.replace(destino)
    except BaseException:
        with contextlib.suppress(OSError):
            temporal.unlink()
        raise
