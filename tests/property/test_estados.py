"""The three-period rule against an oracle that shares nothing with the table (H8)."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pregon.origin.estados import leer_y_plegar, lista, plegar
from pregon.paquete.bitacora import Asiento, encadenar
from pregon.paquete.difusores import (
    ACTO_TRANSICION,
    SIN_ENLACE,
    Difusor,
    Estado,
    Hecho,
    Suceso,
    Transicion,
    Veredicto,
    Vigilancia,
    siguiente,
)
from pregon.storage.bitacora import Bitacora

INICIO = datetime(2026, 6, 8, tzinfo=UTC)
UNO = Difusor(id="uno", nombre="Uno", url="https://uno.mx", transporte="local", destino="/b")
DOS = Difusor(id="dos", nombre="Dos", url="https://dos.mx", transporte="local", destino="/c")
LETRAS = {"S": Veredicto.CUMPLIDO, "N": Veredicto.FALTADO, "v": Veredicto.NULO}


def oraculo(secuencia: str) -> bool:
    """Say whether the rule suspends: «NNN» once the void periods are struck out."""
    return "NNN" in secuencia.replace("v", "")


def suspende(secuencia: str, *, portal: bool = False) -> bool:
    vigilancia = Vigilancia()
    for letra in secuencia:
        vigilancia = siguiente(vigilancia, LETRAS[letra], instante=INICIO, portal=portal)
    return vigilancia.estado is Estado.SUSPENDIDO


def con_nulos(secuencia: str) -> list[str]:
    """Return the sequence with one void period at each place, and with one at every place."""
    uno = [secuencia[:i] + "v" + secuencia[i:] for i in range(len(secuencia) + 1)]
    return [secuencia, *uno, "v".join(["", *secuencia, ""])]


def test_h8_all_sequences_of_eight_periods_agree_with_the_oracle() -> None:
    casos = [v for s in map("".join, itertools.product("SN", repeat=8)) for v in con_nulos(s)]

    assert len(casos) == 256 * 11
    assert [c for c in casos if suspende(c) != oraculo(c)] == []


def test_h8_all_sequences_of_seven_over_the_three_verdicts() -> None:
    casos = ["".join(s) for s in itertools.product("SNv", repeat=7)]

    assert [c for c in casos if suspende(c) != oraculo(c)] == []


def test_h8_suspension_comes_at_the_third_miss_and_never_before() -> None:
    for secuencia in map("".join, itertools.product("SN", repeat=8)):
        primera = next((i for i in range(9) if suspende(secuencia[:i])), None)
        esperada = secuencia.find("NNN")
        assert primera == (esperada + 3 if esperada >= 0 else None)


def test_h8_no_sequence_suspends_the_portal() -> None:
    assert not any(suspende("".join(s), portal=True) for s in itertools.product("SNv", repeat=7))


@given(st.lists(st.sampled_from([*Veredicto, *Suceso]), max_size=30))
def test_h8_no_flapping_a_link_returns_only_after_two_met_periods(hechos: list[Hecho]) -> None:
    vigilancia, cumplidos = Vigilancia(), 0
    for hecho in hechos:
        nueva = siguiente(vigilancia, hecho, instante=INICIO, rastreo=True)
        cumplidos = cumplidos + 1 if hecho is Veredicto.CUMPLIDO else cumplidos
        if vigilancia.estado is Estado.RECONEXION and nueva.estado is Estado.ACTIVO:
            assert cumplidos >= 2
        if nueva.estado is not vigilancia.estado:
            assert vigilancia.estado is not Estado.CERRADO
            assert not (vigilancia.estado is Estado.SUSPENDIDO and nueva.estado is Estado.ACTIVO)
            cumplidos = 0
        vigilancia = nueva


def registrar(hechos: list[Hecho], *, objeto: str = "uno", desde: int = 0) -> list[Asiento]:
    """Write facts as a monitor that knows nothing of acts would, ten minutes apart."""
    asientos: list[Asiento] = []
    vigilancia = Vigilancia()
    for i, hecho in enumerate(hechos):
        instante = INICIO + timedelta(minutes=10 * (i + desde))
        a = siguiente(vigilancia, hecho, instante=instante, rastreo=True)
        transicion = Transicion(
            difusor=objeto, instante=instante, hecho=hecho, de=vigilancia, a=a, rastreo=True
        )
        vigilancia = a
        asientos.append(
            encadenar(
                asientos[-1] if asientos else None,
                instante=instante,
                actor="vigilancia",
                acto=ACTO_TRANSICION,
                objeto=objeto,
                datos=transicion.datos(),
            )
        )
    return asientos


def acto(suceso: Suceso, minuto: float) -> Asiento:
    return encadenar(
        None,
        instante=INICIO + timedelta(minutes=minuto),
        actor="ana",
        acto=suceso.value,
        objeto="uno",
        datos={"motivo": "prueba"},
    )


@given(st.lists(st.sampled_from([*Veredicto, Suceso.RESPUESTA]), max_size=20))
def test_the_fold_of_transitions_is_what_the_monitor_believed(hechos: list[Hecho]) -> None:
    transiciones = registrar(hechos)

    vigilancia = plegar([UNO, DOS], transiciones, [])["uno"]

    esperada = Vigilancia()
    for asiento, hecho in zip(transiciones, hechos, strict=True):
        esperada = siguiente(esperada, hecho, instante=asiento.instante, rastreo=True)
    assert (vigilancia.estado, vigilancia.faltas, vigilancia.desde) == (
        esperada.estado,
        esperada.faltas,
        esperada.desde,
    )


def test_an_act_that_the_monitor_had_not_seen_keeps_its_effect() -> None:
    transiciones = registrar([Veredicto.FALTADO, Veredicto.CUMPLIDO])

    estados = plegar([UNO], transiciones, [acto(Suceso.SUSPENDER, 5)])

    assert estados["uno"].estado is Estado.SUSPENDIDO
    assert estados["uno"].asiento == 2


def test_an_operator_lets_a_difusor_return() -> None:
    transiciones = registrar([Veredicto.CUMPLIDO] * 2, desde=2)

    actos = [acto(Suceso.SUSPENDER, 5), acto(Suceso.RECONECTAR, 15)]

    assert plegar([UNO], transiciones[:1], actos)["uno"].estado is Estado.RECONEXION
    assert plegar([UNO], transiciones, actos)["uno"].estado is Estado.ACTIVO


def test_records_of_strangers_are_left_aside() -> None:
    assert plegar([DOS], registrar([Veredicto.FALTADO]), []) == {"dos": Vigilancia()}


@given(st.lists(st.sampled_from([*Veredicto, Suceso.RESPUESTA]), max_size=12))
def test_a21_a_suspended_difusor_has_no_link_in_the_list(hechos: list[Hecho]) -> None:
    estados = plegar([UNO, DOS], registrar(hechos), [])

    uno, dos = lista("simulacro-x", [UNO, DOS], estados, instante=INICIO).difusores

    assert (uno.url is None) == (estados["uno"].estado in SIN_ENLACE)
    assert dos.url == DOS.url


def test_the_books_are_read_from_disk_and_may_be_missing(tmp_path: Path) -> None:
    libro = tmp_path / "actos.jsonl"
    Bitacora(libro, "ana").append(INICIO, Suceso.SUSPENDER.value, "uno", {"motivo": "prueba"})

    estados = leer_y_plegar([UNO], transiciones=tmp_path / "nada.jsonl", actos=libro)

    assert estados["uno"].estado is Estado.SUSPENDIDO
