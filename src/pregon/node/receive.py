"""The node's one entrance: `recibir` brings it up to date with a source, whatever the way (decisions §5, §6).

TUF's client verifies the metadata; then our own rules on manifests; then every object's hash. Only when a
corte is whole and verified does it appear, by one rename; `estado.json` follows. After a refusal no
rejected byte is kept and the active corte is as it was; verified newer metadata stays, as TUF says. A
delivery in course is simply «todavía no». An expired heartbeat brings nothing new and takes nothing away.

Killed at any line, the next round ends right: every step can be taken again.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import Final

from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
    SlowRetrievalError,
)
from tuf.api.metadata import TargetFile, Targets
from tuf.ngclient import Updater

from pregon.errors import Alterado, ErrorDeAlmacen, ErrorDeConfianza, ErrorDeRed, PregonError, Rechazado
from pregon.node import cliente, deltas, historia, publicado, publico, routes, sustitucion
from pregon.node.deltas import Oferta
from pregon.node.historia import Firmado
from pregon.node.nodo import Nodo, anunciados, delegado, heartbeat
from pregon.node.publicado import Publicado
from pregon.paquete import comprimidos, manifest, prueba
from pregon.paquete.difusores import leer_lista
from pregon.paquete.inspeccion import CHECKPOINT, ENTRADAS, PRUEBA
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest, Marca, huella
from pregon.storage import atomic
from pregon.transport.carpeta import abierta
from pregon.transport.pull import PullSource

CONSERVADOS: Final = 12
"""Cortes kept at their permanent address; as hard links, each costs what changed in it."""
NOMBRES_POR_ARCHIVO: Final = 6
"""Inodes allowed for a new file of a corte: object, its short forms, links."""
_CONTENIDO: Final = ("objetos/", "targets/")
_TEMPORAL: Final = "tmp-objetivo"
"""Of a target on its way; `Nodo.poner_en_orden` sweeps what a kill leaves."""


class Resultado(Enum):
    """How a round ended."""

    ACTIVADO = "activado"
    AL_DIA = "al día"
    """Verified; nothing newer than the active corte."""
    PENDIENTE = "pendiente"
    """A delivery is in course; the next round will see."""
    VENCIDO = "vencido"
    """The last heartbeat expired: what is served stays (G8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recibido:
    """What a round left: the active corte after it, and what is missing or expired."""

    resultado: Resultado
    corte: int | None
    detalle: str = ""


class _Espera(Exception):
    """Not yet the moment to show what is ready: the peer would be left behind."""


def recibir(nodo: Nodo, source: PullSource, *, ahora: datetime) -> Recibido:
    """Bring the node up to date. Call it under the folder's lock, from one thread.

    Raises ErrorDeConfianza for what was refused (noted in the node's book, deleted from the inbox),
    ErrorDeRed when the source fails, ErrorDeAlmacen when this disk does. The active corte never goes back.
    """
    version = source.version()
    if version is not None and version == nodo.visto and (nodo.falta is None or not source.holds(nodo.falta)):
        resultado = Resultado.PENDIENTE if nodo.falta else Resultado.AL_DIA
        return Recibido(resultado=resultado, corte=nodo.releases.activo())
    try:
        recibido = _ronda(nodo, source, ahora)
    except _Espera as error:
        nodo.recordar(pendiente=str(error))
        return Recibido(resultado=Resultado.PENDIENTE, corte=nodo.releases.activo(), detalle=str(error))
    except DownloadHTTPError as error:
        if error.status_code not in {403, 404}:
            raise ErrorDeRed(str(error)) from error
        # Metadata come last, and these are here: only a delta that failed leaves content missing.
        falta_contenido = source.ultima.startswith(_CONTENIDO)
        nodo.recordar(pendiente=str(error), entero=nodo.estado.entero or falta_contenido)
        nodo.visto, nodo.falta = version, source.ultima
        return Recibido(resultado=Resultado.PENDIENTE, corte=nodo.releases.activo(), detalle=str(error))
    except ExpiredMetadataError as error:
        # TUF's freeze rule reads this machine's clock: one that runs ahead must not be silent about it (E1).
        causa = "la última señal firmada venció; si el Instituto publica, revise la hora de este equipo"
        nodo.recordar(pendiente=causa)
        nodo.anotar_una_vez(ahora, "vencido", "timestamp", {"causa": causa})
        recibido = Recibido(resultado=Resultado.VENCIDO, corte=nodo.releases.activo(), detalle=str(error))
    except (ErrorDeConfianza, RepositoryError, DownloadLengthMismatchError) as error:
        source.discard()
        rechazo = error if isinstance(error, ErrorDeConfianza) else _rechazo(error)
        nodo.rechazar(ahora, rechazo)
        raise rechazo from error
    except DownloadError as error:
        raise ErrorDeRed(str(error)) from error
    except OSError as error:
        raise ErrorDeAlmacen(f"no se pudo escribir en {nodo.carpeta}: {atomic.causa(error)}") from error
    nodo.visto, nodo.falta = version, None
    return recibido


def traer_imagenes(nodo: Nodo, source: PullSource, *, ahora: datetime) -> int:
    """Bring images that the active corte lists and this node lacks; return how many are still missing.

    Call it after `recibir`, as often: each turn has its own short deadline. The rest waits for the next one,
    and so does what the source does not have yet. An altered image is dropped and noted; none costs a corte,
    not even the room for it (decisions §14).
    """
    activo = nodo.activo()
    if activo is None:
        return 0
    faltan = [a for a in activo.manifest.imagenes if not nodo.objetos.has(a.sha256)]
    corte = sum(a.tamano for a in activo.manifest.archivos)
    source.begin(LIMITES.plazo_imagenes)
    traidas = 0
    for uno in faltan:
        if not source.holds(_objeto(uno)):
            continue
        _espacio(nodo.carpeta, f"guardar {uno.ruta} y aún recibir otro corte", corte + uno.tamano)
        try:
            _traer(nodo, source, uno)
        except SlowRetrievalError:
            break
        except DownloadHTTPError:
            continue  # not there yet
        except Alterado as error:
            source.discard()
            nodo.anotar_una_vez(ahora, "alterado", uno.ruta, {"causa": str(error)})
        except DownloadError as error:
            raise ErrorDeRed(str(error)) from error
        else:
            traidas += 1
    return len(faltan) - traidas


def revisar(nodo: Nodo, source: PullSource, *, ahora: datetime) -> tuple[str, ...]:
    """Hash every file of the cortes kept and fetch again the altered ones (B5); return what was found.

    What the source cannot give stays as it is: the monitor sees it, and the next look tries again. Files
    that no manifest lists are told; they were never served (A9). What nginx opens is made afresh.
    """
    source.begin(LIMITES.plazo_corte)
    hallados: list[str] = []
    for ajeno in nodo.publico.ajenos():
        hallados.append(f"publico/{ajeno}")
        nodo.anotar_una_vez(ahora, "ajeno", hallados[-1], {})
    for numero in reversed(nodo.releases.numeros()):
        corte = nodo.corte(numero)
        if corte is None:
            continue
        for uno in corte.manifest.archivos:
            if not _fiel(corte.carpeta, uno):
                hallados.append(f"cortes/{numero}/{uno.ruta}")
                _reparar(nodo, source, corte, uno, ahora)
            for sufijo in comprimidos.SUFIJOS:
                forma = corte.carpeta / f"{uno.ruta}{sufijo}"
                if os.path.lexists(forma) and not _forma_fiel(forma, uno):
                    hallados.append(f"cortes/{numero}/{uno.ruta}{sufijo}")
                    _despejar(corte.carpeta, f"{uno.ruta}{sufijo}")
                    forma.unlink(missing_ok=True)  # readers get the identity bytes
                    nodo.anotar(ahora, "reparado", hallados[-1], {})
        hallados += [f"cortes/{numero}/{ruta}" for ruta in _anexos(nodo, corte, ahora)]
        for ajeno in _ajenos(corte):
            hallados.append(f"cortes/{numero}/{ajeno}")
            nodo.anotar_una_vez(ahora, "ajeno", hallados[-1], {})
    for uno in sorted(_imagenes(nodo), key=lambda a: a.ruta):
        if nodo.objetos.has(uno.sha256) and not nodo.objetos.verify(uno.sha256):
            hallados.append(uno.ruta)
            nodo.objetos.discard(uno.sha256)  # `traer_imagenes` brings it again
            nodo.anotar(ahora, "alterado", uno.ruta, {})
    nodo.publicar(ahora, de_nuevo=True)
    return tuple(hallados)


def _ronda(nodo: Nodo, source: PullSource, ahora: datetime) -> Recibido:
    source.begin(LIMITES.plazo_metadatos)
    updater = _metadatos(nodo, source)
    sustitucion.obedecer(nodo, ahora=ahora)
    _lista(nodo, updater, ahora)
    firmado = historia.seguir(nodo, source, updater, temporal=nodo.tuf / _TEMPORAL, ahora=ahora)
    version, vence = heartbeat(nodo.tuf)
    if version != nodo.estado.heartbeat:
        nodo.recordar(heartbeat=version, latido=ahora, vence=vence)
    # Before the corte, which may take its time: list and live proof must not contradict each other.
    _renovar_prueba(nodo)
    numero = max(anunciados(nodo.tuf, nodo.config.rol), default=None)
    objetivo = None if numero is None else updater.get_targetinfo(manifest.objetivo(nodo.config.rol, numero))
    activo = nodo.activo()
    resultado = Resultado.AL_DIA
    if objetivo is not None and (activo is None or activo.sha256 != objetivo.hashes.get("sha256")):
        ofertas = deltas.ofertas(nodo, source, objetivo, ahora)
        primera = next(ofertas, None)
        if primera is not None:
            crudo, ofertas = primera.delta.crudo, chain([primera], ofertas)
        else:
            source.begin(LIMITES.plazo_metadatos)
            crudo = cliente.descargar(updater, objetivo, nodo.tuf / _TEMPORAL, tope=LIMITES.manifest)
        activo = _corte(nodo, source, crudo, ofertas, firmado, ahora)
        _renovar_prueba(nodo)
        resultado = Resultado.ACTIVADO
        _podar(nodo, source, activo)
    else:
        historia.guardar(nodo, firmado)
    nodo.recordar(
        mostrado=nodo.releases.activo(),
        pendiente="",
        rechazo="" if resultado is Resultado.ACTIVADO else nodo.estado.rechazo,
    )
    return Recibido(resultado=resultado, corte=nodo.releases.activo())


def _reparar(nodo: Nodo, source: PullSource, corte: Publicado, uno: Archivo, ahora: datetime) -> None:
    ruta = f"cortes/{corte.manifest.numero}/{uno.ruta}"
    try:
        # Object and page are one inode: what altered one altered the other.
        if not nodo.objetos.verify(uno.sha256):
            nodo.objetos.discard(uno.sha256)
            _traer(nodo, source, uno)
        datos = nodo.objetos.path(uno.sha256).read_bytes()
        _despejar(corte.carpeta, uno.ruta)
        atomic.write(corte.carpeta / uno.ruta, datos, mode=atomic.LECTURA)
    except (DownloadError, ErrorDeConfianza, OSError) as error:
        nodo.anotar_una_vez(ahora, "alterado", ruta, {"causa": str(error)})
        if corte.manifest.numero == nodo.releases.activo():
            nodo.recordar(entero=True)  # an inbox holds no objects of a corte that came by delta
    else:
        nodo.anotar(ahora, "reparado", ruta, {})


def _anexos(nodo: Nodo, corte: Publicado, ahora: datetime) -> list[str]:
    """Return what beside a corte's files is not as signed, its proof or its log; made again where it can be.

    Nobody sends them: they are made of the newest metadata and log, as long as those have this corte.
    """
    nuevos: dict[str, bytes | None] = {}
    if not _probado(nodo, corte, ahora):
        nuevos[PRUEBA] = _prueba(nodo, corte.crudo)
    if not historia.acompana(nodo, corte):
        propia = historia.para(nodo, corte, ahora)
        nuevos[ENTRADAS] = b"".join(propia.lineas) if propia else None
        nuevos[CHECKPOINT] = propia.nota if propia else None
    for nombre, datos in nuevos.items():
        ruta = f"cortes/{corte.manifest.numero}/{nombre}"
        if datos is None:
            nodo.anotar_una_vez(ahora, "alterado", ruta, {})
            continue
        try:
            _despejar(corte.carpeta, nombre)
            atomic.write(corte.carpeta / nombre, datos, mode=atomic.LECTURA)
        except (ErrorDeAlmacen, OSError) as error:
            nodo.anotar_una_vez(ahora, "alterado", ruta, {"causa": str(error)})
        else:
            nodo.anotar(ahora, "reparado", ruta, {})
    if nuevos:
        publicado.pruebas.cache_clear()
    return list(nuevos)


def _probado(nodo: Nodo, corte: Publicado, ahora: datetime) -> bool:
    """Say whether the proof that stands beside a corte is its own, under our root."""
    try:
        propia = prueba.leer(atomic.read(corte.carpeta / PRUEBA, limit=LIMITES.prueba))
        prueba.verificar(propia, raiz=nodo.raiz, rol=nodo.config.rol, ahora=ahora)
    except PregonError:
        return False
    return propia.manifest == corte.crudo


def _despejar(carpeta: Path, ruta: str) -> None:
    """Take away a folder in the place of a file, and links and files in that of a folder above it (B2)."""
    destino = carpeta / ruta
    for padre in reversed(destino.parents[: ruta.count("/")]):  # first: what a link leads to is not ours
        if padre.is_symlink() or (padre.exists() and not padre.is_dir()):
            padre.unlink()
    if destino.is_dir() and not destino.is_symlink():
        shutil.rmtree(destino)


def _ajenos(corte: Publicado) -> list[str]:
    """Return what lies in a corte's tree and no manifest lists, our own proof and compressed forms apart."""
    presentes = {ruta.relative_to(corte.carpeta).as_posix() for ruta in publico.archivos(corte.carpeta)}
    propios = publicado.FUERA | set(corte.archivos)
    propios |= {f"{ruta}{sufijo}" for ruta in corte.archivos for sufijo in comprimidos.SUFIJOS}
    return sorted(presentes - propios)


def _metadatos(nodo: Nodo, source: PullSource) -> Updater:
    """Let TUF's client verify what the source has, down to the night's role."""
    updater = cliente.abrir(nodo.tuf, source, raiz=nodo.raiz)
    updater.refresh()
    rol = nodo.config.rol
    targets = delegado(nodo.tuf, Targets.type)
    if targets is None or targets.delegations is None or rol not in (targets.delegations.roles or {}):
        raise Rechazado(f"el repositorio no publica «{rol}», el único rol que este nodo acepta")
    # Looking a target up is what makes the client load the delegated role.
    updater.get_targetinfo(f"{rol}/difusores.json")
    return updater


def _lista(nodo: Nodo, updater: Updater, ahora: datetime) -> None:
    """Keep the signed list and its page, and obey it: a suspension never waits for a corte (decisions §3)."""
    rol = nodo.config.rol
    for nombre in ("difusores.html", "difusores.json"):
        objetivo = updater.get_targetinfo(f"{rol}/{nombre}")
        destino = nodo.carpeta / nombre
        if objetivo is None or _tiene(destino, objetivo):
            continue
        datos = cliente.descargar(updater, objetivo, nodo.tuf / _TEMPORAL, tope=LIMITES.difusores)
        if nombre == "difusores.json" and leer_lista(datos).rol != rol:
            raise Rechazado(f"la lista de difusores no es de «{rol}»")
        atomic.write(destino, datos)
    propio = nodo.leer_lista()
    if propio is not nodo.estado.difusor:
        antes = nodo.estado.difusor
        nodo.recordar(difusor=propio)
        nodo.publicar(ahora)
        nodo.anotar(
            ahora,
            "lista",
            nodo.config.id,
            {"de": antes.value if antes else None, "a": propio.value if propio else None},
        )


def _corte(
    nodo: Nodo,
    source: PullSource,
    crudo: bytes,
    ofertas: Iterator[Oferta],
    firmado: Firmado,
    ahora: datetime,
) -> Publicado:
    """Accept, complete, verify and activate one corte."""
    sha256 = huella(crudo)
    nuevo = manifest.leer(crudo)
    marca = nodo.estado.marca
    manifest.aceptar(nuevo, sha256=sha256, rol=nodo.config.rol, marca=marca)
    if marca is not None and nuevo.numero == marca.numero + 1 and nuevo.anterior != marca.sha256:
        raise Rechazado(
            f"el corte {nuevo.numero} no continúa el {marca.numero} que este nodo aceptó: hay dos distintos"
        )
    historia.exigir(firmado, nuevo, sha256)
    historia.guardar(nodo, firmado)
    _materializar(nodo, source, nuevo, crudo, ofertas, firmado, ahora)
    if nodo.par is not None and not nodo.par.turno(nuevo.numero):
        raise _Espera(f"el corte {nuevo.numero} está listo y espera al otro nodo de esta dirección")
    # Before the public sees it: no failure in between may leave the mark behind (A2, F4).
    nodo.recordar(marca=Marca(numero=nuevo.numero, sha256=sha256), entero=False, pedido=None)
    nodo.releases.activate(nuevo.numero)
    nodo.publicar(ahora)
    nodo.aceptado()
    activo = nodo.activo()
    if activo is None or activo.sha256 != sha256:
        raise ErrorDeAlmacen(f"el corte {nuevo.numero} no quedó activo en {nodo.carpeta}")
    nodo.anotar(ahora, "activado", str(nuevo.numero), {"manifest": sha256, "archivos": len(nuevo.archivos)})
    return activo


def _materializar(
    nodo: Nodo,
    source: PullSource,
    nuevo: Manifest,
    crudo: bytes,
    ofertas: Iterator[Oferta],
    firmado: Firmado,
    ahora: datetime,
) -> None:
    kept = nodo.corte(nuevo.numero)
    if kept is not None and kept.crudo == crudo:
        return
    _espacio(nodo.carpeta, f"el corte {nuevo.numero}", sum(a.tamano for a in nuevo.archivos))
    if nodo.releases.path(nuevo.numero).is_dir():
        nodo.releases.discard(nuevo.numero)
        publicado.leer.cache_clear()
        publicado.pruebas.cache_clear()
    _nombres(nodo, nuevo)
    for oferta in ofertas:
        if deltas.guardar(nodo, source, oferta, nuevo, ahora):
            break  # a failed one still gave what was good of it
    source.begin(LIMITES.plazo_corte)
    _completar(nodo, source, nuevo.archivos)
    alterados = [a for a in nuevo.archivos if not nodo.objetos.verify(a.sha256)]
    if alterados:
        # Our own store lost bytes at rest: fetch those again (B5).
        for uno in alterados:
            nodo.objetos.discard(uno.sha256)
        _completar(nodo, source, alterados)
    archivos = {a.ruta: nodo.objetos.path(a.sha256) for a in nuevo.archivos}
    archivos |= _comprimidos(nodo, nuevo)
    propia = _prueba(nodo, crudo)
    if propia is None:
        raise Rechazado(f"el corte {nuevo.numero} no está en los metadatos verificados")
    extra = {PRUEBA: propia, CHECKPOINT: firmado.nota, ENTRADAS: b"".join(firmado.lineas)}
    nodo.releases.materialise(nuevo.numero, archivos, extra)


def _completar(nodo: Nodo, source: PullSource, archivos: Iterable[Archivo]) -> None:
    for uno in archivos:
        if not nodo.objetos.has(uno.sha256):
            _traer(nodo, source, uno)


def _traer(nodo: Nodo, source: PullSource, uno: Archivo) -> None:
    datos = source.download_bytes(_objeto(uno), uno.tamano)
    if len(datos) != uno.tamano or huella(datos) != uno.sha256:
        raise Alterado(f"«{uno.ruta}» llegó alterado", rutas=(uno.ruta,))
    # A corte holds its files by names of its own; an object that a power cut took is fetched again.
    nodo.objetos.put(datos, perdible=True)


def _objeto(uno: Archivo) -> str:
    return f"objetos/{uno.sha256[:2]}/{uno.sha256}"


def _imagenes(nodo: Nodo) -> set[Archivo]:
    """Return the images that the cortes kept list: while one of them is kept, so are they."""
    cortes = (nodo.corte(numero) for numero in nodo.releases.numeros())
    return {uno for corte in cortes if corte is not None for uno in corte.manifest.imagenes}


def _comprimidos(nodo: Nodo, nuevo: Manifest) -> dict[str, Path]:
    """Compress after verifying, before activation (decisions §13); what the active corte has is reused."""
    hechos: dict[str, Path] = {}
    for uno in nuevo.archivos:
        if not routes.comprimible(uno.ruta):
            continue
        for sufijo, comprimir in comprimidos.COMPRESORES.items():
            sha = nodo.comprimidos.get((uno.sha256, sufijo))
            if sha is None or not nodo.objetos.verify(sha):
                datos = comprimir(nodo.objetos.path(uno.sha256).read_bytes())
                if len(datos) >= uno.tamano:
                    break  # of so few bytes no form is worth it; nginx tells caches of forms by the first
                sha = nodo.comprimidos[uno.sha256, sufijo] = nodo.objetos.put(datos, perdible=True)
            hechos[f"{uno.ruta}{sufijo}"] = nodo.objetos.path(sha)
    return hechos


def _prueba(nodo: Nodo, crudo: bytes) -> bytes | None:
    """Return the proof of a manifest by the verified metadata; None if they no longer list it."""
    corte = manifest.leer(crudo)
    rol = nodo.config.rol
    firmado = delegado(nodo.tuf, rol)
    objetivo = firmado.targets.get(corte.objetivo) if firmado else None
    if firmado is None or objetivo is None or objetivo.hashes.get("sha256") != huella(crudo):
        return None
    raices = sorted(
        (nodo.tuf / "root_history").glob("*.root.json"), key=lambda ruta: int(ruta.name.split(".", 1)[0])
    )
    con_lista = f"{rol}/difusores.json" in firmado.targets
    return prueba.escribir(
        prueba.Prueba(
            raices=tuple(ruta.read_bytes() for ruta in raices),
            timestamp=(nodo.tuf / "timestamp.json").read_bytes(),
            snapshot=(nodo.tuf / "snapshot.json").read_bytes(),
            targets=(nodo.tuf / "targets.json").read_bytes(),
            delegado=(nodo.tuf / f"{rol}.json").read_bytes(),
            manifest=crudo,
            difusores=(nodo.carpeta / "difusores.json").read_bytes() if con_lista else None,
        )
    )


def _podar(nodo: Nodo, source: PullSource, activo: Publicado) -> None:
    vivos = frozenset(a.sha256 for a in activo.manifest.archivos)
    nodo.releases.prune(CONSERVADOS)
    imagenes = {a.sha256 for a in _imagenes(nodo)}
    nodo.comprimidos = {de: sha for de, sha in nodo.comprimidos.items() if de[0] in vivos}
    nodo.objetos.prune(vivos | imagenes | set(nodo.comprimidos.values()))
    source.prune(vivos | imagenes | {activo.sha256})


def _espacio(carpeta: Path, que: str, tamano: int) -> None:
    """Refuse before writing what would fill the disk: room for it twice (D11)."""
    hace_falta = 2 * tamano
    libre = shutil.disk_usage(carpeta).free
    if libre < hace_falta:
        raise ErrorDeAlmacen(f"quedan {libre} bytes en {carpeta} y {que} pide {hace_falta}: libere espacio")


def _nombres(nodo: Nodo, nuevo: Manifest) -> None:
    """Refuse before writing what would leave the disk without inodes: object, its short forms, links (B7)."""
    disco = os.statvfs(nodo.carpeta)
    hacen_falta = NOMBRES_POR_ARCHIVO * sum(not nodo.objetos.has(a.sha256) for a in nuevo.archivos)
    if disco.f_files and disco.f_favail < hacen_falta:
        raise ErrorDeAlmacen(
            f"en el disco de {nodo.carpeta} caben {disco.f_favail} archivos más y el corte {nuevo.numero}"
            f" pide {hacen_falta}: libere espacio"
        )


def _tiene(destino: Path, objetivo: TargetFile) -> bool:
    try:
        return huella(destino.read_bytes()) == objetivo.hashes.get("sha256")
    except OSError:
        return False


def _fiel(carpeta: Path, uno: Archivo) -> bool:
    """Say whether a file of a tree is the signed one, and no part of its path a symlink (B2)."""
    *carpetas, nombre = uno.ruta.split("/")
    try:
        with abierta(carpeta, carpetas) as dirfd:
            fd = os.open(nombre, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=dirfd)
        with os.fdopen(fd, "rb") as abierto:
            return hashlib.file_digest(abierto, "sha256").hexdigest() == uno.sha256
    except OSError:
        return False


def _forma_fiel(ruta: Path, archivo: Archivo) -> bool:
    """Say whether it decompresses into the signed file; a form that got longer than it is none of ours."""
    try:
        fd = os.open(ruta, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as abierto:
            return comprimidos.falla(ruta.name, abierto.read(archivo.tamano), archivo) is None
    except OSError:
        return False


def _renovar_prueba(nodo: Nodo) -> None:
    """Keep the live proof: the active corte by the newest metadata, as long as they list it."""
    activo = nodo.activo()
    viva = _prueba(nodo, activo.crudo) if activo else None
    destino = nodo.carpeta / "prueba.json"
    if viva is not None and not (destino.is_file() and destino.read_bytes() == viva):
        atomic.write(destino, viva)


def _rechazo(error: Exception) -> ErrorDeConfianza:
    """Say a refusal of TUF's client in our words, its own beside them."""
    return ErrorDeConfianza(f"la firma o los metadatos no son válidos ({type(error).__name__}: {error})")
