"""The node as a program: its commands, its exit codes, and what a kill leaves."""

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pregon.paquete import manifest, prueba
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba


@pytest.fixture
def origen(tmp_path: Path) -> OrigenDePrueba:
    return OrigenDePrueba(tmp_path / "origen")


@pytest.fixture
def configuracion(tmp_path: Path, origen: OrigenDePrueba) -> Path:
    return escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)


def pregon(*argumentos: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pregon", "nodo", *map(str, argumentos)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_night_in_small(origen: OrigenDePrueba, configuracion: Path) -> None:
    buzon = configuracion.parent / "buzon"
    with NodoEnProceso(configuracion) as proceso:
        assert proceso.pedir("/")[0] == 503
        for numero in (0, 1, 2):
            origen.publicar(numero)
            origen.entregar(buzon)
            proceso.esperar_corte(numero)
        assert b"corte=2;" in proceso.pedir("/")[1]


def test_sigterm_ends_cleanly_and_soon(configuracion: Path) -> None:
    with NodoEnProceso(configuracion) as proceso:
        codigo, segundos = proceso.detener()
    assert codigo == 0
    assert segundos < 2


def test_one_round_by_hand(origen: OrigenDePrueba, configuracion: Path, tmp_path: Path) -> None:
    origen.publicar(1)
    hecho = pregon("recibir", configuracion, "--desde", origen.repositorio.carpeta, "--json")
    assert hecho.returncode == 0, hecho.stderr
    assert json.loads(hecho.stdout) == {"resultado": "activado", "corte": 1, "detalle": ""}
    estado = json.loads(pregon("estado", configuracion, "--json").stdout)
    assert (estado["corte"], estado["portada"], estado["rechazo"]) == (1, "corte", "")
    falso = OrigenDePrueba(tmp_path / "falso")
    for numero in (1, 2, 3):
        falso.publicar(numero)
    rechazo = pregon("recibir", configuracion, "--desde", falso.repositorio.carpeta)
    assert rechazo.returncode == 5
    assert "El corte activo no cambió" in rechazo.stderr
    assert json.loads(pregon("estado", configuracion, "--json").stdout)["rechazo"]


def test_d15_a_second_process_is_told_and_ends(configuracion: Path) -> None:
    with NodoEnProceso(configuracion):
        segundo = pregon("servir", configuracion)
    assert segundo.returncode == 7
    assert "otro proceso" in segundo.stderr


def test_a_wrong_toml_is_told_by_its_line(configuracion: Path) -> None:
    configuracion.write_text(
        configuracion.read_text(encoding="utf-8").replace(ROL, "ensayo"), encoding="utf-8"
    )
    hecho = pregon("servir", configuracion)
    assert hecho.returncode == 4
    assert "línea 3" in hecho.stderr


def test_a_port_that_is_taken_is_told(configuracion: Path, tmp_path: Path, origen: OrigenDePrueba) -> None:
    with NodoEnProceso(configuracion) as proceso:
        otro = escribir_nodo(tmp_path / "otro", origen.raiz, rol=ROL)
        puerto = proceso.url.rsplit(":", 1)[1]
        otro.write_text(otro.read_text(encoding="utf-8").replace(":0", f":{puerto}"), encoding="utf-8")
        hecho = pregon("servir", otro)
    assert hecho.returncode == 6
    assert puerto in hecho.stderr


def test_f1_killed_at_any_moment_it_serves_one_whole_corte_and_catches_up(
    origen: OrigenDePrueba, configuracion: Path
) -> None:
    carpeta = configuracion.parent
    azar = random.Random(20260607)
    anterior = 0
    for numero in range(1, 21):
        origen.publicar(numero)
        proceso = NodoEnProceso(configuracion)
        proceso.iniciar()
        origen.entregar(carpeta / "buzon")
        time.sleep(azar.uniform(0, 0.12))
        proceso.matar()
        activo = corte_entero(carpeta)
        assert activo is None or activo >= anterior
        anterior = activo or 0
    with NodoEnProceso(configuracion) as proceso:
        proceso.esperar_corte(20)
    assert corte_entero(carpeta) == 20


def corte_entero(carpeta: Path) -> int | None:
    """Return the active corte after checking every byte of it against its signed manifest."""
    actual = carpeta / "actual"
    if not actual.exists():
        return None
    corte = manifest.leer(prueba.leer((actual / ".well-known/pregon/prueba.json").read_bytes()).manifest)
    assert actual.readlink().name == str(corte.numero)
    for archivo in corte.archivos:
        assert hashlib.sha256((actual / archivo.ruta).read_bytes()).hexdigest() == archivo.sha256
    return corte.numero


def test_the_node_needs_no_extra(configuracion: Path) -> None:
    programa = (
        "import sys; sys.modules['jinja2'] = sys.modules['aiohttp'] = None; "
        "import pregon.cli; sys.exit(pregon.cli.main(sys.argv[1:]))"
    )
    hecho = subprocess.run(
        [sys.executable, "-c", programa, "nodo", "recibir", str(configuracion)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert hecho.returncode == 0, hecho.stderr
    assert "Todavía no" in hecho.stdout
