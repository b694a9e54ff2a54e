"""Every `[imagenes]` table that the how-to shows can be read as it stands."""

import re
from pathlib import Path

import pytest

from pregon.origin.config import leer

PAGINA = Path(__file__).resolve().parents[3] / "docs" / "como" / "origen-imagenes.md"
TABLAS = re.findall(r"^```toml\n(.*?)^```", PAGINA.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("tabla", [*TABLAS, re.sub(r"^# (?=url)", "", TABLAS[1], flags=re.MULTILINE)])
def test_a_table_of_images_shown_has_no_fault(tabla: str) -> None:
    assert leer('[origen]\n[fuente]\ntipo = "sintetica"\n' + tabla, archivo=Path("origen.toml")).imagenes
