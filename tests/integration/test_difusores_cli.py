"""`pregon difusores` as an operator calls it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.cli import main
from pregon.storage.bitacora import Bitacora

DIFUSORES = """[[difusor]]
id = "portal"
nombre = "Instituto"
url = "http://127.0.0.1:8080"
destino = "b0"
portal = true

[[difusor]]
id = "voz"
nombre = "La Voz"
url = "https://voz.ejemplo.mx"
destino = "b1"
"""
ORIGEN = """[origen]
carpeta = "."
difusores = "difusores.toml"
transiciones = "transiciones.jsonl"

[fuente]
tipo = "sintetica"
"""


@pytest.fixture
def origen(tmp_path: Path) -> Path:
    (tmp_path / "difusores.toml").write_text(DIFUSORES)
    (tmp_path / "origen.toml").write_text(ORIGEN)
    return tmp_path / "origen.toml"


def test_an_act_is_written_with_who_when_and_why(origen: Path) -> None:
    codigo = main(["difusores", "suspender", "voz", "--origen", str(origen), "--motivo", "fuera de norma"])

    (asiento,) = Bitacora(origen.parent / "actos.jsonl", "lector").leer()
    assert (codigo, asiento.acto, asiento.objeto) == (0, "suspender", "voz")
    assert asiento.datos == {"motivo": "fuera de norma", "de": "activo"}
    assert asiento.actor
    assert abs((datetime.now(UTC) - asiento.instante).total_seconds()) < 30


def test_the_list_tells_state_and_link(origen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["difusores", "suspender", "voz", "--origen", str(origen), "--motivo", "x", "--alterado"])
    capsys.readouterr()

    assert main(["difusores", "listar", str(origen), "--json"]) == 0

    filas = json.loads(capsys.readouterr().out)
    assert [(f["id"], f["estado"], f["causa"], f["enlace"]) for f in filas] == [
        ("portal", "activo", None, True),
        ("voz", "suspendido", "alterado", False),
    ]


@pytest.mark.parametrize(
    ("orden", "codigo", "dicho"),
    [
        (["suspender", "portal"], 8, "es el portal del Instituto"),
        (["reconectar", "voz"], 8, "está activo"),
        (["suspender", "nadie"], 4, "se conocen: portal, voz"),
    ],
)
def test_an_act_that_cannot_be_is_refused_and_leaves_no_record(
    origen: Path, capsys: pytest.CaptureFixture[str], orden: list[str], codigo: int, dicho: str
) -> None:
    assert main(["difusores", *orden, "--origen", str(origen), "--motivo", "prueba"]) == codigo

    assert dicho in capsys.readouterr().err
    assert not (origen.parent / "actos.jsonl").exists()


def test_a_file_is_validated_with_every_fault(origen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archivo = origen.parent / "difusores.toml"

    assert main(["difusores", "validar", str(archivo)]) == 0
    archivo.write_text(DIFUSORES.replace('"https://voz.ejemplo.mx"', '"voz"').replace('"b1"', "7"))
    assert main(["difusores", "validar", str(archivo)]) == 4

    salida = capsys.readouterr().out
    assert "línea 11, difusor[2].url" in salida
    assert "línea 12, difusor[2].destino" in salida


def test_a_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["difusores", "listar", str(tmp_path / "nada.toml")]) == 4
    assert "no se puede leer" in capsys.readouterr().err
