"""Which acta of a corte has its image, which is refused and why, which is still in process (R96–R100).

An image that was published for an acta stays that acta's until its CODIGO_INTEGRIDAD is another: the hash is
the only name, so nothing can be replaced under it. What was refused is asked for again at every corte.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pregon.errors import PregonError
from pregon.origin.imagenes.imagen import Imagen, examinar
from pregon.origin.imagenes.puerto import Imagenes
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo
from pregon.prep.acta import Acta, Renglon

_log = logging.getLogger(__name__)

Lugar = tuple[str, Renglon]
"""An acta of the night: `Eleccion.clave` and its row."""

_CODIGO = re.compile(r"[0-9a-f]{64}")
_SIGUEN = "las demás siguen en proceso"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechazada:
    """An image that is not published, and in Spanish why."""

    casilla: str
    """CLAVE_CASILLA and TIPO_ACTA: how people find it."""
    codigo: str
    causa: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correccion:
    """An acta whose published image gave way to another, with its CODIGO_INTEGRIDAD (R100)."""

    casilla: str
    antes: str
    despues: str
    """Hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogidas:
    """The images of one corte."""

    imagenes: Mapping[Lugar, Imagen] = field(default_factory=dict)
    """By acta, where it is there and good; two actas may show the same one (R84)."""
    rechazadas: tuple[Rechazada, ...] = ()
    correcciones: tuple[Correccion, ...] = ()
    """Since the previous corte, by election and row."""
    falla: str = ""
    """Why the store could not be asked to the end; what it gave until then counts."""

    @property
    def archivos(self) -> tuple[Archivo, ...]:
        """Return the corte's second list: each image once, by path (decisions §14)."""
        unicas = {i.sha256: i.archivo for i in self.imagenes.values()}
        return tuple(unicas[sha256] for sha256 in sorted(unicas))


def recoger(
    imagenes: Imagenes,
    actas: Mapping[str, Sequence[Acta]],
    anterior: Recogidas,
    *,
    guardar: Callable[[bytes], object],
    plazo: float,
) -> Recogidas:
    """Look for the image of every acta that has a hash and none yet.

    `guardar` takes the bytes of each good one. After `plazo` seconds nothing more is asked for: the rest
    stays in process until the next corte, and so it does when the store fails half way.
    """
    con_codigo = dict(_con_codigo(actas))
    codigos = {acta.codigo_integridad.lower() for acta in con_codigo.values()}
    tenidas = {i.sha256: i for i in anterior.imagenes.values() if i.sha256 in codigos}
    caben = LIMITES.imagenes - len(tenidas)
    nuevas, causas, falla = _buscar(imagenes, sorted(codigos - tenidas.keys()), guardar, plazo, caben)
    tenidas |= nuevas
    halladas = {
        lugar: tenidas[acta.codigo_integridad.lower()]
        for lugar, acta in con_codigo.items()
        if acta.codigo_integridad.lower() in tenidas
    }
    return Recogidas(
        imagenes=halladas,
        rechazadas=tuple(
            Rechazada(casilla=_nombre(acta), codigo=codigo, causa=causas[codigo])
            for acta in con_codigo.values()
            if (codigo := acta.codigo_integridad.lower()) in causas
        ),
        correcciones=tuple(
            Correccion(casilla=_nombre(acta), antes=antes.sha256, despues=acta.codigo_integridad.lower())
            for lugar, acta in con_codigo.items()
            if (antes := anterior.imagenes.get(lugar)) is not None
            and antes.sha256 != acta.codigo_integridad.lower()
        ),
        falla=falla,
    )


def asientos(recogidas: Recogidas, numero: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what the night's book tells of the images of a corte: act, object and evidence (R100)."""
    for c in recogidas.correcciones:
        yield "imagen corregida", c.casilla, {"corte": numero, "antes": c.antes, "despues": c.despues}
    for r in recogidas.rechazadas:
        yield "imagen rechazada", r.casilla, {"codigo": r.codigo, "causa": r.causa}
    if recogidas.falla:
        yield "imágenes incompletas", f"corte {numero}", {"causa": recogidas.falla[:1000]}


def reconstruir(actas: Mapping[str, Sequence[Acta]], archivos: Sequence[Archivo]) -> Recogidas:
    """Return what a published corte had, from its actas and its signed list: the memory of a new process."""
    listadas = {
        a.sha256: Imagen(sha256=a.sha256, extension=a.ruta.rpartition(".")[2], tamano=a.tamano)
        for a in archivos
    }
    halladas = {
        lugar: listadas[codigo]
        for lugar, acta in _con_codigo(actas)
        if (codigo := acta.codigo_integridad.lower()) in listadas
    }
    return Recogidas(imagenes=halladas)


def _con_codigo(actas: Mapping[str, Sequence[Acta]]) -> Iterator[tuple[Lugar, Acta]]:
    """Yield the actas that were digitised: neither pending ones nor *Sin acta* have a hash (R98)."""
    for clave, de_eleccion in actas.items():
        for acta in de_eleccion:
            if acta.codigo_integridad and not acta.sin_acta:
                yield (clave, acta.renglon), acta


def _buscar(
    imagenes: Imagenes, codigos: Sequence[str], guardar: Callable[[bytes], object], plazo: float, caben: int
) -> tuple[dict[str, Imagen], dict[str, str], str]:
    """Return the good ones by hash, the causes of those refused, and why it ended early."""
    nuevas: dict[str, Imagen] = {}
    causas = {c: "el código de integridad no es un SHA-256" for c in codigos if not _CODIGO.fullmatch(c)}
    pedidos = [c for c in codigos if c not in causas]
    limite = time.monotonic() + plazo
    try:
        for codigo, datos in imagenes.buscar(pedidos, plazo):
            if len(nuevas) >= caben:
                return nuevas, causas, f"un corte lleva a lo más {LIMITES.imagenes} imágenes; {_SIGUEN}"
            examinada = examinar(codigo, datos)
            if isinstance(examinada, Imagen):
                guardar(datos)
                nuevas[codigo] = examinada
            else:
                causas[codigo] = examinada
            if time.monotonic() > limite:
                return nuevas, causas, f"no alcanzó el plazo de {plazo:g} s; {_SIGUEN}"
    except Exception as error:  # noqa: BLE001 — whatever breaks, no corte waits for an image (§14)
        if not isinstance(error, PregonError):
            _log.exception("no se pudieron buscar las imágenes")
        return nuevas, causas, str(error) or type(error).__name__
    return nuevas, causas, ""


def _nombre(acta: Acta) -> str:
    return acta.casilla.clave + acta.tipo_acta or f"renglón {acta.renglon}"
