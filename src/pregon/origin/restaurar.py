"""The repository of a lost origin, from what the difusores hold (F9).

A backup of the keys is enough: every node keeps, public and signed, all that the next corte must continue
from. The copy with the highest timestamp wins, so that no node sees a version that it had already; every
byte is verified as a citizen would before it is written, and the pointer is written last.
"""

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from tuf.api.metadata import Metadata

from pregon.errors import ErrorDeDatos, ErrorDeOperacion, ErrorDeRed, PregonError
from pregon.origin.llaves import Llaves
from pregon.origin.repositorio import Repositorio, entregada
from pregon.paquete import prueba as pruebas
from pregon.paquete import registro
from pregon.paquete.inspeccion import CHECKPOINT, ENTRADAS, PRUEBA, causa
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest, huella
from pregon.paquete.prueba import Prueba, Verificada
from pregon.storage import atomic
from pregon.storage.lock import lock
from pregon.storage.objetos import Objetos
from pregon.transport.lectura import Lectura, LecturaDeCarpeta, LecturaDeUrl

_ESPERA: Final = 10.0
"""Seconds that it waits for another night of the same root to end what it is writing."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copia:
    """What one difusor holds: its public address, or its node's folder."""

    lugar: str
    lectura: Lectura
    prueba: str
    """Path of the live proof."""
    corte: str
    """Path of a corte's tree, with its number to fill in."""
    checkpoint: str
    """Path of the signed head of the public log."""
    registro: str
    """Path of its entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restaurado:
    """What came back."""

    manifest: Manifest
    lugar: str
    """Where its metadata came from."""
    sin_imagen: int
    """Images that no copy has: they stay «en proceso» until they are gathered again."""
    fallas: Mapping[str, str]
    """Copies of no use → why."""


@contextlib.contextmanager
def abrir_copia(lugar: str) -> Iterator[Copia]:
    """Open a copy to read from: an `http(s)://` address, or else a node's folder."""
    if lugar.startswith(("http://", "https://")):
        with contextlib.closing(LecturaDeUrl(lugar, plazo=LIMITES.plazo_corte)) as lectura:
            yield Copia(
                lugar=lugar,
                lectura=lectura,
                prueba=PRUEBA,
                corte="c/{}/",
                checkpoint=CHECKPOINT,
                registro=ENTRADAS,
            )
        return
    carpeta = Path(lugar)
    if not (carpeta / "cortes").is_dir():
        raise ErrorDeDatos("no es la carpeta de un nodo: no tiene «cortes»", archivo=lugar)
    yield Copia(
        lugar=lugar,
        lectura=LecturaDeCarpeta(carpeta),
        prueba="prueba.json",
        corte="cortes/{}/",
        checkpoint="checkpoint.txt",
        registro="registro.txt",
    )


def restaurar(
    carpeta: Path, llaves: Llaves, *, rol: str, copias: Sequence[Copia], ahora: datetime
) -> Restaurado:
    """Write the repository in `carpeta` anew and return what it continues from.

    Raises ErrorDeOperacion when no copy can be believed or together they lack a file, or when what is in
    `carpeta` is newer.
    """
    fallas: dict[str, str] = {}
    creidas = sorted(_creidas(copias, llaves, rol, ahora, fallas), key=lambda c: c[0], reverse=True)
    if not creidas:
        causas = "; ".join(f"{lugar}: {por}" for lugar, por in fallas.items())
        raise ErrorDeOperacion(f"ninguna copia sirve para restaurar: {causas}")
    _, copia, prueba, verificada = creidas[0]
    with lock(carpeta / ".candado", wait=_ESPERA):
        _que_sea_anterior(carpeta, prueba.timestamp)
        utiles = [c for _, c, _, _ in creidas]
        sin_imagen = _guardar_objetos(Objetos(carpeta / "objetos"), verificada.manifest, utiles, fallas)
        for ruta, datos in _archivos(prueba, verificada, utiles):
            atomic.write(carpeta / ruta, datos)
        atomic.write(carpeta / "metadata/timestamp.json", prueba.timestamp)
    ultimo = Repositorio(carpeta, llaves, rol).ultimo()
    assert ultimo == verificada.manifest
    return Restaurado(manifest=ultimo, lugar=copia.lugar, sin_imagen=sin_imagen, fallas=fallas)


def _creidas(
    copias: Sequence[Copia], llaves: Llaves, rol: str, ahora: datetime, fallas: dict[str, str]
) -> Iterator[tuple[int, Copia, Prueba, Verificada]]:
    for copia in copias:
        try:
            prueba = pruebas.leer(copia.lectura.leer(copia.prueba, LIMITES.prueba))
            verificada = pruebas.verificar(prueba, raiz=llaves.huella, rol=rol, ahora=ahora)
        except PregonError as error:
            fallas[copia.lugar] = str(error)
        else:
            yield _version(prueba.timestamp), copia, prueba, verificada


def _que_sea_anterior(carpeta: Path, timestamp: bytes) -> None:
    """Refuse to go back. The very same state is written again: a backup of metadata lacks the rest of it."""
    puntero, version = carpeta / "metadata/timestamp.json", _version(timestamp)
    propio = atomic.read(puntero, limit=LIMITES.metadatos) if puntero.exists() else timestamp
    if propio != timestamp and _version(propio) >= version:
        raise ErrorDeOperacion(
            f"«{carpeta}» ya está en la versión {_version(propio)} y las copias en la {version}: no hay qué"
            " restaurar; si le falta contenido, dé un portal que tenga esa versión"
        )
    if (ida := entregada(carpeta)) > version:
        raise ErrorDeOperacion(
            f"de «{carpeta}» ya se entregó la versión {ida} y las copias llegan a la {version}: dé el portal"
            " que la recibió; sólo si ninguno la tiene, borre su carpeta «entregas» y vuelva a dar la orden"
        )


def _guardar_objetos(
    objetos: Objetos, manifest: Manifest, copias: Sequence[Copia], fallas: dict[str, str]
) -> int:
    """Keep every file of a corte and the images that there are; return how many there are not."""
    for uno in manifest.archivos:
        objetos.put(_traer(copias, manifest, uno, fallas))
    sin_imagen = 0
    for uno in manifest.imagenes:
        try:
            objetos.put(_traer(copias, manifest, uno, fallas))
        except ErrorDeOperacion:
            sin_imagen += 1
    return sin_imagen


def _traer(copias: Sequence[Copia], manifest: Manifest, uno: Archivo, fallas: dict[str, str]) -> bytes:
    motivo = "ninguna copia lo tiene"
    for copia in copias:
        ruta = copia.corte.format(manifest.numero) + uno.ruta
        try:
            datos = copia.lectura.leer(ruta, uno.tamano)
        except (ErrorDeDatos, ErrorDeRed) as error:
            motivo = str(error)
            continue
        if (mal := causa(uno, datos)) is None:
            return datos
        motivo = fallas[copia.lugar] = f"{uno.ruta}: {mal}"
    raise ErrorDeOperacion(f"falta «{uno.ruta}» del corte {manifest.numero}: {motivo}")


def _archivos(prueba: Prueba, verificada: Verificada, copias: Sequence[Copia]) -> Iterator[tuple[str, bytes]]:
    """Yield metadata and targets under the names that a repository gives them."""
    rol, numero = verificada.rol, verificada.manifest.numero
    yield f"metadata/{_version(prueba.targets)}.targets.json", prueba.targets
    yield f"metadata/{_version(prueba.delegado)}.{rol}.json", prueba.delegado
    yield f"metadata/{_version(prueba.snapshot)}.snapshot.json", prueba.snapshot
    yield f"targets/{rol}/{numero}/{verificada.sha256}.manifest", prueba.manifest
    if prueba.difusores is not None:
        yield f"targets/{rol}/{huella(prueba.difusores)}.difusores.json", prueba.difusores
    if verificada.difusores_html is not None:
        yield f"targets/{rol}/{verificada.difusores_html}.difusores.html", _pagina(verificada, copias)
    if verificada.checkpoint is not None:
        nota, lineas = _registro(verificada, copias)
        yield f"targets/{rol}/{verificada.checkpoint}.checkpoint", nota
        for posicion, linea in enumerate(lineas):
            yield registro.ruta(rol, posicion), linea
    # After targets, and the newest first: whoever reads a chain half written sees that of the backup.
    for raiz in reversed(prueba.raices):
        yield f"metadata/{_version(raiz)}.root.json", raiz


def _pagina(verificada: Verificada, copias: Sequence[Copia]) -> bytes:
    for copia in copias:
        try:
            datos = copia.lectura.leer("difusores.html", LIMITES.difusores)
        except (ErrorDeDatos, ErrorDeRed) as error:
            _log.warning("%s: %s", copia.lugar, error)
            continue
        if huella(datos) == verificada.difusores_html:
            return datos
    raise ErrorDeOperacion("ninguna copia tiene la página firmada de difusores: dé otra, o vuelva a intentar")


def _registro(verificada: Verificada, copias: Sequence[Copia]) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the signed head of the public log, and the entries under it: no other history may be begun."""
    for copia in copias:
        try:
            nota = copia.lectura.leer(copia.checkpoint, LIMITES.checkpoint)
            if huella(nota) == verificada.checkpoint:
                lista = copia.lectura.leer(copia.registro, LIMITES.entrada * LIMITES.entradas)
                cabeza = registro.verificar(nota, *verificada.llaves)
                return nota, registro.historia(cabeza, registro.separar(lista)).lineas
        except PregonError as error:
            _log.warning("%s: %s", copia.lugar, error)
    raise ErrorDeOperacion("ninguna copia tiene el registro de cortes firmado: dé otra, o vuelva a intentar")


def _version(datos: bytes) -> int:
    return int(Metadata.from_bytes(datos).signed.version)
