"""The signed list, and difusores.toml with the line of each fault."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion
from pregon.paquete.difusores import (
    DifusorPublico,
    Estado,
    ListaDeDifusores,
    leer_difusores_toml,
    leer_lista,
    validar_difusores_toml,
)

LISTA = ListaDeDifusores(
    rol="simulacro-prueba",
    instante=datetime(2026, 6, 8, tzinfo=UTC),
    difusores=(
        DifusorPublico(
            id="portal", nombre="Instituto", url="https://iec.mx", estado=Estado.ACTIVO, portal=True
        ),
        DifusorPublico(id="voz", nombre="La Voz", url=None, estado=Estado.SUSPENDIDO, asiento=9),
    ),
)
TOML = """[[difusor]]
id = "portal"
nombre = "Instituto"
url = "http://127.0.0.1:8080"
destino = "/srv/buzon0"
portal = true

[[difusor]]
id = "voz"
nombre = "La Voz"
url = "https://voz.ejemplo.mx/prep"
transporte = "local"
destino = "/srv/buzon1"
contacto = "Ana"
telefono = "844"
"""


def test_a21_the_list_reads_back() -> None:
    assert leer_lista(LISTA.escribir()) == LISTA


def test_a21_a_suspended_difusor_keeps_name_and_state_and_no_link() -> None:
    suspendido = json.loads(LISTA.escribir())["difusores"][1]

    assert (suspendido["nombre"], suspendido["estado"], suspendido["url"]) == ("La Voz", "suspendido", None)


@pytest.mark.parametrize(
    "cambio",
    [
        {"formato": 2},
        {"formato": True},
        {"rol": 3},
        {"instante": "ayer"},
        {"difusores": None},
        {"difusores": [{}]},
        {"sobra": 1},
    ],
)
def test_a15_any_other_shape_is_refused(cambio: dict[str, Any]) -> None:
    crudo = json.loads(LISTA.escribir()) | cambio

    with pytest.raises(ErrorDeConfianza):
        leer_lista(json.dumps(crudo, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a@b.mx", "https://voz.mx/", "//voz.mx"])
def test_i7_only_web_addresses_are_links(url: str) -> None:
    crudo = json.loads(LISTA.escribir())
    crudo["difusores"][0]["url"] = url

    with pytest.raises(ErrorDeConfianza):
        leer_lista(json.dumps(crudo, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def test_g9_a_suspended_difusor_with_a_link_is_no_list() -> None:
    crudo = json.loads(LISTA.escribir())
    crudo["difusores"][1]["url"] = "https://voz.mx"

    with pytest.raises(ErrorDeConfianza):
        leer_lista(json.dumps(crudo, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def test_an_endless_list_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ErrorDeConfianza):
        leer_lista(b" " * 3_000_000)


def test_difusores_toml_reads() -> None:
    portal, voz = leer_difusores_toml(TOML, "difusores.toml")

    assert (portal.portal, portal.transporte, portal.contacto) == (True, "local", "")
    assert (voz.url, voz.destino, voz.telefono) == ("https://voz.ejemplo.mx/prep", "/srv/buzon1", "844")


@pytest.mark.parametrize(
    ("de", "a", "linea"),
    [
        ('id = "voz"', 'id = "portal"', 9),
        ('id = "voz"', 'id = "La Voz"', 9),
        ('"https://voz.ejemplo.mx/prep"', '"https://voz.ejemplo.mx/"', 11),
        ('"https://voz.ejemplo.mx/prep"', '"ftp://voz.ejemplo.mx"', 11),
        ('"https://voz.ejemplo.mx/prep"', '"http://127.0.0.1:8080"', 11),
        ('transporte = "local"', 'transporte = "paloma"', 12),
        ('contacto = "Ana"', 'contato = "Ana"', 14),
        ('telefono = "844"', "portal = true", 15),
        ('destino = "/srv/buzon1"', "", 8),
    ],
)
def test_each_fault_is_told_with_its_line(de: str, a: str, linea: int) -> None:
    faltas = validar_difusores_toml(TOML.replace(de, a), "difusores.toml")

    assert [f.linea for f in faltas] == [linea]
    with pytest.raises(ErrorDeConfiguracion):
        leer_difusores_toml(TOML.replace(de, a), "difusores.toml")
