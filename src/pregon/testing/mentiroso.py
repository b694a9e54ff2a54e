"""A web server that can lie: it serves a tree from memory and plays one trick on the paths it is told.

Each trick is what a sick or hostile difusor may do to whoever looks at it (faults A6, A7, H3, H4).
"""

import threading
import time
from collections.abc import Mapping
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from pregon.paquete import manifest
from pregon.paquete.manifest import canonico
from pregon.paquete.prueba import leer


class Truco(Enum):
    """What happens instead of an honest answer."""

    NINGUNO = "ninguno"
    VOLTEAR = "voltear"
    """One bit of the body is the other way round."""
    GOTEAR = "gotear"
    """One byte each `gota` seconds, for ever in time for any read timeout."""
    COLGAR = "colgar"
    """The request is read and nothing is ever answered."""
    REDIRIGIR = "redirigir"
    SIN_FIN = "sin fin"
    """Zeros without end and without a length."""
    CODIFICAR = "codificar"
    """Says gzip, unasked."""
    CAER = "caer"
    """The connection is cut after the request."""


def arbol_de_nodo(
    prueba: bytes, archivos: Mapping[str, bytes], registro: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return what an honest node serves with this proof.

    `archivos` are the paths of its corte, `registro` the two files of the public log.
    """
    leida = leer(prueba)
    corte = manifest.leer(leida.manifest)
    instante = corte.instante.isoformat() if corte.instante else None
    propios = {
        "/": archivos["index.html"],
        "/.well-known/pregon/prueba.json": prueba,
        "/estado.json": canonico({"corte": corte.numero, "instante": instante}),
    }
    if leida.difusores is not None:
        propios["/difusores.json"] = leida.difusores
        propios["/difusores.html"] = b"<!doctype html><title>Difusores</title>" + leida.difusores
    propios |= {f"/.well-known/pregon/{nombre}": datos for nombre, datos in registro.items()}
    return propios | {f"/c/{corte.numero}/{ruta}": datos for ruta, datos in archivos.items()}


class Mentiroso:
    """One server on a loopback port of its own, inside `with`. Its attributes may change at any time."""

    def __init__(self, arbol: Mapping[str, bytes]) -> None:
        """`arbol` maps paths (``/index.html``) to bodies; anything else is 404."""
        self.arbol = dict(arbol)
        self.truco = Truco.NINGUNO
        self.en = ""
        """Prefix of the paths that suffer the trick."""
        self.gota = 0.1
        self.cabeceras: dict[str, str] = {}
        self.pedidas: list[str] = []
        self.agentes: set[str] = set()
        self.enviados = 0
        """Bytes that `SIN_FIN` could hand to the network."""
        self._soltar = threading.Event()

    @property
    def url(self) -> str:
        """Return the address, without trailing slash."""
        return f"http://127.0.0.1:{self._servidor.server_port}"

    def __enter__(self) -> Self:
        """Take a free port and serve from a thread."""
        self._servidor = _Servidor(("127.0.0.1", 0), self)
        self._hilo = threading.Thread(target=self._servidor.serve_forever, kwargs={"poll_interval": 0.02})
        self._hilo.start()
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, error: BaseException | None, traza: TracebackType | None
    ) -> None:
        """Stop, letting go of whoever hangs."""
        self._soltar.set()
        self._servidor.shutdown()
        self._servidor.server_close()
        self._hilo.join()

    def responder(self, pedido: BaseHTTPRequestHandler) -> None:
        """Answer one request, honestly or not."""
        self.pedidas.append(pedido.path)
        self.agentes.add(pedido.headers.get("User-Agent", ""))
        truco = self.truco if pedido.path.startswith(self.en) else Truco.NINGUNO
        cuerpo = self.arbol.get(pedido.path)
        match truco:
            case Truco.COLGAR:
                self._soltar.wait()
            case Truco.CAER:
                pedido.close_connection = True
            case Truco.REDIRIGIR:
                self._cabeza(pedido, 302, None, {"Location": "http://127.0.0.1:1/"})
            case Truco.SIN_FIN:
                self._cabeza(pedido, 200, None, {})
                while not self._soltar.is_set():
                    pedido.wfile.write(bytes(65_536))
                    self.enviados += 65_536
            case Truco.GOTEAR:
                self._cabeza(pedido, 200, len(cuerpo or b""), {})
                for byte in cuerpo or b"":
                    if self._soltar.is_set():
                        break
                    pedido.wfile.write(bytes([byte]))
                    time.sleep(self.gota)
            case Truco.CODIFICAR:
                self._entregar(pedido, cuerpo, {"Content-Encoding": "gzip"})
            case Truco.VOLTEAR if cuerpo:
                medio = len(cuerpo) // 2
                self._entregar(pedido, cuerpo[:medio] + bytes([cuerpo[medio] ^ 1]) + cuerpo[medio + 1 :], {})
            case _:
                self._entregar(pedido, cuerpo, {})

    def _entregar(
        self, pedido: BaseHTTPRequestHandler, cuerpo: bytes | None, cabeceras: Mapping[str, str]
    ) -> None:
        estado = 404 if cuerpo is None else 200
        self._cabeza(pedido, estado, len(cuerpo or b""), cabeceras)
        pedido.wfile.write(cuerpo or b"")

    def _cabeza(
        self,
        pedido: BaseHTTPRequestHandler,
        estado: int,
        largo: int | None,
        cabeceras: Mapping[str, str],
    ) -> None:
        pedido.send_response(estado)
        for nombre, valor in {**self.cabeceras, **cabeceras}.items():
            pedido.send_header(nombre, valor)
        if largo is not None:
            pedido.send_header("Content-Length", str(largo))
        else:
            pedido.close_connection = True
        pedido.end_headers()


class _Servidor(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, direccion: tuple[str, int], mentiroso: Mentiroso) -> None:
        self.mentiroso = mentiroso
        super().__init__(direccion, _Pedido)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away in the middle is what the tricks are for."""


class _Pedido(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Servidor

    def do_GET(self) -> None:
        self.server.mentiroso.responder(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name is the base class's
        """Keep quiet."""
