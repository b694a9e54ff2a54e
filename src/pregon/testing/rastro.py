"""An action in a forked child under strace: what it asks of the disk, and dying or failing at any step of it.

The trace is complete by construction: strace writes every system call but those of INOCUAS, which change no
file, and who reads the trace refuses what it does not know. `pasos` are the calls before which a kill can
make a difference; `inyectar` kills (F1) or fails (F3, F4) one of them in a new child.
"""

import os
import re
import subprocess
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

INOCUAS: Final = (
    "access,brk,clock_gettime,clock_nanosleep,close,close_range,dup,dup2,dup3,epoll_create1,eventfd2,"
    "exit,exit_group,faccessat,faccessat2,fcntl,flock,fstat,fstatfs,futex,getcwd,getdents64,getegid,geteuid,"
    "getgid,getpid,getppid,getrandom,gettid,getuid,ioctl,lseek,lstat,madvise,mprotect,mremap,munmap,"
    "newfstatat,pipe2,poll,pread64,prlimit64,read,readlink,readlinkat,readv,restart_syscall,rseq,"
    "rt_sigaction,rt_sigprocmask,rt_sigreturn,sched_getaffinity,sched_yield,select,set_robust_list,"
    "sigaltstack,stat,statfs,statx,sysinfo,umask,uname"
)
"""Calls that change no file."""
T = TypeVar("T")
_ESPERA: Final = 120.0
_LINEA: Final = re.compile(r"(?P<nombre>\w+)\((?P<resto>.*)\) += (?P<vuelta>-?\d+|\?)(?P<cola>.*)")
_CADENA: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"|<((?:\\x[0-9a-f]{2})+)>')
ABREN: Final = frozenset({"open", "openat", "mmap"})
ESCRIBE: Final = re.compile(r"O_(?:CREAT|TRUNC)|PROT_WRITE.*MAP_SHARED")
"""Of those calls, the ones that may change a file at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Llamada:
    """One system call, with what it answered."""

    nombre: str
    vez: int
    """How many calls of this name its process had made by then, itself included."""
    argumentos: str
    """As strace writes them, the strings taken out."""
    cadenas: tuple[bytes, ...]
    """Those strings, in order: names, data, and the path of each descriptor."""
    vuelta: int
    """The answer; negative for an error."""
    abierto: bytes
    """Path of the descriptor that was returned, if one was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrida:
    """How a child ended: its exit code, negative for a signal; and what it had asked of the disk."""

    codigo: int
    llamadas: tuple[Llamada, ...]


def seguir(accion: Callable[[], int], *opciones: str) -> Corrida:
    """Run `accion` in a fork of this process under strace; its result is the exit code.

    `opciones` go to strace. AssertionError when strace cannot follow it or writes what cannot be read.
    """
    with tempfile.NamedTemporaryFile(prefix="rastro-") as salida:
        codigo = _correr(accion, salida.name, opciones)
        texto = Path(salida.name).read_text(encoding="ascii")
    return Corrida(codigo=codigo, llamadas=tuple(_leer(texto)))


def pasos(corrida: Corrida, carpeta: Path) -> list[tuple[str, int]]:
    """Return the calls of a whole run that changed or synced something in a folder, to be injected at."""
    raiz = os.fsencode(carpeta)
    return [
        (una.nombre, una.vez)
        for una in corrida.llamadas
        if una.vuelta >= 0
        and not (una.nombre in ABREN and not ESCRIBE.search(una.argumentos))
        and any(cadena.startswith(raiz) for cadena in (*una.cadenas, una.abierto))
    ]


def inyectar(accion: Callable[[], int], paso: tuple[str, int], que: str) -> int:
    """Run `accion` and return its exit code; the kernel answers that one call with `que`.

    `que` is strace's: ``signal=SIGKILL`` dies before the call is made, ``error=ENOSPC`` fails it.
    """
    nombre, vez = paso
    return _correr(accion, "/dev/null", (f"--inject={nombre}:{que}:when={vez}", f"--trace={nombre}"))


def repartidos(todos: Sequence[T], cuantos: int) -> list[T]:
    """Return so many of them, evenly spaced."""
    return [todos[i * len(todos) // cuantos] for i in range(cuantos)] if cuantos < len(todos) else list(todos)


def _correr(accion: Callable[[], int], salida: str, opciones: Sequence[str]) -> int:
    lee, escribe = os.pipe()
    hijo = os.fork()
    if not hijo:
        try:
            os.read(lee, 1)  # until strace is there
            os._exit(accion())
        except BaseException:  # noqa: BLE001 — a child that failed never goes back into its parent
            traceback.print_exc()
        finally:
            os._exit(99)
    orden = ["strace", "-q", "-q", "-y", "-xx", "-s", "100000000", "-o", salida]
    with subprocess.Popen(  # noqa: S603 — Debian's program on our own child
        [*orden, f"--trace=!{','.join(f'?{una}' for una in INOCUAS.split(','))}", *opciones, "-p", str(hijo)],
        stderr=subprocess.PIPE,
        text=True,
    ) as strace:
        try:
            _esperar(hijo, strace)
            os.write(escribe, b"x")
            _, estado = os.waitpid(hijo, 0)
            strace.wait(_ESPERA)
        except BaseException:
            os.kill(hijo, 9)
            raise
        finally:
            os.close(lee)
            os.close(escribe)
    return os.waitstatus_to_exitcode(estado)


def _esperar(hijo: int, strace: "subprocess.Popen[str]") -> None:
    limite = time.monotonic() + _ESPERA
    while "TracerPid:\t0\n" in Path(f"/proc/{hijo}/status").read_text(encoding="ascii"):
        assert strace.poll() is None, f"strace: {strace.stderr.read() if strace.stderr else ''}"
        assert time.monotonic() < limite, "strace no llega"
        time.sleep(0.001)


def _leer(texto: str) -> Iterator[Llamada]:
    veces: Counter[str] = Counter()
    for linea in texto.splitlines():
        if linea.startswith(("+++", "---")):
            continue
        hallada = _LINEA.fullmatch(linea)
        if hallada is None:
            # The call at which the child was killed has no answer.
            assert "<unfinished ...>" in linea or linea.endswith("= ?"), linea[:200]
            continue
        nombre = hallada["nombre"]
        veces[nombre] += 1
        abierto = _CADENA.search(hallada["cola"])
        yield Llamada(
            nombre=nombre,
            vez=veces[nombre],
            argumentos=_CADENA.sub("", hallada["resto"]),
            cadenas=tuple(_bytes(c) for c in _CADENA.finditer(hallada["resto"])),
            vuelta=-1 if hallada["vuelta"] == "?" else int(hallada["vuelta"]),
            abierto=_bytes(abierto) if abierto else b"",
        )


def _bytes(hallada: re.Match[str]) -> bytes:
    return bytes.fromhex((hallada[1] or hallada[2] or "").replace("\\x", ""))
