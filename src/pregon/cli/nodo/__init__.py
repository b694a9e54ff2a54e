"""`pregon nodo`: the difusor's side, one module per verb. It needs no extra (decisions §7).

A verb is a module of this package with AYUDA, `opciones` and `correr`, and one line in VERBOS.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from pregon.cli.archivos import texto
from pregon.cli.nodo import archivar, estado, nginx, probar, recibir, reenviar, servir
from pregon.cli.parser import Parser
from pregon.node import config
from pregon.node.config import ConfigNodo

_CODIGOS = """\
códigos de salida:
  0  bien
  3  «estado» o «probar» hallaron una falla, o «reenviar» no lo dejó todo bien: se dice qué hacer
  4  la configuración o la orden están mal
  5  la entrega se rechazó; el corte activo no cambió
  6  la red no respondió, o la dirección en que se escucha está ocupada
  7  el disco falló, o ya hay otro proceso sobre la carpeta
  8  no es el momento: archivar pide el último corte (o --antes-del-cierre)"""


class Verbo(Protocol):
    """A module of this package."""

    @property
    def AYUDA(self) -> str:  # noqa: N802 — a module's constant
        """Return what it does, in one line."""
        ...

    def opciones(self, sub: argparse.ArgumentParser, /) -> None:
        """Add what it takes besides NODO_TOML."""
        ...

    def correr(self, configuracion: ConfigNodo, args: argparse.Namespace, /) -> int:
        """Do it and return the exit code."""
        ...


VERBOS: Final[Mapping[str, Verbo]] = {
    "servir": servir,
    "recibir": recibir,
    "estado": estado,
    "reenviar": reenviar,
    "probar": probar,
    "archivar": archivar,
    "nginx": nginx,
}


def main(argv: Sequence[str]) -> int:
    """Run one verb."""
    args = _parser().parse_args(argv)
    return VERBOS[args.orden].correr(config.leer(texto(args.config), archivo=args.config), args)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="pregon nodo",
        descripcion="El nodo de un difusor: recibe, verifica, activa y sirve.",
        epilogo=_CODIGOS,
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    for nombre, verbo in VERBOS.items():
        sub = ordenes.add_parser(nombre, help=verbo.AYUDA, descripcion=verbo.AYUDA, epilogo=_CODIGOS)
        sub.add_argument("config", type=Path, metavar="NODO_TOML", help="configuración del nodo")
        verbo.opciones(sub)
    return parser
