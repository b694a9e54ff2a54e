"""`pregon nodo`: the difusor's side. It needs no extra (decisions §7)."""

import argparse
import json
import logging
import random
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Protocol

from pregon.cli import reloj
from pregon.cli.archivos import texto
from pregon.cli.parser import Parser
from pregon.clock import SystemClock, synchronised
from pregon.errors import EXITO, ErrorDeAlmacen, ErrorDeConfiguracion, ErrorDeRed, PregonError
from pregon.node import config, nginx, nodo
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.par import Par
from pregon.node.portada import portada
from pregon.node.receive import Resultado, recibir, revisar, traer_imagenes
from pregon.node.registro import Registro
from pregon.node.serve import Servidor
from pregon.transport.carpeta import CarpetaFetcher
from pregon.transport.https import HttpsFetcher
from pregon.transport.pull import PullSource

_log = logging.getLogger(__name__)
_CODIGOS = """\
códigos de salida:
  0  bien
  4  la configuración o la orden están mal
  5  la entrega se rechazó; el corte activo no cambió
  6  la red no respondió, o la dirección en que se escucha está ocupada
  7  el disco falló, o ya hay otro proceso sobre la carpeta"""
_REVISION = 600.0
"""Seconds between looks at every byte of the active corte (B5)."""


class Accion(Protocol):
    """`recibir`, `traer_imagenes` or `revisar`."""

    def __call__(self, nodo: Nodo, source: PullSource, *, ahora: datetime) -> object:
        """Do it once."""
        ...


def main(argv: Sequence[str]) -> int:
    """Serve, receive once, tell the state, or write nginx's configuration."""
    args = _parser().parse_args(argv)
    configuracion = config.leer(texto(args.config), archivo=args.config)
    match args.orden:
        case "nginx":
            sys.stdout.write((nginx.logrotate if args.logrotate else nginx.escribir)(configuracion))
            return EXITO
        case "servir":
            return _servir(configuracion)
        case "recibir":
            return _recibir(configuracion, args.desde, en_json=args.json)
        case _:
            return _estado(configuracion, en_json=args.json)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="pregon nodo",
        descripcion="El nodo de un difusor: recibe, verifica, activa y sirve.",
        epilogo=_CODIGOS,
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    for nombre, ayuda in (
        ("servir", "recibe y sirve hasta SIGTERM"),
        ("recibir", "hace una sola ronda de recepción"),
        ("estado", "dice qué corte está activo y qué pasó en la última ronda"),
        ("nginx", "escribe la configuración de nginx para ponerlo delante de este nodo"),
    ):
        sub = ordenes.add_parser(nombre, help=ayuda, descripcion=ayuda, epilogo=_CODIGOS)
        sub.add_argument("config", type=Path, metavar="NODO_TOML", help="configuración del nodo")
        if nombre == "recibir":
            sub.add_argument("--desde", metavar="CARPETA|URL", help="otra fuente en vez de la configurada")
        if nombre == "nginx":
            sub.add_argument("--logrotate", action="store_true", help="la de logrotate para sus registros")
        if nombre in {"recibir", "estado"}:
            sub.add_argument("--json", action="store_true", help="para programas")
    return parser


def _servir(configuracion: ConfigNodo) -> int:
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
                f"no se puede escuchar en {configuracion.anfitrion}:{configuracion.puerto}: {error.strerror}",
                permanente=True,
            ) from error
        sirve = threading.Thread(target=servidor.serve_forever, args=(0.1,), name="sirve", daemon=True)
        source = _fuente(configuracion, None)
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
    while clock.sleep(espera):
        _intentar(recibir, propio, source, clock)
        _intentar(traer_imagenes, propio, source, clock)
        if clock.monotonic() - revisado >= _REVISION:
            _intentar(revisar, propio, source, clock)
            revisado = clock.monotonic()
        # Nodes that pull must not ask all at once (G2).
        jitter = random.uniform(0.8, 1.2) if propio.config.origen else 1.0  # noqa: S311 — jitter is no secret
        espera = propio.config.sondeo * jitter


def _intentar(accion: Accion, propio: Nodo, source: PullSource, clock: SystemClock) -> None:
    try:
        accion(propio, source, ahora=clock.now())
        propio.disco |= accion is recibir
    except PregonError as error:
        propio.disco &= not isinstance(error, ErrorDeAlmacen)
        _log.warning("%s", error)
    except Exception:  # noqa: BLE001 — the edge of the loop that must live; the next round starts afresh
        _log.exception("ronda de recepción")


def _recibir(configuracion: ConfigNodo, desde: str | None, *, en_json: bool) -> int:
    with nodo.abrir(configuracion) as propio:
        source, ahora = _fuente(configuracion, desde), SystemClock().now()
        recibido = recibir(propio, source, ahora=ahora)
        traer_imagenes(propio, source, ahora=ahora)
    if en_json:
        print(
            json.dumps(
                {
                    "resultado": recibido.resultado.value,
                    "corte": recibido.corte,
                    "detalle": recibido.detalle,
                },
                ensure_ascii=False,
            )
        )
        return EXITO
    activo = "ningún corte activo" if recibido.corte is None else f"corte activo: {recibido.corte}"
    detalle = f" ({recibido.detalle})" if recibido.detalle else ""
    print(f"{_FRASES[recibido.resultado]}{detalle}; {activo}")
    return EXITO


_FRASES = {
    Resultado.ACTIVADO: "Se verificó y activó un corte nuevo",
    Resultado.AL_DIA: "Verificado; no hay nada más nuevo",
    Resultado.PENDIENTE: "Todavía no: la entrega está en curso",
    Resultado.VENCIDO: "La última señal firmada del Instituto venció; se sigue sirviendo lo que hay",
}


def _estado(configuracion: ConfigNodo, *, en_json: bool) -> int:
    propio = nodo.leer(configuracion)
    activo = propio.activo()
    manifest = activo.manifest if activo else None
    ahora = SystemClock().now()
    entrada = portada(manifest, estado=propio.estado.difusor, latido=propio.estado.latido, ahora=ahora)
    datos = {
        "id": configuracion.id,
        "nombre": configuracion.nombre,
        "rol": configuracion.rol,
        "corte": manifest.numero if manifest else None,
        "publicado": manifest.publicado.isoformat() if manifest else None,
        "manifest": activo.sha256 if activo else None,
        "portada": entrada.value,
        "difusor": propio.estado.difusor.value if propio.estado.difusor else None,
        "verificado": propio.estado.latido.isoformat() if propio.estado.latido else None,
        "vence": propio.estado.vence.isoformat() if propio.estado.vence else None,
        "pendiente": propio.estado.pendiente,
        "rechazo": propio.estado.rechazo,
        "reloj": reloj.decir(synchronised()),
    }
    if en_json:
        print(json.dumps(datos, ensure_ascii=False))
        return EXITO
    for clave, valor in datos.items():
        sys.stdout.write(f"{clave:<11} {'—' if valor in {None, ''} else valor}\n")
    return EXITO


def _fuente(configuracion: ConfigNodo, desde: str | None) -> PullSource:
    lugar = desde or configuracion.origen
    if lugar is None:
        return CarpetaFetcher(configuracion.buzon, buzon=True)
    if "://" in lugar:
        return HttpsFetcher(lugar)
    if not Path(lugar).is_dir():
        raise ErrorDeConfiguracion(f"no existe la carpeta {lugar}", clave="--desde" if desde else "origen")
    return CarpetaFetcher(Path(lugar))
