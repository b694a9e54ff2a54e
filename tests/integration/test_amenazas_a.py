"""Rows of the table of threats, A: what a whole node does, and not only a part of it."""

import asyncio
import contextlib
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfianza, ErrorDeRed
from pregon.node import config, nodo, publicado
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.receive import recibir
from pregon.origin.entrega import Entrega, Intento, Plazos, Reparto
from pregon.paquete.recibo import Recibo
from pregon.testing.mentiroso import Mentiroso, Truco
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher
from pregon.transport.local import LocalSender
from pregon.transport.sender import Acuse, Pieza, Sender

MEBIBYTE = 1 << 20


def configurar(carpeta: Path, origen: OrigenDePrueba, resto: str = "") -> ConfigNodo:
    ruta = escribir_nodo(carpeta, origen.raiz, rol=ROL, resto=resto)
    return config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)


def ronda(propio: Nodo) -> int | None:
    buzon = CarpetaFetcher(propio.config.buzon, buzon=True)
    return recibir(propio, buzon, ahora=datetime.now(UTC)).corte


@contextlib.contextmanager
def abierto(configuracion: ConfigNodo) -> Iterator[Nodo]:
    publicado.leer.cache_clear()  # as a process that starts
    with nodo.abrir(configuracion) as propio:
        yield propio


def test_a2_a_tar_of_an_old_folder_over_the_node_does_not_bring_the_old_corte_back(
    origen: OrigenDePrueba, tmp_path: Path
) -> None:
    configuracion = configurar(tmp_path / "nodo", origen)
    with abierto(configuracion) as propio:
        entregar(origen, propio, 2)
    guardar(configuracion.carpeta, tmp_path / "respaldo.tar")
    with abierto(configuracion) as propio:
        entregar(origen, propio, 5)

    restaurar(tmp_path / "respaldo.tar", configuracion.carpeta)

    with abierto(configuracion) as propio:
        assert propio.releases.activo() == 5
        # The inbox came back too, with its old and well signed delivery.
        with contextlib.suppress(ErrorDeConfianza):
            ronda(propio)
        assert propio.releases.activo() == 5


@pytest.mark.parametrize("guardado", ["cortes", "cortes y tuf"])
def test_a2_cortes_restored_below_the_mark_are_not_shown(
    origen: OrigenDePrueba, tmp_path: Path, guardado: str
) -> None:
    configuracion = configurar(tmp_path / "nodo", origen)
    carpeta = configuracion.carpeta
    with abierto(configuracion) as propio:
        entregar(origen, propio, 2)
    guardar(carpeta, tmp_path / "respaldo.tar")
    with abierto(configuracion) as propio:
        entregar(origen, propio, 5)
    estado = (carpeta / "estado.json").read_bytes()

    subprocess.run(["rm", "-rf", *(carpeta / n for n in ("cortes", "actual", "buzon"))], check=True)
    if "tuf" in guardado:
        subprocess.run(["rm", "-rf", carpeta / "tuf"], check=True)
    restaurar(tmp_path / "respaldo.tar", carpeta)
    (carpeta / "estado.json").write_bytes(estado)

    with abierto(configuracion) as propio:
        assert propio.releases.activo() is None
        with contextlib.suppress(ErrorDeConfianza):
            ronda(propio)
        assert propio.releases.activo() is None
        assert entregar(origen, propio, 6) == 6


def test_a2_a_witness_outside_the_folder_survives_a_backup_of_all_of_it(
    origen: OrigenDePrueba, tmp_path: Path
) -> None:
    configuracion = configurar(tmp_path / "nodo", origen, f'testigo = "{tmp_path / "testigo"}"\n')
    with abierto(configuracion) as propio:
        entregar(origen, propio, 2)
    guardar(configuracion.carpeta, tmp_path / "respaldo.tar")
    with abierto(configuracion) as propio:
        entregar(origen, propio, 5)

    shutil.rmtree(configuracion.carpeta)
    restaurar(tmp_path / "respaldo.tar", configuracion.carpeta)

    with abierto(configuracion) as propio:
        # The delivery of then is well signed and may not have expired: it is refused all the same.
        with pytest.raises(ErrorDeConfianza, match="anterior al 5"):
            ronda(propio)
        assert propio.releases.activo() is None
        assert entregar(origen, propio, 6) == 6


def entregar(origen: OrigenDePrueba, propio: Nodo, numero: int) -> int | None:
    origen.publicar(numero)
    origen.entregar(propio.config.buzon)
    return ronda(propio)


def guardar(carpeta: Path, respaldo: Path) -> None:
    with tarfile.open(respaldo, "w") as tar:
        tar.add(carpeta, arcname=".")


def restaurar(respaldo: Path, carpeta: Path) -> None:
    with tarfile.open(respaldo) as tar:
        tar.extractall(carpeta, filter="fully_trusted")


@pytest.mark.parametrize("donde", ["/metadata/timestamp.json", "/metadata/2.root.json", "/metadata/1."])
def test_a6_endless_bytes_cost_a_node_neither_memory_nor_traffic(
    origen: OrigenDePrueba, tmp_path: Path, donde: str
) -> None:
    origen.publicar(1)
    carpeta = origen.repositorio.carpeta
    arbol = {
        f"/{ruta.relative_to(carpeta).as_posix()}": ruta.read_bytes()
        for ruta in carpeta.rglob("*.*")
        if ruta.is_file()
    }
    with Mentiroso(arbol) as servidor:
        sano = configurar(tmp_path / "sano", origen)
        _, en_reposo = correr(sano, servidor.url)
        servidor.truco, servidor.en = Truco.SIN_FIN, donde
        codigo, pico = correr(configurar(tmp_path / "nodo", origen), servidor.url)
    assert codigo in {5, 6}
    assert pico - en_reposo < 64 * MEBIBYTE
    assert servidor.enviados < 8 * MEBIBYTE  # the cap of metadata, and what was on its way


def correr(configuracion: ConfigNodo, url: str) -> tuple[int, int]:
    """Run one round of a node as a process; return its exit code and its highest resident memory."""
    toml = configuracion.raiz.parent.parent / configuracion.carpeta.name / "nodo.toml"
    proceso = subprocess.Popen(
        [sys.executable, "-m", "pregon", "nodo", "recibir", str(toml), "--desde", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pico = 0
    while (codigo := proceso.poll()) is None:
        with contextlib.suppress(OSError, IndexError, ValueError):
            estado = Path(f"/proc/{proceso.pid}/status").read_text(encoding="utf-8")
            pico = max(pico, int(estado.split("VmHWM:")[1].split()[0]) * 1024)
        time.sleep(0.005)
    return codigo, pico


class Mudo:
    """A difusor that takes the connection and never answers: a dropped packet after the other."""

    def __init__(self) -> None:
        self.soltar = threading.Event()

    async def recibo(self) -> Recibo | None:
        return None

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        await asyncio.to_thread(self.soltar.wait, 60)
        raise ErrorDeRed(f"{len(piezas)} piezas sin respuesta")


class Rechaza:
    """A difusor that refuses every connection at once."""

    async def recibo(self) -> Recibo | None:
        return None

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        raise ErrorDeRed(f"conexión rechazada ({len(piezas)} piezas)")


@pytest.mark.parametrize("modo", ["mudo", "rechaza", "sin carpeta", "carpeta ajena"])
def test_a10_one_bad_difusor_of_twelve_leaves_eleven_current(
    origen: OrigenDePrueba, tmp_path: Path, modo: str
) -> None:
    periodo = 20.0  # of 600 in a night; a busy machine is not what is judged
    buenos = {f"d{n}": configurar(tmp_path / f"d{n}", origen) for n in range(1, 12)}
    (tmp_path / "archivo").write_bytes(b"no es un buzon")
    mudo = Mudo()
    malos: dict[str, Sender] = {
        "mudo": mudo,
        "rechaza": Rechaza(),
        "sin carpeta": LocalSender(tmp_path / "no" / "existe"),
        "carpeta ajena": LocalSender(tmp_path / "archivo"),
    }
    senders: dict[str, Sender] = {d: LocalSender(c.buzon) for d, c in buenos.items()} | {"d12": malos[modo]}
    intentos: list[Intento] = []
    plazos = Plazos(envio=periodo, espera=0.01, espera_maxima=0.1)
    with (
        contextlib.ExitStack() as pila,
        Reparto(senders, al_terminar=intentos.append, plazos=plazos) as reparto,
    ):
        nodos = {d: pila.enter_context(abierto(c)) for d, c in buenos.items()}
        for numero in (1, 2, 3):
            origen.publicar(numero)
            inicio = time.monotonic()
            piezas = tuple(origen.repositorio.piezas())
            reparto.anunciar(Entrega(corte=numero, version=numero, piezas=piezas), list(senders))
            while {d for d, n in nodos.items() if ronda(n) != numero}:
                assert time.monotonic() - inicio < periodo
            assert {n.releases.activo() for n in nodos.values()} == {numero}
        mudo.soltar.set()
    assert not [i for i in intentos if i.difusor == "d12" and i.error is None]
