"""A portal as readers meet it: a node with its own server, alone or behind nginx, and who feeds it."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pregon.node import config, nodo
from pregon.node.nodo import Nodo
from pregon.node.receive import recibir
from pregon.node.registro import Registro
from pregon.node.serve import Servidor
from pregon.testing.nginx import NOMBRE, NginxEnProceso
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher


class RelojDePrueba:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        """Start at the machine's."""
        self.adelanto = timedelta()

    def now(self) -> datetime:
        """Return the moved time."""
        return datetime.now(UTC) + self.adelanto

    def sleep(self, seconds: float) -> bool:
        """Sleep on the machine's clock."""
        time.sleep(seconds)
        return True


@dataclass
class Sitio:
    """One node being served, and the institute that feeds it."""

    origen: OrigenDePrueba
    nodo: Nodo
    servidor: Servidor
    reloj: RelojDePrueba
    nginx: NginxEnProceso | None

    def entregar(self, numero: int, **cambios: object) -> None:
        """Publish a corte and let the node receive it; `cambios` replace fields of its manifest."""
        self.origen.publicar(numero, **cambios)  # type: ignore[arg-type]  # a test may set any field
        self.recibir()

    def recibir(self) -> None:
        """Deliver what the institute has."""
        self.origen.entregar(self.nodo.config.buzon)
        recibir(self.nodo, CarpetaFetcher(self.nodo.config.buzon, buzon=True), ahora=datetime.now(UTC))

    def cliente(self) -> http.client.HTTPConnection:
        """Return a reader's connection."""
        if self.nginx is not None:
            return self.nginx.cliente()
        return http.client.HTTPConnection("127.0.0.1", self.servidor.server_port, timeout=10)

    def pedir(
        self, ruta: str, metodo: str = "GET", **cabeceras: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Return status, headers and body of one request on a connection of its own."""
        cliente = self.cliente()
        try:
            todas = {"Host": NOMBRE} | {c.replace("_", "-"): v for c, v in cabeceras.items()}
            cliente.request(metodo, ruta, headers=todas)
            respuesta = cliente.getresponse()
            return respuesta.status, respuesta.headers, respuesta.read()
        finally:
            cliente.close()

    def crudo(self, datos: bytes) -> bytes:
        """Send bytes as they are and return all that comes back."""
        with self._enchufe() as enchufe:
            enchufe.sendall(datos)
            if self.nginx is None:
                with contextlib.suppress(OSError):  # it may have closed already
                    enchufe.shutdown(socket.SHUT_WR)
            partes = []
            try:
                while parte := enchufe.recv(65536):
                    partes.append(parte)
            except ConnectionResetError:
                pass  # the server closed with our bytes unread
            return b"".join(partes)

    def _enchufe(self) -> socket.socket:
        if self.nginx is not None:
            return self.nginx.conectar()
        return socket.create_connection(("127.0.0.1", self.servidor.server_port), timeout=10)


@contextlib.contextmanager
def abrir_portal(carpeta: Path, *, con_nginx: bool = False, **cambios: object) -> Iterator[Sitio]:
    """Serve a new node; `cambios` replace fields of the ConfigNginx before it."""
    origen = OrigenDePrueba(carpeta / "origen")
    ruta = escribir_nodo(carpeta / "nodo", origen.raiz, rol=ROL)
    reloj = RelojDePrueba()
    with contextlib.ExitStack() as pila:
        configuracion = config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)
        propio = pila.enter_context(nodo.abrir(configuracion))
        registro = Registro(carpeta / "nodo/acceso", propio.config.zona)
        pila.callback(registro.cerrar)
        servidor = Servidor(propio, registro, reloj)
        hilo = threading.Thread(target=servidor.serve_forever, args=(0.02,))
        hilo.start()
        pila.callback(hilo.join)
        pila.callback(servidor.server_close)
        pila.callback(servidor.shutdown)
        nginx = None
        if con_nginx:
            (carpeta / "nginx").mkdir(exist_ok=True)
            delante = NginxEnProceso(
                replace(configuracion, puerto=servidor.server_port), carpeta / "nginx", **cambios
            )
            nginx = pila.enter_context(delante)
        yield Sitio(origen, propio, servidor, reloj, nginx)
