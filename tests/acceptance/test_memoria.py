"""`pregon memoria` as a program."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pregon.node.registro import Acceso, Registro
from pregon.storage.bitacora import Bitacora

APERTURA = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
NODO = """\
id = "uni"
nombre = "Universidad de Prueba"
rol = "simulacro-2026-05-17"
raiz = "raiz.json"
carpeta = "nodo"
escucha = "127.0.0.1:0"
"""


def _pregon(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    orden = [sys.executable, "-m", "pregon", "memoria", *map(str, args)]
    return subprocess.run(orden, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def _acceso(minuto: int, *, ip: str = "203.0.113.9", agente: str = "Mozilla/5.0") -> Acceso:
    return Acceso(
        hora=APERTURA + timedelta(minutes=minuto),
        ip=ip,
        metodo="GET",
        ruta="/",
        protocolo="HTTP/1.1",
        estado=200,
        bytes=1000,
        referer="",
        agente=agente,
        segundos=0.001,
        corte=1,
    )


@pytest.fixture
def nodo(tmp_path: Path) -> Path:
    """Make what a node leaves behind: its two logs per day and its bitácora."""
    registro = Registro(tmp_path / "nodo" / "acceso", ZoneInfo("America/Monterrey"))
    for minuto in (0, 10, 50, 400):
        registro.anotar(_acceso(minuto))
    registro.anotar(_acceso(5, ip="2001:db8::5"))
    registro.anotar(_acceso(6, agente="Pregon-Vigilancia/0.1"))
    registro.cerrar()
    bitacora = Bitacora(tmp_path / "nodo" / "bitacora.jsonl", "nodo uni")
    for numero in (1, 2, 4):
        bitacora.append(APERTURA + timedelta(minutes=10 * numero), "activado", str(numero), {})
    (tmp_path / "nodo.toml").write_text(NODO)
    return tmp_path


def test_r135_a_node_yields_its_memoria_with_both_formats_counted_once(nodo: Path) -> None:
    hecho = _pregon("elaborar", "nodo.toml", "--json", cwd=nodo)

    assert (hecho.returncode, hecho.stderr) == (0, "")
    cifras = json.loads(hecho.stdout)
    esperado = {"hits": 5, "paginas": 5, "visitas": 4, "usuarios": 3, "sondeos": 1, "bytes": 5000}
    assert {clave: cifras[clave] for clave in esperado} == esperado
    assert cifras["lineas"]["repetidas de otro archivo"] == 6
    assert len(cifras["archivos"]) == 4


def test_the_paper_names_files_gaps_and_no_address(nodo: Path) -> None:
    assert _pregon("elaborar", "nodo.toml", "--salida", "m.md", cwd=nodo).returncode == 0

    texto = (nodo / "m.md").read_text()
    assert "# Memoria técnica del difusor: Universidad de Prueba" in texto
    assert "`2026-06-07.log`" in texto
    assert "No se activaron: 3." in texto
    assert "203.0.113" not in texto
    assert "2001:db8" not in texto


def test_h5_the_institute_s_own_addresses_are_set_apart(nodo: Path) -> None:
    hecho = _pregon("elaborar", "nodo.toml", "--vigilancia", "2001:db8::/32", "--json", cwd=nodo)

    cifras = json.loads(hecho.stdout)
    assert (cifras["hits"], cifras["sondeos"]) == (4, 2)


def test_days_are_chosen_in_local_time(nodo: Path) -> None:
    hecho = _pregon("elaborar", "nodo.toml", "--dias", "2026-06-07", "--json", cwd=nodo)

    assert [dia["dia"] for dia in json.loads(hecho.stdout)["dias"]] == ["2026-06-07"]


def test_logs_of_any_server_serve_without_a_node(nodo: Path) -> None:
    suelto = nodo / "acceso.log.gz"
    suelto.write_bytes(gzip.compress((nodo / "nodo" / "acceso" / "2026-06-07.log").read_bytes()))

    hecho = _pregon("elaborar", "--registros", suelto, "--nombre", "Diario X", cwd=nodo)

    assert hecho.returncode == 0
    assert hecho.stderr == "pregon memoria: No se entregó la bitácora del nodo.\n"
    texto = (nodo / "memoria.md").read_text()
    assert "Diario X" in texto
    assert "No se entregó la bitácora del nodo" in texto


def test_the_template_once_filled_gives_the_comparison(nodo: Path) -> None:
    plantilla = _pregon("plantilla", cwd=nodo).stdout
    for clave in ("hits", "paginas", "visitas"):
        plantilla = plantilla.replace(f"# {clave}", clave)
    (nodo / "base.toml").write_text(plantilla)

    assert _pregon("elaborar", "nodo.toml", "--base", "base.toml", cwd=nodo).returncode == 0

    assert "Veces el promedio" in (nodo / "memoria.md").read_text()


def test_an_altered_bitacora_is_said_to_be_and_stops_nothing(nodo: Path) -> None:
    ruta = nodo / "nodo" / "bitacora.jsonl"
    ruta.write_text(ruta.read_text().replace('"objeto":"2"', '"objeto":"3"'))

    assert _pregon("elaborar", "nodo.toml", cwd=nodo).returncode == 0

    assert "no se pudo comprobar" in (nodo / "memoria.md").read_text()


@pytest.mark.parametrize(
    ("args", "codigo", "dice"),
    [
        (["elaborar"], 4, "--registros"),
        (["elaborar", "no-hay.toml"], 4, "no-hay.toml"),
        (["elaborar", "nodo.toml", "--dias", "ayer"], 4, "2026-06-07"),
        (["elaborar", "nodo.toml", "--vigilancia", "aquí"], 4, "203.0.113.0/24"),
        (["elaborar", "nodo.toml", "--transiciones", "no-hay.jsonl"], 4, "no-hay.jsonl"),
        (["elaborar", "nodo.toml", "--zona", "Luna/Mar"], 4, "zona"),
        (["elaborar", "--registros", "no-hay"], 2, "no-hay"),
        (["elaborar", "nodo.toml", "--salida", "nodo"], 7, "nodo"),
        ([], 4, "faltan argumentos"),
    ],
)
def test_a_wrong_call_is_explained_with_its_exit_code(
    nodo: Path, args: list[str], codigo: int, dice: str
) -> None:
    hecho = _pregon(*args, cwd=nodo)

    assert hecho.returncode == codigo
    assert dice in hecho.stderr
    assert "Traceback" not in hecho.stderr


def test_the_help_is_spanish_and_lists_the_exit_codes(nodo: Path) -> None:
    hecho = _pregon("elaborar", "--help", cwd=nodo)

    assert hecho.returncode == 0
    assert "códigos de salida" in hecho.stdout
    assert "usage" not in hecho.stdout
