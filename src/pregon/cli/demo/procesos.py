"""The processes of a demo: started by their public commands, restarted when killed, ended by SIGTERM."""

import ctypes
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from pregon.errors import ErrorDeOperacion

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_PLAZO_DE_SALIDA = 10.0
"""Seconds between SIGTERM and SIGKILL."""
_PLAZO_DE_ORDEN = 120.0
_CAIDAS = 3
"""Times that a process may end by its own error (not by a signal) before the demo gives up."""


class Procesos:
    """A handful of named processes. Nothing is left behind: not even when the demo itself is killed."""

    def __init__(self, carpeta: Path, *, avisar: Callable[[str], None]) -> None:
        """`carpeta` takes what each process says; `avisar` hears of unexpected ends."""
        self._carpeta, self._avisar = carpeta, avisar
        self._ordenes: dict[str, list[str]] = {}
        self._vivos: dict[str, subprocess.Popen[bytes]] = {}
        self._detenidos: set[str] = set()
        self._caidas: Counter[str] = Counter()
        carpeta.mkdir(parents=True, exist_ok=True)

    def iniciar(self, nombre: str, *args: str) -> None:
        """Start `pregon ARGS…` under a name; starting it again after `matar` resumes watching it."""
        orden = [sys.executable, "-m", "pregon", *args]
        self._ordenes[nombre] = orden
        self._detenidos.discard(nombre)
        with (self._carpeta / f"{nombre}.log").open("ab") as registro:
            self._vivos[nombre] = subprocess.Popen(  # noqa: S603 — our own program and arguments
                orden,
                stdin=subprocess.DEVNULL,
                stdout=registro,
                stderr=subprocess.STDOUT,
                preexec_fn=_morir_con_el_padre,  # noqa: PLW1509 — the demo has no other thread
            )

    def matar(self, nombre: str) -> None:
        """Kill −9, and leave it dead until `reiniciar`."""
        self._detenidos.add(nombre)
        self._vivos[nombre].kill()
        self._vivos[nombre].wait()

    def reiniciar(self, nombre: str) -> None:
        """Start again what was killed, with the very same command."""
        self.iniciar(nombre, *self._ordenes[nombre][3:])

    def cuidar(self) -> None:
        """Restart whoever ended without being asked to; raise ErrorDeOperacion when that is of no use."""
        for nombre, proceso in list(self._vivos.items()):
            if nombre in self._detenidos or proceso.poll() is None:
                continue
            self._caidas[nombre] += 1
            if proceso.returncode > 0 and self._caidas[nombre] >= _CAIDAS:
                raise ErrorDeOperacion(
                    f"«{nombre}» no se sostiene (código {proceso.returncode});"
                    f" lo que dijo está en {self._carpeta / nombre}.log"
                )
            self._avisar(f"el proceso «{nombre}» terminó solo (código {proceso.returncode}); se reinicia")
            self.reiniciar(nombre)

    def pid(self, nombre: str) -> int:
        """Return the process id, for whoever wants to kill it by hand."""
        return self._vivos[nombre].pid

    def terminar(self) -> dict[str, int]:
        """SIGTERM to all, SIGKILL to those that do not listen; return the exit codes."""
        self._detenidos.update(self._vivos)
        for proceso in self._vivos.values():
            if proceso.poll() is None:
                proceso.send_signal(signal.SIGTERM)
        limite = time.monotonic() + _PLAZO_DE_SALIDA
        for proceso in self._vivos.values():
            try:
                proceso.wait(timeout=max(0.1, limite - time.monotonic()))
            except subprocess.TimeoutExpired:
                proceso.kill()
                proceso.wait()
        return {nombre: proceso.returncode for nombre, proceso in self._vivos.items()}


def orden(*args: str) -> subprocess.CompletedProcess[str]:
    """Run one `pregon` command to its end and return what it said."""
    return _correr([sys.executable, "-m", "pregon", *args])


def _correr(args: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 — our own program and arguments
        args,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PLAZO_DE_ORDEN,
        check=False,
    )


def _morir_con_el_padre() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
