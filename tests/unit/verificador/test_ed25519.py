"""The single file's signature routine: as RFC 8032 says, and as `cryptography` judges."""

import ast
import runpy
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

ARCHIVO = Path(__file__).resolve().parents[3] / "verificador/pregon_verificar.py"
PROGRAMA = runpy.run_path(str(ARCHIVO))
L, p, punto, ed25519_verifica = (PROGRAMA[nombre] for nombre in ("L", "p", "punto", "ed25519_verifica"))
DEL_RFC = [  # RFC 8032, 7.1: secret key, public key, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            "454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
            "3dca179c138ac17ad9bef1177331a704"
        ),
    ),
]
PEQUENOS = [  # every way to write a point of small order, canonical or not
    (y | signo << 255).to_bytes(32, "little")
    for signo in (0, 1)
    for y in (
        *(0, 1, p - 1, p, p + 1),
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7,
    )
]


def _cryptography(publica: bytes, mensaje: bytes, firma: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(publica).verify(firma, mensaje)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(("secreta", "publica", "mensaje", "firma"), DEL_RFC)
def test_the_vectors_of_rfc_8032(secreta: str, publica: str, mensaje: str, firma: str) -> None:
    llave = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secreta))

    assert llave.public_key().public_bytes_raw().hex() == publica
    assert llave.sign(bytes.fromhex(mensaje)).hex() == firma
    assert ed25519_verifica(*map(bytes.fromhex, (publica, mensaje, firma)))


@settings(deadline=None, max_examples=40)
@given(
    secreta=st.binary(min_size=32, max_size=32),
    mensaje=st.binary(max_size=200),
    bit=st.integers(0, 96 * 8 - 1),
    voltea=st.booleans(),
)
def test_it_judges_as_cryptography_does(secreta: bytes, mensaje: bytes, bit: int, *, voltea: bool) -> None:
    llave = Ed25519PrivateKey.from_private_bytes(secreta)
    todo = bytearray(llave.public_key().public_bytes_raw() + llave.sign(mensaje))
    if voltea:
        todo[bit // 8] ^= 1 << bit % 8
    publica, firma = bytes(todo[:32]), bytes(todo[32:])

    juicio = ed25519_verifica(publica, mensaje, firma)

    assert juicio == _cryptography(publica, mensaje, firma)
    assert juicio is not voltea
    assert not ed25519_verifica(publica, mensaje + b"x", firma)


@pytest.mark.parametrize("veces", [1, 2, 15])
def test_the_same_signature_has_no_second_way_to_write_its_s(veces: int) -> None:
    llave = Ed25519PrivateKey.generate()
    publica, firma = llave.public_key().public_bytes_raw(), llave.sign(b"corte")
    otra = firma[:32] + (int.from_bytes(firma[32:], "little") + veces * L).to_bytes(32, "little")

    assert ed25519_verifica(publica, b"corte", firma)
    assert not ed25519_verifica(publica, b"corte", otra)
    assert not _cryptography(publica, b"corte", otra)


def test_points_of_small_order_are_judged_as_cryptography_does() -> None:
    """A key written in a second way is refused here, as RFC 8032 says; `cryptography` lets a few pass."""
    for publica in PEQUENOS:
        for erre in PEQUENOS:
            for ese in (0, 1):
                firma = erre + ese.to_bytes(32, "little")
                suyo = _cryptography(publica, b"corte", firma) and punto(publica) is not None
                assert ed25519_verifica(publica, b"corte", firma) == suyo


@pytest.mark.parametrize("largo", [0, 31, 63, 65])
def test_a_signature_of_another_length_is_refused(largo: int) -> None:
    llave = Ed25519PrivateKey.generate()

    assert not ed25519_verifica(
        llave.public_key().public_bytes_raw(), b"", llave.sign(b"").ljust(65, b"\0")[:largo]
    )


def test_the_file_is_short_and_for_any_python_since_3_9() -> None:
    texto = ARCHIVO.read_text(encoding="utf-8")
    inicio, fin = texto.index("# Ed25519 como"), texto.index("B = punto(")
    modulos = {
        alias.name if isinstance(nodo, ast.Import) else nodo.module
        for nodo in ast.walk(ast.parse(texto, feature_version=(3, 9)))
        if isinstance(nodo, ast.Import | ast.ImportFrom)
        for alias in nodo.names
    }

    assert len(texto.splitlines()) <= 300
    assert texto.count("\n", inicio, fin) <= 80
    assert {modulo for modulo in modulos if modulo} <= sys.stdlib_module_names
