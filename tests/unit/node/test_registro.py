import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pregon.node.registro import Acceso, Registro, combinada, en_json

SALTILLO = ZoneInfo("America/Monterrey")


ACCESO = Acceso(
    hora=datetime(2026, 6, 8, 5, 59, 58, tzinfo=UTC),
    ip="192.0.2.7",
    metodo="GET",
    ruta="/corte.json",
    protocolo="HTTP/1.1",
    estado=200,
    bytes=123,
    referer="",
    agente="Mozilla/5.0",
    segundos=0.0012345678,
    corte=7,
)


def test_combined_line_has_the_offset_of_the_official_hour() -> None:
    linea = combinada(ACCESO, ACCESO.hora.astimezone(SALTILLO))
    esperada = (
        '192.0.2.7 - - [07/Jun/2026:23:59:58 -0600] "GET /corte.json HTTP/1.1" 200 123 "-" "Mozilla/5.0"'
    )
    assert linea == esperada


def test_json_line_says_the_same_and_more() -> None:
    datos = json.loads(en_json(ACCESO, ACCESO.hora.astimezone(SALTILLO)))
    assert datos["hora"] == "2026-06-07T23:59:58.000-06:00"
    assert (datos["corte"], datos["segundos"]) == (7, 0.001235)


@pytest.mark.parametrize(
    "malo", ["a\r\n1.2.3.4 - -", 'x" 200 1 "', "\x1b[31mrojo", "\u202etxt", "a\\b", "\x00", "\ud800"]
)
def test_i12_no_request_can_forge_a_line(malo: str) -> None:
    un_acceso = replace(ACCESO, ruta=malo, agente=malo, referer=malo)
    linea = combinada(un_acceso, un_acceso.hora)
    assert linea.isascii()
    assert linea.isprintable()
    assert linea.count('"') == 6
    assert en_json(un_acceso, un_acceso.hora).isprintable()


def test_one_file_per_local_day(tmp_path: Path) -> None:
    registro = Registro(tmp_path / "acceso", SALTILLO)
    registro.anotar(ACCESO)
    registro.anotar(replace(ACCESO, hora=datetime(2026, 6, 8, 6, 0, tzinfo=UTC)))
    assert sorted(p.name for p in (tmp_path / "acceso").iterdir()) == [
        "2026-06-07.jsonl",
        "2026-06-07.log",
        "2026-06-08.jsonl",
        "2026-06-08.log",
    ]
    registro.cerrar()


def test_lines_are_there_at_once(tmp_path: Path) -> None:
    registro = Registro(tmp_path, SALTILLO)
    registro.anotar(ACCESO)
    assert (tmp_path / "2026-06-07.log").read_text(encoding="utf-8").endswith('"Mozilla/5.0"\n')
    registro.cerrar()


def test_g7_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "acceso").write_text("no es carpeta", encoding="utf-8")
    registro = Registro(tmp_path / "acceso", SALTILLO)
    registro.anotar(ACCESO)
    (tmp_path / "acceso").unlink()
    registro.anotar(ACCESO)
    assert (tmp_path / "acceso" / "2026-06-07.log").exists()
    registro.cerrar()
