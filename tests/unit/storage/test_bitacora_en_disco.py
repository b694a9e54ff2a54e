import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza
from pregon.storage.bitacora import Bitacora

HORA = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)


def _libro(tmp_path: Path, asientos: int = 3) -> Bitacora:
    libro = Bitacora(tmp_path / "b.jsonl", "origen")
    for n in range(asientos):
        libro.append(HORA, "publicación", f"corte {n}", {"n": n, "tupla": (1, 2)})
    return libro


def test_what_is_appended_is_read_back_equal(tmp_path: Path) -> None:
    libro = Bitacora(tmp_path / "carpeta/b.jsonl", "origen")
    escritos = tuple(libro.append(HORA, "acto", "objeto", {"á": [n, None]}) for n in range(3))
    assert Bitacora(libro.path, "otro").leer() == escritos
    assert libro.cabeza == escritos[-1].sha256


def test_nothing_there_is_an_empty_book(tmp_path: Path) -> None:
    libro = Bitacora(tmp_path / "b.jsonl", "origen")
    assert libro.leer() == ()
    assert libro.cabeza is None


@pytest.mark.parametrize("corte", [1, 20, 150])
def test_f1_a_torn_line_is_moved_aside_and_whole_ones_stay(tmp_path: Path, corte: int) -> None:
    libro = _libro(tmp_path)
    enteros = libro.leer()
    torn = libro.path.read_bytes().splitlines(keepends=True)[2][:corte]
    with libro.path.open("ab") as file:
        file.write(torn)
    otro = Bitacora(libro.path, "vigilancia")
    assert otro.leer() == enteros
    nuevo = otro.append(HORA, "inicio", "vigilancia")
    assert nuevo.numero == 4
    assert otro.leer() == (*enteros, nuevo)
    assert [p.read_bytes() for p in tmp_path.glob("b.jsonl.roto-*")] == [torn]


def test_two_processes_share_one_chain(tmp_path: Path) -> None:
    uno, dos = (Bitacora(tmp_path / "b.jsonl", actor) for actor in ("origen", "operador"))
    for n in range(4):
        (uno if n % 2 else dos).append(HORA, "acto", str(n))
    assert [a.actor for a in uno.leer()] == ["operador", "origen"] * 2


def test_i10_any_edited_byte_breaks_the_chain(tmp_path: Path) -> None:
    libro = _libro(tmp_path)
    bueno = libro.path.read_bytes()
    for lugar in range(0, len(bueno) - 1, 7):
        malo = bytearray(bueno)
        malo[lugar] ^= 1
        libro.path.write_bytes(malo)
        with pytest.raises(ErrorDeConfianza):
            libro.leer()


def test_i10_a_removed_line_breaks_the_chain(tmp_path: Path) -> None:
    libro = _libro(tmp_path)
    lineas = libro.path.read_bytes().splitlines(keepends=True)
    libro.path.write_bytes(lineas[0] + lineas[2])
    with pytest.raises(ErrorDeConfianza, match="no sigue"):
        libro.leer()


def test_a_book_cut_behind_our_back_is_not_written_on(tmp_path: Path) -> None:
    libro = _libro(tmp_path)
    libro.path.write_bytes(b"")
    with pytest.raises(ErrorDeAlmacen, match="acortó"):
        libro.append(HORA, "acto", "x")


def test_f3_a_failed_append_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libro = _libro(tmp_path)
    antes = libro.path.read_bytes()

    def medio(descriptor: int, datos: bytes, lugar: int) -> int:
        if len(datos) <= 10:
            raise OSError(28, "No space left on device")
        return original(descriptor, datos[:10], lugar)

    original = os.pwrite
    with monkeypatch.context() as parche:
        parche.setattr(os, "pwrite", medio)
        with pytest.raises(ErrorDeAlmacen, match="lleno"):
            libro.append(HORA, "acto", "x")
    assert libro.path.read_bytes() == antes
    assert libro.append(HORA, "acto", "y").numero == 4


def test_an_entry_too_long_is_refused_before_it_is_written(tmp_path: Path) -> None:
    libro = _libro(tmp_path)
    with pytest.raises(ErrorDeConfianza, match="pasa de"):
        libro.append(HORA, "acto", "x" * 100_000)
    assert len(libro.leer()) == 3


def test_an_unreadable_book_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").mkdir()
    with pytest.raises(ErrorDeAlmacen, match="no se pudo leer"):
        Bitacora(tmp_path / "b.jsonl", "origen").leer()


def test_a_book_that_another_process_holds_is_waited_for_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libro = _libro(tmp_path)
    monkeypatch.setattr("pregon.storage.bitacora._ESPERA", 0.05)
    with libro.path.open("rb") as ajeno:
        fcntl.flock(ajeno, fcntl.LOCK_EX)
        with pytest.raises(ErrorDeAlmacen, match="otro proceso"):
            libro.append(HORA, "acto", "x")
    assert libro.append(HORA, "acto", "x").numero == 4
