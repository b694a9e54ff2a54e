"""The reference of the bases de datos: the [dialecto] that it shows is read, and it has every preset."""

import re
from pathlib import Path

from pregon.origin.sources import ejemplos
from pregon.prep.dialecto import PRESETS
from pregon.prep.eleccion import leer

PAGINA = (Path(__file__).resolve().parents[3] / "docs" / "referencia" / "base-de-datos.md").read_text()


def test_the_dialecto_shown_is_read() -> None:
    (toml,) = re.findall(r"^```toml\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL)

    noche = leer(f"{ejemplos.texto('diputaciones')}\n{toml}", archivo="base-de-datos.md")

    assert (noche.dialecto.carpeta, noche.dialecto.campo("CODIGO_INTEGRIDAD")) == ("prep/", "SHA")


def test_every_preset_has_its_row() -> None:
    assert re.findall(r"^\| `([0-9]{4})` \|", PAGINA, re.MULTILINE) == list(PRESETS)
