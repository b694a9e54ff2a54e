"""`pregon difusores`: the list of difusores, and the operator's acts on them."""

import getpass
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pregon.cli.archivos import texto
from pregon.cli.parser import Parser
from pregon.errors import EXITO, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin import config as configs
from pregon.origin.estados import leer_y_plegar
from pregon.origin.jornada import Carpetas
from pregon.paquete.difusores import (
    SIN_ENLACE,
    Difusor,
    Estado,
    Suceso,
    Vigilancia,
    leer_difusores_toml,
    siguiente,
    validar_difusores_toml,
)
from pregon.storage.bitacora import Bitacora

_EPILOGO = """códigos de salida:
  0  bien
  4  el archivo o la llamada tiene una falta: se dice la línea y la clave
  7  el disco no responde
  8  el acto no cabe en el estado presente del difusor"""
_MOTIVO_MAXIMO = 1000


def main(argv: Sequence[str]) -> int:
    """Run `pregon difusores`."""
    args = _parser().parse_args(argv)
    match args.orden:
        case "validar":
            return _validar(args.archivo)
        case "listar":
            return _listar(args.archivo, en_json=args.json)
        case "suspender":
            suceso = Suceso.SUSPENDER_POR_ALTERADO if args.alterado else Suceso.SUSPENDER
            return _actuar(args.id, suceso, origen=args.origen, motivo=args.motivo)
        case _:
            return _actuar(args.id, Suceso.RECONECTAR, origen=args.origen, motivo=args.motivo)


def _parser() -> Parser:
    parser = Parser(
        prog="pregon difusores",
        descripcion="Lista de difusores, suspensión y reconexión por acto del operador.",
        epilogo=_EPILOGO,
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    for nombre, ayuda in (
        ("validar", "explica cada falta de un difusores.toml con su línea"),
        ("listar", "lista los difusores; con origen.toml, también su estado"),
    ):
        sub = ordenes.add_parser(nombre, help=ayuda, descripcion=ayuda, epilogo=_EPILOGO)
        archivo = "difusores.toml u origen.toml" if nombre == "listar" else "difusores.toml"
        sub.add_argument("archivo", metavar="ARCHIVO", type=Path, help=archivo)
        if nombre == "listar":
            sub.add_argument("--json", action="store_true", help="para programas")
    for nombre, ayuda in (
        ("suspender", "suspende un difusor: sin entrega, sin enlace y con el aviso en su portal"),
        ("reconectar", "deja que un difusor suspendido intente volver: dos periodos cumplidos"),
    ):
        sub = ordenes.add_parser(nombre, help=ayuda, descripcion=ayuda, epilogo=_EPILOGO)
        sub.add_argument("id", metavar="ID", help="identificador del difusor")
        sub.add_argument("--origen", metavar="ORIGEN_TOML", type=Path, required=True)
        sub.add_argument("--motivo", metavar="TEXTO", required=True, help="queda en la bitácora")
        if nombre == "suspender":
            sub.add_argument(
                "--alterado", action="store_true", help="la causa es contenido alterado y confirmado"
            )
    return parser


def _validar(archivo: Path) -> int:
    faltas = validar_difusores_toml(texto(archivo), str(archivo))
    for falta in faltas:
        print(falta)
    if faltas:
        return ErrorDeConfiguracion.codigo
    print(f"{archivo}: sin faltas")
    return EXITO


def _listar(archivo: Path, *, en_json: bool) -> int:
    difusores, estados = _leer(archivo)
    filas = [_fila(d, estados.get(d.id)) for d in difusores]
    if en_json:
        print(json.dumps(filas, ensure_ascii=False, indent=2))
        return EXITO
    for fila in filas:
        portal = " (portal del Instituto)" if fila["portal"] else ""
        estado = Estado(fila["estado"]).palabra if fila["estado"] else ""
        print(f"{fila['id']:<20} {estado:<13} {fila['url']:<40} {fila['nombre']}{portal}")
    return EXITO


def _leer(archivo: Path) -> tuple[tuple[Difusor, ...], dict[str, Vigilancia]]:
    """Read a difusores.toml, or an origen.toml with the states that its records say."""
    leido = texto(archivo)
    if "[origen]" not in leido:
        return leer_difusores_toml(leido, str(archivo)), {}
    config = configs.leer(leido, archivo=archivo)
    difusores = leer_difusores_toml(texto(config.difusores), str(config.difusores))
    carpetas = Carpetas(base=config.carpeta, transiciones=config.transiciones)
    return difusores, leer_y_plegar(difusores, transiciones=carpetas.transiciones, actos=carpetas.actos)


def _actuar(identificador: str, suceso: Suceso, *, origen: Path, motivo: str) -> int:
    difusores, estados = _leer(origen)
    difusor = next((d for d in difusores if d.id == identificador), None)
    if difusor is None:
        conocidos = ", ".join(d.id for d in difusores)
        raise ErrorDeConfiguracion(f"no hay un difusor «{identificador:.40}»; se conocen: {conocidos}")
    if not 0 < len(motivo.strip()) <= _MOTIVO_MAXIMO:
        raise ErrorDeConfiguracion(f"--motivo: entre 1 y {_MOTIVO_MAXIMO} caracteres")
    ahora = datetime.now(UTC)
    previa = estados[difusor.id]
    nueva = siguiente(previa, suceso, instante=ahora, portal=difusor.portal)
    if nueva == previa:
        razon = "es el portal del Instituto" if difusor.portal else f"está {previa.estado.palabra}"
        raise ErrorDeOperacion(f"no se puede {suceso.value} a «{difusor.nombre}»: {razon}")
    config = configs.leer(texto(origen), archivo=origen)
    actos = Carpetas(base=config.carpeta, transiciones=config.transiciones).actos
    Bitacora(actos, _quien()).append(
        ahora, suceso.value, difusor.id, {"motivo": motivo.strip(), "de": previa.estado.value}
    )
    print(f"{difusor.nombre}: {nueva.estado.palabra}; la lista firmada lo dirá en cuanto el origen lo lea")
    return EXITO


def _quien() -> str:
    """Return the account that gives the order; a container may know only its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _fila(difusor: Difusor, vigilancia: Vigilancia | None) -> dict[str, Any]:
    return {
        "id": difusor.id,
        "nombre": difusor.nombre,
        "url": difusor.url,
        "portal": difusor.portal,
        "estado": vigilancia.estado.value if vigilancia else None,
        "causa": vigilancia.causa.value if vigilancia and vigilancia.causa else None,
        "enlace": None if vigilancia is None else vigilancia.estado not in SIN_ENLACE,
    }
