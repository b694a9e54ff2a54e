"""What every test may ask for. A missing server skips with its reason; under `.ci/run` that is a failure."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from pregon.testing.nginx import PROGRAMA

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
def nginx() -> str:
    """Path of Debian's nginx, which the tests start themselves."""
    requiere(PROGRAMA, "falta nginx: apt-get install nginx")
    assert PROGRAMA
    return PROGRAMA


@pytest.fixture(scope="session")
def rueda() -> Path:
    """Python of an environment with the wheel of this tree and no extras: what a difusor installs (§7)."""
    python = RAIZ / ".uv" / "wheel" / "bin" / "python"
    requiere(python.exists(), "falta la rueda instalada: la hace «make test» (.ci/setup wheel)")
    return python


@pytest.fixture(scope="session")
def tuf_js() -> Path:
    """Folder with TUF's client in JavaScript, installed from its committed lock (tests/tuf-js)."""
    npm, node = shutil.which("npm"), shutil.which("node")
    requiere(npm and node, "faltan node y npm: apt-get install nodejs npm (Node ≥ 20.17)")
    assert npm
    assert node
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    partes = tuple(map(int, version.removeprefix("v").split(".")))
    requiere(partes >= (20, 17), f"tuf-js pide Node ≥ 20.17 y hay {version}")
    origen, carpeta = RAIZ / "tests/tuf-js", RAIZ / "build/tuf-js"
    carpeta.mkdir(parents=True, exist_ok=True)
    for archivo in origen.iterdir():
        shutil.copy(archivo, carpeta)
    # No network once this very lock is installed.
    candado, instalado = (origen / "package-lock.json").read_bytes(), carpeta / "instalado"
    if not instalado.exists() or instalado.read_bytes() != candado:
        orden = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        hecho = subprocess.run(orden, cwd=carpeta, capture_output=True, text=True, timeout=300, check=False)
        requiere(hecho.returncode == 0, f"npm no pudo instalar tuf-js: {hecho.stderr.strip()[-200:]}")
        instalado.write_bytes(candado)
    return carpeta


class ServidorPostgreSQL:
    """A PostgreSQL of the tests' own, on a socket in its own folder; it can be killed and started again."""

    def __init__(self, programas: Path, carpeta: Path) -> None:
        self._programas, self._carpeta = programas, carpeta
        # The server refuses to run as root: then it runs as Debian's user for it.
        self._como = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._como:
            shutil.chown(carpeta, "postgres")
        opciones = ["-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"]
        self._orden("initdb", "-D", str(carpeta / "datos"), *opciones)

    @property
    def conexion(self) -> str:
        """Return the connection string of its owner."""
        return f"host={self._carpeta} user=postgres dbname=postgres"

    def iniciar(self) -> None:
        opciones = f"-k {self._carpeta} -c listen_addresses= -c fsync=off"
        registro = str(self._carpeta / "registro")
        self._orden(
            "pg_ctl", "start", "-w", "-D", str(self._carpeta / "datos"), "-l", registro, "-o", opciones
        )

    def matar(self) -> None:
        """End it as a crash does: no goodbye to whoever is connected."""
        self._orden("pg_ctl", "stop", "-w", "-D", str(self._carpeta / "datos"), "-m", "immediate")

    def _orden(self, programa: str, *argumentos: str) -> None:
        orden: Sequence[str] = [*self._como, str(self._programas / programa), *argumentos]
        hecho = subprocess.run(orden, cwd="/", capture_output=True, text=True, timeout=60, check=False)
        assert hecho.returncode == 0, hecho.stdout + hecho.stderr


@pytest.fixture(scope="session")
def postgresql() -> Iterator[ServidorPostgreSQL]:
    """A running PostgreSQL of any installed version."""
    en_el_camino = shutil.which("pg_ctl")
    versiones = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    programas = Path(en_el_camino).parent if en_el_camino else next(reversed(versiones), None)
    requiere(programas, "falta PostgreSQL: apt-get install postgresql")
    assert programas
    # Not pytest's folder: the path of a socket has at most 107 bytes, and the server's user must get there.
    with tempfile.TemporaryDirectory(prefix="pregon-pg-") as carpeta:
        servidor = ServidorPostgreSQL(programas, Path(carpeta))
        servidor.iniciar()
        yield servidor
        servidor.matar()
