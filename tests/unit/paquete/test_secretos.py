"""No secret travels in a paquete: canaries in every kind of text, nothing where there is none (B8)."""

from pathlib import Path

import pytest

from pregon.paquete.secretos import secreto

CANARIOS = {
    "llave PEM": "-----BEGIN PRIVATE " + "KEY-----\nMC4CAQAwBQYDK2VwBCIEIA",
    "llave RSA": "-----BEGIN RSA PRIVATE " + "KEY-----",
    "llave de SSH": "-----BEGIN OPENSSH PRIVATE " + "KEY-----",
    "llave de PGP": "-----BEGIN PGP PRIVATE " + "KEY BLOCK-----",
    "llave de PuTTY": "PuTTY-User-Key-" + "File-3: ssh-ed25519",
    "variable de entorno": "DB_PASSWORD" + "=canario123",
    "TOML": 'password = "canario123"',
    "JSON": '"api_key": "canario123"',
    "español": "Contraseña: canario123",
    "ficha": "token=canario123",
    "cabecera": "Authorization: Basic Y2FuYXJpbzEyMw==",
    "dirección": "postgresql://prep:canario@10.0.0.1/captura",
    "FTP": "ftp://prep:canario@servidor.example/",
    "AWS": "AKIA" + "CANARIO123456789",
    "GitHub": "ghp_" + "c" * 36,
    "Slack": "xoxb-" + "1234567890",
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJjYW5hcmlvIn0." + "c4n4r10c4n4r10",
}
TEXTOS = {
    "index.html": "<!doctype html><p>renglón</p>\n<!-- {} -->\n",
    "datos/a.csv": "CLAVE,VOTOS\n0001B01,{}\n",
    "corte.json": '{{"numero":1,\n"nota":"{}"}}',
    "recursos/corte.js": "var x = 1;\n/* {} */\n",
    "recursos/sitio.css": "body{{}}\n/* {} */\n",
    "datos/LEEME.txt": "Léame.\n{}\n",
    "dibujo.svg": "<svg><!--\n{} --></svg>",
    "avisos.atom": "<feed>\n<title>{}</title></feed>",
    "datos/diccionario.md": "# Diccionario\n{}\n",
}


@pytest.mark.parametrize("canario", CANARIOS.values(), ids=CANARIOS)
@pytest.mark.parametrize("ruta", TEXTOS)
def test_b8_a_canary_in_any_text_is_told_by_kind_and_line_and_not_repeated(ruta: str, canario: str) -> None:
    causa = secreto(ruta, TEXTOS[ruta].format(canario).encode())
    assert causa is not None
    assert causa.endswith("en la línea 2")
    assert "canario" not in causa


@pytest.mark.parametrize(
    "ruta", [".env", "a/.env.local", ".git/config", "llaves/root-1.pem", "x.key", ".ssh/id_rsa", "id_ed25519"]
)
def test_b8_some_names_are_secrets_whatever_they_hold(ruta: str) -> None:
    assert secreto(ruta, b"") is not None


@pytest.mark.parametrize(
    ("ruta", "texto"),
    [
        ("ayuda.html", "<p>La contraseña no se pide. Escriba a prep@iec.example</p>"),
        ("datos/a.csv", "KEY,TOKENS,PASS\n1,2,3\n"),
        ("recursos/corte.js", "var token; secret(a); keys = [];"),
        ("verificar.html", "<a href='https://prep.example:8443/c/1/'>copia</a> @prep"),
        ("difusores.pem.html", "-----BEGIN PUBLIC KEY-----"),
        ("keyboard.html", "<kbd>"),
        ("datos/a.csv", "Coalición «Secretaría: Juntos», TOKENS: 12, ://a:b@"),
    ],
)
def test_b8_what_only_looks_like_one_is_published(ruta: str, texto: str) -> None:
    assert secreto(ruta, texto.encode()) is None


def test_b8_the_product_s_own_pages_and_examples_hold_none() -> None:
    carpeta = Path(__file__).resolve().parents[3] / "src/pregon/sitio"
    for archivo in carpeta.rglob("*.*"):
        if archivo.suffix in {".html", ".css", ".js"}:
            assert secreto(archivo.name, archivo.read_bytes()) is None


def test_b8_noise_of_a_compressed_base_de_datos_is_no_address() -> None:
    """Deflated bytes are noise: a night of ZIPs holds «://…:…@» somewhere, and its corte must come out."""
    ruido = b"PK\x03\x04" + bytes(range(128, 256)) + b"\x9cq://\x8ck\xf0:w\xe1\x07@" + b"k2://\x8ck:w\xe1@"
    assert secreto("datos/ultimo/GUB.zip", ruido) is None
