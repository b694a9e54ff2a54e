"""Two nodes behind one address: readers of both never see the corte's number fall (docs/decisions/0015).

Each asks the other's `/salud` a few times a second. A node **retires** (503 to every page, so that a
balancer asks the other one) rather than show less than its peer, and **activates** only what cannot make its
peer show less:

    retire    my peer shows more than I do; or has more ready, and I am not the principal
              (the principal first gives itself `PACIENCIA` to receive it too)
    activate  my peer shows that corte already, or is retired, or is silent

Who is not the principal retires as soon as the other has a newer corte ready; only then does the principal
activate it, and then the other follows. Whoever just started is retired until its peer has seen it. A peer
silent for `SILENCIO` counts as dead: the other goes on alone, but what the dead one showed is not gone back
from for `RECUERDO`. A network that is cut between the two, and not between them and the balancer, is beyond
this: they stand side by side.
"""

import contextlib
import http.client
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pregon.node.config import ConfigPar

PACIENCIA: Final = 20.0
"""Seconds that the principal waits for a corte that its peer has, before it retires."""
SILENCIO: Final = 3.0
"""Seconds without an answer after which a peer counts as dead."""
RECUERDO: Final = 60.0
"""Seconds for which what a dead peer showed is not gone back from: then an old corte is better than none."""
_CADA: Final = 0.25
_PLAZO: Final = 1.0
_MAXIMO: Final = 512
_NINGUNO: Final = -1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Senas:
    """What a node tells its peer; -1: no corte."""

    activo: int
    """The corte that it would show."""
    listo: int
    """The newest that it could show at once."""
    retirado: bool
    vida: str
    """Another one at each start."""
    ve: str
    """Life of the peer that it saw last; a dash for none."""
    ve_listo: int
    """What that peer had ready: a node that knows it and is retired stays so."""

    def escribir(self) -> bytes:
        """Return the body of /salud: for balancers the status is enough."""
        palabra = "retirado" if self.retirado else "ok"
        return (
            f"{palabra}\nactivo {self.activo}\nlisto {self.listo}\n"
            f"vida {self.vida}\nve {self.ve}\nve_listo {self.ve_listo}\n"
        ).encode()


def leer(cuerpo: bytes) -> Senas:
    """Read a peer's /salud; raise ValueError for anything else."""
    palabra, *lineas = cuerpo.decode("ascii").splitlines()
    campos = dict(linea.split(" ", 1) for linea in lineas)
    if palabra not in {"ok", "retirado"} or campos.keys() != {"activo", "listo", "vida", "ve", "ve_listo"}:
        raise ValueError(f"no son las señas de un nodo: {cuerpo!r:.60}")
    return Senas(
        activo=int(campos["activo"]),
        listo=int(campos["listo"]),
        retirado=palabra == "retirado",
        vida=campos["vida"],
        ve=campos["ve"],
        ve_listo=int(campos["ve_listo"]),
    )


def retirarse(
    activo: int, par: Senas | None, *, vida: str, principal: bool, espera: float, callado: float
) -> bool:
    """Decide if a node that shows `activo` must retire.

    `par` None: never seen. `espera`: for how many seconds it has told the same; `callado`: seconds since it
    answered last. What it had ready and was let show, it may have shown before it died.
    """
    if par is None:
        return callado < SILENCIO
    if par.activo > activo or (par.listo > activo and (not principal or espera >= PACIENCIA)):
        return callado < RECUERDO
    return par.ve != vida and espera < PACIENCIA and callado < SILENCIO


def activar(numero: int, par: Senas | None, *, callado: float) -> bool:
    """Decide if a node that has `numero` ready may show it."""
    if par is None or callado >= SILENCIO:
        return callado >= SILENCIO
    return par.activo >= numero or (par.retirado and par.ve_listo >= numero)


class Par:
    """The peer as this node sees it. `seguir` asks it for ever, in a thread of its own."""

    def __init__(self, config: ConfigPar, activo: Callable[[], int | None]) -> None:
        """`activo` returns the corte shown here."""
        self._config, self._activo = config, activo
        self._vida = secrets.token_hex(8)
        self._listo = _NINGUNO
        self._visto: Senas | None = None
        self._oido = self._desde = time.monotonic()
        self._candado = threading.Lock()

    def senas(self) -> Senas:
        """Return what this node tells its peer, and follows itself: all of one moment."""
        with self._candado:
            visto, oido, desde = self._visto, self._oido, self._desde
        ahora, activo = time.monotonic(), self._numero()
        return Senas(
            activo=activo,
            listo=max(activo, self._listo),
            retirado=retirarse(
                activo,
                visto,
                vida=self._vida,
                principal=self._config.principal,
                espera=oido - desde,
                callado=ahora - oido,
            ),
            vida=self._vida,
            ve=visto.vida if visto else "-",
            ve_listo=visto.listo if visto else _NINGUNO,
        )

    def turno(self, numero: int, *, segundos: float = 2.0) -> bool:
        """Say that a corte is ready, and wait a little for the moment to show it; False: not yet."""
        self._listo = numero
        limite = time.monotonic() + segundos
        while True:
            if activar(numero, self._visto, callado=time.monotonic() - self._oido):
                return True
            if time.monotonic() >= limite:
                return False
            time.sleep(_CADA / 5)

    def olvidar(self) -> None:
        """Take back what was said to be ready: the corte was a false one (A5)."""
        self._listo = _NINGUNO

    def seguir(self, dormir: Callable[[float], bool]) -> None:
        """Ask the peer until `dormir` says that it is over."""
        while dormir(_CADA):
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                self._anotar(leer(self._preguntar()))

    def _anotar(self, visto: Senas) -> None:
        ahora = time.monotonic()
        with self._candado:
            antes, self._visto, self._oido = self._visto, visto, ahora
            if antes is None or (antes.vida, antes.listo) != (visto.vida, visto.listo):
                self._desde = ahora
        if antes is None or antes.vida != visto.vida:
            _log.info("el otro nodo está: %s", visto)

    def _preguntar(self) -> bytes:
        partes = urlsplit(self._config.url)
        conexion = http.client.HTTPConnection(partes.hostname or "", partes.port or 80, timeout=_PLAZO)
        with contextlib.closing(conexion):
            conexion.request("GET", "/salud", headers={"Connection": "close"})
            return conexion.getresponse().read(_MAXIMO)

    def _numero(self) -> int:
        activo = self._activo()
        return _NINGUNO if activo is None else activo
