"""From `[imagenes]` to a store that asks for nothing it has already."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.origin import config
from pregon.origin.imagenes import Imagenes
from pregon.origin.imagenes.abrir import abrir
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import huella
from pregon.prep import eleccion
from pregon.storage.objetos import Objetos

FOTO = b"\xff\xd8\xff foto"
NOCHE = Sintetica(eleccion.leer(ejemplos.texto("municipio"), archivo="municipio"), con_imagenes=True)
Abre = Callable[[str], Imagenes | None]


@pytest.fixture
def objetos(tmp_path: Path) -> Objetos:
    return Objetos(tmp_path / "objetos")


@pytest.fixture
def abre(tmp_path: Path, objetos: Objetos) -> Abre:
    def con(tabla: str) -> Imagenes | None:
        texto = '[origen]\n[fuente]\ntipo = "sintetica"\n' + tabla
        return abrir(config.leer(texto, archivo=tmp_path / "origen.toml"), NOCHE, objetos)

    return con


def test_without_a_table_there_are_none(abre: Abre) -> None:
    assert abre("") is None


def test_a_folder_is_read_beside_the_file(abre: Abre, tmp_path: Path) -> None:
    (tmp_path / "fotos").mkdir()
    foto = tmp_path / "fotos" / "1.jpg"
    foto.write_bytes(FOTO)
    os.utime(foto, (time.time() - 60,) * 2)
    imagenes = abre('[imagenes]\ntipo = "carpeta"\ncarpeta = "fotos"\n')

    assert imagenes is not None
    assert list(imagenes.buscar([huella(FOTO)], 60)) == [(huella(FOTO), FOTO)]


def test_what_is_among_the_objects_is_not_asked_for_unless_it_was_altered(
    abre: Abre, objetos: Objetos
) -> None:
    imagenes = abre('[imagenes]\ntipo = "sintetica"\n')
    assert imagenes is not None
    codigo = next(a.codigo_integridad for a in NOCHE.leer(NOCHE.jornada.cierre).actas["AYUN"] if a.contada)
    ((_, dibujo),) = imagenes.buscar([codigo], 60)
    objetos.put(FOTO)

    guardada = list(imagenes.buscar([huella(FOTO)], 60))
    objetos.put(dibujo)
    objetos.path(codigo).chmod(0o644)
    objetos.path(codigo).write_bytes(FOTO)

    assert guardada == [(huella(FOTO), FOTO)]
    assert list(imagenes.buscar([codigo], 60)) == [(codigo, dibujo)]


def test_a_bucket_at_an_impossible_address_is_whose_fault_wrote_it(abre: Abre) -> None:
    pytest.importorskip("boto3")

    with pytest.raises(ErrorDeConfiguracion, match="imagenes: la cubeta «actas» no se puede usar"):
        abre('[imagenes]\ntipo = "s3"\ncubeta = "actas"\nurl = "http://mal host"\nregion = "us-east-1"\n')


def test_a_bucket_is_opened_without_being_asked_anything(abre: Abre) -> None:
    pytest.importorskip("boto3")

    tabla = '[imagenes]\ntipo = "s3"\ncubeta = "actas"\nurl = "http://127.0.0.1:9"\nregion = "us-east-1"\n'

    assert abre(tabla) is not None
