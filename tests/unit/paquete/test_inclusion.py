"""The proof of one file: small, of that file only, and without a bit to spare."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner

from pregon.errors import ErrorDeConfianza, ErrorDeDatos
from pregon.paquete import inclusion, merkle, registro
from pregon.paquete.inclusion import Incluido, Pruebas
from pregon.paquete.limites import Limites
from pregon.paquete.manifest import Archivo, Manifest, escribir, huella, imagen
from pregon.testing import registros
from pregon.testing.paquetes import paquete

ROL = "simulacro-prueba"
FIRMANTE = CryptoSigner.generate_ed25519()
LLAVE = registros.llave(ROL, FIRMANTE)
OTRA = registros.llave(ROL, CryptoSigner.generate_ed25519())


def _archivos(cuantos: int, largo: int = 20) -> tuple[Archivo, ...]:
    rutas = (f"p/{n:0{largo - 7}d}.html" for n in range(cuantos))
    return tuple(Archivo(ruta=ruta, tamano=1000 + len(ruta), sha256=huella(ruta.encode())) for ruta in rutas)


def _pruebas(*cortes: Manifest, de: int = -1) -> Pruebas:
    lineas = registros.entradas(cortes)
    nota = registros.checkpoint(cortes[0].rol, lineas, FIRMANTE)
    return Pruebas(cortes[de], huella(escribir(cortes[de])), entradas=lineas, checkpoint=nota)


def _cortes(cuantos: int, *archivos: Archivo) -> list[Manifest]:
    return [replace(paquete(n)[0], archivos=archivos) for n in range(1, cuantos + 1)]


def _verificar(datos: bytes, llaves: tuple[str, ...] | None = (LLAVE,)) -> Incluido:
    return inclusion.verificar(inclusion.leer(datos), llaves=llaves)


CORTES = _cortes(5, *_archivos(11))
BUENA = _pruebas(*CORTES, de=3).de("p/0000000000006.html")


def test_a_good_proof_tells_file_corte_and_signature() -> None:
    probado = _verificar(BUENA, (OTRA, LLAVE))

    assert probado.archivo == CORTES[3].archivos[6]
    assert (probado.entrada.numero, probado.indice, probado.checkpoint.tamano) == (4, 3, 5)
    assert probado.entrada.manifest == huella(escribir(CORTES[3]))
    assert probado.autoria


def test_without_a_key_only_coherence_is_known() -> None:
    assert not _verificar(BUENA, None).autoria


@pytest.mark.parametrize("llaves", [(OTRA,), (), ("",), (registros.llave("oficial", FIRMANTE),)])
def test_a1_a_key_that_did_not_sign_is_not_enough(llaves: tuple[str, ...]) -> None:
    with pytest.raises(ErrorDeConfianza):
        _verificar(BUENA, llaves)


def test_b5_no_flipped_bit_passes() -> None:
    for bit in range(8 * len(BUENA)):
        mala = bytearray(BUENA)
        mala[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ErrorDeConfianza):
            _verificar(bytes(mala))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 70), st.integers(1, 20), st.data())
def test_every_file_of_any_tree_has_its_proof_and_none_of_another(
    archivos: int, cortes: int, data: st.DataObject
) -> None:
    todos = _cortes(cortes, *_archivos(archivos))
    de = data.draw(st.integers(0, cortes - 1))
    pruebas = _pruebas(*todos, de=de)

    leidas = [inclusion.leer(pruebas.de(uno.ruta)) for uno in todos[de].archivos]

    for uno, leida in zip(todos[de].archivos, leidas, strict=True):
        assert inclusion.verificar(leida, llaves=(LLAVE,)).archivo == uno
        assert inclusion.leer(inclusion.escribir(leida)) == leida
    otra = data.draw(st.sampled_from(todos[de].archivos))
    if otra != leidas[0].archivo:
        with pytest.raises(ErrorDeConfianza, match="no lleva de"):
            inclusion.verificar(replace(leidas[0], archivo=otra), llaves=(LLAVE,))


def test_a4_the_entry_of_another_corte_is_refused() -> None:
    ajena = inclusion.leer(_pruebas(*CORTES, de=2).de(CORTES[2].archivos[6].ruta))
    distinto = replace(CORTES[4], archivos=_archivos(12))
    mezclas = (
        replace(ajena, indice=3),
        replace(ajena, entrada=registros.entradas([distinto])),
        replace(ajena, camino=ajena.camino[:-1]),
        replace(ajena, camino=(*ajena.camino, b"\0" * 32)),
    )

    for mezcla in mezclas:
        with pytest.raises(ErrorDeConfianza):
            inclusion.verificar(mezcla, llaves=None)


def test_a_node_of_the_tree_is_no_file() -> None:
    """A leaf is hashed after a 0 and a node after a 1 (RFC 9162): none passes for the other."""
    leida = inclusion.leer(BUENA)
    linea = f"{leida.archivo.sha256} {leida.archivo.tamano} {leida.archivo.ruta}\n".encode()

    assert merkle.subir(linea, leida.pasos[1:]).hex() != registro.leer(leida.entrada).merkle


def test_an_image_of_an_acta_has_its_proof_too() -> None:
    acta = imagen("a" * 64, "png", 7)
    corte = replace(paquete(1)[0], imagenes=(acta,))

    assert _verificar(_pruebas(corte).de(acta.ruta)).archivo == acta


def test_a_file_that_the_corte_does_not_list_has_none() -> None:
    with pytest.raises(ErrorDeDatos, match="no trae ese archivo"):
        _pruebas(*CORTES).de("otra.html")


def test_a20_a_corte_that_the_log_does_not_carry_gets_no_proofs() -> None:
    lineas = registros.entradas(CORTES[:2])
    nota = registros.checkpoint(ROL, lineas, FIRMANTE)
    for entradas in (lineas, registros.entradas(CORTES[:3]), b""):
        with pytest.raises(ErrorDeConfianza):
            Pruebas(CORTES[4], huella(escribir(CORTES[4])), entradas=entradas, checkpoint=nota)


@pytest.mark.parametrize(
    "datos",
    [
        b"", b"\n\n", b"\xff", b"{}", b"\0" * 8000, b"A" * 9000, BUENA + b"\n", BUENA[:-1], b" " + BUENA,
        BUENA.replace(b"\n", b"\r\n"), BUENA.replace(b"@v1", b"@v2", 1), BUENA.replace(b" 1020 ", b" 01020 "),
        BUENA.replace(b"index 3", b"index 03"), BUENA.replace(b"index 3", b"index -1"),
        BUENA.replace(b"index 3", b"index 3\nindex 3"), BUENA.replace(b"p/", b"../", 1),
        BUENA.replace(b"\nc2sp", b"\n\nc2sp"), BUENA.replace(b"izq", b"izq izq"),
        BUENA.replace(b"c2sp.org/tlog-proof@v1\n", b""),
        BUENA.replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1),
        b"\n".join([*BUENA.split(b"\n")[:2], *[b"der " + b"A" * 43 + b"="] * 41, *BUENA.split(b"\n")[2:]]),
    ],
)  # fmt: skip
def test_a15_a_file_that_is_no_proof_is_refused(datos: bytes) -> None:
    assert datos != BUENA
    with pytest.raises(ErrorDeConfianza):
        _verificar(datos)


def test_a6_a_proof_beyond_the_limits_is_refused() -> None:
    with pytest.raises(ErrorDeConfianza, match="el límite es 100"):
        inclusion.leer(BUENA, Limites(inclusion=100))


def test_at_most_2_kb_and_10_ms_in_the_largest_night() -> None:
    """10,000 files of the longest paths, 144 cortes of a role of the longest name."""
    rol = "simulacro-" + "a" * 60
    (corte,) = _cortes(1, *_archivos(10_000, largo=240))
    anteriores = [replace(uno, rol=rol) for uno in _cortes(143)]
    pruebas = _pruebas(*anteriores, replace(corte, rol=rol, numero=144))

    datos = [pruebas.de(uno.ruta) for uno in corte.archivos[:: 10_000 // 50]]
    inicio = time.perf_counter()
    for uno in datos:
        _verificar(uno, (registros.llave(rol, FIRMANTE),))
    segundos = (time.perf_counter() - inicio) / len(datos)

    assert max(map(len, datos)) <= 2048
    assert segundos < 0.010
