"""`pregon nodo reenviar`: ask for everything again, whether the node is serving or not."""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Final

from pregon.cli.nodo.fuente import fuente
from pregon.cli.nodo.recibir import FRASES
from pregon.cli.nodo.salida import llano
from pregon.clock import SystemClock
from pregon.errors import DIFERENCIAS, EXITO, ErrorDeAlmacen
from pregon.node import nodo, recibo, reenvio
from pregon.node.config import ConfigNodo
from pregon.node.receive import Resultado
from pregon.node.recibo import Emisor
from pregon.node.reenvio import Reenvio
from pregon.storage.lock import holder

AYUDA: Final = "vuelve a pedirlo y comprobarlo todo, con el nodo encendido o apagado"
_PASO: Final = 0.2


def opciones(sub: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    sub.add_argument(
        "--espera",
        type=_segundos,
        default=120,
        metavar="SEGUNDOS",
        help="cuánto esperar a que el nodo encendido responda; 120 si no se dice",
    )
    sub.add_argument("--json", action="store_true", help="para programas")


def _segundos(texto: str) -> int:
    if not texto.isdecimal() or not 1 <= int(texto[:9]) <= 600:
        raise argparse.ArgumentTypeError("va de 1 a 600 segundos")
    return int(texto)


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Do it, or have the running node do it, and say what came of it."""
    ahora = SystemClock().now()
    hecho = _solo(configuracion, ahora) or _por_otro(configuracion, ahora, args.espera)
    if args.json:
        print(json.dumps(asdict(hecho) if hecho else None, ensure_ascii=False))
    else:
        print(llano("\n".join(_decir(configuracion, hecho, args.espera))))
    return EXITO if hecho is not None and not hecho.causa and not hecho.danados else DIFERENCIAS


def _solo(configuracion: ConfigNodo, ahora: datetime) -> Reenvio | None:
    """Do it here; None if another process owns the folder."""
    if holder(configuracion.carpeta / nodo.CANDADO) is not None:
        return None
    try:
        with nodo.abrir(configuracion) as propio:
            hecho = reenvio.atender(propio, fuente(configuracion), ahora=ahora)
            Emisor(propio).tras_ronda(ahora)
            return hecho
    except ErrorDeAlmacen:
        if holder(configuracion.carpeta / nodo.CANDADO) is None:
            raise
        return None  # a node began in between: it will do it


def _por_otro(configuracion: ConfigNodo, ahora: datetime, espera: int) -> Reenvio | None:
    """Leave the sign and wait for the answer; whoever owned the folder may end meanwhile."""
    nombre = reenvio.pedir(configuracion.carpeta, ahora)
    limite = time.monotonic() + espera
    while time.monotonic() < limite:
        if (hecho := reenvio.hecho(configuracion.carpeta, nombre)) is not None:
            return hecho
        if (hecho := _solo(configuracion, ahora)) is not None:
            return hecho
        time.sleep(_PASO)
    return None


def _decir(configuracion: ConfigNodo, hecho: Reenvio | None, espera: int) -> Iterator[str]:
    if hecho is None:
        yield f"El nodo está encendido y no respondió en {espera} segundos: puede estar recibiendo un corte."
        yield "Qué hacer: el pedido queda anotado y lo atenderá solo; mire «pregon nodo estado» en un minuto."
        return
    lugar = "el buzón" if configuracion.origen is None else configuracion.origen
    if hecho.resultado is None:
        yield f"Se volvió a mirar {lugar}, y falló: {hecho.causa}"
    else:
        yield f"Se volvió a mirar {lugar}. {FRASES[Resultado(hecho.resultado)]}."
        if hecho.causa:
            yield f"Al revisar: {hecho.causa}"
    if hecho.corte is None:
        yield "Aún no hay ningún corte activo."
    else:
        yield _archivos(hecho)
    if hecho.imagenes:
        yield f"Faltan {hecho.imagenes} imágenes de actas: llegarán aparte; el corte está completo sin ellas."
    if hecho.entero:
        ultimo = recibo.leer(configuracion.carpeta)
        en = f" (recibo {ultimo[2]})" if ultimo and ultimo[0].entero else ""
        yield f"Queda pedido al Instituto que su próxima entrega lo traiga todo{en}."
    if hecho.causa or hecho.danados:
        yield "Qué hacer: repita la orden tras la próxima entrega; si sigue igual, llame a soporte técnico."


def _archivos(hecho: Reenvio) -> str:
    if hecho.danados:
        return (
            f"{hecho.danados} de {hecho.archivos} archivos del corte {hecho.corte} no están como se firmaron."
        )
    repuestos = ""
    if hecho.hallados:
        atendidos = (
            "no estaba bien y se atendió" if hecho.hallados == 1 else "no estaban bien y se atendieron"
        )
        repuestos = f"; {hecho.hallados} {atendidos}"
    return f"Los {hecho.archivos} archivos del corte {hecho.corte} están íntegros{repuestos}."
