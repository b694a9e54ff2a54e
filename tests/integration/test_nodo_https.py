"""Pulling over http: a node against a static server, and a server that lies, drips and never ends."""

import contextlib
import functools
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    SlowRetrievalError,
)

from pregon.errors import ErrorDeConfiguracion, ErrorDeRed
from pregon.node import config, nodo
from pregon.node.receive import Resultado, recibir
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.https import HttpsFetcher


class _Callado(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — as inherited
        pass


@contextlib.contextmanager
def servidor_estatico(carpeta: Path) -> Iterator[str]:
    """Serve a folder as any static web server would."""
    atencion = functools.partial(_Callado, directory=str(carpeta))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), atencion) as servidor:
        hilo = threading.Thread(target=servidor.serve_forever, args=(0.02,))
        hilo.start()
        yield f"http://127.0.0.1:{servidor.server_port}"
        servidor.shutdown()
        hilo.join()


@contextlib.contextmanager
def servidor_hostil(guion: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answer each connection by a script on the bare socket."""
    with socket.create_server(("127.0.0.1", 0)) as oido:

        def atender() -> None:
            while True:
                try:
                    conexion, _ = oido.accept()
                except OSError:
                    return
                # The client may have enough at any moment.
                with conexion, contextlib.suppress(OSError):
                    guion(conexion)

        hilo = threading.Thread(target=atender, daemon=True)
        hilo.start()
        yield f"http://127.0.0.1:{oido.getsockname()[1]}"
        oido.shutdown(socket.SHUT_RDWR)
    hilo.join(5)


def test_a_node_pulls_what_a_static_server_has(tmp_path: Path) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")
    ruta = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    with (
        servidor_estatico(origen.repositorio.carpeta) as url,
        nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as propio,
    ):
        source = HttpsFetcher(url)
        assert recibir(propio, source, ahora=datetime.now(UTC)).resultado is Resultado.PENDIENTE
        for numero in (0, 1, 2):
            origen.publicar(numero)
            assert recibir(propio, source, ahora=datetime.now(UTC)).corte == numero
        assert recibir(propio, source, ahora=datetime.now(UTC)).resultado is Resultado.AL_DIA
        source.close()


def test_an_origin_that_is_down_is_an_error_of_the_network(tmp_path: Path) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")
    ruta = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    with socket.create_server(("127.0.0.1", 0)) as libre:
        url = f"http://127.0.0.1:{libre.getsockname()[1]}"
    with (
        nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as propio,
        pytest.raises(ErrorDeRed),
    ):
        recibir(propio, HttpsFetcher(url), ahora=datetime.now(UTC))


CABEZA = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


def gotear(antes: bytes) -> Callable[[socket.socket], None]:
    def guion(conexion: socket.socket) -> None:
        conexion.recv(4096)
        conexion.sendall(antes)
        while True:
            conexion.sendall(b"0")
            time.sleep(0.05)

    return guion


@pytest.mark.parametrize("antes", [CABEZA % 100_000, b"HTTP/1.1 200 OK\r\nX-Lento: ", b""])
def test_a7_a_drip_ends_at_the_total_deadline(antes: bytes) -> None:
    with servidor_hostil(gotear(antes)) as url:
        source = HttpsFetcher(url, plazo=0.5)
        inicio = time.monotonic()
        with pytest.raises(SlowRetrievalError):
            source.download_bytes("metadata/timestamp.json", 200_000)
        assert time.monotonic() - inicio < 2


def test_a7_silence_ends_at_the_deadline() -> None:
    with servidor_hostil(lambda _: time.sleep(1.5)) as url:
        inicio = time.monotonic()
        with pytest.raises(SlowRetrievalError):
            HttpsFetcher(url, plazo=0.3).download_bytes("x", 10)
        assert time.monotonic() - inicio < 1.4


def test_a7_the_deadline_is_of_the_operation_not_of_each_file() -> None:
    def guion(conexion: socket.socket) -> None:
        while conexion.recv(4096):
            time.sleep(0.2)
            conexion.sendall(CABEZA % 2 + b"ok")

    with servidor_hostil(guion) as url:
        source = HttpsFetcher(url, plazo=0.5)
        with pytest.raises(SlowRetrievalError):
            [source.download_bytes("x", 2) for _ in range(5)]
        source.begin(5)
        assert source.download_bytes("x", 2) == b"ok"
        source.close()


@pytest.mark.parametrize(
    "cierra", [b"HTTP/1.0 200 OK\r\n\r\n", CABEZA[:-2] % 2 + b"Connection: close\r\n\r\n"]
)
def test_a7_the_deadline_holds_after_a_server_that_closes_each_connection(cierra: bytes) -> None:
    veces: list[bytes] = []

    def guion(conexion: socket.socket) -> None:
        veces.append(conexion.recv(4096))
        if len(veces) == 1:
            conexion.sendall(cierra + b"ok")
        else:
            time.sleep(1.5)

    with servidor_hostil(guion) as url:
        source = HttpsFetcher(url, plazo=0.5)
        assert source.download_bytes("x", 2) == b"ok"
        inicio = time.monotonic()
        with pytest.raises(SlowRetrievalError):
            source.download_bytes("x", 2)
        assert time.monotonic() - inicio < 1.4


@pytest.mark.parametrize("cabeza", [b"HTTP/1.1 200 OK\r\n\r\n", CABEZA % 10**12])
def test_a6_endless_data_stops_at_the_cap(cabeza: bytes) -> None:
    enviados = [0]

    def guion(conexion: socket.socket) -> None:
        conexion.recv(4096)
        conexion.sendall(cabeza)
        while True:
            enviados[0] += conexion.send(bytes(65536))

    with servidor_hostil(guion) as url:
        with pytest.raises(DownloadLengthMismatchError):
            HttpsFetcher(url).download_bytes("x", 100_000)
        time.sleep(0.2)
        assert enviados[0] < 16_000_000


def test_a6_endless_headers_are_refused() -> None:
    def guion(conexion: socket.socket) -> None:
        conexion.recv(4096)
        conexion.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            conexion.sendall(b"X: y\r\n")

    with servidor_hostil(guion) as url, pytest.raises(DownloadError):
        HttpsFetcher(url, plazo=5).download_bytes("x", 10)


@pytest.mark.parametrize("estado", [301, 302, 303, 307, 308])
def test_d12_a_redirect_is_not_followed(estado: int) -> None:
    pedidos: list[bytes] = []

    def guion(conexion: socket.socket) -> None:
        pedidos.append(conexion.recv(4096))
        respuesta = b"HTTP/1.1 %d X\r\nLocation: /otro\r\nContent-Length: 0\r\n\r\n" % estado
        conexion.sendall(respuesta)

    with servidor_hostil(guion) as url:
        with pytest.raises(DownloadHTTPError) as error:
            HttpsFetcher(url).download_bytes("x", 10)
        assert error.value.status_code == estado
        assert len(pedidos) == 1


def test_b3_a_compressed_answer_is_refused() -> None:
    def guion(conexion: socket.socket) -> None:
        conexion.recv(4096)
        conexion.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx")

    with servidor_hostil(guion) as url, pytest.raises(DownloadError, match="comprimido"):
        HttpsFetcher(url).download_bytes("x", 10)


@pytest.mark.parametrize("corte", [0, 1, 50])
def test_d1_a_cut_body_is_never_taken_for_whole(corte: int) -> None:
    def guion(conexion: socket.socket) -> None:
        conexion.recv(4096)
        conexion.sendall(CABEZA % 100 + bytes(corte))

    with servidor_hostil(guion) as url, pytest.raises(DownloadError):
        HttpsFetcher(url).download_bytes("x", 100)


def test_a_kept_connection_that_the_server_closed_is_opened_again() -> None:
    def guion(conexion: socket.socket) -> None:
        conexion.recv(4096)
        conexion.sendall(CABEZA % 2 + b"ok")

    with servidor_hostil(guion) as url:
        source = HttpsFetcher(url)
        assert [source.download_bytes("x", 2) for _ in range(3)] == [b"ok"] * 3
        source.close()


@pytest.mark.parametrize(
    "url", ["ftp://x/", "file:///etc/passwd", "http://u:c@x/", "//x", "http://", "http://x:99999/"]
)
def test_only_plain_addresses_are_pulled_from(url: str) -> None:
    with pytest.raises(ErrorDeConfiguracion):
        HttpsFetcher(url)
