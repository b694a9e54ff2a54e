"""When the custodians replace the key of the night's role, numbers of the old key lose their hold (A5).

A thief of online keys can publish a corte 143 that every node accepts, and no true one would ever be
above it. TUF's own counters are freed by new keys for snapshot and timestamp; this frees ours. Only cortes
that what is signed now contradicts are dropped: those above it, and those whose number it gives to another
or to none. What was published before a rotation is on the list or below it, and stays.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Targets

from pregon.errors import PregonError
from pregon.node import publicado
from pregon.node.nodo import Nodo, anunciados, delegado
from pregon.paquete import prueba
from pregon.paquete.inspeccion import PRUEBA
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Marca, canonico
from pregon.storage import atomic

_ARCHIVO: Final = "llaves-del-rol.json"
"""Keys that this node's numbers rest upon."""


def obedecer(nodo: Nodo, *, ahora: datetime) -> None:
    """Call it each round, once the metadata were verified and before a corte is looked for.

    Killed at any step, the next round ends it: the new keys are noted last.
    """
    rol = nodo.config.rol
    vigentes = _llaves(nodo, rol)
    listados = anunciados(nodo.tuf, rol)
    if not vigentes or not listados:
        return
    antes = _leer(nodo.carpeta / _ARCHIVO)
    if antes == vigentes:
        return
    if antes and not antes & vigentes:
        _olvidar(nodo, listados, vigentes, ahora)
    atomic.write(nodo.carpeta / _ARCHIVO, canonico({"llaves": sorted(vigentes)}))


def _olvidar(nodo: Nodo, listados: dict[int, str], vigentes: frozenset[str], ahora: datetime) -> None:
    """Drop what the old key signed and the new one contradicts; take the mark down to what remains."""
    guardados = {n: corte for n in nodo.releases.numeros() if (corte := nodo.corte(n)) is not None}
    falsos = [
        n
        for n, corte in guardados.items()
        if n >= min(listados)
        and listados.get(n) != corte.sha256
        and not _firmantes(corte.carpeta / PRUEBA) & vigentes
    ]
    quedan = {n: corte.sha256 for n, corte in guardados.items() if n not in falsos}
    ultimo = max(quedan, default=None)
    if nodo.releases.activo() in falsos and ultimo is not None:
        nodo.releases.activate(ultimo)
    for numero in falsos:
        nodo.releases.discard(numero)
    publicado.leer.cache_clear()
    publicado.pruebas.cache_clear()
    nodo.publicar(ahora, de_nuevo=True)
    nodo.recordar(marca=None if ultimo is None else Marca(numero=ultimo, sha256=quedan[ultimo]))
    nodo.anotar(ahora, "llave sustituida", nodo.config.rol, {"descartados": falsos, "marca": ultimo})


def _llaves(nodo: Nodo, rol: str) -> frozenset[str]:
    targets = delegado(nodo.tuf, Targets.type)
    roles = targets.delegations.roles if targets and targets.delegations else None
    return frozenset(roles[rol].keyids) if roles and rol in roles else frozenset()


def _firmantes(ruta: Path) -> frozenset[str]:
    try:
        propia = prueba.leer(atomic.read(ruta, limit=LIMITES.prueba))
        return frozenset(Metadata[Targets].from_bytes(propia.delegado).signatures)
    except (PregonError, RepositoryError):
        return frozenset()


def _leer(ruta: Path) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(atomic.read(ruta, limit=LIMITES.metadatos))["llaves"]))
    except (PregonError, ValueError, TypeError, KeyError, RecursionError):
        return frozenset()
