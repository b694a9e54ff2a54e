"""Rows of the table of threats, F: a node's process without files, memory or disk."""

import contextlib
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, paginas


@pytest.fixture
def origen(tmp_path: Path) -> OrigenDePrueba:
    origen = OrigenDePrueba(tmp_path / "origen")
    origen.publicar(1)
    return origen


def encender(nodo: Path, origen: OrigenDePrueba, *, carpeta: Path | None = None) -> NodoEnProceso:
    """Start a node whose cortes are in `carpeta`, on another disk than its inbox."""
    resto = f'buzon = "{nodo.parent / "buzon"}"\ncarpeta = "{carpeta or nodo}"\n'
    toml = escribir_nodo(nodo, origen.raiz, rol=ROL, resto=resto)
    origen.entregar(nodo.parent / "buzon")
    return NodoEnProceso(toml)


def pid(nodo: NodoEnProceso) -> int:
    assert nodo._proceso is not None
    return nodo._proceso.pid


def test_f5_without_files_to_open_it_sheds_and_then_goes_on(tmp_path: Path, origen: OrigenDePrueba) -> None:
    with encender(tmp_path / "nodo", origen) as nodo:
        nodo.esperar_corte(1)
        antes = resource.prlimit(pid(nodo), resource.RLIMIT_NOFILE)
        resource.prlimit(pid(nodo), resource.RLIMIT_NOFILE, (48, antes[1]))
        puerto = int(nodo.url.rsplit(":", 1)[1])
        ocupan = [socket.create_connection(("127.0.0.1", puerto), 10) for _ in range(120)]
        origen.publicar(2)
        origen.entregar(tmp_path / "buzon")
        time.sleep(0.5)
        assert nodo._proceso is not None
        assert nodo._proceso.poll() is None
        for uno in ocupan:
            uno.close()
        resource.prlimit(pid(nodo), resource.RLIMIT_NOFILE, antes)
        nodo.esperar_corte(2)
        assert nodo.pedir("/")[1] == paginas(2)["index.html"]


def test_f5_without_memory_for_a_corte_it_serves_the_old_one_and_then_goes_on(
    tmp_path: Path, origen: OrigenDePrueba
) -> None:
    with encender(tmp_path / "nodo", origen) as nodo:
        nodo.esperar_corte(1)
        nodo.pedir("/")
        ahora = int(Path(f"/proc/{pid(nodo)}/statm").read_text().split()[0]) * resource.getpagesize()
        antes = resource.prlimit(pid(nodo), resource.RLIMIT_AS, (ahora + (16 << 20), resource.RLIM_INFINITY))
        origen.publicar(2, archivos=paginas(2) | {"grande.bin": bytes(64 << 20)})
        origen.entregar(tmp_path / "buzon")
        time.sleep(1.5)
        assert nodo.pedir("/")[1] == paginas(1)["index.html"]
        resource.prlimit(pid(nodo), resource.RLIMIT_AS, antes)
        nodo.esperar_corte(2)


@contextlib.contextmanager
def disco(imagen: Path, en: Path) -> Iterator[None]:
    """Mount an ext4 of 32 MiB made in a file."""
    en.mkdir()
    with imagen.open("wb") as archivo:
        archivo.truncate(32 << 20)
    orden("mkfs.ext4", "-q", "-F", str(imagen))
    orden("mount", "-o", "loop", str(imagen), str(en))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(en)], capture_output=True, check=False)


def orden(*argumentos: str) -> None:
    try:
        hecho = subprocess.run(argumentos, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        pytest.skip(f"falta {argumentos[0]}")
    if hecho.returncode != 0:
        pytest.skip(f"montar un disco pide ser root: {hecho.stderr.strip()}")


@pytest.mark.full
def test_f6_a_disk_that_turns_read_only_goes_on_serving_and_is_told(
    tmp_path: Path, origen: OrigenDePrueba
) -> None:
    chico = tmp_path / "disco"
    with disco(tmp_path / "imagen", chico), encender(tmp_path / "nodo", origen, carpeta=chico / "n") as nodo:
        nodo.esperar_corte(1)
        orden("mount", "-o", "remount,abort", str(chico))  # what the kernel does when the disk fails it
        origen.publicar(2)
        origen.entregar(tmp_path / "buzon")
        time.sleep(1)
        assert nodo.pedir("/")[1] == paginas(1)["index.html"]
        assert nodo.estado()["corte"] == 1
        assert nodo.estado()["disco"] == "falla"
        nodo.matar()
        orden("umount", str(chico))
        orden("mount", "-o", "loop", str(tmp_path / "imagen"), str(chico))
        nodo.iniciar()
        nodo.esperar_corte(2)
        assert nodo.estado()["disco"] == "bien"


@pytest.mark.full
def test_f6_a_node_whose_disk_is_gone_tells_nobody_that_it_is_well(
    tmp_path: Path, origen: OrigenDePrueba
) -> None:
    chico = tmp_path / "disco"
    with disco(tmp_path / "imagen", chico), encender(tmp_path / "nodo", origen, carpeta=chico / "n") as nodo:
        nodo.esperar_corte(1)
        orden("umount", "-l", str(chico))
        assert nodo.pedir("/salud")[0] == 503
        assert nodo.pedir("/")[0] in {404, 503}
        orden("mount", "-o", "loop", str(tmp_path / "imagen"), str(chico))
        nodo.matar()
        nodo.iniciar()
        nodo.esperar_corte(1)
