"""The log that the manual shows is a true one: its lines, its checkpoint and its key go together."""

import re
from pathlib import Path

import pytest

from pregon.node.routes import Fuente, resolver
from pregon.paquete import registro

PAGINA = (Path(__file__).resolve().parents[3] / "docs" / "explicacion" / "registro.md").read_text()
BLOQUES = dict(re.findall(r"^```(\w+)\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL))


def test_the_log_shown_is_under_the_checkpoint_shown_by_the_key_shown() -> None:
    cabeza = registro.verificar(BLOQUES["checkpoint"].encode(), BLOQUES["llave"])
    lineas = registro.separar(BLOQUES["registro"].encode())

    assert registro.historia(cabeza, lineas).lineas == lineas


@pytest.mark.parametrize("ruta", ["registro", "checkpoint"])
def test_the_addresses_shown_are_in_the_table_of_routes(ruta: str) -> None:
    hallada = resolver(f"/.well-known/pregon/{ruta}")

    assert f"`/.well-known/pregon/{ruta}`" in PAGINA
    assert hallada is not None
    assert hallada[0].fuente is Fuente.REGISTRO
