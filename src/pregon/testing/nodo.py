"""A node as a process, by its public commands. For tests that kill and restart it."""

import json
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

_ESPERA = 20.0


class NodoEnProceso:
    """`pregon nodo servir` over one folder; a context manager that leaves no process behind."""

    def __init__(self, config: Path, *, python: str = sys.executable) -> None:
        """Nothing runs until `iniciar` or `with`. `python` is another installation's, if given."""
        self.config, self._python = config, python
        self.url = ""
        self._proceso: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        self.iniciar()
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it if it still runs."""
        self.matar()

    def iniciar(self) -> None:
        """Start the process and wait until it says that it listens."""
        self._proceso = subprocess.Popen(  # noqa: S603 — our own program
            [self._python, "-m", "pregon", "nodo", "servir", str(self.config)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._proceso.stdout is not None
        listo, _, _ = select.select([self._proceso.stdout], [], [], _ESPERA)
        linea = self._proceso.stdout.readline() if listo else ""
        assert " sirve http://" in linea, f"el nodo no arrancó: {linea!r}"
        self.url = linea.split(" sirve ", 1)[1].strip().rstrip("/")

    def matar(self) -> None:
        """Kill it at once, with no chance to tidy."""
        self._terminar(signal.SIGKILL)

    def detener(self) -> tuple[int, float]:
        """Ask it to end; return its exit code and how long it took, in seconds."""
        inicio = time.monotonic()
        return self._terminar(signal.SIGTERM), time.monotonic() - inicio

    def pedir(self, ruta: str, cabeceras: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Return status and body of one GET."""
        pedido = urllib.request.Request(self.url + ruta, headers=cabeceras or {})  # noqa: S310 — our own node
        try:
            with urllib.request.urlopen(pedido, timeout=_ESPERA) as respuesta:  # noqa: S310 — our own node
                return int(respuesta.status), respuesta.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def estado(self) -> dict[str, Any]:
        """Return its /estado.json."""
        estado: dict[str, Any] = json.loads(self.pedir("/estado.json")[1])
        return estado

    def esperar_corte(self, numero: int, *, segundos: float = _ESPERA) -> None:
        """Wait until it serves that corte; AssertionError if it never does."""
        limite = time.monotonic() + segundos
        while (corte := self.estado()["corte"]) != numero:
            assert time.monotonic() < limite, f"sirve el corte {corte}, se esperaba el {numero}"
            time.sleep(0.02)

    def _terminar(self, senal: signal.Signals) -> int:
        proceso, self._proceso = self._proceso, None
        if proceso is None:
            return 0
        proceso.send_signal(senal)
        try:
            codigo = proceso.wait(_ESPERA)
        except subprocess.TimeoutExpired:
            proceso.kill()
            codigo = proceso.wait(_ESPERA)
        if proceso.stdout is not None:
            proceso.stdout.close()
        return codigo


def escribir_nodo(carpeta: Path, raiz: Path, *, rol: str, identificador: str = "d1", resto: str = "") -> Path:
    """Write the nodo.toml of a node on a free port; return its path."""
    carpeta.mkdir(parents=True, exist_ok=True)
    config = carpeta / "nodo.toml"
    config.write_text(
        f'id = "{identificador}"\nnombre = "Difusor de prueba"\nrol = "{rol}"\nraiz = "{raiz}"\n'
        f'escucha = "127.0.0.1:0"\nsondeo = 0.05\n{resto}',
        encoding="utf-8",
    )
    return config
