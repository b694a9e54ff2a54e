"""`pregon nodo estado`: how the night goes at this node, and what to do about what is wrong."""

import argparse
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from pregon.cli.nodo import salida
from pregon.clock import SystemClock, synchronised
from pregon.errors import PregonError
from pregon.node import nodo, recibo
from pregon.node.config import ConfigNodo
from pregon.node.examen import Comprobacion, bien, falla, maquina, red
from pregon.node.examen.noche import Entrega, hora, noche, ultima_entrega
from pregon.node.nodo import CANDADO, Nodo
from pregon.node.situacion import Situacion, situar
from pregon.storage.lock import holder

AYUDA: Final = "dice cómo va la noche en este nodo, y qué hacer con lo que no esté bien"
_PARTES: Final = ("pregon", "tuf", "cryptography", "tzdata")


def opciones(sub: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    sub.add_argument("--json", action="store_true", help="para programas")


def correr(configuracion: ConfigNodo, args: argparse.Namespace) -> int:
    """Look at everything once, beside a running node or not; nothing is changed."""
    propio, ahora = nodo.leer(configuracion), SystemClock().now()
    activo = propio.activo()
    situacion = situar(activo.manifest if activo else None, propio.estado, ahora=ahora)
    entrega, del_libro = _libro(propio)
    comprobaciones = (
        *noche(situacion, entrega, zona=configuracion.zona),
        _proceso(configuracion),
        *del_libro,
        maquina.reloj(synchronised()),
        *red.a_la_vez(
            {
                "Certificado": lambda: red.certificado(configuracion, ahora=ahora),
                "Hora de red": lambda: red.hora(configuracion),
                "Otro nodo": lambda: red.par(configuracion),
            }
        ),
        *maquina.disco(configuracion, activo),
    )
    datos = _datos(configuracion, propio, situacion, entrega) | {
        "comprobaciones": salida.en_json(comprobaciones)
    }
    if args.json:
        print(json.dumps(datos, ensure_ascii=False))
    else:
        print(_para_personas(configuracion, situacion, comprobaciones, datos))
    return salida.codigo(comprobaciones)


def _libro(propio: Nodo) -> tuple[Entrega | None, tuple[Comprobacion, ...]]:
    try:
        return ultima_entrega(propio.bitacora.leer()), ()
    except PregonError as error:
        dice = f"no se puede leer: {error!s:.200}"
        return None, (falla("bitacora", "Bitácora", dice, "no la borre: es evidencia; avise a soporte"),)


def _proceso(configuracion: ConfigNodo) -> Comprobacion:
    que = "Nodo"
    try:
        pid = holder(configuracion.carpeta / CANDADO)
    except PregonError as error:
        return falla("proceso", que, str(error), "corra esta orden como el usuario del nodo")
    if pid is None:
        return falla("proceso", que, "apagado: no recibe ni sirve", "enciéndalo con «pregon nodo servir»")
    return bien("proceso", que, f"encendido (proceso {pid})")


def _datos(
    configuracion: ConfigNodo, propio: Nodo, situacion: Situacion, entrega: Entrega | None
) -> dict[str, Any]:
    manifest, estado, activo = situacion.manifest, propio.estado, propio.activo()
    ultimo = recibo.leer(configuracion.carpeta)
    plazo = situacion.siguiente
    return {
        "id": configuracion.id,
        "nombre": configuracion.nombre,
        "rol": configuracion.rol,
        "hora": _iso(situacion.ahora),
        "corte": manifest.numero if manifest else None,
        "instante": _iso(manifest.instante if manifest else None),
        "publicado": _iso(manifest.publicado if manifest else None),
        "manifest": activo.sha256 if activo else None,
        "portada": situacion.portada.value,
        "edad": situacion.edad,
        "faltas": situacion.faltas,
        "siguiente": {
            "corte": plazo.corte,
            "vence": _iso(plazo.vence),
            "segundos": round((plazo.vence - situacion.ahora).total_seconds()),
        }
        if plazo
        else None,
        "difusor": estado.difusor.value if estado.difusor else None,
        "verificado": _iso(estado.latido),
        "vence": _iso(estado.vence),
        "pendiente": estado.pendiente,
        "rechazo": estado.rechazo,
        "entrega": {
            "hora": _iso(entrega.hora),
            "resultado": entrega.resultado,
            "corte": entrega.corte,
            "archivos": entrega.archivos,
            "causa": entrega.causa,
        }
        if entrega
        else None,
        "entero": estado.entero,
        "recibo": ultimo[2] if ultimo else None,
        "soporte": configuracion.soporte,
        "versiones": _versiones(),
    }


def _versiones() -> dict[str, str]:
    hechas = {"python": platform.python_version(), "sistema": f"{platform.system()} {platform.release()}"}
    for parte in _PARTES:
        try:
            hechas[parte] = version(parte)
        except PackageNotFoundError:
            hechas[parte] = "?"
    return hechas


def _para_personas(
    configuracion: ConfigNodo,
    situacion: Situacion,
    comprobaciones: tuple[Comprobacion, ...],
    datos: dict[str, Any],
) -> str:
    ahora = situacion.ahora
    versiones = ", ".join(f"{parte} {cual}" for parte, cual in datos["versiones"].items())
    corte = "ningún corte" if datos["corte"] is None else f"corte {datos['corte']}"
    soporte = configuracion.soporte or "el número que le dio el Instituto (agréguelo a nodo.toml: «soporte»)"
    return (
        f"{configuracion.nombre} ({configuracion.id}), {configuracion.rol}, "
        f"{hora(ahora, configuracion.zona, ahora)}\n\n"
        f"{salida.renglones(comprobaciones)}\n"
        f"Soporte técnico: {soporte}\n"
        f"Al llamar, lea: {configuracion.id}, {corte}, recibo {datos['recibo'] or 'ninguno'}\n"
        f"Versiones: {versiones}"
    )


def _iso(instante: datetime | None) -> str | None:
    return instante.astimezone(UTC).isoformat(timespec="seconds") if instante else None
