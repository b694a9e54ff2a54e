"""Row G10 of the table of threats: many first views through a line of 10 or 100 Mbit/s of this test's own."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pregon import sitio
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import huella
from pregon.prep.corte_json import corte_json
from pregon.prep.eleccion import leer
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba

pytestmark = [pytest.mark.full, pytest.mark.timeout(180)]
VISTA = 60_000
"""Bytes on the wire of the first view of the totals."""
LECTORES = 60
LECTOR = f"""
import concurrent.futures, json, re, time, urllib.parse, urllib.request

def pedir(ruta):
    pedido = urllib.request.Request(ruta, headers={{"Accept-Encoding": "gzip"}})
    with urllib.request.urlopen(pedido, timeout=120) as respuesta:
        import gzip
        datos = respuesta.read()
        cabeza = sum(len(n) + len(v) + 4 for n, v in respuesta.headers.items())
        plano = gzip.decompress(datos) if respuesta.headers["Content-Encoding"] == "gzip" else datos
        return plano.decode("utf-8", "replace"), len(datos) + cabeza

def vista(_):
    inicio = time.monotonic()
    pagina, total = pedir(BASE)
    cifras = time.monotonic() - inicio
    hojas = r'<link[^>]*rel="(?:stylesheet|icon)"[^>]*href="([^"]+)"'
    partes = re.findall(hojas, pagina) + re.findall(r'<(?:script|img)[^>]*src="([^"]+)"', pagina)
    for parte in partes:
        if not parte.startswith("data:"):
            total += pedir(urllib.parse.urljoin(BASE, parte))[1]
    return cifras, time.monotonic() - inicio, total

BASE = "http://10.213.7.1:8081/"
with concurrent.futures.ThreadPoolExecutor({LECTORES}) as grupo:
    inicio = time.monotonic()
    vistas = list(grupo.map(vista, range({LECTORES})))
    print(json.dumps({{"segundos": time.monotonic() - inicio, "vistas": vistas}}))
"""


@pytest.fixture
def linea() -> Iterator[tuple[str, str]]:
    """Two namespaces and a cable between them; both end with the test."""
    marca = secrets.token_hex(2)
    nodo, publico = f"pgn{marca}", f"pgp{marca}"
    try:
        for nombre in (nodo, publico):
            _ip("netns", "add", nombre)
        _ip("link", "add", "c0", "netns", nodo, "type", "veth", "peer", "name", "c0", "netns", publico)
        for nombre, direccion in ((nodo, "10.213.7.1/24"), (publico, "10.213.7.2/24")):
            _ip("-n", nombre, "addr", "add", direccion, "dev", "c0")
            _ip("-n", nombre, "link", "set", "c0", "up")
            _ip("-n", nombre, "link", "set", "lo", "up")
        yield nodo, publico
    finally:
        for nombre in (nodo, publico):
            subprocess.run(["ip", "netns", "del", nombre], capture_output=True, check=False)


def _ip(*argumentos: str) -> None:
    try:
        hecho = subprocess.run(["ip", *argumentos], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("falta ip: apt-get install iproute2")
    if hecho.returncode != 0:
        pytest.skip(f"hacer una red de prueba pide ser root: {hecho.stderr.strip()}")


@pytest.mark.parametrize("mbit", [10, 100])
def test_g10_sixty_first_views_fit_through_a_narrow_line_and_within_their_budget(
    tmp_path: Path, linea: tuple[str, str], mbit: int
) -> None:
    nodo, publico = linea
    ancho = ["tbf", "rate", f"{mbit}mbit", "burst", "32kb", "latency", "400ms"]
    subprocess.run(["tc", "-n", nodo, "qdisc", "add", "dev", "c0", "root", *ancho], check=True)
    origen = OrigenDePrueba(tmp_path / "origen")
    origen.publicar(1, archivos=_coahuila())
    toml = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    toml.write_text(toml.read_text().replace("127.0.0.1:0", "10.213.7.1:8081"))
    origen.entregar(tmp_path / "nodo/buzon")
    subprocess.run([sys.executable, "-m", "pregon", "nodo", "recibir", str(toml)], check=True)
    servir = [sys.executable, "-m", "pregon", "nodo", "servir", str(toml)]
    with subprocess.Popen(
        ["ip", "netns", "exec", nodo, *servir], stdout=subprocess.PIPE, text=True
    ) as proceso:
        try:
            assert proceso.stdout is not None
            assert "sirve" in proceso.stdout.readline()
            leer_ = ["ip", "netns", "exec", publico, sys.executable, "-c", LECTOR]
            dicho = json.loads(subprocess.run(leer_, capture_output=True, text=True, check=True).stdout)
        finally:
            proceso.terminate()
    cifras, enteras, bytes_ = zip(*dicho["vistas"], strict=True)
    assert max(bytes_) <= VISTA
    # What the line itself takes, twice over, and what two busy cores take.
    assert dicho["segundos"] < 2 * sum(bytes_) * 8 / (mbit * 1e6) + 10
    assert sum(cifras) < sum(enteras)


def _coahuila() -> dict[str, bytes]:
    fuente = Sintetica(leer(ejemplos.texto("diputaciones"), archivo="ejemplo"))
    noche = fuente.jornada
    instante = noche.apertura + 60 * noche.periodo
    corte = contar(noche, numero=61, instante=instante, ultimo=False, actas=fuente.leer(instante).actas)
    return dict(
        sitio.paginas(corte, publicado=instante, periodo=600.0, huella=huella(corte_json(corte)), imagenes=())
    )
