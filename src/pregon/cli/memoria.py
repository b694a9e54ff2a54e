"""`pregon memoria`: the memoria técnica of a difusor from its own records, and its baseline's template."""

import ipaddress
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pregon.cli.archivos import texto
from pregon.cli.parser import Parser
from pregon.clock import SystemClock
from pregon.documentos import markdown
from pregon.errors import EXITO, ErrorDeConfianza, ErrorDeConfiguracion
from pregon.memoria import base as bases
from pregon.memoria.figuras import Red, figuras
from pregon.memoria.lectura import Registros
from pregon.memoria.memoria import DatosDeMemoria, Incidencias, en_json, memoria
from pregon.node import config as nodos
from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import ACTO_TRANSICION, Transicion, leer_transicion
from pregon.storage import atomic
from pregon.storage.bitacora import Bitacora

_T = TypeVar("_T")
_CODIGOS = """\
códigos de salida:
  0  la memoria se escribió
  2  no hay registros de acceso, o no se pueden leer
  4  la orden o un archivo de configuración están mal
  7  no se pudo escribir el resultado
"""


def main(argv: Sequence[str]) -> int:
    """Run one subcommand."""
    parser = Parser(
        prog="pregon memoria",
        descripcion="Memoria técnica de un difusor (convocatoria, sección VI).",
        epilogo=_CODIGOS,
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    ayuda = "lee los registros de acceso y escribe la memoria"
    elaborar = ordenes.add_parser("elaborar", help=ayuda, descripcion=ayuda, epilogo=_CODIGOS)
    elaborar.add_argument("nodo", nargs="?", type=Path, metavar="NODO_TOML", help="configuración del nodo")
    elaborar.add_argument(
        "--registros",
        nargs="+",
        type=Path,
        metavar="RUTA",
        help="carpetas o archivos de registros (combinado o JSON, con o sin .gz) en vez de los del nodo",
    )
    elaborar.add_argument("--nombre", help="nombre del difusor (por omisión, el del nodo)")
    elaborar.add_argument(
        "--zona", help="zona horaria oficial (por omisión, la del nodo o America/Monterrey)"
    )
    elaborar.add_argument("--bitacora", type=Path, metavar="ARCHIVO", help="bitácora del nodo (.jsonl)")
    elaborar.add_argument(
        "--transiciones", type=Path, metavar="ARCHIVO", help="transiciones de la vigilancia del Instituto"
    )
    elaborar.add_argument(
        "--instituto",
        type=Path,
        metavar="ARCHIVO",
        help="bitácora del Instituto: retenidos, omitidos",
    )
    elaborar.add_argument("--base", type=Path, metavar="ARCHIVO", help="línea base del portal (TOML o JSON)")
    elaborar.add_argument("--dias", nargs="+", metavar="AAAA-MM-DD", help="sólo estos días, en hora local")
    elaborar.add_argument(
        "--vigilancia",
        nargs="+",
        metavar="RED",
        default=(),
        help="direcciones o redes desde las que vigiló el Instituto: sus peticiones no cuentan",
    )
    elaborar.add_argument(
        "--salida",
        type=Path,
        default=Path("memoria.md"),
        metavar="ARCHIVO",
        help="por omisión memoria.md; si existe, se reemplaza",
    )
    elaborar.add_argument("--json", action="store_true", help="imprime las cifras en JSON")
    elaborar.set_defaults(correr=_elaborar)
    ayuda = "imprime la plantilla de la línea base del portal"
    plantilla = ordenes.add_parser("plantilla", help=ayuda, descripcion=ayuda)
    plantilla.set_defaults(correr=_plantilla)
    args = parser.parse_args(argv)
    return int(args.correr(args))


def _plantilla(_: Namespace) -> int:
    print(bases.PLANTILLA, end="")
    return EXITO


def _elaborar(args: Namespace) -> int:
    nodo = nodos.leer(texto(args.nodo), archivo=args.nodo) if args.nodo else None
    carpetas = args.registros or ([nodo.carpeta / "acceso"] if nodo else [])
    if not carpetas:
        raise ErrorDeConfiguracion("indique NODO_TOML o --registros")
    zona = _zona(args.zona) if args.zona else nodo.zona if nodo else _zona("America/Monterrey")
    dias = _dias(args.dias) if args.dias else None
    redes = _redes(args.vigilancia)
    base = bases.leer(texto(args.base), archivo=str(args.base)) if args.base else None
    bitacora = args.bitacora or (nodo.carpeta / "bitacora.jsonl" if nodo else None)
    registros = Registros(carpetas, avance=_avance)
    cifras = figuras(
        registros.peticiones(), zona=zona, dias=frozenset(dias) if dias else None, vigilancia=redes
    )
    datos = DatosDeMemoria(
        difusor=args.nombre or (nodo.nombre if nodo else "(sin nombre)"),
        zona=zona,
        elaborada=SystemClock().now(),
        archivos=registros.archivos,
        duplicadas=registros.duplicadas,
        tardias=registros.tardias,
        figuras=cifras,
        vigilancia_declarada=bool(redes),
        dias=dias,
        incidencias=_incidencias(bitacora, args.transiciones, args.instituto, nodo.id if nodo else None),
        base=base,
        version=version("pregon"),
    )
    atomic.write(args.salida, markdown.escribir(memoria(datos)).encode())
    if args.json:
        print(json.dumps({"memoria": str(args.salida), **en_json(datos)}, ensure_ascii=False, indent=1))
    else:
        print(
            f"{args.salida}: {cifras.hits} hits, {cifras.paginas} páginas, {cifras.visitas} visitas,"
            f" {cifras.usuarios} usuarios estimados"
        )
    _avisar(datos)
    return EXITO


def _avisar(datos: DatosDeMemoria) -> None:
    """Tell on the terminal what the memoria says of its sources, so that a wrong file is seen at once."""
    rechazadas = sum(sum(archivo.rechazadas.values()) for archivo in datos.archivos)
    if rechazadas:
        aviso = f"{rechazadas:,} líneas rechazadas: la memoria dice de qué archivo y por qué"
        print(f"pregon memoria: {aviso}", file=sys.stderr)
    for defecto in datos.incidencias.defectos:
        print(f"pregon memoria: {defecto}", file=sys.stderr)


def _incidencias(
    bitacora: Path | None, transiciones: Path | None, instituto: Path | None, difusor: str | None
) -> Incidencias:
    """Read the books; one that cannot be believed is said to be so, and the memoria is made all the same."""
    defectos: list[str] = []
    if bitacora is None or not bitacora.exists():
        defectos.append("No se entregó la bitácora del nodo.")
        bitacora = None
    propios = _leer(bitacora, lambda asiento: asiento, "La bitácora del nodo", defectos)
    cambios = _leer(transiciones, _transicion, "El registro de la vigilancia", defectos)
    ajenos = _leer(instituto, lambda asiento: asiento, "La bitácora del Instituto", defectos)
    return Incidencias(
        bitacora=propios,
        instituto=ajenos,
        transiciones=tuple(t for t in cambios if t is not None and difusor in {None, t.difusor}),
        defectos=tuple(defectos),
    )


def _leer(
    ruta: Path | None, como: Callable[[Asiento], _T], nombre: str, defectos: list[str]
) -> tuple[_T, ...]:
    if ruta is None:
        return ()
    if not ruta.exists():
        raise ErrorDeConfiguracion("no existe", archivo=str(ruta))
    try:
        return tuple(como(asiento) for asiento in Bitacora(ruta, "memoria").leer())
    except ErrorDeConfianza as error:
        defectos.append(f"{nombre} no se pudo comprobar: {error}.")
        return ()


def _transicion(asiento: Asiento) -> Transicion | None:
    if asiento.acto != ACTO_TRANSICION:
        return None
    return leer_transicion(asiento.objeto, asiento.instante, asiento.datos)


def _zona(nombre: str) -> ZoneInfo:
    try:
        return ZoneInfo(nombre)
    except (KeyError, ValueError, OSError) as error:
        raise ErrorDeConfiguracion(f"«{nombre}» no es una zona horaria", clave="--zona") from error


def _dias(dias: Sequence[str]) -> tuple[date, ...]:
    try:
        return tuple(sorted({date.fromisoformat(dia) for dia in dias}))
    except ValueError as error:
        raise ErrorDeConfiguracion("se esperan días como 2026-06-07", clave="--dias") from error


def _redes(textos: Sequence[str]) -> tuple[Red, ...]:
    try:
        return tuple(ipaddress.ip_network(red) for red in textos)
    except ValueError as error:
        causa = "se esperan direcciones o redes como 203.0.113.7 o 203.0.113.0/24"
        raise ErrorDeConfiguracion(causa, clave="--vigilancia") from error


def _avance(archivo: str, lineas: int) -> None:
    print(f"{archivo}: {lineas:,} líneas…", file=sys.stderr, flush=True)
