"""The guarded probe against a server that lies."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pregon.monitor.ronda import Clase, Conocido, Lista, Sondeo, sondear
from pregon.monitor.sonda import Direcciones
from pregon.paquete.difusores import Difusor, Estado
from pregon.paquete.manifest import Manifest, huella
from pregon.testing.mentiroso import Mentiroso, Truco, arbol_de_nodo
from pregon.testing.origen import OrigenDePrueba, identidad, paginas

PRUEBA = "/.well-known/pregon/prueba.json"


class Portal:
    """A difusor that serves one corte whole, as an honest node does, from a server that can lie."""

    def __init__(self, origen: OrigenDePrueba, numero: int) -> None:
        self.origen = origen
        self.manifest = origen.publicar(numero)
        origen.latido({"uno": Estado.ACTIVO})
        self.servidor = Mentiroso(self.arbol(numero))

    def arbol(self, numero: int) -> dict[str, bytes]:
        prueba = (self.origen.repositorio.carpeta / "prueba.json").read_bytes()
        return arbol_de_nodo(prueba, paginas(numero), self.origen.registro())

    def sondear(
        self,
        *,
        plazo: float = 5.0,
        cortes: dict[int, str] | None = None,
        recientes: tuple[Manifest, ...] = (),
        listas: tuple[Lista, ...] = (),
        direcciones: Direcciones = Direcciones.LOCALES,
        url: str = "",
    ) -> Sondeo:
        difusor = Difusor(
            id="uno", nombre="Uno", url=url or self.servidor.url, transporte="local", destino="/b"
        )
        conocido = Conocido(
            raiz=self.origen.raiz.read_bytes(),
            rol=self.origen.rol,
            cortes=cortes or {},
            recientes=recientes,
            listas=listas,
            original=lambda _sha: paginas(self.manifest.numero)["corte.json"],
        )
        return asyncio.run(
            sondear(difusor, conocido, ahora=lambda: self.origen.ahora, plazo=plazo, direcciones=direcciones)
        )


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    uno = Portal(OrigenDePrueba(tmp_path / "origen"), 1)
    with uno.servidor:
        yield uno


def clases(sondeo: Sondeo) -> list[tuple[Clase, str]]:
    return [(h.clase, h.ruta) for h in sondeo.hallazgos]


def test_an_honest_difusor_is_seen_whole(portal: Portal) -> None:
    sondeo = portal.sondear(cortes={1: identidad(portal.manifest)})

    assert (sondeo.corte, sondeo.al_dia, sondeo.completo, sondeo.falla) == (1, True, True, "")
    assert (sondeo.portada, sondeo.archivos, sondeo.hallazgos) == ("index.html", len(paginas(1)), ())


@pytest.mark.parametrize("ruta", sorted(paginas(1)))
def test_b5_one_bit_of_any_file_is_found_and_confirmed(portal: Portal, ruta: str) -> None:
    portal.servidor.truco, portal.servidor.en = Truco.VOLTEAR, f"/c/1/{ruta}"

    sondeo = portal.sondear()

    assert clases(sondeo) == [(Clase.ALTERADO, f"/c/1/{ruta}")]
    assert (sondeo.al_dia, sondeo.completo) == (True, False)
    assert portal.servidor.pedidas.count(f"/c/1/{ruta}") == 2


def test_the_first_byte_that_differs_is_told(portal: Portal) -> None:
    portal.servidor.truco, portal.servidor.en = Truco.VOLTEAR, "/c/1/corte.json"

    (hallazgo,) = portal.sondear().hallazgos

    assert hallazgo.desde_byte == len(paginas(1)["corte.json"]) // 2


def test_h11_an_entry_page_with_something_added_is_altered(portal: Portal) -> None:
    portal.servidor.arbol["/"] += b"<script src=//anuncios></script>"

    assert clases(portal.sondear()) == [(Clase.ALTERADO, "/")]


def test_a21_an_altered_list_is_told(portal: Portal) -> None:
    portal.servidor.truco, portal.servidor.en = Truco.VOLTEAR, "/difusores.json"

    assert clases(portal.sondear()) == [(Clase.ALTERADO, "/difusores.json")]


def listas_de(*arboles: dict[str, bytes]) -> tuple[Lista, ...]:
    return tuple(Lista(json=huella(a["/difusores.json"]), html=huella(a["/difusores.html"])) for a in arboles)


def test_a21_a_node_that_is_receiving_a_newer_list_is_no_liar(portal: Portal) -> None:
    viejo = portal.servidor.arbol
    portal.origen.latido({"uno": Estado.DEMORADO})
    nuevo = portal.arbol(1)
    portal.servidor.arbol = viejo | {r: nuevo[r] for r in ("/difusores.json", "/difusores.html")}

    assert portal.sondear(listas=listas_de(viejo, nuevo)).hallazgos == ()


def test_a21_a_list_older_than_the_proof_is_told(portal: Portal) -> None:
    viejo = portal.servidor.arbol
    portal.origen.latido({"uno": Estado.SUSPENDIDO})
    nuevo = portal.arbol(1)
    portal.servidor.arbol = (
        nuevo | {"/": paginas(1)["portada-aviso.html"]} | {"/difusores.json": viejo["/difusores.json"]}
    )

    sondeo = portal.sondear(listas=listas_de(viejo, nuevo))

    assert clases(sondeo) == [(Clase.ALTERADO, "/difusores.json")]


def test_h6_an_old_entry_page_is_late_and_no_alteration(portal: Portal) -> None:
    primero = portal.manifest
    segundo = portal.origen.publicar(2)
    portal.servidor.arbol = portal.arbol(2) | {"/": paginas(1)["index.html"]}

    sondeo = portal.sondear(recientes=(primero, segundo))

    assert (sondeo.al_dia, sondeo.hallazgos) == (False, ())
    assert "muestra el corte 1 y su prueba es del 2" in sondeo.falla


def test_h6_a_stale_difusor_is_told_by_its_number(portal: Portal) -> None:
    portal.origen.publicar(2)

    sondeo = portal.sondear()

    assert (sondeo.corte, sondeo.completo) == (1, True)


def test_h6_a_missing_file_is_not_up_to_date(portal: Portal) -> None:
    del portal.servidor.arbol["/c/1/recursos/estilo.0123.css"]

    sondeo = portal.sondear()

    assert clases(sondeo) == [(Clase.FALTANTE, "/c/1/recursos/estilo.0123.css")]
    assert not sondeo.al_dia


@pytest.mark.parametrize("portada", ["portada-demorada.html", "portada-aviso.html"])
def test_a3_the_signed_alternative_entry_pages_are_its_own(portal: Portal, portada: str) -> None:
    portal.servidor.arbol["/"] = paginas(1)[portada]

    sondeo = portal.sondear()

    assert (sondeo.portada, sondeo.al_dia, sondeo.hallazgos) == (portada, True, ())


def test_g9_one_that_knows_itself_suspended_must_show_the_notice(portal: Portal) -> None:
    portal.origen.latido({"uno": Estado.SUSPENDIDO})
    portal.servidor.arbol = portal.arbol(1)

    assert clases(portal.sondear()) == [(Clase.SIN_AVISO, "/")]


def test_g9_one_that_is_just_being_restored_is_no_liar(portal: Portal) -> None:
    portal.origen.latido({"uno": Estado.RECONEXION})
    portal.servidor.arbol = portal.arbol(1)  # the notice is off a moment before the proof says why
    portal.origen.latido({"uno": Estado.ACTIVO})
    nuevo = portal.arbol(1)
    reloj = threading.Timer(0.2, lambda: setattr(portal.servidor, "arbol", nuevo))
    reloj.start()

    sondeo = portal.sondear()
    reloj.join()

    assert sondeo.hallazgos == ()


def test_a20_another_manifest_for_a_known_number_is_told(portal: Portal) -> None:
    sondeo = portal.sondear(cortes={1: "0" * 64})

    assert clases(sondeo) == [(Clase.EQUIVOCO, f"{portal.origen.rol}/1/manifest")]
    assert (sondeo.corte, sondeo.al_dia) == (None, False)


def test_a1_a_corte_of_another_institute_is_not_believed(portal: Portal, tmp_path: Path) -> None:
    impostor = Portal(OrigenDePrueba(tmp_path / "impostor"), 1)
    portal.servidor.arbol = impostor.servidor.arbol

    sondeo = portal.sondear()

    assert (sondeo.corte, sondeo.al_dia) == (None, False)
    assert "prueba" in sondeo.falla


def test_a19_a_rehearsal_is_not_the_election(portal: Portal, tmp_path: Path) -> None:
    ensayo = Portal(OrigenDePrueba(tmp_path / "ensayo", rol="simulacro-otro"), 1)
    portal.servidor.arbol = ensayo.servidor.arbol

    assert portal.sondear().corte is None


def test_r16_frames_must_not_be_forbidden(portal: Portal) -> None:
    portal.servidor.cabeceras["X-Frame-Options"] = "DENY"

    assert clases(portal.sondear()) == [(Clase.MARCO, "/")]


def test_r15_another_hour_than_the_cortes_is_told(portal: Portal) -> None:
    portal.servidor.arbol["/estado.json"] = b'{"corte":1,"instante":"2020-01-01T00:00:00Z"}'

    assert clases(portal.sondear()) == [(Clase.HORA, "/estado.json")]


def test_h3_a_redirect_is_not_followed(portal: Portal) -> None:
    portal.servidor.truco = Truco.REDIRIGIR

    sondeo = portal.sondear()

    assert (sondeo.corte, sondeo.falla) == (None, f"{PRUEBA}: redirige a otra dirección")


@pytest.mark.parametrize("truco", [Truco.GOTEAR, Truco.COLGAR])
@pytest.mark.parametrize("en", [PRUEBA, "/c/1/"])
def test_h4_whoever_drips_or_hangs_ends_at_the_total_deadline(portal: Portal, truco: Truco, en: str) -> None:
    portal.servidor.truco, portal.servidor.en = truco, en
    empezo = time.monotonic()

    sondeo = portal.sondear(plazo=0.6)

    assert time.monotonic() - empezo < 2
    assert (sondeo.completo, sondeo.falla) == (False, "no terminó de responder en 0.6 s")


def test_h4_an_endless_reply_stops_at_its_cap(portal: Portal) -> None:
    portal.servidor.truco, portal.servidor.en = Truco.SIN_FIN, "/c/1/index.html"

    sondeo = portal.sondear()

    assert clases(sondeo) == [(Clase.FALTANTE, "/c/1/index.html")]


@pytest.mark.parametrize("truco", [Truco.CODIFICAR, Truco.CAER])
def test_h4_what_is_no_plain_answer_is_no_answer(portal: Portal, truco: Truco) -> None:
    portal.servidor.truco = truco

    assert portal.sondear().corte is None


def test_h4_a_hundred_thousand_headers_are_refused(portal: Portal) -> None:
    portal.servidor.cabeceras = {f"X-{i}": "a" for i in range(2000)}

    assert portal.sondear().corte is None


def test_h5_the_monitor_looks_like_any_reader(portal: Portal) -> None:
    portal.sondear()

    (agente,) = portal.servidor.agentes
    assert agente.startswith("Mozilla/5.0 ")


@pytest.mark.parametrize(
    "anfitrion", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]"]
)
def test_h1_h2_a_name_or_number_of_this_machine_is_not_visited(portal: Portal, anfitrion: str) -> None:
    puerto = portal.servidor.url.rsplit(":", 1)[1]

    sondeo = portal.sondear(url=f"http://{anfitrion}:{puerto}", direcciones=Direcciones.PUBLICAS)

    assert sondeo.corte is None
    assert portal.servidor.pedidas == []
