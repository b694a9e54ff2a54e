"""Sums that only pages show: the votes of one kind of column, the lista nominal still to come."""

from collections.abc import Iterable, Sequence

from pregon.prep.acta import Acta
from pregon.prep.jornada import ClaseColumna, Eleccion


def suma_de(eleccion: Eleccion, votos: Sequence[int], clase: ClaseColumna) -> int:
    """Return the votes in all columns of one class (no registradas, nulos)."""
    return sum(n for c, n in zip(eleccion.columnas, votos, strict=True) if c.clase is clase)


def lista_nominal_pendiente(actas: Iterable[Acta]) -> int:
    """Return the lista nominal behind the actas that have not arrived."""
    return sum(a.lista_nominal for a in actas if a.en_catalogo and not a.capturada)
