from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pregon.node.portada import Portada, portada
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import Manifest

PUBLICADO = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
CORTE = Manifest(
    rol="oficial",
    numero=5,
    instante=PUBLICADO,
    publicado=PUBLICADO,
    no_antes_de=PUBLICADO,
    periodo=600,
    ultimo=False,
    catalogo="0" * 64,
    huella=None,
    anterior=None,
    bitacora=None,
    archivos=(),
)


def elegir(
    periodos: float, *, corte: Manifest | None = CORTE, estado: Estado | None = None, callado: float = 0.1
) -> Portada:
    """Choose at an age in periods, the last heartbeat `callado` periods ago."""
    ahora = PUBLICADO + periodos * timedelta(seconds=600)
    return portada(corte, estado=estado, latido=ahora - callado * timedelta(seconds=600), ahora=ahora)


@pytest.mark.parametrize(
    ("periodos", "esperada"),
    [
        (0, Portada.CORTE),
        (1.49, Portada.CORTE),
        (1.5, Portada.DEMORADA),
        (2.99, Portada.DEMORADA),
        (3, Portada.SIN_ACTUALIZACION),
        (300, Portada.SIN_ACTUALIZACION),
    ],
)
def test_a3_an_old_copy_says_so_by_its_age(periodos: float, esperada: Portada) -> None:
    assert elegir(periodos) is esperada


def test_g9_three_periods_without_a_heartbeat_are_an_interruption() -> None:
    assert elegir(3, callado=2.9) is Portada.SIN_ACTUALIZACION
    assert elegir(3, callado=3) is Portada.INTERRUMPIDA


def test_silence_without_age_is_no_interruption() -> None:
    assert elegir(0.5, callado=9) is Portada.CORTE


def test_a_node_that_never_saw_a_heartbeat_is_interrupted_by_age() -> None:
    ahora = PUBLICADO + timedelta(hours=1)
    assert portada(CORTE, estado=None, latido=None, ahora=ahora) is Portada.INTERRUMPIDA


@pytest.mark.parametrize("estado", [Estado.SUSPENDIDO, Estado.RECONEXION])
@pytest.mark.parametrize("periodos", [0, 2, 99])
def test_g9_suspended_and_returning_show_the_notice_whatever_the_age(estado: Estado, periodos: int) -> None:
    assert elegir(periodos, estado=estado) is Portada.AVISO


@pytest.mark.parametrize("estado", [None, Estado.ACTIVO, Estado.DEMORADO, Estado.CERRADO])
def test_other_states_show_the_corte(estado: Estado | None) -> None:
    assert elegir(0, estado=estado) is Portada.CORTE


def test_g8_the_last_corte_never_ages() -> None:
    assert elegir(1000, corte=replace(CORTE, ultimo=True), callado=1000) is Portada.CORTE


def test_before_opening_nothing_ages() -> None:
    assert elegir(50, corte=replace(CORTE, numero=0, instante=None), callado=50) is Portada.CORTE


def test_e1_a_clock_behind_shows_the_corte() -> None:
    assert elegir(-6) is Portada.CORTE


def test_without_a_paquete_there_is_no_entry_page() -> None:
    assert elegir(0, corte=None) is Portada.NINGUNA
