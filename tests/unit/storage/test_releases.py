import errno
import os
from pathlib import Path

import pytest

from pregon.errors import Alterado, ErrorDeAlmacen
from pregon.storage.objetos import Objetos
from pregon.storage.releases import Releases


def _arbol(carpeta: Path) -> dict[str, bytes]:
    return {str(p.relative_to(carpeta)): p.read_bytes() for p in carpeta.rglob("*") if p.is_file()}


@pytest.fixture
def objetos(tmp_path: Path) -> Objetos:
    return Objetos(tmp_path / "objetos")


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path)


def _materialise(releases: Releases, objetos: Objetos, numero: int) -> Path:
    mapa = {
        "index.html": objetos.path(objetos.put(b"corte %d" % numero)),
        "d/e/fijo.css": objetos.path(objetos.put(b"fijo")),
    }
    return releases.materialise(numero, mapa, {".well-known/pregon/prueba.json": b"{}"})


def test_a_tree_is_complete_and_shares_the_objects(releases: Releases, objetos: Objetos) -> None:
    corte = _materialise(releases, objetos, 3)
    assert _arbol(corte) == {
        "index.html": b"corte 3",
        "d/e/fijo.css": b"fijo",
        ".well-known/pregon/prueba.json": b"{}",
    }
    assert (corte / "index.html").stat().st_nlink == 2
    assert all(not path.stat().st_mode & 0o222 for path in corte.rglob("*") if path.is_file())


def test_activate_moves_the_one_pointer(releases: Releases, objetos: Objetos) -> None:
    assert releases.activo() is None
    for numero in (1, 2):
        _materialise(releases, objetos, numero)
        releases.activate(numero)
    assert releases.activo() == 2
    assert releases.actual.readlink() == Path("cortes/2")
    assert (releases.actual / "index.html").read_bytes() == b"corte 2"


def test_what_is_not_there_cannot_be_activated(releases: Releases) -> None:
    with pytest.raises(ErrorDeAlmacen, match="no está"):
        releases.activate(9)
    assert releases.activo() is None


def test_b5_every_altered_object_is_named_and_nothing_appears(releases: Releases, objetos: Objetos) -> None:
    bueno, malo = objetos.put(b"bueno"), objetos.put(b"malo")
    objetos.path(malo).chmod(0o644)
    objetos.path(malo).write_bytes(b"malO")
    mapa = {"a": objetos.path(bueno), "b": objetos.path(malo), "c": objetos.path("0" * 64)}
    with pytest.raises(Alterado) as error:
        releases.materialise(1, mapa)
    assert error.value.rutas == ("b", "c")
    assert releases.numeros() == ()


def test_b2_an_object_that_is_a_link_is_not_published(
    releases: Releases, objetos: Objetos, tmp_path: Path
) -> None:
    sha = objetos.put(b"x")
    ajeno = tmp_path / "ajeno"
    ajeno.write_bytes(b"x")
    objetos.path(sha).unlink()
    objetos.path(sha).symlink_to(ajeno)
    with pytest.raises(Alterado):
        releases.materialise(1, {"a": objetos.path(sha)})


def test_f1_leftovers_of_a_kill_are_removed_and_the_corte_is_built_again(
    releases: Releases, objetos: Objetos
) -> None:
    _materialise(releases, objetos, 1)
    releases.activate(1)
    (releases.cortes / ".parcial-2").mkdir()
    (releases.cortes / ".parcial-2/index.html").write_bytes(b"a medias")
    (releases.carpeta / ".parcial-actual").symlink_to("cortes/2")
    assert (releases.activo(), releases.numeros()) == (1, (1,))
    releases.recover()
    assert sorted(p.name for p in releases.cortes.iterdir()) == ["1"]
    assert not (releases.carpeta / ".parcial-actual").is_symlink()
    _materialise(releases, objetos, 2)
    assert releases.numeros() == (1, 2)


def test_another_filesystem_gets_copies(
    releases: Releases, objetos: Objetos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cruza(*_: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(Path, "hardlink_to", cruza)
    corte = _materialise(releases, objetos, 1)
    assert _arbol(corte)["d/e/fijo.css"] == b"fijo"
    assert (corte / "index.html").stat().st_nlink == 1


def test_prune_keeps_the_last_and_the_active(releases: Releases, objetos: Objetos) -> None:
    for numero in range(1, 7):
        _materialise(releases, objetos, numero)
    releases.activate(2)
    releases.prune(3)
    assert releases.numeros() == (2, 4, 5, 6)
    assert releases.activo() == 2


def test_f3_a_failure_in_the_middle_publishes_nothing(
    releases: Releases, objetos: Objetos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def llena(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as parche:
        parche.setattr(Path, "rename", llena)
        with pytest.raises(ErrorDeAlmacen, match="lleno"):
            _materialise(releases, objetos, 1)
    assert releases.numeros() == ()
    _materialise(releases, objetos, 1)
    assert releases.numeros() == (1,)


def test_a_corte_that_is_there_is_left_as_it_is(releases: Releases, objetos: Objetos) -> None:
    inodo = _materialise(releases, objetos, 1).stat().st_ino
    assert _materialise(releases, objetos, 1).stat().st_ino == inodo


def test_an_empty_folder_keeps_nothing(releases: Releases) -> None:
    assert releases.numeros() == ()
    releases.discard(3)
    releases.prune(1)


def test_f4_a_failing_disk_is_not_taken_for_another_filesystem(
    releases: Releases, objetos: Objetos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falla(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "hardlink_to", falla)
    with pytest.raises(ErrorDeAlmacen, match="el disco falló"):
        _materialise(releases, objetos, 1)
    assert releases.numeros() == ()
