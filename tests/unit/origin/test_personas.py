"""Keys of persons: made once, private, each of one person."""

from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin.personas import Persona, comprobar, crear_llaves, leer_publica


def test_the_private_half_is_for_its_owner_alone(tmp_path: Path) -> None:
    privada, publica = crear_llaves(tmp_path / "llaves", "ana")

    assert privada.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" in privada.read_bytes()
    assert b"PRIVATE" not in publica.read_bytes()


@pytest.mark.parametrize("queda", ["ana.pem", "ana.publica.json"])
def test_a_key_is_never_overwritten(tmp_path: Path, queda: str) -> None:
    (tmp_path / queda).write_text("algo")

    with pytest.raises(ErrorDeOperacion, match="nunca se sobrescribe"):
        crear_llaves(tmp_path, "ana")

    assert [p.name for p in tmp_path.iterdir()] == [queda]


@pytest.mark.parametrize(
    "contenido",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"keyid":"x"}',
        b'{"keyid":"x","keytype":"rsa","scheme":"rsassa-pss-sha256","keyval":{"public":"aa"}}',
        b'{"keyid":"x","keytype":"ed25519","scheme":"ed25519","keyval":{"public":"zz"}}',
        b'{"keyid":"x","keytype":"ed25519","scheme":"ed25519","keyval":{"public":"aa"}}',
        b"[" * 4000,
    ],
)
def test_what_is_no_public_key_is_told_with_its_file(tmp_path: Path, contenido: bytes) -> None:
    (tmp_path / "ana.publica.json").write_bytes(contenido)

    with pytest.raises(ErrorDeConfiguracion, match=r"ana\.publica\.json: no es una llave pública"):
        leer_publica(tmp_path / "ana.publica.json")


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(ErrorDeConfiguracion, match="no existe"):
        leer_publica(tmp_path / "ana.publica.json")


def test_one_key_under_two_names_is_one_person(tmp_path: Path) -> None:
    _, publica = crear_llaves(tmp_path, "ana")
    copia = tmp_path / "luis.publica.json"
    copia.write_bytes(publica.read_bytes().replace(b'"keyid": "', b'"keyid": "f'))

    with pytest.raises(ErrorDeConfiguracion, match="«ana» y «luis» tienen la misma llave"):
        comprobar(
            [
                Persona(id=i, nombre=i, llave=leer_publica(tmp_path / f"{i}.publica.json"))
                for i in ("ana", "luis")
            ]
        )
