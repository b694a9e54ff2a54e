"""The portal over loopback, by both servers: headers, one corte per answer, and what it refuses."""

import contextlib
import gzip
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import brotli
import pytest

from pregon.node import serve
from pregon.node.recibo import Emisor
from pregon.paquete import recibo, registro
from pregon.paquete.difusores import Estado
from pregon.testing.nginx import CON_BROTLI
from pregon.testing.origen import ROL, paginas
from pregon.testing.portal import Sitio, abrir_portal

_CON_BROTLI = pytest.mark.skipif(not CON_BROTLI, reason="falta libnginx-mod-http-brotli-static")


@pytest.fixture(params=["integrado", "nginx"])
def sitio(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sitio]:
    """The same portal twice: what follows is what both servers must do."""
    if request.param == "nginx":
        request.getfixturevalue("nginx")
    with abrir_portal(tmp_path, con_nginx=request.param == "nginx") as portal:
        yield portal


@pytest.fixture
def integrado(tmp_path: Path) -> Iterator[Sitio]:
    """The node's own server, for what is its own affair."""
    with abrir_portal(tmp_path) as portal:
        yield portal


def test_without_a_paquete_the_portal_says_that_it_waits(sitio: Sitio) -> None:
    assert sitio.pedir("/")[0] == 503
    assert sitio.pedir("/salud")[0] == 503
    assert sitio.pedir("/corte.json")[0] == 404


@pytest.mark.parametrize(
    "ruta", ["/corte.json", "/diputaciones/", "/datos/20260607_1830_PREP.csv", "/c/1/", "/cierre.html"]
)
def test_c9_before_the_opening_every_data_address_is_404(sitio: Sitio, ruta: str) -> None:
    sitio.entregar(0)
    assert b"Antes de abrir" in sitio.pedir("/")[2]
    assert sitio.pedir(ruta)[0] == 404


def test_every_file_of_the_corte_is_served_as_signed(sitio: Sitio) -> None:
    sitio.entregar(1)
    for ruta, datos in paginas(1).items():
        assert sitio.pedir(f"/c/1/{ruta}")[2] == datos
        assert sitio.pedir(f"/{ruta}")[2] == datos


def test_g6_pages_revalidate_and_numbered_addresses_never_change(sitio: Sitio) -> None:
    sitio.entregar(1)
    assert sitio.pedir("/")[1]["Cache-Control"] == "no-cache"
    assert "immutable" in sitio.pedir("/c/1/")[1]["Cache-Control"]
    assert "immutable" in sitio.pedir("/recursos/estilo.0123.css")[1]["Cache-Control"]


def test_headers_of_every_answer(sitio: Sitio) -> None:
    sitio.entregar(1)
    for ruta in ("/", "/no-existe", "/estado.json"):
        cabeceras = sitio.pedir(ruta)[1]
        assert "frame-ancestors *" in cabeceras["Content-Security-Policy"]
        assert cabeceras["X-Content-Type-Options"] == "nosniff"
        assert "X-Frame-Options" not in cabeceras
        assert cabeceras["Date"].endswith("GMT")


def test_a20_the_log_and_its_checkpoint_are_public_text(sitio: Sitio) -> None:
    assert sitio.pedir("/.well-known/pregon/registro")[0] == 404
    sitio.entregar(0)
    sitio.entregar(1)
    respuestas = [sitio.pedir(f"/.well-known/pregon/{uno}") for uno in ("registro", "checkpoint")]

    assert [r[0] for r in respuestas] == [200, 200]
    assert {r[1]["Content-Type"] for r in respuestas} == {"text/plain; charset=utf-8"}
    assert {r[1]["Cache-Control"] for r in respuestas} == {"no-cache"}
    cabeza = registro.leer_nota(respuestas[1][2])
    assert len(registro.historia(cabeza, registro.separar(respuestas[0][2])).lineas) == 2


def test_a_copy_already_held_is_not_sent_again(sitio: Sitio) -> None:
    sitio.entregar(1)
    etag = sitio.pedir("/diputaciones/")[1]["ETag"]
    estado, cabeceras, cuerpo = sitio.pedir("/diputaciones/", If_None_Match=f'"otro", W/{etag}')
    assert (estado, cuerpo, cabeceras["ETag"]) == (304, b"", etag)
    sitio.entregar(2)
    assert sitio.pedir("/diputaciones/", If_None_Match=etag)[0] == 200


@pytest.mark.parametrize(
    ("admite", "codificacion", "abrir"),
    [
        ("gzip;q=0.5, zstd", "gzip", gzip.decompress),
        pytest.param("gzip, br;q=0.5", "br", brotli.decompress, marks=_CON_BROTLI),
    ],
)
def test_each_form_is_another_representation_of_the_same_bytes(
    sitio: Sitio, admite: str, codificacion: str, abrir: Callable[[bytes], bytes]
) -> None:
    sitio.entregar(1)
    _, llana, identidad = sitio.pedir("/diputaciones/")
    _, cabeceras, cuerpo = sitio.pedir("/diputaciones/", Accept_Encoding=admite)
    assert cabeceras["Content-Encoding"] == codificacion
    assert cabeceras["Vary"] == llana["Vary"] == "Accept-Encoding"
    assert cabeceras["ETag"] != llana["ETag"]
    assert abrir(cuerpo) == identidad
    no_admite = f"{codificacion};q=0"
    assert "Content-Encoding" not in sitio.pedir("/diputaciones/", Accept_Encoding=no_admite)[1]


def test_head_says_what_get_would(sitio: Sitio) -> None:
    sitio.entregar(1)
    estado, cabeceras, cuerpo = sitio.pedir("/corte.json", "HEAD")
    assert (estado, cuerpo) == (200, b"")
    assert cabeceras["Content-Length"] == str(len(paginas(1)["corte.json"]))


def test_a_folder_without_its_slash_is_sent_there(sitio: Sitio) -> None:
    sitio.entregar(1)
    assert sitio.pedir("/diputaciones")[1]["Location"] == "/diputaciones/"
    assert sitio.pedir("/c/1/diputaciones")[1]["Location"] == "/c/1/diputaciones/"


@pytest.mark.parametrize("metodo", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO"])
def test_g5_only_get_and_head(sitio: Sitio, metodo: str) -> None:
    sitio.entregar(1)
    estado, cabeceras, _ = sitio.pedir("/", metodo)
    assert (estado, cabeceras["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "pedido",
    [
        b"GET / HTTP/1.1\r\nHost: nodo.ejemplo.mx\r\nContent-Length: 5\r\n\r\nhola!",
        b"GET / HTTP/1.1\r\nHost: nodo.ejemplo.mx\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: nodo.ejemplo.mx\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: nodo.ejemplo.mx\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: nodo.ejemplo.mx\r\nHost: y\r\n\r\n",
        b"GET http://otro.mx/ HTTP/1.1\r\nHost: nodo.ejemplo.mx\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / x y z\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_g5_odd_requests_get_a_4xx_and_the_server_lives(sitio: Sitio, pedido: bytes) -> None:
    sitio.entregar(1)
    respuesta = sitio.crudo(pedido)
    assert respuesta == b"" or respuesta.split(b" ", 2)[1][:1] in {b"4", b"5"}
    assert b"Traceback" not in respuesta
    assert sitio.pedir("/salud")[0] == 200


def test_r129_errors_show_one_page_and_no_internals(sitio: Sitio) -> None:
    sitio.entregar(1)
    paginas_de_error = {sitio.pedir(ruta)[2] for ruta in ("/nada", "/c/9/", "/..nada", "/c/1/nada.php")}
    assert len(paginas_de_error) == 1
    assert "Esta página no existe" in paginas_de_error.pop().decode()


@pytest.mark.parametrize("ajeno", ["wp-login.php", ".env", "viejo/resultado.html"])
def test_a9_what_no_manifest_lists_is_not_served(sitio: Sitio, ajeno: str) -> None:
    sitio.entregar(1)
    for carpeta in (sitio.nodo.carpeta, sitio.nodo.carpeta / "cortes/1"):
        (carpeta / ajeno).parent.mkdir(exist_ok=True)
        (carpeta / ajeno).write_text("intruso", encoding="utf-8")
    assert sitio.pedir(f"/{ajeno}")[0] == 404
    assert sitio.pedir(f"/c/1/{ajeno}")[0] == 404


def test_b2_a_page_replaced_by_a_symlink_is_not_served(sitio: Sitio, tmp_path: Path) -> None:
    sitio.entregar(1)
    (tmp_path / "secreto").write_text("secreto", encoding="utf-8")
    pagina = sitio.nodo.carpeta / "cortes/1/corte.json"
    pagina.unlink()
    pagina.symlink_to(tmp_path / "secreto")
    # nginx holds the signed bytes under a name of its own.
    assert sitio.pedir("/corte.json")[2] in {paginas(1)["corte.json"], sitio.pedir("/nada")[2]}
    sitio.nodo.publicar(sitio.reloj.now(), de_nuevo=True)
    assert sitio.pedir("/corte.json")[0] == 404


def test_nothing_of_the_node_s_folder_is_an_address(sitio: Sitio) -> None:
    sitio.entregar(1)
    for ruta in (
        "/bitacora.jsonl",
        "/nodo.toml",
        "/tuf/timestamp.json",
        "/buzon/prueba.json",
        "/c/1/../../nodo.toml",
    ):
        assert sitio.pedir(ruta)[0] == 404


def test_a_stamped_file_of_the_three_cortes_before_is_still_found(sitio: Sitio) -> None:
    for numero in range(1, 6):
        sitio.entregar(numero)
    estados = [sitio.pedir(f"/datos/20260607_{1820 + 10 * n}_PREP.csv")[0] for n in range(1, 6)]
    assert estados == [404, 200, 200, 200, 200]


def test_a4_the_assets_of_a_page_loaded_a_corte_ago_are_still_there(sitio: Sitio) -> None:
    for numero in (1, 2):
        sitio.entregar(numero, archivos=paginas(numero) | {f"recursos/figura.{numero}.svg": b"<svg/>"})
    assert sitio.pedir("/recursos/figura.1.svg")[2] == b"<svg/>"
    assert sitio.pedir("/recursos/figura.9.svg")[0] == 404


@pytest.mark.parametrize(
    ("periodos", "texto"), [(0, b"corte=1;"), (1.5, b"demorada"), (3, b"sin-actualizacion")]
)
def test_a3_an_old_copy_says_so_at_the_entry(sitio: Sitio, periodos: float, texto: bytes) -> None:
    sitio.entregar(1)
    sitio.reloj.adelanto = periodos * timedelta(seconds=600)
    sitio.nodo.recordar(latido=sitio.reloj.now())
    _esperar_entrada(sitio, texto)
    assert sitio.pedir("/c/1/")[2].endswith(b"corte=1;")


def _esperar_entrada(sitio: Sitio, texto: bytes) -> None:
    """The node looks at the clock some times per second; nginx shows what it decided."""
    limite = time.monotonic() + 10
    while not sitio.pedir("/")[2].endswith(texto):
        assert time.monotonic() < limite
        time.sleep(0.02)


def test_g9_cut_off_without_any_heartbeat_says_interrupted(sitio: Sitio) -> None:
    sitio.entregar(1)
    sitio.reloj.adelanto = timedelta(minutes=31)
    _esperar_entrada(sitio, b"interrumpida")
    assert json.loads(sitio.pedir("/estado.json")[2])["portada"] == "interrumpida"


def test_g8_the_final_corte_never_ages(sitio: Sitio) -> None:
    sitio.entregar(1, ultimo=True)
    sitio.reloj.adelanto = timedelta(days=7)
    assert sitio.pedir("/")[2].endswith(b"corte=1;")


@pytest.mark.parametrize("estado", [Estado.SUSPENDIDO, Estado.RECONEXION])
def test_g9_suspended_shows_the_notice_and_keeps_the_numbered_corte(sitio: Sitio, estado: Estado) -> None:
    sitio.entregar(1)
    sitio.origen.latido({"d1": estado})
    sitio.recibir()
    for ruta in ("/", "/index.html", "/diputaciones/", "/portada-demorada.html", "/no-existe.html"):
        assert b"Portal suspendido" in sitio.pedir(ruta)[2]
    assert sitio.pedir("/c/1/")[2].endswith(b"corte=1;")
    assert sitio.pedir("/diputaciones/c/1/index.html")[1]["Location"] == "/c/1/index.html"
    assert sitio.pedir("/difusores.html")[0] == 200
    sitio.origen.latido({"d1": Estado.ACTIVO})
    sitio.recibir()
    assert sitio.pedir("/")[2].endswith(b"corte=1;")


def test_the_newest_list_is_beside_an_old_corte_too(sitio: Sitio) -> None:
    sitio.entregar(1)
    sitio.origen.latido({"d1": Estado.ACTIVO})
    sitio.recibir()
    assert sitio.pedir("/c/1/difusores.json")[2] == sitio.pedir("/difusores.json")[2]
    assert sitio.pedir("/c/1/difusores.json")[1]["Cache-Control"] == "no-cache"


def test_the_live_proof_moves_and_the_corte_s_own_does_not(sitio: Sitio) -> None:
    sitio.entregar(1)
    propia, viva = "/c/1/.well-known/pregon/prueba.json", "/.well-known/pregon/prueba.json"
    antes = sitio.pedir(propia)[2]
    assert sitio.pedir(viva)[2] == antes
    sitio.origen.latido()
    sitio.recibir()
    assert sitio.pedir(viva)[2] != antes
    assert sitio.pedir(propia)[2] == antes


def test_state_of_the_node(sitio: Sitio) -> None:
    sitio.entregar(3)
    estado = json.loads(sitio.pedir("/estado.json")[2])
    assert (estado["id"], estado["rol"], estado["corte"], estado["portada"]) == ("d1", ROL, 3, "corte")
    activo = sitio.nodo.activo()
    assert activo is not None
    assert estado["manifest"] == activo.sha256


def test_the_receipt_is_served_as_it_was_signed(sitio: Sitio) -> None:
    sitio.entregar(1)
    emisor = Emisor(sitio.nodo)
    for hora in (sitio.reloj.now(), sitio.reloj.now() + timedelta(hours=1)):
        emisor.tras_ronda(hora)
        estado, cabeceras, datos = sitio.pedir("/.well-known/pregon/recibo.json")
        assert (estado, cabeceras["Cache-Control"]) == (200, "no-cache")
        assert recibo.leer(datos)[0].emitido == hora.replace(microsecond=0)
    assert sitio.pedir("/recibo.pem")[0] == 404


def test_every_access_is_logged_in_both_formats(integrado: Sitio) -> None:
    integrado.entregar(1)
    integrado.pedir("/", Referer="https://diario.mx/", User_Agent="Prueba/1.0")
    integrado.pedir("/nada")
    integrado.crudo(b"FOO\r\n\r\n")
    carpeta = integrado.nodo.carpeta / "acceso"
    limite = time.monotonic() + 5
    while len(lineas := next(carpeta.glob("*.jsonl")).read_text(encoding="utf-8").splitlines()) < 3:
        assert time.monotonic() < limite
        time.sleep(0.01)
    # Written after the answer, each by its own thread: in any order.
    accesos = {a["estado"]: a for a in map(json.loads, lineas)}
    assert accesos.keys() == {200, 404, 400}
    assert (accesos[200]["agente"], accesos[200]["corte"]) == ("Prueba/1.0", 1)
    assert '"https://diario.mx/" "Prueba/1.0"' in next(carpeta.glob("*.log")).read_text(encoding="utf-8")


def test_g7_without_a_log_folder_it_still_serves(integrado: Sitio) -> None:
    integrado.entregar(1)
    shutil.rmtree(integrado.nodo.carpeta / "acceso", ignore_errors=True)
    (integrado.nodo.carpeta / "acceso").write_text("", encoding="utf-8")
    assert integrado.pedir("/")[0] == 200


def test_one_connection_serves_many_requests(sitio: Sitio) -> None:
    sitio.entregar(1)
    conexion = sitio.cliente()
    for _ in range(20):
        conexion.request("GET", "/corte.json")
        assert conexion.getresponse().read() == paginas(1)["corte.json"]
    conexion.close()


def test_f5_when_all_threads_are_busy_new_readers_are_sent_away(integrado: Sitio) -> None:
    integrado.entregar(1)
    integrado.servidor._turnos = threading.BoundedSemaphore(2)
    ocupados = [socket.create_connection(("127.0.0.1", integrado.servidor.server_port)) for _ in range(2)]
    time.sleep(0.2)
    assert integrado.pedir("/")[0] == 503
    for uno in ocupados:
        uno.close()
    time.sleep(0.2)
    assert integrado.pedir("/")[0] == 200


def test_g3_slow_heads_are_cut_and_do_not_keep_others_waiting(
    integrado: Sitio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_CABEZA_PLAZO", 0.5)
    integrado.entregar(1)
    lentos = [socket.create_connection(("127.0.0.1", integrado.servidor.server_port), 5) for _ in range(100)]
    inicio = time.monotonic()
    for _ in range(8):
        for lento in lentos:
            with contextlib.suppress(OSError):
                lento.sendall(b"G")
        assert integrado.pedir("/")[0] == 200
        time.sleep(0.1)
    for lento in lentos:
        with contextlib.suppress(ConnectionResetError):
            while lento.recv(4096):
                pass
        lento.close()
    assert time.monotonic() - inicio < 5


@pytest.mark.parametrize(
    "cortes", [10, pytest.param(200, marks=[pytest.mark.full, pytest.mark.timeout(1800)])]
)
def test_a4_no_reader_ever_sees_two_cortes_in_one_page_load(sitio: Sitio, cortes: int) -> None:
    sitio.entregar(1)
    fin = threading.Event()
    mezclas: list[str] = []
    cargas = [0]

    def leer() -> None:
        conexion = sitio.cliente()
        anterior = 0
        while not fin.is_set():
            conexion.request("GET", "/")
            inicio = conexion.getresponse().read()
            numero = int(inicio.split(b"corte=")[1].split(b";")[0])
            for ruta, datos in paginas(numero).items():
                conexion.request("GET", f"/c/{numero}/{ruta}")
                if conexion.getresponse().read() != datos:
                    mezclas.append(f"{numero}/{ruta}")
            if numero < anterior:
                mezclas.append(f"{anterior} → {numero}")
            anterior = numero
            cargas[0] += 1
        conexion.close()

    lectores = [threading.Thread(target=leer) for _ in range(4)]
    for lector in lectores:
        lector.start()
    for numero in range(2, cortes + 2):
        sitio.entregar(numero)
    fin.set()
    for lector in lectores:
        lector.join()
    assert mezclas == []
    assert cargas[0] > cortes
