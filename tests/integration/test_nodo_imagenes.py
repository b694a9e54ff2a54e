"""Images at a node: brought after the corte, served by their hash while a kept corte lists them (§14)."""

import http.client
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from pregon.clock import SystemClock
from pregon.errors import ErrorDeAlmacen
from pregon.node import config, nodo, receive
from pregon.node.nodo import Nodo
from pregon.node.receive import CONSERVADOS, Resultado, recibir, revisar, traer_imagenes
from pregon.node.registro import Registro
from pregon.node.serve import Servidor
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, huella
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher

FOTO, OTRA = b"\x89PNG\r\n\x1a\n una", b"\x89PNG\r\n\x1a\n otra"


@dataclass
class Casa:
    """One institute and one node, whose inbox may be filled in two times."""

    origen: OrigenDePrueba
    nodo: Nodo
    servidor: Servidor

    def publicar(self, numero: int, *imagenes: bytes) -> tuple[Archivo, ...]:
        archivos = self.origen.con_imagenes(*imagenes)
        self.origen.publicar(numero, imagenes=archivos)
        return archivos

    def entregar(self, *, sin: tuple[Archivo, ...] = ()) -> Resultado:
        """Deliver and receive; `sin` is still on its way."""
        self.origen.entregar(self.nodo.config.buzon)
        for uno in sin:
            self.en_buzon(uno).unlink()
        return recibir(self.nodo, self.fuente(), ahora=ahora()).resultado

    def traer(self) -> int:
        return traer_imagenes(self.nodo, self.fuente(), ahora=ahora())

    def fuente(self) -> CarpetaFetcher:
        return CarpetaFetcher(self.nodo.config.buzon, buzon=True)

    def en_buzon(self, uno: Archivo) -> Path:
        return self.nodo.config.buzon / "objetos" / uno.sha256[:2] / uno.sha256

    def pedir(self, ruta: str, **cabeceras: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        conexion = http.client.HTTPConnection("127.0.0.1", self.servidor.server_port, timeout=10)
        try:
            conexion.request("GET", ruta, headers={c.replace("_", "-"): v for c, v in cabeceras.items()})
            respuesta = conexion.getresponse()
            return respuesta.status, respuesta.headers, respuesta.read()
        finally:
            conexion.close()


def ahora() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def casa(tmp_path: Path) -> Iterator[Casa]:
    origen = OrigenDePrueba(tmp_path / "origen")
    ruta = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as propio:
        registro = Registro(tmp_path / "nodo/acceso", propio.config.zona)
        servidor = Servidor(propio, registro, SystemClock())
        hilo = threading.Thread(target=servidor.serve_forever, args=(0.02,))
        hilo.start()
        yield Casa(origen, propio, servidor)
        servidor.shutdown()
        servidor.server_close()
        hilo.join()
        registro.cerrar()


def test_a_corte_is_activated_without_its_images_and_they_come_after(casa: Casa) -> None:
    (foto,) = casa.publicar(1, FOTO)

    activado = casa.entregar(sin=(foto,))
    antes, pendientes = casa.pedir(f"/{foto.ruta}"), casa.traer()
    casa.origen.entregar(casa.nodo.config.buzon)
    faltan = casa.traer()

    assert activado is Resultado.ACTIVADO
    assert antes[0] == 404
    assert "Acta en proceso" in antes[2].decode()
    assert antes[1]["Cache-Control"] == "no-store"
    assert (pendientes, faltan) == (1, 0)
    assert casa.pedir(f"/{foto.ruta}")[2] == FOTO


@pytest.mark.parametrize("antes", ["", "c/1/"])
def test_an_image_is_served_for_ever_under_its_hash(casa: Casa, antes: str) -> None:
    (foto,) = casa.publicar(1, FOTO)
    casa.entregar()
    casa.traer()

    estado, cabeceras, cuerpo = casa.pedir(f"/{antes}{foto.ruta}")
    otra_vez = casa.pedir(f"/{antes}{foto.ruta}", If_None_Match=cabeceras["ETag"])

    assert (estado, cuerpo, cabeceras["Content-Type"]) == (200, FOTO, "image/png")
    assert "immutable" in cabeceras["Cache-Control"]
    assert otra_vez[0] == 304


def test_a9_an_object_that_no_corte_lists_as_image_is_not_served(casa: Casa) -> None:
    casa.publicar(1, FOTO)
    casa.entregar()
    casa.traer()
    ajena = casa.nodo.objetos.put(OTRA)

    assert casa.pedir(f"/actas/{ajena}.png")[0] == 404
    assert casa.pedir(f"/actas/{huella(FOTO)}.jpg")[0] == 404
    assert casa.pedir("/actas/")[0] == 404


def test_b5_an_image_altered_on_the_disk_is_not_served_and_comes_again(casa: Casa) -> None:
    (foto,) = casa.publicar(1, FOTO)
    casa.entregar()
    casa.traer()
    objeto = casa.nodo.objetos.path(foto.sha256)
    objeto.chmod(0o644)
    objeto.write_bytes(OTRA[: len(FOTO)])

    alterada = casa.pedir(f"/{foto.ruta}")[0]
    hallados = revisar(casa.nodo, casa.fuente(), ahora=ahora())
    casa.traer()

    assert alterada == 404
    assert hallados == (foto.ruta,)
    assert casa.pedir(f"/{foto.ruta}")[2] == FOTO


def test_a17_an_image_that_arrives_altered_is_dropped_and_costs_no_corte(casa: Casa) -> None:
    foto, otra = casa.publicar(1, FOTO, OTRA)
    casa.origen.entregar(casa.nodo.config.buzon)
    casa.en_buzon(foto).write_bytes(bytes(foto.tamano))

    activado = recibir(casa.nodo, casa.fuente(), ahora=ahora()).resultado
    faltan = casa.traer()

    assert activado is Resultado.ACTIVADO
    assert faltan == 1
    assert not casa.en_buzon(foto).exists()
    assert casa.nodo.objetos.verify(otra.sha256)
    assert [a.objeto for a in casa.nodo.bitacora.leer() if a.acto == "alterado"] == [foto.ruta]


def test_at_the_deadline_of_a_turn_the_rest_waits_for_the_next(
    casa: Casa, monkeypatch: pytest.MonkeyPatch
) -> None:
    casa.publicar(1, FOTO, OTRA)
    casa.entregar()

    with monkeypatch.context() as apretado:
        apretado.setattr(receive, "LIMITES", replace(LIMITES, plazo_imagenes=-1))
        sin_tiempo = casa.traer()

    assert (sin_tiempo, casa.traer()) == (2, 0)


def test_d11_images_leave_room_for_the_next_corte(casa: Casa, monkeypatch: pytest.MonkeyPatch) -> None:
    (foto,) = casa.publicar(1, FOTO)
    casa.entregar()
    activo = casa.nodo.activo()
    assert activo
    corte = sum(a.tamano for a in activo.manifest.archivos)
    libre = SimpleNamespace(free=2 * corte)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: libre)

    with pytest.raises(ErrorDeAlmacen, match="libere espacio"):
        casa.traer()
    libre.free = 2 * (corte + foto.tamano)

    assert casa.traer() == 0


def test_an_image_stays_while_a_kept_corte_lists_it(casa: Casa) -> None:
    (foto,) = casa.publicar(1, FOTO)
    casa.entregar()
    casa.traer()

    for numero in range(2, CONSERVADOS + 1):
        casa.publicar(numero, OTRA)
        casa.entregar()
        casa.traer()
    guardada = casa.pedir(f"/{foto.ruta}")[0]
    casa.publicar(CONSERVADOS + 1, OTRA)
    casa.entregar()

    assert guardada == 200
    assert not casa.nodo.objetos.has(foto.sha256)
    assert casa.pedir(f"/{foto.ruta}")[0] == 404
    assert casa.pedir(f"/actas/{huella(OTRA)}.png")[0] == 200


def test_an_image_in_the_inbox_is_kept_until_it_is_brought(casa: Casa) -> None:
    foto, _ = casa.publicar(1, FOTO, OTRA)
    casa.origen.entregar(casa.nodo.config.buzon)
    hora = time.time() - 7200
    for objeto in casa.nodo.config.buzon.glob("objetos/*/*"):
        os.utime(objeto, (hora, hora))

    recibir(casa.nodo, casa.fuente(), ahora=ahora())

    assert casa.en_buzon(foto).exists()
    assert casa.traer() == 0
