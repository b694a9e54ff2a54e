"""A folder of images: found by name or by content, each file read once, none while it grows."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from pregon.errors import ErrorDeAlmacen
from pregon.origin.imagenes.carpeta import ImagenesDeCarpeta
from pregon.paquete.limites import LIMITES

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

    assert list(ImagenesDeCarpeta(tmp_path).buscar([SHA, "0" * 64])) == [(SHA, HOJA)]


def test_a_file_that_stands_still_is_hashed_once(tmp_path: Path) -> None:
    foto = dejar(tmp_path / "foto.jpg", HOJA)
    imagenes = ImagenesDeCarpeta(tmp_path)
    assert [*imagenes.buscar([SHA])]
    estado = foto.stat()

    with foto.open("r+b") as abierta:
        abierta.write(HOJA[::-1])
    os.utime(foto, ns=(estado.st_atime_ns, estado.st_mtime_ns))

    # Altered under an unchanged inode, size and hour: found by its old hash, and whoever asked verifies.
    assert list(imagenes.buscar([SHA])) == [(SHA, HOJA[::-1])]


def test_a_file_that_changes_is_another(tmp_path: Path) -> None:
    foto = dejar(tmp_path / "foto.jpg", HOJA)
    imagenes = ImagenesDeCarpeta(tmp_path)
    assert [*imagenes.buscar([SHA])]

    dejar(foto, HOJA + b" corregida", hace=30)

    otro = hashlib.sha256(HOJA + b" corregida").hexdigest()
    assert [codigo for codigo, _ in imagenes.buscar([SHA, otro])] == [otro]


def test_a_growing_file_waits_until_it_stands_still(tmp_path: Path) -> None:
    foto = dejar(tmp_path / f"{SHA}.jpg", HOJA[:5], hace=0)
    imagenes = ImagenesDeCarpeta(tmp_path)

    creciendo = [*imagenes.buscar([SHA])]
    dejar(foto, HOJA, hace=0)
    cambiada = [*imagenes.buscar([SHA])]
    quieta = [*imagenes.buscar([SHA])]

    assert (creciendo, cambiada, quieta) == ([], [], [(SHA, HOJA)])


def test_links_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    fuera = dejar(tmp_path / "fuera" / "foto.jpg", HOJA)
    (tmp_path / "dentro").mkdir()
    (tmp_path / "dentro" / "liga.jpg").symlink_to(fuera)
    dejar(tmp_path / "dentro" / ".foto.jpg.part", HOJA)

    assert not [*ImagenesDeCarpeta(tmp_path / "dentro").buscar([SHA])]


def test_more_than_the_limit_is_never_read_into_memory(tmp_path: Path) -> None:
    dejar(tmp_path / f"{SHA}.jpg", bytes(LIMITES.imagen + 1000))

    ((_, datos),) = ImagenesDeCarpeta(tmp_path).buscar([SHA])

    assert len(datos) == LIMITES.imagen + 1


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ErrorDeAlmacen, match="carpeta de imágenes"):
        list(ImagenesDeCarpeta(tmp_path / "no").buscar([SHA]))
