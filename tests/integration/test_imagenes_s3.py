"""Images from a bucket: moto's own HTTP server, in a process of its own; and servers that misbehave."""

import contextlib
import hashlib
import http.server
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from pregon.errors import ErrorDeRed
from pregon.origin.imagenes import Recogidas, recoger
from pregon.origin.imagenes.s3 import Cubeta, ImagenesS3
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.limites import LIMITES
from pregon.prep import eleccion

FOTO = b"\xff\xd8\xff foto"
SHA = hashlib.sha256(FOTO).hexdigest()


@pytest.fixture(scope="module")
def servidor() -> Iterator[str]:
    """Address of a moto server on loopback, stopped at the end."""
    puerto = libre()
    with subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(puerto)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as proceso:
        try:
            esperar(puerto)
            yield f"http://127.0.0.1:{puerto}"
        finally:
            proceso.terminate()


@pytest.fixture(autouse=True)
def credenciales(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the credentials where boto3 looks for them: the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "prueba")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "prueba")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def cubeta(servidor: str, request: pytest.FixtureRequest) -> Cubeta:
    nombre = "actas-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:8]
    de_prueba = Cubeta(nombre=nombre, prefijo="2026/", sufijo=".jpg", url=servidor, region="us-east-1")
    cliente(servidor).create_bucket(Bucket=nombre)
    return de_prueba


def test_an_image_is_found_between_prefix_and_suffix(cubeta: Cubeta) -> None:
    poner(cubeta, SHA, FOTO)

    assert list(ImagenesS3(cubeta).buscar(["0" * 64, SHA], 60)) == [(SHA, FOTO)]


def test_many_images_come_in_the_order_asked_for(cubeta: Cubeta) -> None:
    fotos = {hashlib.sha256(f).hexdigest(): f for f in (FOTO + bytes([n]) for n in range(40))}
    for sha, foto in fotos.items():
        poner(cubeta, sha, foto)

    assert list(ImagenesS3(cubeta).buscar(fotos, 60)) == list(fotos.items())


def test_no_more_than_the_limit_is_read(cubeta: Cubeta) -> None:
    poner(cubeta, SHA, bytes(LIMITES.imagen + 70_000))

    ((_, datos),) = ImagenesS3(cubeta).buscar([SHA], 60)

    assert len(datos) == LIMITES.imagen + 1


def test_r96_the_images_of_a_night_come_from_the_bucket(cubeta: Cubeta) -> None:
    noche = Sintetica(eleccion.leer(ejemplos.texto("municipio"), archivo="e"), con_imagenes=True)
    actas = noche.leer(noche.jornada.cierre).actas
    codigos = [a.codigo_integridad for a in actas["AYUN"] if a.codigo_integridad]
    for codigo, imagen in noche.buscar(codigos[1:], 60):
        poner(cubeta, codigo, imagen)
    poner(cubeta, codigos[-1], b"\x89PNG\r\n\x1a\n otra")
    guardadas: list[bytes] = []

    recogidas = recoger(ImagenesS3(cubeta), actas, Recogidas(), guardar=guardadas.append, plazo=60)

    assert [r.codigo for r in recogidas.rechazadas] == [codigos[-1]]
    assert {hashlib.sha256(g).hexdigest() for g in guardadas} == set(codigos[1:-1])
    assert not recogidas.falla


def test_a_bucket_that_is_not_there_is_told(servidor: str) -> None:
    otra = Cubeta(nombre="no-hay-tal", url=servidor, region="us-east-1")

    with pytest.raises(ErrorDeRed, match="NoSuchBucket"):
        list(ImagenesS3(otra).buscar([SHA], 60))


def test_a_server_that_is_not_there_is_told_in_time() -> None:
    otra = Cubeta(nombre="actas", url=f"http://127.0.0.1:{libre()}", region="us-east-1", plazo_conexion=1)

    with pytest.raises(ErrorDeRed, match="no respondió"):
        list(ImagenesS3(otra).buscar([SHA], 60))


def test_a_server_that_drips_is_left_at_the_deadline_and_holds_up_no_other_image() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gotera) as gotera:
        threading.Thread(target=gotera.serve_forever, daemon=True).start()
        direccion = f"http://127.0.0.1:{gotera.server_port}"
        lenta = Cubeta(nombre="actas", url=direccion, region="us-east-1", plazo_imagen=1)
        halladas: list[tuple[str, bytes]] = []
        empieza = time.monotonic()

        with pytest.raises(ErrorDeRed, match="tardó más de 1 s"):
            halladas.extend(ImagenesS3(lenta).buscar([LENTA, SHA], 60))

        gotera.shutdown()

    assert halladas == [(SHA, FOTO)]
    assert time.monotonic() - empieza < 10


def test_after_the_deadline_of_a_corte_nothing_more_is_asked_for(cubeta: Cubeta) -> None:
    fotos = {hashlib.sha256(f).hexdigest(): f for f in (FOTO + bytes([n]) for n in range(20))}
    for sha, foto in fotos.items():
        poner(cubeta, sha, foto)
    halladas: list[tuple[str, bytes]] = []

    with pytest.raises(ErrorDeRed, match="tarda demasiado"):
        halladas.extend(ImagenesS3(cubeta).buscar(fotos, 0))

    assert halladas == list(fotos.items())[:8]


LENTA = "0" * 64


class Gotera(http.server.BaseHTTPRequestHandler):
    """Answers at once, but lets one image drip for a minute."""

    def do_GET(self) -> None:
        lenta = LENTA in self.path
        self.send_response(200)
        self.send_header("Content-Length", str(120 if lenta else len(FOTO)))
        self.end_headers()
        if not lenta:
            self.wfile.write(FOTO)
            return
        with contextlib.suppress(OSError):
            for _ in range(120):
                self.wfile.write(b".")
                time.sleep(0.5)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def cliente(url: str) -> Any:
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1")


def poner(cubeta: Cubeta, sha: str, datos: bytes) -> None:
    assert cubeta.url
    llave = f"{cubeta.prefijo}{sha}{cubeta.sufijo}"
    cliente(cubeta.url).put_object(Bucket=cubeta.nombre, Key=llave, Body=datos)


def libre() -> int:
    with socket.create_server(("127.0.0.1", 0)) as enchufe:
        return int(enchufe.getsockname()[1])


def esperar(puerto: int) -> None:
    limite = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", puerto), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < limite, "moto no respondió en un minuto"
            time.sleep(0.1)
