"""Live nights of real processes: the operator's act on a difusor that is well, and an origin that stops."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pregon.cli.demo.noche import Noche, NodoDeDemo, Plan, preparar, puertos_libres, repartir_raiz
from pregon.cli.demo.procesos import Procesos, orden

pytestmark = pytest.mark.timeout(180)
_CADA = 3.0


@contextmanager
def noche(carpeta: Path) -> Iterator[tuple[Noche, Procesos]]:
    """Run a night of quick cortes with two difusores, until the end of the block."""
    plan = Plan(
        carpeta=carpeta,
        eleccion="municipio",  # few files: what is waited for is the night, not the machine
        desde=(),
        cortes=100,
        cada=_CADA,
        nodos=2,
        puerto=puertos_libres(8480, 3, exactos=False),
        apertura_real=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8),
    )
    preparada = preparar(plan)
    assert orden("origen", "preparar", str(preparada.origen)).returncode == 0
    repartir_raiz(preparada)
    procesos = Procesos(carpeta / "procesos", avisar=print)
    try:
        for i, nodo in enumerate(preparada.nodos):
            procesos.iniciar(f"nodo-{i}", "nodo", "servir", str(nodo.config))
        procesos.iniciar("origen", "origen", "jornada", str(preparada.origen))
        procesos.iniciar("vigilancia", "vigilancia", "observar", str(preparada.vigilancia))
        yield preparada, procesos
    finally:
        procesos.terminar()


def test_g9_an_operator_suspends_a_live_difusor_and_lets_it_return(tmp_path: Path) -> None:
    with noche(tmp_path / "noche") as (esta, _):
        portal, uno, _ = esta.nodos
        hasta(lambda: estado(uno)["corte"] >= 2, 60)

        ordenar("suspender", uno, esta)
        hasta(lambda: estado(uno)["portada"] == "aviso", 5)
        hasta(lambda: enlace(portal, uno) is None, 5)
        corte = estado(uno)["corte"]
        assert pedir(uno, "/") == pedir(uno, f"/c/{corte}/portada-aviso.html")
        time.sleep(2 * _CADA)
        assert estado(uno)["corte"] == corte < estado(portal)["corte"]
        assert pedir(uno, f"/c/{corte}/index.html")[0] == 200

        ordenar("reconectar", uno, esta)
        hasta(lambda: estado(uno)["corte"] > corte, 2 * _CADA)
        assert estado(uno)["portada"] == "aviso"
        assert enlace(portal, uno) is None
        hasta(lambda: estado(uno)["portada"] == "corte", 8 * _CADA)
        hasta(lambda: enlace(portal, uno) == uno.url, 5)


def test_f7_an_origin_that_was_stopped_goes_on_without_going_back(tmp_path: Path) -> None:
    with noche(tmp_path / "noche") as (esta, procesos):
        uno = esta.nodos[1]
        hasta(lambda: estado(uno)["corte"] >= 2, 60)
        os.kill(procesos.pid("origen"), signal.SIGSTOP)
        time.sleep(0.5)
        antes = estado(uno)["corte"]
        assert antes >= 2

        time.sleep(4 * _CADA)
        os.kill(procesos.pid("origen"), signal.SIGCONT)

        hasta(lambda: estado(uno)["corte"] >= antes + 4, 3 * _CADA)
        vistos = [json.loads(x)["datos"] for x in lineas(esta, "publicación")]
        assert [v["numero"] for v in vistos] == sorted({v["numero"] for v in vistos})
        assert lineas(esta, "cortes omitidos")
        assert not any('"suspendido"' in x for x in esta.transiciones.read_text().splitlines())


def lineas(esta: Noche, acto: str) -> list[str]:
    """Return the entries of one kind in the origin's book, as they stand on the disk."""
    libro = esta.origen.parent / "bitacora.jsonl"
    return [x for x in libro.read_text(encoding="utf-8").splitlines() if f'"acto":"{acto}"' in x]


def ordenar(acto: str, nodo: NodoDeDemo, esta: Noche) -> None:
    hecho = orden("difusores", acto, nodo.id, "--origen", str(esta.origen), "--motivo", "prueba")
    assert hecho.returncode == 0, hecho.stderr


def enlace(de: NodoDeDemo, a: NodoDeDemo) -> str | None:
    lista = json.loads(pedir(de, "/difusores.json")[1])
    url: str | None = next(d["url"] for d in lista["difusores"] if d["id"] == a.id)
    return url


def estado(nodo: NodoDeDemo) -> dict[str, Any]:
    """Return what a node says of itself; corte 0 while it does not answer or has none."""
    nada = {"corte": 0, "portada": ""}
    try:
        valor: dict[str, Any] = json.loads(pedir(nodo, "/estado.json")[1])
    except OSError:
        return nada
    return valor if valor["corte"] is not None else nada


def pedir(nodo: NodoDeDemo, ruta: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(nodo.url + ruta, timeout=5) as respuesta:
            return respuesta.status, respuesta.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def hasta(condicion: Callable[[], bool], segundos: float) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite, "no ocurrió a tiempo"
        time.sleep(0.1)
