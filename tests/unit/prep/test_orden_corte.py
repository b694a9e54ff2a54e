"""`pregon corte`: exit codes, JSON and table."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pregon.cli.corte import main
from pregon.prep.corte import CAMPOS_ENCABEZADO

Archivo = Callable[..., str]


@pytest.fixture
def archivo(tmp_path: Path, escribir: Callable[..., bytes]) -> Archivo:
    def _archivo(nombre: str = "COAH_DIP_LOC_2026.csv", **como: object) -> str:
        ruta = tmp_path / nombre
        ruta.write_bytes(escribir(**como))
        return str(ruta)

    return _archivo


def test_equal_exits_0(archivo: Archivo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([archivo()]) == 0
    assert "Igual: los renglones dan lo publicado." in capsys.readouterr().out


def test_json_tells_everything(archivo: Archivo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", archivo()]) == 0

    (eleccion,) = json.loads(capsys.readouterr().out)
    assert eleccion["eleccion"] == "DIPUTACIONES LOCALES"
    assert eleccion["corte"] == "2026-06-07T20:30:00-06:00"
    assert list(eleccion["publicado"]) == list(eleccion["calculado"]) == list(CAMPOS_ENCABEZADO)
    assert eleccion["calculado"]["TOTAL_VOTOS_C_CS"] == 210
    assert eleccion["calculado"]["PORCENTAJE_ACTAS_CAPTURADAS"] == "75.0000"
    assert (eleccion["filas"], eleccion["diferencias"]) == (5, [])


def test_different_exits_3(
    archivo: Archivo, campos: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([archivo(campos=campos | {"TOTAL_VOTOS_C_CS": "211"})]) == 3
    assert "≠ TOTAL_VOTOS_C_CS" in capsys.readouterr().out


def test_the_last_corte_is_declared(archivo: Archivo, campos: dict[str, str]) -> None:
    ultimo = archivo(campos=campos | {"PORCENTAJE_PARTICIPACION_CIUDADANA": "42.0000"})

    assert main([ultimo]) == 3
    assert main(["--ultimo", ultimo]) == 0


def test_no_base_de_datos_exits_2_and_the_others_are_told(
    archivo: Archivo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pagina = tmp_path / "pagina.csv"
    pagina.write_text("<html></html>")

    assert main([str(pagina), "--json", archivo()]) == 2

    salida = capsys.readouterr()
    assert len(json.loads(salida.out)) == 1
    assert "es una página web" in salida.err
    assert "Qué hacer" in salida.err


@pytest.mark.parametrize(("nombre", "causa"), [("no-hay.csv", "no existe"), (".", "es una carpeta")])
def test_what_cannot_be_opened_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], nombre: str, causa: str
) -> None:
    assert main([str(tmp_path / nombre)]) == 2
    assert causa in capsys.readouterr().err


def test_without_a_header_there_is_nothing_to_compare(
    archivo: Archivo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--json", archivo(campos=None)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["publicado"] is None
