"""What every test may ask for. A missing server skips with its reason; under `.ci/run` that is a failure."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# These machines are shared: how long an example takes says nothing about the code.
settings.register_profile("pregon", deadline=None)
settings.load_profile("pregon")

RAIZ = Path(__file__).resolve().parent.parent


def requiere(condicion: object, motivo: str) -> None:
    """Skip with a reason on screen; fail where the project's own files should have provided it."""
    if condicion:
        return
    if os.environ.get("CI"):
        pytest.fail(f"bajo CI no puede faltar: {motivo}")
    pytest.skip(motivo)


@pytest.fixture(scope="session")
def datos_reales() -> Path:
    """Folder of real PREP files: `$PREGON_DATA` or `../shared/data`; they are not part of the project."""
    carpeta = Path(os.environ.get("PREGON_DATA", RAIZ.parent / "shared" / "data"))
    if not carpeta.is_dir():
        pytest.skip("sin archivos reales del PREP: indique su carpeta en PREGON_DATA")
    return carpeta


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium."""
    ruta = shutil.which("chromium")
    requiere(ruta, "falta chromium: apt-get install chromium")
    assert ruta
    return ruta


@pytest.fixture(scope="session")
def strace() -> str:
    """Path of Debian's strace, which kills a process at a chosen system call."""
    ruta = shutil.which("strace")
    requiere(ruta, "falta strace: apt-get install strace")
    assert ruta
    return ruta


@pytest.fixture(scope="session")
def rueda() -> Path:
    """Python of an environment with the wheel of this tree and no extras: what a difusor installs (§7)."""
    python = RAIZ / ".uv" / "wheel" / "bin" / "python"
    requiere(python.exists(), "falta la rueda instalada: la hace «make test» (.ci/setup wheel)")
    return python
