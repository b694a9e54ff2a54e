"""Two engines, two ways, the same figures: whatever the night (C1, R45, R50, R86).

One counts actas in columns, the other adds up the CSV that was written from them. The property that matters
is that they agree; the others say that their agreement means something: a changed cell is found, an order of
arrival is not.
"""

import csv
import io
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from pregon.errors import ErrorDeDatos
from pregon.origin.motor import contar
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import leer
from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.corte_json import corte_json
from pregon.prep.cuadre import cuadrar
from pregon.prep.cuentas import cuentas, diferencias
from pregon.prep.dialecto import Dialecto
from pregon.prep.escribir.resultados import resultados
from pregon.prep.jornada import Ambito
from pregon.prep.porcentaje import porcentaje
from pregon.prep.recontar import Recuento, recontar
from pregon.testing.estrategias import MUNICIPIOS, Noche, noches

POCAS = settings(max_examples=5 * settings().max_examples, suppress_health_check=[HealthCheck.too_slow])
MUCHAS = settings(POCAS, max_examples=10_000, phases=[Phase.explicit, Phase.generate, Phase.shrink])


def contada(noche: Noche, actas: Mapping[str, Sequence[Acta]] | None = None) -> Corte:
    return contar(
        noche.jornada,
        numero=noche.numero,
        instante=noche.instante,
        ultimo=noche.ultimo,
        actas=noche.actas if actas is None else actas,
    )


def escrita(corte: Corte, resultado: ResultadoEleccion) -> bytes:
    return resultados(corte, resultado, tuple(resultado.actas))


def recontada(datos: bytes, resultado: ResultadoEleccion) -> Recuento:
    por_municipio = resultado.eleccion.detalle is Ambito.MUNICIPIO
    return recontar(datos, municipios={} if por_municipio else MUNICIPIOS)


def desacuerdos(corte: Corte) -> Iterator[str]:
    for resultado in corte.resultados:
        recuento = recontada(escrita(corte, resultado), resultado)
        yield from diferencias(cuentas(resultado), recuento.cuentas)
        yield from recuento.diferencias(ultimo=corte.ultimo)


@POCAS
@given(noches())
def test_c1_both_engines_agree_in_every_cell(noche: Noche) -> None:
    assert list(desacuerdos(contada(noche))) == []


@pytest.mark.full
@pytest.mark.timeout(3600)
@MUCHAS
@given(noches())
def test_c1_both_engines_agree_in_ten_thousand_nights(noche: Noche) -> None:
    assert list(desacuerdos(contada(noche))) == []


@given(noches(elecciones=1))
def test_a_count_is_laid_flat_alike_from_columns_and_from_actas(noche: Noche) -> None:
    (resultado,) = contada(noche).resultados

    assert cuentas(replace(resultado, actas=tuple(resultado.actas))) == cuentas(resultado)


@given(noches())
def test_c1_the_whole_corte_json_is_what_the_rows_add_up_to(noche: Noche) -> None:
    corte = contada(noche)
    archivos = [(f"COAH_{r.eleccion.clave}_2026.csv", escrita(corte, r)) for r in corte.resultados]

    cuadre = cuadrar(corte_json(corte), archivos)

    assert cuadre.diferencias == ()
    assert cuadre.actas == sum(map(len, noche.actas.values()))
    assert cuadre.elecciones == tuple(noche.actas)


@given(noches(), st.data())
def test_c1_one_changed_figure_of_corte_json_is_found(noche: Noche, data: st.DataObject) -> None:
    corte = contada(noche)
    documento = json.loads(corte_json(corte))
    contenedor, clave = data.draw(st.sampled_from(list(_figuras(documento["elecciones"]))))
    contenedor[clave] += 1
    archivos = [(f"COAH_{r.eleccion.clave}_2026.csv", escrita(corte, r)) for r in corte.resultados]

    assert cuadrar(json.dumps(documento).encode(), archivos).diferencias


def _figuras(nodo: Any) -> Iterator[tuple[Any, Any]]:
    """Yield where every whole number of a document stands, but those that are names."""
    for clave, valor in list(nodo.items() if isinstance(nodo, dict) else enumerate(nodo)):
        if clave in {"numero", "secciones", "columnas", "cambios"}:
            continue
        if type(valor) is int:
            yield nodo, clave
        elif isinstance(valor, dict | list):
            yield from _figuras(valor)


CAMBIOS = ("0", "1", "7", "2000", "ILEGIBLE", "-", "")
"""What a cell may say instead."""


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(noches(elecciones=1), st.data())
def test_c1_one_changed_cell_of_a_counted_acta_is_found(noche: Noche, data: st.DataObject) -> None:
    corte = contada(replace(noche, jornada=replace(noche.jornada, dialecto=Dialecto())))
    (resultado,) = corte.resultados
    filas = list(csv.reader(io.StringIO(escrita(corte, resultado).decode("utf-8-sig"), newline="")))
    nombres = filas[6]
    contadas = [i for i, fila in enumerate(filas[7:], start=7) if fila[nombres.index("CONTABILIZADA")] == "1"]
    assume(contadas)
    n = data.draw(st.sampled_from(contadas))
    columnas = [*(c.clave for c in resultado.eleccion.columnas), "LISTA_NOMINAL", "CONTABILIZADA"]
    nombre = data.draw(st.sampled_from([*columnas, "TOTAL_VOTOS_CALCULADO"]))
    i = nombres.index(nombre)
    antes, ahora = filas[n][i], data.draw(st.sampled_from(CAMBIOS))
    assume(_vale(antes) != _vale(ahora))
    filas[n][i] = ahora

    try:
        recuento = recontada(_como_csv(filas), resultado)
        halladas = list(diferencias(cuentas(resultado), recuento.cuentas))
    except ErrorDeDatos as error:
        halladas = [str(error)]

    assert halladas


def _vale(texto: str) -> int:
    """Return what a cell adds; a marker adds what 0 does, and only looks different (R60)."""
    return int(texto) if texto.isdecimal() else 0


def _como_csv(filas: Sequence[Sequence[str]]) -> bytes:
    salida = io.StringIO(newline="")
    csv.writer(salida, lineterminator="\n").writerows(filas)
    return salida.getvalue().encode()


def _bytes(corte: Corte) -> list[bytes]:
    return [corte_json(corte), *(escrita(corte, r) for r in corte.resultados)]


@given(noches(), st.randoms(use_true_random=False))
def test_r86_the_order_of_arrival_changes_no_byte(noche: Noche, azar: random.Random) -> None:
    revueltas = {clave: azar.sample(list(filas), len(filas)) for clave, filas in noche.actas.items()}

    assert _bytes(contada(noche, revueltas)) == _bytes(contada(noche))


@pytest.mark.full
@pytest.mark.timeout(900)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(noches(elecciones=3, actas=12))
def test_r86_fifty_orders_of_each_of_twenty_nights_change_no_byte(noche: Noche) -> None:
    debidos = _bytes(contada(noche))
    azar = random.Random(noche.numero)

    for _ in range(50):
        revueltas = {clave: azar.sample(list(filas), len(filas)) for clave, filas in noche.actas.items()}
        assert _bytes(contada(noche, revueltas)) == debidos


@POCAS
@given(noches(elecciones=1))
def test_what_is_written_and_read_again_is_the_same_corte(noche: Noche) -> None:
    corte = contada(noche)
    (resultado,) = corte.resultados
    assume(resultado.actas)
    datos = escrita(corte, resultado)

    (base,) = leer("COAH_E0_2026.csv", datos)
    (otro,) = contada(noche, {"E0": base.actas}).resultados

    assert otro.totales == resultado.totales
    assert [u.totales for u in otro.unidades] == [u.totales for u in resultado.unidades]
    assert escrita(corte, otro) == datos


# Percentages, against exact fractions (R50, R56).


@settings(max_examples=1000)
@example(203, 625)
@example(23, 40)
@example(3069, 3627)
@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_r50_a_percentage_is_the_fraction_cut_at_the_fourth_decimal(n: int, d: int) -> None:
    impreso = porcentaje(n, d)

    entero, _, decimales = impreso.partition(".")
    assert len(decimales) == 4
    assert entero == str(int(entero))
    assert 0 <= Fraction(100 * n, d) - Fraction(impreso) < Fraction(1, 10**4)


def test_r56_no_numerator_of_a_catalogue_is_off_by_one() -> None:
    for d in (40, 625, 4000, 4280, 4283):
        for n in range(d + 1):
            assert Fraction(porcentaje(n, d)) == Fraction(n * 10**6 // d, 10**4)
