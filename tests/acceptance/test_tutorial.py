"""The tutorial is tested: what it tells a newcomer to type does what it says, on a night of two cortes.

Left out: what only makes sense while the portals are up (addresses) and the nights themselves.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
FUERA = re.compile(r"http://|^make |^pregon demo |^\. ")


def test_the_commands_of_the_tutorial_do_what_it_says(noche: Path) -> None:
    for linea, codigo in _ordenes():
        hecho = subprocess.run(
            ["bash", "-c", linea],
            cwd=noche,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert hecho.returncode == codigo, f"{linea}\n{hecho.stdout}\n{hecho.stderr}"


@pytest.fixture
def noche(tmp_path: Path) -> Path:
    """Folder in which `noche-1` was run."""
    demo = [sys.executable, "-m", "pregon", "demo", "--carpeta", "noche-1", "--salir"]
    demo += ["--cortes", "2", "--cada", "4", "--nodos", "1"]
    hecho = subprocess.run(demo, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=110)
    assert hecho.returncode == 0, hecho.stdout + hecho.stderr
    return tmp_path


def _ordenes() -> list[tuple[str, int]]:
    """Return each command with the exit code that its comment tells (0 without one)."""
    bloques = re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
    lineas = [linea for bloque in bloques for linea in bloque.splitlines() if not FUERA.search(linea)]
    return [(re.sub(r"^less ", "cat ", linea), _codigo(linea)) for linea in lineas]


def _codigo(linea: str) -> int:
    dicho = re.search(r"# termina con código (\d+)$", linea)
    return int(dicho[1]) if dicho else 0
