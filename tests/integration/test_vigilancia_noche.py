"""The monitor over a night of real servers, its clock in the test's hand; then as a program."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pregon.errors import ErrorDeAlmacen
from pregon.monitor import config as configs
from pregon.monitor.vigilar import Vigilante, observar
from pregon.origin.estados import leer_y_plegar, lista
from pregon.paquete import equivoco, registro
from pregon.paquete.difusores import Difusor, Suceso, Vigilancia
from pregon.paquete.manifest import huella
from pregon.paquete.registro import Historia
from pregon.storage.bitacora import Bitacora
from pregon.testing.mentiroso import Mentiroso, Truco, arbol_de_nodo
from pregon.testing.origen import OrigenDePrueba, paginas

PERIODO = 600.0
IDS = ("portal", "uno", "dos", "tres")
OTRO = paginas(1) | {"corte.json": b'{"numero":1,"otro":true}'}
"""Another corte 1."""


class Noche:
    """An origin, four web servers and a monitor; one step is one corte seen by all who answer."""

    def __init__(self, carpeta: Path, servidores: Mapping[str, Mentiroso]) -> None:
        self.carpeta, self.servidores = carpeta, servidores
        self.origen = OrigenDePrueba(carpeta / "origen", periodo=PERIODO)
        self.difusores = [
            Difusor(
                id=i,
                nombre=i.upper(),
                url=servidores[i].url,
                transporte="local",
                destino=f"/b/{i}",
                portal=i == "portal",
                contacto="Ana",
                telefono="844",
            )
            for i in IDS
        ]
        self.apertura = self.origen.ahora
        self.corte = 0
        self.lineas: list[str] = []
        self.ahora = self.apertura
        toml = carpeta / "vigilancia" / "vigilancia.toml"
        toml.parent.mkdir()
        toml.write_text(
            f'raiz = "{self.origen.raiz}"\nrepositorio = "{self.origen.repositorio.carpeta}"\n'
            f'rol = "{self.origen.rol}"\ndirecciones = "locales"\nronda = 0.2\nplazo = 1.0\n'
            'difusores = "../difusores.toml"\n'
        )
        (carpeta / "difusores.toml").write_text(
            "".join(
                f'[[difusor]]\nid = "{d.id}"\nnombre = "{d.nombre}"\nurl = "{d.url}"\n'
                f'destino = "{d.destino}"\nportal = {str(d.portal).lower()}\n'
                for d in self.difusores
            )
        )
        self.toml = toml
        self.config = configs.leer(toml.read_text(), archivo=toml)
        self.arrancar()

    def arrancar(self) -> None:
        """Start the monitor; a second time: as after a kill."""
        self.vigilante = Vigilante(
            self.config,
            self.difusores,
            raiz=self.origen.raiz.read_bytes(),
            ahora=lambda: self.ahora,
            informar=self.lineas.append,
        )

    def publicar(self, *, ultimo: bool = False, tarde: float = 0) -> None:
        self.corte += 1
        self.a_las(10 * (self.corte - 1) + tarde)
        self.origen.ahora = self.ahora
        self.origen.publicar(self.corte, ultimo=ultimo, no_antes_de=self.apertura)
        self.firmar_lista()

    def firmar_lista(self) -> None:
        """Sign the states as origin folds them, and let everybody who is up serve them."""
        datos = lista(self.origen.rol, self.difusores, self.plegados(), instante=self.ahora).escribir()
        self.origen.repositorio.latido(
            lista_json=datos,
            lista_html=b"<!doctype html><title>Difusores</title>" + datos,
            ahora=self.origen.ahora,
            vence=self.origen.ahora + timedelta(days=1),
        )
        prueba = (self.origen.repositorio.carpeta / "prueba.json").read_bytes()
        for servidor in self.servidores.values():
            servidor.arbol = arbol_de_nodo(prueba, paginas(self.corte), self.origen.registro())

    def plegados(self) -> Mapping[str, Vigilancia]:
        return leer_y_plegar(
            self.difusores, transiciones=self.config.transiciones, actos=self.carpeta / "actos.jsonl"
        )

    def a_las(self, minuto: float) -> None:
        self.ahora = self.apertura + timedelta(minutes=minuto)

    def ronda(self, *, en: float = 5) -> None:
        """Probe everybody `en` minutes after the corte."""
        self.a_las(10 * (self.corte - 1) + en)
        self.vigilante.paso()
        asyncio.run(self._sondear())
        self.vigilante.paso()

    async def _sondear(self) -> None:
        async with asyncio.TaskGroup() as grupo:
            for difusor in self.difusores:
                grupo.create_task(self.vigilante.sondear(difusor))

    def periodo(self, **opciones: bool) -> None:
        """Live one whole period: corte, probe, deadline."""
        self.publicar(**opciones)
        self.ronda()
        self.a_las(10 * self.corte + 0.01)
        self.vigilante.paso()

    def estados(self) -> str:
        """Return the initial of each state, in the order of IDS."""
        return "".join(self.vigilante.memoria.vigilancias[i].estado.value[0] for i in IDS)

    def actos(self, acto: str) -> list[dict[str, Any]]:
        asientos = Bitacora(self.config.transiciones, "lector").leer()
        return [{"objeto": a.objeto, **a.datos} for a in asientos if a.acto == acto]


@pytest.fixture
def noche(tmp_path: Path) -> Iterator[Noche]:
    with ExitStack() as pila:
        servidores = {i: pila.enter_context(Mentiroso({})) for i in IDS}
        yield Noche(tmp_path, servidores)


def test_g9_three_missed_periods_notice_and_return(noche: Noche) -> None:
    historia = []
    for corte in range(1, 10):
        noche.servidores["dos"].truco = Truco.CAER if 3 <= corte <= 5 else Truco.NINGUNO
        noche.periodo(ultimo=corte == 9)
        historia.append(noche.estados())

    assert historia == ["aaaa", "aaaa", "aada", "aada", "aasa", "aara", "aaaa", "aaaa", "cccc"]


def test_g9_the_third_miss_is_never_before_its_deadline(noche: Noche) -> None:
    noche.periodo()
    noche.servidores["dos"].truco = Truco.CAER
    for _ in range(3):
        noche.publicar()
        noche.vigilante.paso()
        noche.ronda(en=9.9)
        antes = noche.estados()
        noche.a_las(10 * noche.corte + 0.01)
        noche.vigilante.paso()

    assert (antes, noche.estados()) == ("aada", "aasa")


def test_g9_who_is_late_is_looked_at_once_more_before_the_deadline(noche: Noche) -> None:
    noche.config = replace(noche.config, ronda=150.0)
    noche.arrancar()
    noche.publicar()
    noche.servidores["dos"].truco = Truco.CAER
    noche.ronda(en=9)

    pausas = {d.id: noche.vigilante.pausa(d, transcurrido=1.0) for d in noche.difusores}

    assert pausas == {"portal": 149.0, "uno": 149.0, "dos": 59.7, "tres": 149.0}


def test_g9_the_first_miss_makes_a_call_task_with_the_countdown(noche: Noche) -> None:
    noche.periodo()
    noche.servidores["dos"].truco = Truco.CAER
    noche.periodo()
    noche.periodo()

    llamadas = [t["evidencia"]["llamada"] for t in noche.actos("transicion")]
    assert [(ll["contacto"], ll["telefono"], ll["restan"]) for ll in llamadas] == [
        ("Ana", "844", 2),
        ("Ana", "844", 1),
    ]
    assert any("DOS: periodo faltado (corte 2), 1 de 3; tarea de llamada: Ana 844" in x for x in noche.lineas)


def test_h7_a_dead_portal_suspends_nobody(noche: Noche) -> None:
    noche.periodo()
    for i in ("portal", "uno"):
        noche.servidores[i].truco = Truco.CAER
    for _ in range(4):
        noche.periodo()

    assert noche.estados() == "daaa"


def test_h7_our_own_link_dead_suspends_nobody(noche: Noche) -> None:
    noche.periodo()
    for servidor in noche.servidores.values():
        servidor.truco = Truco.CAER
    for _ in range(4):
        noche.periodo()

    assert noche.estados() == "aaaa"
    assert "falla propia" in noche.lineas[-1]


def test_h7_what_a_stopped_monitor_saw_accuses_nobody(noche: Noche) -> None:
    noche.publicar()
    noche.vigilante.paso()
    noche.servidores["dos"].truco = Truco.COLGAR

    async def detenida() -> None:
        sondeo = asyncio.create_task(noche.vigilante.sondear(noche.difusores[2]))
        await asyncio.sleep(0.3)
        time.sleep(3.2)  # noqa: ASYNC251 — the whole process stands still, as by SIGSTOP
        await sondeo

    asyncio.run(detenida())

    assert not noche.config.sondeos.exists()
    assert "estuvo detenida" in noche.lineas[-1]


def test_c7_a_corte_that_the_institute_published_late_counts_for_nobody(noche: Noche) -> None:
    noche.periodo()
    noche.servidores["dos"].truco = Truco.CAER
    for _ in range(4):
        noche.publicar(tarde=6)
        noche.ronda(en=8)
        noche.a_las(10 * noche.corte + 6.01)
        noche.vigilante.paso()

    assert noche.estados() == "aaaa"


def test_b5_an_altered_byte_is_told_within_the_round_and_proposed(noche: Noche) -> None:
    noche.publicar()
    noche.servidores["tres"].truco = Truco.VOLTEAR
    noche.servidores["tres"].en = "/c/1/corte.json"

    noche.ronda()
    noche.ronda()

    (alterado,) = noche.actos("alterado")
    assert (alterado["objeto"], alterado["ruta"]) == ("tres", "/c/1/corte.json")
    assert (alterado["desde_byte"], alterado["propuesta"]) == (6, "suspender por alterado")
    assert sum("ALTERADO /c/1/corte.json" in linea for linea in noche.lineas) == 1
    assert noche.estados() == "aaaa"


def test_an_altered_byte_that_was_put_right_is_told_too(noche: Noche) -> None:
    noche.publicar()
    noche.servidores["tres"].truco = Truco.VOLTEAR
    noche.servidores["tres"].en = "/c/1/corte.json"
    noche.ronda()
    noche.servidores["tres"].truco = Truco.NINGUNO
    noche.arrancar()

    noche.ronda()

    assert [c["ruta"] for c in noche.actos("corregido")] == ["/c/1/corte.json"]


def otra_historia(noche: Noche) -> OrigenDePrueba:
    """Publish corte 1, and another one with the same keys that only some are shown."""
    doble = noche.origen.doble(noche.carpeta / "doble")
    noche.publicar()
    doble.ahora = noche.ahora
    doble.publicar(1, archivos=OTRO, no_antes_de=noche.apertura, vence=timedelta(hours=1))
    return doble


def mostrar(servidor: Mentiroso, origen: OrigenDePrueba, archivos: dict[str, bytes]) -> None:
    prueba = (origen.repositorio.carpeta / "prueba.json").read_bytes()
    servidor.arbol = arbol_de_nodo(prueba, archivos, origen.registro())


def historias(noche: Noche, evidencia: str) -> list[Historia]:
    """Check an evidence as anybody would: with the root on paper and nothing else."""
    testimonios = equivoco.leer((noche.config.carpeta / evidencia).read_bytes())
    raiz = huella(noche.origen.raiz.read_bytes())
    return [equivoco.verificar(testimonio, raiz=raiz) for testimonio in testimonios]


@pytest.mark.parametrize("quien", ["uno", "portal"])
def test_a20_two_cortes_with_one_number_are_told_with_the_evidence(noche: Noche, quien: str) -> None:
    mostrar(noche.servidores[quien], otra_historia(noche), OTRO)

    noche.ronda()
    noche.ronda()

    assert [e["objeto"] for e in noche.actos("equivoco")] == [quien]
    (hallada,) = noche.actos("historia")
    assert (hallada["objeto"], hallada["llamada"]["contacto"]) == (quien, "Ana")
    una, otra = historias(noche, hallada["evidencia"])
    assert registro.discrepancia(una.lineas, otra.lineas) == 0
    assert sum("ALERTA: hay dos historias firmadas" in linea for linea in noche.lineas) == 1
    assert noche.estados() == "aaaa"


def test_a20_the_institute_itself_is_compared_with_what_was_seen(noche: Noche) -> None:
    doble = otra_historia(noche)
    noche.ronda()
    shutil.rmtree(noche.origen.repositorio.carpeta)
    shutil.copytree(doble.repositorio.carpeta, noche.origen.repositorio.carpeta)

    noche.vigilante.paso()

    (hallada,) = noche.actos("historia")
    assert (hallada["objeto"], hallada["llamada"]["contacto"]) == ("instituto", "guardia del Instituto")
    assert len(historias(noche, hallada["evidencia"])) == 2


def test_a20_after_a_restart_the_records_still_know_the_first_history(noche: Noche) -> None:
    doble = otra_historia(noche)
    noche.ronda()
    shutil.rmtree(noche.origen.repositorio.carpeta)
    shutil.copytree(doble.repositorio.carpeta, noche.origen.repositorio.carpeta)
    noche.arrancar()

    noche.vigilante.paso()

    assert [h["objeto"] for h in noche.actos("historia")] == ["instituto"]


@pytest.mark.parametrize(
    ("archivo", "datos", "causa"),
    [
        ("checkpoint", None, "responde 404"),
        ("checkpoint", b"x", "no se sostiene"),
        ("registro", b"x", None),
    ],
)
def test_a20_a_log_that_cannot_be_compared_is_told_and_changes_no_state(
    noche: Noche, archivo: str, datos: bytes | None, causa: str | None
) -> None:
    for _ in range(4):
        noche.publicar()
        arbol = noche.servidores["dos"].arbol
        arbol.pop(f"/.well-known/pregon/{archivo}")
        if datos is not None:
            arbol[f"/.well-known/pregon/{archivo}"] = datos
        noche.ronda()
        noche.a_las(10 * noche.corte + 0.01)
        noche.vigilante.paso()

    assert noche.estados() == "aaaa"
    # Whose checkpoint is the one known is not asked for its list.
    hallados = noche.actos("registro")
    assert [(h["objeto"], h["llamada"]["telefono"]) for h in hallados] == ([("dos", "844")] if causa else [])
    assert all(causa in h["obtenido"] for h in hallados if causa)


def test_a21_an_operators_act_reaches_the_monitor_by_the_signed_list(noche: Noche) -> None:
    noche.periodo()
    actos = Bitacora(noche.carpeta / "actos.jsonl", "ana")
    actos.append(noche.ahora, Suceso.SUSPENDER.value, "tres", {"motivo": "prueba"})
    historia = []
    for _ in range(2):
        noche.periodo()
        historia.append(noche.estados())
    actos.append(noche.ahora, Suceso.RECONECTAR.value, "tres", {"motivo": "prueba"})
    for _ in range(2):
        noche.periodo()
        historia.append(noche.estados())

    assert historia == ["aaas", "aaas", "aaar", "aaaa"]


def test_a_killed_monitor_repeats_and_forgets_nothing(noche: Noche) -> None:
    noche.servidores["dos"].truco = Truco.CAER
    for _ in range(3):
        noche.publicar()
        noche.arrancar()
        noche.ronda()
        noche.arrancar()
        noche.a_las(10 * noche.corte + 0.01)
        noche.vigilante.paso()
        noche.arrancar()
        noche.vigilante.paso()

    assert noche.estados() == "aasa"
    assert [p["periodo"]["corte"] for p in noche.actos("periodo")] == [1, 2, 3]
    assert [t["corte"] for t in noche.actos("transicion")] == [1, 2, 3]


def test_a_kill_between_a_transition_and_its_period_judges_nobody_twice(noche: Noche) -> None:
    noche.servidores["dos"].truco = noche.servidores["uno"].truco = Truco.CAER
    noche.periodo()
    libro = noche.config.transiciones
    lineas = libro.read_bytes().splitlines(keepends=True)
    assert [json.loads(x)["acto"] for x in lineas] == ["corte", "transicion", "transicion", "periodo"]
    libro.write_bytes(b"".join(lineas[:2]))
    noche.arrancar()

    noche.vigilante.paso()

    assert noche.estados() == "adda"
    assert [t["objeto"] for t in noche.actos("transicion")] == ["uno", "dos"]
    assert all(noche.vigilante.memoria.vigilancias[i].faltas == 1 for i in ("uno", "dos"))


def test_origin_folds_what_the_monitor_believes(noche: Noche) -> None:
    for corte in range(1, 7):
        noche.servidores["dos"].truco = Truco.CAER if corte <= 3 else Truco.NINGUNO
        noche.periodo()
        plegados = noche.plegados()
        assert {i: v.estado for i, v in plegados.items()} == {
            i: v.estado for i, v in noche.vigilante.memoria.vigilancias.items()
        }


def test_g9_a_difusor_can_return_after_the_close(noche: Noche) -> None:
    for corte in range(1, 5):
        noche.servidores["dos"].truco = Truco.CAER if corte <= 3 else Truco.NINGUNO
        noche.periodo(ultimo=corte == 4)
    historia = [noche.estados()]
    for vuelta in (1, 2):
        noche.ronda(en=10 * vuelta + 5)
        noche.a_las(10 * (noche.corte + vuelta) + 0.01)
        noche.vigilante.paso()
        historia.append(noche.estados())

    assert historia == ["ccrc", "cccc", "cccc"]


def test_d14_one_that_hangs_delays_nobody(noche: Noche) -> None:
    noche.publicar()
    noche.servidores["uno"].truco = Truco.COLGAR
    alto = asyncio.Event()

    async def noche_de_dos_segundos() -> None:
        vigia = asyncio.create_task(
            observar(
                noche.config,
                noche.difusores,
                raiz=noche.origen.raiz.read_bytes(),
                ahora=lambda: noche.ahora,
                informar=noche.lineas.append,
                alto=alto,
            )
        )
        await asyncio.sleep(2.5)
        alto.set()
        await vigia

    asyncio.run(noche_de_dos_segundos())

    sondeos = [a.objeto for a in Bitacora(noche.config.sondeos, "lector").leer()]
    assert sondeos.count("dos") >= 4
    assert sondeos.count("uno") <= 2


def test_two_monitors_do_not_share_a_folder(noche: Noche) -> None:
    async def dos() -> None:
        alto = asyncio.Event()
        vigias = [
            observar(
                noche.config,
                noche.difusores,
                raiz=noche.origen.raiz.read_bytes(),
                ahora=lambda: noche.ahora,
                informar=noche.lineas.append,
                alto=alto,
            )
            for _ in range(2)
        ]
        primero = asyncio.create_task(vigias[0])
        await asyncio.sleep(0.1)
        try:
            await vigias[1]
        finally:
            alto.set()
            await primero

    with pytest.raises(ErrorDeAlmacen):
        asyncio.run(dos())


def pregon(*argumentos: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pregon", *argumentos], capture_output=True, text=True, timeout=30, check=False
    )


def esperar(condicion: Callable[[], object], *, segundos: float = 15) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite
        time.sleep(0.05)


def test_the_program_watches_dies_is_restarted_and_ends_by_sigterm(noche: Noche) -> None:
    noche.publicar()
    orden = [sys.executable, "-m", "pregon", "vigilancia", "observar", str(noche.toml)]

    def vistos() -> int:
        return len(Bitacora(noche.config.sondeos, "lector").leer())

    with subprocess.Popen(orden, stdout=subprocess.PIPE, text=True) as primero:
        esperar(lambda: vistos() >= 4)
        primero.kill()
    antes = vistos()
    with subprocess.Popen(orden, stdout=subprocess.PIPE, text=True) as segundo:
        esperar(lambda: vistos() > antes + 4)
        empezo = time.monotonic()
        os.kill(segundo.pid, signal.SIGTERM)
        salida, _ = segundo.communicate(timeout=5)

    assert (segundo.returncode, time.monotonic() - empezo < 2) == (0, True)
    assert "vigilancia de 4 difusores" in salida
    assert len(noche.actos("corte")) == 1
    filas = json.loads(pregon("vigilancia", "estado", str(noche.toml), "--json").stdout)
    assert [(f["id"], f["estado"], f["corte"], f["completo"]) for f in filas] == [
        (i, "activo", 1, True) for i in IDS
    ]


def test_the_table_names_each_difusor(noche: Noche) -> None:
    noche.servidores["dos"].truco = Truco.CAER
    noche.periodo()

    hecho = pregon("vigilancia", "estado", str(noche.toml))

    assert hecho.returncode == 0
    (fila,) = [x for x in hecho.stdout.splitlines() if x.startswith("DOS")]
    assert "demorado" in fila
    assert "cortó la conexión" in fila
