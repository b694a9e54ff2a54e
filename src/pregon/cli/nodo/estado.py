"""`pregon nodo estado`."""

import argparse
import json
import sys
from typing import Final

from pregon.clock import SystemClock
from pregon.errors import EXITO
from pregon.node import nodo
from pregon.node.config import ConfigNodo
from pregon.node.portada import portada

AYUDA: Final = "dice qué corte está activo y qué pasó en la última ronda"


def opciones(sub: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    sub.add_argument("--json", action="store_true", help="para programas")


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Print it."""
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
    if args.json:
        print(json.dumps(datos, ensure_ascii=False))
        return EXITO
    for clave, valor in datos.items():
        sys.stdout.write(f"{clave:<11} {'—' if valor in {None, ''} else valor}\n")
    return EXITO
