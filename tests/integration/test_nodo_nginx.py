"""nginx before a node: what it answers is the node's, and what only nginx does."""

import contextlib
import gzip
import http.client
import json
import os
import re
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.memoria.registros import leer_linea
from pregon.node import serve
from pregon.node.receive import revisar, traer_imagenes
from pregon.paquete.difusores import Estado
from pregon.testing.nginx import CON_BROTLI, NOMBRE, NginxEnProceso
from pregon.testing.origen import paginas
from pregon.testing.portal import Sitio, abrir_portal
from pregon.transport.carpeta import CarpetaFetcher

pytestmark = pytest.mark.usefixtures("nginx")
IMAGEN = b"\x89PNG\r\n\x1a\n imagen de un acta"
CABEZA_PLAZO = 0.3
PROPIAS_DE_CADA_UNO = {"date", "server", "connection", "keep-alive"}


@pytest.fixture
def sitio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sitio]:
    monkeypatch.setattr(serve, "_CABEZA_PLAZO", CABEZA_PLAZO)
    with abrir_portal(tmp_path, con_nginx=True) as portal:
        yield portal


def delante(sitio: Sitio) -> NginxEnProceso:
    assert sitio.nginx is not None
    return sitio.nginx


def parar_nodo(sitio: Sitio) -> None:
    """End the node's own server, with the connections that nginx keeps to it; nginx goes on."""
    sitio.servidor.shutdown()
    sitio.servidor.server_close()
    time.sleep(3 * CABEZA_PLAZO)


def esperar(condicion: Callable[[], object], segundos: float = 10) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite
        time.sleep(0.05)


def test_both_servers_answer_every_address_alike(sitio: Sitio) -> None:
    imagenes = sitio.origen.con_imagenes(IMAGEN)
    sitio.entregar(1, imagenes=imagenes)
    sitio.entregar(2, imagenes=imagenes)
    buzon = CarpetaFetcher(sitio.nodo.config.buzon, buzon=True)
    assert traer_imagenes(sitio.nodo, buzon, ahora=datetime.now(UTC)) == 0
    sitio.origen.latido({"d1": Estado.ACTIVO})
    sitio.recibir()
    direcciones = [
        *(
            "/",
            "/?utm_source=x",
            "/?" + "a" * 2047,
            "/corte.json?a=1",
            "/corte.json?" + "a" * 2048,
            "/index.html",
            "/salud",
            "/diputaciones",
            "/diputaciones/?a=1",
            "/nada",
        ),
        *("/difusores.json", "/difusores.html", "/c/1/difusores.json", "/.well-known/pregon/prueba.json"),
        *("/.well-known/pregon/recibo.json", "/recibo.json", "/recibo.pem"),
        *("/c/1/", "/c/1/diputaciones", "/c/1/.well-known/pregon/prueba.json", "/c/9/", "/c/01/"),
        *(f"/{imagenes[0].ruta}", f"/c/1/{imagenes[0].ruta}", f"/actas/{'0' * 64}.png"),
        *("/recursos/no.css", "/datos/20260607_1830_PREP.csv", "/c/1/..nada", "/%64iputaciones/"),
        *("/a//b", "//diputaciones/", "/./x", "/%5cx", "/%ff", "/a%0d%0aSet-Cookie:x", "/" + "a" * 2048),
        *(f"/{ruta}" for ruta in paginas(2)),
        *(f"/c/2/{ruta}" for ruta in paginas(2)),
    ]
    propio = http.client.HTTPConnection("127.0.0.1", sitio.servidor.server_port, timeout=10)
    publico = sitio.cliente()
    for direccion in direcciones:
        for metodo in ("GET", "HEAD", "POST"):
            for cabeceras in _pedidas(propio, direccion):
                suya = _pedir(propio, metodo, direccion, cabeceras)
                # Twice: the node's answer, and nginx's copy of it.
                for _ in range(2):
                    assert (metodo, direccion, cabeceras, _pedir(publico, metodo, direccion, cabeceras)) == (
                        *(metodo, direccion, cabeceras),
                        suya,
                    )
    propio.close()
    publico.close()


Respuesta = tuple[int, dict[str, str], bytes]


def _pedidas(conexion: http.client.HTTPConnection, direccion: str) -> Iterator[dict[str, str]]:
    yield {}
    yield {"Accept-Encoding": "deflate, gzip;q=0.8, zstd"}
    yield {"Accept-Encoding": "gzip;q=0"}
    yield {"Accept-Encoding": "br;q=0, gzip"}
    if CON_BROTLI:
        yield {"Accept-Encoding": "br"}
        yield {"Accept-Encoding": "gzip, deflate, br, zstd"}
    yield {"Range": "bytes=0-3"}
    for codificacion in ("", "gzip", "br" if CON_BROTLI else "gzip"):
        _, cabeceras, _ = _pedir(conexion, "GET", direccion, {"Accept-Encoding": codificacion})
        if etag := cabeceras.get("etag"):
            yield {"Accept-Encoding": codificacion, "If-None-Match": f'"otro", W/{etag}'}


def _pedir(
    conexion: http.client.HTTPConnection, metodo: str, ruta: str, pedidas: dict[str, str]
) -> Respuesta:
    conexion.request(metodo, ruta, headers=pedidas)
    respuesta = conexion.getresponse()
    cabeceras = {n.lower(): v for n, v in respuesta.headers.items() if n.lower() not in PROPIAS_DE_CADA_UNO}
    return respuesta.status, cabeceras, respuesta.read()


@pytest.mark.parametrize("objetivo", ["/../etc/passwd", "/a/../../b", "/%2e%2e/x", "/a%00b", "/%00"])
def test_a16_what_nginx_itself_cannot_read_is_a_4xx_without_a_file(sitio: Sitio, objetivo: str) -> None:
    sitio.entregar(1)
    estado, _, cuerpo = sitio.pedir(objetivo)
    assert estado in {400, 404}
    assert b"root:" not in cuerpo


def test_a4_the_next_request_after_an_activation_is_of_the_new_corte(sitio: Sitio) -> None:
    for numero in range(1, 6):
        sitio.entregar(numero)
        for ruta in ("/", "/diputaciones/", "/corte.json"):
            assert b"%d" % numero in sitio.pedir(ruta)[2]


def test_a3_while_the_node_is_down_all_pages_of_the_active_corte_stay(sitio: Sitio) -> None:
    sitio.entregar(1)
    permanente = sitio.pedir("/c/1/")[2]
    sitio.entregar(2)
    parar_nodo(sitio)
    assert sitio.pedir("/")[2] == paginas(2)["index.html"]
    for ruta, datos in paginas(2).items():
        assert sitio.pedir(f"/{ruta}")[2] == datos
    assert sitio.pedir("/c/1/")[2] == permanente
    assert sitio.pedir("/no-existe.html")[0] == 503  # nobody is there to say so


def test_f1_without_its_own_tree_nginx_asks_the_node_for_all(
    sitio: Sitio, caplog: pytest.LogCaptureFixture
) -> None:
    (sitio.nodo.carpeta / "publico").write_text("en su lugar", encoding="utf-8")
    sitio.entregar(1)
    assert {ruta: sitio.pedir(f"/{ruta}")[2] for ruta in paginas(1)} == paginas(1)
    assert caplog.text.count("nginx preguntará todo al nodo") == 1


def test_b6_nginx_may_enter_its_tree_whatever_the_umask(sitio: Sitio) -> None:
    antes = os.umask(0o077)
    try:
        sitio.entregar(1)
    finally:
        os.umask(antes)
    arbol = sitio.nodo.carpeta / "publico"
    modos = {ruta.stat().st_mode & 0o777 for ruta in (arbol, *arbol.rglob("*"))}
    assert modos == {0o755, 0o444}


def test_without_its_node_it_tells_nobody_that_it_is_well(sitio: Sitio) -> None:
    sitio.entregar(1)
    assert sitio.pedir("/salud")[0] == 200
    parar_nodo(sitio)
    vivas = ("prueba.json", "registro", "checkpoint")
    for ruta in (
        "/salud",
        "/estado.json",
        "/difusores.json",
        *(f"/.well-known/pregon/{una}" for una in vivas),
    ):
        estado, cabeceras, cuerpo = sitio.pedir(ruta)
        assert (estado, cabeceras["Retry-After"]) == (503, "3")
        assert "Un momento" in cuerpo.decode()


def test_g9_figures_of_before_the_notice_are_not_shown_while_the_node_is_down(sitio: Sitio) -> None:
    sitio.entregar(1)
    assert sitio.pedir("/diputaciones/")[0] == 200
    sitio.origen.latido({"d1": Estado.SUSPENDIDO})
    sitio.recibir()
    parar_nodo(sitio)
    assert sitio.pedir("/diputaciones/")[0] == 503
    assert b"Portal suspendido" in sitio.pedir("/")[2]


def test_g5_another_host_is_answered_with_nothing(sitio: Sitio) -> None:
    sitio.entregar(1)
    assert sitio.crudo(b"GET / HTTP/1.1\r\nHost: otro.mx\r\n\r\n") == b""
    with pytest.raises(ssl.SSLError):
        delante(sitio).conectar("otro.mx")
    assert _por_http(sitio, "otro.mx") == b""


def test_g5_plain_http_only_says_where_the_portal_is(sitio: Sitio) -> None:
    respuesta = _por_http(sitio, NOMBRE)
    assert respuesta.startswith(b"HTTP/1.1 301 ")
    assert f"Location: https://{NOMBRE}:{delante(sitio).https}/c/1/?a=1\r\n".encode() in respuesta


def _por_http(sitio: Sitio, anfitrion: str) -> bytes:
    with socket.create_connection(("127.0.0.1", delante(sitio).http), timeout=10) as enchufe:
        enchufe.sendall(f"GET /c/1/?a=1 HTTP/1.1\r\nHost: {anfitrion}\r\nConnection: close\r\n\r\n".encode())
        try:
            return b"".join(iter(lambda: enchufe.recv(65536), b""))
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize(
    ("pedido", "estado"),
    [
        (b"GET / HTTP/1.1\r\nHost: %b\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 2_500 + b" HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: %b\r\nContent-Length: 5\r\n\r\nhola!", b"400"),
        (b"POST / HTTP/1.1\r\nHost: %b\r\nContent-Length: 5000000\r\nConnection: close\r\n\r\n", b"405"),
    ],
)
def test_g5_what_the_portal_does_not_take_gets_its_own_page(
    sitio: Sitio, pedido: bytes, estado: bytes
) -> None:
    respuesta = sitio.crudo(pedido.replace(b"%b", NOMBRE.encode()))
    assert respuesta.split(b" ", 2)[1] == estado
    assert b"frame-ancestors *" in respuesta
    assert b"Ir al inicio" in respuesta


def test_g1_one_address_has_its_share_and_no_more(tmp_path: Path) -> None:
    with abrir_portal(tmp_path, con_nginx=True, por_segundo=1) as sitio:
        sitio.entregar(1)
        conexion = sitio.cliente()
        estados = [_pedir(conexion, "GET", "/", {}) for _ in range(12)]
        conexion.close()
    assert [e for e, _, _ in estados].count(200) in range(6, 10)
    codigo, cabeceras, cuerpo = estados[-1]
    assert (codigo, cabeceras["retry-after"]) == (429, "5")
    assert "Demasiadas solicitudes" in cuerpo.decode()


def test_g3_slow_readers_do_not_keep_others_waiting(tmp_path: Path) -> None:
    with abrir_portal(tmp_path, con_nginx=True, conexiones=100) as sitio:
        sitio.entregar(1)
        with contextlib.ExitStack() as pila:
            for _ in range(60):
                lento = pila.enter_context(delante(sitio).conectar())
                lento.sendall(b"GET / HTTP/1.1\r\n")
            assert sitio.pedir("/")[0] == 200


@pytest.mark.full
def test_g3_a_head_that_never_ends_is_cut(sitio: Sitio) -> None:
    with delante(sitio).conectar() as lento:
        lento.settimeout(20)
        inicio = time.monotonic()
        lento.sendall(b"GET / HTTP/1.1\r\nHost:")
        with contextlib.suppress(OSError):
            assert lento.recv(1) == b""
        assert 8 < time.monotonic() - inicio < 15


def test_each_access_is_one_line_of_both_logs_in_local_time_with_offset(sitio: Sitio) -> None:
    sitio.entregar(1)
    sitio.pedir("/c/1/?a=1", Referer="https://diario.mx/", User_Agent='Prueba "1.0"\t')
    sitio.pedir("/nada", "POST")
    carpeta = delante(sitio).carpeta
    esperar(lambda: (carpeta / "acceso.jsonl").read_bytes().count(b"\n") == 2)
    esperar(lambda: (carpeta / "acceso.log").read_bytes().count(b"\n") == 2)
    # Each of nginx's workers writes its own lines when it will.
    combinado, en_json = (
        sorted((carpeta / nombre).read_bytes().splitlines(), key=lambda linea: leer_linea(linea).estado)
        for nombre in ("acceso.log", "acceso.jsonl")
    )
    assert [leer_linea(linea) for linea in combinado] == [leer_linea(linea) for linea in en_json]
    assert [leer_linea(linea).estado for linea in combinado] == [200, 405]
    assert re.search(rb"\[\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8} -0600\]", combinado[0])
    assert json.loads(en_json[0])["hora"].endswith("-06:00")


def test_r137_after_a_rotation_it_writes_to_the_new_file(sitio: Sitio) -> None:
    registro = delante(sitio).carpeta / "acceso.log"
    sitio.pedir("/primera")
    esperar(lambda: b"/primera" in registro.read_bytes())
    registro.rename(registro.with_suffix(".1"))
    delante(sitio).senal(signal.SIGUSR1)
    esperar(registro.exists)
    sitio.pedir("/segunda")
    esperar(lambda: b"/segunda" in registro.read_bytes())


def test_g7_a_full_log_disk_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "nginx").mkdir()
    for nombre in ("acceso.log", "acceso.jsonl", "nginx.errores"):
        (tmp_path / "nginx" / nombre).symlink_to("/dev/full")
    with abrir_portal(tmp_path, con_nginx=True) as sitio:
        sitio.entregar(1)
        conexion = sitio.cliente()
        assert {_pedir(conexion, "GET", "/", {})[0] for _ in range(600)} == {200}
        conexion.close()


def test_g6_a_copy_is_asked_for_again_and_never_said_to_be_newer(sitio: Sitio) -> None:
    sitio.entregar(1)
    _, cabeceras, cuerpo = sitio.pedir("/corte.json", Accept_Encoding="gzip, br")
    assert "Age" not in cabeceras
    assert "Last-Modified" not in cabeceras
    assert (gzip.decompress(cuerpo) if cabeceras["Content-Encoding"] else cuerpo) == paginas(1)["corte.json"]


@pytest.mark.parametrize("consulta", ["", "?x=1"])
def test_g6_the_404_of_an_odd_spelling_never_stands_for_the_address(sitio: Sitio, consulta: str) -> None:
    sitio.entregar(1)
    assert sitio.pedir(f"/./diputaciones/{consulta}")[0] == 404
    assert sitio.pedir(f"/diputaciones/{consulta}")[0] == 200


def test_a9_what_lies_in_any_of_the_node_s_folders_is_not_reachable(sitio: Sitio) -> None:
    sitio.entregar(1)
    carpeta = sitio.nodo.carpeta
    ajenos = ("wp-login.php", ".env", "intruso.html", "intruso.html.gz", "intruso.html.br", "recursos/i.css")
    for lugar in (carpeta, carpeta / "actual", carpeta / "publico", carpeta / "publico/actual"):
        for ajeno in ajenos:
            (lugar / ajeno).parent.mkdir(exist_ok=True)
            (lugar / ajeno).write_text("intruso", encoding="utf-8")
        (lugar / "enlace.html").symlink_to("/etc/passwd")
    for ruta in (*ajenos, "enlace.html", "publico/intruso.html", "index.html@", "@"):
        for codificacion in ("", "gzip", "br"):
            assert sitio.pedir(f"/{ruta}", Accept_Encoding=codificacion)[0] == 404


def test_a9_what_bears_the_mark_is_told_and_gone_at_the_next_look(sitio: Sitio) -> None:
    sitio.entregar(1)
    (sitio.nodo.carpeta / "publico/actual/intruso.html@").write_text("intruso", encoding="utf-8")
    buzon = CarpetaFetcher(sitio.nodo.config.buzon, buzon=True)
    assert revisar(sitio.nodo, buzon, ahora=datetime.now(UTC)) == ("publico/intruso.html@",)
    assert sitio.pedir("/intruso.html")[0] == 404


def test_g6_two_pages_of_one_size_never_share_an_etag(sitio: Sitio) -> None:
    sitio.entregar(1)
    antes = sitio.pedir("/corte.json")
    sitio.entregar(2)
    despues = sitio.pedir("/corte.json", If_None_Match=antes[1]["ETag"])
    assert (antes[2], despues[0], despues[2]) == (b'{"numero":1}', 200, b'{"numero":2}')
