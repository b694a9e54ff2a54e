import hashlib
import stat
from pathlib import Path

from pregon.storage.objetos import Objetos


def test_put_names_by_content_and_is_read_only(tmp_path: Path) -> None:
    objetos = Objetos(tmp_path)
    sha = objetos.put(b"hola")
    assert sha == hashlib.sha256(b"hola").hexdigest()
    assert objetos.path(sha) == tmp_path / sha[:2] / sha
    assert stat.S_IMODE(objetos.path(sha).stat().st_mode) == 0o444


def test_put_twice_keeps_the_first_file(tmp_path: Path) -> None:
    objetos = Objetos(tmp_path)
    inodo = objetos.path(objetos.put(b"hola")).stat().st_ino
    assert objetos.path(objetos.put(b"hola")).stat().st_ino == inodo


def test_b5_an_altered_object_is_found_and_healed_by_the_next_put(tmp_path: Path) -> None:
    objetos = Objetos(tmp_path)
    sha = objetos.put(b"hola")
    objetos.path(sha).chmod(0o644)
    objetos.path(sha).write_bytes(b"hols")
    assert objetos.has(sha)
    assert not objetos.verify(sha)
    objetos.put(b"hola")
    assert objetos.verify(sha)


def test_prune_keeps_what_is_named_and_sweeps_leftovers(tmp_path: Path) -> None:
    objetos = Objetos(tmp_path)
    uno, dos = objetos.put(b"1"), objetos.put(b"2")
    (objetos.path(uno).parent / ".x.parcial").write_bytes(b"")
    objetos.prune({uno})
    assert list(objetos) == [uno]
    assert not objetos.has(dos)
    assert list(objetos.path(uno).parent.iterdir()) == [objetos.path(uno)]
