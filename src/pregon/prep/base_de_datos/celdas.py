"""One cell of a row: a count, a marker, a time. A marker is never 0 (R60)."""

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from pregon.prep.acta import Celda, Contabilizada, Marcador
from pregon.prep.base_de_datos.nombres import desproteger, texto_normal

_LIMPIO = re.compile(r"[0-9]{1,9}")
_MAL_ESCRITO = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:[, ][0-9]{3}){1,2})(?:\.0*|,0{1,2})?")
MAL_ESCRITO = ("lleva decimales, comas o espacios", "se lee el entero")
"""What is told of such a count, and how it is read (R58)."""
_MARCADORES = {
    "ILEGIBLE": Marcador.ILEGIBLE,
    "ILEGIBLES": Marcador.ILEGIBLE,
    "NO LEGIBLE": Marcador.ILEGIBLE,
    "SIN DATO": Marcador.SIN_DATO,
    "SIN DATOS": Marcador.SIN_DATO,
    "SINDATO": Marcador.SIN_DATO,
    "SIN ACTA": Marcador.SIN_ACTA,
    "SINACTA": Marcador.SIN_ACTA,
    "-": Marcador.NO_APLICA,
    "--": Marcador.NO_APLICA,
    "–": Marcador.NO_APLICA,
    "N/A": Marcador.N_A,
    "NA": Marcador.N_A,
    "NO APLICA": Marcador.N_A,
    "": Marcador.VACIO,
    "NAN": Marcador.VACIO,
    "NULL": Marcador.VACIO,
    "INCONSISTENTE": Marcador.INCONSISTENTE,
}
_CONTABILIZADA = {
    "1": Contabilizada.SI,
    "SI": Contabilizada.SI,
    "S": Contabilizada.SI,
    "T": Contabilizada.SI,
    "TRUE": Contabilizada.SI,
    "VERDADERO": Contabilizada.SI,
    "0": Contabilizada.NO,
    "NO": Contabilizada.NO,
    "N": Contabilizada.NO,
    "F": Contabilizada.NO,
    "FALSE": Contabilizada.NO,
    "FALSO": Contabilizada.NO,
    "2": Contabilizada.FUERA_DE_CATALOGO,
    "-": Contabilizada.PENDIENTE,
    "": Contabilizada.PENDIENTE,
    "–": Contabilizada.PENDIENTE,
    "N/A": Contabilizada.PENDIENTE,
    "NAN": Contabilizada.PENDIENTE,
    "NULL": Contabilizada.PENDIENTE,
}
_HORA = r"[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(?: ?([apAP])\.? ?[mM])?"
_DIA_PRIMERO = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})" + _HORA)
_ANIO_PRIMERO = re.compile(r"([0-9]{4})[/-]([0-9]{1,2})[/-]([0-9]{1,2})" + _HORA)
_DE_2024 = {m.value for m in Marcador} - {Marcador.INCONSISTENTE.value}
"""Markers as the dictionary of 2024 prints them."""


class _Rara(NamedTuple):
    """What is told of a text that is not written as it should be."""

    que: str
    lectura: str
    regla: str
    leyenda: bool = False
    """A marker in other letters: it fills whole rows and files, and is told of its first cell."""


class Celdas(dict[str, Celda]):
    """Text → cell, remembered: a file of 600,000 cells writes a few hundred different texts.

    `raras` gathers the texts that are not written as they should be.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        super().__init__()
        self.raras: dict[str, _Rara] = {}

    def __missing__(self, texto: str) -> Celda:
        celda = self._interpretar(texto)
        self[texto] = celda
        return celda

    def _interpretar(self, texto: str) -> Celda:
        limpio = desproteger(texto)
        if _LIMPIO.fullmatch(limpio):
            return int(limpio)
        if marcador := _MARCADORES.get(texto_normal(limpio)):
            if limpio not in _DE_2024:
                que = f"«{corto(limpio)}» no es una leyenda de 2024"
                lectura = f"se lee «{marcador.value}»" if marcador.value else "se lee como celda vacía"
                self.raras[texto] = _Rara(que, lectura, "R59", leyenda=True)
            return marcador
        n = numero(limpio)
        if n is not None:
            self.raras[texto] = _Rara(*MAL_ESCRITO, "R58, R60")
            return n
        que = f"«{corto(texto)}» no es un número ni una leyenda conocida"
        self.raras[texto] = _Rara(que, "no suma votos", "R58, R60")
        return Marcador.ILEGIBLE


@lru_cache(maxsize=4096)
def numero(texto: str) -> int | None:
    """Return a count however badly written (``2658993.0``, ``7,672``, ``'0001``), or None."""
    limpio = desproteger(texto)
    if _LIMPIO.fullmatch(limpio):
        return int(limpio)
    hallado = _MAL_ESCRITO.fullmatch(limpio)
    return int(hallado[1].replace(",", "").replace(" ", "")) if hallado else None


def es_conteo(texto: str) -> bool:
    """Tell whether a cell is a number or a known marker: what a column of votes holds."""
    return numero(texto) is not None or texto_normal(texto) in _MARCADORES


def contabilizada(texto: str) -> Contabilizada | None:
    """Return what CONTABILIZADA says, or None for a text that nobody has published so far."""
    normal = texto_normal(texto)
    return _CONTABILIZADA.get(normal.removesuffix(".0"))


def momento(texto: str) -> datetime | None:
    """Return a local time as printed (naive), or None for ``-``, ``N/A``, empty or impossible ones."""
    if len(texto) < 12:  # the shortest is `1/1/2019 0:00`; most cells without a time are markers
        return None
    if m := _DIA_PRIMERO.search(texto):
        dia, mes, anio, hora, minuto, segundo, mediodia = m.groups(default="0")
    elif m := _ANIO_PRIMERO.search(texto):
        anio, mes, dia, hora, minuto, segundo, mediodia = m.groups(default="0")
    else:
        return None
    horas = hora_de_24(int(hora), mediodia)
    try:
        # Naive on purpose: acta times are local official time as printed (R82).
        return datetime(int(anio), int(mes), int(dia), horas, int(minuto), int(segundo))  # noqa: DTZ001 — as printed
    except ValueError:
        return None


def hora_de_24(hora: int, mediodia: str | None) -> int:
    """Return the hour of 24: a spreadsheet prints ``08:30 p. m.``; `mediodia` is its ``a`` or ``p``."""
    if mediodia not in {"a", "A", "p", "P"} or not 1 <= hora <= 12:
        return hora
    return hora % 12 + (12 if mediodia in "pP" else 0)


def corto(texto: str) -> str:
    """Return a text to be quoted in a message: at most 40 characters."""
    return texto if len(texto) <= 40 else texto[:37] + "…"
