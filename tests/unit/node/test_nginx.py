"""The generator of nginx's configuration: the committed example is its output, and what it refuses."""

import re
import time
from pathlib import Path

import pytest

from pregon.cli import main
from pregon.errors import ErrorDeConfiguracion
from pregon.node import nginx, routes
from pregon.node.config import ConfigNodo, leer

EJEMPLO = Path(__file__).resolve().parents[3] / "deploy" / "nginx"
NODO = (EJEMPLO / "nodo.toml").read_text(encoding="utf-8")


def parse(texto: str) -> ConfigNodo:
    return leer(texto, archivo=Path("/srv/pregon/nodo.toml"))


@pytest.mark.parametrize(("archivo", "opciones"), [("nginx.conf", []), ("logrotate.conf", ["--logrotate"])])
def test_the_committed_files_are_what_the_command_writes(
    archivo: str, opciones: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nodo", "nginx", str(EJEMPLO / "nodo.toml"), *opciones]) == 0
    assert capsys.readouterr().out == (EJEMPLO / archivo).read_text(encoding="utf-8")


def test_g6_the_folders_of_what_never_changes_are_those_of_the_table() -> None:
    eternas = [ruta.patron.pattern for ruta in routes.RUTAS if ruta.cache == routes.INMUTABLE]
    assert {re.search(r"(\w+)/", patron.replace("(?:c/", "", 1))[1] for patron in eternas} == {  # type: ignore[index]  # each has a folder
        *re.findall(r"location \^~ /(\w+)/ \{", nginx.escribir(parse(NODO)))
    }


def test_a9_only_names_with_the_node_s_mark_are_opened() -> None:
    texto = nginx.escribir(parse(NODO))
    assert texto.count("root ") == 1
    assert texto.count("rewrite ^ $pregon_archivo break;") == 2
    _, _, mapa = texto.partition("map $request_uri $pregon_archivo {")
    assert all("@" in valor.split()[-1] for valor in mapa.partition("}\n\n")[0].split(";")[:-1])
    assert not re.search(r"try_files|alias|autoindex|index ", texto)


@pytest.mark.parametrize(
    ("pedido", "archivo"),
    [
        *[("/", "/"), ("/?a=1", "/"), ("/a/b.json?x=/../", "/a/b.json"), ("/a/?", "/a/"), ("/a", "/a")],
        *[
            ("//a", None),
            ("/./a", None),
            ("/a//b", None),
            ("/a/../b", None),
            ("/.env", None),
            ("/a%2fb", None),
        ],
        *[("/a#b", None), ("/a@", None), ("/?" + "a" * 2047, None), ("/" + "a" * 2046 + "%", None)],
        *[("/" + "a/" * 1023 + "%", None), ("/" + "a." * 1023 + "/%", None), ("/a" * 1023 + "//", None)],
    ],
)
def test_a16_only_a_plain_spelling_is_opened_and_no_address_takes_long(
    pedido: str, archivo: str | None
) -> None:
    (patron,) = re.findall(r'"~(.*)"\n +"\$pregon_llano@";', nginx.escribir(parse(NODO)))
    empezo = time.perf_counter()
    hallado = re.search(patron.replace("?<", "?P<"), pedido)
    assert time.perf_counter() - empezo < 0.1
    assert (hallado and hallado["pregon_llano"]) == archivo


def test_brotli_asks_for_its_module_only_where_the_node_says_so() -> None:
    assert nginx.escribir(parse(NODO)).count("brotli_static") == 2
    assert "brotli" not in nginx.escribir(parse(NODO.replace("brotli = true", "brotli = false")))


def test_j1_media_may_frame_every_page_of_nginx_too() -> None:
    texto = nginx.escribir(parse(NODO))
    assert "X-Frame-Options" not in texto
    assert texto.count("frame-ancestors *") == texto.count("return 200 '") + texto.count("rewrite ^ ")


@pytest.mark.parametrize(
    ("de", "a", "clave"),
    [
        ("[nginx]", "[ngin]", "ngin"),
        ("127.0.0.1:8081", "127.0.0.1:0", "escucha"),
        ("127.0.0.1:8081", "0.0.0.0:8081", "escucha"),
        ("127.0.0.1:8081", "nodo.mx:8081", "escucha"),
        ('"/srv/pregon"', '"/srv/$pregon"', "carpeta"),
        ("/var/log/pregon", '/var/log/\\"; x', "nginx.registros"),
        ("prep2026.diariox.example", "prep2026; x", "nginx.nombres[1]"),
        ("prep2026.diariox.example", "diariox", "nginx.nombres[1]"),
        ('["prep2026.diariox.example"]', "[]", "nginx.nombres"),
        ("certificado = ", "certificados = ", "nginx"),
        ("[nginx]", '[nginx]\nusuario = "root; x"', "nginx.usuario"),
        ("[nginx]", '[nginx]\ndirecciones = ["0.0.0.0;"]', "nginx.direcciones[1]"),
        ("[nginx]", "[nginx]\npor_segundo = 0", "nginx.por_segundo"),
    ],
)
def test_what_would_make_another_configuration_is_refused_by_its_key(de: str, a: str, clave: str) -> None:
    with pytest.raises(ErrorDeConfiguracion) as error:
        nginx.escribir(parse(NODO.replace(de, a, 1)))
    assert error.value.clave == clave


def test_without_its_table_nothing_is_generated() -> None:
    with pytest.raises(ErrorDeConfiguracion, match="falta la tabla"):
        nginx.escribir(parse(NODO.split("[nginx]")[0]))


def test_ipv6_is_reached_in_brackets() -> None:
    assert "server [::1]:8081 " in nginx.escribir(parse(NODO.replace("127.0.0.1:8081", "[::1]:8081")))


def test_another_port_is_in_the_address_that_plain_http_tells() -> None:
    texto = nginx.escribir(parse(NODO.replace("[nginx]", "[nginx]\nhttps = 8443")))
    assert "return 301 https://$host:8443$request_uri;" in texto
    assert "listen [::]:8443 ssl http2;" in texto
