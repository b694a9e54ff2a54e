"""`pregon nodo archivar`: a copy of what the node published, for any web server to keep."""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from pregon.errors import EXITO
from pregon.node import archivo, nodo
from pregon.node.config import ConfigNodo

AYUDA: Final = "hace una copia de lo publicado que cualquier servidor web puede conservar"
_CADA: Final = 2.0
"""Seconds between words on progress: a short copy says none."""


def opciones(sub: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    sub.add_argument("destino", type=Path, metavar="DESTINO", help="carpeta nueva de la copia")
    sub.add_argument("--zip", action="store_true", help="escribe además DESTINO.zip")
    sub.add_argument(
        "--antes-del-cierre", action="store_true", help="archiva aunque el corte activo no sea el último"
    )


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Make the copy and say what is in it."""
    hecha = archivo.archivar(
        nodo.leer(configuracion),
        args.destino.absolute(),
        con_zip=args.zip,
        antes_del_cierre=args.antes_del_cierre,
        avisar=_Avisos(),
    )
    numeros = ", ".join(map(str, hecha.cortes))
    print(f"Copia en {args.destino}: corte {hecha.corte} en «/», cortes {numeros} en «c/»")
    print(f"  {hecha.archivos} archivos, {hecha.bytes / 1e6:.1f} MB de contenido")
    if hecha.imagenes_que_faltan:
        print(f"  faltan {hecha.imagenes_que_faltan} imágenes de actas, que este nodo no tiene")
    print(f"Compruébela: pregon verificar {args.destino} --raiz {configuracion.raiz}")
    return EXITO


class _Avisos:
    """Tells progress on stderr, now and then."""

    def __init__(self) -> None:
        self._ultimo = time.monotonic()

    def __call__(self, hechos: int, total: int) -> None:
        if time.monotonic() - self._ultimo >= _CADA:
            self._ultimo = time.monotonic()
            print(f"archivando: {hechos} de {total} archivos", file=sys.stderr, flush=True)
