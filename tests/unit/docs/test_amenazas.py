"""The threat model and the tests are the same list: every row has a test with its id, where the page says."""

import ast
import re
from pathlib import Path

import pytest

RAIZ = Path(__file__).resolve().parents[3]
PAGINA = (RAIZ / "docs/explicacion/amenazas.md").read_text(encoding="utf-8")
CUANTAS = {"A": 21, "B": 8, "E": 5, "F": 9, "G": 10}
FILAS = [f"{letra}{n}" for letra, cuantas in CUANTAS.items() for n in range(1, cuantas + 1)]


@pytest.fixture(scope="module")
def pruebas() -> dict[str, set[str]]:
    """Return row → modules with a test of it, as `integration/test_nodo_recibir`."""
    halladas: dict[str, set[str]] = {}
    for archivo in (RAIZ / "tests").rglob("test_*.py"):
        modulo = archivo.relative_to(RAIZ / "tests").with_suffix("").as_posix()
        for nodo in ast.walk(ast.parse(archivo.read_text(encoding="utf-8"))):
            if isinstance(nodo, ast.FunctionDef) and (fila := re.match(r"test_([a-g]\d+)_", nodo.name)):
                halladas.setdefault(fila[1].upper(), set()).add(modulo)
    return halladas


def _renglones() -> dict[str, list[str]]:
    celdas = (
        [c.strip() for c in linea.split(" | ")] for linea in PAGINA.splitlines() if linea.startswith("|")
    )
    return {r[0].removeprefix("| "): r for r in celdas if re.fullmatch(r"\| [A-G]\d+", r[0])}


def test_the_page_has_every_row_once_and_no_other() -> None:
    assert re.findall(r"^\| ([A-G]\d+) \|", PAGINA, re.MULTILINE) == FILAS


@pytest.mark.parametrize("fila", FILAS)
def test_a_row_says_what_is_required_and_has_a_test_with_its_id(
    fila: str, pruebas: dict[str, set[str]]
) -> None:
    _, _, exigido, donde = _renglones()[fila]
    assert exigido
    dichas = set(re.findall(r"`([\w/]+)`", donde))
    assert dichas
    assert dichas <= pruebas.get(fila, set())
