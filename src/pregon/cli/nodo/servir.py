"""`pregon nodo servir`: serve and receive until somebody asks to stop."""

import argparse
import logging
import random
import signal
import threading
from datetime import datetime
from types import FrameType
from typing import Final, Protocol

from pregon.cli.nodo.fuente import fuente
from pregon.clock import SystemClock
from pregon.errors import EXITO, ErrorDeAlmacen, ErrorDeRed, PregonError
from pregon.node import nodo, reenvio
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.par import Par
from pregon.node.receive import recibir, revisar, traer_imagenes
from pregon.node.recibo import Emisor
from pregon.node.registro import Registro
from pregon.node.serve import Servidor
from pregon.storage.atomic import causa
from pregon.transport.pull import PullSource

AYUDA: Final = "recibe y sirve hasta SIGTERM"
_log = logging.getLogger(__name__)
_REVISION: Final = 600.0
"""Seconds between looks at every byte of the active corte (B5)."""


_MIRADA: Final = 1.0
"""Seconds between looks at whether the person at the difusor asks for everything again."""


class Accion(Protocol):
    """`recibir`, `traer_imagenes`, `revisar` or `atender`."""

    def __call__(self, nodo: Nodo, source: PullSource, *, ahora: datetime) -> object:
        """Do it once."""
        ...


def opciones(sub: argparse.ArgumentParser) -> None:
    """Take nothing but the configuration."""
    del sub


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Serve in one thread and receive in another; this one waits for the signal."""
    del args
    clock = SystemClock()

    def parar(_signal: int, _frame: FrameType | None) -> None:
        clock.stop()

    signal.signal(signal.SIGTERM, parar)
    signal.signal(signal.SIGINT, parar)
    with nodo.abrir(configuracion) as propio:
        if configuracion.par is not None:
            propio.par = Par(configuracion.par, propio.releases.activo)
        registro = Registro(configuracion.carpeta / "acceso", configuracion.zona)
        try:
            servidor = Servidor(propio, registro, clock)
        except OSError as error:
            raise ErrorDeRed(
                f"no se puede escuchar en {configuracion.anfitrion}:{configuracion.puerto}: {causa(error)}",
                permanente=True,
            ) from error
        sirve = threading.Thread(target=servidor.serve_forever, args=(0.1,), name="sirve", daemon=True)
        source = fuente(configuracion)
        recibe = threading.Thread(target=_mirar, args=(propio, source, clock), name="recibe", daemon=True)
        sirve.start()
        print(f"Nodo {configuracion.nombre} sirve {servidor.url}", flush=True)
        recibe.start()
        if propio.par is not None:
            threading.Thread(target=propio.par.seguir, args=(clock.sleep,), name="par", daemon=True).start()
        while clock.sleep(3600):
            pass
        # The receiver may be anywhere: killing it there is what every start recovers from (F1).
        recibe.join(timeout=0.5)
        servidor.shutdown()
        servidor.server_close()
        registro.cerrar()
    return EXITO


def _mirar(propio: Nodo, source: PullSource, clock: SystemClock) -> None:
    """Receive, and look after the cortes kept, until asked to stop; nothing that a source does ends it."""
    revisado = -_REVISION
    espera = 0.0
    emisor = Emisor(propio)
    pedido: str | None = None
    while _esperar(propio, clock, espera, pedido):
        pedido = reenvio.pedido(propio.carpeta)
        if pedido is not None:
            _intentar(reenvio.atender, propio, source, clock)
        _intentar(recibir, propio, source, clock)
        _intentar(traer_imagenes, propio, source, clock)
        if clock.monotonic() - revisado >= _REVISION:
            _intentar(revisar, propio, source, clock)
            revisado = clock.monotonic()
        emisor.tras_ronda(clock.now())
        # Nodes that pull must not ask all at once (G2).
        jitter = random.uniform(0.8, 1.2) if propio.config.origen else 1.0  # noqa: S311 — jitter is no secret
        espera = propio.config.sondeo * jitter


def _esperar(propio: Nodo, clock: SystemClock, segundos: float, atendido: str | None) -> bool:
    """Wait until the next look, or until somebody asks for everything again; False: asked to stop.

    A request `atendido` already, whose answer the disk did not take, waits like everything else.
    """
    limite = clock.monotonic() + segundos
    while (restan := limite - clock.monotonic()) > 0:
        if reenvio.pedido(propio.carpeta) not in {None, atendido}:
            break
        if not clock.sleep(min(_MIRADA, restan)):
            return False
    return clock.sleep(0)


def _intentar(accion: Accion, propio: Nodo, source: PullSource, clock: SystemClock) -> None:
    try:
        accion(propio, source, ahora=clock.now())
        propio.disco |= accion is recibir
    except PregonError as error:
        propio.disco &= not isinstance(error, ErrorDeAlmacen)
        _log.warning("%s", error)
    except Exception:  # noqa: BLE001 — the edge of the loop that must live; the next round starts afresh
        _log.exception("ronda de recepción")
