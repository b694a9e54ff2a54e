"""`pregon registro`: do these places tell one history? The public log of cortes, read by anybody (A20).

A place is an address, the folder of a node, a folder or ZIP with `.well-known/pregon/`, or an evidence that
somebody wrote. Its key comes from `--llave`, printed on paper, or from the metadata that the place shows
under `--raiz`; never from the place alone (decisions §29).
"""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from pregon.cli.parser import Parser
from pregon.cli.verificar import raiz_confiada
from pregon.errors import (
    EQUIVOCO,
    EXITO,
    SIN_AUTORIA,
    ErrorDeConfianza,
    ErrorDeConfiguracion,
    ErrorDeDatos,
)
from pregon.paquete import equivoco, prueba, registro
from pregon.paquete.equivoco import Testimonio
from pregon.paquete.inspeccion import PRUEBA
from pregon.paquete.limites import LIMITES
from pregon.paquete.registro import Entrada, Historia
from pregon.storage import atomic
from pregon.transport.lectura import LecturaDeCarpeta, LecturaDeUrl, LecturaDeZip

_BAJO: Final = ".well-known/pregon/"
_LISTA: Final = LIMITES.entrada * LIMITES.entradas
_LUGAR: Final = "http(s)://…, carpeta de un nodo, carpeta o ZIP de un sitio, o prueba de dos historias"
_EPILOGO = """códigos de salida:
   0  una sola historia, firmada con la llave o bajo la raíz indicada
   2  en ese lugar no hay un registro de cortes
   4  orden mal escrita, o son registros de roles distintos
   5  un registro no se sostiene: su firma, su raíz o sus entradas
   6  una dirección no responde
   9  una sola historia, autoría no comprobada (falta --raiz o --llave)
  10  DOS HISTORIAS: la prueba queda escrita en un archivo; sin --raiz ni --llave no se sabe de quién son"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = Parser(
        prog="pregon registro",
        descripcion="Lee el registro público de cortes y compara el de varios difusores.",
        epilogo=_EPILOGO,
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    ver = ordenes.add_parser("ver", help="muestra un registro como tabla", descripcion="", epilogo=_EPILOGO)
    ver.add_argument("lugares", metavar="LUGAR", nargs=1, help=_LUGAR)
    comparar = ordenes.add_parser(
        "comparar",
        help="dice si varios lugares cuentan la misma historia",
        descripcion="Dice si varios lugares cuentan la misma historia; si no, escribe la prueba.",
        epilogo=_EPILOGO,
    )
    comparar.add_argument("lugares", metavar="LUGAR", nargs="+", help=_LUGAR)
    comparar.add_argument(
        "--prueba",
        metavar="ARCHIVO",
        type=Path,
        default=Path("equivoco.json"),
        help="dónde escribir la prueba de dos historias (de fábrica: equivoco.json)",
    )
    for sub in (ver, comparar):
        sub.add_argument(
            "--llave",
            metavar="NOMBRE+ID+BASE64",
            action="append",
            default=[],
            help="llave de verificación del registro; se puede repetir, p. ej. tras una rotación",
        )
        sub.add_argument("--raiz", metavar="ARCHIVO|SHA256", help="raíz en que usted confía")
        sub.add_argument("--json", action="store_true", help="para programas")
    args = parser.parse_args(argv)
    for llave in args.llave:
        try:
            registro.leer_llave(llave)
        except ErrorDeConfianza as error:  # said here: later it would look like the portal's fault
            raise ErrorDeConfiguracion(str(error), clave="--llave") from error
    confianza = _Confianza(llaves=tuple(args.llave), raiz=None if args.llave else raiz_confiada(args.raiz))
    vistos = [
        _Visto(testimonio=testimonio, historia=confianza.verificar(testimonio))
        for lugar in args.lugares
        for testimonio in _testimonios(lugar)
    ]
    return _ver(args, vistos, confianza) if args.orden == "ver" else _comparar(args, vistos, confianza)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Confianza:
    """What the reader trusts."""

    llaves: tuple[str, ...]
    raiz: bytes | str | None

    @property
    def alguna(self) -> bool:
        return bool(self.llaves) or self.raiz is not None

    def verificar(self, testimonio: Testimonio) -> Historia:
        return equivoco.verificar(testimonio, raiz=self.raiz, llaves=self.llaves)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visto:
    testimonio: Testimonio
    historia: Historia

    @property
    def firmado(self) -> Testimonio:
        """Return the testimony without what its checkpoint does not cover: that could be anything."""
        return replace(self.testimonio, registro=b"".join(self.historia.lineas))

    @property
    def lugar(self) -> str:
        """Return its name as a terminal may show it (I12)."""
        lugar = self.testimonio.lugar
        return lugar if lugar.isprintable() else ascii(lugar)


def _ver(args: argparse.Namespace, vistos: Sequence[_Visto], confianza: _Confianza) -> int:
    for visto in vistos:
        entradas = registro.leer_entradas(visto.historia.lineas)
        if args.json:
            print(json.dumps([_fila(e) for e in entradas], ensure_ascii=False, indent=2))
            continue
        print(f"{visto.historia.checkpoint.origen}: {len(entradas)} cortes ({visto.lugar})")
        print(f"{'corte':>6}  {'instante (UTC)':<16}  {'publicado (UTC)':<19}  manifest")
        for una in entradas:
            instante = f"{una.instante:%d/%m/%Y %H:%M}" if una.instante else "antes de abrir"
            print(f"{una.numero:>6}  {instante:<16}  {una.publicado:%d/%m/%Y %H:%M:%S}  {una.manifest[:16]}")
        print(_autoria(confianza))
    return EXITO if confianza.alguna else SIN_AUTORIA


def _comparar(args: argparse.Namespace, vistos: Sequence[_Visto], confianza: _Confianza) -> int:
    if len(vistos) < 2:
        raise ErrorDeConfiguracion("para comparar hacen falta al menos dos lugares")
    if len({visto.historia.checkpoint.origen for visto in vistos}) > 1:
        raise ErrorDeConfiguracion("son registros de roles distintos: no tienen por qué coincidir")
    for uno, otro in combinations(vistos, 2):
        posicion = registro.discrepancia(uno.historia.lineas, otro.historia.lineas)
        if posicion is not None:
            return _equivoco(args, uno, otro, posicion, confianza)
    tamanos = {visto.lugar: visto.historia.checkpoint.tamano for visto in vistos}
    if args.json:
        datos: dict[str, Any] = {"una_historia": True, "autoria": confianza.alguna, "entradas": tamanos}
        print(json.dumps(datos, ensure_ascii=False))
    else:
        print(f"UNA SOLA HISTORIA en {len(vistos)} lugares")
        for lugar, tamano in tamanos.items():
            print(f"  {tamano:>5} cortes  {lugar}")
        print(_autoria(confianza))
    return EXITO if confianza.alguna else SIN_AUTORIA


def _equivoco(
    args: argparse.Namespace, uno: _Visto, otro: _Visto, posicion: int, confianza: _Confianza
) -> int:
    ambas = [registro.leer(visto.historia.lineas[posicion]) for visto in (uno, otro)]
    atomic.write(args.prueba, equivoco.escribir(uno.firmado, otro.firmado))
    if args.json:
        datos = {
            "una_historia": False,
            "autoria": confianza.alguna,
            "posicion": posicion,
            "entradas": {visto.lugar: _fila(e) for visto, e in zip((uno, otro), ambas, strict=True)},
            "prueba": str(args.prueba),
        }
        print(json.dumps(datos, ensure_ascii=False))
    else:
        # Without a key or a root anybody could have made one of them, or both (§29).
        firmadas = "las dos firmadas" if confianza.alguna else "de autoría no comprobada"
        print(f"DOS HISTORIAS, {firmadas}: se separan en la entrada {posicion}")
        for visto, una in zip((uno, otro), ambas, strict=True):
            print(f"  corte {una.numero}, manifest {una.manifest[:16]}…  {visto.lugar}")
        print(f"  La prueba quedó en {args.prueba}: quien tenga la raíz la comprueba con")
        print(f"  pregon registro comparar {args.prueba} --raiz HUELLA")
        print(_autoria(confianza))
    return EQUIVOCO


def _autoria(confianza: _Confianza) -> str:
    if confianza.alguna:
        return "Firmas comprobadas con la llave o bajo la raíz indicada."
    return "AUTORÍA NO COMPROBADA: indique con --raiz o --llave lo que publicó el Instituto."


def _fila(entrada: Entrada) -> dict[str, Any]:
    return {
        "corte": entrada.numero,
        "instante": entrada.instante.isoformat() if entrada.instante else None,
        "publicado": entrada.publicado.isoformat(),
        "manifest": entrada.manifest,
        "merkle": entrada.merkle,
    }


def _testimonios(lugar: str) -> tuple[Testimonio, ...]:
    """Return what a place shows: two testimonies if it is an evidence."""
    if re.match(r"https?://", lugar):
        with closing(LecturaDeUrl(lugar, plazo=LIMITES.plazo_metadatos)) as sitio:
            return (_testimonio(lugar, sitio.leer),)
    ruta = Path(lugar)
    if (ruta / "checkpoint.txt").is_file():
        # A node's own folder, as its address shows it.
        return (_de_nodo(lugar, ruta),)
    if ruta.is_dir():
        return (_testimonio(lugar, LecturaDeCarpeta(ruta).leer),)
    if not ruta.is_file():
        raise ErrorDeDatos("no existe; una dirección se escribe desde http:// o https://", archivo=lugar)
    datos = atomic.read(ruta, limit=LIMITES.prueba)
    if datos[:1] == b"{":
        return equivoco.leer(datos)
    with closing(LecturaDeZip(ruta)) as zipeado:
        return (_testimonio(lugar, zipeado.leer),)


def _de_nodo(lugar: str, carpeta: Path) -> Testimonio:
    nombres = {PRUEBA: "prueba.json"}

    def leer(ruta: str, limite: int) -> bytes:
        nombre = nombres.get(ruta, f"{ruta.removeprefix(_BAJO)}.txt")
        return atomic.read(carpeta / nombre, limit=limite)

    return _testimonio(lugar, leer)


def _testimonio(lugar: str, leer: Callable[[str, int], bytes]) -> Testimonio:
    """Read checkpoint, list and proof, in this order: the list may run ahead of the checkpoint."""
    try:
        nota = leer(f"{_BAJO}checkpoint", LIMITES.checkpoint)
    except ErrorDeDatos as error:
        raise ErrorDeDatos(f"no hay un registro de cortes ({error})", archivo=lugar) from error
    lineas = leer(f"{_BAJO}registro", _LISTA)
    try:
        publicada = prueba.leer(leer(PRUEBA, LIMITES.prueba))
    except ErrorDeDatos:
        # Two files that somebody saved: `--llave` says whose they are.
        return Testimonio(lugar=lugar, checkpoint=nota, registro=lineas)
    return equivoco.de_prueba(lugar, publicada, checkpoint=nota, lineas=lineas)
