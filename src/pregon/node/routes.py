"""The one table of routes and headers (decisions §2): embedded server and nginx's configuration follow it.

An address is looked up in the list of a manifest, never on the disk: what no corte lists does not exist
(A9), whatever lies in the folder. One request is answered from one corte (A4).
"""

import posixpath
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import unquote_to_bytes


class Fuente(Enum):
    """Where the bytes of a route come from."""

    PORTADA = "portada"
    """The entry page, chosen by `portada`."""
    CORTE = "corte"
    """The active corte; stamped data and assets that it lacks, the three kept before it (decisions §12)."""
    PERMANENTE = "permanente"
    """One corte by its number, for ever the same bytes."""
    IMAGEN = "imagen"
    """The image of an acta, by its hash, while a kept corte lists it; its bytes verified (decisions §14)."""
    INCLUSION = "inclusion"
    """The small proof of one file of a corte (`paquete.inclusion`)."""
    PRUEBA = "prueba"
    """The live proof, replaced at each signed heartbeat."""
    REGISTRO = "registro"
    """The public log of cortes: its entries, and the signed checkpoint over them (A20)."""
    RECIBO = "recibo"
    """The node's receipt, signed with its own key: evidence for the institute, no proof of anything else."""
    LISTA = "lista"
    """The signed list of difusores and its page, the newest even beside an old corte."""
    ESTADO = "estado"
    """What this node says of itself; nobody believes it, the monitor looks."""
    SALUD = "salud"


REVALIDAR: Final = "no-cache"
INMUTABLE: Final = "public, max-age=31536000, immutable"
NUNCA: Final = "no-store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruta:
    """One line of the table: addresses that match, where their bytes come from, how long they keep."""

    patron: re.Pattern[str]
    fuente: Fuente
    cache: str


_NUMERO: Final = r"c/(?P<numero>0|[1-9][0-9]{0,3})/"


def _ruta(patron: str, fuente: Fuente, cache: str) -> Ruta:
    return Ruta(patron=re.compile(patron), fuente=fuente, cache=cache)


RUTAS: Final = (
    _ruta(r"(?:index\.html)?", Fuente.PORTADA, REVALIDAR),
    _ruta(r"estado\.json", Fuente.ESTADO, NUNCA),
    _ruta(r"salud", Fuente.SALUD, NUNCA),
    _ruta(rf"(?:{_NUMERO})?(?P<ruta>difusores\.(?:json|html))", Fuente.LISTA, REVALIDAR),
    _ruta(r"\.well-known/pregon/prueba\.json", Fuente.PRUEBA, REVALIDAR),
    _ruta(r"\.well-known/pregon/(?P<ruta>registro|checkpoint)", Fuente.REGISTRO, REVALIDAR),
    _ruta(r"\.well-known/pregon/(?P<ruta>recibo\.json)", Fuente.RECIBO, REVALIDAR),
    _ruta(rf"(?:{_NUMERO})?(?P<ruta>actas/[0-9a-f]{{64}}\.(?:jpg|pdf|png|webp))", Fuente.IMAGEN, INMUTABLE),
    _ruta(r"\.well-known/pregon/prueba/(?P<ruta>.+)\.txt", Fuente.INCLUSION, REVALIDAR),
    _ruta(rf"{_NUMERO}\.well-known/pregon/prueba/(?P<ruta>.+)\.txt", Fuente.INCLUSION, INMUTABLE),
    _ruta(rf"{_NUMERO}(?P<ruta>.*)", Fuente.PERMANENTE, INMUTABLE),
    _ruta(r"(?P<ruta>recursos/.+)", Fuente.CORTE, INMUTABLE),
    _ruta(r"(?P<ruta>.+)", Fuente.CORTE, REVALIDAR),
)
"""First match wins. Paths stand without their leading slash."""

CABECERAS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
"""On every answer. No X-Frame-Options: media may frame the page (both convocatorias)."""

TIPOS: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
}
COMPRIMIBLES: Final = frozenset(
    {".html", ".css", ".js", ".json", ".csv", ".txt", ".md", ".xml", ".atom", ".svg"}
)

CODIFICACIONES: Final = {"br": ".br", "gzip": ".gz"}
"""As readers name it in Accept-Encoding → suffix of that form of a file. The first is sent to whoever takes
both."""

PEDIDO_MAXIMO: Final = 2048
"""Characters of a request target."""

CON_NOMBRE_PROPIO: Final = ("datos/", "recursos/")
"""Where files are stamped or named by their content: a page of a corte ago may still ask for them."""


def resolver(objetivo: str) -> tuple[Ruta, re.Match[str]] | None:
    """Return the route of a request target and its match, or None if no address has that form (A16)."""
    ruta = _limpia(objetivo)
    if ruta is None:
        return None
    for linea in RUTAS:
        if hallada := linea.patron.fullmatch(ruta):
            return linea, hallada
    return None


def tipo(ruta: str) -> str:
    """Return the Content-Type of a path."""
    return TIPOS.get(posixpath.splitext(ruta)[1].lower(), "application/octet-stream")


def fecha(sha256: str, sufijo: str) -> int:
    """Return the seconds that stand for a file's bytes, or for those of its compressed form.

    nginx makes an ETag of a file's time and size. A real time would be another one at each node, and the
    same one for two pages of one second; 31 bits, so that every file system keeps it.
    """
    desde = 8 * ("", *CODIFICACIONES.values()).index(sufijo)
    return int(sha256[desde : desde + 8], 16) >> 1


def etiqueta(sha256: str, sufijo: str, tamano: int) -> str:
    """Return the ETag that nginx makes of a file with that time (`tamano` in bytes as sent)."""
    return f'"{fecha(sha256, sufijo):x}-{tamano:x}"'


def comprimible(ruta: str) -> bool:
    """Say whether compressing is worth its while."""
    return posixpath.splitext(ruta)[1].lower() in COMPRIMIBLES


def es_pagina(ruta: str) -> bool:
    """Say whether people read it: what the notice of a suspension replaces (decisions §23)."""
    return ruta == "" or ruta.endswith(("/", ".html"))


def _limpia(objetivo: str) -> str | None:
    """Decode the path of a request target once; None for what could mean anything else on a disk."""
    camino = objetivo.split("#", 1)[0].split("?", 1)[0]
    if not camino.startswith("/"):
        return None
    try:
        texto = unquote_to_bytes(camino[1:]).decode()
    except UnicodeDecodeError:
        return None
    if "\\" in texto or any(ord(c) < 32 or ord(c) == 127 for c in texto):
        return None
    if any(parte in {".", ".."} for parte in texto.split("/")) or "//" in texto or texto.startswith("/"):
        return None
    return texto
