"""Actas in columns: what counting needs stands in a frame, an `Acta` is made when somebody asks for it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, overload

import polars as pl

from pregon.prep.acta import Acta, Contabilizada, TipoCasilla

CONTABILIZADAS: Final = tuple(Contabilizada)
"""The column `contabilizada` holds an index into these."""
ESQUEMA: Final = {
    "renglon": pl.Int64,
    "contabilizada": pl.Int8,
    "observaciones": pl.String,
    "tipo_acta": pl.String,
    "especial": pl.Boolean,
    "unidad": pl.Int64,
    "seccion": pl.Int64,
    "municipio": pl.Int64,
    "lista_nominal": pl.Int64,
    "sin_desglose": pl.Int64,
}
"""Columns of a frame, before the vote columns. A sección or unidad that there is not is null."""


def votos(ancho: int) -> list[str]:
    """Return the names of so many vote columns: Int64, null for a marker, which adds nothing (R60)."""
    return [f"v{i}" for i in range(ancho)]


class Vista(Sequence[Acta]):
    """Some actas of a table, in an order of their own; equal to any sequence of equal actas."""

    __slots__ = ("_acta", "_indices")

    def __init__(self, acta: Callable[[int], Acta], indices: Sequence[int]) -> None:
        """`acta` makes the acta of an index of the table."""
        self._acta = acta
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, i: int) -> Acta: ...
    @overload
    def __getitem__(self, i: slice) -> "Vista": ...
    def __getitem__(self, i: int | slice) -> "Acta | Vista":
        if isinstance(i, slice):
            return Vista(self._acta, self._indices[i])
        return self._acta(self._indices[i])

    def __iter__(self) -> Iterator[Acta]:
        return map(self._acta, self._indices)

    def __eq__(self, otra: object) -> bool:
        if not isinstance(otra, Sequence):
            return NotImplemented
        return len(self) == len(otra) and all(a == b for a, b in zip(self, otra, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} actas>"


class Tabla(Vista):
    """All rows of one election. `cuadro` has the columns of `ESQUEMA` and `votos`, a row per acta."""

    __slots__ = ("cuadro",)

    def __init__(
        self, cuadro: pl.DataFrame, acta: Callable[[int], Acta], indices: Sequence[int] | None = None
    ) -> None:
        """Row n of `cuadro` is the acta of `indices[n]`; without indices, of n."""
        super().__init__(acta, range(cuadro.height) if indices is None else indices)
        self.cuadro = cuadro

    @classmethod
    def de(cls, actas: Sequence[Acta], ancho: int) -> "Tabla":
        """Lay out actas that were made already, each with `ancho` vote cells."""
        casillas = [a.casilla for a in actas]
        indice = {c: i for i, c in enumerate(CONTABILIZADAS)}
        columnas: dict[str, Sequence[object]] = {
            "renglon": [a.renglon for a in actas],
            "contabilizada": [indice[a.contabilizada] for a in actas],
            "observaciones": [a.observaciones for a in actas],
            "tipo_acta": [a.tipo_acta for a in actas],
            "especial": [c.tipo is TipoCasilla.ESPECIAL for c in casillas],
            "unidad": [c.unidad for c in casillas],
            "seccion": [c.seccion for c in casillas],
            "municipio": [c.municipio for c in casillas],
            "lista_nominal": [a.lista_nominal for a in actas],
            "sin_desglose": [a.sin_desglose for a in actas],
        }
        celdas = zip(*(a.votos for a in actas), strict=True) if actas else [()] * ancho
        for nombre, columna in zip(votos(ancho), celdas, strict=True):
            columnas[nombre] = [v if v.__class__ is int else None for v in columna]
        esquema = {**ESQUEMA, **dict.fromkeys(votos(ancho), pl.Int64)}
        return cls(pl.DataFrame(columnas, schema=esquema), actas.__getitem__)

    @property
    def ancho(self) -> int:
        """Return the number of vote columns."""
        return self.cuadro.width - len(ESQUEMA)

    def ordenada(self) -> "Tabla":
        """Return the same rows in the stable order: by renglón, fuera de catálogo last (R84, R86)."""
        orden = self.cuadro.select(
            pl.arg_sort_by(
                pl.col("contabilizada") == CONTABILIZADAS.index(Contabilizada.FUERA_DE_CATALOGO),
                "renglon",
                maintain_order=True,
            )
        ).to_series()
        if orden.equals(pl.Series(range(len(self)), dtype=orden.dtype)):
            return self
        return Tabla(self.cuadro[orden], self._acta, [self._indices[i] for i in orden.to_list()])

    def elegidas(self, filas: Sequence[int]) -> Vista:
        """Return some rows of `cuadro`; what is sliced from them is small."""
        indices = self._indices
        return Vista(lambda i: self._acta(indices[filas[i]]), range(len(filas)))

    def aportes(self) -> list[int]:
        """Return by row the votes that it adds to the entidad, or -1 where it is not counted (R43, R49)."""
        contada = pl.col("contabilizada") == CONTABILIZADAS.index(Contabilizada.SI)
        return (
            self.cuadro.select(pl.when(contada).then(total(self.ancho)).otherwise(-1)).to_series().to_list()
        )


def total(ancho: int) -> pl.Expr:
    """Return the total of each row: its vote cells, and what a read total counts beyond them (R49)."""
    return pl.sum_horizontal(*votos(ancho), "sin_desglose")
