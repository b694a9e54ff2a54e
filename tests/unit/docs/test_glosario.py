"""The glossary is the only definition of our words, and it speaks of code that exists."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import pregon.paquete
import pregon.prep

PAGINA = Path(__file__).resolve().parents[3] / "docs" / "glosario.md"
FILAS = [
    [celda.strip() for celda in linea.strip("|").split("|")]
    for linea in PAGINA.read_text().splitlines()
    if linea.startswith("|") and not linea.startswith(("| Palabra", "|---"))
]
IDENTIFICADORES = [nombre for fila in FILAS for nombre in re.findall(r"`([^`]+)`", fila[3])]


def _modulos(paquete: ModuleType) -> list[ModuleType]:
    return [import_module(f"{paquete.__name__}.{m.name}") for m in pkgutil.iter_modules(paquete.__path__)]


def _clases_publicas() -> list[str]:
    """Return every class that a module of prep or paquete shows to other rooms."""
    return sorted(
        f"{modulo.__name__}.{nombre}".removeprefix("pregon.")
        for modulo in _modulos(pregon.prep) + _modulos(pregon.paquete)
        for nombre, clase in vars(modulo).items()
        if inspect.isclass(clase)
        and not nombre.startswith("_")
        and clase.__module__.startswith(modulo.__name__)
    )


def _resolver(nombre: str) -> object:
    partes = nombre.split(".")
    for corte in range(len(partes), 0, -1):
        try:
            cosa: object = import_module(".".join(["pregon", *partes[:corte]]))
        except ModuleNotFoundError:
            continue
        for parte in partes[corte:]:
            # A field of a dataclass without slots or default is known by its annotation only.
            anotada = parte in getattr(cosa, "__annotations__", {})
            cosa = getattr(cosa, parte, None) if anotada else getattr(cosa, parte)
        return cosa
    raise AssertionError(f"no hay módulo para {nombre}")


@pytest.mark.parametrize("fila", FILAS, ids=lambda fila: fila[0])
def test_a_row_has_word_meaning_source_and_identifier(fila: list[str]) -> None:
    assert len(fila) == 4
    assert fila[0]
    assert fila[1].endswith(".")
    assert fila[2]
    assert fila[3]


@pytest.mark.parametrize("nombre", IDENTIFICADORES)
def test_an_identifier_of_the_glossary_exists(nombre: str) -> None:
    _resolver(nombre)


@pytest.mark.parametrize("clase", _clases_publicas())
def test_a_class_of_prep_and_paquete_is_in_the_glossary(clase: str) -> None:
    assert clase in IDENTIFICADORES


def test_a_word_and_an_identifier_are_defined_once() -> None:
    palabras = [fila[0].casefold() for fila in FILAS]

    assert sorted(set(palabras)) == sorted(palabras)
    assert sorted(set(IDENTIFICADORES)) == sorted(IDENTIFICADORES)


def test_words_are_in_alphabetical_order_within_their_table() -> None:
    tablas = re.findall(r"(?:^\|.*\n)+", PAGINA.read_text(), re.MULTILINE)

    for tabla in tablas:
        palabras = [linea.split("|")[1].strip() for linea in tabla.splitlines()[2:]]
        assert palabras == sorted(palabras, key=_sin_acentos)


def _sin_acentos(texto: str) -> str:
    return texto.casefold().translate(str.maketrans("áéíóúüñ", "aeiouun"))
