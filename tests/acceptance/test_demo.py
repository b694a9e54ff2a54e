"""The whole night as a program: real processes, kills, SIGTERM, and what lies on the disk at the end."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(300)


@contextmanager
def demo(carpeta: Path, *args: str) -> Iterator[subprocess.Popen[str]]:
    orden = [sys.executable, "-m", "pregon", "demo", "--carpeta", str(carpeta), *args]
    proceso = subprocess.Popen(orden, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield proceso
    finally:
        if proceso.poll() is None:
            proceso.terminate()
            proceso.wait(20)
        assert proceso.stdout
        proceso.stdout.close()


def resumen(proceso: subprocess.Popen[str]) -> dict[str, Any]:
    salida, _ = proceso.communicate(timeout=240)
    assert proceso.returncode == 0, salida
    valor: dict[str, Any] = json.loads(salida.splitlines()[-1])
    return valor


@pytest.mark.parametrize("eleccion", ["diputaciones", "ayuntamientos"])
def test_a_night_ends_with_every_node_verified_and_a_suspension_that_returned(
    tmp_path: Path, eleccion: str
) -> None:
    with demo(tmp_path, "--eleccion", eleccion, "--cada", "5", "--salir") as proceso:
        final = resumen(proceso)

    assert final["cortes"] == 12
    assert final["actas"] > 3000
    assert len(final["nodos"]) == 4
    assert all(nodo["corte"] == 12 and nodo["verificado"] for nodo in final["nodos"])
    assert sum(nodo["suspensiones"] for nodo in final["nodos"]) == 1
    assert "acta circunstanciada" in Path(final["acta"]).read_text(encoding="utf-8").lower()
    assert "Memoria" in Path(final["memoria"]).read_text(encoding="utf-8")


def test_f1_a_kill_of_any_process_does_not_spoil_the_night(tmp_path: Path) -> None:
    azar = random.Random(20260607)
    with demo(tmp_path, "--cada", "5", "--cortes", "9", "--nodos", "4", "--salir") as proceso:
        esperar(lambda: len(hijos(proceso.pid)) >= 7, 30)
        for _ in range(6):
            time.sleep(azar.uniform(2, 6))
            vivos = hijos(proceso.pid)
            if not vivos:
                break
            os.kill(azar.choice(vivos), signal.SIGKILL)
        final = resumen(proceso)

    assert all(nodo["corte"] == 9 and nodo["verificado"] for nodo in final["nodos"])


def test_b5_an_altered_byte_is_named_by_verificar_and_by_the_monitor(tmp_path: Path) -> None:
    with demo(tmp_path, "--cada", "2", "--cortes", "2", "--nodos", "1") as proceso:
        assert proceso.stdout
        assert any("siguen en pie" in linea for linea in iter(proceso.stdout.readline, ""))
        nodo = tmp_path / "nodo-1"
        url = (nodo / "nodo.toml").read_text().split('escucha = "')[1].split('"')[0]
        esperar(lambda: estado(url).get("corte") == 2, 20)
        pagina = (nodo / "cortes" / "2" / "base-de-datos.html").resolve()
        alterar(pagina)

        informe = json.loads(pregon("verificar", f"http://{url}", "--json").stdout)

        assert [uno["ruta"] for uno in informe["alterados"]] == ["base-de-datos.html"]
        registro = tmp_path / "vigilancia" / "sondeos.jsonl"
        esperar(lambda: "base-de-datos.html" in registro.read_text(encoding="utf-8"), 10)
        proceso.send_signal(signal.SIGINT)
        assert proceso.wait(20) == 0


def test_sigterm_ends_the_demo_and_leaves_no_process_behind(tmp_path: Path) -> None:
    with demo(tmp_path, "--cada", "2", "--cortes", "40") as proceso:
        esperar(lambda: len(hijos(proceso.pid)) >= 6, 30)
        vivos = hijos(proceso.pid)

        proceso.terminate()

        assert proceso.wait(20) == 0
        esperar(lambda: not any(Path(f"/proc/{pid}").exists() for pid in vivos), 10)


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        puerto = str(s.getsockname()[1])
        hecho = pregon("demo", "--puerto", puerto, "--carpeta", str(tmp_path / "n"), "--salir")

    assert hecho.returncode == 4
    assert "ocupado" in hecho.stderr
    assert not (tmp_path / "n").exists()


def pregon(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pregon", *args], capture_output=True, text=True, timeout=120, check=False
    )


def hijos(pid: int) -> list[int]:
    ruta = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(p) for p in ruta.read_text().split()] if ruta.exists() else []


def estado(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"http://{url}/estado.json", timeout=2) as respuesta:
            valor: dict[str, Any] = json.load(respuesta)
            return valor
    except OSError:
        return {}


def alterar(ruta: Path) -> None:
    """Change one byte in place, as a broken disk or an intruder with root would."""
    datos = bytearray(ruta.read_bytes())
    datos[len(datos) // 2] ^= 1
    ruta.chmod(0o644)
    with ruta.open("r+b") as f:
        f.write(datos)


def esperar(condicion: Any, segundos: float) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite, "no ocurrió a tiempo"
        time.sleep(0.1)


REALES = (
    "coahuila-2017/20170605_1300_PREP_GOB_COAH.zip",
    "coahuila-2017/20170605_1300_PREP_DIP_LOC_COAH.zip",
    "coahuila-2017/20170605_1300_PREP_AYUN_COAH.zip",
    "puebla-2024/jornada/20240603_2000/PUE_GUB_2024.csv",
)


@pytest.mark.parametrize(
    "archivo", [REALES[0], *(pytest.param(uno, marks=pytest.mark.full) for uno in REALES[1:])]
)
def test_the_replay_of_a_real_night_ends_on_the_figures_of_its_file(
    tmp_path: Path, datos_reales: Path, archivo: str
) -> None:
    ruta = str(datos_reales / archivo)
    with demo(tmp_path, "--desde", ruta, "--cortes", "3", "--cada", "5", "--nodos", "1", "--salir") as p:
        assert resumen(p)["cortes"] == 3

    esperado = json.loads(pregon("corte", ruta, "--ultimo", "--json").stdout)[0]["calculado"]
    servido = json.loads((tmp_path / "nodo-1" / "actual" / "corte.json").read_bytes())
    assert servido["elecciones"][0]["encabezado"] == esperado
