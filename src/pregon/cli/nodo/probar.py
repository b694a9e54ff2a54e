"""`pregon nodo probar`: the infrastructure check, before the drills and before the night (R18–R21)."""

import argparse
import json
from typing import Final

from pregon.cli.nodo import salida
from pregon.clock import SystemClock, synchronised
from pregon.errors import PregonError
from pregon.node import nodo
from pregon.node.config import ConfigNodo
from pregon.node.examen import Nivel, bien, maquina, red
from pregon.node.publicado import Publicado

AYUDA: Final = "revisa este equipo y su red antes de un simulacro o de la noche"


def opciones(sub: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    sub.add_argument("--json", action="store_true", help="para programas")


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Look at everything; what is served stays as it is."""
    ahora = SystemClock().now()
    comprobaciones = (
        bien("configuracion", "Configuración", f"{configuracion.id}, {configuracion.rol}: se lee completa"),
        maquina.raiz(configuracion, ahora=ahora),
        *maquina.carpeta(configuracion),
        *maquina.buzon(configuracion),
        *maquina.disco(configuracion, _activo(configuracion)),
        *maquina.proceso(configuracion),
        maquina.reloj(synchronised()),
        maquina.zona(configuracion),
        *maquina.tamano(configuracion),
        *red.a_la_vez(
            {
                "De donde se toma": lambda: red.origen(configuracion),
                "Hora de red": lambda: red.hora(configuracion),
                "Certificado": lambda: red.certificado(configuracion, ahora=ahora),
                "Dirección pública": lambda: red.publica(configuracion),
            }
        ),
    )
    if args.json:
        dicho = {"id": configuracion.id, "comprobaciones": salida.en_json(comprobaciones)}
        print(json.dumps(dicho, ensure_ascii=False))
        return salida.codigo(comprobaciones)
    cuenta = {nivel: sum(una.nivel is nivel for una in comprobaciones) for nivel in Nivel}
    print(salida.renglones(comprobaciones))
    print(
        f"{cuenta[Nivel.BIEN]} bien, {cuenta[Nivel.AVISO]} con aviso, {cuenta[Nivel.FALLA]} con falla. "
        + ("Listo." if not cuenta[Nivel.FALLA] else "Corrija las fallas y vuelva a correr esta orden.")
    )
    return salida.codigo(comprobaciones)


def _activo(configuracion: ConfigNodo) -> Publicado | None:
    try:
        return nodo.leer(configuracion).activo()
    except PregonError:  # its root cannot be read: `maquina.raiz` says so
        return None
