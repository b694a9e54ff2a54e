"""The access log of a node: combined format and JSON lines, one file per local day (R135–R137).

`acceso/2026-06-07.log` and `acceso/2026-06-07.jsonl`. Text from outside is escaped, so that no request can
forge a line (I12). A log that cannot be written never stops serving (G7): the first failure is told, and
writing is tried again with each request.
"""

import json
import logging
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

_log = logging.getLogger(__name__)
_MESES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TEXTO_MAXIMO = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceso:
    """One answered request."""

    hora: datetime
    ip: str
    metodo: str
    ruta: str
    """The request target as it came."""
    protocolo: str
    estado: int
    bytes: int
    """Of the body as sent."""
    referer: str
    agente: str
    segundos: float
    corte: int | None
    """From which corte it was answered."""


class Registro:
    """Writes accesses from any thread; both files are line-buffered."""

    def __init__(self, carpeta: Path, zona: ZoneInfo) -> None:
        """Write into `carpeta`, made when needed, in the hour of `zona`."""
        self._carpeta, self._zona = carpeta, zona
        self._candado = threading.Lock()
        self._dia = ""
        self._archivos: tuple[TextIO, ...] = ()
        self._avisado = False

    def anotar(self, acceso: Acceso) -> None:
        """Write one access to both files; never raises for the disk's sake."""
        local = acceso.hora.astimezone(self._zona)
        lineas = combinada(acceso, local), en_json(acceso, local)
        with self._candado:
            try:
                self._abrir(f"{local:%Y-%m-%d}")
                for archivo, linea in zip(self._archivos, lineas, strict=True):
                    archivo.write(linea + "\n")
                self._avisado = False
            except OSError as error:
                if not self._avisado:
                    _log.error("no se pudo escribir el registro de accesos: %s", error)
                self._avisado = True
                self._soltar()

    def cerrar(self) -> None:
        """Close the files."""
        with self._candado:
            self._soltar()

    def _abrir(self, dia: str) -> None:
        if dia == self._dia and self._archivos:
            return
        self._soltar()
        self._carpeta.mkdir(parents=True, exist_ok=True)
        self._archivos = tuple(
            (self._carpeta / f"{dia}.{extension}").open("a", encoding="utf-8", buffering=1)
            for extension in ("log", "jsonl")
        )
        self._dia = dia

    def _soltar(self) -> None:
        archivos, self._archivos = self._archivos, ()
        for archivo in archivos:
            try:
                archivo.close()
            except OSError as error:  # what a full disk left in the buffer
                _log.debug("registro de accesos: %s", error)


def combinada(acceso: Acceso, local: datetime) -> str:
    """Return the line in the combined format that every log analyser reads."""
    fecha = f"{local:%d}/{_MESES[local.month - 1]}/{local:%Y:%H:%M:%S %z}"
    pedido = f"{_llano(acceso.metodo)} {_llano(acceso.ruta)} {_llano(acceso.protocolo)}"
    referer, agente = _llano(acceso.referer) or "-", _llano(acceso.agente) or "-"
    return f'{acceso.ip} - - [{fecha}] "{pedido}" {acceso.estado} {acceso.bytes} "{referer}" "{agente}"'


def en_json(acceso: Acceso, local: datetime) -> str:
    """Return the same access as one JSON object, in ASCII."""
    campos = asdict(acceso) | {
        "hora": local.isoformat(timespec="milliseconds"),
        "segundos": round(acceso.segundos, 6),
    }
    return json.dumps({c: v[:_TEXTO_MAXIMO] if isinstance(v, str) else v for c, v in campos.items()})


def _llano(texto: str) -> str:
    """Escape quotes, controls, and all that is not ASCII (I12: CR, LF, ANSI, bidi)."""
    return "".join(
        c
        if " " <= c <= "~" and c not in '"\\'
        else "".join(f"\\x{b:02x}" for b in c.encode("utf-8", "replace"))
        for c in texto[:_TEXTO_MAXIMO]
    )
