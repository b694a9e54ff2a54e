"""Two nodes behind one address, fed at different moments and killed, under the manual's own nginx."""

import contextlib
import http.client
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pregon.node import config
from pregon.testing.nginx import NOMBRE, NginxEnProceso, certificar
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba

pytestmark = [pytest.mark.usefixtures("nginx"), pytest.mark.timeout(300)]
MANUAL = Path(__file__).resolve().parents[2] / "docs/como/difusor-dos-nodos.md"


class Pareja:
    """Two nodes and a balancer, and a reader who reloads the entry page without rest."""

    def __init__(self, carpeta: Path) -> None:
        self.origen = OrigenDePrueba(carpeta / "origen", periodo=60.0)
        self.puertos = [puerto_libre(), puerto_libre()]
        self.buzones = [carpeta / f"n{i}/buzon" for i in range(2)]
        self.tomls = [self._escribir(carpeta / f"n{i}", i) for i in range(2)]
        self.nodos = [NodoEnProceso(toml) for toml in self.tomls]
        self.visto: list[int] = []
        self.estados: Counter[int] = Counter()
        self._fin = threading.Event()
        (carpeta / "nginx").mkdir()
        certificar(carpeta / "nginx")
        nodo = config.leer(self.tomls[0].read_text(encoding="utf-8"), archivo=self.tomls[0])
        self.balanceador = NginxEnProceso(nodo, carpeta / "nginx")

    def entregar(self, nodo: int) -> None:
        self.origen.entregar(self.buzones[nodo])

    @contextlib.contextmanager
    def leyendo(self) -> Iterator[None]:
        lector = threading.Thread(target=self._leer)
        lector.start()
        try:
            yield
        finally:
            self._fin.set()
            lector.join()

    def esperar(self, numero: int, segundos: float = 40.0) -> None:
        """Wait until both show it."""
        limite = time.monotonic() + segundos
        while not all(self._salud(puerto) == numero for puerto in self.puertos):
            assert time.monotonic() < limite
            time.sleep(0.05)

    def _leer(self) -> None:
        cliente = self.balanceador.cliente()
        while not self._fin.is_set():
            try:
                cliente.request("GET", "/")
                respuesta = cliente.getresponse()
                cuerpo = respuesta.read()
            except (OSError, http.client.HTTPException):
                self.estados[0] += 1  # cut in the middle, with the node that was killed
                cliente.close()
                continue
            self.estados[respuesta.status] += 1
            if respuesta.status == 200:
                self.visto.append(int(cuerpo.split(b"corte=")[1].split(b";")[0]))
        cliente.close()

    def _salud(self, puerto: int) -> int | None:
        with (
            contextlib.suppress(OSError),
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", puerto, timeout=5)) as cliente,
        ):
            cliente.request("GET", "/salud")
            respuesta = cliente.getresponse()
            cuerpo = respuesta.read()
            if respuesta.status == 200:
                return int(cuerpo.split(b"activo ")[1].split()[0])
        return None

    def _escribir(self, carpeta: Path, i: int) -> Path:
        resto = f'[par]\nurl = "http://127.0.0.1:{self.puertos[1 - i]}"\nprincipal = {str(i == 0).lower()}\n'
        toml = escribir_nodo(carpeta, self.origen.raiz, rol=ROL, resto=resto)
        texto = toml.read_text(encoding="utf-8").replace("127.0.0.1:0", f"127.0.0.1:{self.puertos[i]}")
        toml.write_text(texto, encoding="utf-8")
        return toml

    def configuracion(self) -> str:
        """Return the balancer's configuration as the manual shows it, with this machine's addresses."""
        (bloque,) = re.findall(
            r"^```nginx\n(.*?)^```", MANUAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        carpeta = self.balanceador.carpeta
        cambios = {
            "10.0.0.11:8081": f"127.0.0.1:{self.puertos[0]}",
            "10.0.0.12:8081": f"127.0.0.1:{self.puertos[1]}",
            "listen 443": f"listen 127.0.0.1:{self.balanceador.https}",
            "prep2026.diariox.example": NOMBRE,
            "/etc/nginx/prep.pem": str(carpeta / "certificado.pem"),
            "/etc/nginx/prep.key": str(carpeta / "llave.pem"),
        }
        for de, a in cambios.items():
            assert de in bloque
            bloque = bloque.replace(de, a)
        temporales = "".join(
            f"{uno}_temp_path {carpeta}/t;\n" for uno in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return f"events {{}}\nhttp {{\naccess_log off;\n{temporales}{bloque}}}\n"


@contextlib.contextmanager
def pareja(carpeta: Path) -> Iterator[Pareja]:
    esta = Pareja(carpeta)
    esta.origen.publicar(1)
    for i in (0, 1):
        esta.entregar(i)
    try:
        for uno in esta.nodos:
            uno.iniciar()
        esta.esperar(1)
        esta.balanceador.arrancar(esta.configuracion())
        with esta.leyendo():
            yield esta
    finally:
        esta.balanceador.__exit__()
        for uno in esta.nodos:
            uno.matar()


def puerto_libre() -> int:
    with socket.create_server(("127.0.0.1", 0)) as oido:
        return int(oido.getsockname()[1])


def bajadas(visto: list[int]) -> list[tuple[int, int]]:
    return [(a, b) for a, b in pairwise(visto) if b < a]


def test_one_reader_never_sees_the_number_fall_whoever_receives_first(tmp_path: Path) -> None:
    with pareja(tmp_path) as esta:
        for numero, primero in ((2, 0), (3, 1), (4, 0)):
            esta.origen.publicar(numero)
            esta.entregar(primero)
            time.sleep(0.6)
            esta.entregar(1 - primero)
            esta.esperar(numero)
    assert bajadas(esta.visto) == []
    assert set(esta.visto) == {1, 2, 3, 4}
    assert esta.estados.keys() == {200}


@pytest.mark.full
@pytest.mark.parametrize("semilla", [1, 2])
def test_one_reader_never_sees_the_number_fall_in_fifty_publications_with_deaths(
    tmp_path: Path, semilla: int
) -> None:
    azar = random.Random(semilla)
    with pareja(tmp_path) as esta:
        for numero in range(2, 52):
            esta.origen.publicar(numero)
            primero = azar.randrange(2)
            esta.entregar(primero)
            time.sleep(azar.choice((0.0, 0.05, 0.3, 1.0)))
            if azar.random() < 0.8:
                esta.entregar(1 - primero)
            if numero in {15, 40}:
                esta.nodos[0].matar()
            if numero in {22, 46}:
                esta.nodos[0].iniciar()
            if numero == 28:
                esta.nodos[1].matar()
            if numero == 33:
                esta.nodos[1].iniciar()
            time.sleep(azar.uniform(0.1, 0.8))
        for i in (0, 1):
            esta.entregar(i)
        esta.esperar(51)
    assert bajadas(esta.visto) == []
    assert esta.visto[-1] == 51
    assert len(set(esta.visto)) > 25
    # While the only node alive lacks what the dead one showed, it answers nothing rather than less.
    assert esta.estados[200] > 4 * (esta.estados.total() - esta.estados[200])
