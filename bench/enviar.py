"""`delta-bytes`: bytes for one node and one corte, as origin really sends them to who has the corte before.

The peer is `rsync -az --delete` of the same two trees through its own daemon on loopback, both directions
counted; what did not change keeps its modification time there, as a careful publisher would do. Ours is the
whole delivery: metadata of TUF, lists and delta, pushed by receipt into an inbox and activated by a node.
Both sides end with the tree, or nothing is measured. No images on either. `delta-make` is what all deltas
and the bundle of a corte cost at origin, `delta-apply` one delta at the node, beside a whole run of rsync.

    python bench/enviar.py     prints what the bytes consist of
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from entry import Entry, Side, Sides, seconds

from pregon import sitio
from pregon.node import config, nodo
from pregon.node.receive import recibir
from pregon.origin.motor import contar
from pregon.origin.sources import Fuente, ejemplos
from pregon.origin.sources.reproduccion import Reproduccion
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete import delta
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import escribir, huella
from pregon.paquete.recibo import Recibo
from pregon.prep import eleccion
from pregon.prep.base_de_datos import leer
from pregon.prep.cambios import con_cambios
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.jornada import Tipo
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher

DATOS: Final = Path(os.environ.get("PREGON_DATA", "../shared/data")) / "puebla-2024/jornada"
_PUEBLA: Final = tuple(DATOS / f"20240603_{hora}/PUE_GUB_2024.csv" for hora in ("1800", "2000"))
_PASO: Final = 0.05
"""Share of the actas that arrive in the synthetic step."""
_DIFUSORES: Final = {f"d{n}": Estado.ACTIVO for n in range(1, 21)}
SERVIDORES: Final = ExitStack()
"""What was started or made. Whoever measured closes it."""

Arbol = Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paso:
    """The trees of the last cortes before the step and of the one after it, in order."""

    arboles: tuple[Arbol, ...]
    nuevas: int
    """Actas that the step brought."""


@cache
def puebla() -> Paso:
    """Return ten real minutes: 3 June 2024, from 09:40 to 09:50, with the two cortes before them."""
    bases = [leer(ruta.name, ruta.read_bytes())[0] for ruta in _PUEBLA]
    fuente = Reproduccion(bases, Tipo.SIMULACRO, "simulacro-puebla", 144)
    ultimo = datetime(2024, 6, 3, 15, 50, tzinfo=UTC)
    return _paso(fuente, [ultimo - n * timedelta(minutes=10) for n in (3, 2, 1, 0)])


@cache
def coahuila() -> Paso:
    """Return an invented step of the diputaciones: as long as one acta in twenty takes to arrive."""
    fuente = Sintetica(eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones"))
    antes = fuente.jornada.apertura + timedelta(minutes=90)
    meta = _capturadas(_contado(fuente, 9, antes)) + _PASO * _esperadas(_contado(fuente, 9, antes))
    despues = antes
    while _capturadas(_contado(fuente, 10, despues)) < meta:
        despues += timedelta(minutes=1)
    return _paso(fuente, [antes - timedelta(minutes=20), antes - timedelta(minutes=10), antes, despues])


def _paso(fuente: Fuente, instantes: list[datetime]) -> Paso:
    arboles: list[Arbol] = []
    cortes: list[Corte] = []
    for numero, instante in enumerate(instantes, start=7):
        contado = _contado(fuente, numero, instante)
        cortes.append(con_cambios(contado, cortes[-1] if cortes else None))
        arboles.append(
            dict(
                sitio.paginas(
                    cortes[-1],
                    publicado=instante,
                    periodo=600.0,
                    huella=huella(corte_json(cortes[-1])),
                )
            )
        )
    return Paso(arboles=tuple(arboles), nuevas=_capturadas(cortes[-1]) - _capturadas(cortes[-2]))


def _contado(fuente: Fuente, numero: int, instante: datetime) -> Corte:
    return contar(
        fuente.jornada, numero=numero, instante=instante, ultimo=False, actas=fuente.leer(instante).actas
    )


def _capturadas(corte: Corte) -> int:
    return sum(r.totales.capturadas for r in corte.resultados)


def _esperadas(corte: Corte) -> int:
    return sum(r.totales.esperadas for r in corte.resultados)


def huellas(arbol: Arbol) -> dict[str, str]:
    """Return what both sides must end with."""
    return {ruta: huella(datos) for ruta, datos in arbol.items()}


class Nuestro:
    """Origin, an inbox and a node that has the corte before; each call delivers the new one."""

    def __init__(self, paso: Paso) -> None:
        """Publish every corte of the step; the node receives all but the last."""
        self._base = Path(SERVIDORES.enter_context(tempfile.TemporaryDirectory()))
        self.origen = OrigenDePrueba(self._base / "origen")
        ruta = escribir_nodo(self._base / "nodo", self.origen.raiz, rol=ROL)
        for numero, arbol in enumerate(paso.arboles, start=7):
            if numero == 6 + len(paso.arboles):
                shutil.copytree(self._base / "nodo", self._base / "antes", symlinks=True)
            self.origen.publicar(numero, archivos=arbol)
            self.origen.latido(_DIFUSORES)
            with nodo.abrir(config.leer(ruta.read_text(), archivo=ruta)) as propio:
                self._entregar(propio)
        self.bytes = 0
        self.partes: dict[str, int] = {}

    def __call__(self) -> object:
        """Deliver and activate the step; return the tree that the node serves."""
        shutil.rmtree(self._base / "nodo")
        shutil.copytree(self._base / "antes", self._base / "nodo", symlinks=True)
        ruta = self._base / "nodo/nodo.toml"
        with nodo.abrir(config.leer(ruta.read_text(), archivo=ruta)) as propio:
            self._entregar(propio)
            activo = propio.activo()
            assert activo is not None
            return huellas({r: (activo.carpeta / r).read_bytes() for r in activo.archivos})

    def _entregar(self, propio: nodo.Nodo) -> None:
        activo, buzon = propio.activo(), propio.config.buzon
        antes = _tamanos(buzon)
        dicho = Recibo(
            nodo=propio.config.id,
            rol=ROL,
            corte=activo.manifest.numero if activo else None,
            manifest=activo.sha256 if activo else None,
            activado=None,
            emitido=self.origen.ahora,
            entero=activo is None,
        )
        self.bytes = self.origen.entregar(buzon, recibo=dicho).bytes
        self.partes = {ruta: n[1] for ruta, n in _tamanos(buzon).items() if antes.get(ruta) != n}
        recibir(propio, CarpetaFetcher(buzon, buzon=True), ahora=datetime.now(UTC))


def _tamanos(carpeta: Path) -> dict[str, tuple[int, int]]:
    """Return inode and size of every file, so that one that was sent again shows."""
    return {
        str(ruta.relative_to(carpeta)): (ruta.stat().st_ino, ruta.stat().st_size)
        for ruta in carpeta.rglob("*")
        if ruta.is_file()
    }


class Rsync:
    """The same trees through a daemon of rsync on loopback."""

    def __init__(self, paso: Paso) -> None:
        """Write both trees and start the daemon; files that did not change keep their time."""
        self._base = Path(SERVIDORES.enter_context(tempfile.TemporaryDirectory()))
        viejo, nuevo = paso.arboles[-2:]
        _escribir(viejo, self._base / "antes", viejo)
        _escribir(nuevo, self._base / "despues", viejo)
        with socket.create_server(("127.0.0.1", 0)) as libre:
            self._puerto = libre.getsockname()[1]
        (self._base / "rsyncd.conf").write_text(
            f"use chroot = no\nport = {self._puerto}\naddress = 127.0.0.1\nuid = {os.geteuid()}\n"
            f"gid = {os.getegid()}\n[sitio]\npath = {self._base}/sitio\nread only = no\n"
        )
        orden = ["rsync", "--daemon", "--no-detach", f"--config={self._base}/rsyncd.conf"]
        self._servidor = subprocess.Popen(orden)
        SERVIDORES.callback(self._terminar)
        limite = time.monotonic() + 10
        while time.monotonic() < limite:
            try:
                socket.create_connection(("127.0.0.1", self._puerto), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        self.bytes = 0

    def __call__(self) -> object:
        """Bring the old tree up to date; return what stands there then."""
        sitio_ = self._base / "sitio"
        shutil.rmtree(sitio_, ignore_errors=True)
        shutil.copytree(self._base / "antes", sitio_)
        destino = f"rsync://127.0.0.1:{self._puerto}/sitio/"
        orden = ["rsync", "-az", "--delete", "--stats", f"{self._base}/despues/", destino]
        dicho = subprocess.run(orden, check=True, capture_output=True, text=True).stdout
        totales = [linea for linea in dicho.splitlines() if linea.startswith("Total bytes")]
        self.bytes = sum(int(linea.rpartition(":")[2].replace(",", "")) for linea in totales)
        return huellas({str(r.relative_to(sitio_)): r.read_bytes() for r in sitio_.rglob("*") if r.is_file()})

    def _terminar(self) -> None:
        self._servidor.terminate()
        self._servidor.wait(10)


def _escribir(arbol: Arbol, carpeta: Path, viejo: Arbol) -> None:
    for ruta, datos in arbol.items():
        archivo = carpeta / ruta
        archivo.parent.mkdir(parents=True, exist_ok=True)
        archivo.write_bytes(datos)
        cuando = 1_700_000_000 + 600 * (viejo.get(ruta) != datos)
        os.utime(archivo, (cuando, cuando))


class Hacer:
    """Three deltas and the bundle, from bytes in memory."""

    def __init__(self, paso: Paso) -> None:
        """Describe the cortes."""
        base = Path(SERVIDORES.enter_context(tempfile.TemporaryDirectory()))
        origen = OrigenDePrueba(base)
        self._arboles = paso.arboles
        self._manifests = [
            escribir(origen.manifest(n, arbol)) for n, arbol in enumerate(paso.arboles, start=7)
        ]

    def __call__(self) -> object:
        """Make them; return the last tree."""
        *viejos, nuevo = zip(self._manifests, self._arboles, strict=True)
        for manifest, arbol in (*viejos, (None, {})):
            self._uno(nuevo, manifest, arbol)
        return huellas(self._arboles[-1])

    @staticmethod
    def _uno(nuevo: tuple[bytes, Arbol], viejo: bytes | None, arbol: Arbol) -> bytes:
        return delta.hacer(nuevo[0], viejo, propio=lambda a: nuevo[1][a.ruta], base=lambda a: arbol[a.ruta])


class Aplicar(Hacer):
    """The delta from the corte before, to bytes in memory."""

    def __init__(self, paso: Paso) -> None:
        """Make it."""
        super().__init__(paso)
        self._delta = self._uno(
            (self._manifests[-1], self._arboles[-1]), self._manifests[-2], self._arboles[-2]
        )

    def __call__(self) -> object:
        """Apply it; return the tree."""
        viejo, nuevo = self._manifests[-2:]
        tenidos = {huella(datos): datos for datos in self._arboles[-2].values()}
        abierto = delta.abrir(self._delta, viejo, tamano=len(nuevo), sha256=huella(nuevo))
        for datos in abierto.objetos(
            propio=lambda a: tenidos[a.sha256], base=lambda a: self._arboles[-2][a.ruta]
        ):
            tenidos[huella(datos)] = datos
        return {ruta: huella(tenidos[huella(datos)]) for ruta, datos in self._arboles[-1].items()}


def kilobytes(lado: Side) -> float:
    """Run a side and return the bytes that it moved, in thousands."""
    lado()
    assert isinstance(lado, Nuestro | Rsync)
    return lado.bytes / 1000


def falta() -> str | None:
    """Say what the machine lacks for any of this."""
    return None if shutil.which("rsync") else "falta rsync: apt-get install rsync"


def falta_puebla() -> str | None:
    """Say what the machine lacks for the real step."""
    reales = all(ruta.is_file() for ruta in _PUEBLA)
    return falta() or (None if reales else f"faltan los cortes reales de Puebla 2024 en {DATOS}")


def _entrada(
    id_: str,
    nuestro: Callable[[Paso], Side],
    paso: Callable[[], Paso],
    missing: Callable[[], str | None],
    **resto: object,
) -> Entry:
    def preparar() -> Sides:
        return Sides(ours=nuestro(paso()), peer=Rsync(paso()))

    campos = {"goal": None, "limit": None, "unit": "s", "rounds": 3, "cost": seconds} | resto
    return Entry(id=id_, prepare=preparar, missing=missing, **campos)  # type: ignore[arg-type]  # as `Entry` types them


ENTRIES = (
    _entrada("delta-bytes/puebla", Nuestro, puebla, falta_puebla, goal=0.20, unit="kB", cost=kilobytes),
    _entrada("delta-bytes/coahuila", Nuestro, coahuila, falta, goal=0.20, unit="kB", cost=kilobytes),
    _entrada("delta-make", Hacer, coahuila, falta, limit=2.0),
    _entrada("delta-apply", Aplicar, coahuila, falta, limit=0.5),
)


def main() -> None:
    """Print the parts of both steps."""
    for nombre, paso, motivo in (("puebla", puebla, falta_puebla()), ("coahuila", coahuila, falta())):
        if motivo:
            print(f"{nombre}: {motivo}")
            continue
        with SERVIDORES:
            dado = paso()
            nuestro, ajeno = Nuestro(dado), Rsync(dado)
            assert nuestro() == ajeno() == huellas(dado.arboles[-1])
        total = sum(map(len, dado.arboles[-1].values()))
        print(f"{nombre}: {dado.nuevas} actas nuevas; {len(dado.arboles[-1])} archivos, {total:,} bytes")
        print(f"  {nuestro.bytes:>9,}  Pregón ({nuestro.bytes / ajeno.bytes:.3f})")
        print(f"  {ajeno.bytes:>9,}  rsync -az --delete")
        for ruta, cuantos in sorted(nuestro.partes.items()):
            print(f"    {cuantos:>7,}  {ruta}")


if __name__ == "__main__":
    main()
