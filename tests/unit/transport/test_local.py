import asyncio
from pathlib import Path

import pytest

from pregon.errors import ErrorDeRed
from pregon.transport.local import LocalSender
from pregon.transport.sender import Acuse, Pieza


@pytest.fixture
def origen(tmp_path: Path) -> Path:
    (tmp_path / "origen").mkdir()
    return tmp_path / "origen"


def pieza(origen: Path, ruta: str, datos: bytes, *, inmutable: bool = True) -> Pieza:
    archivo = origen / ruta.replace("/", "_")
    archivo.write_bytes(datos)
    return Pieza(ruta=ruta, origen=archivo, inmutable=inmutable)


def enviar(buzon: Path, *piezas: Pieza) -> Acuse:
    return asyncio.run(LocalSender(buzon).send(piezas))


def test_copies_and_counts(origen: Path, tmp_path: Path) -> None:
    acuse = enviar(tmp_path / "buzon", pieza(origen, "objetos/aa/aabb", b"hola"))
    assert acuse == Acuse(enviados=1, omitidos=0, bytes=4)
    assert (tmp_path / "buzon/objetos/aa/aabb").read_bytes() == b"hola"


def test_unchanged_objects_are_not_sent_again(origen: Path, tmp_path: Path) -> None:
    objeto = pieza(origen, "objetos/aa/aabb", b"hola")
    puntero = pieza(origen, "metadata/timestamp.json", b"1", inmutable=False)
    enviar(tmp_path / "buzon", objeto, puntero)
    assert enviar(tmp_path / "buzon", objeto, puntero) == Acuse(enviados=1, omitidos=1, bytes=1)


def test_d1_a_cut_piece_is_sent_again_whole(origen: Path, tmp_path: Path) -> None:
    objeto = pieza(origen, "objetos/aa/aabb", b"hola")
    enviar(tmp_path / "buzon", objeto)
    (tmp_path / "buzon/objetos/aa/aabb").write_bytes(b"ho")
    assert enviar(tmp_path / "buzon", objeto).enviados == 1
    assert (tmp_path / "buzon/objetos/aa/aabb").read_bytes() == b"hola"


def test_copies_share_nothing_with_the_repository(origen: Path, tmp_path: Path) -> None:
    objeto = pieza(origen, "objetos/aa/aabb", b"hola")
    enviar(tmp_path / "buzon", objeto)
    assert (tmp_path / "buzon/objetos/aa/aabb").stat().st_ino != objeto.origen.stat().st_ino


def test_a_failure_names_the_piece_and_stops_before_the_pointer(origen: Path, tmp_path: Path) -> None:
    perdida = Pieza(ruta="objetos/aa/aabb", origen=origen / "nada", inmutable=True)
    puntero = pieza(origen, "metadata/timestamp.json", b"1", inmutable=False)
    with pytest.raises(ErrorDeRed, match="objetos/aa/aabb"):
        enviar(tmp_path / "buzon", perdida, puntero)
    assert not (tmp_path / "buzon/metadata").exists()


def test_a_node_that_is_not_there_is_told(origen: Path, tmp_path: Path) -> None:
    with pytest.raises(ErrorDeRed, match="no existe la carpeta"):
        enviar(tmp_path / "nadie" / "buzon", pieza(origen, "x", b"1"))
