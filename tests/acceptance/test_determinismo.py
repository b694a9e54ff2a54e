"""L2: the same actas give the same bytes, whatever the machine, its user and its settings.

A whole paquete (counting, site, bases de datos, manifest) is made in processes of their own, each under one
variation, and compared with the one of the plain process: manifest and every file.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pregon.testing.captura import AYUN, DIP, Captura

RAIZ = Path(__file__).resolve().parents[2]
PROGRAMA = Path(__file__).with_name("paquete_entero.py")
NUEVO = RAIZ / ".uv" / "newer" / "bin" / "python"
NADIE = 65534


@dataclass(frozen=True, kw_only=True)
class Variacion:
    """What one run has that the plain one has not."""

    entorno: Mapping[str, str] = field(default_factory=dict)
    delante: tuple[str, ...] = ()
    """Command that runs the rest."""
    opciones: tuple[str, ...] = ()
    """Of Python."""
    umask: int = 0o022
    copia: bool = False
    """The code and the actas stand at another path, written in another order, on other dates."""
    python: Path = Path(sys.executable)


VARIACIONES = {
    "otra hora": Variacion(entorno={"TZ": "Asia/Kathmandu"}),
    "la hora de la entidad": Variacion(entorno={"TZ": "America/Monterrey"}),
    "sin idioma": Variacion(entorno={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}),
    "otro idioma": Variacion(entorno={"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "LANGUAGE": "tr"}),
    "umask 077": Variacion(umask=0o077),
    "otra semilla": Variacion(entorno={"PYTHONHASHSEED": "4321"}),
    "semilla al azar": Variacion(entorno={"PYTHONHASHSEED": "random"}),
    "otro orden de carpeta": Variacion(entorno={"PREGON_DESORDEN": "1"}),
    "un hilo": Variacion(entorno={"POLARS_MAX_THREADS": "1"}),
    "siete hilos": Variacion(entorno={"POLARS_MAX_THREADS": "7"}),
    "un procesador": Variacion(delante=("taskset", "--cpu-list", "0")),
    "otra casa": Variacion(
        entorno={"HOME": "/nonexistent", "USER": "otra", "COLUMNS": "20", "SOURCE_DATE_EPOCH": "1"}
    ),
    "sin asserts": Variacion(opciones=("-OO",)),
    "otra ruta": Variacion(copia=True),
    "otra persona": Variacion(
        copia=True,
        delante=("setpriv", f"--reuid={NADIE}", f"--regid={NADIE}", "--clear-groups", "--no-new-privs"),
    ),
    "otro Python": Variacion(python=NUEVO),
}
TODAS = Variacion(
    entorno={
        variable: valor
        for nombre in (
            "otra hora",
            "sin idioma",
            "otra semilla",
            "otro orden de carpeta",
            "un hilo",
            "otra casa",
        )
        for variable, valor in VARIACIONES[nombre].entorno.items()
    },
    umask=0o077,
    copia=True,
)


@pytest.fixture(scope="module")
def exportado(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exports of two elections, as a capture system leaves them."""
    carpeta = tmp_path_factory.mktemp("exportado")
    captura = Captura()
    (carpeta / "catalogos").mkdir()
    (carpeta / "actas").mkdir()
    for clave in (DIP, AYUN):
        (carpeta / "catalogos" / f"{clave}.csv").write_bytes(captura.exportacion(clave, -20))
        for corte in (4, 6, 7):
            (carpeta / "actas" / f"{clave}-{corte}.csv").write_bytes(captura.exportacion(clave, corte))
    carpeta.chmod(0o755)
    return carpeta


@pytest.fixture(scope="module")
def llano(exportado: Path) -> bytes:
    """What the plain process makes."""
    return _hacer(exportado, RAIZ, Variacion())


def test_l2_the_same_actas_give_the_same_bytes(exportado: Path, llano: bytes, tmp_path: Path) -> None:
    assert _variado(exportado, TODAS, tmp_path) == llano
    assert len(llano.splitlines()) > 50  # the comparison is of something


@pytest.mark.full
@pytest.mark.parametrize("nombre", VARIACIONES)
def test_l2_whatever_the_machine(
    exportado: Path, llano: bytes, tmp_path_factory: pytest.TempPathFactory, nombre: str
) -> None:
    variacion = VARIACIONES[nombre]
    if not variacion.python.exists():
        pytest.skip("sin un Python más nuevo: lo prepara «.ci/setup newer» donde lo hay")
    for programa in variacion.delante[:1]:
        if shutil.which(programa) is None:
            pytest.skip(f"falta {programa}")
    if variacion.delante[:1] == ("setpriv",) and os.geteuid() != 0:
        pytest.skip("sólo root puede correrlo como otra persona")
    assert _variado(exportado, variacion, tmp_path_factory.mktemp("otra máquina")) == llano


def _variado(exportado: Path, variacion: Variacion, otra: Path) -> bytes:
    if not variacion.copia:
        return _hacer(exportado, RAIZ, variacion)
    codigo = otra / "Pregón, copia"
    (codigo / "tests" / "acceptance").mkdir(parents=True)
    ignorar: Callable[..., set[str]] = shutil.ignore_patterns("__pycache__")
    shutil.copytree(RAIZ / "src", codigo / "src", ignore=ignorar)
    shutil.copy(PROGRAMA, codigo / "tests" / "acceptance")
    actas = otra / "actas de la noche"
    for ruta in sorted(exportado.rglob("*.csv"), reverse=True):
        copia = actas / ruta.relative_to(exportado)
        copia.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ruta, copia)
        os.utime(copia, (10**9, 10**9))
    for carpeta in (otra, *otra.parents):
        if carpeta.stat().st_uid == os.geteuid() and carpeta.is_relative_to(otra.parent.parent):
            carpeta.chmod(0o755)
    return _hacer(actas, codigo, variacion)


def _hacer(actas: Path, codigo: Path, variacion: Variacion) -> bytes:
    heredado = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    entorno = heredado | {"PYTHONPATH": str(codigo / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    hecho = subprocess.run(
        [
            *(*variacion.delante, str(variacion.python), *variacion.opciones),
            *(str(codigo / "tests" / "acceptance" / PROGRAMA.name), str(actas)),
        ],
        env=entorno | dict(variacion.entorno),
        cwd=codigo,
        umask=variacion.umask,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert hecho.returncode == 0, hecho.stderr.decode(errors="replace")
    return hecho.stdout
