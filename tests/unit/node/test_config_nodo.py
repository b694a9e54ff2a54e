from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.node.config import ConfigNodo, leer

BUENO = """# El nodo de un diario
id = "el-diario"
nombre = "El Diario"
rol = "oficial"
raiz = "raiz.json"
escucha = "127.0.0.1:8081"
"""


def parse(texto: str) -> ConfigNodo:
    return leer(texto, archivo=Path("/srv/nodo/nodo.toml"))


def test_paths_are_relative_to_the_file_and_the_rest_has_defaults() -> None:
    config = parse(BUENO)
    assert config.raiz == Path("/srv/nodo/raiz.json")
    assert config.buzon == Path("/srv/nodo/buzon")
    assert (config.anfitrion, config.puerto, config.origen) == ("127.0.0.1", 8081, None)
    assert str(config.zona) == "America/Monterrey"


def test_ipv6_listens_too() -> None:
    assert parse(BUENO.replace("127.0.0.1", "[::1]")).anfitrion == "::1"


@pytest.mark.parametrize(
    ("de", "a", "linea", "clave"),
    [
        ('"el-diario"', '"El Diario"', 2, "id"),
        ('"oficial"', '"ensayo"', 4, "rol"),
        ("127.0.0.1:8081", "8081", 6, "escucha"),
        ("127.0.0.1:8081", "127.0.0.1:99999", 6, "escucha"),
        ('"oficial"', '"oficial"\nsondeo = 0', 5, "sondeo"),
        ('"oficial"', '"oficial"\norigen = "ftp://x"', 5, "origen"),
        ('"oficial"', '"oficial"\nzona = "Saltillo"', 5, "zona"),
        ('"oficial"', '"oficial"\nbuson = "x"', 5, "buson"),
        ('"oficial"', '"oficial"\nurl = "prep.diario.mx"', 5, "url"),
        ('"oficial"', '"oficial"\nurl = "https://yo@prep.diario.mx"', 5, "url"),
        ('"oficial"', '"oficial"\nntp = "un servidor"', 5, "ntp"),
        ('"oficial"', '"oficial"\nurl = "https://prep.diario.mx:99999"', 5, "url"),
        ('"oficial"', '"oficial"\nntp = "10.0.0.1:99999"', 5, "ntp"),
        ('"oficial"', '"oficial"\nremitente = "Don Pepe"', 5, "remitente"),
    ],
)
def test_a_fault_is_told_with_line_and_key(de: str, a: str, linea: int, clave: str) -> None:
    with pytest.raises(ErrorDeConfiguracion) as error:
        parse(BUENO.replace(de, a))
    assert (error.value.linea, error.value.clave) == (linea, clave)


def test_the_other_node_behind_the_same_address() -> None:
    par = parse(f'{BUENO}\n[par]\nurl = "http://10.0.0.12:8081"\nprincipal = true\n').par
    assert par is not None
    assert (par.url, par.principal) == ("http://10.0.0.12:8081", True)


@pytest.mark.parametrize(
    "par", ['url = "https://a:1"\nprincipal = true', 'url = "http://a:1"', "principal = true"]
)
def test_half_a_pair_is_told(par: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match="par"):
        parse(f"{BUENO}\n[par]\n{par}\n")


@pytest.mark.parametrize(
    ("resto", "url"),
    [
        ('url = "https://prep.diario.mx/"', "https://prep.diario.mx"),
        ('[nginx]\nnombres = ["a.diario.mx"]\ncertificado = "c"\nllave = "l"', "https://a.diario.mx"),
        ('[nginx]\nnombres = ["a.mx"]\ncertificado = "c"\nllave = "l"\nhttps = 8443', "https://a.mx:8443"),
        ("", None),
    ],
)
def test_the_public_address_is_given_or_nginx_s(resto: str, url: str | None) -> None:
    assert parse(BUENO + resto).url == url


@pytest.mark.parametrize(
    ("ntp", "servidor"),
    [
        ("cronos.cenam.mx", ("cronos.cenam.mx", 123)),
        ("10.0.0.1:1123", ("10.0.0.1", 1123)),
        ("[::1]", ("::1", 123)),
        ("[::1]:1123", ("::1", 1123)),
    ],
)
def test_the_time_server_has_a_port_of_its_own(ntp: str, servidor: tuple[str, int]) -> None:
    assert parse(f'{BUENO}ntp = "{ntp}"\n').ntp == servidor
