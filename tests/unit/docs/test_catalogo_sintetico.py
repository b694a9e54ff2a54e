"""The manual knows every key of a synthetic catalogue, and no other."""

import re
from dataclasses import fields
from pathlib import Path

from pregon.prep.jornada import CatalogoSintetico

PAGINA = Path(__file__).parents[3] / "docs" / "referencia" / "catalogo-sintetico.md"


def test_the_table_has_the_keys_that_are_read() -> None:
    claves = re.findall(r"^\| `(\w+)` \|", PAGINA.read_text(encoding="utf-8"), re.MULTILINE)

    assert claves == ["origen", *(campo.name for campo in fields(CatalogoSintetico))]
