"""The public log's lines, checkpoints and keys; the vectors are C2SP's and Go's own."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tuf.api.metadata import DelegatedRole, Delegations, Key, Targets

from pregon.errors import ErrorDeConfianza
from pregon.paquete import equivoco, manifest, merkle, registro
from pregon.paquete.limites import LIMITES
from pregon.paquete.registro import Entrada
from pregon.testing.paquetes import paquete

ROL = "simulacro-prueba"
NOMBRE = "pregon/simulacro-prueba"
PRIVADA = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLICA = PRIVADA.public_key().public_bytes_raw()
LLAVE = registro.llave(NOMBRE, PUBLICA)
CHECKPOINT_DE_C2SP = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
LLAVES_AJENAS = (
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
)
SEMILLA_DE_PETER = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
"""Kind and seed of the private key that Go's documentation gives."""


def linea(numero: int, *, manifest: str = "a") -> bytes:
    publicado = datetime(2026, 6, 8, 0, 20, 5, tzinfo=UTC) + numero * timedelta(minutes=10)
    instante = publicado.replace(second=0) if numero else None
    return registro.escribir(
        Entrada(
            numero=numero, instante=instante, publicado=publicado, manifest=manifest * 64, merkle="b" * 64
        )
    )


LINEAS = tuple(linea(numero) for numero in range(5))


def firmada(lineas: Sequence[bytes] = LINEAS, privada: Ed25519PrivateKey = PRIVADA) -> bytes:
    cabeza = registro.checkpoint(ROL, lineas)
    publica = privada.public_key().public_bytes_raw()
    return registro.nota(cabeza, publica=publica, firma=privada.sign(registro.texto(cabeza)))


def abierta_por_la_norma(nota: bytes, nombre: str, publica: bytes) -> bytes:
    """Open a note as c2sp.org/signed-note says it, by other code than ours."""
    texto, _, firmas = nota.decode().rpartition("\n\n")
    texto += "\n"
    for una in firmas.splitlines():
        guion, firmante, sello = una.split(" ")
        datos = base64.b64decode(sello)
        identificador = hashlib.sha256(f"{nombre}\n\x01".encode() + publica).digest()[:4]
        if (guion, firmante, datos[:4]) == ("—", nombre, identificador):
            Ed25519PublicKey.from_public_bytes(publica).verify(datos[4:], texto.encode())
            return texto.encode()
    raise AssertionError("nadie conocido la firma")


def test_a_line_reads_as_a_person_would() -> None:
    assert linea(0) == b"0 - 2026-06-08T00:20:05Z " + b"a" * 64 + b" " + b"b" * 64 + b"\n"
    assert linea(37).startswith(b"37 2026-06-08T06:30:00Z 2026-06-08T06:30:05Z aaaa")
    assert len(linea(143)) <= 180


@pytest.mark.parametrize("numero", [0, 1, 37, 999_999])
def test_a_line_written_is_the_line_read(numero: int) -> None:
    una = replace(registro.leer(linea(1)), numero=numero)

    assert registro.leer(registro.escribir(una)) == una


@pytest.mark.parametrize(
    "mal",
    [
        b"",
        b"\n",
        linea(1)[:-1],
        linea(1) + b"\n",
        linea(1).replace(b"\n", b"\r\n"),
        b"0" + linea(1),
        b"-1" + linea(1)[1:],
        b"1000000" + linea(1)[1:],
        linea(1).upper(),
        linea(1).replace(b" ", b"  ", 1),
        linea(1).replace(b"06-08", b"6-08"),
        linea(1).replace(b"06-08", b"06-31"),
        linea(1).replace(b"T00", b"T24"),
        linea(1).replace(b"a", b"\xc3\xa1", 1),
        "１".encode() + linea(1)[1:],
    ],
)
def test_a_line_of_any_other_shape_is_refused(mal: bytes) -> None:
    with pytest.raises(ErrorDeConfianza, match="el registro lleva una entrada"):
        registro.leer(mal)


def test_the_entry_of_a_corte_names_its_manifest_and_the_root_of_its_files() -> None:
    corte, _ = paquete(37)
    entrada = registro.entrada(corte, "c" * 64, manifest.raiz(corte))

    assert (entrada.numero, entrada.instante, entrada.publicado) == (37, corte.instante, corte.publicado)
    assert (entrada.manifest, entrada.merkle) == ("c" * 64, merkle.raiz(manifest.hojas(corte)).hex())


@pytest.mark.parametrize("texto", LLAVES_AJENAS)
def test_the_keys_of_other_implementations_are_read_and_written_alike(texto: str) -> None:
    nombre, publica = registro.leer_llave(texto)

    assert registro.llave(nombre, publica) == texto


def test_the_published_private_key_gives_the_published_identifier() -> None:
    privada = Ed25519PrivateKey.from_private_bytes(base64.b64decode(SEMILLA_DE_PETER)[1:])

    assert registro.llave("PeterNeumann", privada.public_key().public_bytes_raw()) == LLAVES_AJENAS[0]


@pytest.mark.parametrize(
    "mal",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+????",
        registro.llave("con espacio", PUBLICA),
        registro.llave("", PUBLICA),
    ],
)
def test_a_key_that_does_not_hold_together_is_refused(mal: str) -> None:
    with pytest.raises(ErrorDeConfianza, match="no es una llave de verificación"):
        registro.leer_llave(mal)


def test_the_checkpoint_of_the_specification_is_read() -> None:
    cabeza = registro.leer_nota(CHECKPOINT_DE_C2SP.encode(), replace(LIMITES, entradas=10**9))

    assert (cabeza.origen, cabeza.tamano) == ("example.com/behind-the-sofa", 20_852_163)
    assert cabeza.raiz.hex().startswith("0ac5186a91863e8e1d90c80801")
    assert registro.texto(cabeza).decode() == CHECKPOINT_DE_C2SP.partition("\n\n")[0] + "\n"


def test_our_checkpoint_opens_by_the_words_of_the_specification() -> None:
    nota = firmada()

    assert abierta_por_la_norma(nota, NOMBRE, PUBLICA) == registro.texto(registro.verificar(nota, LLAVE))
    with pytest.raises(InvalidSignature):
        abierta_por_la_norma(nota.replace(b"\n5\n", b"\n6\n"), NOMBRE, PUBLICA)


def test_a_witness_may_sign_too_and_is_passed_over() -> None:
    otra = Ed25519PrivateKey.from_private_bytes(bytes(32))
    testigo = "— universidad.mx/testigo " + base64.b64encode(b"1234" + bytes(64)).decode() + "\n"
    vecina = firmada(privada=otra).rpartition(b"\n\n")[2]

    for ajena in (testigo.encode(), vecina):
        assert registro.verificar(firmada() + ajena, LLAVE).tamano == 5
        with pytest.raises(ErrorDeConfianza, match="no lo firma"):
            registro.verificar(registro.texto(registro.checkpoint(ROL, LINEAS)) + b"\n" + ajena, LLAVE)


def test_after_a_rotation_either_key_is_believed_for_what_it_signed() -> None:
    otra = Ed25519PrivateKey.from_private_bytes(bytes(32))
    nueva = registro.llave(NOMBRE, otra.public_key().public_bytes_raw())

    assert registro.verificar(firmada(), LLAVE, nueva) == registro.verificar(
        firmada(privada=otra), LLAVE, nueva
    )
    with pytest.raises(ErrorDeConfianza, match="no lo firma"):
        registro.verificar(firmada(), nueva)


@pytest.mark.parametrize("llaves", [(), (registro.llave("pregon/oficial", PUBLICA),)])
def test_a12_the_key_of_another_role_or_none_is_nobodys_signature(llaves: tuple[str, ...]) -> None:
    with pytest.raises(ErrorDeConfianza, match="no lo firma"):
        registro.verificar(firmada(), *llaves)


NOTA = firmada()
SELLO = NOTA.rpartition(b" ")[2]


@pytest.mark.parametrize(
    "mal",
    [
        b"",
        b"\n\n",
        NOTA[:-1],
        NOTA + b"\n",
        NOTA[1:],
        NOTA.replace(b"\n\n", b"\n"),
        NOTA.replace(b"\n5\n", b"\n05\n"),
        NOTA.replace(b"\n5\n", b"\n+5\n"),
        NOTA.replace(b"\n5\n", b"\n-5\n"),
        NOTA.replace(b"\n5\n", b"\n1_0\n"),
        NOTA.replace(b"\n5\n", "\n５\n".encode()),
        NOTA.replace(b"\n5\n", b"\n4\n"),
        NOTA.replace(b"\n5\n", b"\n%d\n" % (LIMITES.entradas + 1)),
        NOTA.replace(b"\n5\n", b"\n" + b"9" * 4000 + b"\n"),
        NOTA.replace(b"\n\n", b"\nextra\n\n"),
        NOTA.replace(b"\n\n", b"\n\n\n"),
        NOTA.replace(b"\n", b"\r\n"),
        NOTA.replace("— ".encode(), b"-- "),
        NOTA.replace("— ".encode(), b""),
        NOTA.replace(SELLO, b"AAAA\n"),
        NOTA.replace(SELLO, SELLO[:-4] + b"\n"),
        NOTA.replace(SELLO, b"!" + SELLO),
        NOTA.replace(b"simulacro", b"oficial"),
        NOTA.replace(b"pregon/simulacro-prueba\n5", b"pregon/otro\n5"),
        NOTA.replace(NOMBRE.encode(), b"\x1b[2J"),
        b"\xff" + NOTA,
        NOTA + NOTA,
        NOTA + b"x" * LIMITES.checkpoint,
    ],
)
def test_a_note_that_is_not_exactly_a_checkpoint_is_refused(mal: bytes) -> None:
    with pytest.raises(ErrorDeConfianza, match="checkpoint del registro"):
        registro.verificar(mal, LLAVE)


@pytest.mark.parametrize("byte", range(len(NOTA)))
def test_b5_any_flipped_bit_of_a_note_is_refused(byte: int) -> None:
    for bit in range(8):
        mal = bytearray(NOTA)
        mal[byte] ^= 1 << bit

        with pytest.raises(ErrorDeConfianza):
            registro.verificar(bytes(mal), LLAVE)


def test_a_list_may_run_ahead_of_its_checkpoint_and_not_behind() -> None:
    cabeza = registro.verificar(firmada(LINEAS[:3]), LLAVE)

    assert registro.historia(cabeza, LINEAS).lineas == LINEAS[:3]
    with pytest.raises(ErrorDeConfianza, match="faltan entradas: trae 2 de 3"):
        registro.historia(cabeza, LINEAS[:2])


@pytest.mark.parametrize("i", range(3))
def test_a_list_with_another_entry_does_not_give_the_root(i: int) -> None:
    cabeza = registro.verificar(firmada(LINEAS[:3]), LLAVE)
    otras = [*LINEAS[:i], linea(i, manifest="c"), *LINEAS[i + 1 :]]

    with pytest.raises(ErrorDeConfianza, match="no dan la raíz firmada"):
        registro.historia(cabeza, otras)


@pytest.mark.parametrize("numeros", [(0, 1, 1), (0, 2, 1), (3, 3)])
def test_r35_a_signed_list_with_a_corte_twice_or_backwards_is_refused(numeros: tuple[int, ...]) -> None:
    lineas = [linea(n, manifest="abc"[i]) for i, n in enumerate(numeros)]

    with pytest.raises(ErrorDeConfianza, match="después del"):
        registro.historia(registro.checkpoint(ROL, lineas), lineas)


@pytest.mark.parametrize(
    ("mal", "causa"),
    [
        (b"".join(LINEAS)[:-1], "a media entrada"),
        (b"x" * (LIMITES.entrada * LIMITES.entradas + 1), "pasa del límite"),
    ],
)
def test_a_list_that_is_cut_or_endless_is_refused(mal: bytes, causa: str) -> None:
    with pytest.raises(ErrorDeConfianza, match=causa):
        registro.separar(mal)


def test_a_list_is_split_into_its_very_lines() -> None:
    assert registro.separar(b"".join(LINEAS)) == LINEAS
    assert registro.separar(b"") == ()


def test_a20_the_place_where_two_lists_part_is_told() -> None:
    otra = [*LINEAS[:3], linea(3, manifest="c")]

    assert registro.discrepancia(LINEAS, otra) == 3
    assert registro.discrepancia(LINEAS, LINEAS[:2]) is None
    assert registro.discrepancia((), LINEAS) is None


def test_the_log_is_signed_by_the_role_that_the_metadata_names() -> None:
    tuya = Key.from_dict(
        "k", {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": PUBLICA.hex()}}
    )
    delegado = DelegatedRole(ROL, ["k"], 1, terminating=True, paths=[f"{ROL}/*"])
    targets = Targets(delegations=Delegations({"k": tuya}, {ROL: delegado}))

    assert registro.llaves(targets, ROL) == (LLAVE,)
    assert registro.llaves(targets, "oficial") == ()
    assert registro.llaves(Targets(), ROL) == ()


def dicho(lugar: str, lineas: Sequence[bytes] = LINEAS) -> equivoco.Testimonio:
    return equivoco.Testimonio(lugar=lugar, checkpoint=firmada(lineas), registro=b"".join(lineas))


def test_a20_the_evidence_is_one_file_whoever_wrote_it() -> None:
    uno, otro = dicho("A"), dicho("B", [*LINEAS[:4], linea(4, manifest="c")])
    datos = equivoco.escribir(uno, otro)

    assert datos == equivoco.escribir(otro, uno)
    historias = [equivoco.verificar(t, raiz=None, llaves=[LLAVE]) for t in equivoco.leer(datos)]
    assert registro.discrepancia(*(h.lineas for h in historias)) == 4


def test_i12_the_evidence_of_a_place_with_an_impossible_name_can_be_read() -> None:
    datos = equivoco.escribir(dicho("A"), dicho("carpeta \udcff" + "x" * 400))

    assert len(equivoco.leer(datos)[1].lugar) == 300


@pytest.mark.parametrize(
    "mal",
    [
        b"",
        b"[]",
        b"null",
        b'{"formato":1,"testimonios":[]}',
        b'{"formato":1,"testimonios":[1,2]}',
        b"[" * 100_000,
        equivoco.escribir(dicho("A"), dicho("B")) + b" ",
        equivoco.escribir(dicho("A"), dicho("B")).replace(b'"formato":1', b'"formato":2'),
        equivoco.escribir(dicho("A"), dicho("B")).replace(b'"raices":[]', b'"raices":[1]', 1),
        equivoco.escribir(dicho("A"), dicho("xyz")).replace(b"xyz", b"x" * 301),
    ],
)
def test_an_evidence_of_another_shape_is_refused(mal: bytes) -> None:
    with pytest.raises(ErrorDeConfianza, match="no tiene la forma esperada"):
        equivoco.leer(mal)
