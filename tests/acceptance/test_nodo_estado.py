"""`pregon nodo estado` and `probar`: what the person at the difusor sees, by the real programs."""

import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pregon.cli import main
from pregon.errors import DIFERENCIAS, EXITO
from pregon.paquete.difusores import Estado
from pregon.testing.autoridad import Autoridad
from pregon.testing.hora import Modo, ServidorDeHora
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.testing.portal import abrir_portal

Orden = Callable[[str, Path], tuple[int, dict[str, Any], dict[str, Any]]]


@pytest.fixture
def origen(tmp_path: Path) -> OrigenDePrueba:
    return OrigenDePrueba(tmp_path / "origen")


@pytest.fixture
def orden(capsys: pytest.CaptureFixture[str]) -> Orden:
    """Run a verb in this process; return its exit code, its JSON, and the checks by id."""

    def correr(verbo: str, config: Path) -> tuple[int, dict[str, Any], dict[str, Any]]:
        codigo = main(["nodo", verbo, str(config), "--json"])
        salida, errores = capsys.readouterr()
        assert not errores
        dicho = json.loads(salida)
        return codigo, dicho, {una["id"]: una for una in dicho["comprobaciones"]}

    return correr


def servido(carpeta: Path) -> dict[str, bytes]:
    """Return every file of the folder, but the logs."""
    return {
        str(ruta): ruta.read_bytes()
        for ruta in carpeta.rglob("*")
        if ruta.is_file() and "acceso" not in ruta.parts and ruta.name != ".nodo.lock"
    }


def test_a_night_that_goes_well(origen: OrigenDePrueba, tmp_path: Path, orden: Orden) -> None:
    with ServidorDeHora() as hora:
        config = escribir_nodo(
            tmp_path / "nodo",
            origen.raiz,
            rol=ROL,
            resto=f'ntp = "127.0.0.1:{hora.puerto}"\nsoporte = "844 123 4567"\n',
        )
        with NodoEnProceso(config) as proceso:
            origen.publicar(1)
            origen.latido({"d1": Estado.ACTIVO})
            origen.entregar(tmp_path / "nodo/buzon")
            proceso.esperar_corte(1)
            publico = proceso.estado()
            esperar(tmp_path / "nodo/recibo.json")
            codigo, dicho, vistas = orden("estado", config)
            servidos = proceso.pedir("/.well-known/pregon/recibo.json")[1]

    assert codigo == EXITO, dicho
    assert (dicho["corte"], dicho["faltas"], dicho["difusor"]) == (1, 0, "activo")
    assert dicho["siguiente"]["corte"] == 2
    assert 1100 < dicho["siguiente"]["segundos"] <= 1200
    # Whether something keeps the clock of the machine that runs this right is no business of the test.
    assert {una["nivel"] for una in vistas.values() if una["id"] not in {"tls", "reloj"}} == {"ok"}
    assert vistas["tls"]["nivel"] == "aviso"  # nodo.toml gives no public address
    assert dicho["recibo"].replace("-", "") == hashlib.sha256(servidos).hexdigest()[:8]
    # The public sees the same night, and nothing of the machine.
    assert publico["siguiente"] == dicho["siguiente"]["vence"]
    assert {"versiones", "comprobaciones", "soporte", "rechazo", "pendiente"} & set(publico) == set()
    assert str(tmp_path) not in json.dumps(publico)


def test_a2_a_refusal_is_told_with_its_cause_and_what_to_do(
    origen: OrigenDePrueba, tmp_path: Path, orden: Orden, capsys: pytest.CaptureFixture[str]
) -> None:
    config = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    buzon = tmp_path / "nodo/buzon"
    for numero in (1, 2):
        origen.publicar(numero)
        origen.entregar(buzon)
        if numero == 1:
            shutil.copytree(buzon, tmp_path / "vieja")
        main(["nodo", "recibir", str(config)])
    shutil.rmtree(buzon)
    shutil.copytree(tmp_path / "vieja", buzon)
    main(["nodo", "recibir", str(config)])
    capsys.readouterr()

    codigo, dicho, vistas = orden("estado", config)

    assert (codigo, dicho["corte"]) == (DIFERENCIAS, 2)
    assert vistas["entrega"]["nivel"] == "falla"
    assert "anterior a lo que ya se aceptó" in vistas["entrega"]["dice"]
    assert vistas["proceso"]["dice"].startswith("apagado")


def test_e1_a_wrong_clock_is_told_with_how_much(origen: OrigenDePrueba, tmp_path: Path) -> None:
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("falta faketime: apt-get install faketime")
    with ServidorDeHora() as hora:
        config = escribir_nodo(
            tmp_path / "nodo", origen.raiz, rol=ROL, resto=f'ntp = "127.0.0.1:{hora.puerto}"\n'
        )
        origen.publicar(1)
        origen.entregar(tmp_path / "nodo/buzon")
        with NodoEnProceso(config) as proceso:
            proceso.esperar_corte(1)
            hecho = subprocess.run(
                [faketime, "-f", "-2h", sys.executable, "-m", "pregon", "nodo", "estado", config, "--json"],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                env=os.environ | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"},
            )
            corte = proceso.estado()["corte"]

    vistos = {una["id"]: una for una in json.loads(hecho.stdout)["comprobaciones"]}
    assert (hecho.returncode, corte) == (DIFERENCIAS, 1)
    assert "atrasado 7200." in vistos["ntp"]["dice"] or "atrasado 7199." in vistos["ntp"]["dice"]
    assert "atrasado al menos 7" in vistos["firmas"]["dice"]
    assert vistos["ntp"]["hacer"]


def test_e5_blocked_udp_123_is_a_warning_before_the_day(
    origen: OrigenDePrueba, tmp_path: Path, orden: Orden
) -> None:
    with ServidorDeHora(modo=Modo.CALLA) as hora:
        config = escribir_nodo(
            tmp_path / "nodo", origen.raiz, rol=ROL, resto=f'ntp = "127.0.0.1:{hora.puerto}"\n'
        )
        inicio = time.monotonic()
        codigo, _, vistas = orden("probar", config)

    assert codigo == EXITO
    assert vistas["ntp"]["nivel"] == "aviso"
    assert "sin respuesta" in vistas["ntp"]["dice"]
    assert "UDP 123" in vistas["ntp"]["hacer"]
    assert time.monotonic() - inicio < 40  # 10 for the network, the rest for a busy machine


@pytest.mark.usefixtures("nginx")
def test_the_whole_machine_is_well_behind_nginx(
    tmp_path: Path, orden: Orden, monkeypatch: pytest.MonkeyPatch
) -> None:
    autoridad = Autoridad(tmp_path)
    hoja = autoridad.certificar()
    monkeypatch.setenv("SSL_CERT_FILE", str(autoridad.raiz))
    portal = abrir_portal(tmp_path, con_nginx=True, nombres=("localhost",), certificado=hoja, llave=hoja)
    with ServidorDeHora() as hora, portal as sitio:
        assert sitio.nginx is not None
        assert sitio.nginx.config.nginx is not None
        sitio.entregar(1)
        config = tmp_path / "nodo/nodo.toml"
        with config.open("a", encoding="utf-8") as toml:
            toml.write(
                f'url = "https://localhost:{sitio.nginx.https}"\nntp = "127.0.0.1:{hora.puerto}"\n'
                f'[nginx]\nnombres = ["nodo.ejemplo.mx"]\ncertificado = "{hoja}"\nllave = "{hoja}"\n'
                f'usuario = "{sitio.nginx.config.nginx.usuario}"\n'
                f'direcciones = ["127.0.0.1"]\nhttps = {sitio.nginx.https}\nhttp = {sitio.nginx.http}\n'
            )
        antes = servido(tmp_path / "nodo")

        codigo, _, vistas = orden("probar", config)

        assert codigo == EXITO, vistas
        assert servido(tmp_path / "nodo") == antes
    # What depends on the machine that runs this may be an aviso.
    propias = {"nucleos", "memoria", "capacidad", "disco", "carpeta", "reloj"}
    assert [una for una in vistas.values() if una["nivel"] != "ok" and una["id"] not in propias] == []
    assert {"raiz", "buzon", "proceso", "nginx", "zona", "ntp", "tls", "publica", "cabeceras"} <= set(vistas)


def test_what_fails_before_the_night_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = escribir_nodo(tmp_path / "nodo", tmp_path / "no-esta.json", rol=ROL)

    codigo = main(["nodo", "probar", str(config)])

    dicho = capsys.readouterr().out
    assert codigo == DIFERENCIAS
    assert "FALLA  Raíz de confianza" in dicho
    assert "→ pida raiz.json al Instituto" in dicho
    assert "Corrija las fallas y vuelva a correr esta orden." in dicho
    assert "\033[" not in dicho


def test_colours_are_for_terminals_only(origen: OrigenDePrueba, tmp_path: Path) -> None:
    config = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    maestro, esclavo = pty.openpty()
    leido = bytearray()
    lector = threading.Thread(target=_leer, args=(maestro, leido), daemon=True)
    lector.start()
    subprocess.run(
        [sys.executable, "-m", "pregon", "nodo", "estado", config], stdout=esclavo, timeout=60, check=False
    )
    os.close(esclavo)
    lector.join(10)
    os.close(maestro)

    assert b"\033[31;1mFALLA\033[0m" in leido


def _leer(descriptor: int, hasta: bytearray) -> None:
    try:
        while trozo := os.read(descriptor, 4096):
            hasta += trozo
    except OSError:  # the other end is closed
        return


def esperar(archivo: Path) -> None:
    limite = time.monotonic() + 20
    while not (archivo.exists() and json.loads(archivo.read_bytes())["corte"] == 1):
        assert time.monotonic() < limite
        time.sleep(0.05)
