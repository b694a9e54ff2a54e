"""The port through which images of actas come in."""

from collections.abc import Iterable, Iterator
from typing import Protocol


class Imagenes(Protocol):
    """A store of images that the capture system fills; the synthetic night is one too."""

    def buscar(self, codigos: Iterable[str], plazo: float) -> Iterator[tuple[str, bytes]]:
        """Yield what is stored under each hash (64 lower-case hex digits); what is missing is not yielded.

        The bytes are as found: whoever asked verifies them. Of what is longer than `LIMITES.imagen`, one
        byte more than that comes. ErrorDeRed or ErrorDeAlmacen when the store cannot be asked, or when
        `plazo` seconds were not enough to look for all of them.
        """
        ...
