"""`pregon eleccion`: faults with lines, exit codes, JSON, and examples that are valid."""

import json
from pathlib import Path

import pytest

from pregon.cli import main


@pytest.mark.parametrize("nombre", ["diputaciones", "ayuntamientos"])
def test_an_example_is_valid(nombre: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eleccion", "ejemplo", nombre]) == 0
    archivo = tmp_path / "e.toml"
    archivo.write_text(capsys.readouterr().out, encoding="utf-8")

    assert main(["eleccion", "validar", str(archivo)]) == 0

    assert "sin faltas" in capsys.readouterr().out


def test_each_fault_is_printed_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archivo = tmp_path / "e.toml"
    main(["eleccion", "ejemplo", "diputaciones"])
    archivo.write_text(
        capsys.readouterr().out.replace("periodo_minutos = 10", "periodo_minutos = 0"), encoding="utf-8"
    )

    assert main(["eleccion", "validar", str(archivo)]) == 4

    assert f"{archivo}, línea 27, jornada.periodo_minutos" in capsys.readouterr().out


def test_json_holds_the_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archivo = tmp_path / "e.toml"
    archivo.write_text("[instituto\n", encoding="utf-8")

    assert main(["eleccion", "validar", "--json", str(archivo)]) == 4

    leido = json.loads(capsys.readouterr().out)
    assert (leido["valida"], leido["faltas"][0]["linea"]) == (False, 1)


def test_json_sums_up_a_valid_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archivo = tmp_path / "e.toml"
    main(["eleccion", "ejemplo", "ayuntamientos"])
    archivo.write_text(capsys.readouterr().out, encoding="utf-8")

    assert main(["eleccion", "validar", "--json", str(archivo)]) == 0

    leido = json.loads(capsys.readouterr().out)
    assert leido["faltas"] == []
    assert leido["jornada"]["elecciones"][0]["unidades"] == 38


@pytest.mark.parametrize("contenido", [None, b"\xff\xfe\xfa"])
def test_a_file_that_cannot_be_read_is_explained(
    contenido: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archivo = tmp_path / "e.toml"
    if contenido is not None:
        archivo.write_bytes(contenido)

    assert main(["eleccion", "validar", str(archivo)]) == 4

    assert str(archivo) in capsys.readouterr().err
