"""The public log of cortes at a node: what it kept must be the beginning of what is signed now (A20, A2).

`registro.txt` holds the entries and `checkpoint.txt` the signed note over them; both are what the public
reads. The list is written first, so a kill leaves at most one that runs ahead of its checkpoint. Entries are
fetched one by one and believed only as a whole, by the root.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from tuf.api.exceptions import DownloadError
from tuf.api.metadata import Targets
from tuf.ngclient import Updater

from pregon.errors import Alterado, PregonError, Rechazado
from pregon.node import cliente
from pregon.node.nodo import Nodo, anunciados, delegado
from pregon.paquete import manifest, merkle, registro
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Manifest, huella
from pregon.paquete.registro import Checkpoint, Historia
from pregon.storage import atomic
from pregon.transport.pull import PullSource

REGISTRO: Final = "registro.txt"
CHECKPOINT: Final = "checkpoint.txt"


def seguir(nodo: Nodo, source: PullSource, updater: Updater, *, temporal: Path, ahora: datetime) -> None:
    """Bring the log up to date and keep it; nothing is kept of one that does not continue ours.

    Raises Rechazado for another history, Alterado for entries that are not the signed ones.
    """
    rol = nodo.config.rol
    objetivo = updater.get_targetinfo(registro.objetivo(rol))
    nota, propia = _guardada(nodo, ahora)
    if objetivo is None:
        if propia.lineas or anunciados(nodo.tuf, rol):
            raise Rechazado("lo firmado no lleva el registro público de cortes, sin el que nadie compara")
        return
    if huella(nota) == objetivo.hashes.get("sha256"):
        _conforme(nodo, propia.lineas)
        return
    nota = cliente.descargar(updater, objetivo, temporal, tope=LIMITES.checkpoint)
    targets = delegado(nodo.tuf, Targets.type)
    cabeza = registro.verificar(nota, *(registro.llaves(targets, rol) if targets else ()))
    lineas = _completas(source, cabeza, propia)
    _conforme(nodo, lineas)
    if lineas != propia.lineas:
        atomic.write(nodo.carpeta / REGISTRO, b"".join(lineas))
    atomic.write(nodo.carpeta / CHECKPOINT, nota)


def exigir(nodo: Nodo, corte: Manifest, sha256: str) -> None:
    """Raise Rechazado unless the log has the entry of a corte, with its hash and the root of its files."""
    linea = registro.escribir(registro.entrada(corte, sha256, manifest.raiz(corte)))
    if linea not in registro.separar(_leer(nodo)):
        raise Rechazado(f"el corte {corte.numero} no es el que lleva el registro público de cortes")


def vigente(nodo: Nodo) -> tuple[bytes, bytes]:
    """Return the signed note kept and the entries under it, as the proofs of a corte's files need them."""
    nota = atomic.read(nodo.carpeta / CHECKPOINT, limit=LIMITES.checkpoint)
    lineas = registro.historia(registro.leer_nota(nota), registro.separar(_leer(nodo))).lineas
    return nota, b"".join(lineas)


def _guardada(nodo: Nodo, ahora: datetime) -> tuple[bytes, Historia]:
    """Return the note kept and its entries; nothing of them if they are damaged, for the source has them."""
    vacia = b"", Historia(checkpoint=registro.checkpoint(nodo.config.rol, ()), lineas=())
    if not (nodo.carpeta / CHECKPOINT).exists():
        return vacia
    try:
        nota = atomic.read(nodo.carpeta / CHECKPOINT, limit=LIMITES.checkpoint)
        return nota, registro.historia(registro.leer_nota(nota), registro.separar(_leer(nodo)))
    except PregonError as error:
        nodo.anotar_una_vez(ahora, "alterado", REGISTRO, {"causa": str(error)})
        return vacia


def _leer(nodo: Nodo) -> bytes:
    return atomic.read(nodo.carpeta / REGISTRO, limit=LIMITES.entrada * LIMITES.entradas)


def _completas(source: PullSource, cabeza: Checkpoint, propia: Historia) -> tuple[bytes, ...]:
    """Return all the entries of a signed checkpoint: ours and the ones that the source adds."""
    propias = propia.lineas
    if cabeza.tamano < len(propias):
        raise Rechazado(
            f"hay dos historias firmadas: el registro de cortes tiene {cabeza.tamano} entradas y este nodo"
            f" guardó {len(propias)}"
        )
    nuevas = [_traer(source, i) for i in range(len(propias), cabeza.tamano)]
    lineas = (*propias, *nuevas)
    if merkle.raiz(lineas) == cabeza.raiz:
        registro.leer_entradas(lineas)
        return lineas
    _sin_desmentir(source, cabeza, propia, nuevas)
    for i in range(cabeza.tamano):
        # Which of them is wrong no root tells: an inbox drops them all, and once its sender has left them
        # again they are good, or another history.
        with contextlib.suppress(DownloadError):
            _traer(source, i)
        source.discard()
    raise Alterado(
        f"las {cabeza.tamano} entradas del registro de cortes no dan la raíz firmada, o son de otra historia",
        rutas=tuple(registro.ruta(i) for i in range(cabeza.tamano)),
    )


def _sin_desmentir(source: PullSource, cabeza: Checkpoint, propia: Historia, nuevas: Sequence[bytes]) -> None:
    """Raise Rechazado if what is signed now denies what this node kept: the same key said both."""
    propias = propia.lineas
    with contextlib.suppress(DownloadError):
        otras = [_traer(source, i) for i in range(len(propias))]
        i = registro.discrepancia(propias, otras)
        if i is not None and merkle.raiz([*otras, *nuevas]) == cabeza.raiz:
            raise Rechazado(
                f"hay dos historias firmadas: la entrada {i} del registro era «{_breve(propias[i])}» y ahora"
                f" es «{_breve(otras[i])}»"
            )
    if propias and cabeza.tamano == len(propias):
        raise Rechazado(
            f"hay dos historias firmadas: dos raíces para las mismas {cabeza.tamano} entradas del registro"
        )


def _conforme(nodo: Nodo, lineas: Sequence[bytes]) -> None:
    """Require that every corte announced, and the active one, are the ones of the log."""
    asentados = {e.numero: e.manifest for e in registro.leer_entradas(lineas)}
    activo = nodo.activo()
    propio = [(activo.manifest.numero, activo.sha256)] if activo else []
    for numero, sha256 in [*propio, *anunciados(nodo.tuf, nodo.config.rol).items()]:
        if asentados.get(numero) != sha256:
            raise Rechazado(
                f"el registro público no lleva el corte {numero} {sha256[:12]} sino"
                f" {asentados.get(numero, 'ninguno')[:12]}: hay dos distintos"
            )


def _traer(source: PullSource, posicion: int) -> bytes:
    return source.download_bytes(registro.ruta(posicion), LIMITES.entrada)


def _breve(linea: bytes) -> str:
    entrada = registro.leer(linea)
    return f"corte {entrada.numero}, {entrada.manifest[:12]}"
