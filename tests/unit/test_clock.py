"""The one clock: a stop that comes at any moment ends every wait."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

import pytest

from pregon.clock import SystemClock


@pytest.fixture
def alarma() -> Iterator[None]:
    previo = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previo)


def test_a_wait_that_nobody_ends_lasts_as_long_as_asked() -> None:
    inicio = time.monotonic()

    assert SystemClock().sleep(0.05)
    assert 0.045 <= time.monotonic() - inicio < 2


def test_a_stop_ends_present_and_future_waits_in_every_thread() -> None:
    clock = SystemClock()
    terminados: list[bool] = []
    hilos = [threading.Thread(target=lambda: terminados.append(clock.sleep(30))) for _ in range(3)]
    for hilo in hilos:
        hilo.start()

    clock.stop()
    clock.stop()

    for hilo in hilos:
        hilo.join(5)
    assert terminados == [False, False, False]
    assert not clock.sleep(30)


@pytest.mark.usefixtures("alarma")
def test_a_stop_from_a_signal_handler_is_never_lost() -> None:
    azar = random.Random(7)
    clock = SystemClock()

    def parar(_senal: int, _marco: FrameType | None) -> None:
        clock.stop()

    signal.signal(signal.SIGALRM, parar)
    for _ in range(1500):
        clock = SystemClock()
        signal.setitimer(signal.ITIMER_REAL, azar.uniform(1e-6, 4e-4))
        while clock.sleep(azar.uniform(0, 2e-4)):
            pass
