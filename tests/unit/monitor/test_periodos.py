"""The verdict of a period."""

from datetime import UTC, datetime, timedelta

import pytest

from pregon.monitor.periodos import Nulo, Periodo, Visto, juzgar, periodo_de, vuelve_a_responder
from pregon.paquete.difusores import Causa, Difusor, Estado, Veredicto, Vigilancia
from pregon.paquete.manifest import Manifest

APERTURA = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
DIEZ = timedelta(minutes=10)
PERIODO = Periodo(corte=5, inicio=APERTURA + 4 * DIEZ, plazo=APERTURA + 5 * DIEZ, a_tiempo=True, ultimo=False)
PORTAL = Difusor(
    id="portal", nombre="Portal", url="https://p.mx", transporte="local", destino="/p", portal=True
)
UNO, DOS, TRES = (
    Difusor(id=i, nombre=i, url=f"https://{i}.mx", transporte="local", destino=f"/{i}")
    for i in ("uno", "dos", "tres")
)
TODOS = [PORTAL, UNO, DOS, TRES]


def visto(corte: int | None, minuto: float = 6, *, segundos: float = 1, completo: bool = True) -> Visto:
    inicio = PERIODO.inicio + timedelta(minutes=minuto)
    return Visto(
        inicio=inicio,
        fin=inicio + timedelta(seconds=segundos),
        corte=corte,
        respondio=corte is not None,
        completo=completo,
    )


def veredictos(
    vistos: dict[str, list[Visto]],
    *,
    periodo: Periodo = PERIODO,
    vigilancias: dict[str, Vigilancia] | None = None,
) -> tuple[Nulo | None, str]:
    """Return the cause of nullity and one letter per difusor: C, F, N, or - when it is not judged."""
    estados = {d.id: Vigilancia() for d in TODOS} | (vigilancias or {})
    bien = {d.id: [visto(5)] for d in TODOS}
    juicio = juzgar(periodo, TODOS, estados, bien | vistos)
    letras = [v.value[0].upper() if (v := juicio.veredictos.get(d.id)) else "-" for d in TODOS]
    return juicio.nulo, "".join(letras)


def manifest(numero: int, *, tarde: float = 0, ultimo: bool = False) -> Manifest:
    return Manifest(
        rol="simulacro-x",
        numero=numero,
        instante=APERTURA if numero else None,
        publicado=APERTURA + (numero - 1) * DIEZ + timedelta(seconds=tarde),
        no_antes_de=APERTURA,
        periodo=600.0,
        ultimo=ultimo,
        catalogo="0" * 64,
        huella=None,
        anterior=None,
        bitacora=None,
        archivos=(),
    )


def test_one_probe_that_saw_the_corte_is_enough() -> None:
    assert veredictos({"uno": [visto(None), visto(4), visto(5, 9.9), visto(None, 9.95)]}) == (None, "CCCC")


def test_h6_a_stale_portal_that_answers_200_has_missed() -> None:
    assert veredictos({"uno": [visto(4, m) for m in range(10)]}) == (None, "CFCC")


def test_a3_a_frozen_difusor_is_flagged_at_the_deadline_of_the_period() -> None:
    assert veredictos({"uno": [visto(4)], "dos": [visto(6)]}) == (None, "CFCC")


@pytest.mark.parametrize(("minuto", "letra"), [(10, "C"), (10.01, "F")])
def test_what_is_seen_after_the_deadline_is_late(minuto: float, letra: str) -> None:
    assert veredictos({"uno": [visto(4), visto(5, minuto)]})[1][1] == letra


def test_a_probe_that_began_before_the_publication_counts_if_it_saw_the_corte() -> None:
    assert veredictos({"uno": [visto(5, -0.5, segundos=60)]})[1] == "CCCC"


def test_h7_more_than_half_at_once_is_our_own_failure() -> None:
    mal = [visto(None)]

    assert veredictos({"uno": mal, "dos": mal, "tres": mal}) == (Nulo.MAYORIA, "NNNN")
    assert veredictos({"uno": mal, "dos": mal}) == (None, "CFFC")


def test_h7_our_own_canary_voids_the_period_and_keeps_its_miss() -> None:
    assert veredictos({"portal": [visto(None)], "uno": [visto(None)]}) == (Nulo.PORTAL, "FNNN")


def test_h7_a_period_without_probes_is_void() -> None:
    assert veredictos({d.id: [] for d in TODOS}) == (Nulo.SIN_OBSERVAR, "NNNN")
    assert veredictos({"uno": []}) == (None, "CNCC")


def test_h7_a_monitor_that_died_after_its_first_look_accuses_nobody() -> None:
    assert veredictos({"uno": [visto(4, 0.1)]}) == (None, "CNCC")
    assert veredictos({"uno": [visto(5, 0.1)]}) == (None, "CCCC")


def test_c7_a_late_corte_is_void_for_all() -> None:
    tarde = periodo_de(manifest(5, tarde=400))

    assert tarde is not None
    assert veredictos({"uno": [visto(None)]}, periodo=tarde) == (Nulo.TARDE, "NNNN")


def test_c7_what_was_named_in_time_and_published_late_is_late() -> None:
    a_tiempo, tarde = (periodo_de(manifest(5), visto=PERIODO.inicio + timedelta(minutes=m)) for m in (4, 6))

    assert a_tiempo is not None
    assert tarde is not None
    assert (a_tiempo.a_tiempo, tarde.a_tiempo) == (True, False)


def test_the_deadline_is_the_instant_of_the_next_corte() -> None:
    periodo = periodo_de(manifest(5, tarde=2))

    assert periodo is not None
    assert periodo.a_tiempo
    assert periodo.plazo == APERTURA + 5 * DIEZ + timedelta(seconds=2)


def test_before_the_opening_there_is_no_verdict() -> None:
    assert periodo_de(manifest(0)) is None


def test_after_the_last_corte_each_period_follows_the_one_before() -> None:
    segunda = periodo_de(manifest(5, ultimo=True), vuelta=2)

    assert segunda is not None
    assert (segunda.inicio, segunda.plazo) == (APERTURA + 5 * DIEZ, APERTURA + 6 * DIEZ)


@pytest.mark.parametrize("estado", [Estado.SUSPENDIDO, Estado.CERRADO])
def test_suspended_and_closed_ones_are_not_judged(estado: Estado) -> None:
    assert veredictos({"uno": [visto(None)]}, vigilancias={"uno": Vigilancia(estado=estado)})[1] == "C-CC"


def test_h7_the_suspended_do_not_make_a_majority() -> None:
    suspendido = Vigilancia(estado=Estado.SUSPENDIDO, causa=Causa.PERIODOS)
    mal = [visto(None)]

    nulo, letras = veredictos(
        {"uno": mal, "dos": mal, "tres": mal}, vigilancias={"uno": suspendido, "dos": suspendido}
    )

    assert (nulo, letras) == (None, "C--F")


@pytest.mark.parametrize(("minuto", "letra"), [(0, "F"), (4, "N")])
def test_g9_a_return_that_began_in_the_middle_of_a_period_is_not_charged_with_it(
    minuto: float, letra: str
) -> None:
    regreso = Vigilancia(estado=Estado.RECONEXION, desde=PERIODO.inicio + timedelta(minutes=minuto))

    assert veredictos({"uno": [visto(4)]}, vigilancias={"uno": regreso})[1] == f"C{letra}CC"


def test_g9_only_a_met_period_with_every_file_seen_counts_as_crawled() -> None:
    vistos = {"uno": [visto(5, completo=False)], "dos": [visto(4)], "tres": [visto(5)], "portal": [visto(5)]}

    juicio = juzgar(PERIODO, TODOS, {d.id: Vigilancia() for d in TODOS}, vistos)

    assert juicio.veredictos["dos"] is Veredicto.FALTADO
    assert juicio.rastreados == {"tres", "portal"}


def suspendido(causa: Causa = Causa.PERIODOS) -> Vigilancia:
    return Vigilancia(estado=Estado.SUSPENDIDO, causa=causa, desde=PERIODO.inicio)


def test_g9_a_suspended_difusor_that_was_silent_answers_again() -> None:
    assert vuelve_a_responder(suspendido(), [visto(None, 1), visto(2, 2)], DIEZ)
    assert not vuelve_a_responder(suspendido(), [visto(None, 1), visto(None, 2)], DIEZ)


def test_g9_one_that_went_on_answering_is_let_try_once_per_period() -> None:
    assert not vuelve_a_responder(suspendido(), [visto(4, 1), visto(4, 9)], DIEZ)
    assert vuelve_a_responder(suspendido(), [visto(4, 9), visto(4, 10)], DIEZ)


@pytest.mark.parametrize("causa", [Causa.OPERADOR, Causa.ALTERADO])
def test_g9_what_a_person_suspended_does_not_return_by_answering(causa: Causa) -> None:
    assert not vuelve_a_responder(suspendido(causa), [visto(None, 1), visto(5, 30)], DIEZ)
