"""`pregon vigilancia`: watch what the public sees at each difusor, and say how each one stands."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pregon.cli.archivos import contenido, texto
from pregon.cli.parser import Parser
from pregon.clock import SystemClock
from pregon.errors import EXITO, PregonError
from pregon.monitor import config as configs
from pregon.monitor.config import ConfigVigilancia
from pregon.monitor.registros import Recuerdo, recordar
from pregon.monitor.vigilar import observar
from pregon.paquete import prueba as pruebas
from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import Difusor, Estado, leer_difusores_toml, leer_lista
from pregon.storage.bitacora import Bitacora

_EPILOGO = """códigos de salida:
  0  bien; «observar» termina así con SIGTERM o Ctrl-C
  4  la configuración o la llamada tiene una falta: se dice la línea y la clave
  5  una bitácora de la vigilancia fue alterada
  7  el disco no responde, u otra vigilancia usa la misma carpeta"""


def main(argv: Sequence[str]) -> int:
    """Run `pregon vigilancia`."""
    parser = Parser(
        prog="pregon vigilancia",
        descripcion="Observa lo que el público ve en cada difusor y cuenta sus periodos.",
        epilogo=_EPILOGO,
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    for nombre, ayuda in (
        ("observar", "observa hasta recibir SIGTERM o Ctrl-C; una línea por suceso"),
        ("estado", "tabla de difusores según los registros de la vigilancia"),
    ):
        sub = ordenes.add_parser(nombre, help=ayuda, descripcion=ayuda, epilogo=_EPILOGO)
        sub.add_argument("config", metavar="CONFIG", type=Path, help="vigilancia.toml")
        if nombre == "estado":
            sub.add_argument("--json", action="store_true", help="para programas")
    args = parser.parse_args(argv)
    config = configs.leer(texto(args.config), archivo=args.config)
    difusores = leer_difusores_toml(texto(config.difusores), str(config.difusores))
    if args.orden == "observar":
        return asyncio.run(_observar(config, difusores))
    return _estado(config, difusores, en_json=args.json)


async def _observar(config: ConfigVigilancia, difusores: Sequence[Difusor]) -> int:
    alto = asyncio.Event()
    for senal in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(senal, alto.set)
    await observar(
        config,
        difusores,
        raiz=contenido(config.raiz),
        ahora=SystemClock().now,
        informar=lambda linea: print(linea, flush=True),
        alto=alto,
    )
    return EXITO


def _estado(config: ConfigVigilancia, difusores: Sequence[Difusor], *, en_json: bool) -> int:
    memoria = recordar(difusores, Bitacora(config.transiciones, "vigilancia").leer())
    ahora = SystemClock().now()
    with contextlib.suppress(PregonError):  # the institute has published nothing yet, or not where we look
        publica = pruebas.leer(contenido(config.repositorio / "prueba.json"))
        verdad = pruebas.verificar(publica, raiz=contenido(config.raiz), rol=config.rol, ahora=ahora)
        if verdad.difusores is not None:
            memoria.tomar_actos(leer_lista(verdad.difusores), ahora=ahora)
    ultimos = {asiento.objeto: asiento for asiento in Bitacora(config.sondeos, "vigilancia").leer()}
    filas = [_fila(d, memoria, ultimos.get(d.id)) for d in difusores]
    if en_json:
        print(json.dumps(filas, ensure_ascii=False, indent=2))
        return EXITO
    print(f"{'difusor':<24} {'estado':<13} {'corte':>5} {'faltas':>6} {'susp.':>5}  último sondeo")
    for fila in filas:
        corte = "–" if fila["corte"] is None else fila["corte"]
        print(
            f"{fila['nombre']:<24.24} {Estado(fila['estado']).palabra:<13} {corte:>5} {fila['faltas']:>6}"
            f" {fila['suspensiones']:>5}  {_sondeo(fila)}"
        )
    return EXITO


def _fila(difusor: Difusor, memoria: Recuerdo, ultimo: Asiento | None) -> dict[str, Any]:
    vigilancia = memoria.vigilancias[difusor.id]
    return {
        "id": difusor.id,
        "nombre": difusor.nombre,
        "portal": difusor.portal,
        "estado": vigilancia.estado.value,
        "causa": vigilancia.causa.value if vigilancia.causa else None,
        "desde": vigilancia.desde.astimezone(UTC).isoformat() if vigilancia.desde else None,
        "faltas": vigilancia.faltas,
        "suspensiones": memoria.suspensiones.get(difusor.id, 0),
        "corte": ultimo.datos["corte"] if ultimo else None,
        "completo": bool(ultimo and ultimo.datos["completo"]),
        "sondeo": ultimo.datos["inicio"] if ultimo else None,
        "falla": ultimo.datos["falla"] if ultimo else "",
        "hallazgos": [
            {"clase": clase.value, "ruta": ruta}
            for clase, ruta, _ in sorted(memoria.abiertos.get(difusor.id, ()), key=str)
        ],
    }


def _sondeo(fila: dict[str, Any]) -> str:
    if fila["sondeo"] is None:
        return "ninguno"
    hora = datetime.fromisoformat(fila["sondeo"]).astimezone()
    hallazgos = [f"{h['clase']} {h['ruta']}" for h in fila["hallazgos"]]
    return f"{hora:%H:%M:%S} " + ("; ".join([*filter(None, [fila["falla"]]), *hallazgos]) or "bien")
