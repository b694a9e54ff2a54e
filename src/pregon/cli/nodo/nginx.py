"""`pregon nodo nginx`: what stands before the node, written from its own configuration."""

import argparse
import sys
from typing import Final

from pregon.errors import EXITO
from pregon.node import nginx
from pregon.node.config import ConfigNodo

AYUDA: Final = "escribe la configuración de nginx para ponerlo delante de este nodo"


def opciones(sub: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    sub.add_argument("--logrotate", action="store_true", help="la de logrotate para sus registros")


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Write it to the standard output."""
    sys.stdout.write((nginx.logrotate if args.logrotate else nginx.escribir)(configuracion))
    return EXITO
