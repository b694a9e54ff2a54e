"""A13 with real processes and the commands of the manual: a theft in the night, twelve nodes, no restart."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Root

from pregon.cli.demo import noche as noches
from pregon.cli.demo.noche import Noche, NodoDeDemo, Plan
from pregon.cli.demo.procesos import Procesos, orden
from pregon.origin import expediente, raices
from pregon.paquete.manifest import huella
from pregon.storage.bitacora import Bitacora
from pregon.storage.releases import Releases

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
_CADA = 12.0
_FRASES = "".join(f"{nombre}=frase muy larga de {nombre}\n" for nombre in ("ana", "luis", "eva"))


@pytest.fixture
def noche(tmp_path: Path) -> Noche:
    """A night whose keys come from a ceremony on another machine; nothing runs yet."""
    noche = noches.preparar(
        Plan(
            carpeta=tmp_path / "noche",
            eleccion="municipio",
            desde=(),
            cortes=20,
            cada=_CADA,
            nodos=11,
            puerto=noches.puertos_libres(21_000, 12, exactos=False),
            apertura_real=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=25),
        )
    )
    (tmp_path / "frases").write_text(_FRASES, encoding="utf-8")
    custodios = [p for n in ("ana", "luis", "eva") for p in ("--custodio", f"{n}={tmp_path / n}")]
    _llaves(tmp_path, "ceremonia", "--rol", noche.rol, *custodios, "--vence", "2099-01-31", en_linea="usb")
    _llaves(tmp_path, "instalar", str(noche.origen), en_linea="usb")
    noches.repartir_raiz(noche)
    return noche


@pytest.fixture
def procesos(tmp_path: Path) -> Iterator[Procesos]:
    procesos = Procesos(tmp_path / "procesos", avisar=print)
    try:
        yield procesos
    finally:
        procesos.terminar()


def _llaves(sala: Path, acto: str, *argumentos: str, en_linea: str) -> None:
    frases = [] if acto == "instalar" else ["--frases", str(sala / "frases")]
    medio = ["--en-linea", str(sala / en_linea)]
    hecho = orden("llaves", acto, str(sala / "exp.json"), *argumentos, *medio, *frases)
    assert hecho.returncode == 0, hecho.stderr


def test_a13_keys_stolen_in_the_night_are_replaced_in_one_period(
    noche: Noche, procesos: Procesos, tmp_path: Path
) -> None:
    for i, nodo in enumerate(noche.nodos):
        procesos.iniciar(f"nodo-{i}", "nodo", "servir", str(nodo.config))
    procesos.iniciar("origen", "origen", "jornada", str(noche.origen))
    procesos.iniciar("vigilancia", "vigilancia", "observar", str(noche.vigilancia))
    _hasta(lambda: all((_corte(nodo) or 0) >= 1 for nodo in noche.nodos), 120)
    pids = [procesos.pid(f"nodo-{i}") for i in range(12)] + [procesos.pid("origen")]
    presentes, ausentes = noche.nodos[:9], noche.nodos[9:]
    for i in (9, 10, 11):
        os.kill(procesos.pid(f"nodo-{i}"), signal.SIGSTOP)

    firman = [p for n in ("ana", "eva") for p in ("--llave", str(tmp_path / n / f"{n}.pem"))]
    _llaves(tmp_path, "revocar", "--rol", noche.rol, *firman, en_linea="usb2")
    _llaves(tmp_path, "instalar", str(noche.origen), en_linea="usb2")
    _hasta(lambda: all(_raiz(nodo) == 2 for nodo in presentes), _CADA)
    antes = max(_corte(nodo) or 0 for nodo in presentes)
    _hasta(lambda: all((_corte(nodo) or 0) > antes for nodo in presentes), 3 * _CADA)
    assert {_raiz(nodo) for nodo in ausentes} == {1}
    for i in (9, 10, 11):
        os.kill(procesos.pid(f"nodo-{i}"), signal.SIGCONT)
    _hasta(lambda: all(_raiz(nodo) == 2 and (_corte(nodo) or 0) > antes for nodo in ausentes), 3 * _CADA)

    assert [procesos.pid(f"nodo-{i}") for i in range(12)] + [procesos.pid("origen")] == pids
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    for nodo in noche.nodos:
        actos = {a.acto for a in Bitacora(nodo.carpeta / "bitacora.jsonl", "prueba").leer()}
        assert "rechazado" not in actos
    assert not any("alterado" in str(a.datos) for a in Bitacora(noche.transiciones, "prueba").leer())
    fallas = [
        a for a in Bitacora(noche.origen.parent / "bitacora.jsonl", "prueba").leer() if a.acto == "falla"
    ]
    assert fallas == []
    assert raices.completa(expediente.leer(tmp_path / "exp.json")).root.version == 2
    raiz = huella(noche.raiz.read_bytes())
    verificado = orden("verificar", noche.nodos[1].url, "--raiz", raiz)
    assert verificado.returncode == 0, verificado.stdout + verificado.stderr


def _corte(nodo: NodoDeDemo) -> int | None:
    return Releases(nodo.carpeta).activo()


def _raiz(nodo: NodoDeDemo) -> int:
    return Metadata[Root].from_bytes((nodo.carpeta / "tuf/root.json").read_bytes()).signed.version


def _hasta(condicion: Callable[[], bool], segundos: float) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite, "no ocurrió a tiempo"
        time.sleep(0.2)
