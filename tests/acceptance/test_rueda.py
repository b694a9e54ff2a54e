"""What a difusor installs: the wheel without extras. It runs a node, and says what the rest would need (§7).

`make test` builds and installs it beforehand (`.ci/setup wheel`), so that no test touches the network.
"""

import http.client
import subprocess
from pathlib import Path

import pytest

from pregon import errors
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, paginas


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


def test_a_node_without_extras_verifies_and_serves(rueda: Path, tmp_path: Path) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")
    origen.publicar(1)
    config = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    origen.entregar(tmp_path / "nodo" / "buzon")

    with NodoEnProceso(config, python=str(rueda)) as nodo:
        nodo.esperar_corte(1)

        assert nodo.pedir("/salud")[0] == http.client.OK
        assert nodo.pedir("/")[1] == paginas(1)["index.html"]


def _pregon(python: Path, *argumentos: str) -> subprocess.CompletedProcess[str]:
    orden = [str(python), "-m", "pregon", *argumentos]
    return subprocess.run(orden, capture_output=True, text=True, check=False, timeout=60)
