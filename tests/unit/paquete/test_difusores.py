"""The state machine, its diagram, and its records."""

from datetime import UTC, datetime

import pytest

from pregon.errors import ErrorDeConfianza
from pregon.paquete.difusores import (
    TABLA,
    Causa,
    Estado,
    Hecho,
    Suceso,
    Transicion,
    Veredicto,
    Vigilancia,
    diagrama,
    leer_transicion,
    siguiente,
)

AHORA = datetime(2026, 6, 8, 1, 0, tzinfo=UTC)
SI, NO, NULO = Veredicto.CUMPLIDO, Veredicto.FALTADO, Veredicto.NULO


def correr(*hechos: Hecho, desde: Vigilancia | None = None, **opciones: bool) -> Vigilancia:
    vigilancia = desde or Vigilancia()
    for hecho in hechos:
        vigilancia = siguiente(vigilancia, hecho, instante=AHORA, **opciones)
    return vigilancia


def test_h8_two_misses_and_one_met_period_stay() -> None:
    assert correr(NO, NO, SI, NO, NO).estado is Estado.DEMORADO


def test_h8_the_third_consecutive_miss_suspends() -> None:
    vigilancia = correr(NO, NO, NO)

    assert (vigilancia.estado, vigilancia.causa, vigilancia.faltas) == (
        Estado.SUSPENDIDO,
        Causa.PERIODOS,
        3,
    )


def test_h8_a_void_period_counts_neither_way() -> None:
    assert correr(NO, NULO, NO, NULO, NULO).faltas == 2
    assert correr(NO, NULO, NO, NULO, NO).estado is Estado.SUSPENDIDO


def test_g9_return_needs_two_met_periods_and_one_full_crawl() -> None:
    regreso = correr(NO, NO, NO, Suceso.RESPUESTA)
    sin_rastreo = correr(SI, SI, SI, desde=regreso)

    assert regreso.estado is Estado.RECONEXION
    assert sin_rastreo.estado is Estado.RECONEXION
    assert siguiente(sin_rastreo, SI, instante=AHORA, rastreo=True) == Vigilancia(desde=AHORA)


def test_g9_a_crawl_in_the_first_met_period_is_remembered() -> None:
    regreso = correr(NO, NO, NO, Suceso.RESPUESTA)
    uno = siguiente(regreso, SI, instante=AHORA, rastreo=True)

    assert uno.estado is Estado.RECONEXION
    assert siguiente(uno, SI, instante=AHORA).estado is Estado.ACTIVO


def test_g9_one_missed_period_ends_the_return() -> None:
    vigilancia = correr(NO, NO, NO, Suceso.RESPUESTA, SI, NO)

    assert (vigilancia.estado, vigilancia.causa) == (Estado.SUSPENDIDO, Causa.PERIODOS)


def test_the_portal_is_never_suspended() -> None:
    vigilancia = correr(*[NO] * 9, Suceso.SUSPENDER, portal=True)

    assert (vigilancia.estado, vigilancia.faltas) == (Estado.DEMORADO, 9)


@pytest.mark.parametrize(
    ("acto", "causa"),
    [(Suceso.SUSPENDER, Causa.OPERADOR), (Suceso.SUSPENDER_POR_ALTERADO, Causa.ALTERADO)],
)
def test_what_a_person_suspended_only_a_person_reconnects(acto: Suceso, causa: Causa) -> None:
    suspendido = correr(acto)

    assert suspendido.causa is causa
    assert correr(Suceso.RESPUESTA, desde=suspendido) == suspendido
    assert correr(Suceso.RECONECTAR, desde=suspendido).estado is Estado.RECONEXION


@pytest.mark.parametrize("antes", [(), (NO,), (NO, NO)])
def test_the_close_is_final(antes: tuple[Hecho, ...]) -> None:
    cerrado = correr(*antes, Suceso.CIERRE)

    assert cerrado.estado is Estado.CERRADO
    assert correr(NO, NO, NO, Suceso.SUSPENDER, Suceso.RECONECTAR, desde=cerrado) == cerrado


@pytest.mark.parametrize("antes", [(NO, NO, NO), (NO, NO, NO, Suceso.RESPUESTA)])
def test_the_close_leaves_a_suspended_one_as_it_is(antes: tuple[Hecho, ...]) -> None:
    assert correr(*antes, Suceso.CIERRE) == correr(*antes)


def test_desde_is_the_last_change_of_state() -> None:
    primero = siguiente(Vigilancia(), NO, instante=AHORA)
    segundo = siguiente(primero, NO, instante=AHORA.replace(hour=2))

    assert segundo.desde == AHORA


def test_the_diagram_draws_every_row_of_the_table() -> None:
    lineas = diagrama().splitlines()

    assert lineas[0] == "stateDiagram-v2"
    assert all(f"    {de.name} --> {a.name}: {paso.value}" in lineas for (de, paso), a in TABLA.items())


def test_a_transition_reads_back() -> None:
    transicion = Transicion(
        difusor="uno",
        instante=AHORA,
        hecho=NO,
        de=Vigilancia(),
        a=correr(NO),
        corte=7,
        rastreo=False,
        evidencia={"sondeos": [{"corte": 6}]},
    )

    assert leer_transicion("uno", AHORA, transicion.datos()) == transicion


@pytest.mark.parametrize("clave", ["hecho", "de", "a", "evidencia"])
def test_a15_a_record_of_another_shape_is_refused(clave: str) -> None:
    datos = Transicion(difusor="uno", instante=AHORA, hecho=SI, de=Vigilancia(), a=Vigilancia()).datos()

    with pytest.raises(ErrorDeConfianza):
        leer_transicion("uno", AHORA, datos | {clave: 5})
