"""SECURITY.md promises only what a test holds: every row of the threat table that it names has one."""

import re
from pathlib import Path

import pytest

RAIZ = Path(__file__).resolve().parents[3]
FILAS = sorted(
    {
        fila
        for celda in re.findall(r"\| ((?:[A-L]\d+(?:, )?)+) \|", (RAIZ / "SECURITY.md").read_text())
        for fila in celda.split(", ")
    }
)


@pytest.fixture(scope="module")
def probadas() -> set[str]:
    textos = (prueba.read_text() for prueba in RAIZ.glob("tests/**/test_*.py"))
    return {fila.upper() for texto in textos for fila in re.findall(r"def test_([a-l]\d+)_", texto)}


def test_the_table_of_promises_is_read() -> None:
    assert {"A1", "A2", "C9"} <= set(FILAS)


@pytest.mark.parametrize("fila", FILAS)
def test_a_promised_row_has_a_test(fila: str, probadas: set[str]) -> None:
    assert fila in probadas
