"""What a difusor installs: the wheel without extras. It runs a node, and says what the rest would need (§7).

`make test` builds and installs it beforehand (`.ci/setup wheel`), so that no test touches the network.
"""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pregon import errors
from pregon.origin.llaves import ceremonia

PLAZO = 20.0
"""Seconds for a node to start on a busy machine."""


def test_the_wheel_says_its_version(rueda: Path) -> None:
    hecho = _pregon(rueda, "--version")

    assert (hecho.returncode, hecho.stdout[:7]) == (errors.EXITO, "pregon ")


def test_the_wheel_brings_no_engine(rueda: Path) -> None:
    programa = (
        "import importlib.util as u; print([m for m in ('jinja2', 'aiohttp', 'django') if u.find_spec(m)])"
    )

    hecho = subprocess.run([rueda, "-c", programa], capture_output=True, text=True, check=True, timeout=60)

    assert hecho.stdout == "[]\n"


@pytest.mark.parametrize("orden", ["corte", "verificar", "eleccion", "nodo", "memoria"])
def test_what_needs_no_engine_explains_itself(rueda: Path, orden: str) -> None:
    hecho = _pregon(rueda, orden, "--help")

    assert (hecho.returncode, hecho.stderr) == (errors.EXITO, "")
    assert hecho.stdout.startswith(f"uso: pregon {orden}")


@pytest.mark.parametrize(
    "argumentos", [("sitio", "a.csv", "--destino", "d"), ("vigilancia", "observar", "v.toml")]
)
def test_what_needs_the_engine_says_how_to_get_it(rueda: Path, argumentos: tuple[str, ...]) -> None:
    hecho = _pregon(rueda, *argumentos)

    assert hecho.returncode == errors.ErrorDeConfiguracion.codigo
    assert 'pip install "pregon[origen]"' in hecho.stderr


def test_a_node_runs_without_extras(rueda: Path, tmp_path: Path) -> None:
    puerto = _puerto_libre()
    with _nodo(rueda, _preparar(tmp_path, puerto)):
        estado, cuerpo = _salud(puerto)

    assert estado == http.client.OK, cuerpo


def _preparar(carpeta: Path, puerto: int) -> Path:
    ahora = datetime.now(UTC)
    rol = "simulacro-rueda"
    ceremonia(carpeta / "origen", rol=rol, ahora=ahora, vence=ahora + timedelta(days=1))
    nodo = carpeta / "nodo.toml"
    nodo.write_text(
        f"""id = "prueba"
nombre = "Nodo de prueba"
rol = "{rol}"
raiz = "origen/raiz.json"
carpeta = "nodo"
escucha = "127.0.0.1:{puerto}"
"""
    )
    return nodo


@contextmanager
def _nodo(python: Path, config: Path) -> Iterator[None]:
    proceso = subprocess.Popen([python, "-m", "pregon", "nodo", "servir", config], env=_entorno())
    try:
        yield
        assert proceso.poll() is None, "the node ended by itself"
    finally:
        proceso.terminate()
        codigo = proceso.wait(timeout=PLAZO)
    assert codigo == errors.EXITO


def _salud(puerto: int) -> tuple[int, bytes]:
    hasta = time.monotonic() + PLAZO
    while True:
        try:
            conexion = http.client.HTTPConnection("127.0.0.1", puerto, timeout=2)
            conexion.request("GET", "/salud")
            respuesta = conexion.getresponse()
            return respuesta.status, respuesta.read(10_000)
        except OSError:
            if time.monotonic() > hasta:
                raise
            time.sleep(0.1)
        finally:
            conexion.close()


def _puerto_libre() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _pregon(python: Path, *argumentos: str) -> subprocess.CompletedProcess[str]:
    orden = [str(python), "-m", "pregon", *argumentos]
    return subprocess.run(orden, capture_output=True, text=True, env=_entorno(), check=False, timeout=60)


def _entorno() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
