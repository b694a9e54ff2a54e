"""`pregon nodo reenviar`: the person at the difusor asks for everything again."""

import functools
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pregon.cli import main
from pregon.cli.nodo.salida import llano
from pregon.errors import DIFERENCIAS, EXITO
from pregon.node import config, nodo, reenvio
from pregon.node.nodo import CANDADO
from pregon.paquete import recibo
from pregon.paquete.recibo import Recibo
from pregon.storage.lock import holder, lock
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher


@pytest.fixture
def origen(tmp_path: Path) -> OrigenDePrueba:
    return OrigenDePrueba(tmp_path / "origen")


@pytest.fixture
def configuracion(tmp_path: Path, origen: OrigenDePrueba) -> Path:
    return escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)


class _Calla(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(origen: OrigenDePrueba) -> Iterator[str]:
    atiende = functools.partial(_Calla, directory=str(origen.repositorio.carpeta))
    with ThreadingHTTPServer(("127.0.0.1", 0), atiende) as servidor:
        threading.Thread(target=servidor.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{servidor.server_port}"
        servidor.shutdown()


def pedir(capsys: pytest.CaptureFixture[str], config: Path, *resto: str) -> tuple[int, Any]:
    codigo = main(["nodo", "reenviar", str(config), "--json", *resto])
    return codigo, json.loads(capsys.readouterr().out)


def emitido(carpeta: Path) -> Recibo:
    return recibo.leer((carpeta / "recibo.json").read_bytes())[0]


def danar(carpeta: Path) -> None:
    pagina = carpeta / "actual" / "index.html"
    pagina.chmod(0o644)
    pagina.write_bytes(b"otra cosa")


def test_b5_beside_a_running_node_it_is_repaired_and_the_receipt_asks_for_all(
    origen: OrigenDePrueba, configuracion: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carpeta = configuracion.parent
    with NodoEnProceso(configuracion) as proceso:
        origen.publicar(1)
        origen.entregar(carpeta / "buzon")
        proceso.esperar_corte(1)
        danar(carpeta)

        codigo, hecho = pedir(capsys, configuracion)

        assert codigo == EXITO, hecho
        assert (hecho["corte"], hecho["danados"], hecho["entero"]) == (1, 0, True)
        assert hecho["hallados"] >= 1
        assert proceso.pedir("/")[1] == b"<!doctype html><title>Corte 1</title>corte=1;"
        esperar(lambda: emitido(carpeta / "buzon").entero)
        origen.latido()
        origen.entregar(carpeta / "buzon")
        esperar(lambda: not emitido(carpeta / "buzon").entero)


def test_alone_it_makes_the_round_itself(
    origen: OrigenDePrueba, configuracion: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    origen.publicar(1)
    origen.entregar(configuracion.parent / "buzon")

    codigo, hecho = pedir(capsys, configuracion)

    assert (codigo, hecho["resultado"], hecho["danados"]) == (EXITO, "activado", 0)
    assert holder(configuracion.parent / CANDADO) is None


def test_in_pull_what_lacks_is_fetched_and_nothing_is_asked_of_the_institute(
    origen: OrigenDePrueba, web: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = escribir_nodo(tmp_path / "jala", origen.raiz, rol=ROL, resto=f'origen = "{web}"\n')
    origen.publicar(1)
    pedir(capsys, config)
    danar(config.parent)

    codigo, hecho = pedir(capsys, config)

    assert (codigo, hecho["resultado"], hecho["danados"], hecho["entero"]) == (EXITO, "al día", 0, False)
    assert (config.parent / "actual/index.html").read_bytes().endswith(b"corte=1;")
    assert not emitido(config.parent).entero


def test_what_the_source_no_longer_has_is_told_with_what_to_do(
    origen: OrigenDePrueba, configuracion: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    origen.publicar(1)
    origen.entregar(configuracion.parent / "buzon")
    pedir(capsys, configuracion)
    danar(configuracion.parent)
    for objeto in (configuracion.parent / "buzon/objetos").glob("*/*"):
        objeto.unlink()

    codigo = main(["nodo", "reenviar", str(configuracion)])

    dicho = capsys.readouterr().out
    assert codigo == DIFERENCIAS
    assert "1 de 9 archivos del corte 1 no están como se firmaron" in dicho
    assert "Qué hacer: repita la orden" in dicho
    assert "su próxima entrega lo traiga todo (recibo" in dicho


def test_a_node_that_is_busy_attends_it_later(
    origen: OrigenDePrueba, configuracion: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock(configuracion.parent / CANDADO):
        inicio = time.monotonic()
        codigo, hecho = pedir(capsys, configuracion, "--espera", "1")
        assert (codigo, hecho) == (DIFERENCIAS, None)
        assert time.monotonic() - inicio < 20
    origen.publicar(1)
    origen.entregar(configuracion.parent / "buzon")

    with NodoEnProceso(configuracion):
        esperar(lambda: not (configuracion.parent / "reenviar.json").exists())

    assert json.loads((configuracion.parent / "reenviado.json").read_bytes())["corte"] == 1


def test_f3_an_answer_that_the_disk_does_not_take_is_no_reason_to_spin(
    origen: OrigenDePrueba, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    config.write_text(config.read_text(encoding="utf-8").replace("0.05", "3600"), encoding="utf-8")
    (config.parent / "reenviado.json").mkdir()
    with NodoEnProceso(config):
        assert pedir(capsys, config, "--espera", "2") == (DIFERENCIAS, None)
    libro = (config.parent / "bitacora.jsonl").read_text(encoding="utf-8")

    assert libro.count('"acto":"reenvio"') == 1


def test_i12_what_others_sent_cannot_steer_the_terminal() -> None:
    assert llano("«\033[31m\u202ex»\n") == "«�[31m�x»\n"


@pytest.mark.parametrize("espera", ["0", "601", "x", "-1"])
def test_a_wait_out_of_bounds_is_told(
    configuracion: Path, capsys: pytest.CaptureFixture[str], espera: str
) -> None:
    with pytest.raises(SystemExit):
        main(["nodo", "reenviar", str(configuracion), f"--espera={espera}"])

    assert "va de 1 a 600 segundos" in capsys.readouterr().err


def esperar(condicion: Any, segundos: float = 20.0) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite
        time.sleep(0.05)


def test_who_asks_while_another_is_answered_is_answered_next(
    origen: OrigenDePrueba, configuracion: Path
) -> None:
    leida = config.leer(configuracion.read_text(encoding="utf-8"), archivo=configuracion)
    origen.publicar(1)
    origen.entregar(leida.buzon)

    class Buzon(CarpetaFetcher):
        segundo = ""

        def version(self) -> object | None:
            self.segundo = self.segundo or reenvio.pedir(leida.carpeta, datetime.now(UTC))
            return super().version()

    with nodo.abrir(leida) as propio:
        primero = reenvio.pedir(leida.carpeta, datetime.now(UTC))
        buzon = Buzon(leida.buzon, buzon=True)

        assert reenvio.atender(propio, buzon, ahora=datetime.now(UTC)).pedido == primero
        assert reenvio.pedido(leida.carpeta) == buzon.segundo
        assert reenvio.atender(propio, buzon, ahora=datetime.now(UTC)).pedido == buzon.segundo
        assert reenvio.pedido(leida.carpeta) is None
