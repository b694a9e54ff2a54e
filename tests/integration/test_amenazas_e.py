"""Rows of the table of threats, E: wrong clocks, stale zones, the hour that is printed."""

import json
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pregon import sitio
from pregon.cli import main
from pregon.errors import DIFERENCIAS, EXITO
from pregon.node.examen import Nivel, maquina
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import huella
from pregon.prep.corte_json import corte_json
from pregon.prep.eleccion import leer
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba


@pytest.fixture
def faketime() -> str:
    programa = shutil.which("faketime")
    if programa is None:
        pytest.skip("falta faketime: apt-get install faketime")
    return programa


@pytest.mark.parametrize(
    ("desfase", "al_dia"),
    [
        ("+10y", False),
        *(pytest.param(d, True, marks=pytest.mark.full) for d in ("-1s", "+1s", "-262s", "+262s")),
        *(pytest.param(d, True, marks=pytest.mark.full) for d in ("-1h", "-400d", "-10y")),
        *(pytest.param(d, False, marks=pytest.mark.full) for d in ("+1h", "+1d", "+400d")),
    ],
)
def test_e1_a_node_with_a_wrong_clock_shows_only_what_is_signed_and_says_what_is_wrong(
    tmp_path: Path, faketime: str, desfase: str, *, al_dia: bool
) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")  # periods of ten minutes: a heartbeat is good for thirty
    toml = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    origen.publicar(1)
    origen.entregar(tmp_path / "nodo/buzon")
    assert correr("recibir", toml)["corte"] == 1
    origen.publicar(2)
    origen.entregar(tmp_path / "nodo/buzon")

    hecho = correr("recibir", toml, faketime, "-f", desfase)

    estado = correr("estado", toml)
    if al_dia:
        assert (hecho["resultado"], estado["corte"], estado["pendiente"]) == ("activado", 2, "")
    else:
        # It cannot be told from a stopped institute: what it has stays, and the cause is named.
        assert (hecho["resultado"], estado["corte"]) == ("vencido", 1)
        assert "revise la hora de este equipo" in estado["pendiente"]
        assert correr("recibir", toml)["corte"] == 2


def correr(orden: str, toml: Path, *delante: str) -> dict[str, Any]:
    hecho = subprocess.run(
        [*delante, sys.executable, "-m", "pregon", "nodo", orden, str(toml), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert hecho.returncode in {EXITO, DIFERENCIAS}, hecho.stderr  # `estado` tells failures by its code
    dicho: dict[str, Any] = json.loads(hecho.stdout)
    return dicho


@pytest.fixture
def zonas_viejas(tmp_path: Path) -> Path:
    """Zone files of a machine that nobody updated: summer hours that the law of 2022 ended."""
    carpeta = tmp_path / "zoneinfo"
    verano = struct.pack(">4sc15x6l", b"TZif", b"\0", 0, 0, 0, 0, 1, 4) + struct.pack(">lbb", -18_000, 0, 0)
    for nombre in ("America/Monterrey", "America/Mexico_City"):
        (carpeta / nombre).parent.mkdir(parents=True, exist_ok=True)
        (carpeta / nombre).write_bytes(verano + b"CDT\0")
    return carpeta


def test_e3_a_machine_with_stale_zones_prints_the_lawful_hour(zonas_viejas: Path) -> None:
    codigo = (
        "import datetime, sys, zoneinfo\n"
        "from pregon.prep.sello import sello\n"
        "if sys.argv[1] == 'con': from pregon.cli import main; main(['--version'])\n"
        "instante = datetime.datetime(2026, 6, 8, 0, 30, tzinfo=datetime.UTC)\n"
        "print(sello(instante, zoneinfo.ZoneInfo('America/Monterrey')))"
    )
    orden = [sys.executable, "-c", codigo]
    entorno = {"PYTHONTZPATH": str(zonas_viejas)}
    dichas = [
        subprocess.run([*orden, con], env=entorno, capture_output=True, text=True, check=True).stdout
        for con in ("sin", "con")
    ]
    assert dichas[0].endswith("07/06/2026 19:30 (UTC-5)\n")  # what this machine alone would print
    assert dichas[1].endswith("07/06/2026 18:30 (UTC-6)\n")


def test_e3_a_node_with_stale_zones_opens_at_the_same_instant_and_logs_the_lawful_hour(
    tmp_path: Path, zonas_viejas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONTZPATH", str(zonas_viejas))
    monkeypatch.setenv("TZ", "America/Monterrey")
    origen = OrigenDePrueba(tmp_path / "origen")
    toml = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    origen.publicar(1)
    origen.entregar(tmp_path / "nodo/buzon")
    with NodoEnProceso(toml) as nodo:
        nodo.esperar_corte(1)
        nodo.pedir("/")
        nodo.detener()
    (registro,) = (tmp_path / "nodo/acceso").glob("*.jsonl")
    horas = {json.loads(linea)["hora"][-6:] for linea in registro.read_text().splitlines()}
    assert horas == {"-06:00"}


def test_e4_every_hour_of_every_page_is_of_the_capital_and_says_so() -> None:
    frontera = 0
    for ruta, texto in _paginas():
        if not re.search(r"\d{1,2}:\d{2} h", texto):
            continue
        assert "(UTC-6, hora de Saltillo)" in texto, ruta
        local = re.search(r"La hora local de este corte es (\d{1,2}:\d{2}) h \(UTC-5\)", texto)
        if local:
            frontera += 1
            assert texto.count(local[1]) == 1, ruta
        assert texto.count("UTC-5") == (1 if local else 0), ruta
    assert frontera >= 9


def _paginas() -> Iterator[tuple[str, str]]:
    # The ayuntamientos of 2018 in 2027: since the law of 2022 only the border still moves its clocks.
    texto = ejemplos.texto("ayuntamientos")
    for de, a in (("1T23:00:00Z", "2T00:00:00Z"), ("2T23:00:00Z", "3T00:00:00Z"), ("2018-07-", "2027-07-")):
        texto = texto.replace(de, a)
    fuente = Sintetica(leer(texto, archivo="ejemplo"))
    noche = fuente.jornada
    instante = noche.apertura + 3 * noche.periodo
    corte = contar(noche, numero=4, instante=instante, ultimo=False, actas=fuente.leer(instante).actas)
    for ruta, datos in sitio.paginas(
        corte, publicado=instante, periodo=600.0, huella=huella(corte_json(corte)), imagenes=None
    ):
        if ruta.endswith(".html"):
            yield ruta, re.sub(r"<[^>]+>", "", datos.decode())


@pytest.mark.parametrize(
    ("sincronizado", "nivel"), [(True, Nivel.BIEN), (False, Nivel.AVISO), (None, Nivel.AVISO)]
)
def test_e5_a_clock_that_nobody_keeps_right_is_told_before_the_day(
    *, sincronizado: bool | None, nivel: Nivel
) -> None:
    hallado = maquina.reloj(sincronizado)

    assert hallado.nivel is nivel
    assert ("123" in hallado.hacer) is (nivel is Nivel.AVISO)


@pytest.mark.parametrize("verbo", ["estado", "probar"])
def test_e5_the_state_of_a_node_and_its_check_say_how_its_clock_is(
    tmp_path: Path, verbo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")
    toml = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)

    main(["nodo", verbo, str(toml), "--json"])

    assert "reloj" in {una["id"] for una in json.loads(capsys.readouterr().out)["comprobaciones"]}
