"""The night's loop with a clock in hand: embargo, gaps, restarts and the close, on a real repository."""

import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pregon.errors import ErrorDeOperacion
from pregon.origin.jornada import Fase
from pregon.origin.motor import contar
from pregon.origin.publicacion import Intencion, hacer_paquete
from pregon.origin.sources.fuente import Entrada
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.bitacora import Acto
from pregon.paquete.difusores import Estado
from pregon.testing.jornada import APERTURA, CADA, CORTES, Noche


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
    actas = noche.fuente.leer(noche.cadencia.apertura).actas
    corte = contar(
        noche.fuente.jornada, numero=1, instante=noche.cadencia.apertura, ultimo=False, actas=actas
    )
    nombre = Intencion(numero=1, publicado=APERTURA, ultimo=False)

    with pytest.raises(ErrorDeOperacion, match="antes de la apertura"):
        hacer_paquete(
            corte,
            noche.cadencia,
            intencion=nombre,
            ahora=APERTURA - timedelta(seconds=1),
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
    assert [d["numeros"] for d in noche.actos(Acto.OMITIDOS)] == [[2, 3]]


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
    hecho = uno._mirar(2, noche.reloj.ahora).listo  # killed before it publishes
    assert hecho is not None
    intencion = hecho.manifest

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


class Retrocede:
    """A source that takes its time: meanwhile somebody sets the clock back."""

    def __init__(self, noche: Noche) -> None:
        self.jornada, self._noche = noche.fuente.jornada, noche

    def leer(self, hasta: datetime) -> Entrada:
        self._noche.reloj.ahora = APERTURA - timedelta(minutes=5)
        return Sintetica(self.jornada, 1).leer(hasta)


def test_c9_a_clock_set_back_over_the_opening_publishes_nothing(noche: Noche) -> None:
    origen = noche.origen(Retrocede(noche))
    noche.reloj.ahora = APERTURA - timedelta(minutes=1)
    origen.paso()
    noche.reloj.ahora = APERTURA

    origen.paso()

    assert noche.publicado() == 0
    assert "retrocedió" in str(noche.actos("falla"))


def test_e2_a_clock_that_steps_back_stops_no_heartbeat(noche: Noche) -> None:
    origen = noche.origen()
    noche.reloj.ahora = APERTURA
    origen.paso()
    antes = noche.latidos()

    noche.reloj.ahora -= timedelta(hours=2)
    origen.paso()
    origen.paso()

    assert noche.latidos() == antes + 1


def test_f8_a_broken_book_of_the_monitor_stops_no_corte_and_changes_no_state(noche: Noche) -> None:
    noche.reloj.ahora = APERTURA
    noche.suspender()
    noche.origen().paso()
    (noche.carpeta / "transiciones.jsonl").write_bytes(b"no es una bitacora\n")

    origen = noche.origen()  # started again, it has nobody's word but its own signed list
    for numero in (2, 3):
        noche.reloj.ahora = APERTURA + (numero - 1) * CADA
        origen.paso()

    assert noche.publicado() == 3
    assert noche.estado() is Estado.SUSPENDIDO
    assert len(noche.actos("falla")) == 1


def test_f3_what_cannot_be_made_delays_neither_heartbeat_nor_next_corte(noche: Noche) -> None:
    origen = noche.origen()
    origen.paso()
    antes = noche.latidos()
    shutil.rmtree(noche.carpeta / "intenciones")
    (noche.carpeta / "intenciones").touch()

    noche.reloj.ahora = APERTURA + CADA
    origen.paso()
    assert (noche.publicado(), noche.latidos()) == (0, antes + 1)
    (noche.carpeta / "intenciones").unlink()
    origen.paso()

    assert noche.publicado() == 2
    assert noche.actos("falla superada") == [{}]


def test_f8_a_bitacora_that_cannot_be_written_loses_nothing(noche: Noche) -> None:
    origen = noche.origen()
    noche.reloj.ahora = APERTURA
    origen.paso()
    libro = noche.carpeta / "bitacora.jsonl"
    libro.rename(noche.carpeta / "aparte")
    libro.mkdir()

    noche.reloj.ahora = APERTURA + CADA
    origen.paso()
    assert noche.publicado() == 2
    libro.rmdir()
    (noche.carpeta / "aparte").rename(libro)
    origen.paso()

    assert [d["numero"] for d in noche.actos("publicación")] == [1, 2]


def test_f1_a_publication_without_its_entry_is_recorded_by_the_next_life(noche: Noche) -> None:
    noche.reloj.ahora = APERTURA
    noche.origen().paso()
    libro = noche.carpeta / "bitacora.jsonl"
    libro.write_bytes(b"".join(libro.read_bytes().splitlines(keepends=True)[:-1]))
    assert noche.actos("publicación") == []

    noche.origen().paso()

    (entrada,) = noche.actos("publicación")
    assert entrada["numero"] == 1
    assert entrada["encabezados"]


def test_g9_who_was_suspended_before_a_kill_still_gets_the_list(noche: Noche) -> None:
    noche.reloj.ahora = APERTURA
    noche.origen().paso()
    noche.suspender()
    noche.origen().paso()  # signed, and killed before any delivery

    origen = noche.origen()
    with origen._reparto:
        for _ in range(2):
            origen.paso()
            time.sleep(0.1)

    assert len(noche.difusor.recibido) == 1
    assert any(ruta.endswith(".difusores.json") for ruta in noche.difusor.recibido[0])
    assert not any(ruta.startswith("objetos/") for ruta in noche.difusor.recibido[0])


def test_f1_a_kill_between_seal_and_acta_still_leaves_one_of_each(noche: Noche) -> None:
    noche.reloj.ahora = APERTURA + (CORTES - 1) * CADA
    origen = noche.origen()
    origen.paso()
    # A book that cannot be read holds up the acta alone.
    (noche.carpeta / "transiciones.jsonl").write_bytes(b"no es una bitacora\n")
    noche.reloj.ahora += 4 * CADA
    origen.paso()
    assert not (noche.carpeta / "acta-circunstanciada.md").exists()

    (noche.carpeta / "transiciones.jsonl").unlink()
    noche.origen().paso()

    assert (noche.carpeta / "acta-circunstanciada.md").exists()
    assert len(noche.actos("cierre")) == 1


def test_the_acta_tells_the_acts_of_the_operator(noche: Noche) -> None:
    noche.reloj.ahora = APERTURA + (CORTES - 1) * CADA
    noche.suspender()
    noche.origen().paso()

    acta = (noche.carpeta / "acta-circunstanciada.md").read_text(encoding="utf-8")
    assert "acto de ana: sirve publicidad" in acta


def test_after_the_close_only_news_are_signed(noche: Noche) -> None:
    noche.reloj.ahora = APERTURA + (CORTES - 1) * CADA
    origen = noche.origen()
    origen.paso()
    noche.reloj.ahora += 4 * CADA
    origen.paso()
    antes = noche.latidos()

    noche.reloj.ahora += timedelta(days=1)
    origen.paso()
    assert noche.latidos() == antes
    noche.suspender()
    origen.paso()

    assert noche.latidos() == antes + 1
    assert noche.estado() is Estado.SUSPENDIDO
