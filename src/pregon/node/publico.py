"""What nginx opens by itself: hard links to the active corte, by names that only the node gives (ADR 0014).

`publico/actual` points to one tree; each change of corte or of entry page builds another and moves the
pointer by one rename. Whatever is not in it is asked of the node, so a tree that is missing or short is slow
and never wrong: while the notice of a suspension stands it holds the notice and nothing else (decisions
§23), and when it cannot be built there is none. It is derived: nothing here is synced, and every start and
every `revisar` makes it afresh.

    address                name
    /                      @                     the entry page of the moment
    /diputaciones/         diputaciones/@        and @.gz, @.br
    /corte.json            corte.json@

The mark `@` is what a file dropped into any of the node's folders does not have (A9).
"""

import contextlib
import logging
import os
import posixpath
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pregon.errors import ErrorDeAlmacen
from pregon.node import routes
from pregon.node.portada import Portada
from pregon.node.publicado import Publicado
from pregon.node.routes import Fuente
from pregon.storage import atomic

CARPETA: Final = "publico"
MARCA: Final = "@"
_INDICE: Final = "index.html"
_log = logging.getLogger(__name__)


class Publico:
    """The trees of one node; one caller at a time."""

    def __init__(self, carpeta: Path) -> None:
        """Nothing is created until there is something to show."""
        self.carpeta = carpeta / CARPETA
        self.actual = self.carpeta / "actual"
        self._imposible = ""

    def poner(
        self, activo: Publicado | None, anteriores: Iterable[Publicado], entrada: Portada, *, de_nuevo: bool
    ) -> None:
        """Show this corte behind this entry page; nothing is done if so it is, unless `de_nuevo`.

        `anteriores` still lend their stamped data files, the newest first. Raises ErrorDeAlmacen only if
        what was shown before could not even be taken away.
        """
        if activo is None:
            self._quitar()
            return
        nombre = f"{activo.manifest.numero}-{activo.sha256[:12]}-{entrada.value}."
        if not de_nuevo and nombre == self._nombre():
            return
        if not de_nuevo and nombre == self._imposible:
            with contextlib.suppress(ErrorDeAlmacen):  # told once; perhaps now it can
                self._quitar()
            return
        try:
            self._construir(nombre, _enlaces(activo, anteriores, entrada))
        except OSError as error:
            _log.warning("nginx preguntará todo al nodo: %s", atomic.causa(error))
            self._imposible = nombre  # not again at each turn
            self._quitar()

    def ajenos(self) -> tuple[str, ...]:
        """Return what lies in the tree without a link elsewhere in the node's folder: nobody signed it."""
        hallados = [
            ruta.relative_to(self.actual).as_posix()
            for ruta in archivos(self.actual)
            if not _es_regular(ruta) or ruta.lstat().st_nlink == 1
        ]
        return tuple(sorted(hallados))

    def _nombre(self) -> str:
        try:
            return self.actual.readlink().stem + "."
        except OSError:
            return ""

    def _construir(self, nombre: str, enlaces: Mapping[str, tuple[Path, int]]) -> None:
        self.carpeta.mkdir(parents=True, exist_ok=True)
        arbol = Path(tempfile.mkdtemp(prefix=nombre, dir=self.carpeta))
        try:
            self._llenar(arbol, enlaces)
            nuevo = self.carpeta / "actual.nuevo"
            nuevo.unlink(missing_ok=True)
            nuevo.symlink_to(arbol.name)
            nuevo.replace(self.actual)
        except OSError:
            shutil.rmtree(arbol, ignore_errors=True)  # tried again with each `revisar`: they would pile up
            raise
        # A reader in between finds a name less, and nginx asks the node.
        for otro in self.carpeta.iterdir():
            if otro not in {self.actual, arbol}:
                shutil.rmtree(otro, ignore_errors=True)

    def _llenar(self, arbol: Path, enlaces: Mapping[str, tuple[Path, int]]) -> None:
        for ruta, (origen, fecha) in enlaces.items():
            destino = arbol / ruta
            destino.parent.mkdir(parents=True, exist_ok=True)
            if origen.lstat().st_mtime != fecha:
                os.utime(origen, (fecha, fecha), follow_symlinks=False)
            destino.hardlink_to(origen)
        # Whatever the umask says (B6): nginx is somebody else.
        for carpeta in (self.carpeta, *(Path(c) for c, _, _ in os.walk(arbol))):
            carpeta.chmod(0o755)

    def _quitar(self) -> None:
        with (
            atomic.almacen(f"quitar «{self.actual}»"),
            contextlib.suppress(FileNotFoundError, NotADirectoryError),
        ):
            self.actual.unlink()


def archivos(carpeta: Path) -> Iterator[Path]:
    """Yield whatever lies in a tree and is no folder; a link to one is a link."""
    for donde, carpetas, nombres in os.walk(carpeta):
        yield from (Path(donde, nombre) for nombre in nombres)
        yield from (ruta for nombre in carpetas if (ruta := Path(donde, nombre)).is_symlink())


def _enlaces(
    activo: Publicado, anteriores: Iterable[Publicado], entrada: Portada
) -> dict[str, tuple[Path, int]]:
    """Return name in the tree → file and the time that stands for its bytes."""
    rutas = {_INDICE: (activo, entrada.archivo)}
    if entrada is not Portada.AVISO:
        for corte in (*reversed(tuple(anteriores)), activo):
            rutas |= {
                ruta: (corte, ruta)
                for ruta in corte.archivos
                if _abierta(ruta) and (corte is activo or ruta.startswith(routes.CON_NOMBRE_PROPIO))
            }
    return {
        f"{nombre}{MARCA}{sufijo}": (origen, routes.fecha(corte.archivos[propia].sha256, sufijo))
        for ruta, (corte, propia) in rutas.items()
        if propia in corte.archivos
        for sufijo in _formas(corte.carpeta / propia)
        if _es_regular(origen := corte.carpeta / f"{propia}{sufijo}")
        for nombre in _nombres(ruta)
    }


def _formas(ruta: Path) -> tuple[str, ...]:
    """Return the suffixes of a file and its forms: without a .gz none, for by that one nginx sends Vary."""
    con_gz = _es_regular(ruta.with_name(f"{ruta.name}.gz"))
    return ("", *routes.CODIFICACIONES.values()) if con_gz else ("",)


def _abierta(ruta: str) -> bool:
    """Say whether its address is answered from the active corte, with a type that nginx knows."""
    hallada = routes.resolver(f"/{quote(ruta)}")
    conocida = posixpath.splitext(ruta)[1] in routes.TIPOS
    return conocida and hallada is not None and hallada[0].fuente is Fuente.CORTE


def _nombres(ruta: str) -> tuple[str, ...]:
    """Return the addresses of a path: a folder's page is the folder's too."""
    carpeta, nombre = posixpath.split(ruta)
    return (ruta, posixpath.join(carpeta, "")) if nombre == _INDICE else (ruta,)


def _es_regular(ruta: Path) -> bool:
    """Say whether there is a file, and no symlink in its place (B2)."""
    try:
        return stat.S_ISREG(ruta.lstat().st_mode)
    except OSError:
        return False
