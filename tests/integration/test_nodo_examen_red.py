"""What the person at the difusor is told of certificate, public address, time server and source."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pregon.errors import ErrorDeRed
from pregon.node import config, routes
from pregon.node.config import ConfigNodo, ConfigPar
from pregon.node.examen import Comprobacion, Nivel, bien, red
from pregon.node.par import Senas
from pregon.testing.autoridad import Autoridad, PortalFalso, Respuestas
from pregon.testing.hora import Modo, ServidorDeHora
from pregon.testing.nginx import NOMBRE, certificar

NODO = """id = "d1"
nombre = "Difusor"
rol = "oficial"
raiz = "raiz.json"
escucha = "127.0.0.1:0"
"""
ESTADO = json.dumps({"id": "d1", "rol": "oficial"}).encode()
BIEN: Respuestas = {"/estado.json": (200, {}, ESTADO), "/": (200, routes.CABECERAS, b"<p>")}


@pytest.fixture
def nodo(tmp_path: Path) -> ConfigNodo:
    return config.leer(NODO, archivo=tmp_path / "nodo.toml")


@pytest.fixture
def autoridad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Autoridad:
    """An authority that this process trusts, as its machine's."""
    propia = Autoridad(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(propia.raiz))
    return propia


def niveles(hallados: Sequence[Comprobacion]) -> list[tuple[str, Nivel]]:
    return [(una.id, una.nivel) for una in hallados]


def mirar_certificado(nodo: ConfigNodo, certificado: Path) -> tuple[Comprobacion, ...]:
    with PortalFalso(certificado, BIEN) as portal:
        return red.certificado(replace(nodo, url=portal.url), ahora=datetime.now(UTC))


@pytest.mark.parametrize(
    ("dias", "nivel", "hacer"),
    [
        (90, Nivel.BIEN, ""),
        (20, Nivel.AVISO, "prepare su renovación"),
        (6, Nivel.AVISO, "renuévelo hoy"),
        (1, Nivel.FALLA, "renuévelo ya"),
    ],
)
def test_h9_days_of_the_certificate(
    nodo: ConfigNodo, autoridad: Autoridad, dias: int, nivel: Nivel, hacer: str
) -> None:
    (una,) = mirar_certificado(nodo, autoridad.certificar(vence=timedelta(days=dias, hours=1)))

    assert (una.id, una.nivel) == ("tls", nivel)
    assert f"vence en {dias} días" in una.dice
    assert una.hacer.startswith(hacer)


@pytest.mark.parametrize(
    ("nombre", "vence", "dice"),
    [
        ("localhost", timedelta(days=-1), "venció"),
        ("otro.ejemplo.mx", timedelta(days=90), "es de otro nombre"),
    ],
)
def test_h9_a_certificate_that_readers_would_refuse(
    nodo: ConfigNodo, autoridad: Autoridad, nombre: str, vence: timedelta, dice: str
) -> None:
    (una,) = mirar_certificado(nodo, autoridad.certificar(nombre, vence=vence))

    assert una.nivel is Nivel.FALLA
    assert dice in una.dice
    assert una.hacer


def test_h9_an_authority_that_nobody_knows(nodo: ConfigNodo, tmp_path: Path) -> None:
    (una,) = mirar_certificado(nodo, Autoridad(tmp_path).certificar())

    assert una.nivel is Nivel.FALLA
    assert "autoridad desconocida" in una.dice


def test_a_certificate_renewed_on_the_disk_only_is_told(autoridad: Autoridad, tmp_path: Path) -> None:
    certificar(tmp_path)
    con_nginx = config.leer(
        f'{NODO}[nginx]\nnombres = ["{NOMBRE}"]\ncertificado = "certificado.pem"\nllave = "llave.pem"\n',
        archivo=tmp_path / "nodo.toml",
    )

    vistos = mirar_certificado(con_nginx, autoridad.certificar())

    assert niveles(vistos) == [("tls", Nivel.BIEN), ("tls-archivo", Nivel.AVISO)]
    assert "reload" in vistos[1].hacer


def test_an_address_that_does_not_answer_is_told_and_the_file_looked_at(tmp_path: Path) -> None:
    certificar(tmp_path)
    con_nginx = config.leer(
        f'{NODO}url = "https://localhost:1"\n[nginx]\nnombres = ["{NOMBRE}"]\n'
        'certificado = "certificado.pem"\nllave = "llave.pem"\n',
        archivo=tmp_path / "nodo.toml",
    )

    sin_respuesta, del_archivo = red.certificado(con_nginx, ahora=datetime.now(UTC))

    assert (sin_respuesta.nivel, del_archivo.nivel) == (Nivel.AVISO, Nivel.FALLA)
    assert "rechazó la conexión" in sin_respuesta.dice
    assert "vence en 0 días" in del_archivo.dice


OTRO = json.dumps({"id": "otro", "rol": "oficial"}).encode()
A_OTRO_LADO = {"Location": "https://otra.ejemplo.mx/"}
SIN_MARCOS = dict(routes.CABECERAS) | {"X-Frame-Options": "DENY"}
SIN_POLITICA = {n: v for n, v in routes.CABECERAS.items() if n != "Content-Security-Policy"}


@pytest.mark.parametrize(
    ("respuestas", "esperados", "dice"),
    [
        (BIEN, [("publica", Nivel.BIEN), ("cabeceras", Nivel.BIEN)], "es este nodo"),
        ({"/estado.json": (302, A_OTRO_LADO, b"")}, [("publica", Nivel.FALLA)], "redirige a «https://otra"),
        ({"/estado.json": (200, {}, OTRO)}, [("publica", Nivel.FALLA)], "no es este nodo"),
        ({"/estado.json": (200, {}, b"<html>")}, [("publica", Nivel.FALLA)], "no es este nodo"),
        ({}, [("publica", Nivel.FALLA)], "responde 404"),
        (
            {**BIEN, "/": (200, SIN_MARCOS, b"")},
            [("publica", Nivel.BIEN), ("cabeceras", Nivel.FALLA)],
            "impide enmarcar",
        ),
        (
            {**BIEN, "/": (200, SIN_POLITICA, b"")},
            [("publica", Nivel.BIEN), ("cabeceras", Nivel.FALLA)],
            "Content-Security-Policy",
        ),
    ],
)
def test_the_public_address_is_this_node_with_our_headers(
    nodo: ConfigNodo,
    autoridad: Autoridad,
    respuestas: Respuestas,
    esperados: list[tuple[str, Nivel]],
    dice: str,
) -> None:
    with PortalFalso(autoridad.certificar(), respuestas) as portal:
        vistos = red.publica(replace(nodo, url=portal.url))

    assert niveles(vistos) == esperados
    assert dice in " ".join(una.dice for una in vistos)


@pytest.mark.parametrize(
    ("adelanto", "nivel", "dice"),
    [
        (0.0, Nivel.BIEN, "0.0"),
        (30.0, Nivel.AVISO, "atrasado 30.0"),
        (-30.0, Nivel.AVISO, "adelantado 30.0"),
        (7200.0, Nivel.FALLA, "atrasado 7200.0"),
    ],
)
def test_e1_the_time_server_tells_how_far_off_the_clock_is(
    nodo: ConfigNodo, adelanto: float, nivel: Nivel, dice: str
) -> None:
    with ServidorDeHora(adelanto=adelanto) as servidor:
        (una,) = red.hora(replace(nodo, ntp=("127.0.0.1", servidor.puerto)))

    assert (una.id, una.nivel) == ("ntp", nivel)
    assert dice in una.dice


def test_e5_a_blocked_time_server_is_an_aviso_with_what_to_do(nodo: ConfigNodo) -> None:
    with ServidorDeHora(modo=Modo.CALLA) as servidor:
        inicio = time.monotonic()
        with pytest.raises(ErrorDeRed, match="sin respuesta"):
            red.sntp("127.0.0.1", servidor.puerto, plazo=0.3)
        assert time.monotonic() - inicio < 20
    (una,) = red.hora(replace(nodo, ntp=("127.0.0.1", servidor.puerto)))  # nobody listens there any more

    assert una.nivel is Nivel.AVISO
    assert "sin respuesta" in una.dice
    assert "UDP 123" in una.hacer


@pytest.mark.parametrize("modo", [Modo.AJENA, Modo.PERDIDO, Modo.CORTA])
def test_e1_a_time_server_that_lies_is_not_believed(nodo: ConfigNodo, modo: Modo) -> None:
    with ServidorDeHora(modo=modo, adelanto=9999) as servidor:
        (una,) = red.hora(replace(nodo, ntp=("127.0.0.1", servidor.puerto)))

    assert una.nivel is Nivel.AVISO
    assert "9999" not in una.dice


@pytest.mark.parametrize("nombre", ["a..b", "no-existe.invalid", "a" * 64 + ".mx"])
def test_a_name_that_nobody_knows_is_told(nodo: ConfigNodo, nombre: str) -> None:
    perdido = replace(nodo, url=f"https://{nombre}", ntp=(nombre, 123))
    vistos = [*red.certificado(perdido, ahora=datetime.now(UTC)), *red.publica(perdido), *red.hora(perdido)]

    assert niveles(vistos) == [("tls", Nivel.AVISO), ("publica", Nivel.AVISO), ("ntp", Nivel.AVISO)]
    assert all("no existe ese nombre" in una.dice for una in vistos)


def test_a_fault_of_ours_in_a_look_is_not_taken_for_the_network_s() -> None:
    def falla() -> tuple[Comprobacion, ...]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        red.a_la_vez({"Rota": falla}, plazo=5)


def test_a_look_that_hangs_costs_the_deadline_and_no_more() -> None:
    def cuelga() -> tuple[Comprobacion, ...]:
        time.sleep(60)
        return ()

    inicio = time.monotonic()

    vistos = red.a_la_vez({"Cuelga": cuelga, "Bien": lambda: (bien("b", "Bien", "sí"),)}, plazo=0.2)

    assert time.monotonic() - inicio < 20
    assert [(una.que, una.nivel) for una in vistos] == [("Cuelga", Nivel.FALLA), ("Bien", Nivel.BIEN)]


def test_a7_an_address_that_says_nothing_is_told_within_the_deadline(nodo: ConfigNodo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mudo:
        url = f"https://127.0.0.1:{mudo.getsockname()[1]}"
        vistos = red.a_la_vez({"Dirección pública": lambda: red.publica(replace(nodo, url=url))}, plazo=0.5)

    assert [una.nivel for una in vistos] == [Nivel.FALLA]
    assert "sin respuesta en 0.5 s" in vistos[0].dice


@pytest.mark.parametrize(
    ("respuestas", "nivel"),
    [
        ({}, Nivel.AVISO),
        ({"/metadata/timestamp.json": (200, {"Content-Length": "2"}, b"{}")}, Nivel.FALLA),
    ],
)
def test_the_source_of_a_pull_is_asked(
    nodo: ConfigNodo, autoridad: Autoridad, respuestas: Respuestas, nivel: Nivel
) -> None:
    with PortalFalso(autoridad.certificar(), respuestas) as portal:
        (una,) = red.origen(replace(nodo, origen=portal.url))

    assert (una.id, una.nivel) == ("origen", nivel)
    assert una.hacer


@contextlib.contextmanager
def salud(senas: Senas) -> Iterator[int]:
    """Answer /salud as a node would, its status too; the port."""

    class Atiende(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if senas.retirado else 200)
            self.end_headers()
            self.wfile.write(senas.escribir())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the standard library's name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Atiende) as servidor:
        threading.Thread(target=servidor.serve_forever, args=(0.02,), daemon=True).start()
        yield servidor.server_port
        servidor.shutdown()


SENAS = Senas(activo=7, listo=7, retirado=False, vida="a", ve="b", ve_listo=7)


@pytest.mark.parametrize(
    ("retirado", "nivel", "dice"),
    [(True, Nivel.AVISO, "a todo responde 503"), (False, Nivel.BIEN, "atiende, corte 7")],
)
def test_a_node_of_two_says_when_it_retired(
    nodo: ConfigNodo, nivel: Nivel, dice: str, *, retirado: bool
) -> None:
    with salud(replace(SENAS, retirado=retirado)) as propio, salud(SENAS) as otro:
        par = ConfigPar(url=f"http://127.0.0.1:{otro}", principal=True)
        (una,) = red.par(replace(nodo, puerto=propio, par=par))

    assert (una.nivel, dice in una.dice) == (nivel, True)


def test_a_node_of_two_says_when_the_other_one_is_silent(nodo: ConfigNodo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as libre:
        muerto = libre.getsockname()[1]
    with salud(SENAS) as propio:
        par = ConfigPar(url=f"http://127.0.0.1:{muerto}", principal=True)
        (una,) = red.par(replace(nodo, puerto=propio, par=par))

    assert (una.nivel, "rechazó la conexión" in una.dice) == (Nivel.AVISO, True)
    assert red.par(nodo) == ()
