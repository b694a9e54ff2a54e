"""A node of an institute, as most tests here need it. One that needs another says so itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pregon.node import config, nodo
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba


@pytest.fixture
def origen(tmp_path: Path) -> OrigenDePrueba:
    return OrigenDePrueba(tmp_path / "origen")


@pytest.fixture
def configuracion(tmp_path: Path, origen: OrigenDePrueba) -> ConfigNodo:
    ruta = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    return config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)


@pytest.fixture
def propio(configuracion: ConfigNodo) -> Iterator[Nodo]:
    with nodo.abrir(configuracion) as abierto:
        yield abierto
