import os
import time
from pathlib import Path

import pytest
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    SlowRetrievalError,
)

from pregon.errors import Alterado
from pregon.transport.carpeta import CarpetaFetcher


@pytest.fixture
def buzon(tmp_path: Path) -> Path:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "timestamp.json").write_bytes(b"hola")
    return tmp_path


def test_reads_a_file(buzon: Path) -> None:
    assert CarpetaFetcher(buzon).download_bytes("metadata/timestamp.json", 4) == b"hola"


@pytest.mark.parametrize("ruta", ["metadata/2.root.json", "objetos/ab/abcd"])
def test_what_is_not_there_is_a_404(buzon: Path, ruta: str) -> None:
    with pytest.raises(DownloadHTTPError) as error:
        CarpetaFetcher(buzon).download_bytes(ruta, 9)
    assert error.value.status_code == 404


def test_a6_reading_stops_at_the_cap(buzon: Path) -> None:
    with pytest.raises(DownloadLengthMismatchError):
        CarpetaFetcher(buzon).download_bytes("metadata/timestamp.json", 3)


@pytest.mark.parametrize(
    "ruta", ["../fuera", "/etc/passwd", "metadata/../../fuera", "metadata//x", "", "a\0b"]
)
def test_a16_no_path_leaves_the_folder(buzon: Path, ruta: str) -> None:
    with pytest.raises(DownloadError):
        CarpetaFetcher(buzon).download_bytes(ruta, 9)


def test_b2_symlinks_are_not_followed(buzon: Path) -> None:
    (buzon / "metadata" / "1.root.json").symlink_to("/etc/passwd")
    (buzon / "objetos").symlink_to("/etc")
    for ruta in ("metadata/1.root.json", "objetos/passwd"):
        with pytest.raises(Alterado):
            CarpetaFetcher(buzon).download_bytes(ruta, 9_999)


def test_b2_a_fifo_does_not_hang(buzon: Path) -> None:
    os.mkfifo(buzon / "metadata" / "1.root.json")
    with pytest.raises(Alterado):
        CarpetaFetcher(buzon).download_bytes("metadata/1.root.json", 9)


def test_a7_an_operation_has_a_total_deadline(buzon: Path) -> None:
    source = CarpetaFetcher(buzon)
    source.begin(-1)
    with pytest.raises(SlowRetrievalError):
        source.download_bytes("metadata/timestamp.json", 9)


def test_a_repository_that_is_not_our_inbox_is_never_touched(buzon: Path) -> None:
    source = CarpetaFetcher(buzon)
    source.download_bytes("metadata/timestamp.json", 9)
    source.discard()
    assert (buzon / "metadata" / "timestamp.json").exists()


def test_a17_the_rejected_file_is_dropped(buzon: Path) -> None:
    source = CarpetaFetcher(buzon, buzon=True)
    source.download_bytes("metadata/timestamp.json", 9)
    source.discard()
    assert not (buzon / "metadata" / "timestamp.json").exists()


def test_version_changes_with_the_timestamp(buzon: Path) -> None:
    source = CarpetaFetcher(buzon)
    antes = source.version()
    (buzon / "metadata" / "nuevo").write_bytes(b"hola")
    (buzon / "metadata" / "nuevo").replace(buzon / "metadata" / "timestamp.json")
    assert antes is not None
    assert source.version() != antes


def test_prune_keeps_what_is_needed_and_what_is_recent(buzon: Path) -> None:
    objetos = buzon / "objetos" / "aa"
    objetos.mkdir(parents=True)
    for nombre in ("vivo", "viejo", "reciente"):
        (objetos / nombre).write_bytes(b"x")
    hace_horas = time.time() - 7200
    os.utime(objetos / "vivo", (hace_horas, hace_horas))
    os.utime(objetos / "viejo", (hace_horas, hace_horas))
    CarpetaFetcher(buzon, buzon=True).prune(frozenset({"vivo"}))
    assert sorted(p.name for p in objetos.iterdir()) == ["reciente", "vivo"]
