from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.memoria.figuras import Figuras, figuras
from pregon.memoria.registros import Peticion

ZONA = ZoneInfo("America/Monterrey")
INICIO = int(datetime(2026, 6, 8, 0, 30, tzinfo=UTC).timestamp())
"""18:30 in Saltillo."""


def _peticion(
    minuto: float = 0,
    *,
    direccion: str = "192.0.2.1",
    agente: str = "Mozilla",
    ruta: str = "/",
    metodo: str = "GET",
    estado: int = 200,
) -> Peticion:
    return Peticion(INICIO + int(minuto * 60), direccion, agente, metodo, ruta, estado, 10)


def _figuras(*peticiones: Peticion, dias: frozenset[date] | None = None) -> Figuras:
    return figuras(peticiones, zona=ZONA, dias=dias)


@pytest.mark.parametrize(
    ("ruta", "metodo", "estado", "paginas"),
    [
        ("/", "GET", 200, 1),
        ("/", "GET", 304, 1),
        ("/diputaciones/1.html?x=1", "GET", 200, 1),
        ("/c/3/INDEX.HTM", "GET", 200, 1),
        ("/a.html", "GET", 404, 0),
        ("/a.html", "HEAD", 200, 0),
        ("/recursos/a.css", "GET", 200, 0),
        ("/datos.zip?pagina=a.html", "GET", 200, 0),
        ("", "", 400, 0),
    ],
)
def test_r136_a_page_is_a_delivered_or_confirmed_html_document(
    ruta: str, metodo: str, estado: int, paginas: int
) -> None:
    cifras = _figuras(_peticion(ruta=ruta, metodo=metodo, estado=estado))

    assert (cifras.hits, cifras.paginas) == (1, paginas)


@pytest.mark.parametrize(
    ("minutos", "visitas"),
    [
        ([0], 1),
        ([0, 29.9], 1),
        ([0, 30], 2),
        ([0, 29, 58, 87], 1),
        ([0, 40, 80], 3),
        ([0, 40, 20], 1),
        ([80, 40, 0, 60, 20], 1),
    ],
)
def test_r136_a_visit_ends_after_thirty_minutes_of_pause(minutos: list[float], visitas: int) -> None:
    assert _figuras(*map(_peticion, minutos)).visitas == visitas


def test_r136_another_address_or_agent_is_another_user_and_visit() -> None:
    cifras = _figuras(_peticion(), _peticion(direccion="192.0.2.2"), _peticion(agente="Otro"), _peticion(1))

    assert (cifras.hits, cifras.visitas, cifras.usuarios) == (4, 3, 3)


def test_users_are_counted_anew_each_local_day_but_a_visit_across_midnight_is_one() -> None:
    antes, despues = 5 * 60 + 20, 5 * 60 + 40  # 23:50 and 00:10 in Saltillo

    cifras = _figuras(_peticion(antes), _peticion(despues))

    assert [(d.dia.day, d.usuarios, d.visitas) for d in cifras.dias] == [(7, 1, 1), (8, 1, 0)]
    assert (cifras.usuarios, cifras.visitas) == (2, 1)


def test_hours_are_official_local_ones() -> None:
    cifras = _figuras(_peticion(0), _peticion(29.5), _peticion(30))

    assert [(h.inicio.isoformat(), h.hits) for h in cifras.horas] == [
        ("2026-06-07T18:00:00-06:00", 2),
        ("2026-06-07T19:00:00-06:00", 1),
    ]


def test_an_hour_of_a_half_hour_zone_begins_at_its_own_hour() -> None:
    cifras = figuras([_peticion()], zona=ZoneInfo("Asia/Kolkata"))

    assert cifras.horas[0].inicio.isoformat() == "2026-06-08T06:00:00+05:30"


def test_the_probes_of_the_institute_enter_no_figure_but_are_told() -> None:
    cifras = _figuras(_peticion(agente="Pregon-Vigilancia/0.1 (+https://ip.example)"), _peticion())

    assert (cifras.sondeos, cifras.hits, cifras.visitas, cifras.bytes) == (1, 1, 1, 10)


def test_h5_probes_that_come_as_any_reader_are_known_by_their_addresses() -> None:
    redes = [ip_network("203.0.113.0/24"), ip_network("2001:db8:1::/48")]
    direcciones = ("203.0.113.9", "2001:db8:1::5", "192.0.2.1", "2001:db8:2::5", "tapada", "-")

    cifras = figuras([_peticion(direccion=d) for d in direcciones], zona=ZONA, vigilancia=redes)

    assert (cifras.sondeos, cifras.hits) == (2, 4)


def test_other_days_are_left_out_and_told() -> None:
    cifras = _figuras(_peticion(), _peticion(24 * 60), dias=frozenset({date(2026, 6, 7)}))

    assert (cifras.hits, cifras.otros_dias) == (1, 1)


def test_no_request_at_all_is_legal() -> None:
    cifras = _figuras()

    assert (cifras.hits, cifras.duracion_horas, cifras.duracion_dias, cifras.primera) == (0, 0, 0, None)


def test_the_duration_counts_quiet_hours_and_days() -> None:
    cifras = _figuras(_peticion(0), _peticion(24 * 60))

    assert (cifras.duracion_horas, cifras.duracion_dias) == (25, 2)


PETICIONES = st.lists(
    st.builds(
        _peticion,
        st.integers(0, 3000),
        direccion=st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        agente=st.sampled_from(["Mozilla", "Pregon-Vigilancia/1", ""]),
        ruta=st.sampled_from(["/", "/a.css"]),
        estado=st.sampled_from([200, 304, 404]),
    ),
    max_size=30,
)


@given(peticiones=PETICIONES, azar=st.randoms(use_true_random=False))
def test_k1_the_order_of_requests_does_not_matter(peticiones: list[Peticion], azar: Random) -> None:
    revueltas = azar.sample(peticiones, len(peticiones))

    assert _figuras(*revueltas) == _figuras(*peticiones)


@given(peticiones=PETICIONES)
def test_every_request_is_in_one_place_and_parts_sum_to_the_whole(peticiones: list[Peticion]) -> None:
    cifras = _figuras(*peticiones, dias=frozenset({date(2026, 6, 7), date(2026, 6, 8)}))

    assert cifras.hits + cifras.sondeos + cifras.otros_dias == len(peticiones)
    assert cifras.hits == sum(h.hits for h in cifras.horas) == sum(n for _, n in cifras.estados)
    assert cifras.visitas == sum(h.visitas for h in cifras.horas)
    assert cifras.visitas <= cifras.hits
    assert all(d.visitas <= d.hits and d.usuarios <= d.hits for d in cifras.dias)


@given(minutos=st.lists(st.integers(0, 600), min_size=1, max_size=30))
def test_visits_equal_the_sorted_definition(minutos: list[int]) -> None:
    instantes = sorted(timedelta(minutes=m) for m in minutos)
    pausas = sum(b - a >= timedelta(minutes=30) for a, b in pairwise(instantes))

    assert _figuras(*map(_peticion, minutos)).visitas == 1 + pausas
