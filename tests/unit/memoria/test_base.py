import json

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.memoria.base import PLANTILLA, Base, Promedio, leer

LLENA = PLANTILLA.replace("# hits", "hits").replace("# paginas", "paginas").replace("# visitas", "visitas")
EN_JSON = {
    "portal": "https://www.ejemplo.mx",
    "desde": "2026-05-11",
    "hasta": "2026-05-31",
    "promedio": "hora",
    "fuente": "registros de acceso del servidor web",
    "hits": 1200,
    "paginas": 300,
    "visitas": 90,
}


def _leer_json(**cambios: object) -> Base:
    return leer(json.dumps(EN_JSON | cambios), archivo="base.json")


def test_the_filled_template_is_a_baseline() -> None:
    base = leer(LLENA, archivo="base.toml")

    assert (base.promedio, base.hits, base.paginas, base.visitas) == (Promedio.HORA, 1200, 300, 90)


def test_json_says_the_same() -> None:
    assert _leer_json() == leer(LLENA, archivo="base.toml")


def test_the_template_as_it_comes_asks_for_its_figures() -> None:
    with pytest.raises(ErrorDeConfiguracion, match="falta «hits»"):
        leer(PLANTILLA, archivo="base.toml")


def test_a_fault_is_told_with_its_line() -> None:
    with pytest.raises(ErrorDeConfiguracion) as error:
        leer(LLENA.replace('"hora"', '"mes"'), archivo="base.toml")

    assert (error.value.clave, error.value.linea) == (
        "promedio",
        LLENA[: LLENA.index("promedio =")].count("\n") + 1,
    )


@pytest.mark.parametrize(
    ("cambios", "clave"),
    [
        ({"hits": -1}, "hits"),
        ({"visitas": "muchas"}, "visitas"),
        ({"paginas": True}, "paginas"),
        ({"hasta": "2026-05-01"}, "hasta"),
        ({"hitz": 1}, "hitz"),
        ({"desde": "ayer"}, ""),
        ({"desde": 5}, ""),
    ],
)
def test_a_fault_in_json_names_its_key_and_no_line(cambios: dict[str, object], clave: str) -> None:
    with pytest.raises(ErrorDeConfiguracion) as error:
        _leer_json(**cambios)

    assert (error.value.clave, error.value.linea) == (clave, None)


@pytest.mark.parametrize("texto", ["", "[]", "{", "[" * 100_000, "null"])
def test_what_is_no_json_object_is_refused(texto: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=r"base\.json"):
        leer(texto, archivo="base.json")
