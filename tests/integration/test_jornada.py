"""The night's loop with a clock in hand: embargo, gaps, restarts and the close, on a real repository."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pregon.errors import ErrorDeAlmacen, ErrorDeOperacion
from pregon.origin.jornada import Carpetas, Fase, JornadaEnCurso
from pregon.origin.llaves import Llaves, ceremonia
from pregon.origin.publicacion import Intencion, hacer_corte, hacer_paquete
from pregon.origin.repositorio import Repositorio
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.difusores import Difusor
from pregon.prep import eleccion
from pregon.prep.cadencia import Cadencia
from pregon.storage.bitacora import Bitacora
from pregon.storage.lock import lock
from pregon.transport.sender import Acuse, Pieza

APERTURA = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
CADA = timedelta(seconds=600)
CORTES = 6


class Reloj:
    """A clock that is set by hand. Never stopped, never asleep."""

    def __init__(self, ahora: datetime) -> None:
        self.ahora = ahora

    def now(self) -> datetime:
        return self.ahora

    def sleep(self, seconds: float) -> bool:
        self.ahora += timedelta(seconds=seconds)
        return True


class Nadie:
    """A difusor whose inbox takes everything and keeps nothing."""

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        return Acuse(enviados=len(piezas), omitidos=0, bytes=0)


class Noche:
    """One origin on disk that can be started again at any time, as after a kill."""

    def __init__(self, carpeta: Path) -> None:
        self.carpeta = carpeta
        jornada = eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones")
        jornada = replace(jornada, cierre=jornada.apertura + (CORTES - 1) * jornada.periodo)
        self.fuente = Sintetica(jornada, 1)
        self.reloj = Reloj(APERTURA - timedelta(seconds=60))
        self.llaves: Llaves = ceremonia(
            carpeta, rol=jornada.rol, ahora=self.reloj.ahora, vence=APERTURA + timedelta(days=60)
        )
        self.cadencia = Cadencia(
            apertura=jornada.apertura,
            periodo=jornada.periodo,
            cierre=jornada.cierre,
            apertura_real=APERTURA,
            periodo_real=CADA,
        )

    def origen(self) -> JornadaEnCurso:
        difusor = Difusor(id="d1", nombre="Uno", url="http://uno.mx", transporte="local", destino="x")
        return JornadaEnCurso(
            fuente=self.fuente,
            cadencia=self.cadencia,
            repositorio=self.repositorio(),
            raiz=self.llaves.huella,
            difusores=(difusor,),
            senders={"d1": Nadie()},
            carpetas=Carpetas(base=self.carpeta, transiciones=self.carpeta / "transiciones.jsonl"),
            clock=self.reloj,
        )

    def repositorio(self) -> Repositorio:
        return Repositorio(self.carpeta / "repositorio", self.llaves, self.llaves.rol)

    def publicado(self) -> int | None:
        ultimo = self.repositorio().ultimo()
        return ultimo.numero if ultimo else None

    def actos(self, acto: str) -> list[dict[str, object]]:
        return [
            dict(a.datos) for a in Bitacora(self.carpeta / "bitacora.jsonl", "x").leer() if a.acto == acto
        ]


@pytest.fixture
def noche(tmp_path: Path) -> Noche:
    return Noche(tmp_path)


def test_c9_before_the_opening_only_the_page_without_figures_is_published(noche: Noche) -> None:
    origen = noche.origen()

    origen.paso()
    noche.reloj.ahora = APERTURA - timedelta(seconds=1)
    origen.paso()

    manifest = noche.repositorio().ultimo()
    assert manifest is not None
    assert manifest.numero == 0
    assert manifest.huella is None
    assert not any(a.ruta.startswith("datos/") or a.ruta == "corte.json" for a in manifest.archivos)
    assert origen.fase is Fase.ANTES


def test_c9_no_corte_with_data_is_made_before_the_opening(noche: Noche) -> None:
    corte = hacer_corte(noche.fuente, noche.cadencia, numero=1, ultimo=False)
    nombre = Intencion(numero=1, publicado=APERTURA, ultimo=False)

    with pytest.raises(ErrorDeOperacion, match="antes de la apertura"):
        hacer_paquete(
            corte,
            noche.cadencia,
            intencion=nombre,
            ahora=APERTURA - timedelta(seconds=1),
            anterior=None,
            manifest_anterior=None,
            catalogo="0" * 64,
            bitacora=None,
        )


def test_each_corte_is_published_once_when_it_is_due(noche: Noche) -> None:
    origen = noche.origen()

    for numero in (1, 2):
        noche.reloj.ahora = APERTURA + (numero - 1) * CADA
        origen.paso()
        origen.paso()

    assert [d["numero"] for d in noche.actos("publicación")] == [1, 2]


def test_c7_a_corte_whose_hour_passed_is_skipped_and_said_to_be(noche: Noche) -> None:
    origen = noche.origen()
    noche.reloj.ahora = APERTURA
    origen.paso()

    noche.reloj.ahora = APERTURA + 3 * CADA
    origen.paso()

    assert noche.publicado() == 4
    assert noche.actos("cortes omitidos") == [{"numeros": [2, 3]}]


def test_e2_a_clock_that_steps_back_numbers_nothing_twice(noche: Noche) -> None:
    origen = noche.origen()
    noche.reloj.ahora = APERTURA + CADA
    origen.paso()

    noche.reloj.ahora = APERTURA - timedelta(hours=1)
    origen.paso()
    noche.origen().paso()

    assert noche.publicado() == 2


def test_f1_after_a_restart_the_same_corte_is_made_from_its_intention(noche: Noche) -> None:
    noche.reloj.ahora = APERTURA
    uno = noche.origen()
    uno.paso()
    noche.reloj.ahora = APERTURA + CADA
    intencion = uno._siguiente_corte(2, 1, noche.reloj.ahora).manifest  # killed before it publishes

    noche.reloj.ahora += timedelta(seconds=40)
    noche.origen().paso()

    publicado = noche.repositorio().ultimo()
    assert publicado is not None
    assert publicado.publicado == intencion.publicado
    assert publicado.archivos == intencion.archivos


def test_c13_the_night_closes_at_its_last_corte_with_its_acta(noche: Noche) -> None:
    origen = noche.origen()
    noche.reloj.ahora = APERTURA
    origen.paso()
    noche.reloj.ahora = APERTURA + (CORTES - 1) * CADA
    origen.paso()
    assert origen.fase is Fase.CERRADA
    acta = noche.carpeta / "acta-circunstanciada.md"
    assert not acta.exists()

    noche.reloj.ahora += 3 * CADA
    origen.paso()
    noche.reloj.ahora += timedelta(days=2)
    origen.paso()

    ultimo = noche.repositorio().ultimo()
    assert ultimo is not None
    assert ultimo.numero == CORTES
    assert ultimo.ultimo
    assert ultimo.huella is not None
    assert ultimo.huella in acta.read_text(encoding="utf-8")
    assert len(noche.actos("cierre")) == 1


def test_c8_a_second_origin_on_the_same_folder_is_refused(noche: Noche) -> None:
    with (
        lock(noche.carpeta / "origen.candado"),
        pytest.raises(ErrorDeAlmacen, match="otro proceso"),
        lock(noche.carpeta / "origen.candado"),
    ):
        pass
