"""Any two trees: old one and delta give the new one to the byte, or an error, and never anything else."""

import contextlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pregon.errors import ErrorDeConfianza
from pregon.paquete import delta
from pregon.paquete.manifest import escribir, huella
from pregon.prep.escribir.comprimido import comprimido
from pregon.testing.paquetes import paquete

_CUANDO = datetime(2026, 6, 7, 18, 30, tzinfo=UTC)
_RUTAS = st.sampled_from([f"{n}.{clase}" for n in range(5) for clase in ("html", "csv", "json")])
_FILAS = st.lists(st.tuples(st.integers(0, 9), st.text("abcñ,", max_size=8)), max_size=30).map(
    lambda filas: "\n".join(f"{n},2026-06-07T18:{n}0,{texto}" for n, texto in filas).encode()
)
_TEXTOS = st.binary(max_size=60) | _FILAS


@st.composite
def arboles(draw: st.DrawFn) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Two trees that share some files, paths and contents, with a ZIP of whatever there is in each."""
    viejo = draw(st.dictionaries(_RUTAS, _TEXTOS, max_size=6))
    nuevo = {ruta: datos for ruta, datos in viejo.items() if draw(st.booleans())}
    nuevo |= draw(st.dictionaries(_RUTAS, _TEXTOS | st.sampled_from([*viejo.values(), b""]), max_size=6))
    for arbol in (viejo, nuevo):
        if draw(st.booleans()):
            arbol["todo.zip"] = comprimido(sorted(arbol.items())[: draw(st.integers(0, 6))], _CUANDO)
    return viejo, nuevo


@given(arboles())
def test_the_old_tree_and_the_delta_are_the_new_tree(par: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    viejo, nuevo = par
    uno, dos = (escribir(paquete(n, archivos=t, publicado=_CUANDO)[0]) for n, t in enumerate(par, start=1))
    hecho = delta.hacer(dos, uno, propio=lambda a: nuevo[a.ruta], base=lambda a: viejo[a.ruta])
    tenidos = {huella(datos): datos for datos in viejo.values()}
    abierto = delta.abrir(hecho, uno, tamano=len(dos), sha256=huella(dos))
    for datos in abierto.objetos(propio=lambda a: tenidos[a.sha256], base=lambda a: viejo[a.ruta]):
        tenidos[huella(datos)] = datos
    assert abierto.crudo == dos
    assert {huella(datos) for datos in nuevo.values()} <= set(tenidos)


@given(arboles(), st.data())
def test_b5_whatever_changes_on_the_way_only_signed_bytes_come_out(
    par: tuple[dict[str, bytes], dict[str, bytes]], data: st.DataObject
) -> None:
    viejo, nuevo = par
    uno, dos = (escribir(paquete(n, archivos=t, publicado=_CUANDO)[0]) for n, t in enumerate(par, start=1))
    hecho = bytearray(delta.hacer(dos, uno, propio=lambda a: nuevo[a.ruta], base=lambda a: viejo[a.ruta]))
    for lugar in data.draw(st.lists(st.integers(0, len(hecho) - 1), min_size=1, max_size=3)):
        hecho[lugar] = data.draw(st.integers(0, 255))
    del hecho[data.draw(st.integers(0, len(hecho)) | st.just(len(hecho))) :]
    firmados = {huella(datos) for datos in nuevo.values()}
    with contextlib.suppress(ErrorDeConfianza):
        abierto = delta.abrir(bytes(hecho), uno, tamano=len(dos), sha256=huella(dos))
        assert abierto.crudo == dos
        for datos in abierto.objetos(propio=lambda a: nuevo[a.ruta], base=lambda a: viejo[a.ruta]):
            assert huella(datos) in firmados


@given(st.binary(max_size=300))
def test_b5_garbage_is_refused_as_such(datos: bytes) -> None:
    with contextlib.suppress(ErrorDeConfianza):
        delta.abrir(b"pregon-delta 1\n" + datos, None, tamano=10, sha256="0" * 64)
