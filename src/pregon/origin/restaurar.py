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

from tuf.api.metadata import Metadata, Targets

from pregon.errors import ErrorDeConfianza, ErrorDeDatos, ErrorDeOperacion, ErrorDeRed, PregonError
from pregon.origin.llaves import Llaves
from pregon.origin.repositorio import Repositorio
from pregon.paquete import prueba as pruebas
from pregon.paquete import registro
from pregon.paquete.inspeccion import PRUEBA, causa
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest, huella
from pregon.paquete.prueba import Prueba, Verificada
from pregon.paquete.registro import Checkpoint
from pregon.storage import atomic
from pregon.storage.objetos import Objetos
from pregon.transport.lectura import Lectura, LecturaDeCarpeta, LecturaDeUrl

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
    historia: str
    """Path of the public log and of its checkpoint, with that name to fill in."""


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
                historia=".well-known/pregon/{}",
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
        historia="{}.txt",
    )


def restaurar(
    carpeta: Path, llaves: Llaves, *, rol: str, copias: Sequence[Copia], ahora: datetime
) -> Restaurado:
    """Write the repository in `carpeta` anew and return what it continues from.

    Raises ErrorDeOperacion when no copy can be believed or together they lack a file, or when what is in
    `carpeta` is not older.
    """
    fallas: dict[str, str] = {}
    creidas = sorted(_creidas(copias, llaves, rol, ahora, fallas), key=lambda c: c[0], reverse=True)
    if not creidas:
        causas = "; ".join(f"{lugar}: {por}" for lugar, por in fallas.items())
        raise ErrorDeOperacion(f"ninguna copia sirve para restaurar: {causas}")
    version, copia, prueba, verificada = creidas[0]
    _que_sea_anterior(carpeta, version)
    utiles = [c for _, c, _, _ in creidas]
    objetos = Objetos(carpeta / "objetos")
    manifest = verificada.manifest
    for uno in manifest.archivos:
        objetos.put(_traer(utiles, manifest, uno, fallas))
    sin_imagen = 0
    for uno in manifest.imagenes:
        try:
            objetos.put(_traer(utiles, manifest, uno, fallas))
        except ErrorDeOperacion:
            sin_imagen += 1
    for ruta, datos in _archivos(prueba, verificada, utiles):
        atomic.write(carpeta / ruta, datos)
    atomic.write(carpeta / "metadata/timestamp.json", prueba.timestamp)
    ultimo = Repositorio(carpeta, llaves, rol).ultimo()
    assert ultimo == manifest
    return Restaurado(manifest=manifest, lugar=copia.lugar, sin_imagen=sin_imagen, fallas=fallas)


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


def _que_sea_anterior(carpeta: Path, version: int) -> None:
    puntero = carpeta / "metadata/timestamp.json"
    if puntero.exists() and (propia := _version(atomic.read(puntero, limit=LIMITES.metadatos))) >= version:
        raise ErrorDeOperacion(
            f"«{carpeta}» ya está en la versión {propia} y las copias en la {version}: no hay qué restaurar"
        )


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
    for raiz in prueba.raices:
        yield f"metadata/{_version(raiz)}.root.json", raiz
    yield f"metadata/{_version(prueba.targets)}.targets.json", prueba.targets
    yield f"metadata/{_version(prueba.delegado)}.{rol}.json", prueba.delegado
    yield f"metadata/{_version(prueba.snapshot)}.snapshot.json", prueba.snapshot
    yield f"targets/{rol}/{numero}/{verificada.sha256}.manifest", prueba.manifest
    if prueba.difusores is not None:
        yield f"targets/{rol}/{huella(prueba.difusores)}.difusores.json", prueba.difusores
    if verificada.difusores_html is not None:
        pagina = _firmado(copias, "difusores.html", verificada.difusores_html, LIMITES.difusores)
        yield f"targets/{rol}/{verificada.difusores_html}.difusores.html", pagina
    yield from _historia(prueba, rol, copias)


def _historia(prueba: Prueba, rol: str, copias: Sequence[Copia]) -> Iterator[tuple[str, bytes]]:
    """Yield the public log under its signed checkpoint, an entry a file: the next corte adds one to it."""
    ruta = registro.objetivo(rol)
    objetivo = Metadata[Targets].from_bytes(prueba.delegado).signed.targets.get(ruta)
    if objetivo is None:
        return
    sha256 = objetivo.hashes["sha256"]
    nota = _firmado(copias, "checkpoint", sha256, LIMITES.checkpoint)
    carpeta, _, nombre = ruta.rpartition("/")
    yield f"targets/{carpeta}/{sha256}.{nombre}", nota
    cabeza = registro.leer_nota(nota)
    for i, linea in enumerate(_lineas(copias, cabeza)):
        yield registro.ruta(i), linea


def _lineas(copias: Sequence[Copia], cabeza: Checkpoint) -> tuple[bytes, ...]:
    motivo = ""
    for copia in copias:
        try:
            datos = copia.lectura.leer(copia.historia.format("registro"), LIMITES.entrada * LIMITES.entradas)
            return registro.historia(cabeza, registro.separar(datos)).lineas
        except (ErrorDeDatos, ErrorDeRed, ErrorDeConfianza) as error:
            motivo = f"{copia.lugar}: {error}"
    raise ErrorDeOperacion(f"ninguna copia tiene el registro de cortes que está firmado: {motivo}")


def _firmado(copias: Sequence[Copia], nombre: str, sha256: str, limite: int) -> bytes:
    for copia in copias:
        ruta = nombre if "." in nombre else copia.historia.format(nombre)
        try:
            datos = copia.lectura.leer(ruta, limite)
        except (ErrorDeDatos, ErrorDeRed) as error:
            _log.warning("%s: %s", copia.lugar, error)
            continue
        if huella(datos) == sha256:
            return datos
    raise ErrorDeOperacion(f"ninguna copia tiene «{nombre}» como está firmado: dé otra, o vuelva a intentar")


def _version(datos: bytes) -> int:
    return int(Metadata.from_bytes(datos).signed.version)
