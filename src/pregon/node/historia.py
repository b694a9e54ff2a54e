"""The public log of cortes at a node: what it kept must be the beginning of what is signed now (A20, A2).

`registro.txt` holds the entries and `checkpoint.txt` the signed note over them; both are what the public
reads. The list is written first, so a kill leaves at most one that runs ahead of its checkpoint. Entries are
fetched one by one and believed only as a whole, by the root.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from tuf.api.exceptions import DownloadError
from tuf.api.metadata import Targets
from tuf.ngclient import Updater

from pregon.errors import Alterado, ErrorDeConfianza, PregonError, Rechazado
from pregon.node import cliente, sustitucion
from pregon.node.nodo import Nodo, anunciados, delegado
from pregon.node.publicado import Publicado
from pregon.paquete import inspeccion, manifest, merkle, prueba, registro
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Manifest, huella
from pregon.paquete.registro import Checkpoint, Historia
from pregon.storage import atomic
from pregon.transport.pull import PullSource

REGISTRO: Final = "registro.txt"
CHECKPOINT: Final = "checkpoint.txt"
SUSTITUIDO: Final = "registro-sustituido"
"""Folder of the histories that only a replaced key signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmado:
    """The log as signed now: verified, a continuation of ours, and not kept yet."""

    nota: bytes
    """Empty while no corte was published."""
    lineas: tuple[bytes, ...]


def seguir(nodo: Nodo, source: PullSource, updater: Updater, *, temporal: Path, ahora: datetime) -> Firmado:
    """Return the log as the metadata of now signs it; `guardar` keeps it once its corte is accepted (A17).

    Raises Rechazado for another history, Alterado for entries that are not the signed ones.
    """
    rol = nodo.config.rol
    objetivo = updater.get_targetinfo(registro.objetivo(rol))
    anterior, propia = _guardada(nodo, ahora)
    if objetivo is None:
        if propia.lineas or anunciados(nodo.tuf, rol):
            raise Rechazado("lo firmado no lleva el registro público de cortes, sin el que nadie compara")
        return Firmado(nota=b"", lineas=())
    if huella(anterior) == objetivo.hashes.get("sha256"):
        _conforme(nodo, propia.lineas, ahora)
        return Firmado(nota=anterior, lineas=propia.lineas)
    nota = cliente.descargar(updater, objetivo, temporal, tope=LIMITES.checkpoint)
    targets = delegado(nodo.tuf, Targets.type)
    llaves = registro.llaves(targets, rol) if targets else ()
    cabeza = registro.verificar(nota, *llaves)
    sustituida = _de_otra_llave(anterior, llaves)
    try:
        lineas = _completas(source, rol, cabeza, propia)
    except ErrorDeConfianza:
        if not sustituida:
            raise
        # A key that custodians replaced may have signed lies (A5): they are kept as evidence, and give way.
        _apartar(nodo, anterior, propia, ahora)
        _soltar(source, rol, range(cabeza.tamano, len(propia.lineas)))
        lineas = _completas(source, rol, cabeza, _vacia(nodo))
    _conforme(nodo, lineas, ahora)
    firmado = Firmado(nota=nota, lineas=lineas)
    if sustituida:
        guardar(nodo, firmado)  # under another key it waits for no corte
    return firmado


def guardar(nodo: Nodo, firmado: Firmado) -> None:
    """Keep it, list first; what stands already is not written again."""
    if not firmado.nota:
        return
    for nombre, datos in ((REGISTRO, b"".join(firmado.lineas)), (CHECKPOINT, firmado.nota)):
        destino = nodo.carpeta / nombre
        if not destino.exists() or destino.read_bytes() != datos:
            atomic.write(destino, datos)


def exigir(firmado: Firmado, corte: Manifest, sha256: str) -> None:
    """Raise Rechazado unless the log has the entry of a corte, with its hash and the root of its files."""
    linea = registro.escribir(registro.entrada(corte, sha256, manifest.raiz(corte)))
    if linea not in firmado.lineas:
        raise Rechazado(f"el corte {corte.numero} no es el que lleva el registro público de cortes")


def acompana(nodo: Nodo, corte: Publicado) -> bool:
    """Tell if the log kept beside a corte is signed, by keys of then or of now, and has it (B5)."""
    targets = delegado(nodo.tuf, Targets.type)
    llaves = registro.llaves(targets, nodo.config.rol) if targets else ()
    try:
        propia = prueba.leer(atomic.read(corte.carpeta / inspeccion.PRUEBA, limit=LIMITES.prueba))
        llaves += prueba.llaves(propia.raices, propia.targets, raiz=nodo.raiz, rol=nodo.config.rol)
        nota = atomic.read(corte.carpeta / inspeccion.CHECKPOINT, limit=LIMITES.checkpoint)
        limite = LIMITES.entrada * LIMITES.entradas
        datos = atomic.read(corte.carpeta / inspeccion.ENTRADAS, limit=limite)
        leida = registro.historia(registro.verificar(nota, *llaves), registro.separar(datos))
        exigir(Firmado(nota=nota, lineas=leida.lineas), corte.manifest, corte.sha256)
    except PregonError:
        return False
    return True


def para(nodo: Nodo, corte: Publicado, ahora: datetime) -> Firmado | None:
    """Return the log that this node keeps, if it has a corte: it proves as much as the one of then."""
    nota, propia = _guardada(nodo, ahora)
    firmado = Firmado(nota=nota, lineas=propia.lineas)
    with contextlib.suppress(Rechazado):
        exigir(firmado, corte.manifest, corte.sha256)
        return firmado
    return None


def _guardada(nodo: Nodo, ahora: datetime) -> tuple[bytes, Historia]:
    """Return the note kept and its entries; nothing of them if they are damaged, for the source has them."""
    vacia = b"", _vacia(nodo)
    if not (nodo.carpeta / CHECKPOINT).exists():
        return vacia
    try:
        nota = atomic.read(nodo.carpeta / CHECKPOINT, limit=LIMITES.checkpoint)
        datos = atomic.read(nodo.carpeta / REGISTRO, limit=LIMITES.entrada * LIMITES.entradas)
        return nota, registro.historia(registro.leer_nota(nota), registro.separar(datos))
    except PregonError as error:
        nodo.anotar_una_vez(ahora, "alterado", REGISTRO, {"causa": str(error)})
        return vacia


def _vacia(nodo: Nodo) -> Historia:
    return Historia(checkpoint=registro.checkpoint(nodo.config.rol, ()), lineas=())


def _de_otra_llave(nota: bytes, llaves: Sequence[str]) -> bool:
    """Tell if a note kept is good by none of the keys that the custodians name now."""
    try:
        registro.verificar(nota, *llaves)
    except ErrorDeConfianza:
        return bool(nota)
    return False


def _apartar(nodo: Nodo, nota: bytes, propia: Historia, ahora: datetime) -> None:
    """Set a history of a replaced key aside, for whoever asks what was signed."""
    carpeta = nodo.carpeta / SUSTITUIDO / huella(nota)[:12]
    atomic.write(carpeta / REGISTRO, b"".join(propia.lineas))
    atomic.write(carpeta / CHECKPOINT, nota)
    with atomic.almacen("apartar el registro de una llave sustituida"):
        (nodo.carpeta / CHECKPOINT).unlink()
    nodo.anotar_una_vez(ahora, "registro sustituido", carpeta.name, {"entradas": len(propia.lineas)})


def _completas(source: PullSource, rol: str, cabeza: Checkpoint, propia: Historia) -> tuple[bytes, ...]:
    """Return all the entries of a signed checkpoint: ours and the ones that the source adds."""
    propias = propia.lineas
    if cabeza.tamano < len(propias):
        raise Rechazado(
            f"hay dos historias firmadas: el registro de cortes tiene {cabeza.tamano} entradas y este nodo"
            f" guardó {len(propias)}"
        )
    nuevas = [_traer(source, rol, i) for i in range(len(propias), cabeza.tamano)]
    lineas = (*propias, *nuevas)
    if merkle.raiz(lineas) == cabeza.raiz:
        registro.leer_entradas(lineas)
        return lineas
    _sin_desmentir(source, rol, cabeza, propia, nuevas)
    # Which of them is wrong no root tells: once their sender has left them again they are good, or another
    # history.
    _soltar(source, rol, range(cabeza.tamano))
    raise Alterado(
        f"las {cabeza.tamano} entradas del registro de cortes no dan la raíz firmada, o son de otra historia",
        rutas=tuple(registro.ruta(rol, i) for i in range(cabeza.tamano)),
    )


def _sin_desmentir(
    source: PullSource, rol: str, cabeza: Checkpoint, propia: Historia, nuevas: Sequence[bytes]
) -> None:
    """Raise Rechazado if what is signed now denies what this node kept: the same key said both."""
    propias = propia.lineas
    with contextlib.suppress(DownloadError):
        otras = [_traer(source, rol, i) for i in range(len(propias))]
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


def _conforme(nodo: Nodo, lineas: Sequence[bytes], ahora: datetime) -> None:
    """Require that every corte announced, and the active one, are the ones of the log."""
    asentados = {e.numero: e.manifest for e in registro.leer_entradas(lineas)}
    sustitucion.desmentir(nodo, asentados, ahora=ahora)
    activo = nodo.activo()
    propio = [(activo.manifest.numero, activo.sha256)] if activo else []
    for numero, sha256 in [*propio, *anunciados(nodo.tuf, nodo.config.rol).items()]:
        if asentados.get(numero) != sha256:
            raise Rechazado(
                f"el registro público no lleva el corte {numero} {sha256[:12]} sino"
                f" {asentados.get(numero, 'ninguno')[:12]}: hay dos distintos"
            )


def _soltar(source: PullSource, rol: str, posiciones: range) -> None:
    """Drop entries from an inbox, so that its sender leaves them again."""
    for i in posiciones:
        with contextlib.suppress(DownloadError):
            _traer(source, rol, i)
        source.discard()


def _traer(source: PullSource, rol: str, posicion: int) -> bytes:
    return source.download_bytes(registro.ruta(rol, posicion), LIMITES.entrada)


def _breve(linea: bytes) -> str:
    entrada = registro.leer(linea)
    return f"corte {entrada.numero}, {entrada.manifest[:12]}"
