"""A column of any file that is written: its heading, what it means, and its text for many rows at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

F = TypeVar("F")

TipoDeDato = Literal["string", "integer", "number", "boolean", "datetime"]
"""As Table Schema calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campo(Generic[F]):
    """One column of a table with rows of type `F`."""

    nombre: str
    descripcion: str
    textos: Callable[[Sequence[F]], Iterable[str]]
    """The cells of all rows, in their order."""
    tipo: TipoDeDato = "string"
    unidad: str = ""
    """What is counted: ``actas``, ``votos``, ``personas``."""
    valores: str = ""
    """What a cell may say, where that is a closed list or a form."""
    regla: str = ""
    """How it is calculated."""


def fijo(texto: str) -> Callable[[Sequence[F]], Iterable[str]]:
    """Return the cells of a column that says the same in every row."""
    return lambda filas: [texto] * len(filas)


def renglones(campos: Sequence[Campo[F]], filas: Sequence[F]) -> Iterator[Sequence[str]]:
    """Yield the headings, then the rows; all have the same number of cells (R85)."""
    yield [c.nombre for c in campos]
    yield from zip(*(c.textos(filas) for c in campos), strict=True)
