"""The manual is tested: its links lead somewhere and the verbs that it names exist."""

import re
from pathlib import Path

import pytest

RAIZ = Path(__file__).resolve().parents[3]
PAGINAS = sorted([*RAIZ.glob("*.md"), *RAIZ.glob("docs/**/*.md"), *RAIZ.glob("newsfragments/*.md")])


@pytest.mark.parametrize("pagina", PAGINAS, ids=lambda p: p.relative_to(RAIZ).as_posix())
def test_every_relative_link_leads_to_a_file(pagina: Path) -> None:
    destinos = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", pagina.read_text())

    assert [d for d in destinos if not (pagina.parent / d).exists()] == []


@pytest.mark.parametrize("pagina", PAGINAS, ids=lambda p: p.relative_to(RAIZ).as_posix())
def test_every_make_verb_of_the_manual_exists(pagina: Path) -> None:
    verbos = set(re.findall(r"^([a-z-]+):", (RAIZ / "Makefile").read_text(), re.MULTILINE))

    nombrados = set(re.findall(r"(?:^|`)make ([a-z-]+)", pagina.read_text(), re.MULTILINE))

    assert nombrados <= verbos
