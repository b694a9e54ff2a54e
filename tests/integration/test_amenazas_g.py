"""Rows of the table of threats, G: a node behind its nginx under load and under abuse."""

import contextlib
import http.client
import os
import pwd
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pregon.testing.nginx import NOMBRE, PROGRAMA, NginxEnProceso
from pregon.testing.origen import paginas
from pregon.testing.portal import Sitio, abrir_portal

pytestmark = pytest.mark.usefixtures("nginx")
MEBIBYTE = 1 << 20


@pytest.fixture
def sitio(tmp_path: Path) -> Iterator[Sitio]:
    with abrir_portal(tmp_path, con_nginx=True, conexiones=20_000, por_segundo=100_000) as portal:
        portal.entregar(1)
        yield portal


def delante(sitio: Sitio) -> NginxEnProceso:
    assert sitio.nginx is not None
    return sitio.nginx


def test_g1_a_crowd_during_publications_sees_no_error_and_no_older_corte(sitio: Sitio) -> None:
    fin = threading.Event()
    estados: Counter[int] = Counter()
    bajadas: list[tuple[int, int]] = []

    def leer() -> None:
        anterior, cliente = 0, sitio.cliente()
        while not fin.is_set():
            cliente.request("GET", "/", headers={"Accept-Encoding": "identity"})
            respuesta = cliente.getresponse()
            numero = int(respuesta.read().split(b"corte=")[1].split(b";")[0])
            estados[respuesta.status] += 1
            if numero < anterior:
                bajadas.append((anterior, numero))
            anterior = numero
        cliente.close()

    lectores = [threading.Thread(target=leer) for _ in range(16)]
    for lector in lectores:
        lector.start()
    for numero in range(2, 10):
        sitio.entregar(numero)
        time.sleep(0.1)
    fin.set()
    for lector in lectores:
        lector.join()
    assert set(estados) == {200}
    assert bajadas == []


# G3: whoever is slow on purpose.


def _callada(enchufe: ssl.SSLSocket) -> None:
    """Say nothing after the handshake."""


def _cabeza(enchufe: ssl.SSLSocket) -> None:
    enchufe.sendall(f"GET / HTTP/1.1\r\nHost: {NOMBRE}\r\nX-".encode())


def _cuerpo(enchufe: ssl.SSLSocket) -> None:
    enchufe.sendall(f"POST / HTTP/1.1\r\nHost: {NOMBRE}\r\nContent-Length: 900\r\n\r\na".encode())


def _lectura(enchufe: ssl.SSLSocket) -> None:
    enchufe.sendall(f"GET /diputaciones/ HTTP/1.1\r\nHost: {NOMBRE}\r\n\r\n".encode() * 8)


def _rango(enchufe: ssl.SSLSocket) -> None:
    rangos = ",".join(f"{n}-" for n in range(300))
    enchufe.sendall(f"GET / HTTP/1.1\r\nHost: {NOMBRE}\r\nRange: bytes={rangos}\r\n\r\n".encode())


@pytest.mark.full
@pytest.mark.parametrize("modo", [_callada, _cabeza, _cuerpo, _lectura, _rango])
def test_g3_a_thousand_slow_connections_of_any_kind_keep_nobody_waiting(
    sitio: Sitio, modo: Callable[[ssl.SSLSocket], None]
) -> None:
    with contextlib.ExitStack() as pila:
        for _ in range(1000):
            uno = pila.enter_context(delante(sitio).conectar())
            with contextlib.suppress(OSError):
                modo(uno)
        limite = time.monotonic() + 5
        while time.monotonic() < limite:
            inicio = time.monotonic()
            assert sitio.pedir("/")[0] == 200
            assert time.monotonic() - inicio < 2


# G4: HTTP/2, frame by frame. Each attack writes until it is cut off or its bound is over.

DATOS, CABEZAS, REINICIO, AJUSTES, PING, VENTANA, CONTINUA = 0, 1, 3, 4, 6, 8, 9
FIN_DE_FLUJO, FIN_DE_CABEZAS = 1, 4
PEDIDO = b"\x82\x84\x87\x41" + bytes([len(NOMBRE)]) + NOMBRE.encode()
"""GET / https, from HPACK's static table, and the name as a literal."""
PREFACIO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def cuadro(clase: int, banderas: int, flujo: int, carga: bytes = b"") -> bytes:
    return struct.pack(">I", len(carga))[1:] + struct.pack(">BBI", clase, banderas, flujo) + carga


def _reinicios() -> Iterator[bytes]:
    """CVE-2023-44487: each request is taken back at once."""
    for flujo in range(1, 20_001, 2):
        yield cuadro(CABEZAS, FIN_DE_FLUJO | FIN_DE_CABEZAS, flujo, PEDIDO) + cuadro(
            REINICIO, 0, flujo, b"\0\0\0\x08"
        )


def _continuaciones() -> Iterator[bytes]:
    """CVE-2024-27316 and its kin: a head that never ends."""
    yield cuadro(CABEZAS, FIN_DE_FLUJO, 1, PEDIDO)
    for n in range(20_000):
        yield cuadro(CONTINUA, 0, 1, b"\x00\x05x-%03d" % (n % 1000) + b"\x7f\x81\x07" + b"a" * 1024)


def _vacias() -> Iterator[bytes]:
    yield cuadro(CABEZAS, 0, 1, b"")
    for _ in range(50_000):
        yield cuadro(CONTINUA, 0, 1, b"")


def _ajustes() -> Iterator[bytes]:
    for n in range(20_000):
        yield cuadro(AJUSTES, 0, 0, struct.pack(">HI", 4, 1000 + n))


def _pings() -> Iterator[bytes]:
    for _ in range(20_000):
        yield cuadro(PING, 0, 0, bytes(8))


def _ventana_cero() -> Iterator[bytes]:
    """Ask for much and take nothing."""
    yield cuadro(AJUSTES, 0, 0, struct.pack(">HI", 4, 0))
    for flujo in range(1, 4001, 2):
        yield cuadro(CABEZAS, FIN_DE_FLUJO | FIN_DE_CABEZAS, flujo, PEDIDO)


def _ventanas() -> Iterator[bytes]:
    for _ in range(20_000):
        yield cuadro(VENTANA, 0, 0, struct.pack(">I", 1))


def _cabeza_enorme() -> Iterator[bytes]:
    """HPACK's bomb: one entry of 4 kB in the table, named again and again."""
    grande = b"\x40\x01x\x7f\xe1\x1e" + b"a" * 4000
    for flujo in range(1, 401, 2):
        yield cuadro(CABEZAS, FIN_DE_FLUJO | FIN_DE_CABEZAS, flujo, PEDIDO + grande + b"\xbe" * 4000)


ATAQUES = [
    _reinicios, _continuaciones, _vacias, _ajustes, _pings, _ventana_cero, _ventanas, _cabeza_enorme,
]  # fmt: skip


def test_g4_these_very_frames_are_understood_when_they_are_an_honest_request(sitio: Sitio) -> None:
    with _h2(sitio) as enchufe:
        enchufe.settimeout(5)
        enchufe.sendall(cuadro(CABEZAS, FIN_DE_FLUJO | FIN_DE_CABEZAS, 1, PEDIDO))
        recibido = b""
        while b"corte=1;" not in recibido:
            recibido += enchufe.recv(65_536)
    assert b"\x88" in recibido  # :status 200


@pytest.mark.parametrize("ataque", ATAQUES)
def test_g4_no_abuse_of_http2_costs_memory_or_the_service(
    sitio: Sitio, ataque: Callable[[], Iterator[bytes]]
) -> None:
    obreros = _obreros(sitio)
    memoria = _memoria(obreros)
    plazo = time.monotonic() + 3
    enchufes = [_h2(sitio) for _ in range(3)]
    for enchufe in enchufes:
        with contextlib.suppress(OSError):
            for n, bytes_ in enumerate(ataque()):
                enchufe.sendall(bytes_)
                if n % 1000 == 0:
                    assert sitio.pedir("/")[0] == 200
                if time.monotonic() > plazo:
                    break
    assert sitio.pedir("/")[0] == 200
    assert _obreros(sitio) == obreros
    assert _memoria(obreros) - memoria < 64 * MEBIBYTE
    for enchufe in enchufes:
        enchufe.close()


def _h2(sitio: Sitio) -> ssl.SSLSocket:
    contexto = ssl.create_default_context(cafile=str(delante(sitio).carpeta / "certificado.pem"))
    contexto.set_alpn_protocols(["h2"])
    crudo = socket.create_connection(("127.0.0.1", delante(sitio).https), 10)
    enchufe = contexto.wrap_socket(crudo, server_hostname=NOMBRE)
    assert enchufe.selected_alpn_protocol() == "h2"
    enchufe.settimeout(1)
    enchufe.sendall(PREFACIO + cuadro(AJUSTES, 0, 0))
    return enchufe


def _obreros(sitio: Sitio) -> set[int]:
    maestro = (delante(sitio).carpeta / "pid").read_text().strip()
    return {int(p) for p in Path(f"/proc/{maestro}/task/{maestro}/children").read_text().split()}


def _memoria(obreros: set[int]) -> int:
    paginas_ = (int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in obreros)
    return sum(paginas_) * os.sysconf("SC_PAGE_SIZE")


# G6: a cache of somebody else before the node, that believes its headers.

CACHE = """
user {usuario};
worker_processes 1;
error_log stderr;
events {{}}
http {{
    access_log off;
    proxy_cache_path {carpeta}/guardado keys_zone=otro:1m;
    proxy_temp_path {carpeta}/t; client_body_temp_path {carpeta}/t; fastcgi_temp_path {carpeta}/t;
    uwsgi_temp_path {carpeta}/t; scgi_temp_path {carpeta}/t;
    server {{
        listen 127.0.0.1:{puerto};
        location / {{
            proxy_pass http://127.0.0.1:{nodo};
            proxy_set_header Host {nombre};
            proxy_cache otro;
            add_header X-Copia $upstream_cache_status always;
        }}
    }}
}}
"""


def test_g6_a_cache_that_believes_the_headers_keeps_what_never_changes_and_nothing_else(
    tmp_path: Path,
) -> None:
    with abrir_portal(tmp_path) as sitio, _cache(tmp_path / "cache", sitio.servidor.server_port) as pedir:
        sitio.entregar(1)
        assert [pedir("/c/1/")[0] for _ in range(2)] == ["MISS", "HIT"]
        assert [pedir("/recursos/estilo.0123.css")[0] for _ in range(2)] == ["MISS", "HIT"]
        for ruta in ("/", "/corte.json", "/diputaciones/", "/estado.json", "/salud", "/difusores.json"):
            assert "HIT" not in {pedir(ruta)[0] for _ in range(2)}
        # Whoever takes gzip and whoever does not never get each other's copy.
        assert pedir("/c/1/diputaciones/", "gzip")[1] != pedir("/c/1/diputaciones/")[1]
        assert pedir("/c/1/diputaciones/")[1] == paginas(1)["diputaciones/index.html"]
        sitio.entregar(2)
        assert pedir("/")[1] == paginas(2)["index.html"]
        assert pedir("/c/1/")[:2] == ("HIT", paginas(1)["index.html"])


def _usuario() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


@contextlib.contextmanager
def _cache(carpeta: Path, nodo: int) -> Iterator[Callable[..., tuple[str | None, bytes]]]:
    carpeta.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as oido:
        puerto = oido.getsockname()[1]
    texto = CACHE.format(carpeta=carpeta, puerto=puerto, nodo=nodo, nombre=NOMBRE, usuario=_usuario())
    (carpeta / "nginx.conf").write_text(texto, encoding="utf-8")
    assert PROGRAMA
    orden = [PROGRAMA, "-p", str(carpeta), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off; pid pid;"]
    with subprocess.Popen(orden, stderr=subprocess.DEVNULL) as proceso:
        try:
            limite = time.monotonic() + 10
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", puerto), 1):
                    break
                assert time.monotonic() < limite
                time.sleep(0.02)

            def pedir(ruta: str, codificacion: str = "identity") -> tuple[str | None, bytes]:
                cliente = http.client.HTTPConnection("127.0.0.1", puerto, timeout=10)
                with contextlib.closing(cliente):
                    cliente.request("GET", ruta, headers={"Accept-Encoding": codificacion})
                    respuesta = cliente.getresponse()
                    return respuesta.headers["X-Copia"], respuesta.read()

            yield pedir
        finally:
            proceso.terminate()


@pytest.mark.full
def test_g7_a_log_folder_of_one_mebibyte_that_fills_up_stops_nobody(tmp_path: Path) -> None:
    registros = tmp_path / "registros"
    registros.mkdir()
    montar = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(registros)]
    if subprocess.run(montar, capture_output=True, check=False).returncode != 0:
        pytest.skip("montar un disco chico pide ser root")
    try:
        with abrir_portal(tmp_path, con_nginx=True, registros=registros) as sitio:
            sitio.entregar(1)
            with contextlib.closing(sitio.cliente()) as cliente:
                for _ in range(4000):
                    cliente.request("GET", "/", headers={"User-Agent": "a" * 900})
                    respuesta = cliente.getresponse()
                    respuesta.read()
                    assert respuesta.status == 200
                time.sleep(1.2)
                assert (registros / "acceso.log").stat().st_size > 100_000
                assert os.statvfs(registros).f_bavail == 0
                cliente.request("GET", "/")
                assert cliente.getresponse().status == 200
    finally:
        subprocess.run(["umount", "-l", str(registros)], check=True)


def test_g10_the_first_view_asks_for_no_image_of_an_acta() -> None:
    plantillas = Path(__file__).resolve().parents[2] / "src/pregon/sitio/plantillas"
    for pagina in plantillas.glob("*.html"):
        for imagen in re.findall(r"<img[^>]*>", pagina.read_text(encoding="utf-8")):
            assert 'loading="lazy"' in imagen, (pagina.name, imagen)
