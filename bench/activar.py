"""`node-activation`: from a delivery that lies whole in the inbox to the new corte on the portal.

A node process serves the corte before; its next one, of Coahuila's size and with nearly every file changed,
lies in its inbox but for `timestamp.json`. The clock runs from that last file to the first answer of the new
corte by the node's own server: metadata and every byte verified, compressed, synced, activated. Beside it,
`rsync -a` of the same tree into a docroot: nothing verified, compressed or synced. Disks of their own each
time; what both leave must be the same files.
"""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from entry import Entry, Side, Sides

from pregon import sitio
from pregon.origin import motor
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import huella
from pregon.prep import eleccion
from pregon.prep.corte_json import corte_json
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba

_TEMPORALES: Final = tempfile.TemporaryDirectory(prefix="pregon-activar-")
_LATIDO: Final = "metadata/timestamp.json"
_VIDA: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activado:
    """How long it took, and what was left; two are equal when they left the same files."""

    segundos: float = field(compare=False)
    archivos: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noche:
    """A node that serves corte 1, the delivery of corte 2, and the trees of both."""

    nodo: Path
    entrega: Path
    arboles: tuple[Path, Path]


@cache
def sitios() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the sites of two cortes in a row, in the middle of the night *Diputaciones 2026*."""
    noche = Sintetica(eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones"))
    periodo = noche.jornada.periodo
    instantes = [noche.jornada.cierre - 40 * periodo, noche.jornada.cierre - 39 * periodo]
    hechos = []
    for numero, instante in enumerate(instantes, start=1):
        actas = noche.leer(instante).actas
        corte = motor.contar(noche.jornada, numero=numero, instante=instante, ultimo=False, actas=actas)
        paginas = sitio.paginas(
            corte, publicado=instante, periodo=periodo.total_seconds(), huella=huella(corte_json(corte))
        )
        hechos.append(dict(paginas))
    return hechos[0], hechos[1]


@cache
def _noche() -> Noche:
    carpeta = Path(_TEMPORALES.name)
    origen = OrigenDePrueba(carpeta / "origen")
    config = escribir_nodo(carpeta / "nodo", origen.raiz, rol=ROL)
    entrega = carpeta / "entrega"
    arboles = carpeta / "arbol-1", carpeta / "arbol-2"
    for numero, (archivos, arbol) in enumerate(zip(sitios(), arboles, strict=True), start=1):
        for ruta, datos in archivos.items():
            (arbol / ruta).parent.mkdir(parents=True, exist_ok=True)
            (arbol / ruta).write_bytes(datos)
        origen.publicar(numero, archivos=archivos, vence=_VIDA)
        if numero == 1:
            origen.entregar(config.parent / "buzon")
            with NodoEnProceso(config) as proceso:
                proceso.esperar_corte(1)
    origen.entregar(entrega)
    return Noche(nodo=config.parent, entrega=entrega, arboles=arboles)


def _nuestro(noche: Noche) -> Activado:
    with tempfile.TemporaryDirectory(dir=_TEMPORALES.name) as carpeta:
        nodo = Path(carpeta) / "nodo"
        shutil.copytree(noche.nodo, nodo, symlinks=True)
        buzon = nodo / "buzon"
        with NodoEnProceso(nodo / "nodo.toml") as proceso:
            proceso.esperar_corte(1)
            shutil.copytree(
                noche.entrega, buzon, dirs_exist_ok=True, ignore=shutil.ignore_patterns("timestamp.json")
            )
            shutil.copy(noche.entrega / _LATIDO, buzon / "latido")
            inicio = time.perf_counter()
            (buzon / "latido").replace(buzon / _LATIDO)
            proceso.esperar_corte(2)
            segundos = time.perf_counter() - inicio
            assert proceso.pedir("/corte.json")[1] == sitios()[1]["corte.json"]
        return Activado(segundos=segundos, archivos=_huellas(nodo / "actual"))


def _rsync(noche: Noche) -> Activado:
    with tempfile.TemporaryDirectory(dir=_TEMPORALES.name) as carpeta:
        raiz = Path(carpeta) / "raiz"
        shutil.copytree(noche.arboles[0], raiz)
        inicio = time.perf_counter()
        subprocess.run(
            ["rsync", "-a", "--delete", f"{noche.arboles[1]}/", f"{raiz}/"], check=True, timeout=60
        )
        segundos = time.perf_counter() - inicio
        return Activado(segundos=segundos, archivos=_huellas(raiz))


def _huellas(carpeta: Path) -> dict[str, str]:
    """Hash the files of the site; what a node adds of its own is not of it."""
    return {ruta: huella((carpeta / ruta).read_bytes()) for ruta in sorted(sitios()[1])}


def _preparar() -> Sides:
    noche = _noche()
    return Sides(ours=lambda: _nuestro(noche), peer=lambda: _rsync(noche))


def _segundos(side: Side) -> float:
    activado = side()
    assert isinstance(activado, Activado)
    return activado.segundos


ENTRIES: Final = (Entry(id="node-activation", prepare=_preparar, limit=2.0, cost=_segundos),)
