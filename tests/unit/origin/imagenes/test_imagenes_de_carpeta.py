"""A folder of images: found by name or by content, each file read once, none while it grows."""

import hashlib
import os
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from pregon.errors import ErrorDeAlmacen
from pregon.origin.imagenes.carpeta import ImagenesDeCarpeta
from pregon.paquete.limites import LIMITES, Limites

HOJA = b"\xff\xd8\xff una foto"
SHA = hashlib.sha256(HOJA).hexdigest()


def dejar(ruta: Path, datos: bytes, *, hace: float = 60.0) -> Path:
    """Leave a file as if it had been written some seconds ago."""
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_bytes(datos)
    hora = time.time() - hace
    os.utime(ruta, (hora, hora))
    return ruta


@pytest.mark.parametrize(
    "nombre", [f"{SHA}.jpg", f"{SHA.upper()}.JPG", SHA, "IMG_0001.jpeg", "centro-7/lote 3/foto.jpg"]
)
def test_an_image_is_found_by_its_hash_whatever_its_name(tmp_path: Path, nombre: str) -> None:
    dejar(tmp_path / nombre, HOJA)

    assert list(ImagenesDeCarpeta(tmp_path).buscar([SHA, "0" * 64], 60)) == [(SHA, HOJA)]


def test_a_file_that_stands_still_is_hashed_once(tmp_path: Path) -> None:
    foto = dejar(tmp_path / "foto.jpg", HOJA)
    imagenes = ImagenesDeCarpeta(tmp_path)
    assert [*imagenes.buscar([SHA], 60)]
    estado = foto.stat()

    with foto.open("r+b") as abierta:
        abierta.write(HOJA[::-1])
    os.utime(foto, ns=(estado.st_atime_ns, estado.st_mtime_ns))

    # Altered under an unchanged inode, size and hour: found by its old hash, and whoever asked verifies.
    assert list(imagenes.buscar([SHA], 60)) == [(SHA, HOJA[::-1])]


def test_a_file_that_changes_is_another(tmp_path: Path) -> None:
    foto = dejar(tmp_path / "foto.jpg", HOJA)
    imagenes = ImagenesDeCarpeta(tmp_path)
    assert [*imagenes.buscar([SHA], 60)]

    dejar(foto, HOJA + b" corregida", hace=30)

    otro = hashlib.sha256(HOJA + b" corregida").hexdigest()
    assert [codigo for codigo, _ in imagenes.buscar([SHA, otro], 60)] == [otro]


def test_a_growing_file_waits_until_it_stands_still(tmp_path: Path) -> None:
    foto = dejar(tmp_path / f"{SHA}.jpg", HOJA[:5], hace=0)
    imagenes = ImagenesDeCarpeta(tmp_path)

    creciendo = [*imagenes.buscar([SHA], 60)]
    dejar(foto, HOJA, hace=0)
    cambiada = [*imagenes.buscar([SHA], 60)]
    quieta = [*imagenes.buscar([SHA], 60)]

    assert (creciendo, cambiada, quieta) == ([], [], [(SHA, HOJA)])


def test_what_there_is_no_time_to_hash_is_told_and_found_at_the_next_look(tmp_path: Path) -> None:
    otra = b"\xff\xd8\xff otra"
    dejar(tmp_path / f"{SHA}.jpg", HOJA)
    dejar(tmp_path / "IMG_1.jpg", otra)
    imagenes = ImagenesDeCarpeta(tmp_path)
    codigos = [SHA, hashlib.sha256(otra).hexdigest()]
    halladas: list[tuple[str, bytes]] = []

    with pytest.raises(ErrorDeAlmacen, match="faltó tiempo para leer 1 de los archivos"):
        halladas.extend(imagenes.buscar(codigos, -1))

    assert halladas == [(SHA, HOJA)]
    assert [datos for _, datos in imagenes.buscar(codigos, 60)] == [HOJA, otra]


def test_a_file_that_goes_away_while_the_folder_is_listed_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dejar(tmp_path / f"{SHA}.jpg", HOJA)
    fugaz = dejar(tmp_path / "fugaz.jpg", HOJA)
    scandir = os.scandir

    def listar(carpeta: Path) -> AbstractContextManager[list[os.DirEntry[str]]]:
        with scandir(carpeta) as entradas:
            listadas = list(entradas)
        fugaz.unlink(missing_ok=True)
        return nullcontext(listadas)

    monkeypatch.setattr(os, "scandir", listar)

    assert list(ImagenesDeCarpeta(tmp_path).buscar([SHA], 60)) == [(SHA, HOJA)]


def test_a_folder_of_too_many_files_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        dejar(tmp_path / f"centro-{n % 2}" / f"{n}.jpg", HOJA)
    monkeypatch.setattr("pregon.origin.imagenes.carpeta.LIMITES", Limites(imagenes=5))

    with pytest.raises(ErrorDeAlmacen, match="tiene más de 5 archivos: deje sólo"):
        list(ImagenesDeCarpeta(tmp_path).buscar([SHA], 60))


def test_links_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    fuera = dejar(tmp_path / "fuera" / "foto.jpg", HOJA)
    (tmp_path / "dentro").mkdir()
    (tmp_path / "dentro" / "liga.jpg").symlink_to(fuera)
    dejar(tmp_path / "dentro" / ".foto.jpg.part", HOJA)

    assert not [*ImagenesDeCarpeta(tmp_path / "dentro").buscar([SHA], 60)]


def test_more_than_the_limit_is_never_read_into_memory(tmp_path: Path) -> None:
    dejar(tmp_path / f"{SHA}.jpg", bytes(LIMITES.imagen + 1000))

    ((_, datos),) = ImagenesDeCarpeta(tmp_path).buscar([SHA], 60)

    assert len(datos) == LIMITES.imagen + 1


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ErrorDeAlmacen, match="carpeta de imágenes"):
        list(ImagenesDeCarpeta(tmp_path / "no").buscar([SHA], 60))


def test_a_name_that_is_no_text_is_told_so_that_it_can_be_written_down(tmp_path: Path) -> None:
    with pytest.raises(ErrorDeAlmacen) as dicho:
        list(ImagenesDeCarpeta(tmp_path / os.fsdecode(b"\xd1")).buscar([SHA], 60))

    assert b"/\\xd1: " in str(dicho.value).encode()
