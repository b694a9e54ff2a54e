"""The fan-out: one worker per difusor, the latest delivery wins, a hung one delays nobody."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.errors import ErrorDeRed
from pregon.origin.entrega import Entrega, Intento, Plazos, Reparto
from pregon.paquete.recibo import Recibo
from pregon.transport.sender import Acuse, Pieza

PLAZOS = Plazos(envio=0.5, espera=0.01, espera_maxima=0.05)


class SinRecibo:
    async def recibo(self) -> Recibo | None:
        return None


class Anota(SinRecibo):
    """A difusor that takes everything, after failing, or hanging, as often as it is told to."""

    def __init__(self, *, fallas: int = 0, cuelga: bool = False, tarda: float = 0.0) -> None:
        self.recibido: list[tuple[Pieza, ...]] = []
        self._fallas, self._cuelga, self._tarda = fallas, cuelga, tarda

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        if self._cuelga:
            await asyncio.sleep(3600)
        await asyncio.sleep(self._tarda)
        if self._fallas:
            self._fallas -= 1
            raise ErrorDeRed("sin conexión")
        self.recibido.append(tuple(piezas))
        return Acuse(enviados=len(piezas), omitidos=0, bytes=0)


def entrega(version: int) -> Entrega:
    pieza = Pieza(ruta=f"objetos/{version}", origen=Path("/nada"), inmutable=True)
    return Entrega(corte=version, version=version, piezas=(pieza,))


def espera_version(intentos: Sequence[Intento], difusor: str, version: int) -> None:
    entregado = (difusor, version, None)
    espera(lambda: any((i.difusor, i.version, i.error) == entregado for i in tuple(intentos)))


def espera(condicion: Callable[[], bool]) -> None:
    limite = time.monotonic() + 5
    while not condicion():
        assert time.monotonic() < limite
        time.sleep(0.005)


@pytest.fixture
def intentos() -> list[Intento]:
    return []


def test_d14_a_hung_difusor_delays_nobody_and_meets_its_deadline(
    intentos: list[Intento],
) -> None:
    sano = Anota()
    with Reparto(
        {"colgado": Anota(cuelga=True), "sano": sano}, al_terminar=intentos.append, plazos=PLAZOS
    ) as reparto:
        for version in (1, 2, 3):
            reparto.anunciar(entrega(version), ["colgado", "sano"])
            espera_version(intentos, "sano", version)
        time.sleep(0.6)

    assert [i.version for i in intentos if i.difusor == "sano"] == [1, 2, 3]
    assert any(i.error == "no terminó en 0.5 s" for i in intentos if i.difusor == "colgado")


def test_the_latest_delivery_wins(intentos: list[Intento]) -> None:
    lento = Anota(tarda=0.2)
    with Reparto({"d": lento}, al_terminar=intentos.append, plazos=PLAZOS) as reparto:
        for version in range(1, 6):
            reparto.anunciar(entrega(version), ["d"])
            time.sleep(0.02)
        espera_version(intentos, "d", 5)

    assert len(lento.recibido) < 5
    assert lento.recibido[-1][0].ruta == "objetos/5"


def test_a_failed_attempt_is_tried_again_until_it_succeeds(
    intentos: list[Intento],
) -> None:
    with Reparto({"d": Anota(fallas=3)}, al_terminar=intentos.append, plazos=PLAZOS) as reparto:
        reparto.anunciar(entrega(1), ["d"])
        espera_version(intentos, "d", 1)

    assert [i.error for i in intentos] == ["sin conexión"] * 3 + [None]


def test_what_was_announced_before_the_start_is_delivered(
    intentos: list[Intento],
) -> None:
    reparto = Reparto({"d": Anota()}, al_terminar=intentos.append, plazos=PLAZOS)
    reparto.anunciar(entrega(7), ["d"])

    with reparto:
        espera_version(intentos, "d", 7)


def test_leaving_ends_the_workers_in_the_middle_of_a_delivery(
    intentos: list[Intento],
) -> None:
    inicio = time.monotonic()
    plazos = Plazos(envio=60)
    with Reparto({"d": Anota(cuelga=True)}, al_terminar=intentos.append, plazos=plazos) as reparto:
        reparto.anunciar(entrega(1), ["d"])
        time.sleep(0.05)

    assert time.monotonic() - inicio < 5


class Revienta(SinRecibo):
    """A way to deliver with a fault of its own the first time."""

    def __init__(self) -> None:
        self.veces = 0

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        self.veces += 1
        if self.veces == 1:
            raise ValueError("una falla que nadie previó")
        return Acuse(enviados=len(piezas), omitidos=0, bytes=0)


def test_an_unforeseen_fault_of_a_sender_does_not_end_its_worker(
    intentos: list[Intento],
) -> None:
    with Reparto({"d": Revienta()}, al_terminar=intentos.append, plazos=PLAZOS) as reparto:
        reparto.anunciar(entrega(1), ["d"])
        espera_version(intentos, "d", 1)

    assert intentos[0].error == "una falla que nadie previó"


def test_something_newer_ends_the_pause_after_a_failure(intentos: list[Intento]) -> None:
    plazos = Plazos(espera=1e6, espera_maxima=1e6)
    with Reparto({"d": Anota(fallas=1)}, al_terminar=intentos.append, plazos=plazos) as reparto:
        reparto.anunciar(entrega(1), ["d"])
        espera(lambda: len(intentos) == 1)
        reparto.anunciar(entrega(2), ["d"])
        espera_version(intentos, "d", 2)


class Bloquea(SinRecibo):
    """A way to deliver that waits in a thread, as a hung disk makes it wait."""

    def __init__(self) -> None:
        self.soltar = threading.Event()

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        await asyncio.to_thread(self.soltar.wait, 20)
        return Acuse(enviados=len(piezas), omitidos=0, bytes=0)


def test_d14_many_blocked_senders_leave_a_thread_for_the_others(
    intentos: list[Intento],
) -> None:
    bloqueados = {f"b{i}": Bloquea() for i in range(40)}
    hilo = Local()
    with Reparto({**bloqueados, "sano": hilo}, al_terminar=intentos.append) as reparto:
        reparto.anunciar(entrega(1), [*bloqueados, "sano"])
        espera_version(intentos, "sano", 1)
        for uno in bloqueados.values():
            uno.soltar.set()


class Local(SinRecibo):
    """A way to deliver that needs a thread."""

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        enviados = await asyncio.to_thread(len, piezas)
        return Acuse(enviados=enviados, omitidos=0, bytes=0)


class ConRecibo(Anota):
    """A difusor whose node says what it has."""

    def __init__(self, recibo: Recibo | None) -> None:
        super().__init__()
        self.dice = recibo

    async def recibo(self) -> Recibo | None:
        return self.dice


def recibo(
    manifest: str | None, *, nodo: str = "d", corte: int | None = None, entero: bool = False
) -> Recibo:
    return Recibo(
        nodo=nodo,
        rol="oficial",
        corte=corte,
        manifest=manifest,
        activado=None,
        emitido=datetime(2026, 6, 8, tzinfo=UTC),
        entero=entero,
    )


def con_atajos(version: int) -> Entrega:
    def pieza(ruta: str) -> tuple[Pieza]:
        return (Pieza(ruta=ruta, origen=Path("/nada"), inmutable=True),)

    atajos: dict[str | None, tuple[Pieza, ...]] = {None: pieza("completo"), "a" * 64: pieza("desde-a")}
    return Entrega(corte=version, version=version, piezas=pieza("todo"), atajos=atajos)


def entregado(difusor: ConRecibo, *entregas: Entrega) -> list[str]:
    """Return what each delivery in turn consisted of."""
    hechos: list[Intento] = []
    with Reparto({"d": difusor}, al_terminar=hechos.append, plazos=PLAZOS) as reparto:
        for una in entregas:
            reparto.anunciar(una, ["d"])
            espera_version(hechos, "d", una.version)
    return [piezas[0].ruta for piezas in difusor.recibido]


@pytest.mark.parametrize(
    ("dice", "debido"),
    [
        (recibo("a" * 64), "desde-a"),
        (recibo("f" * 64), "completo"),
        (recibo(None), "completo"),
        (recibo("a" * 64, entero=True), "todo"),
        (recibo("a" * 64, nodo="otro"), "todo"),
        (None, "todo"),
    ],
)
def test_the_receipt_says_what_is_enough(dice: Recibo | None, debido: str) -> None:
    assert entregado(ConRecibo(dice), con_atajos(1)) == [debido]


def test_a_receipt_that_stands_still_is_believed_for_one_corte_only() -> None:
    """Otherwise one that its node cannot renew would hold it at an old corte for ever."""
    quieto = ConRecibo(recibo("a" * 64))
    mismo_corte = replace(con_atajos(1), version=2)
    assert entregado(quieto, con_atajos(1), mismo_corte, replace(con_atajos(2), version=3)) == [
        "desde-a",
        "desde-a",
        "todo",
    ]


def test_heartbeats_of_a_corte_that_the_node_has_do_not_spend_its_receipt() -> None:
    """It writes one a period: the one that two heartbeats read is still good for the next corte's delta."""
    difusor = ConRecibo(recibo("f" * 64, corte=0))
    hechos: list[Intento] = []
    with Reparto({"d": difusor}, al_terminar=hechos.append, plazos=PLAZOS) as reparto:
        reparto.anunciar(con_atajos(1), ["d"])
        espera_version(hechos, "d", 1)
        difusor.dice = recibo("a" * 64, corte=1)
        for version, corte in ((2, 1), (3, 1), (4, 2), (5, 3)):
            reparto.anunciar(replace(con_atajos(corte), version=version), ["d"])
            espera_version(hechos, "d", version)
    # To the third corte it stood still while the second one was delivered.
    assert [p[0].ruta for p in difusor.recibido] == ["completo", "desde-a", "desde-a", "desde-a", "todo"]
