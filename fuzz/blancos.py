"""What is fuzzed: one plain function per parser of bytes from outside, and the seeds it starts from.

A target ends well or raises; the errors that its parser promises are caught here, so that whatever comes out
of `probar` is a find. Nothing here needs the fuzzer: the tests run every target over its seeds.
"""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import corpus_hostil

from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion, ErrorDeDatos
from pregon.origin import expediente, llaves, motor, papel, raices
from pregon.origin.sources import ejemplos
from pregon.paquete import bitacora, manifest, prueba
from pregon.paquete.difusores import (
    DifusorPublico,
    Estado,
    ListaDeDifusores,
    leer_difusores_toml,
    leer_lista,
)
from pregon.prep import eleccion
from pregon.prep.base_de_datos import LIMITES, BaseDeDatos, desgarro, leer
from pregon.prep.base_de_datos.candidaturas import es_candidaturas, leer_candidaturas
from pregon.prep.comparar import comparar
from pregon.prep.deducir import jornada
from pregon.prep.jornada import Tipo
from pregon.prep.recontar import recontar
from pregon.testing import paquetes
from pregon.testing.captura import AYUN, DIP, Captura

_AHORA: Final = datetime(2026, 6, 7, 20, 30, tzinfo=UTC)
_SEMILLA: Final = 8_000
"""Bytes of the largest seed: a fuzzer learns little from long ones, slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanco:
    """One parser under fuzz."""

    probar: Callable[[bytes], bool]
    """True when the parser took it."""
    semillas: Callable[[], Iterable[bytes]]


def base_de_datos(datos: bytes) -> bool:
    """Read, compare with its header, look for a tear, deduce its night; what is read adds up (R45)."""
    try:
        bases = leer("x", datos)
    except ErrorDeDatos:
        return False
    for base in bases:
        calculado = comparar(base, ultimo=False).calculado
        desgarro(base)
        capturadas = int(calculado["ACTAS_CONTABILIZADAS"]) + int(calculado["ACTAS_NO_CONTABILIZADAS"])
        assert calculado["ACTAS_CAPTURADAS"] == capturadas
        assert len(base.actas) == len(base.filas)
        assert all(len(textos) == len(base.actas) for textos in base.otras.values())
    with suppress(ErrorDeDatos):
        jornada(bases, tipo=Tipo.PROTOTIPO, rol="prototipo")
    return True


def en_columnas(datos: bytes) -> bool:
    """Read by both readers: they say the same."""
    leido = _leido(leer, datos)
    assert leido == _leido(motor.leer, datos)
    return isinstance(leido, list)


def _leido(leer_: Callable[[str, bytes], tuple[BaseDeDatos, ...]], datos: bytes) -> object:
    try:
        bases = leer_("x", datos)
    except ErrorDeDatos as error:
        return type(error), error.fila, error.columna, str(error)
    return [
        (list(b.actas), list(b.filas), dict(b.otras), b.advertencias, b.unidades, b.truncada, b.entidad)
        for b in bases
    ]


def candidaturas(datos: bytes) -> bool:
    """Read the names beside a base de datos: never an error."""
    texto = datos.decode("utf-8", errors="replace")
    if not es_candidaturas(texto.splitlines()[:5]):
        return False
    leidas = leer_candidaturas(texto, ("PAN", "PRI", "NA", "MORENA"), LIMITES)
    assert all(c.propietaria for c in leidas)
    return bool(leidas)


def eleccion_toml(datos: bytes) -> bool:
    """Read a night's TOML: whole, or its first fault."""
    texto = datos.decode("utf-8", errors="replace")
    faltas = eleccion.validar(texto, "x.toml")
    try:
        eleccion.leer(texto, archivo="x.toml")
    except ErrorDeConfiguracion:
        assert faltas
        return False
    assert not faltas
    return True


def difusores_toml(datos: bytes) -> bool:
    """Read the operator's list of difusores."""
    try:
        leer_difusores_toml(datos.decode("utf-8", errors="replace"), "x.toml")
    except ErrorDeConfiguracion:
        return False
    return True


def lista_de_difusores(datos: bytes) -> bool:
    """Read the signed list: only its canonical form is one."""
    try:
        lista = leer_lista(datos)
    except ErrorDeConfianza:
        return False
    assert lista.escribir() == datos
    return True


def manifest_(datos: bytes) -> bool:
    """Read a manifest: only its canonical form is one."""
    try:
        leido = manifest.leer(datos)
    except ErrorDeConfianza:
        return False
    assert manifest.escribir(leido) == datos
    return True


def prueba_(datos: bytes) -> bool:
    """Read a proof and follow it with nobody trusted: it holds together or is refused."""
    try:
        leida = prueba.leer(datos)
        prueba.verificar(leida, raiz=None, rol=None, ahora=_AHORA)
    except ErrorDeConfianza:
        return False
    assert prueba.escribir(leida) == datos
    return True


def expediente_(datos: bytes) -> bool:
    """Parse what custodians hand on; what is taken can be printed, and judged as complete or not."""
    try:
        cadena = expediente.interpretar(datos, archivo="x")
    except (ErrorDeConfiguracion, ErrorDeConfianza):
        return False
    papel.acta(cadena)
    with suppress(ErrorDeConfianza):
        raices.completa(cadena)
    return True


def asiento(datos: bytes) -> bool:
    """Read a line of a bitácora: only its canonical form is one."""
    try:
        leido = bitacora.leer(datos)
        bitacora.seguir(None, leido)
    except ErrorDeConfianza:
        return False
    assert bitacora.escribir(leido) == datos + b"\n"
    return True


def recuento(datos: bytes) -> bool:
    """Recount a written base de datos."""
    try:
        recontado = recontar(datos)
    except ErrorDeDatos:
        return False
    recontado.encabezado(ultimo=False)
    return True


def _bases() -> Iterable[bytes]:
    return (c.datos for c in corpus_hostil.casos() if len(c.datos) <= _SEMILLA)


def _escritas() -> Iterable[bytes]:
    yield from (datos for datos in _bases() if not datos.startswith(b"PK"))
    captura = Captura(casillas=8)
    for corte in (-20, 12, 140):
        yield from (captura.exportacion(clave, corte) for clave in (DIP, AYUN))


def _nombres() -> Iterable[bytes]:
    cabeza = "ID_ENTIDAD,ID_DISTRITO_LOCAL,PARTIDO_CI,CANDIDATURA_PROPIETARIA,CANDIDATURA_SUPLENTE\n"
    yield cabeza.encode() + "05,001,PAN,JOSÉ MUÑOZ,\n05,001,C_PAN_PRI,ANA,EVA\n".encode()
    yield "ID_ESTADO|PARTIDO_CI|CANDIDATO\n5|2|PRI|Georgina SolÃ­s\n".encode()
    yield cabeza.replace(",", ";").encode() + b'05;;SUM_PAN_PRI;"A;B";\n'


def _elecciones() -> Iterable[bytes]:
    return (ejemplos.texto(nombre).encode() for nombre in ejemplos.EJEMPLOS)


def _difusores() -> Iterable[bytes]:
    yield (
        b'[[difusor]]\nid = "radio"\nnombre = "Radio"\nurl = "https://radio.example"\n'
        b'transporte = "local"\ndestino = "/srv/radio"\n'
    )
    yield b'[[difusor]]\nid = "a"\n[[difusor]]\nid = "a"\n'


def _listas() -> Iterable[bytes]:
    activo = DifusorPublico(id="radio", nombre="Radio", url="https://radio.example", estado=Estado.ACTIVO)
    suspendido = DifusorPublico(id="tv", nombre="TV", url=None, estado=Estado.SUSPENDIDO, asiento=3)
    for difusores in ((), (activo,), (activo, suspendido)):
        yield ListaDeDifusores(rol="simulacro-x", instante=_AHORA, difusores=difusores).escribir()


def _manifests() -> Iterable[bytes]:
    for numero in (0, 1, 7):
        hecho, _ = paquetes.paquete(numero, publicado=_AHORA, ultimo=numero == 7)
        yield manifest.escribir(hecho)


def _pruebas() -> Iterable[bytes]:
    with tempfile.TemporaryDirectory() as carpeta:
        paquetes.noche(Path(carpeta))
        yield (Path(carpeta) / "repositorio" / "prueba.json").read_bytes()


def _expedientes() -> Iterable[bytes]:
    with tempfile.TemporaryDirectory() as carpeta:
        paquetes.noche(Path(carpeta), cortes=0)
        cadena = llaves.leer_cadena(Path(carpeta) / "repositorio/metadata")
        expediente.guardar(Path(carpeta) / "x.json", cadena)
        yield (Path(carpeta) / "x.json").read_bytes()


def _asientos() -> Iterable[bytes]:
    anterior = None
    for acto in ("abrir", "publicar"):
        anterior = bitacora.encadenar(
            anterior, instante=_AHORA, actor="ana", acto=acto, objeto="corte 1", datos={"n": [1, "ñ", None]}
        )
        yield bitacora.escribir(anterior).rstrip(b"\n")


BLANCOS: Final = {
    "base-de-datos": Blanco(probar=base_de_datos, semillas=_bases),
    "motor": Blanco(probar=en_columnas, semillas=_bases),
    "candidaturas": Blanco(probar=candidaturas, semillas=_nombres),
    "eleccion": Blanco(probar=eleccion_toml, semillas=_elecciones),
    "manifest": Blanco(probar=manifest_, semillas=_manifests),
    "prueba": Blanco(probar=prueba_, semillas=_pruebas),
    "expediente": Blanco(probar=expediente_, semillas=_expedientes),
    "difusores": Blanco(probar=difusores_toml, semillas=_difusores),
    "lista-de-difusores": Blanco(probar=lista_de_difusores, semillas=_listas),
    "bitacora": Blanco(probar=asiento, semillas=_asientos),
    "recontar": Blanco(probar=recuento, semillas=_escritas),
}
