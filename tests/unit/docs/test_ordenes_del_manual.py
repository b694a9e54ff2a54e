"""The manual is tested: every `pregon …` that it shows is a command that exists, with options that exist."""

import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest

from pregon.cli import ORDENES, main

RAIZ = Path(__file__).resolve().parents[3]
MOSTRADA = re.compile(r"(?:^|`)pregon ([^`\n]+)", re.MULTILINE)


def _mostradas() -> list[str]:
    paginas = [RAIZ / "README.md", RAIZ / "CONTRIBUTING.md", RAIZ / "SECURITY.md", *RAIZ.glob("docs/**/*.md")]
    todas = {orden.strip() for pagina in paginas for orden in MOSTRADA.findall(pagina.read_text())}
    # «pregon ORDEN», «pregon …» and the general options name no command.
    return sorted(orden for orden in todas if orden[0].islower())


@pytest.mark.parametrize("mostrada", _mostradas())
def test_a_command_of_the_manual_exists_with_its_options(mostrada: str) -> None:
    orden, *resto = mostrada.split()

    assert orden in ORDENES
    ayuda = _ayuda(orden)
    if resto and resto[0] in _subordenes(ayuda):
        ayuda = _ayuda(orden, resto[0])
    opciones = {palabra.split("=")[0] for palabra in resto if palabra.startswith("--")}
    assert {opcion for opcion in opciones if opcion not in ayuda} == set()


def _subordenes(ayuda: str) -> set[str]:
    return set(re.findall(r"^ {4}([a-z][a-z-]*)(?= |$)", ayuda, re.MULTILINE))


@cache
def _ayuda(*orden: str) -> str:
    dicho = io.StringIO()
    with contextlib.redirect_stdout(dicho), contextlib.suppress(SystemExit):
        main([*orden, "--help"])
    return dicho.getvalue()
