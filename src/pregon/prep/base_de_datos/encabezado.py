"""What stands above the rows: title, stamp, and the published figures (R32, R79–R81), found by content."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pregon.prep.base_de_datos.advertencias import Advertencias
from pregon.prep.base_de_datos.celdas import hora_de_24
from pregon.prep.base_de_datos.nombres import desproteger, normal
from pregon.prep.corte import CAMPOS_ENCABEZADO
from pregon.prep.sello import sello as como_sello

DELIMITADORES = ("|", ",", ";", "\t")
_SELLO = re.compile(
    r"(?P<a>[0-9]{1,4})[/-](?P<b>[0-9]{1,2})[/-](?P<c>[0-9]{2,4})[ T,|;\t\"]{1,5}(?:HORA:? ?|A LAS )?"
    r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?: ?(?P<mediodia>[ap])\.? ?m\.?)?(?: ?(?:horas|hrs|h)\.?)?"
    r"(?:[ ,|;\t\"]{0,5}\(? ?(?:UTC|GMT)? ?(?P<z>[+−–-]) ?(?P<zh>[0-9]{1,2})(?::?(?P<zm>[0-9]{2}))?)?",
    re.IGNORECASE,
)
_ANIOS = range(1990, 2100)
_DESFASES = (timedelta(hours=-12), timedelta(hours=14))
"""Between these lies every clock of the world."""
_MESES = (
    "ENERO", "FEBRERO", "MARZO", "ABRIL", "MAYO", "JUNIO", "JULIO", "AGOSTO", "SEPTIEMBRE", "OCTUBRE",
    "NOVIEMBRE", "DICIEMBRE",
)  # fmt: skip
_DIA_EN_PALABRAS = re.compile(
    rf"(?:[A-ZÁÉ]{{5,9}},? )?([0-9]{{1,2}}) DE ({'|'.join(_MESES)}) DEL? ([0-9]{{4}})", re.IGNORECASE
)
_HORA_SUELTA = re.compile(
    r"[0-9]{1,2}:[0-9]{2} (?:HRS|HORAS)\.?(?: ?\(UTC ?[+−–-] ?[0-9]{1,2}\))?", re.IGNORECASE
)
_DEBIDO = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4} [0-9]{2}:[0-9]{2} \(UTC[+-][0-9]{1,2}\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encabezado:
    """The lines above the rows."""

    titulo: str
    sello: datetime | None
    """As printed: aware when it tells its offset, else naive; None when there is none."""
    fila_sello: int | None
    """Its physical row."""
    publicado: dict[str, str] | None
    """Field → text as printed; None when the file has no block of figures."""
    fila: int | None
    """Physical row of the published values."""


def leer_encabezado(lineas: Sequence[str], advertencias: Advertencias) -> Encabezado:
    """Read the lines above the column row; each may use a delimiter of its own."""
    titulo, publicado, fila = "", None, None
    campos: list[str | None] = []
    sello = fila_sello = None
    for n, linea in enumerate(lineas, start=1):
        if sello is None and (sello := _sello(linea)) is not None:
            fila_sello = n
            _avisar_sello(linea, n, sello, advertencias)
        if not linea.strip(" ,;|\t\"'") or linea.lower().startswith(("sep=", '"sep=')):
            continue
        if campos and publicado is None:
            publicado, fila = _valores(campos, linea, n, advertencias), n
        elif _son_cifras(nuevos := _campos(linea)):
            campos = nuevos
            _avisar_campos(linea, n, campos, advertencias)
        elif not titulo:
            titulo = _titulo(linea)
    if sello is None:
        sello, fila_sello = _sello_en_palabras(lineas, advertencias)
    return Encabezado(titulo=titulo, sello=sello, fila_sello=fila_sello, publicado=publicado, fila=fila)


def partir(linea: str, delimitador: str) -> list[str]:
    """Return the cells of one line."""
    if '"' not in linea:
        return linea.split(delimitador)
    return next(csv.reader([linea], delimiter=delimitador), [])


def es_de_cifras(celdas: Sequence[str]) -> bool:
    """Tell whether a line names the published figures."""
    return _son_cifras([_campo(c) for c in celdas[:40]])


def _son_cifras(campos: Sequence[str | None]) -> bool:
    """Tell three figures from one said three times: an acta fuera de catálogo may say so in every cell."""
    return len({*campos} - {None}) >= 3


def _avisar_campos(linea: str, fila: int, campos: Sequence[str | None], advertencias: Advertencias) -> None:
    impresos = max((partir(linea, d) for d in DELIMITADORES), key=len)
    for campo, impreso in zip(campos, impresos, strict=False):
        if campo is not None and normal(impreso) != campo:
            lectura = f"se lee como {campo}"
            advertencias.una(
                fila, impreso.strip()[:60], que="no es su nombre de 2024", lectura=lectura, regla="R81"
            )
        elif campo is None and impreso.strip():
            que, lectura = "el encabezado no tiene una cifra con este nombre", "no se compara"
            advertencias.una(fila, impreso.strip()[:60], que=que, lectura=lectura, regla="R81")


def _avisar_sello(linea: str, fila: int, sello: datetime, advertencias: Advertencias) -> None:
    if sello.tzinfo is not None and not _DEBIDO.search(linea):
        escrito = linea.strip(" ,;|\t")[:60]
        que, lectura = f"el sello dice «{escrito}»", f"se lee {como_sello(sello, sello.tzinfo)}"
        advertencias.una(fila, "", que=que, lectura=lectura, regla="R32")


def _titulo(linea: str) -> str:
    """Return what a line says besides a stamp: "" for the line of the stamp itself."""
    m = _SELLO.search(linea)
    texto = linea[: m.start()] if m else linea
    if _DIA_EN_PALABRAS.fullmatch(texto.strip()) or _HORA_SUELTA.fullmatch(texto.strip()):
        return ""
    palabras = set(normal(texto).split("_"))
    return (
        ""
        if m and palabras <= {"", "FECHA", "HORA", "CORTE", "Y", "DE", "DEL"}
        else desproteger(texto.rstrip(",;|\t "))
    )


def _campo(nombre: str) -> str | None:
    """Return the canonical field of a printed name: with or without accents, DE, CON, ACTAS_ (R81)."""
    palabras = normal(nombre.replace("%", " PORCENTAJE ")).replace("PORC_", "PORCENTAJE_").split("_")
    clave = "_".join(p for p in palabras if p not in {"ACTAS", "DE", "LA", "LAS", "CON", "CIUDADANA"})
    return _CANONICOS.get(clave)


_CANONICOS = {
    "_".join(p for p in campo.split("_") if p not in {"ACTAS", "CIUDADANA"}): campo
    for campo in CAMPOS_ENCABEZADO
}
_CANONICOS |= {
    "PARTICIPACION": "PORCENTAJE_PARTICIPACION_CIUDADANA",
    "TOTAL_VOTOS_CS": "TOTAL_VOTOS_C_CS",
    "TOTAL_VOTOS_SIN_CS": "TOTAL_VOTOS_S_CS",
    "LISTA_NOMINAL": "LISTA_NOMINAL_ACTAS_CONTABILIZADAS",
    "LN_CONTABILIZADAS": "LISTA_NOMINAL_ACTAS_CONTABILIZADAS",
}


def _campos(linea: str) -> list[str | None]:
    # A spreadsheet fills short lines with separators: no names without letters at the end.
    lecturas = ([_campo(c) for c in partir(linea.rstrip(" ,;|\t"), d)] for d in DELIMITADORES)
    return max(lecturas, key=lambda campos: sum(c is not None for c in campos))


def _valores(
    campos: Sequence[str | None], linea: str, fila: int, advertencias: Advertencias
) -> dict[str, str]:
    lecturas = [partir(linea, d) for d in DELIMITADORES]
    valores = min(lecturas, key=lambda v: abs(len(v) - len(campos)))
    if any(v.strip() for v in valores[len(campos) :]) or len(valores) < len(campos):
        que = f"el encabezado trae {len(valores)} valores para {len(campos)} nombres"
        lectura = "cada nombre toma el valor de su lugar"
        advertencias.una(fila, "", que=que, lectura=lectura, regla="R81")
    return {c: v.strip() for c, v in zip(campos, valores, strict=False) if c is not None}


def _sello_en_palabras(
    lineas: Sequence[str], advertencias: Advertencias
) -> tuple[datetime | None, int | None]:
    """Read the stamp of INE's of 2012 and 2015: ``20:00 horas (UTC-5)``, the day in words on another line."""
    dias = ((n, m) for n, linea in enumerate(lineas, start=1) if (m := _DIA_EN_PALABRAS.search(linea[:200])))
    horas = (m for linea in lineas if (m := _HORA_SUELTA.search(linea[:200])))
    (fila, dia), hora = next(dias, (None, None)), next(horas, None)
    if fila is None or dia is None or hora is None:
        return None, None
    mes = _MESES.index(dia[2].upper()) + 1
    escrito = f"{dia[1]}/{mes}/{dia[3]} {hora[0]}"
    sello = _sello(escrito)
    if sello is not None:
        _avisar_sello(f"{dia[0]}, {hora[0]}", fila, sello, advertencias)
    return sello, fila


def _sello(linea: str) -> datetime | None:
    m = _SELLO.search(linea)
    if m is None:
        return None
    a, b, c = int(m["a"]), int(m["b"]), int(m["c"])
    anio, mes, dia = (a, b, c) if a > 31 else (c, b, a)
    if mes > 12:  # a spreadsheet of another country put the month first
        mes, dia = dia, mes
    try:
        # The offset, when printed, is the only honest one: summer time was abolished in between (Q15).
        anio += 2000 if anio < 100 else 0
        hora = hora_de_24(int(m["h"]), m["mediodia"])
        local = datetime(anio, mes, dia, hora, int(m["m"]))  # noqa: DTZ001 — made aware below
    except ValueError:
        return None
    if anio not in _ANIOS:
        return None
    if m["z"] is None:
        return local
    signo = 1 if m["z"] == "+" else -1
    desfase = signo * timedelta(hours=int(m["zh"]), minutes=int(m["zm"] or 0))
    menor, mayor = _DESFASES
    return local.replace(tzinfo=timezone(desfase)) if menor <= desfase <= mayor else local
