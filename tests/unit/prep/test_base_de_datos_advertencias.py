"""Warnings are data: place, what is written, how it was read and the rule; many alike are one."""

import json
from pathlib import Path

import pytest
from corpus_hostil import FILAS, buena, comprimir

from pregon.cli.corte import main
from pregon.prep.base_de_datos import leer
from pregon.prep.base_de_datos.advertencias import MUESTRA, Advertencia, Advertencias


def test_a_warning_is_a_sentence() -> None:
    una = Advertencia(archivo="x.csv", fila=9, columna="PAN", que="«90.»", lectura="se lee 90", regla="R58")

    assert una.mensaje == "«90.»; se lee 90 (R58)"


def test_the_same_said_of_many_rows_is_one_with_its_first_rows() -> None:
    advertencias = Advertencias(archivo="x.csv", maximo=10)
    for fila in range(8, 58):
        advertencias.una(fila, "PAN", que="a", lectura="b")
    advertencias.una(8, "PRI", que="a", lectura="b")

    una, otra = advertencias.todas()

    assert (una.fila, una.columna, una.veces, una.muestra) == (8, "PAN", 50, tuple(range(8, 8 + MUESTRA)))
    assert una.mensaje == "a; b (y 49 filas más)"
    assert (otra.columna, otra.veces) == ("PRI", 1)


def test_told_at_once_or_one_by_one_it_is_the_same() -> None:
    juntas, sueltas = (Advertencias(archivo="x.csv", maximo=10) for _ in range(2))
    juntas.varias([], "PAN", que="a", lectura="b")
    juntas.varias([8, 9], "PAN", que="a", lectura="b")
    juntas.varias(range(10, 30), "PAN", que="a", lectura="b")
    for fila in range(8, 30):
        sueltas.una(fila, "PAN", que="a", lectura="b")

    assert juntas.todas() == sueltas.todas()


def test_they_come_by_row_and_those_of_the_whole_file_first() -> None:
    advertencias = Advertencias(archivo="x.csv", maximo=10)
    advertencias.una(9, "", que="a", lectura="b")
    advertencias.una(None, "", que="c", lectura="d")
    advertencias.una(8, "", que="e", lectura="f")

    assert [a.fila for a in advertencias.todas()] == [None, 8, 9]


def test_a_member_of_a_zip_is_named_whole() -> None:
    (base,) = leer("x.zip", comprimir({"prep/COAH_DIP_LOC_2026.csv": buena(filas=[FILAS[0][:20]])}))

    assert {a.archivo for a in base.advertencias} == {"x.zip/prep/COAH_DIP_LOC_2026.csv"}


def test_pregon_corte_gives_them_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archivo = tmp_path / "COAH_DIP_LOC_2026.csv"
    archivo.write_bytes(buena(cambios={(8, "PRI"): "cincuenta"}))

    main(["--json", str(archivo)])

    advertencia = json.loads(capsys.readouterr().out)[0]["advertencias"][0]
    assert advertencia == {
        "archivo": str(archivo),
        "fila": 8,
        "columna": "PRI",
        "que": "«cincuenta» no es un número ni una leyenda conocida",
        "lectura": "no suma votos",
        "regla": "R58, R60",
        "veces": 1,
        "muestra": [8],
        "mensaje": "«cincuenta» no es un número ni una leyenda conocida; no suma votos (R58, R60)",
    }
