import pytest

from pregon.node.routes import CABECERAS, Fuente, comprimible, resolver, tipo

_INCLUSION = (Fuente.INCLUSION, "public, max-age=31536000, immutable")


@pytest.mark.parametrize(
    ("objetivo", "fuente", "cache"),
    [
        ("/", Fuente.PORTADA, "no-cache"),
        ("/?utm_source=x", Fuente.PORTADA, "no-cache"),
        ("/index.html", Fuente.PORTADA, "no-cache"),
        ("/corte.json", Fuente.CORTE, "no-cache"),
        ("/diputaciones/", Fuente.CORTE, "no-cache"),
        ("/recursos/estilo.0123.css", Fuente.CORTE, "public, max-age=31536000, immutable"),
        ("/c/12/", Fuente.PERMANENTE, "public, max-age=31536000, immutable"),
        ("/c/12/corte.json", Fuente.PERMANENTE, "public, max-age=31536000, immutable"),
        ("/c/0/", Fuente.PERMANENTE, "public, max-age=31536000, immutable"),
        ("/c/012/", Fuente.CORTE, "no-cache"),  # one corte has one address
        ("/difusores.json", Fuente.LISTA, "no-cache"),
        ("/c/12/difusores.html", Fuente.LISTA, "no-cache"),
        ("/.well-known/pregon/prueba.json", Fuente.PRUEBA, "no-cache"),
        ("/.well-known/pregon/registro", Fuente.REGISTRO, "no-cache"),
        ("/.well-known/pregon/checkpoint", Fuente.REGISTRO, "no-cache"),
        ("/c/12/.well-known/pregon/prueba.json", Fuente.PERMANENTE, "public, max-age=31536000, immutable"),
        ("/.well-known/pregon/prueba/index.html.txt", Fuente.INCLUSION, "no-cache"),
        ("/c/12/.well-known/pregon/prueba/a/b.csv.txt", *_INCLUSION),
        ("/c/12/.well-known/pregon/prueba/a/b.csv", Fuente.PERMANENTE, "public, max-age=31536000, immutable"),
        (f"/actas/{'0a' * 32}.jpg", Fuente.IMAGEN, "public, max-age=31536000, immutable"),
        (f"/c/12/actas/{'0a' * 32}.png", Fuente.IMAGEN, "public, max-age=31536000, immutable"),
        (f"/actas/{'0A' * 32}.jpg", Fuente.CORTE, "no-cache"),  # one image has one address
        ("/.well-known/pregon/recibo.json", Fuente.RECIBO, "no-cache"),
        ("/estado.json", Fuente.ESTADO, "no-store"),
        ("/salud", Fuente.SALUD, "no-store"),
    ],
)
def test_g6_each_address_has_its_source_and_its_cache(objetivo: str, fuente: Fuente, cache: str) -> None:
    hallada = resolver(objetivo)
    assert hallada is not None
    assert (hallada[0].fuente, hallada[0].cache) == (fuente, cache)


@pytest.mark.parametrize(
    "objetivo",
    [
        "",
        "*",
        "http://otro.mx/",
        "/../etc/passwd",
        "/a/../../b",
        "/%2e%2e/x",
        "/..%2fx",
        "/a%00b",
        "/a%0d%0aSet-Cookie:x",
        "/a\\b",
        "/%5cx",
        "//otro.mx/",
        "/a//b",
        "/%ff",
        "/./x",
        "/c/12/../../x",
    ],
)
def test_a16_impossible_addresses_match_nothing(objetivo: str) -> None:
    assert resolver(objetivo) is None


def test_accents_are_decoded_once() -> None:
    hallada = resolver("/municipios/ram%C3%B3s%2525.html")
    assert hallada is not None
    assert hallada[1]["ruta"] == "municipios/ramós%25.html"


def test_pages_may_be_framed_by_media_and_load_only_their_own() -> None:
    politica = CABECERAS["Content-Security-Policy"]
    assert "frame-ancestors *" in politica
    assert politica.startswith("default-src 'none'")
    assert "X-Frame-Options" not in CABECERAS


def test_types_carry_their_charset() -> None:
    assert tipo("datos/A.CSV") == "text/csv; charset=utf-8"
    assert tipo("x.sin") == "application/octet-stream"
    assert comprimible("a.html")
    assert not comprimible("a.zip")
