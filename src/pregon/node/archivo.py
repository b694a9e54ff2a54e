"""A self-contained copy of what a node published, for any web server to keep (`paquete.copia`, §27).

Every byte is read from the node, hashed against what was signed, and written anew: the copy shares nothing
with the node's folder. It is built beside its place and appears by one rename; the ZIP, if asked for, just
before. It may be made while the node serves; until the close a corte may be pruned meanwhile, and the copy
fails.
"""

import contextlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pregon.errors import Alterado, ErrorDeAlmacen, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.node import publicado, routes
from pregon.node.nodo import Nodo
from pregon.node.publicado import Publicado
from pregon.paquete import copia, prueba
from pregon.paquete.inspeccion import PRUEBA, PRUEBAS, causa
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import IMAGENES, Archivo, huella
from pregon.storage import atomic

_PARCIAL: Final = ".parcial-"
_BLOQUE: Final = 4096
"""Bytes that the smallest file takes on a disk."""

Avisar = Callable[[int, int], None]
"""Is told how many files are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copiado:
    """What was made."""

    corte: int
    cortes: tuple[int, ...]
    archivos: int
    bytes: int
    """Of content, each once."""
    imagenes_que_faltan: int


def archivar(nodo: Nodo, destino: Path, *, con_zip: bool, antes_del_cierre: bool, avisar: Avisar) -> Copiado:
    """Make the copy in `destino`, which must not exist, and with `con_zip` `destino`.zip.

    Raises ErrorDeOperacion before the close unless `antes_del_cierre`, ErrorDeAlmacen for the disk, Alterado
    when a file of the node is not the signed one. A copy that fails leaves nothing.
    """
    activo = nodo.activo()
    if activo is None:
        raise ErrorDeOperacion("este nodo aún no tiene ningún corte")
    if not activo.manifest.ultimo and not antes_del_cierre:
        raise ErrorDeOperacion(
            f"el corte {activo.manifest.numero} no es el último: la publicación no ha cerrado"
            " (con --antes-del-cierre se archiva lo que hay)"
        )
    zip_ = destino.with_name(f"{destino.name}.zip")
    for ocupado in (destino, *([zip_] if con_zip else [])):
        if os.path.lexists(ocupado):
            raise ErrorDeConfiguracion(f"ya existe «{ocupado}»: indique otro destino", clave="DESTINO")
    cortes = [corte for numero in nodo.releases.numeros() if (corte := nodo.corte(numero)) is not None]
    imagenes = {uno for corte in cortes for uno in corte.manifest.imagenes}
    presentes = {uno for uno in imagenes if nodo.objetos.has(uno.sha256)}
    unicos = {uno.sha256: uno.tamano for corte in cortes for uno in corte.manifest.archivos}
    unicos |= {uno.sha256: uno.tamano for uno in presentes}
    total = sum(
        len(corte.archivos) + len(presentes & set(corte.manifest.imagenes)) for corte in [activo, *cortes]
    )
    parcial = destino.with_name(f"{_PARCIAL}{destino.name}")
    with _limpio(parcial), atomic.almacen(f"archivar en «{destino}»"):
        atomic.make_dirs(parcial.parent)
        _espacio(parcial.parent, unicos.values(), cortes, veces=2 if con_zip else 1)
        taller = _Taller(parcial, total, avisar)
        taller.poner(_portada(nodo, activo, cortes))
        for prefijo, corte in [("", activo), *((copia.permanente(c.manifest.numero), c) for c in cortes)]:
            for uno in corte.manifest.archivos:
                taller.copiar(corte.carpeta / uno.ruta, uno, prefijo)
            for uno in corte.manifest.imagenes:
                if uno in presentes:
                    taller.copiar(nodo.objetos.path(uno.sha256), uno, prefijo)
        for corte in cortes:
            prefijo = copia.permanente(corte.manifest.numero)
            taller.poner((prefijo + ruta, datos) for ruta, datos in _anexos(nodo, corte))
        # Whatever the umask says (B6): who serves it is somebody else.
        for carpeta, _, nombres in os.walk(parcial):
            Path(carpeta).chmod(0o755)
            for nombre in nombres:
                Path(carpeta, nombre).chmod(0o644)
        # One call for a hundred thousand files: `atomic.write` would wait for the disk at each.
        os.sync()
        if con_zip:
            _comprimir(parcial, zip_, activo, [corte.manifest.numero for corte in cortes])
        parcial.rename(destino)
        atomic.sync_dir(destino.parent)
    return Copiado(
        corte=activo.manifest.numero,
        cortes=tuple(corte.manifest.numero for corte in cortes),
        archivos=taller.archivos,
        bytes=sum(unicos.values()),
        imagenes_que_faltan=len(imagenes) - len(presentes),
    )


class _Taller:
    """The folder being built: one copy of each content, and links to it where the disk has them."""

    def __init__(self, carpeta: Path, total: int, avisar: Avisar) -> None:
        self._carpeta, self._total, self._avisar = carpeta, total, avisar
        self._puestos: dict[str, Path] = {}
        self._hechos = 0
        self.archivos = 0

    def copiar(self, origen: Path, uno: Archivo, prefijo: str) -> None:
        """Put a signed file; Alterado if it is not."""
        ruta = prefijo + uno.ruta
        destino = self._lugar(ruta)
        anterior = self._puestos.get(uno.sha256)
        if anterior is None or not _enlazado(anterior, destino):
            with origen.open("rb") as abierto:
                datos = abierto.read(uno.tamano + 1)
            if (motivo := causa(uno, datos)) is not None:
                raise Alterado(
                    f"«{origen}» está alterado: {motivo}; el nodo lo repara al servir", rutas=(ruta,)
                )
            destino.write_bytes(datos)
            self._puestos[uno.sha256] = destino
        self._hechos += 1
        self._avisar(self._hechos, self._total)

    def poner(self, archivos: Iterable[tuple[str, bytes]]) -> None:
        """Put what follows from signed bytes."""
        for ruta, datos in archivos:
            self._lugar(ruta).write_bytes(datos)

    def _lugar(self, ruta: str) -> Path:
        destino = self._carpeta / ruta
        destino.parent.mkdir(parents=True, exist_ok=True)
        self.archivos += 1
        return destino


def _portada(nodo: Nodo, activo: Publicado, cortes: list[Publicado]) -> Iterator[tuple[str, bytes]]:
    """Yield what stands at the root beside the active corte's files."""
    yield copia.LEEME, copia.leeme(activo.manifest, (corte.manifest.numero for corte in cortes))
    crudo = _leido(nodo.carpeta / "prueba.json", LIMITES.prueba)
    # The newest heartbeat's, if it is still of this corte.
    if crudo is None or huella(prueba.leer(crudo).manifest) != activo.sha256:
        crudo = atomic.read(activo.carpeta / PRUEBA, limit=LIMITES.prueba)
    yield PRUEBA, crudo
    yield from copia.raices(prueba.leer(crudo)).items()
    yield from _registro(activo)
    yield from _listas(nodo)


def _anexos(nodo: Nodo, corte: Publicado) -> Iterator[tuple[str, bytes]]:
    """Yield what stands beside a kept corte's files: its proof, its log, the list, a proof of each file."""
    yield PRUEBA, atomic.read(corte.carpeta / PRUEBA, limit=LIMITES.prueba)
    yield from _listas(nodo)
    yield from _registro(corte)
    cortadas = publicado.pruebas(corte.carpeta)
    for ruta in corte.archivos:
        yield f"{PRUEBAS}{ruta}.txt", cortadas.de(ruta)


def _registro(corte: Publicado) -> Iterator[tuple[str, bytes]]:
    for ruta in sorted(publicado.FUERA - {PRUEBA}):
        yield ruta, atomic.read(corte.carpeta / ruta, limit=LIMITES.entrada * LIMITES.entradas)


def _listas(nodo: Nodo) -> Iterator[tuple[str, bytes]]:
    for nombre in copia.LISTAS:
        if (datos := _leido(nodo.carpeta / nombre, LIMITES.difusores)) is not None:
            yield nombre, datos


def _leido(ruta: Path, limite: int) -> bytes | None:
    return atomic.read(ruta, limit=limite) if ruta.is_file() else None


def _enlazado(anterior: Path, destino: Path) -> bool:
    try:
        destino.hardlink_to(anterior)
    except OSError:  # a disk without links, or a file with too many
        return False
    return True


def _espacio(carpeta: Path, tamanos: Iterable[int], cortes: list[Publicado], *, veces: int) -> None:
    """Refuse before writing what would fill the disk (D11)."""
    propios = sum(-(-tamano // _BLOQUE) * _BLOQUE for tamano in tamanos)
    pruebas = sum(len(corte.archivos) + len(corte.crudo) // _BLOQUE + 8 for corte in cortes) * _BLOQUE
    hace_falta, libre = veces * (propios + pruebas), shutil.disk_usage(carpeta).free
    if libre < hace_falta:
        raise ErrorDeAlmacen(
            f"quedan {libre} bytes en «{carpeta}» y la copia pide {hace_falta}: libere espacio"
        )


def _comprimir(carpeta: Path, zip_: Path, activo: Publicado, cortes: Iterable[int]) -> None:
    """Write the ZIP of a folder: the same copy gives the same bytes, wherever and whenever it is made.

    A ZIP has no links: of an image that stands at the root, the others are left out.
    """
    parcial = zip_.with_name(f"{_PARCIAL}{zip_.name}")
    fecha = activo.manifest.publicado.timetuple()[:6]
    todas = {uno.relative_to(carpeta).as_posix() for uno in carpeta.rglob("*") if uno.is_file()}
    repetidas = {
        copia.permanente(n) + ruta for n in cortes for ruta in todas if ruta.startswith(f"{IMAGENES}/")
    }
    rutas = sorted(todas - repetidas)
    try:
        with parcial.open("wb") as abierto:
            with zipfile.ZipFile(abierto, "w") as salida:
                for ruta in rutas:
                    entrada = zipfile.ZipInfo(f"{copia.carpeta(activo.manifest)}/{ruta}", date_time=fecha)
                    entrada.create_system = 3  # Unix wherever it runs: the field is part of the bytes
                    entrada.external_attr = 0o644 << 16
                    if routes.comprimible(ruta):
                        entrada.compress_type = zipfile.ZIP_DEFLATED
                    salida.writestr(entrada, (carpeta / ruta).read_bytes(), compresslevel=6)
            abierto.flush()
            os.fsync(abierto.fileno())
        parcial.rename(zip_)
    finally:
        parcial.unlink(missing_ok=True)


@contextlib.contextmanager
def _limpio(parcial: Path) -> Iterator[None]:
    """Begin without what a killed copy left, and leave nothing of one that fails."""
    shutil.rmtree(parcial, ignore_errors=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(parcial, ignore_errors=True)
        raise
