"""When the custodians replace the key of the night's role, numbers of the old key lose their hold (A5).

A thief of online keys can publish a corte 143 that every node accepts, and no true one would ever be
above it. TUF's own counters are freed by new keys for snapshot and timestamp; this frees ours. Only cortes
that what is signed now contradicts are dropped: by the list (those above it, and those whose number it gives
to another or to none), and the older ones by the public log. What was published before a rotation is in
both, or below, and stays.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Targets

from pregon.errors import PregonError
from pregon.node import publicado
from pregon.node.nodo import Nodo, anunciados, delegado
from pregon.node.publicado import Publicado
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
    vigentes = _llaves(nodo, nodo.config.rol)
    listados = anunciados(nodo.tuf, nodo.config.rol)
    if not vigentes or not listados:
        return
    antes = _leer(nodo.carpeta / _ARCHIVO)
    if antes == vigentes:
        return
    if antes and not antes & vigentes:
        falsos = _falsos(nodo, {n: listados.get(n) for n in nodo.releases.numeros() if n >= min(listados)})
        marca = nodo.estado.marca
        suelta = marca is not None and (
            marca.numero >= min(listados) and listados.get(marca.numero) != marca.sha256
        )
        _olvidar(nodo, falsos, ahora, suelta=suelta)
    atomic.write(nodo.carpeta / _ARCHIVO, canonico({"llaves": sorted(vigentes)}))


def desmentir(nodo: Nodo, asentados: Mapping[int, str], *, ahora: datetime) -> None:
    """Drop what only a replaced key signed and the public log, verified under the key of now, denies.

    The list names three cortes; a node that was led astray before those keeps a false one below it, and
    would refuse the log for it for ever.
    """
    falsos = _falsos(nodo, {n: asentados.get(n) for n in nodo.releases.numeros()})
    if falsos:
        marca = nodo.estado.marca
        suelta = marca is not None and marca.numero in falsos and falsos[marca.numero].sha256 == marca.sha256
        _olvidar(nodo, falsos, ahora, suelta=suelta)


def _falsos(nodo: Nodo, verdad: Mapping[int, str | None]) -> dict[int, Publicado]:
    """Return the cortes kept that are not the true ones and that no key of now signed."""
    guardados = ((n, nodo.corte(n)) for n in verdad)
    return {
        n: corte
        for n, corte in guardados
        if corte is not None and corte.sha256 != verdad[n] and not _avalado(nodo, corte.carpeta / PRUEBA)
    }


def _olvidar(nodo: Nodo, falsos: Mapping[int, Publicado], ahora: datetime, *, suelta: bool) -> None:
    """Drop these; a mark that is let go comes down to what remains."""
    kept = {n: corte for n in nodo.releases.numeros() if (corte := nodo.corte(n)) is not None}
    quedan = [Marca(numero=n, sha256=corte.sha256) for n, corte in kept.items() if n not in falsos]
    ultima = max(quedan, key=lambda marca: marca.numero, default=None)
    if nodo.releases.activo() in falsos:
        if ultima is None:
            nodo.releases.deactivate()
        else:
            nodo.releases.activate(ultima.numero)
        with atomic.almacen("quitar la prueba de un corte falso"):
            (nodo.carpeta / "prueba.json").unlink(missing_ok=True)
    # Before they go: a start finds the mark of what is kept again, and one of nothing would shut the portal.
    if nodo.estado.mostrado in falsos:
        nodo.recordar(mostrado=ultima.numero if ultima else None)
    if suelta:
        nodo.recordar(marca=ultima)
    if nodo.estado.mostrado in falsos:
        nodo.recordar(mostrado=ultima.numero if ultima else None)
    for numero in falsos:
        nodo.releases.discard(numero)
    publicado.leer.cache_clear()
    publicado.pruebas.cache_clear()
    if nodo.par is not None:
        nodo.par.olvidar()
    nodo.publicar(ahora, de_nuevo=True)
    marca = nodo.estado.marca
    datos = {"descartados": sorted(falsos), "marca": marca.numero if marca else None}
    nodo.anotar(ahora, "llave sustituida", nodo.config.rol, datos)


def _llaves(nodo: Nodo, rol: str) -> frozenset[str]:
    targets = delegado(nodo.tuf, Targets.type)
    roles = targets.delegations.roles if targets and targets.delegations else None
    return frozenset(roles[rol].keyids) if roles and rol in roles else frozenset()


def _avalado(nodo: Nodo, ruta: Path) -> bool:
    """Tell if keys of now signed what a corte was accepted by: a name beside a signature proves nothing."""
    targets = delegado(nodo.tuf, Targets.type)
    try:
        firmado = Metadata[Targets].from_bytes(prueba.leer(atomic.read(ruta, limit=LIMITES.prueba)).delegado)
        if targets is not None:
            targets.verify_delegate(nodo.config.rol, firmado.signed_bytes, firmado.signatures)
    except (PregonError, RepositoryError, ValueError):
        return False
    return targets is not None


def _leer(ruta: Path) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(atomic.read(ruta, limit=LIMITES.metadatos))["llaves"]))
    except (PregonError, ValueError, TypeError, KeyError, RecursionError):
        return frozenset()
