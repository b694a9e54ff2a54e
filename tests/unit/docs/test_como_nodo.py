"""The nodo.toml that the page on the node shows can be read, and every key of it is told."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pregon.cli.nodo import VERBOS
from pregon.node.config import ConfigNodo, leer

RAIZ = Path(__file__).resolve().parents[3]
PAGINA = (RAIZ / "docs" / "como" / "difusor-nodo.md").read_text()


def test_the_nodo_toml_shown_is_read_in_push_and_in_pull() -> None:
    (mostrado,) = re.findall(r"^```toml\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL)

    en_push = leer(mostrado, archivo=Path("/srv/pregon/nodo.toml"))
    en_pull = leer(mostrado.replace("# origen", "origen"), archivo=Path("/srv/pregon/nodo.toml"))

    assert (en_push.origen, en_push.ntp) == (None, ("cronos.cenam.mx", 123))
    assert en_pull.origen == "https://prep.instituto.example/repositorio"


def test_every_key_that_may_be_given_is_told() -> None:
    claves = {campo.name for campo in fields(ConfigNodo)} - {"anfitrion", "puerto"} | {"escucha"}
    mostradas = set(re.findall(r"^#? ?(\w+) = ", PAGINA, re.MULTILINE))
    en_la_tabla = set(re.findall(r"^\| `(\w+)` \|", PAGINA, re.MULTILINE))

    assert mostradas | en_la_tabla | {"nginx", "par"} == claves  # tables with pages of their own


@pytest.mark.parametrize("verbo", ["servir", "recibir", "probar", "estado", "reenviar"])
def test_a_verb_of_the_night_is_shown(verbo: str) -> None:
    assert verbo in VERBOS
    assert f"pregon nodo {verbo} nodo.toml" in PAGINA


def test_the_screen_shown_has_the_lines_of_the_program() -> None:
    (pantalla,) = re.findall(r"^```text\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL)
    mostrados = re.findall(r"^(?:bien |AVISO)  (.{20})  ", pantalla, re.MULTILINE)

    codigo = "".join(p.read_text() for p in (RAIZ / "src/pregon").glob("node/examen/*.py"))
    codigo += (RAIZ / "src/pregon/cli/nodo/estado.py").read_text()

    assert len(mostrados) == 11
    assert [uno for uno in mostrados if f'"{uno.strip()}"' not in codigo] == []
