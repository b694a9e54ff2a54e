"""Every bound of `Limites`: what is beyond it is refused, or left out and told, with the bound and place."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import pytest
from corpus_hostil import COLUMNAS, FILAS, buena, comprimir

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos
from pregon.prep.base_de_datos import LIMITES, Limites, leer


@dataclass(frozen=True, kw_only=True)
class Exceso:
    """A file beyond one bound, which is set to `maximo`."""

    limite: str
    maximo: int
    datos: bytes
    causa: str
    archivo: str = "x.csv"
    fila: int | None = None
    columna: str | None = None


def con_una_mas(valor: str) -> Sequence[Sequence[str]]:
    return [(*f, valor) for f in FILAS]


EXCESOS = [
    Exceso(limite="bytes_archivo", maximo=2**20, datos=b"x" * (2**20 + 1), causa="pasa de 1 MB"),
    # Of all that comes out of the ZIPs together, not of each.
    Exceso(
        limite="bytes_archivo",
        maximo=2**20,
        datos=comprimir({f"{n}.csv": bytes(range(48, 58)) * 60_000 for n in range(2)}),
        causa="pasa de 1 MB",
        archivo="x.csv/1.csv",
    ),
    Exceso(
        limite="miembros",
        maximo=1,
        datos=comprimir({"a.csv": b"", "b.csv": b""}),
        causa=r"2 archivos \(máximo 1\)",
    ),
    Exceso(
        limite="anidamiento",
        maximo=1,
        datos=comprimir({"a.zip": comprimir({"b.csv": buena()})}),
        causa="más de 1 ZIP uno dentro de otro",
        archivo="x.csv/a.zip",
    ),
    Exceso(
        limite="razon",
        maximo=2,
        datos=comprimir({"a.csv": b"0" * 2_000_000}),
        causa="sin proporción",
        archivo="x.csv/a.csv",
    ),
    Exceso(
        limite="sin_razon",
        maximo=100,
        datos=comprimir({"a.csv": b"0" * 100_000}),
        causa="sin proporción",
        archivo="x.csv/a.csv",
    ),
    Exceso(limite="filas", maximo=5, datos=buena(), causa="pasa de 5 renglones", fila=13),
    Exceso(limite="columnas", maximo=31, datos=buena(), causa="pasa de 31 columnas", fila=7),
    Exceso(
        limite="columnas",
        maximo=32,
        datos=buena(filas=con_una_mas("x")),
        causa="pasa de 32 columnas",
        fila=8,
    ),
    Exceso(limite="celda", maximo=63, datos=buena(), causa="pasa de 63 caracteres", fila=8, columna="26"),
]


@pytest.mark.parametrize("exceso", EXCESOS, ids=lambda e: f"{e.limite} {e.archivo} {e.fila}")
def test_beyond_a_bound_is_refused_with_the_bound_and_the_place(exceso: Exceso) -> None:
    limites = replace(LIMITES, **{exceso.limite: exceso.maximo})

    with pytest.raises(ErrorDeDatos, match=exceso.causa) as error:
        leer("x.csv", exceso.datos, limites=limites)

    assert (error.value.archivo, error.value.fila) == (exceso.archivo, exceso.fila)
    assert error.value.columna == exceso.columna


def test_within_every_bound_it_is_read() -> None:
    limites = Limites(bytes_archivo=2**20, filas=6, columnas=32, celda=64, preambulo=13)

    assert leer("x.csv", buena(), limites=limites)


def test_column_names_too_far_down_are_not_found() -> None:
    limites = replace(LIMITES, preambulo=6)

    with pytest.raises(NoEsBaseDeDatos, match="nombres de columna"):
        leer("x.csv", buena(), limites=limites)


def test_unknown_columns_beyond_the_bound_are_counted() -> None:
    datos = buena(columnas=[*COLUMNAS, "A1", "A2", "A3"], filas=[(*f, "1", "2", "3") for f in FILAS])

    (base,) = leer("x.csv", datos, limites=replace(LIMITES, otras=2))

    assert base.otras == {"A1": ("1",) * 6, "A2": ("2",) * 6}
    assert "columnas de más que no se reconocen: 1" in [a.que for a in base.advertencias]


def test_warnings_beyond_the_bound_are_counted() -> None:
    cambios = {(8, "PAN"): "a", (8, "PRI"): "b", (9, "PAN"): "c"}

    (base,) = leer("x.csv", buena(cambios=cambios), limites=replace(LIMITES, advertencias=2))

    assert len(base.advertencias) == 3
    assert base.advertencias[-1].que == "advertencias de más: 3"


def test_no_bound_lacks_its_test() -> None:
    aparte = {"preambulo", "otras", "advertencias"}

    assert {e.limite for e in EXCESOS} | aparte == {f.name for f in fields(Limites)}
