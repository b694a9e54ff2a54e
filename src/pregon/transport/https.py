"""Pull over http or https: an option where the difusor allows outgoing connections (decisions §18).

Bounds: a total deadline for each operation, whatever drips in (A7); headers by the standard library's caps
and the body by the caller's (A6); identity encoding only; a redirect is an error, never followed (D12).
TLS is verified against the machine's authorities, though trust in the content never comes from it (§29).
"""

import contextlib
import http
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, SlowRetrievalError

from pregon.errors import ErrorDeConfiguracion
from pregon.transport.pull import PullSource

_TROZO = 1 << 16
_CONEXION = 10.0
"""Seconds for one connect."""


class HttpsFetcher(PullSource):
    """A repository at an address. One connection, kept alive between fetches."""

    def __init__(self, base: str, *, plazo: float = 90.0, contexto: ssl.SSLContext | None = None) -> None:
        """Read from the repository at `base`; `plazo` holds until the first `begin`."""
        try:
            partes = urlsplit(base)
            puerto = partes.port
        except ValueError as error:
            raise ErrorDeConfiguracion(f"dirección imposible: {base}") from error
        if partes.scheme not in {"http", "https"} or not partes.hostname or partes.username:
            raise ErrorDeConfiguracion(f"dirección imposible: {base}")
        self.nombre = base
        self._tls = partes.scheme == "https"
        self._destino = (partes.hostname, puerto or (443 if self._tls else 80))
        self._prefijo = partes.path.rstrip("/")
        self._contexto = contexto
        self._conexion: http.client.HTTPConnection | None = None
        self._enchufe: socket.socket | None = None
        self.begin(plazo)

    def begin(self, seconds: float) -> None:
        """Start an operation with its total deadline."""
        self._limite = time.monotonic() + seconds

    def version(self) -> object | None:
        """Return None: only a fetch can tell."""
        return None

    def holds(self, ruta: str) -> bool:  # noqa: ARG002 — as the port says
        """Return True: only a fetch can tell."""
        return True

    def discard(self) -> None:
        """Do nothing: the origin's files are not ours."""

    def prune(self, needed: frozenset[str]) -> None:
        """Do nothing: the origin's files are not ours."""

    def close(self) -> None:
        """Let the kept connection go; the next fetch opens another."""
        if self._conexion is not None:
            self._conexion.close()
            self._conexion = None

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.ultima = url
        # Python's timeouts count from the last byte; this clock counts from the first (A7).
        restan = self._limite - time.monotonic()
        vencido = threading.Event()
        reloj = threading.Timer(max(0.0, restan), self._cortar, (vencido,))
        reloj.daemon = True
        reloj.start()
        entera = False
        try:
            respuesta = self._pedir(f"{self._prefijo}/{quote(url, safe='/%')}", max(0.001, restan))
            while trozo := respuesta.read(_TROZO):
                yield trozo
            if respuesta.length or vencido.is_set():
                raise http.client.IncompleteRead(b"", respuesta.length)
            entera = True
        except (OSError, http.client.HTTPException) as error:
            if vencido.is_set() or isinstance(error, TimeoutError):
                raise SlowRetrievalError(f"{self.nombre}: {url}: se agotó el plazo") from error
            causa = "rechazó la conexión" if isinstance(error, ConnectionRefusedError) else error
            raise DownloadError(f"{self.nombre}: {url}: {causa}") from error
        finally:
            reloj.cancel()
            if not entera:
                self.close()

    def _pedir(self, ruta: str, restan: float) -> http.client.HTTPResponse:
        """Send one request and return its 200; a kept connection that the server closed is replaced once."""
        while True:
            if self._conexion is not None and self._conexion.sock is None:
                # It answered "close": http.client would open the next by itself, with no deadline nor TLS.
                self.close()
            reusada = self._conexion is not None
            conexion = self._conexion or self._conectar(restan)
            try:
                conexion.request("GET", ruta, headers={"Accept-Encoding": "identity", "User-Agent": "pregon"})
                respuesta = conexion.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
                self.close()
                if not reusada:
                    raise
                continue
            if respuesta.status != http.HTTPStatus.OK:
                raise DownloadHTTPError(
                    f"{self.nombre}{ruta}: respondió {respuesta.status}", respuesta.status
                )
            if respuesta.headers.get("Content-Encoding", "identity") != "identity":
                raise DownloadError(f"{self.nombre}{ruta}: respondió comprimido sin que se pidiera")
            return respuesta

    def _conectar(self, restan: float) -> http.client.HTTPConnection:
        enchufe = self._enchufe = socket.create_connection(self._destino, timeout=min(_CONEXION, restan))
        enchufe.settimeout(restan)
        if self._tls:
            contexto = self._contexto or ssl.create_default_context()
            # The handshake comes after the assignment, so that the deadline can cut it too.
            enchufe = self._enchufe = seguro = contexto.wrap_socket(
                enchufe, server_hostname=self._destino[0], do_handshake_on_connect=False
            )
            seguro.do_handshake()
        self._conexion = http.client.HTTPConnection(*self._destino)
        self._conexion.sock = enchufe
        return self._conexion

    def _cortar(self, vencido: threading.Event) -> None:
        """End whatever waits on the socket: runs in the timer's thread."""
        vencido.set()
        with contextlib.suppress(OSError):
            if self._enchufe is not None:
                self._enchufe.shutdown(socket.SHUT_RDWR)
