"""The guarded probe: HTTP as an ordinary reader speaks it, to an address that nobody may aim (H1–H4).

The registered host is resolved once per `Visita`, only addresses that the setting admits are kept, and
the connection goes to that very address. Redirects, encodings and environment proxies are refused, every
body has a cap, and the whole visit lives under one deadline that its caller sets. Requests carry nothing
fixed by which a node could tell the monitor from the public (H5).
"""

import ipaddress
import random
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from pregon.errors import ErrorDeRed

_NAVEGADORES: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LOCALES: Final = tuple(
    ipaddress.ip_network(red)
    for red in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
_CABECERAS_MAXIMAS: Final = 64
_DIRECCIONES_MAXIMAS: Final = 8

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class Direcciones(Enum):
    """Which addresses may be probed."""

    PUBLICAS = "publicas"
    LOCALES = "locales"
    """Loopback and private networks only: a demo or a laboratory."""


def admitida(direccion: IP, direcciones: Direcciones) -> bool:
    """Say whether an address may be probed; one that hides another inside is judged by that one (H1)."""
    if isinstance(direccion, ipaddress.IPv6Address):
        interior = direccion.ipv4_mapped or direccion.sixtofour
        if interior is not None:
            return admitida(interior, direcciones)
        if direccion.teredo is not None or direccion in _NAT64 or direccion.scope_id:
            return False
    if direcciones is Direcciones.LOCALES:
        return any(direccion in red for red in _LOCALES)
    return direccion.is_global and not direccion.is_multicast and not direccion.is_reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Respuesta:
    """What came back: always a whole body within its cap."""

    estado: int
    datos: bytes
    cabeceras: Mapping[str, str]


class Visita:
    """A reader's visit to one difusor: one resolution, its own connections, nothing kept afterwards."""

    def __init__(
        self, url: str, *, direcciones: Direcciones, desde: str | None = None, conexiones: int = 4
    ) -> None:
        """`url` is the registered address without trailing slash; `desde` the local address to call from."""
        self._url, self._direcciones, self._desde = url, direcciones, desde
        self._conexiones = conexiones

    async def __aenter__(self) -> Self:
        """Check a literal address; a name is checked when it is resolved."""
        if not literal_admitida(self._url, self._direcciones):
            raise ErrorDeRed(f"«{self._url}» no es una dirección admitida", permanente=True)
        self._sesion = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_Resolucion(self._direcciones),
                ttl_dns_cache=None,
                limit=self._conexiones,
                local_addr=(self._desde, 0) if self._desde else None,
            ),
            headers={
                "User-Agent": random.choice(_NAVEGADORES),  # noqa: S311 — variety, not secrecy
                "Accept": "text/html,*/*;q=0.8",
                "Accept-Encoding": "identity",
                "Cache-Control": "no-cache",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            # The caller's deadline rules the whole visit; this one only frees a dead connection attempt.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
            max_line_size=8190,
            max_field_size=8190,
        )
        return self

    async def __aexit__(
        self, tipo: type[BaseException] | None, error: BaseException | None, traza: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._sesion.close()

    async def pedir(self, ruta: str, *, limite: int) -> Respuesta:
        """GET one path of the site. Raises ErrorDeRed: unreachable, redirected, encoded, over the cap."""
        try:
            async with self._sesion.get(self._url + quote(ruta), allow_redirects=False) as respuesta:
                if 300 <= respuesta.status < 400:
                    raise ErrorDeRed(f"{ruta}: redirige a otra dirección", permanente=True)
                if len(respuesta.headers) > _CABECERAS_MAXIMAS:
                    raise ErrorDeRed(f"{ruta}: demasiadas cabeceras", permanente=True)
                if respuesta.headers.get("Content-Encoding", "identity") != "identity":
                    raise ErrorDeRed(f"{ruta}: responde codificado sin que se pidiera", permanente=True)
                datos = await _cuerpo(respuesta, limite, ruta)
                return Respuesta(
                    estado=respuesta.status, datos=datos, cabeceras=_cabeceras(respuesta.headers)
                )
        except (aiohttp.ClientError, OSError, ssl.SSLError, ValueError) as error:
            raise ErrorDeRed(f"{ruta}: {_causa(error)}") from error


class _Resolucion(AbstractResolver):
    """Resolves a name to its admitted addresses; aiohttp connects to one of exactly these (H2)."""

    def __init__(self, direcciones: Direcciones) -> None:
        self._direcciones = direcciones
        self._sistema = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        todas = await self._sistema.resolve(host, port, family)
        admitidas = [r for r in todas if admitida(ipaddress.ip_address(r["host"]), self._direcciones)]
        if not admitidas:
            raise OSError(f"«{host}» no apunta a una dirección admitida")
        return admitidas[:_DIRECCIONES_MAXIMAS]

    async def close(self) -> None:
        await self._sistema.close()


def literal_admitida(url: str, direcciones: Direcciones) -> bool:
    """Say whether a registered address may be probed as far as its text tells (H1).

    A name is judged by what it resolves to, when it does; the odd notations of numbers too.
    """
    try:
        direccion = ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return True
    return admitida(direccion, direcciones)


async def _cuerpo(respuesta: aiohttp.ClientResponse, limite: int, ruta: str) -> bytes:
    datos = bytearray()
    async for trozo in respuesta.content.iter_any():
        datos += trozo
        if len(datos) > limite:
            raise ErrorDeRed(f"{ruta}: pasa de {limite} bytes", permanente=True)
    return bytes(datos)


def _cabeceras(cabeceras: Mapping[str, str]) -> Mapping[str, str]:
    return {nombre.lower(): valor for nombre, valor in cabeceras.items()}


def _causa(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return "el certificado o la conexión segura no es válida"
        case aiohttp.ClientConnectorDNSError():
            return "el nombre no se pudo resolver a una dirección admitida"
        case aiohttp.ClientConnectorError():
            return "no acepta la conexión"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionError():
            return "cortó la conexión"
        case _:
            return f"respuesta que no es HTTP válido ({type(error).__name__})"
