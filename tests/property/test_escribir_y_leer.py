"""Writing a base de datos and reading it back is the identity."""

import csv
import io
from collections.abc import Mapping

from hypothesis import given

from pregon.prep import escribir
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.corte import Corte
from pregon.testing.estrategias import cortes


def escritos(corte: Corte) -> Mapping[str, bytes]:
    return dict(escribir.base_de_datos(corte, corte.resultados[0]))


def releida(corte: Corte) -> BaseDeDatos:
    nombre = escribir.nombres(corte, corte.resultados[0].eleccion).comprimido
    (base,) = leer(nombre, escritos(corte)[nombre])
    return base


@given(cortes())
def test_rows_come_back_as_they_were(corte: Corte) -> None:
    resultado = corte.resultados[0]

    base = releida(corte)

    assert base.columnas == resultado.eleccion.columnas
    assert base.actas == resultado.actas


@given(cortes())
def test_header_and_stamp_come_back_as_they_were(corte: Corte) -> None:
    encabezado = corte.resultados[0].totales.encabezado(ultimo=corte.ultimo)

    base = releida(corte)

    assert base.sello == corte.instante
    assert base.publicado == {campo: str(valor) for campo, valor in encabezado.items()}


@given(cortes())
def test_the_same_corte_gives_the_same_bytes(corte: Corte) -> None:
    assert escritos(corte) == escritos(corte)


@given(cortes())
def test_i5_no_cell_starts_a_formula(corte: Corte) -> None:
    for nombre, datos in escritos(corte).items():
        if nombre.endswith(".csv"):
            for fila in csv.reader(io.StringIO(datos.decode("utf-8-sig"))):
                assert not [c for c in fila if c.strip().startswith(("=", "+", "-", "@")) and c != "-"]
