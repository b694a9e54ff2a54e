import gzip
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.errors import ErrorDeDatos
from pregon.memoria.lectura import LimitesDeLectura, Registros

LINEA = '192.0.2.1 - - [07/Jun/2026:18:30:{:02d} -0600] "GET / HTTP/1.1" 200 1 "-" "A"\n'


def _lineas(*segundos: int) -> bytes:
    return "".join(map(LINEA.format, segundos)).encode()


def _leer(*rutas: Path, limites: LimitesDeLectura | None = None) -> tuple[int, Registros]:
    registros = Registros(rutas, limites=limites)
    return len(list(registros.peticiones())), registros


def test_a_folder_gives_its_logs_plain_gzip_and_rotated_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_bytes(_lineas(1))
    (tmp_path / "access.log.1").write_bytes(_lineas(2))
    (tmp_path / "access.log-20260606.gz").write_bytes(gzip.compress(_lineas(3)))
    (tmp_path / "notas.txt").write_bytes(_lineas(4))
    os.mkfifo(tmp_path / "tubo.log")

    cuantas, registros = _leer(tmp_path)

    assert cuantas == 3
    assert [a.nombre for a in registros.archivos] == ["access.log", "access.log-20260606.gz", "access.log.1"]


def test_the_hash_and_size_are_those_of_the_file_on_the_disk(tmp_path: Path) -> None:
    comprimido = gzip.compress(_lineas(1, 2))
    (tmp_path / "a.log.gz").write_bytes(comprimido)

    _, registros = _leer(tmp_path)

    [archivo] = registros.archivos
    assert archivo.sha256 == hashlib.sha256(comprimido).hexdigest()
    assert (archivo.bytes, archivo.lineas) == (len(comprimido), 2)


def test_k1_every_rejected_line_is_counted_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(
        _lineas(1) + b"basura\n\n" + _lineas(2) + b"\x00\xff\n" + _lineas(3)[:-12]
    )

    cuantas, registros = _leer(tmp_path)

    [archivo] = registros.archivos
    assert (cuantas, archivo.lineas, sum(archivo.rechazadas.values())) == (2, 6, 4)
    assert [linea for linea, _ in archivo.ejemplos] == [2, 3, 5, 6]


def test_k1_a_line_beyond_the_bound_is_one_rejected_line(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(_lineas(1) + b"x" * 5000 + b"\n" + _lineas(2))

    cuantas, registros = _leer(tmp_path, limites=LimitesDeLectura(linea=200))

    [archivo] = registros.archivos
    assert (cuantas, archivo.lineas) == (2, 3)
    assert archivo.rechazadas == {"línea de más de 200 bytes": 1}


@pytest.mark.parametrize("corte", [30, -4, -9])
def test_k1_a_torn_gzip_gives_what_it_has_and_says_so(tmp_path: Path, corte: int) -> None:
    comprimido = gzip.compress(_lineas(*range(60)))[:corte]
    (tmp_path / "a.log.gz").write_bytes(comprimido)

    cuantas, registros = _leer(tmp_path)

    [archivo] = registros.archivos
    assert "incompleto o dañado" in archivo.defecto
    assert cuantas + sum(archivo.rechazadas.values()) == archivo.lineas
    assert archivo.sha256 == hashlib.sha256(comprimido).hexdigest()


def test_what_is_no_gzip_at_all_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(_lineas(1))

    cuantas, registros = _leer(tmp_path)

    assert cuantas == 0
    assert registros.archivos[0].defecto


def test_a_gzip_bomb_is_refused_by_its_size(tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"\n" * 2_000_000))

    with pytest.raises(ErrorDeDatos, match="un archivo por día"):
        _leer(tmp_path, limites=LimitesDeLectura(archivo=1_000_000))


def test_a_bomb_of_one_line_is_refused_by_its_size(tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"x" * 2_000_000))

    with pytest.raises(ErrorDeDatos, match="un archivo por día"):
        _leer(tmp_path, limites=LimitesDeLectura(archivo=1_000_000))


def test_the_same_file_by_two_paths_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(_lineas(1, 1))
    (tmp_path / "b.log").symlink_to(tmp_path / "a.log")

    cuantas, registros = _leer(tmp_path, tmp_path / "a.log")

    assert (cuantas, len(registros.archivos)) == (2, 1)


def test_k1_overlapping_exports_count_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(_lineas(1, 2, 3))
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(_lineas(2, 3, 4)))

    cuantas, registros = _leer(tmp_path)

    assert (cuantas, registros.duplicadas) == (4, 2)


@given(segundos=st.lists(st.integers(0, 59), min_size=2, max_size=30), parte=st.integers(1, 29))
def test_k1_one_log_or_its_rotated_parts_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, segundos: list[int], parte: int
) -> None:
    segundos = sorted(set(segundos))
    carpeta = tmp_path_factory.mktemp("partes")
    entero = carpeta / "entero.log"
    entero.write_bytes(_lineas(*segundos))
    (carpeta / "p.log.1").write_bytes(_lineas(*segundos[:parte]))
    (carpeta / "p.log").write_bytes(_lineas(*segundos[parte:]))

    partes = sorted(Registros([carpeta / "p.log", carpeta / "p.log.1"]).peticiones())

    assert partes == sorted(Registros([entero]).peticiones())


def test_a_folder_without_logs_is_an_error_that_says_what_was_sought(tmp_path: Path) -> None:
    with pytest.raises(ErrorDeDatos, match=r"\*\.jsonl"):
        Registros([tmp_path])


def test_a_file_that_vanishes_before_it_is_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(_lineas(1))
    registros = Registros([tmp_path])
    (tmp_path / "a.log").unlink()

    with pytest.raises(ErrorDeDatos, match=r"a\.log"):
        list(registros.peticiones())


def test_a_long_file_tells_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"\n" * 1_000_001)
    dicho: list[tuple[str, int]] = []

    registros = Registros([tmp_path], avance=lambda archivo, lineas: dicho.append((archivo, lineas)))

    assert list(registros.peticiones()) == []
    assert dicho == [("a.log", 500_000), ("a.log", 1_000_000)]


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.log").touch()

    with pytest.raises(ErrorDeDatos, match="límite es 2"):
        Registros([tmp_path], limites=LimitesDeLectura(archivos=2))


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(ErrorDeDatos, match=r"no-hay\.log"):
        Registros([tmp_path / "no-hay.log"])
