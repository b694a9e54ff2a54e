"""From the actas of one instant to a signed corte: count, render, describe, publish.

What a corte will be called is written down before it is made (`Intencion`), so that a process that dies
half way makes the very same corte when it comes back. Before the opening nothing with data is made at
all (decisions §17): that is checked here, at the only door.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pregon import sitio
from pregon.errors import ErrorDeOperacion
from pregon.origin.sources import Fuente
from pregon.paquete.manifest import Archivo, Manifest, archivo, huella
from pregon.prep.cadencia import Cadencia
from pregon.prep.contar import contar
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.storage import atomic


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


def intencion(carpeta: Path, propuesta: Intencion) -> Intencion:
    """Return the intention on record for this number, or record and return the proposed one."""
    ruta = carpeta / f"{propuesta.numero}.json"
    if ruta.exists():
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


def hacer_corte(fuente: Fuente, cadencia: Cadencia, *, numero: int, ultimo: bool) -> Corte:
    """Count the actas that the source had at the corte's instante."""
    instante = cadencia.instante(numero)
    return contar(
        fuente.jornada,
        numero=numero,
        instante=instante,
        ultimo=ultimo,
        actas=fuente.leer(instante).actas,
    )


def hacer_paquete(
    corte: Corte,
    cadencia: Cadencia,
    *,
    intencion: Intencion,
    ahora: datetime,
    anterior: Corte | None,
    manifest_anterior: str | None,
    catalogo: str,
    bitacora: str | None,
) -> Publicable:
    """Render and describe one corte. Raises ErrorDeOperacion before the opening (R1, C9)."""
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
        anterior=anterior,
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
    )
    return Publicable(manifest=manifest, objetos=objetos, corte=corte)


def paquete_de_antes(
    fuente: Fuente, cadencia: Cadencia, *, publicado: datetime, catalogo: str, bitacora: str | None
) -> Publicable:
    """Make paquete 0: the entry page *antes de abrir*, without any figure (decisions §7, §17)."""
    periodo = cadencia.periodo_real.total_seconds()
    archivos, objetos = _describir(sitio.antes(fuente.jornada, publicado=publicado, periodo=periodo))
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


def _describir(paginas: Iterable[tuple[str, bytes]]) -> tuple[tuple[Archivo, ...], dict[str, bytes]]:
    archivos = []
    objetos = {}
    for ruta, datos in paginas:
        uno = archivo(ruta, datos)
        archivos.append(uno)
        objetos[uno.sha256] = datos
    return tuple(sorted(archivos, key=lambda a: a.ruta)), objetos
