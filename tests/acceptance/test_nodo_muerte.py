"""SIGKILL at every step of a reception on the disk: strace kills, the next start must be right (F1)."""

import hashlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pregon.paquete import manifest, prueba
from pregon.paquete.difusores import Estado
from pregon.storage.bitacora import Bitacora
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba

PASOS = "rename,link,linkat,symlink,unlink,unlinkat,rmdir,fsync,mkdir,ftruncate,pwrite64"


@pytest.fixture
def entregado(tmp_path: Path) -> Path:
    """Return the folder of a node that serves corte 1 and has corte 2 and a list waiting in its inbox."""
    origen = OrigenDePrueba(tmp_path / "origen")
    config = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    origen.publicar(1)
    origen.entregar(config.parent / "buzon")
    assert recibir(config.parent).returncode == 0
    origen.publicar(2)
    origen.latido({"d1": Estado.ACTIVO})
    origen.entregar(config.parent / "buzon")
    return config.parent


@pytest.mark.parametrize(
    "cada",
    [120, pytest.param(1, marks=[pytest.mark.full, pytest.mark.timeout(900)])],
    ids=["muestra", "todos"],
)
@pytest.mark.usefixtures("strace")
def test_f1_killed_at_any_step_the_next_start_is_right(entregado: Path, tmp_path: Path, cada: int) -> None:
    puntos = [
        (llamada, vez)
        for llamada, veces in contar(entregado, tmp_path).items()
        for vez in range(1, veces + 1)
    ]
    assert len(puntos) > 80
    with ThreadPoolExecutor(2) as hilos:
        fallas = [
            falla for falla in hilos.map(lambda p: probar(entregado, tmp_path, *p), puntos[::cada]) if falla
        ]
    assert fallas == []


def probar(entregado: Path, tmp_path: Path, llamada: str, vez: int) -> str | None:
    """Kill a reception at one step and receive again; return what was wrong."""
    carpeta = tmp_path / f"{llamada}-{vez}"
    shutil.copytree(entregado, carpeta, symlinks=True)
    muerta = bajo_strace(carpeta, "-e", f"inject={llamada}:signal=SIGKILL:when={vez}")
    donde = f"{llamada} {vez}"
    if muerta.returncode == 0:
        return f"{donde}: no murió"
    if entero(carpeta) not in {1, 2}:
        return f"{donde}: tras la muerte se sirve {entero(carpeta)}"
    siguiente = recibir(carpeta)
    if siguiente.returncode != 0 or entero(carpeta) != 2:
        return f"{donde}: al volver {siguiente.stderr}"
    Bitacora(carpeta / "bitacora.jsonl", "").leer()
    shutil.rmtree(carpeta)
    return None


def contar(entregado: Path, tmp_path: Path) -> dict[str, int]:
    """Return how many times a whole reception makes each call."""
    carpeta = tmp_path / "cuenta"
    shutil.copytree(entregado, carpeta, symlinks=True)
    hecho = bajo_strace(carpeta)
    if hecho.returncode != 0:
        pytest.skip(f"strace no puede seguir procesos aquí: {hecho.stderr[-200:]}")
    llamadas = re.findall(
        r"^(?:\d+ +)?(\w+)\(", (carpeta / "strace").read_text(encoding="utf-8"), re.MULTILINE
    )
    return {llamada: llamadas.count(llamada) for llamada in sorted(set(llamadas))}


def bajo_strace(carpeta: Path, *resto: str) -> subprocess.CompletedProcess[str]:
    traza = ["strace", "-f", "-q", "-e", f"trace={PASOS}", "-o", str(carpeta / "strace"), *resto]
    return correr([*traza, *orden(carpeta)])


def recibir(carpeta: Path) -> subprocess.CompletedProcess[str]:
    return correr(orden(carpeta))


def orden(carpeta: Path) -> list[str]:
    return [sys.executable, "-B", "-m", "pregon", "nodo", "recibir", str(carpeta / "nodo.toml")]


def correr(argumentos: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argumentos, capture_output=True, text=True, timeout=60, check=False)


def entero(carpeta: Path) -> int | None:
    """Return the active corte if every byte is the signed one; -1 if it is mixed."""
    actual = carpeta / "actual"
    corte = manifest.leer(prueba.leer((actual / ".well-known/pregon/prueba.json").read_bytes()).manifest)
    integro = all(
        hashlib.sha256((actual / archivo.ruta).read_bytes()).hexdigest() == archivo.sha256
        for archivo in corte.archivos
    )
    return corte.numero if integro else -1
