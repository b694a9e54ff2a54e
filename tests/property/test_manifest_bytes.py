import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.errors import ErrorDeConfianza
from pregon.paquete.manifest import EXTENSIONES, Archivo, Manifest, escribir, imagen, leer, ruta_segura
from pregon.testing.paquetes import paquete

_SHA = st.text("0123456789abcdef", min_size=64, max_size=64)
_INSTANTE = st.integers(1_500_000_000, 4_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


def _posible(ruta: str) -> bool:
    try:
        ruta_segura(ruta)
    except ValueError:
        return False
    return True


_PARTE = st.text(
    st.characters(categories=["Ll", "Lo", "Nd"], include_characters="-_ ."), min_size=1, max_size=12
)
_RUTA = st.lists(_PARTE, min_size=1, max_size=3).map("/".join).filter(_posible)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    # A fixed prefix of its own for each, so that no file is another one's folder.
    rutas = sorted(f"{n}-{draw(_RUTA)}" for n in range(draw(st.integers(0, 6))))
    return Manifest(
        rol=draw(st.sampled_from(["oficial", "prototipo", "simulacro-2026-05-17"])),
        numero=draw(st.integers(0, 144)),
        instante=draw(st.none() | _INSTANTE),
        publicado=draw(_INSTANTE),
        no_antes_de=draw(_INSTANTE),
        periodo=draw(st.floats(0.1, 86_000)),
        ultimo=draw(st.booleans()),
        catalogo=draw(_SHA),
        huella=draw(st.none() | _SHA),
        anterior=draw(st.none() | _SHA),
        bitacora=draw(st.none() | _SHA),
        archivos=tuple(
            Archivo(ruta=ruta, tamano=draw(st.integers(0, 10**7)), sha256=draw(_SHA)) for ruta in rutas
        ),
        imagenes=tuple(
            imagen(sha, draw(st.sampled_from(sorted(EXTENSIONES))), draw(st.integers(0, 10**6)))
            for sha in sorted(draw(st.sets(_SHA, max_size=4)))
        ),
    )


@given(manifests())
def test_write_then_read_is_the_identity(manifest: Manifest) -> None:
    assert leer(escribir(manifest)) == manifest


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "replace")))
def test_a15_anything_else_is_refused_cleanly(datos: bytes) -> None:
    with pytest.raises(ErrorDeConfianza):
        leer(datos)


@given(manifests(), st.data())
def test_b5_a_flipped_bit_never_gives_the_same_manifest(manifest: Manifest, data: st.DataObject) -> None:
    datos = bytearray(escribir(manifest))
    datos[data.draw(st.integers(0, len(datos) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        leido = leer(bytes(datos))
    except ErrorDeConfianza:
        return
    assert leido != manifest
    assert escribir(leido) == datos


@given(st.text(max_size=40))
def test_a16_a_path_that_passes_stays_below_its_folder(ruta: str) -> None:
    if _posible(ruta):
        partes = ruta.split("/")
        assert not ruta.startswith("/")
        assert "\\" not in ruta
        assert not {"", ".", ".."} & set(partes)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)
)
def test_a15_a_value_of_any_type_in_any_field_is_refused_or_read_back(valor: object) -> None:
    original = json.loads(escribir(paquete(3)[0]))
    for campo in original:
        datos = json.dumps({**original, campo: valor}).encode()
        with contextlib.suppress(ErrorDeConfianza):
            assert escribir(leer(datos)) == datos
