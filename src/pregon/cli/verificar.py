"""`pregon verificar`: is this what the institute signed? A folder, a ZIP, a node's address, a page (§29).

Trust never comes from what is verified: without `--raiz` or an installed root the answer is at most
"íntegro, autoría no comprobada". `--recontar` adds the actas of its bases de datos up again.
`verificar_carpeta` and `verificar_url` are the use cases, for whoever needs the Informe.
"""

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from pregon.cli import pagina
from pregon.cli.parser import Parser
from pregon.clock import SystemClock
from pregon.errors import EXITO, ErrorDeAlmacen, ErrorDeConfianza, ErrorDeConfiguracion, ErrorDeDatos
from pregon.paquete import comprimidos, copia, registro
from pregon.paquete import manifest as manifests
from pregon.paquete import prueba as pruebas
from pregon.paquete.inclusion import Pruebas
from pregon.paquete.inspeccion import (
    CHECKPOINT,
    CORTE,
    ENTRADAS,
    MANIFEST,
    PRUEBA,
    PRUEBAS,
    Hallazgo,
    Informe,
    causa,
    como_json,
    sello,
)
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest, huella
from pregon.paquete.prueba import Verificada
from pregon.prep.cuadre import cuadrar
from pregon.prep.recontar import INICIO, parece_resultados
from pregon.storage import atomic
from pregon.storage.releases import Releases
from pregon.transport.lectura import Lectura, LecturaDeCarpeta, LecturaDeRama, LecturaDeUrl, LecturaDeZip

_INTENTOS: Final = 3
"""A node may change its corte while it is read: then the inspection starts again."""
RAIZ_INSTALADA: Final = "/etc/pregon/raiz.json"
"""Trusted when `--raiz` is not given; `PREGON_RAIZ` names another place."""
_BAJO: Final = ".well-known/pregon/"
_MUESTRA: Final = 40
"""Differences on screen."""
_EPILOGO = """códigos de salida:
  0  íntegro y firmado bajo la raíz indicada
  2  no es un paquete publicado, o su corte.json no se sabe leer (--recontar)
  3  íntegro, pero sus actas no suman lo que publica (--recontar)
  4  orden mal escrita
  5  alterado, incompleto, con archivos de más, o no firmado bajo la raíz indicada
  6  la dirección no responde
  9  íntegro, autoría no comprobada (falta --raiz; con --prueba, --llave)"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = Parser(
        prog="pregon verificar",
        descripcion="Comprueba una carpeta, un ZIP, una dirección o una página guardada contra la firma del"
        " Instituto.",
        epilogo=_EPILOGO,
    )
    parser.add_argument(
        "lugar",
        metavar="RUTA|URL",
        help="carpeta o ZIP de un corte, carpeta de un nodo, http(s)://…, o un archivo suelto (--prueba)",
    )
    parser.add_argument(
        "--raiz",
        metavar="ARCHIVO|SHA256",
        help=f"raíz en que usted confía: root.json, o su huella (de fábrica: {RAIZ_INSTALADA})",
    )
    parser.add_argument("--rol", help="único rol que se acepta (p. ej. oficial)")
    parser.add_argument(
        "--recontar",
        action="store_true",
        help="vuelve a sumar las actas de sus bases de datos y compara con todas las cifras del corte",
    )
    parser.add_argument(
        "--prueba", metavar="ARCHIVO", type=Path, help="la prueba de un archivo suelto, p. ej. una página"
    )
    parser.add_argument(
        "--llave",
        metavar="LLAVE|ARCHIVO",
        help="con --prueba: llave que publicó el Instituto (pregon/oficial+…), o prueba.json y --raiz",
    )
    parser.add_argument(
        "--prueba-de",
        metavar="ARCHIVO",
        help="escribe la prueba de un archivo suelto del corte que se indica",
    )
    parser.add_argument("--json", action="store_true", help="informe para programas")
    args = parser.parse_args(argv)
    raiz = raiz_confiada(args.raiz)
    ahora = SystemClock().now()
    if args.prueba is not None:
        return _archivo(args, raiz, ahora)
    if args.llave is not None:
        raise ErrorDeConfiguracion("va con --prueba, la de un archivo suelto", clave="--llave")
    if args.prueba_de is not None:
        sys.stdout.buffer.write(prueba_de(args.lugar, args.prueba_de, raiz=raiz, rol=args.rol, ahora=ahora))
        return EXITO
    if re.match(r"https?://", args.lugar):
        informe = verificar_url(args.lugar, raiz=raiz, rol=args.rol, ahora=ahora, recontar=args.recontar)
    else:
        informe = verificar_carpeta(
            Path(args.lugar), raiz=raiz, rol=args.rol, ahora=ahora, recontar=args.recontar
        )
    exigida = raiz is not None or args.rol is not None
    if args.json:
        print(json.dumps(como_json(informe), ensure_ascii=False))
    else:
        print(_texto(informe, exigida=exigida, recontar=args.recontar))
    return informe.codigo


def _archivo(args: argparse.Namespace, raiz: bytes | str | None, ahora: datetime) -> int:
    if args.recontar or args.prueba_de is not None:
        raise ErrorDeConfiguracion("no va con --recontar ni con --prueba-de", clave="--prueba")
    llaves = None if args.llave is None else pagina.leer_llave(args.llave, raiz=raiz, ahora=ahora)
    informe = pagina.verificar_archivo(Path(args.lugar), args.prueba, llaves=llaves, rol=args.rol)
    if args.json:
        print(json.dumps(pagina.como_json(informe), ensure_ascii=False))
    else:
        print(pagina.texto(informe))
    return informe.codigo


def prueba_de(
    lugar: str, ruta: str, *, raiz: bytes | str | None, rol: str | None = None, ahora: datetime
) -> bytes:
    """Return the small proof of one file of a corte: of a folder, a ZIP, or a node's active one.

    Raises ErrorDeDatos when there is no such file, proof or log, ErrorDeConfianza when they do not hold.
    """
    with contextlib.ExitStack() as pila:
        arbol: Lectura
        if re.match(r"https?://", lugar):
            arbol = pila.enter_context(contextlib.closing(LecturaDeUrl(lugar, plazo=LIMITES.plazo_corte)))
        elif Path(lugar).is_dir():
            activo = Path(lugar) / "actual"
            arbol = LecturaDeCarpeta(activo if activo.is_dir() else Path(lugar))
        else:
            arbol = pila.enter_context(contextlib.closing(LecturaDeZip(Path(lugar))))
        datos = pruebas.leer(arbol.leer(PRUEBA, LIMITES.prueba))
        verificada = pruebas.verificar(datos, raiz=raiz, rol=rol, ahora=ahora)
        prefijo = "" if arbol.rutas() is not None else f"c/{verificada.manifest.numero}/"
        return _pruebas(arbol, verificada, prefijo).de(ruta)


def raiz_confiada(argumento: str | None) -> bytes | str | None:
    """Return what `--raiz` names, or the root installed on this machine; None: nobody is trusted."""
    return _raiz(argumento or _instalada())


def verificar_carpeta(
    lugar: Path,
    *,
    raiz: bytes | str | None,
    rol: str | None = None,
    ahora: datetime,
    recontar: bool = False,
) -> Informe:
    """Inspect a corte's folder, a ZIP of one, or a node's folder (active corte, kept cortes and lists).

    `recontar` adds up the actas of the corte, in a node's folder of the active one. Raises ErrorDeDatos when
    there is no paquete there.
    """
    confianza = _Confianza(raiz=raiz, rol=rol, ahora=ahora, recontar=recontar)
    try:
        if not lugar.exists():
            motivo = "no existe; si es una dirección, escríbala desde http:// o https://"
            raise ErrorDeDatos(motivo, archivo=str(lugar))
        es_carpeta = lugar.is_dir()
        es_nodo = (lugar / "actual").is_dir() and (lugar / "cortes").is_dir()
    except OSError as error:
        raise ErrorDeDatos("no se puede leer; revise los permisos", archivo=str(lugar)) from error
    if not es_carpeta:
        try:
            arbol = LecturaDeZip(lugar)
        except ErrorDeDatos as error:
            suelto = "un archivo suelto se comprueba con su prueba (--prueba)"
            raise ErrorDeDatos(f"{error.causa}; {suelto}", archivo=str(lugar)) from error
        with contextlib.closing(arbol):
            return _de_arbol(arbol, confianza)
    if es_nodo:
        return _de_nodo(lugar, confianza)
    return _de_arbol(LecturaDeCarpeta(lugar), confianza)


def verificar_url(
    url: str,
    *,
    raiz: bytes | str | None,
    rol: str | None = None,
    ahora: datetime,
    recontar: bool = False,
    plazo: float = LIMITES.plazo_corte,
) -> Informe:
    """Inspect a node as the public sees it: its proof, every file of its corte, its entry page and lists.

    Raises ErrorDeDatos when the address has no proof, ErrorDeRed when it does not answer within `plazo`
    seconds in all.
    """
    confianza = _Confianza(raiz=raiz, rol=rol, ahora=ahora, recontar=recontar)
    with contextlib.closing(LecturaDeUrl(url, plazo=plazo)) as sitio:
        for _ in range(_INTENTOS):
            prueba = sitio.leer(PRUEBA, LIMITES.prueba)
            informe = _de_direccion(sitio, prueba, confianza)
            if informe.integro or sitio.leer(PRUEBA, LIMITES.prueba) == prueba:
                break
    return informe


@dataclass(frozen=True, slots=True, kw_only=True)
class _Confianza:
    """What the reader trusts, and how far the reader does not."""

    raiz: bytes | str | None
    rol: str | None
    ahora: datetime
    recontar: bool

    def de_una_noche(self, corte: Manifest) -> Self:
        """Return the same for what stands beside a corte: one root signs every rehearsal too (A19)."""
        return replace(self, rol=self.rol or corte.rol)


def _de_arbol(arbol: Lectura, confianza: _Confianza, *, rama: bool = False) -> Informe:
    """Inspect one corte's tree, or an archived copy; `rama`: a corte inside of one."""
    rutas = arbol.rutas() or frozenset()
    if PRUEBA not in rutas:
        return _sin_firma(arbol, rutas, confianza)
    verificada, hallazgos = _creer(arbol.leer(PRUEBA, LIMITES.prueba), confianza)
    if verificada is None:
        return _ilegible(hallazgos)
    hallazgos += _cotejar(arbol, verificada.manifest)
    hallazgos += _cotejar_comprimidos(arbol, verificada.manifest)
    hallazgos += _cotejar_guardado(arbol, verificada)
    hallazgos += _cotejar_inclusiones(arbol, verificada)
    propios = {PRUEBA, CHECKPOINT, ENTRADAS} | _inclusiones(rutas)
    if not rama and f"{copia.permanente(verificada.manifest.numero)}{PRUEBA}" in rutas:
        return _de_copia(arbol, verificada, hallazgos, propios, confianza)
    sobrantes = _sobrantes(arbol, verificada.manifest, propios)
    return _con_cifras(_informe(verificada, hallazgos, sobrantes), arbol, "", confianza)


def _de_copia(
    arbol: Lectura,
    verificada: Verificada,
    hallazgos: tuple[Hallazgo, ...],
    propios: set[str],
    confianza: _Confianza,
) -> Informe:
    """Inspect an archived copy: the corte at its root, each one kept, and all that it says of itself."""
    confianza = confianza.de_una_noche(verificada.manifest)
    rutas = arbol.rutas() or frozenset()
    numeros = sorted({int(n[1]) for ruta in rutas if (n := re.match(r"c/(0|[1-9][0-9]{0,3})/", ruta))})
    listas = {nombre for nombre, firmada in _listas(verificada).items() if firmada is not None}
    otros = []
    for numero in numeros:
        lugar = copia.permanente(numero)
        rama = LecturaDeRama(arbol, lugar)
        otros.append(_conservado(numero, rama, lugar, listas, confianza))
        hallazgos += _cotejar_listas(verificada, rama.leer, lugar)
    hallazgos += _cotejar_listas(verificada, arbol.leer)
    cadena = copia.raices(pruebas.leer(arbol.leer(PRUEBA, LIMITES.prueba)))
    esperados = {copia.LEEME: copia.leeme(verificada.manifest, numeros), **cadena}
    hallazgos += tuple(
        Hallazgo(ruta=ruta, causa="no es el de esta copia")
        for ruta, datos in esperados.items()
        if ruta not in rutas or arbol.leer(ruta, len(datos)) != datos
    )
    if verificada.checkpoint is not None:
        # The role signs a log: a copy that lost it lost the proof of every single file.
        faltan = (lugar + CHECKPOINT for lugar in ["", *map(copia.permanente, numeros)])
        hallazgos += tuple(Hallazgo(ruta=r, causa="no está") for r in faltan if r not in rutas)
    permanentes = {ruta for ruta in rutas if re.match(r"c/(0|[1-9][0-9]{0,3})/", ruta)}
    ademas = propios | listas | esperados.keys() | permanentes
    sobrantes = _sobrantes(arbol, verificada.manifest, ademas)
    informe = _con_cifras(_informe(verificada, hallazgos, sobrantes), arbol, "", confianza)
    for otro in otros:
        informe = _juntos(informe, otro)
    return informe


def _de_nodo(nodo: Path, confianza: _Confianza) -> Informe:
    """Inspect the active corte, then what else is public: the cortes kept, the live proof, the lists."""
    informe = _de_arbol(LecturaDeCarpeta(nodo / "actual"), confianza)
    if informe.manifest is not None:
        confianza = confianza.de_una_noche(informe.manifest)
    activo = (nodo / "actual").resolve()
    for numero in Releases(nodo).numeros():
        if (carpeta := nodo / "cortes" / str(numero)).resolve() != activo:
            lectura = LecturaDeCarpeta(carpeta)
            informe = _juntos(informe, _conservado(numero, lectura, f"cortes/{numero}/", (), confianza))
    if informe.manifest is None or not (nodo / "prueba.json").is_file():
        return informe
    viva, hallazgos = _creer(
        atomic.read(nodo / "prueba.json", limit=LIMITES.prueba), confianza, "prueba.json"
    )
    if viva is None:
        return replace(informe, alterados=(*informe.alterados, *hallazgos))
    if viva.sha256 != informe.sha256:
        hallazgos += (Hallazgo(ruta="prueba.json", causa="prueba otro corte que el activo"),)

    def leer(ruta: str, limite: int) -> bytes:
        return atomic.read(nodo / ruta, limit=limite)

    hallazgos += _cotejar_listas(viva, leer)
    if (nodo / "checkpoint.txt").exists():
        hallazgos += _cotejar_registro(viva, leer, "checkpoint.txt", "registro.txt")
    # The live proof is the one that heartbeats renew.
    return replace(
        informe, vigente=viva.vigente, vence=viva.vence, alterados=(*informe.alterados, *hallazgos)
    )


def _conservado(
    numero: int, arbol: Lectura, lugar: str, ademas: Collection[str], confianza: _Confianza
) -> Informe:
    """Return the report of a corte that is kept at its permanent address, its paths as seen from the root."""
    try:
        otro = _de_arbol(arbol, replace(confianza, recontar=False), rama=True)
        if otro.manifest is not None and otro.manifest.numero != numero:
            raise ErrorDeConfianza(f"es el corte {otro.manifest.numero}")
    except (ErrorDeDatos, ErrorDeConfianza) as error:
        return _ilegible((Hallazgo(ruta=lugar, causa=str(error)),))
    return replace(
        otro,
        alterados=tuple(replace(hallazgo, ruta=lugar + hallazgo.ruta) for hallazgo in otro.alterados),
        sobrantes=tuple(lugar + ruta for ruta in otro.sobrantes if ruta not in ademas),
    )


def _juntos(informe: Informe, otro: Informe) -> Informe:
    """Return the report with what is wrong in another corte."""
    return replace(
        informe,
        alterados=(*informe.alterados, *otro.alterados),
        sobrantes=(*informe.sobrantes, *otro.sobrantes),
    )


def _de_direccion(sitio: Lectura, prueba: bytes, confianza: _Confianza) -> Informe:
    verificada, hallazgos = _creer(prueba, confianza)
    if verificada is None:
        return _ilegible(hallazgos)
    corte = verificada.manifest
    permanente = f"c/{corte.numero}/"
    hallazgos += _cotejar(sitio, corte, permanente)
    hallazgos += _cotejar_guardado(sitio, verificada, permanente)
    hallazgos += _cotejar_prueba(sitio, verificada, f"{permanente}{PRUEBA}", confianza)
    hallazgos += _cotejar_portada(sitio, corte)
    hallazgos += _cotejar_listas(verificada, sitio.leer)
    with contextlib.suppress(ErrorDeDatos):  # an address may have no log
        sitio.leer(f"{_BAJO}checkpoint", LIMITES.checkpoint)
        hallazgos += _cotejar_registro(verificada, sitio.leer, f"{_BAJO}checkpoint", f"{_BAJO}registro")
    return _con_cifras(_informe(verificada, hallazgos, ()), sitio, permanente, confianza)


def _sin_firma(arbol: Lectura, rutas: frozenset[str], confianza: _Confianza) -> Informe:
    if MANIFEST not in rutas:
        raise ErrorDeDatos(
            "no es un paquete publicado: no trae prueba ni manifest (una base de datos se comprueba con"
            " «pregon corte»)"
        )
    datos = arbol.leer(MANIFEST, LIMITES.manifest)
    corte = manifests.leer(datos)
    hallazgos = _cotejar(arbol, corte)
    if confianza.raiz is not None:
        hallazgos += (Hallazgo(ruta=PRUEBA, causa="no está: nadie firmó este árbol"),)
    informe = Informe(
        manifest=corte,
        sha256=huella(datos),
        autoria=False,
        vigente=False,
        vence=None,
        alterados=hallazgos,
        sobrantes=_sobrantes(arbol, corte, {MANIFEST}),
    )
    return _con_cifras(informe, arbol, "", confianza)


def _creer(
    datos: bytes, confianza: _Confianza, ruta: str = PRUEBA
) -> tuple[Verificada | None, tuple[Hallazgo, ...]]:
    """Verify a proof. One that only lacks the reader's trust is told, and still serves to compare files."""
    try:
        prueba = pruebas.leer(datos)
        return pruebas.verificar(prueba, raiz=confianza.raiz, rol=confianza.rol, ahora=confianza.ahora), ()
    except ErrorDeConfianza as error:
        hallazgos = (Hallazgo(ruta=ruta, causa=str(error)),)
    try:
        prueba = pruebas.leer(datos)
        return pruebas.verificar(prueba, raiz=None, rol=None, ahora=confianza.ahora), hallazgos
    except ErrorDeConfianza:
        return None, hallazgos


def _cotejar(lectura: Lectura, corte: Manifest, prefijo: str = "") -> tuple[Hallazgo, ...]:
    hallazgos = []
    presentes = lectura.rutas() or frozenset()
    # A corte is whole without the images of its actas; those that are there must be the signed ones (§14).
    imagenes = [a for a in corte.imagenes if prefijo + a.ruta in presentes]
    for archivo in (*corte.archivos, *imagenes):
        try:
            motivo = causa(archivo, lectura.leer(prefijo + archivo.ruta, archivo.tamano))
        except ErrorDeDatos as error:
            motivo = error.causa
        if motivo is not None:
            hallazgos.append(Hallazgo(ruta=archivo.ruta, causa=motivo))
    return tuple(hallazgos)


def _con_cifras(informe: Informe, lectura: Lectura, prefijo: str, confianza: _Confianza) -> Informe:
    """Return the report with what the figures say: their hour, and whether the actas add up to them."""
    assert informe.manifest is not None
    firmados = {archivo.ruta: archivo for archivo in informe.manifest.archivos}
    if CORTE not in firmados or (cifras := _intacto(lectura, firmados[CORTE], prefijo)) is None:
        return informe
    informe = replace(informe, sello=sello(cifras))
    if not confianza.recontar:
        return informe
    return replace(informe, cuadre=cuadrar(cifras, _bases(lectura, firmados.values(), prefijo)))


def _bases(lectura: Lectura, firmados: Iterable[Archivo], prefijo: str) -> Iterator[tuple[str, bytes]]:
    """Yield the results of the corte that are as signed, one at a time; the others are told as altered."""
    for archivo in firmados:
        if not (archivo.ruta.startswith("datos/") and archivo.ruta.endswith(".csv")):
            continue
        with contextlib.suppress(ErrorDeDatos):
            if parece_resultados(lectura.leer(prefijo + archivo.ruta, min(INICIO, archivo.tamano))):
                print(f"recontando {_visible(archivo.ruta)}…", file=sys.stderr, flush=True)
                if (datos := _intacto(lectura, archivo, prefijo)) is not None:
                    yield archivo.ruta, datos


def _intacto(lectura: Lectura, archivo: Archivo, prefijo: str) -> bytes | None:
    with contextlib.suppress(ErrorDeDatos):
        datos = lectura.leer(prefijo + archivo.ruta, archivo.tamano)
        return datos if causa(archivo, datos) is None else None
    return None


def _cotejar_prueba(
    sitio: Lectura, viva: Verificada, ruta: str, confianza: _Confianza
) -> tuple[Hallazgo, ...]:
    try:
        propia, hallazgos = _creer(sitio.leer(ruta, LIMITES.prueba), confianza, ruta)
    except ErrorDeDatos as error:
        return (Hallazgo(ruta=ruta, causa=error.causa),)
    if propia is not None and propia.sha256 != viva.sha256:
        hallazgos += (Hallazgo(ruta=ruta, causa="prueba otro corte que el de su dirección"),)
    return hallazgos


def _cotejar_guardado(lectura: Lectura, verificada: Verificada, prefijo: str = "") -> tuple[Hallazgo, ...]:
    """Require of a log kept beside a corte that the same role signed it and that it carries the corte."""
    rutas = lectura.rutas()
    if rutas is not None and not rutas & {prefijo + CHECKPOINT, prefijo + ENTRADAS}:
        return ()
    try:
        _pruebas(lectura, verificada, prefijo)
    except ErrorDeConfianza as error:
        return (Hallazgo(ruta=prefijo + CHECKPOINT, causa=str(error)),)
    except ErrorDeDatos as error:
        # An address that cannot list may have been given none.
        return () if rutas is None else (Hallazgo(ruta=error.archivo, causa=error.causa),)
    return ()


def _inclusiones(rutas: frozenset[str]) -> set[str]:
    return {ruta for ruta in rutas if ruta.startswith(PRUEBAS) and ruta.endswith(".txt")}


def _cotejar_inclusiones(lectura: Lectura, verificada: Verificada) -> tuple[Hallazgo, ...]:
    """Require of the small proofs in a tree that they are the ones that its manifest and its log give."""
    escritas = sorted(_inclusiones(lectura.rutas() or frozenset()))
    try:
        cortadas = _pruebas(lectura, verificada) if escritas else None
    except (ErrorDeConfianza, ErrorDeDatos) as error:
        return (Hallazgo(ruta=PRUEBAS, causa=str(error)),)
    hallazgos = []
    for ruta in escritas:
        assert cortadas is not None
        try:
            debida = cortadas.de(ruta.removeprefix(PRUEBAS).removesuffix(".txt"))
            motivo = None if lectura.leer(ruta, len(debida)) == debida else "no es la prueba de su archivo"
        except ErrorDeDatos as error:
            motivo = error.causa
        if motivo is not None:
            hallazgos.append(Hallazgo(ruta=ruta, causa=motivo))
    return tuple(hallazgos)


def _pruebas(lectura: Lectura, verificada: Verificada, prefijo: str = "") -> Pruebas:
    """Return what cuts the proofs of single files, from the log kept beside a corte."""
    checkpoint = lectura.leer(prefijo + CHECKPOINT, LIMITES.checkpoint)
    entradas = lectura.leer(prefijo + ENTRADAS, LIMITES.entrada * LIMITES.entradas)
    cortadas = Pruebas(verificada.manifest, verificada.sha256, entradas=entradas, checkpoint=checkpoint)
    registro.verificar(checkpoint, *verificada.llaves)
    return cortadas


def _cotejar_portada(sitio: Lectura, corte: Manifest) -> tuple[Hallazgo, ...]:
    """Require at the entry address one of the signed entry pages (decisions §25)."""
    portadas = [a for a in corte.archivos if re.fullmatch(r"index\.html|portada-[a-z-]+\.html", a.ruta)]
    try:
        datos = sitio.leer("", max((a.tamano for a in portadas), default=0))
    except ErrorDeDatos as error:
        return (Hallazgo(ruta="/", causa=error.causa),)
    if all(causa(portada, datos) for portada in portadas):
        return (Hallazgo(ruta="/", causa="no es ninguna de las portadas firmadas"),)
    return ()


def _cotejar_listas(
    verificada: Verificada, leer: Callable[[str, int], bytes], lugar: str = ""
) -> tuple[Hallazgo, ...]:
    hallazgos = []
    for ruta, firmada in _listas(verificada).items():
        if firmada is None:
            continue
        try:
            if huella(leer(ruta, LIMITES.difusores)) != firmada:
                hallazgos.append(Hallazgo(ruta=lugar + ruta, causa="su contenido no es el firmado"))
        except (ErrorDeDatos, ErrorDeAlmacen) as error:
            hallazgos.append(Hallazgo(ruta=lugar + ruta, causa=str(error)))
    return tuple(hallazgos)


def _cotejar_registro(
    verificada: Verificada, leer: Callable[[str, int], bytes], nota: str, lista: str
) -> tuple[Hallazgo, ...]:
    """Require that the public log holds together and has the entry of the corte (A20)."""
    corte = verificada.manifest
    linea = registro.escribir(registro.entrada(corte, verificada.sha256, manifests.raiz(corte)))
    try:
        cabeza = registro.verificar(leer(nota, LIMITES.checkpoint), *verificada.llaves)
        lineas = registro.separar(leer(lista, LIMITES.entrada * LIMITES.entradas))
        if linea not in registro.historia(cabeza, lineas).lineas:
            return (Hallazgo(ruta=lista, causa=f"no lleva el corte {corte.numero} que la prueba firma"),)
    except (ErrorDeConfianza, ErrorDeDatos, ErrorDeAlmacen) as error:
        return (Hallazgo(ruta=lista, causa=str(error)),)
    return ()


def _listas(verificada: Verificada) -> Mapping[str, str | None]:
    return {
        "difusores.json": huella(verificada.difusores) if verificada.difusores is not None else None,
        "difusores.html": verificada.difusores_html,
    }


def _sobrantes(arbol: Lectura, corte: Manifest, ademas: Collection[str]) -> tuple[str, ...]:
    """Return what nobody signed; a node's `.gz` or `.br` beside a file is that file (decisions §13).

    Images have no such form, and none would be compared.
    """
    firmados = {archivo.ruta for archivo in corte.archivos}
    extra = (arbol.rutas() or frozenset()) - firmados - {uno.ruta for uno in corte.imagenes} - set(ademas)
    return tuple(sorted(ruta for ruta in extra if comprimidos.original_de(ruta) not in firmados))


def _cotejar_comprimidos(arbol: Lectura, corte: Manifest) -> tuple[Hallazgo, ...]:
    firmados = {archivo.ruta: archivo for archivo in corte.archivos}
    hallazgos = []
    for ruta in sorted((arbol.rutas() or frozenset()) - firmados.keys()):
        original = firmados.get(comprimidos.original_de(ruta) or "")
        if original is None:
            continue
        try:
            falla = comprimidos.falla(ruta, arbol.leer(ruta, LIMITES.archivo), original)
        except ErrorDeDatos as error:
            falla = str(error)
        if falla is not None:
            hallazgos.append(Hallazgo(ruta=ruta, causa=falla))
    return tuple(hallazgos)


def _informe(verificada: Verificada, hallazgos: tuple[Hallazgo, ...], sobrantes: tuple[str, ...]) -> Informe:
    return Informe(
        manifest=verificada.manifest,
        sha256=verificada.sha256,
        autoria=verificada.autoria,
        vigente=verificada.vigente,
        vence=verificada.vence,
        alterados=hallazgos,
        sobrantes=sobrantes,
    )


def _ilegible(hallazgos: tuple[Hallazgo, ...]) -> Informe:
    return Informe(
        manifest=None,
        sha256=None,
        autoria=False,
        vigente=False,
        vence=None,
        alterados=hallazgos,
        sobrantes=(),
    )


def _instalada() -> str | None:
    """Return the root that somebody installed on this machine, by hand, once (decisions §29)."""
    if nombrada := os.environ.get("PREGON_RAIZ"):
        return nombrada
    return RAIZ_INSTALADA if Path(RAIZ_INSTALADA).exists() else None


def _raiz(argumento: str | None) -> bytes | str | None:
    if argumento is None:
        return None
    if re.fullmatch(r"[0-9a-fA-F]{64}", argumento):
        return argumento.lower()
    try:
        datos = atomic.read(Path(argumento), limit=LIMITES.metadatos)
    except ErrorDeAlmacen as error:
        raise ErrorDeConfiguracion(
            f"--raiz debe ser un archivo o una huella de 64 dígitos; {error}"
        ) from error
    if not _parece_raiz(datos):
        # Said here: later it would look like the portal's fault.
        raise ErrorDeConfiguracion("no es una raíz de confianza (root.json)", archivo=argumento)
    return datos


def _parece_raiz(datos: bytes) -> bool:
    try:
        return bool(json.loads(datos)["signed"]["_type"] == "root")
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _texto(informe: Informe, *, exigida: bool, recontar: bool) -> str:
    """Write the report; `exigida`: the reader named a root or a role; `recontar`: and asked for a recount."""
    corte = informe.manifest
    if corte is None:
        return "\n".join(["NO SE PUDO COMPROBAR: la prueba no es válida", *_lista(informe)])
    hora = f"{corte.instante:%d/%m/%Y %H:%M} UTC" if corte.instante else "antes de abrir"
    if informe.autoria:
        autoria = f"firmado por «{corte.rol}» bajo la raíz indicada"
    elif exigida:
        autoria = "no es la que usted indicó; la causa, abajo"
    else:
        autoria = "no comprobada (indique con --raiz la raíz que publicó el Instituto)"
    vigencia = "sin firma de tiempo"
    if informe.vence is not None:
        cuando = f"{informe.vence:%d/%m/%Y %H:%M:%S} UTC"
        # Whoever forges a corte forges its expiry too (§29).
        cierta = "" if informe.autoria else "; sólo si la autoría es cierta"
        vigencia = (
            f"vigente hasta {cuando}{cierta}"
            if informe.vigente
            else f"venció {cuando}: puede haber un corte más reciente"
        )
    return "\n".join(
        [
            _veredicto(informe, exigida=exigida),
            f"  Corte:     {corte.numero}{' (último)' if corte.ultimo else ''}, {informe.sello or hora}",
            f"  Publicado: {corte.publicado:%d/%m/%Y %H:%M:%S} UTC",
            f"  Huella:    {corte.huella or 'sin cifras'}",
            f"  Manifest:  {informe.sha256}",
            f"  Autoría:   {autoria}",
            f"  Vigencia:  {vigencia}",
            f"  Archivos:  {len(corte.archivos)}",
            *(_recuento(informe) if recontar else []),
            *_lista(informe),
        ]
    )


def _veredicto(informe: Informe, *, exigida: bool) -> str:
    if not informe.integro:
        # The bytes agree with each other, so nobody at the portal need have touched them.
        ajena = exigida and not informe.autoria and not informe.sobrantes
        if ajena and all(hallazgo.ruta.endswith("prueba.json") for hallazgo in informe.alterados):
            return "NO FIRMADO BAJO LA RAÍZ O EL ROL INDICADOS"
        return "ALTERADO: no es lo que se firmó"
    if informe.cuadre is not None and informe.cuadre.diferencias:
        return "ÍNTEGRO, PERO SUS ACTAS NO SUMAN LO QUE PUBLICA"
    return "ÍNTEGRO Y AUTÉNTICO" if informe.autoria else "ÍNTEGRO, AUTORÍA NO COMPROBADA"


def _recuento(informe: Informe) -> list[str]:
    if (cuadre := informe.cuadre) is None:
        return ["  Recontado: no; el corte no trae cifras, o no son las firmadas"]
    elecciones = _cuantas(len(cuadre.elecciones), "elección", "elecciones")
    de = f"{_cuantas(cuadre.actas, 'acta', 'actas')}, {elecciones}"
    if not cuadre.diferencias:
        return [f"  Recontado: {de}, igual"]
    primeras = cuadre.diferencias[:_MUESTRA]
    mas = len(cuadre.diferencias) - len(primeras)
    return [
        f"  Recontado: {de}, {_cuantas(len(cuadre.diferencias), 'diferencia', 'diferencias')}",
        *(f"  ≠ {_visible(d)}" for d in primeras),
        *([f"  … y {mas} más (--json las da todas)"] if mas else []),
    ]


def _cuantas(n: int, una: str, varias: str) -> str:
    return f"{n} {una if n == 1 else varias}"


def _lista(informe: Informe) -> list[str]:
    alterados = [f"  ✗ {_visible(h.ruta)}: {h.causa}" for h in informe.alterados]
    return alterados + [f"  + {_visible(ruta)}: nadie lo firmó" for ruta in informe.sobrantes]


def _visible(ruta: str) -> str:
    """Return a path that cannot play with the terminal (I12)."""
    return ruta if ruta.isprintable() else ascii(ruta)
