"""A corte as it stands in this node's folder: its manifest, read from the proof kept beside it, and its tree.

Immutable once it is there, so that one request can hold one and be answered from it whole (A4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pregon.paquete import manifest, prueba
from pregon.paquete.inclusion import Pruebas
from pregon.paquete.inspeccion import CHECKPOINT, ENTRADAS, PRUEBA
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest
from pregon.storage import atomic

FUERA: Final = frozenset({PRUEBA, CHECKPOINT, ENTRADAS})
"""What is kept and served beside a corte's files, outside its manifest (decisions §10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publicado:
    """One activated corte."""

    manifest: Manifest
    crudo: bytes
    """The manifest as signed."""
    sha256: str
    """Of those bytes."""
    carpeta: Path
    archivos: Mapping[str, Archivo]
    """By path: the only ones that exist for the public, images apart."""
    imagenes: Mapping[str, Archivo]
    """By path, whether they are here already or not (decisions §14)."""


@lru_cache(maxsize=16)
def leer(carpeta: Path) -> Publicado:
    """Read a corte from its tree; raise ErrorDeAlmacen or ErrorDeConfianza if it is not one of ours."""
    crudo = prueba.leer(atomic.read(carpeta / PRUEBA, limit=LIMITES.prueba)).manifest
    corte = manifest.leer(crudo)
    return Publicado(
        manifest=corte,
        crudo=crudo,
        sha256=manifest.huella(crudo),
        carpeta=carpeta,
        archivos={a.ruta: a for a in corte.archivos},
        imagenes={a.ruta: a for a in corte.imagenes},
    )


@lru_cache(maxsize=4)
def pruebas(corte: Path) -> Pruebas:
    """Return what cuts the proofs of the files of a corte kept there, from the log kept beside it.

    Raises ErrorDeAlmacen when it was kept without a log, ErrorDeConfianza when that is not its own.
    """
    publicado = leer(corte)
    return Pruebas(
        publicado.manifest,
        publicado.sha256,
        entradas=atomic.read(corte / ENTRADAS, limit=LIMITES.entrada * LIMITES.entradas),
        checkpoint=atomic.read(corte / CHECKPOINT, limit=LIMITES.checkpoint),
    )
