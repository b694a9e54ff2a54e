"""From the actas of one instant to a paquete: render, describe, recount; and back from a published one.

What a corte will be called is written down before it is made (`Intencion`), so that a process that dies
half way makes the very same corte when it comes back. Before the opening nothing with data is made at
all (decisions §17): that is checked here, at the only door. A paquete is recounted from its own bytes
(`discrepancias`); whether it then leaves the house is decided by the night (§15).
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pregon import sitio
from pregon.errors import ErrorDeAlmacen, ErrorDeDatos, ErrorDeOperacion
from pregon.origin.motor import leer
from pregon.origin.sources import Fuente
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest, archivo, huella
from pregon.paquete.secretos import secreto
from pregon.prep.acta import Acta
from pregon.prep.cadencia import Cadencia
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.cuentas import cuentas, diferencias
from pregon.prep.escribir import nombres
from pregon.prep.identidades import faltas
from pregon.prep.jornada import Eleccion, Jornada
from pregon.prep.recontar import recontar
from pregon.prep.sello import sello
from pregon.storage import atomic
from pregon.storage.objetos import Objetos

_log = logging.getLogger(__name__)


class Motor(Protocol):
    """The engine that makes the corte: `pregon.origin.motor.contar`, or a test's saboteur."""

    def __call__(
        self,
        jornada: Jornada,
        *,
        numero: int,
        instante: datetime,
        ultimo: bool,
        actas: Mapping[str, Sequence[Acta]],
    ) -> Corte:
        """Count one corte."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Intencion:
    """The name of a corte, fixed before its content exists."""

    numero: int
    publicado: datetime
    ultimo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Publicable:
    """A whole paquete in memory: its manifest without signature and the bytes of every file by SHA-256."""

    manifest: Manifest
    objetos: Mapping[str, bytes]
    corte: Corte | None
    """None for paquete 0, *antes de abrir*."""


def intencion(carpeta: Path, propuesta: Intencion, *, renovar: bool = False) -> Intencion:
    """Return the intention on record for this number, or record and return the proposed one.

    `renovar`: the corte was held meanwhile, so that the instant of its publication is another.
    """
    ruta = carpeta / f"{propuesta.numero}.json"
    if ruta.exists() and not renovar:
        crudo = json.loads(ruta.read_bytes())
        return Intencion(
            numero=crudo["numero"],
            publicado=datetime.fromisoformat(crudo["publicado"]),
            ultimo=crudo["ultimo"],
        )
    carpeta.mkdir(parents=True, exist_ok=True)
    texto = {
        "numero": propuesta.numero,
        "publicado": propuesta.publicado.isoformat(),
        "ultimo": propuesta.ultimo,
    }
    atomic.write(ruta, json.dumps(texto).encode())
    return propuesta


def hacer_paquete(
    corte: Corte,
    cadencia: Cadencia,
    *,
    intencion: Intencion,
    ahora: datetime,
    manifest_anterior: str | None,
    catalogo: str,
    bitacora: str | None,
    imagenes: Sequence[Archivo] | None = None,
) -> Publicable:
    """Render and describe one corte; `imagenes` None: this night publishes none (§14).

    Raises ErrorDeOperacion before the opening (R1, C9).
    """
    if ahora < cadencia.apertura_real:
        raise ErrorDeOperacion(
            f"ningún corte con datos se hace antes de la apertura ({cadencia.apertura_real.isoformat()})"
        )
    huella_del_corte = huella(corte_json(corte))
    periodo = cadencia.periodo_real.total_seconds()
    paginas = sitio.paginas(
        corte,
        publicado=intencion.publicado,
        periodo=periodo,
        huella=huella_del_corte,
        imagenes=imagenes,
    )
    archivos, objetos = _describir(paginas)
    manifest = Manifest(
        rol=corte.jornada.rol,
        numero=corte.numero,
        instante=corte.instante.astimezone(UTC),
        publicado=intencion.publicado,
        no_antes_de=cadencia.apertura_real,
        periodo=periodo,
        ultimo=corte.ultimo,
        catalogo=catalogo,
        huella=huella_del_corte,
        anterior=manifest_anterior,
        bitacora=bitacora,
        archivos=archivos,
        imagenes=tuple(imagenes or ()),
    )
    return Publicable(manifest=manifest, objetos=objetos, corte=corte)


def paquete_de_antes(
    fuente: Fuente, cadencia: Cadencia, *, publicado: datetime, catalogo: str, bitacora: str | None
) -> Publicable:
    """Make paquete 0: the entry page *antes de abrir*, without any figure (decisions §7, §17)."""
    periodo = cadencia.periodo_real.total_seconds()
    archivos, objetos = _describir(sitio.antes(fuente.jornada, publicado=publicado, periodo=periodo))
    for causa in _secretos(archivos, objetos):
        raise ErrorDeOperacion(f"la página de antes de abrir no se publica: {causa}")
    manifest = Manifest(
        rol=fuente.jornada.rol,
        numero=0,
        instante=None,
        publicado=publicado,
        no_antes_de=cadencia.apertura_real,
        periodo=periodo,
        ultimo=False,
        catalogo=catalogo,
        huella=None,
        anterior=None,
        bitacora=bitacora,
        archivos=archivos,
    )
    return Publicable(manifest=manifest, objetos=objetos, corte=None)


def descuadres(corte: Corte) -> Iterator[str]:
    """Yield in Spanish every level that does not add up to the one above it (R45)."""
    for resultado in corte.resultados:
        for falta in faltas(resultado):
            yield f"{resultado.eleccion.nombre}: no cuadra en {falta}"


def secretos(listo: Publicable) -> Iterator[str]:
    """Yield in Spanish every file that holds what looks like a key or a password (B8)."""
    return _secretos(listo.manifest.archivos, listo.objetos)


def discrepancias(listo: Publicable) -> Iterator[str]:
    """Recount every election from the CSV that would be published; yield each difference in Spanish (C1).

    None when the corte adds up at every level (R45), the two engines agree cell by cell, and the printed
    header and stamp are those of the rows.
    """
    assert listo.corte is not None
    yield from descuadres(listo.corte)
    shas = {a.ruta: a.sha256 for a in listo.manifest.archivos}
    sellado = sello(listo.corte.instante, listo.corte.jornada.instituto.zona)
    for resultado in listo.corte.resultados:
        nombre = resultado.eleccion.nombre
        datos = listo.objetos[shas[_ruta(listo.corte, resultado.eleccion)]]
        municipios = {s: m.unidad.numero for m in resultado.municipios for s in m.secciones}
        try:
            recuento = recontar(datos, municipios=municipios, dialecto=listo.corte.jornada.dialecto)
        except Exception as error:  # noqa: BLE001 — an engine that breaks agrees with nobody: two persons may judge
            _log.warning("el segundo motor no pudo contar %s", nombre, exc_info=True)
            yield f"{nombre}: el segundo motor no pudo contar: {error!r}"
            continue
        for linea in diferencias(cuentas(resultado), recuento.cuentas):
            yield f"{nombre}: {linea}"
        for linea in recuento.diferencias(ultimo=listo.corte.ultimo):
            yield f"{nombre}: {linea}"
        if recuento.sello != sellado:
            yield f"{nombre}: sello: {sellado} y {recuento.sello}"


def releer(
    manifest: Manifest, objetos: Objetos, jornada: Jornada, instante: datetime, contar: Motor
) -> Corte:
    """Return a published corte, counted from its own bases de datos and not from a source that moved on.

    Raises ErrorDeAlmacen when an object is missing or altered, ErrorDeDatos when it cannot be read.
    """
    vacio = Corte(
        jornada=jornada, numero=manifest.numero, instante=instante, ultimo=manifest.ultimo, resultados=()
    )
    return contar(
        jornada,
        numero=manifest.numero,
        instante=instante,
        ultimo=manifest.ultimo,
        actas={e.clave: _actas(manifest, _ruta(vacio, e), objetos, e) for e in jornada.elecciones},
    )


def publicado(manifest: Manifest, ruta: str, objetos: Objetos) -> bytes | None:
    """Return the bytes of a published file, None when the paquete has none. Raises ErrorDeAlmacen."""
    hallado = next((a for a in manifest.archivos if a.ruta == ruta), None)
    if hallado is None:
        return None
    datos = atomic.read(objetos.path(hallado.sha256), limit=LIMITES.archivo)
    if huella(datos) != hallado.sha256:
        raise ErrorDeAlmacen(f"«{ruta}» del repositorio está dañado")
    return datos


def _actas(manifest: Manifest, ruta: str, objetos: Objetos, eleccion: Eleccion) -> Sequence[Acta]:
    datos = publicado(manifest, ruta, objetos)
    if datos is None:
        raise ErrorDeDatos("el paquete no trae esta base de datos", archivo=ruta)
    (base,) = leer(Path(ruta).name, datos)
    if [c.clave for c in base.columnas] != [c.clave for c in eleccion.columnas]:
        raise ErrorDeDatos("sus columnas de votos no son las de la elección", archivo=ruta)
    return base.actas


def _ruta(corte: Corte, eleccion: Eleccion) -> str:
    """Return where the results CSV of an election stands in a paquete."""
    return f"datos/{nombres(corte, eleccion).resultados}"


def _secretos(archivos: Iterable[Archivo], objetos: Mapping[str, bytes]) -> Iterator[str]:
    for uno in archivos:
        if causa := secreto(uno.ruta, objetos[uno.sha256]):
            yield f"«{uno.ruta}» lleva un secreto: {causa}"


def _describir(paginas: Iterable[tuple[str, bytes]]) -> tuple[tuple[Archivo, ...], dict[str, bytes]]:
    archivos = []
    objetos = {}
    for ruta, datos in paginas:
        uno = archivo(ruta, datos)
        archivos.append(uno)
        objetos[uno.sha256] = datos
    return tuple(sorted(archivos, key=lambda a: a.ruta)), objetos
