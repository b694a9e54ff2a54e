"""`pregon nodo`: the difusor's side. It needs no extra (decisions §7)."""

import argparse
import json
import logging
import random
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from pregon.cli.parser import Parser
from pregon.clock import SystemClock
from pregon.errors import EXITO, ErrorDeConfiguracion, ErrorDeRed, PregonError
from pregon.node import config, nodo
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.portada import portada
from pregon.node.receive import Resultado, recibir, revisar
from pregon.node.registro import Registro
from pregon.node.serve import Servidor
from pregon.transport.carpeta import CarpetaFetcher
from pregon.transport.https import HttpsFetcher
from pregon.transport.pull import PullSource

_log = logging.getLogger(__name__)
_REVISION = 600.0
"""Seconds between looks at every byte of the active corte (B5)."""


def main(argv: Sequence[str]) -> int:
    """Serve, receive once, or tell the state."""
    args = _parser().parse_args(argv)
    configuracion = _leer(args.config)
    match args.accion:
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
        epilogo=(
            "códigos de salida: 0 bien; 4 configuración; 5 entrega rechazada, el corte activo no cambió; "
            "6 red;\n7 disco, o ya hay otro proceso sobre la carpeta"
        ),
    )
    acciones = parser.add_subparsers(dest="accion", required=True, metavar="ACCIÓN", parser_class=_Sub)
    servir = acciones.add_parser("servir", help="recibe y sirve hasta SIGTERM")
    servir.add_argument("config", type=Path, metavar="CONFIG", help="nodo.toml")
    una = acciones.add_parser("recibir", help="hace una sola ronda de recepción")
    una.add_argument("config", type=Path, metavar="CONFIG", help="nodo.toml")
    una.add_argument("--desde", metavar="CARPETA|URL", help="otra fuente en vez de la configurada")
    una.add_argument("--json", action="store_true", help="para programas")
    estado = acciones.add_parser("estado", help="dice qué corte está activo y qué pasó en la última ronda")
    estado.add_argument("config", type=Path, metavar="CONFIG", help="nodo.toml")
    estado.add_argument("--json", action="store_true", help="para programas")
    return parser


class _Sub(Parser):
    """A subcommand's parser, as argparse makes them."""

    def __init__(self, *, prog: str, **_: object) -> None:
        super().__init__(prog=prog, descripcion="")


def _leer(ruta: Path) -> ConfigNodo:
    try:
        return config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)
    except (OSError, UnicodeDecodeError) as error:
        raise ErrorDeConfiguracion(f"no se pudo leer: {error}", archivo=str(ruta)) from error


def _servir(configuracion: ConfigNodo) -> int:
    clock = SystemClock()

    def parar(_signal: int, _frame: FrameType | None) -> None:
        clock.stop()

    signal.signal(signal.SIGTERM, parar)
    signal.signal(signal.SIGINT, parar)
    with nodo.abrir(configuracion) as propio:
        registro = Registro(configuracion.carpeta / "acceso", configuracion.zona)
        try:
            servidor = Servidor(propio, registro, clock)
        except OSError as error:
            raise ErrorDeRed(
                f"no se puede escuchar en {configuracion.anfitrion}:{configuracion.puerto}: {error.strerror}",
                permanente=True,
            ) from error
        sirve = threading.Thread(target=servidor.serve_forever, args=(0.1,), name="sirve", daemon=True)
        recibe = threading.Thread(target=_mirar, args=(propio, clock), name="recibe", daemon=True)
        sirve.start()
        print(f"Nodo {configuracion.nombre} sirve {servidor.url}", flush=True)
        recibe.start()
        while clock.sleep(3600):
            pass
        # The receiver may be anywhere: killing it there is what every start recovers from (F1).
        recibe.join(timeout=0.5)
        servidor.shutdown()
        servidor.server_close()
        registro.cerrar()
    return EXITO


def _mirar(propio: Nodo, clock: SystemClock) -> None:
    """Receive and look after the corte until asked to stop; nothing that a source does ends it."""
    source = _fuente(propio.config, None)
    revisado = -_REVISION
    espera = 0.0
    while clock.sleep(espera):
        try:
            recibir(propio, source, ahora=clock.now())
            if clock.monotonic() - revisado >= _REVISION:
                revisar(propio, source, ahora=clock.now())
                revisado = clock.monotonic()
        except PregonError as error:
            _log.warning("%s", error)
        except Exception:  # noqa: BLE001 — the edge of the loop that must live; the next round starts afresh
            _log.exception("ronda de recepción")
        # Nodes that pull must not ask all at once (G2); the jitter is no secret.
        jitter = random.uniform(0.8, 1.2) if propio.config.origen else 1.0  # noqa: S311
        espera = propio.config.sondeo * jitter


def _recibir(configuracion: ConfigNodo, desde: str | None, *, en_json: bool) -> int:
    with nodo.abrir(configuracion) as propio:
        recibido = recibir(propio, _fuente(configuracion, desde), ahora=SystemClock().now())
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
    print(f"{_FRASES[recibido.resultado]}; {activo}")
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
        return CarpetaFetcher(configuracion.buzon)
    return HttpsFetcher(lugar) if "://" in lugar else CarpetaFetcher(Path(lugar))
