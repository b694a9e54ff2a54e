"""The institute's key signs two cortes 2 for two real nodes: the monitor and any citizen find it (A20)."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.errors import EQUIVOCO, EXITO, SIN_AUTORIA
from pregon.monitor import config as configs
from pregon.monitor.vigilar import Vigilante
from pregon.paquete.difusores import Difusor
from pregon.paquete.manifest import huella
from pregon.storage.bitacora import Bitacora
from pregon.testing.nodo import NodoEnProceso, escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, paginas


@dataclass(frozen=True, kw_only=True)
class Noche:
    """One origin, its double, and two nodes as processes."""

    carpeta: Path
    origen: OrigenDePrueba
    doble: OrigenDePrueba
    nodos: dict[str, NodoEnProceso]

    @property
    def raiz(self) -> str:
        return huella(self.origen.raiz.read_bytes())

    def entregar(self, origen: OrigenDePrueba, numero: int, *nombres: str) -> None:
        archivos = paginas(numero) | {"corte.json": b'{"de":"%s"}' % str(origen.raiz).encode()}
        origen.publicar(numero, archivos=archivos)
        for nombre in nombres:
            origen.entregar(self.carpeta / nombre / "buzon")
            self.nodos[nombre].esperar_corte(numero)

    def registro(self, orden: str, *argumentos: str) -> tuple[int, str]:
        """Run `pregon registro` as a citizen does."""
        hecho = subprocess.run(
            [sys.executable, "-m", "pregon", "registro", orden, *argumentos],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.carpeta,
        )
        return hecho.returncode, hecho.stdout + hecho.stderr


@pytest.fixture
def noche(tmp_path: Path) -> Iterator[Noche]:
    origen = OrigenDePrueba(tmp_path / "origen")
    with ExitStack() as pila:
        nodos = {
            nombre: pila.enter_context(NodoEnProceso(escribir_nodo(tmp_path / nombre, origen.raiz, rol=ROL)))
            for nombre in ("uno", "dos")
        }
        una = Noche(carpeta=tmp_path, origen=origen, doble=origen, nodos=nodos)
        una.entregar(origen, 1, "uno", "dos")
        yield Noche(carpeta=tmp_path, origen=origen, doble=origen.doble(tmp_path / "doble"), nodos=nodos)


def vigilar(noche: Noche) -> tuple[list[str], list[dict[str, object]]]:
    """Look at both nodes once, as the monitor does in a round; return what it says and records."""
    toml = noche.carpeta / "vigilancia.toml"
    toml.write_text(
        f'raiz = "{noche.origen.raiz}"\nrepositorio = "{noche.origen.repositorio.carpeta}"\n'
        f'rol = "{noche.origen.rol}"\ndirecciones = "locales"\ncarpeta = "vigilancia"\n'
    )
    config = configs.leer(toml.read_text(), archivo=toml)
    difusores = [
        Difusor(id=nombre, nombre=nombre, url=nodo.url, transporte="local", destino="/b", contacto="Ana")
        for nombre, nodo in noche.nodos.items()
    ]
    lineas: list[str] = []
    vigilante = Vigilante(
        config,
        difusores,
        raiz=noche.origen.raiz.read_bytes(),
        ahora=lambda: datetime.now(UTC),
        informar=lineas.append,
    )
    vigilante.paso()
    for difusor in difusores:
        asyncio.run(vigilante.sondear(difusor))
    asientos = Bitacora(config.transiciones, "prueba").leer()
    return lineas, [{"objeto": a.objeto, **a.datos} for a in asientos if a.acto == "historia"]


def test_a20_one_history_at_two_nodes_is_said_to_be_one(noche: Noche) -> None:
    urls = [nodo.url for nodo in noche.nodos.values()]
    noche.entregar(noche.origen, 2, "uno")

    codigo, texto = noche.registro("comparar", *urls, str(noche.carpeta / "dos"), "--raiz", noche.raiz)
    assert (codigo, "UNA SOLA HISTORIA en 3 lugares" in texto) == (EXITO, True), texto
    assert noche.registro("comparar", *urls)[0] == SIN_AUTORIA
    codigo, texto = noche.registro("ver", urls[0], "--raiz", noche.raiz, "--json")
    assert (codigo, [fila["corte"] for fila in json.loads(texto)]) == (EXITO, [1, 2])
    assert vigilar(noche)[1] == []


def test_a20_two_variants_for_two_nodes_are_found_by_the_monitor_and_by_a_citizen(noche: Noche) -> None:
    noche.entregar(noche.origen, 2, "uno")
    noche.entregar(noche.doble, 2, "dos")

    lineas, historias = vigilar(noche)
    codigo, texto = noche.registro("comparar", *(n.url for n in noche.nodos.values()), "--raiz", noche.raiz)

    assert [h["objeto"] for h in historias] == ["dos"]
    assert any("ALERTA: hay dos historias firmadas" in linea for linea in lineas)
    assert codigo == EQUIVOCO, texto
    assert "DOS HISTORIAS, las dos firmadas: se separan en la entrada 1" in texto
    for evidencia in (
        noche.carpeta / "equivoco.json",
        noche.carpeta / "vigilancia" / str(historias[0]["evidencia"]),
    ):
        codigo, texto = noche.registro("comparar", str(evidencia), "--raiz", noche.raiz, "--json")
        dicho = json.loads(texto)
        assert (codigo, dicho["posicion"], dicho["autoria"]) == (EQUIVOCO, 1, True)
