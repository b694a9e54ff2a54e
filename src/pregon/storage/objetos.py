"""Objects by content: `<aa>/<sha256>`, immutable, each stored once whatever its paths in the cortes.

A name is a promise about the bytes. Releases share the inode (hard links), so a page altered in place
alters the object: `put` and `verify` look at the bytes, `has` only at the name.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pregon.paquete.manifest import huella
from pregon.storage import atomic


class Objetos:
    """A folder of objects."""

    def __init__(self, carpeta: Path) -> None:
        """Nothing is created until something is put."""
        self.carpeta = carpeta

    def put(self, data: bytes, *, perdible: bool = False) -> str:
        """Store some bytes durably and return their SHA-256; twice is as good as once, and heals (B5).

        `perdible`: a power cut may lose the whole object, for whoever can get it again.
        """
        sha = huella(data)
        if not self.verify(sha):
            atomic.write(self.path(sha), data, mode=atomic.LECTURA, perdible=perdible)
        return sha

    def path(self, sha: str) -> Path:
        """Return where an object stands or would stand."""
        return self.carpeta / sha[:2] / sha

    def has(self, sha: str) -> bool:
        """Tell if the name is there. A file appears under its name only when it is whole."""
        return self.path(sha).is_file()

    def verify(self, sha: str) -> bool:
        """Tell if the object is there and its bytes are the ones of its name."""
        path = self.path(sha)
        if not path.is_file():
            return False
        with atomic.almacen(f"leer «{path}»"), path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha

    def discard(self, sha: str) -> None:
        """Forget an object (altered, or of no kept corte); releases that link it keep their own name."""
        with atomic.almacen(f"borrar «{self.path(sha)}»"):
            self.path(sha).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        """Return every name kept, in order."""
        for path in sorted(self.carpeta.glob("[0-9a-f][0-9a-f]/*")):
            if not path.name.startswith("."):
                yield path.name

    def prune(self, keep: Iterable[str]) -> None:
        """Discard every object but those named, and what a killed `put` left."""
        vivos = set(keep)
        for sha in self:
            if sha not in vivos:
                self.discard(sha)
        for carpeta in self.carpeta.glob("[0-9a-f][0-9a-f]"):
            atomic.sweep(carpeta)
