"""Every origen.toml of the page on sources can be read; its SQL runs in `test_fuente_postgresql.py`."""

import re
from pathlib import Path

import pytest

from pregon.origin import config

PAGINA = (Path(__file__).resolve().parents[3] / "docs" / "como" / "origen-fuentes.md").read_text()
TIPOS = ("carpeta", "postgresql", "reproduccion", "sintetica")


@pytest.mark.parametrize("tipo", TIPOS)
def test_each_type_has_one_complete_example(tipo: str) -> None:
    ejemplos = re.findall(r"^```toml\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL)
    (suyo,) = [e for e in ejemplos if f'tipo = "{tipo}"' in e]

    leida = config.leer(suyo, archivo=Path("/noche/origen/origen.toml"))

    assert type(leida.fuente).__name__ == f"Fuente{tipo.capitalize()}"


def test_every_example_is_of_a_type_and_every_type_is_there() -> None:
    assert sorted(re.findall(r'^tipo = "(\w+)"$', PAGINA, re.MULTILINE)) == sorted(TIPOS)
