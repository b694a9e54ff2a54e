import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pregon.errors import ErrorDeAlmacen
from pregon.storage import atomic


@pytest.fixture
def disco_chico(tmp_path: Path) -> Iterator[Path]:
    """A real full disk: a tmpfs of 64 kB, for root only."""
    if os.geteuid() != 0:
        pytest.skip("sólo root puede montar un tmpfs")
    punto = tmp_path / "disco"
    punto.mkdir()
    orden = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(punto)]
    if subprocess.run(orden, check=False, capture_output=True).returncode:
        pytest.skip("este núcleo no deja montar un tmpfs")
    yield punto
    subprocess.run(["umount", str(punto)], check=True)


def test_replaces_the_old_content_and_makes_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "a/b/estado.json"
    atomic.write(path, b"viejo")
    atomic.write(path, b"nuevo")
    assert path.read_bytes() == b"nuevo"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_b6_mode_does_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    previa = os.umask(umask)
    try:
        atomic.write(tmp_path / "pagina", b"x")
        atomic.write(tmp_path / "llave", b"x", mode=atomic.SECRETO)
    finally:
        os.umask(previa)
    assert stat.S_IMODE((tmp_path / "pagina").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "llave").stat().st_mode) == 0o600


def test_f3_a_full_disk_leaves_the_old_file_and_no_leftover(disco_chico: Path) -> None:
    path = disco_chico / "estado.json"
    atomic.write(path, b"viejo")
    with pytest.raises(ErrorDeAlmacen, match="el disco está lleno"):
        atomic.write(path, b"x" * 200_000)
    assert path.read_bytes() == b"viejo"
    assert list(disco_chico.iterdir()) == [path]
    atomic.write(path, b"cabe")
    assert path.read_bytes() == b"cabe"


@pytest.mark.parametrize("momento", ["fsync", "replace"])
def test_f4_an_error_of_the_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, momento: str
) -> None:
    def falla(*_: object) -> None:
        raise OSError(5, "Input/output error")

    path = tmp_path / "estado.json"
    atomic.write(path, b"viejo")
    donde: object = os if momento == "fsync" else Path
    monkeypatch.setattr(donde, momento, falla)
    with pytest.raises(ErrorDeAlmacen, match="el disco falló"):
        atomic.write(path, b"nuevo")
    monkeypatch.undo()
    assert path.read_bytes() == b"viejo"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(ErrorDeAlmacen, match="es un archivo"):
        atomic.write(tmp_path / "a/b", b"x")


def test_read_is_bounded(tmp_path: Path) -> None:
    atomic.write(tmp_path / "x", b"12345")
    assert atomic.read(tmp_path / "x", limit=5) == b"12345"
    with pytest.raises(ErrorDeAlmacen, match="pasa de 4 bytes"):
        atomic.read(tmp_path / "x", limit=4)
    with pytest.raises(ErrorDeAlmacen, match="no existe"):
        atomic.read(tmp_path / "y", limit=4)


def test_sweep_removes_only_leftovers(tmp_path: Path) -> None:
    (tmp_path / ".estado.json.abc.parcial").write_bytes(b"a medias")
    (tmp_path / "estado.json").write_bytes(b"bueno")
    atomic.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["estado.json"]
