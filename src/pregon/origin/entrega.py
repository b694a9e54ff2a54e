"""The fan-out: every difusor gets the newest delivery, and a hung one never delays another (D2, D14).

One of the two rooms where waiting on many peers is the work, so asyncio lives here, in a thread of its
own (architecture.md); the night's loop announces and goes on. Each difusor has one worker: the latest
announcement wins, every attempt has its deadline, and a failed one is tried again with full jitter until
it succeeds, or at once when something newer comes. What happened is handed back as `Intento`, one per
attempt. The node's receipt chooses between everything and a delta: one that lies harms only its node, and
one that stands still while cortes are delivered is believed no more.
"""

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

from pregon.errors import ErrorDeRed
from pregon.paquete.recibo import Recibo
from pregon.transport.sender import Acuse, Pieza, Sender

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plazos:
    """Bounds of delivery, in seconds."""

    envio: float = 120.0
    """Total deadline of one attempt."""
    espera: float = 0.5
    """First pause after a failure; it doubles up to `espera_maxima`, each drawn at random (full jitter)."""
    espera_maxima: float = 30.0
    simultaneos: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrega:
    """What is due at the difusores: the corte it carries and its pieces in safe order."""

    corte: int
    version: int
    """Grows with every announcement, so that an attempt says which one it delivered."""
    piezas: tuple[Pieza, ...]
    """Everything: enough for whoever has nothing."""
    atajos: Mapping[str | None, tuple[Pieza, ...]] = field(default_factory=dict)
    """What is enough for who has an earlier corte, by the SHA-256 of its manifest; None: any other one."""

    def para(self, recibo: Recibo | None) -> tuple[Pieza, ...]:
        """Return the pieces due to a node by its receipt; without one, or if it asks so, everything."""
        if recibo is None or recibo.entero:
            return self.piezas
        return self.atajos.get(recibo.manifest) or self.atajos.get(None) or self.piezas


@dataclass(frozen=True, slots=True, kw_only=True)
class Intento:
    """One attempt: evidence of effort, never a state."""

    difusor: str
    corte: int
    version: int
    segundos: float
    acuse: Acuse | None
    error: str | None


class Reparto:
    """The workers of all difusores, in one thread. Use as a context manager; leaving it ends them."""

    def __init__(
        self,
        senders: Mapping[str, Sender],
        *,
        al_terminar: Callable[[Intento], None],
        plazos: Plazos | None = None,
    ) -> None:
        """`al_terminar` is called in the delivery thread after each attempt; it must not block."""
        self._senders = dict(senders)
        self._al_terminar = al_terminar
        self._plazos = plazos or Plazos()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pendiente: dict[str, Entrega] = {}
        self._avisos = {difusor: asyncio.Event() for difusor in self._senders}
        self._creidos: dict[str, tuple[Recibo, int]] = {}
        """The receipt by which each difusor was last served, and the corte that it got."""

    def __enter__(self) -> Self:
        """Start the workers; what was announced before is delivered first."""
        self._loop = asyncio.new_event_loop()
        # A sender that blocks in a thread must not take the place of another one (D14).
        self._loop.set_default_executor(ThreadPoolExecutor(self._plazos.simultaneos, "envio"))
        self._hilo = threading.Thread(target=self._correr, args=(self._loop,), name="reparto", daemon=True)
        self._hilo.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what is under way and wait for the thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._cancelar, self._loop)
        self._hilo.join(timeout=10)
        self._loop = None

    def anunciar(self, entrega: Entrega, difusores: Sequence[str]) -> None:
        """Make `entrega` what these difusores should have; whatever older was waiting for them is dropped."""
        if self._loop is None:
            self._apuntar(entrega, difusores)
        else:
            self._loop.call_soon_threadsafe(self._apuntar, entrega, tuple(difusores))

    def _apuntar(self, entrega: Entrega, difusores: Sequence[str]) -> None:
        for difusor in difusores:
            self._pendiente[difusor] = entrega
            self._avisos[difusor].set()

    def _correr(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        turnos = asyncio.Semaphore(self._plazos.simultaneos)
        tareas = [loop.create_task(self._atender(d, sender, turnos)) for d, sender in self._senders.items()]
        try:
            loop.run_forever()
        finally:
            del tareas
            loop.close()

    def _cancelar(self, loop: asyncio.AbstractEventLoop) -> None:
        tareas = asyncio.all_tasks(loop)
        for tarea in tareas:
            tarea.cancel()
        fin = asyncio.gather(*tareas, return_exceptions=True)
        fin.add_done_callback(lambda _: loop.stop())

    async def _atender(self, difusor: str, sender: Sender, turnos: asyncio.Semaphore) -> None:
        aviso = self._avisos[difusor]
        fallas = 0
        while True:
            await aviso.wait()
            aviso.clear()
            entrega = self._pendiente[difusor]
            async with turnos:
                intento = await self._intentar(difusor, sender, entrega)
            self._al_terminar(intento)
            if intento.error is None:
                fallas = 0
                continue
            fallas += 1
            tope = min(self._plazos.espera_maxima, self._plazos.espera * 2 ** min(fallas, 10))
            with contextlib.suppress(TimeoutError):
                # Jitter spreads the retries of many difusores.
                async with asyncio.timeout(random.uniform(0, tope)):  # noqa: S311 — jitter is no secret
                    await aviso.wait()
            aviso.set()

    async def _intentar(self, difusor: str, sender: Sender, entrega: Entrega) -> Intento:
        inicio = time.monotonic()
        acuse: Acuse | None = None
        error: str | None = None
        try:
            async with asyncio.timeout(self._plazos.envio):
                recibo = await self._creible(difusor, sender, entrega)
                acuse = await sender.send(entrega.para(recibo))
            # One that says that it has this corte owes nothing: a heartbeat does not spend it.
            if recibo is not None and recibo.corte != entrega.corte:
                self._creidos[difusor] = recibo, entrega.corte
        except TimeoutError:
            error = f"no terminó en {self._plazos.envio:g} s"
        except ErrorDeRed as falla:
            error = str(falla)
        except Exception as falla:  # noqa: BLE001 — the edge of a worker that must live
            _log.warning("entrega a %s", difusor, exc_info=True)
            error = str(falla) or type(falla).__name__
        return Intento(
            difusor=difusor,
            corte=entrega.corte,
            version=entrega.version,
            segundos=time.monotonic() - inicio,
            acuse=acuse,
            error=error,
        )

    async def _creible(self, difusor: str, sender: Sender, entrega: Entrega) -> Recibo | None:
        recibo = await sender.recibo() if entrega.atajos else None
        if recibo is None or recibo.nodo != difusor:
            return None
        creido, corte = self._creidos.get(difusor, (None, entrega.corte))
        return None if recibo == creido and corte < entrega.corte else recibo
