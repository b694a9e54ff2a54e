"""The drill: in mid night the institute's machine is lost; a new one goes on from keys and portals (F9)."""

import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pregon.cli.demo.noche import NodoDeDemo, Plan, preparar, puertos_libres, repartir_raiz
from pregon.cli.demo.procesos import Procesos, orden

pytestmark = [pytest.mark.full, pytest.mark.timeout(240)]


def test_f9_a_lost_origin_goes_on_within_minutes_and_loses_no_corte(tmp_path: Path) -> None:
    plan = Plan(
        carpeta=tmp_path / "noche",
        eleccion="municipio",
        desde=(),
        cortes=140,
        cada=3.0,
        nodos=2,
        puerto=puertos_libres(8580, 3, exactos=False),
        apertura_real=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8),
    )
    noche = preparar(plan)
    assert orden("origen", "preparar", str(noche.origen)).returncode == 0
    repartir_raiz(noche)
    casa = noche.origen.parent
    respaldo = tmp_path / "respaldo"
    shutil.copytree(casa, respaldo)  # the keys and the configuration, as they stood before the night
    procesos = Procesos(tmp_path / "procesos", avisar=print)
    try:
        for i, nodo in enumerate(noche.nodos):
            procesos.iniciar(f"nodo-{i}", "nodo", "servir", str(nodo.config))
        procesos.iniciar("origen", "origen", "jornada", str(noche.origen))
        hasta(lambda: corte(noche.nodos[1]) >= 3, 60)

        procesos.matar("origen")
        shutil.rmtree(casa)
        perdido = max(corte(nodo) for nodo in noche.nodos)
        inicio = time.monotonic()
        shutil.copytree(respaldo, casa)
        desde = [palabra for nodo in noche.nodos for palabra in ("--desde", nodo.url)]
        hecho = orden("origen", "restaurar", str(noche.origen), *desde)
        assert hecho.returncode == 0, hecho.stderr
        assert f"hasta el corte {perdido}," in hecho.stdout  # RPO: not one corte
        procesos.iniciar("origen", "origen", "jornada", str(noche.origen))
        hasta(lambda: all(corte(nodo) > perdido for nodo in noche.nodos), 60)
        assert time.monotonic() - inicio < 60  # of five minutes: the rest is who copies the backup
        publicados = [
            json.loads(linea)["datos"]["numero"]
            for linea in (casa / "bitacora.jsonl").read_text(encoding="utf-8").splitlines()
            if '"acto":"publicación"' in linea
        ]
        assert publicados == sorted(set(publicados))
        assert min(publicados) > perdido or publicados[0] == perdido
    finally:
        procesos.terminar()


def corte(nodo: NodoDeDemo) -> int:
    try:
        with urllib.request.urlopen(f"{nodo.url}/estado.json", timeout=5) as respuesta:
            estado: dict[str, Any] = json.loads(respuesta.read())
    except (OSError, urllib.error.HTTPError):
        return 0
    return int(estado["corte"] or 0)


def hasta(condicion: Callable[[], bool], segundos: float) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite, "no ocurrió a tiempo"
        time.sleep(0.1)
