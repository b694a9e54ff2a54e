"""One line of an access log → what was asked and answered, pure (K1, R137).

Two formats are understood: the combined one of any web server (with its offset from UTC, K2) and the JSON
lines of our node. A line that is neither is refused with its cause in a few fixed words, which never
repeat the line: it may hold an address (K4).
"""

import calendar
import json
import re
from functools import lru_cache
from typing import Any, Final, NamedTuple


class Peticion(NamedTuple):
    """One answered request. A tuple, because a night has millions of them and each is compared.

    The node's two formats of one event give equal values.
    """

    segundo: int
    """Whole seconds since 1970 in UTC."""
    direccion: str
    """Only to tell visitors apart; never printed (K4)."""
    agente: str
    metodo: str
    """Empty when the request line was garbage."""
    ruta: str
    estado: int
    bytes: int


class LineaRechazada(ValueError):
    """A line that is no entry of an access log; its text is the cause, in Spanish, without the line."""


def leer_linea(linea: bytes) -> Peticion:
    """Parse one line, with or without its line end. Raises LineaRechazada."""
    texto = linea.decode("utf-8", "backslashreplace").strip()
    if not texto:
        raise LineaRechazada("línea vacía")
    return _de_json(texto) if texto[0] == "{" else _de_combinado(texto)


_TEXTO: Final = r'"((?:[^"\\]|\\.)*)"'
_COMBINADO: Final = re.compile(
    # host ident user [time] "request" status bytes, then "referer" "agent" unless it is the common format
    rf"(\S+) \S+ [^\[]{{1,256}} \[([^\]]{{26}})\] {_TEXTO} (\d{{3}}) (\d{{1,15}}|-)"
    rf"(?: {_TEXTO} {_TEXTO}(?: .*)?)?"
)
_FECHA: Final = re.compile(
    r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII
)
_ISO: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_MES: Final = {
    mes: numero
    for numero, mes in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
_PEDIDO: Final = re.compile(r"([A-Z]{1,20}) (\S+)(?: \S+)?")
_ESCAPE: Final = re.compile(r'(?:\\x[0-9A-Fa-f]{2})+|\\["\\]')


def _de_combinado(texto: str) -> Peticion:
    partes = _COMBINADO.fullmatch(texto)
    if partes is None:
        raise LineaRechazada("no tiene la forma del formato combinado")
    direccion, hora, pedido, estado, tamano, _, agente = partes.groups()
    fecha = _FECHA.fullmatch(hora)
    if fecha is None or fecha[2] not in _MES:
        raise LineaRechazada("fecha imposible")
    return _peticion(
        segundo=_segundo(fecha[3], _MES[fecha[2]], *fecha.group(1, 4, 5, 6, 7, 8, 9)),
        direccion=direccion,
        agente=_sin_escapes(agente or ""),
        pedido=_sin_escapes(pedido),
        estado=int(estado),
        tamano=0 if tamano == "-" else int(tamano),
    )


def _de_json(texto: str) -> Peticion:
    try:
        crudo = json.loads(texto)  # an object, since it begins with a brace
    except (ValueError, RecursionError) as error:
        raise LineaRechazada("no es JSON") from error
    fecha = _ISO.fullmatch(_texto(crudo, "hora"))
    if fecha is None:
        raise LineaRechazada("fecha imposible")
    return _peticion(
        segundo=_segundo(fecha[1], int(fecha[2]), *fecha.group(3, 4, 5, 6, 7, 8, 9)),
        direccion=_texto(crudo, "ip"),
        agente=_texto(crudo, "agente"),
        pedido=f"{_texto(crudo, 'metodo')} {_texto(crudo, 'ruta')} {_texto(crudo, 'protocolo')}",
        estado=_entero(crudo, "estado"),
        tamano=_entero(crudo, "bytes"),
    )


def _peticion(
    *, segundo: int, direccion: str, agente: str, pedido: str, estado: int, tamano: int
) -> Peticion:
    if not 100 <= estado <= 999:
        raise LineaRechazada("código de respuesta imposible")
    partes = _PEDIDO.fullmatch(pedido)
    metodo, ruta = partes.groups() if partes else ("", "")
    return Peticion(segundo, direccion, "" if agente == "-" else agente, metodo, ruta, estado, tamano)


@lru_cache(maxsize=1024)  # thousands of lines share a second
def _segundo(
    anio: str,
    mes: int,
    dia: str,
    hora: str,
    minuto: str,
    segundo: str,
    signo: str | None,
    *desfase: str | None,
) -> int:
    campos = int(anio), mes, int(dia), int(hora), int(minuto), int(segundo)
    # 60 is a leap second. Outside these years a clock was broken, and the calendar's edges are near.
    posible = 2000 <= campos[0] < 2100 and 1 <= mes <= 12 and campos[3] < 24 and campos[4] < 60
    if not posible or campos[5] > 60 or not 1 <= campos[2] <= calendar.monthrange(campos[0], mes)[1]:
        raise LineaRechazada("fecha imposible")
    horas, minutos = (int(parte or 0) for parte in desfase)
    if horas > 14 or minutos > 59:
        raise LineaRechazada("fecha imposible")
    este = (horas * 3600 + minutos * 60) * (-1 if signo == "-" else 1)
    return calendar.timegm(campos) - este


@lru_cache(maxsize=4096)  # few agents and pages make up most of a night
def _sin_escapes(texto: str) -> str:
    return _ESCAPE.sub(_desescapar, texto)


def _desescapar(escape: re.Match[str]) -> str:
    if escape[0][1] in '"\\':
        return escape[0][1]
    return bytes.fromhex(escape[0].replace("\\x", "")).decode("utf-8", "backslashreplace")


def _texto(crudo: dict[str, Any], campo: str) -> str:
    valor = crudo.get(campo)
    if not isinstance(valor, str):
        raise LineaRechazada(f"falta «{campo}»")
    return valor.encode("utf-8", "replace").decode()


def _entero(crudo: dict[str, Any], campo: str) -> int:
    valor = crudo.get(campo)
    if not isinstance(valor, int) or isinstance(valor, bool) or not 0 <= valor < 10**15:
        raise LineaRechazada(f"falta «{campo}»")
    return valor
