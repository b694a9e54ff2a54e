"""What an official paper consists of, as values: the writers turn it into Markdown (and later PDF).

Any text may come from outside (names, causes, paths): here it is plain text, and each writer escapes it.
A heading's unit is `Apartado`, because *sección* is an electoral word.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Codigo:
    """Text to be read letter by letter: a hash, a field's name, a file."""

    texto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuerte:
    """Text that must not be overlooked."""

    texto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanco:
    """A blank to fill in by hand; `rotulo` says with what."""

    rotulo: str


Trozo = str | Codigo | Fuerte | Blanco
Texto = Trozo | tuple[Trozo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parrafo:
    """One paragraph."""

    texto: Texto


@dataclass(frozen=True, slots=True, kw_only=True)
class Nota:
    """A paragraph set apart: what the reader must know before believing the rest."""

    texto: Texto


@dataclass(frozen=True, slots=True, kw_only=True)
class Lista:
    """Points in order."""

    puntos: tuple[Texto, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabla:
    """Rows under one heading each. `cifras` are the columns (from 0) set to the right."""

    encabezado: tuple[Texto, ...]
    filas: tuple[tuple[Texto, ...], ...]
    cifras: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Raise ValueError when a row is shorter or longer than the heading: a cell would be lost."""
        if any(len(fila) != len(self.encabezado) for fila in self.filas):
            raise ValueError("una fila de la tabla no tiene las celdas del encabezado")


@dataclass(frozen=True, slots=True, kw_only=True)
class Renglones:
    """Empty lines to write on by hand."""

    cuantos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Apartado:
    """A heading and what stands under it."""

    titulo: str
    bloques: tuple["Bloque", ...]


Bloque = Parrafo | Nota | Lista | Tabla | Renglones | Apartado


@dataclass(frozen=True, slots=True, kw_only=True)
class Documento:
    """A whole paper."""

    titulo: str
    bloques: tuple[Bloque, ...]
