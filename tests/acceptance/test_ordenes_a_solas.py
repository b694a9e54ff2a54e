"""Each command alone, as somebody meets it the first time: whose fault it is and what to do, no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pregon.testing.origen import OrigenDePrueba

DIFUSORES = """[[difusor]]
id = "uno"
nombre = "Uno"
url = "http://127.0.0.1:8081"
transporte = "local"
destino = "buzon"
"""
NODO = """id = "uno"
nombre = "Uno"
rol = "simulacro-prueba"
raiz = "raiz.json"
carpeta = "."
escucha = "127.0.0.1:0"
buzon = "buzon"
"""
ORIGEN = '[origen]\ndifusores = "difusores.toml"\n[fuente]\ntipo = "sintetica"\neleccion = "eleccion.toml"\n'


def pregon(*args: str, **entorno: str) -> subprocess.CompletedProcess[str]:
    hecho = subprocess.run(
        [sys.executable, "-m", "pregon", *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | entorno,
    )
    assert "Traceback" not in hecho.stderr
    return hecho


def test_the_mark_that_windows_puts_first_is_no_fault(tmp_path: Path) -> None:
    archivo = tmp_path / "difusores.toml"
    archivo.write_text(DIFUSORES, encoding="utf-8-sig", newline="\r\n")

    assert pregon("difusores", "validar", str(archivo)).returncode == 0


def test_an_unknown_level_of_detail_is_the_usual_one() -> None:
    assert pregon("--version", PREGON_NIVEL="chismoso").returncode == 0


def test_a_terminal_without_accents_is_no_reason_to_stop() -> None:
    hecho = pregon("--help", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")

    assert hecho.returncode == 0


def test_a_node_with_a_root_that_is_none_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "nodo.toml").write_text(NODO, encoding="utf-8")
    (tmp_path / "raiz.json").write_text("<html>no encontrada</html>", encoding="utf-8")

    hecho = pregon("nodo", "servir", str(tmp_path / "nodo.toml"))

    assert hecho.returncode == 4
    assert "pida raiz.json al Instituto" in hecho.stderr


def test_a_night_without_keys_says_which_order_comes_first(tmp_path: Path) -> None:
    (tmp_path / "difusores.toml").write_text(DIFUSORES, encoding="utf-8")
    ejemplo = pregon("eleccion", "ejemplo", "diputaciones").stdout
    (tmp_path / "eleccion.toml").write_text(ejemplo, encoding="utf-8")
    (tmp_path / "origen.toml").write_text(ORIGEN, encoding="utf-8")

    hecho = pregon("origen", "jornada", str(tmp_path / "origen.toml"))

    assert hecho.returncode == 8
    assert "pregon origen preparar" in hecho.stderr


def test_receiving_from_a_folder_that_is_not_there_is_a_fault_of_the_order(tmp_path: Path) -> None:
    OrigenDePrueba(tmp_path / "origen")
    (tmp_path / "nodo.toml").write_text(NODO, encoding="utf-8")
    (tmp_path / "raiz.json").write_bytes((tmp_path / "origen" / "raiz.json").read_bytes())

    hecho = pregon("nodo", "recibir", str(tmp_path / "nodo.toml"), "--desde", str(tmp_path / "nohay"))

    assert hecho.returncode == 4
    assert "no existe la carpeta" in hecho.stderr


@pytest.mark.parametrize(("direcciones", "codigo"), [("publicas", 4), ("locales", 0)])
def test_h1_an_address_never_admitted_is_told_at_the_start(
    tmp_path: Path, direcciones: str, codigo: int
) -> None:
    (tmp_path / "difusores.toml").write_text(DIFUSORES, encoding="utf-8")
    (tmp_path / "raiz.json").write_text("{}", encoding="utf-8")
    config = tmp_path / "vigilancia.toml"
    config.write_text(
        'raiz = "raiz.json"\nrepositorio = "repositorio"\nrol = "simulacro-prueba"\n'
        f'direcciones = "{direcciones}"\n',
        encoding="utf-8",
    )
    orden = [sys.executable, "-m", "pregon", "vigilancia", "observar", str(config)]
    with subprocess.Popen(orden, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as proceso:
        assert proceso.stdout
        linea = proceso.stdout.readline()
        if codigo == 0:
            proceso.terminate()
        assert proceso.wait(10) == codigo
    assert ("no se admite con «publicas»" in linea) == (codigo == 4)


def test_before_the_first_publication_the_tables_are_empty_and_well(tmp_path: Path) -> None:
    (tmp_path / "difusores.toml").write_text(DIFUSORES, encoding="utf-8")
    (tmp_path / "raiz.json").write_text("{}", encoding="utf-8")
    config = tmp_path / "vigilancia.toml"
    config.write_text(
        'raiz = "raiz.json"\nrepositorio = "repositorio"\nrol = "simulacro-prueba"\n', encoding="utf-8"
    )

    hecho = pregon("vigilancia", "estado", str(config), "--json")

    assert hecho.returncode == 0
    assert [(fila["id"], fila["estado"]) for fila in json.loads(hecho.stdout)] == [("uno", "activo")]
