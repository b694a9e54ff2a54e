"""`pregon nodo recibir`: one round, with the node switched off."""

import argparse
import json
from typing import Final

from pregon.cli.nodo.fuente import fuente
from pregon.clock import SystemClock
from pregon.errors import EXITO
from pregon.node import nodo
from pregon.node.config import ConfigNodo
from pregon.node.receive import Resultado, recibir, traer_imagenes
from pregon.node.recibo import Emisor

AYUDA: Final = "hace una sola ronda de recepción"
FRASES: Final = {
    Resultado.ACTIVADO: "Se verificó y activó un corte nuevo",
    Resultado.AL_DIA: "Verificado; no hay nada más nuevo",
    Resultado.PENDIENTE: "Todavía no: la entrega está en curso",
    Resultado.VENCIDO: "La última señal firmada del Instituto venció; se sigue sirviendo lo que hay",
}


def opciones(sub: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    sub.add_argument("--desde", metavar="CARPETA|URL", help="otra fuente en vez de la configurada")
    sub.add_argument("--json", action="store_true", help="para programas")


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Receive once and say what came of it."""
    with nodo.abrir(configuracion) as propio:
        source, ahora = fuente(configuracion, args.desde), SystemClock().now()
        emisor = Emisor(propio)
        try:
            recibido = recibir(propio, source, ahora=ahora)
            traer_imagenes(propio, source, ahora=ahora)
        finally:
            emisor.tras_ronda(ahora)
    if args.json:
        dicho = {
            "resultado": recibido.resultado.value,
            "corte": recibido.corte,
            "detalle": recibido.detalle,
        }
        print(json.dumps(dicho, ensure_ascii=False))
        return EXITO
    activo = "ningún corte activo" if recibido.corte is None else f"corte activo: {recibido.corte}"
    detalle = f" ({recibido.detalle})" if recibido.detalle else ""
    print(f"{FRASES[recibido.resultado]}{detalle}; {activo}")
    return EXITO
