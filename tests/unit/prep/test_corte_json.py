"""The canonical JSON of a corte: one writing only, every figure in it (decisions §10)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep.acta import Marcador
from pregon.prep.base_de_datos import leer
from pregon.prep.cambios import con_cambios
from pregon.prep.corte import CAMPOS_ENCABEZADO, Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.deducir import jornada
from pregon.prep.eleccion import leer as leer_eleccion
from pregon.prep.jornada import Ambito, Tipo
from pregon.testing.noche import ELECCION, NOCHE, Noche, cuenta


@pytest.fixture
def corte(escribir: Callable[..., bytes]) -> Corte:
    noche, actas = jornada(leer("COAH_DIP_LOC_2026.csv", escribir()), tipo=Tipo.SIMULACRO, rol="simulacro")
    instante = datetime(2026, 6, 8, 2, 30, tzinfo=UTC)
    return contar(noche, numero=13, instante=instante, ultimo=False, actas=actas)


def test_it_says_which_corte_it_is(corte: Corte) -> None:
    leido = json.loads(corte_json(corte))

    assert (leido["numero"], leido["ultimo"], leido["tipo"]) == (13, False, "simulacro")
    assert (leido["instante"], leido["sello"]) == ("2026-06-08T02:30:00Z", "07/06/2026 20:30 (UTC-6)")


def test_every_level_has_its_votes(corte: Corte) -> None:
    (eleccion,) = json.loads(corte_json(corte))["elecciones"]

    assert sorted(eleccion["encabezado"]) == sorted(CAMPOS_ENCABEZADO)
    assert eleccion["totales"]["votos"] == sum(eleccion["votos"]) == 210
    assert [u["numero"] for u in eleccion["unidades"]] == [1, 2]
    assert {c["clave"]: c["votos"] for c in eleccion["contendientes"]} == {
        "PAN": 94,
        "C_PRI_UDC": 86,
        "CAND_IND_1": 5,
    }
    assert eleccion["contendientes"][0]["porcentaje"] == "44.7619"


def test_it_is_canonical(corte: Corte) -> None:
    escrito = corte_json(corte)

    assert escrito == corte_json(corte)
    assert b": " not in escrito
    assert (
        json.dumps(json.loads(escrito), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        == escrito
    )


def leido(corte: Corte) -> Any:
    (eleccion,) = json.loads(corte_json(corte))["elecciones"]
    return eleccion


def test_r74_a_tie_leads_nowhere_and_counts_for_nobody() -> None:
    noche = Noche().pon((40, 10, 50, 0, 0, 0)).pon((10, 0, 90, 0, 0, 0), unidad=2)

    eleccion = leido(cuenta(noche.actas))

    empate, ventaja = eleccion["unidades"]
    assert (empate["lidera"], empate["empate"], empate["diferencia"]) == (None, ["ALFA_BETA", "GAMA"], 0)
    assert (ventaja["lidera"], ventaja["empate"], ventaja["diferencia"]) == ("GAMA", [], 80)
    assert {c["clave"]: c["unidades"] for c in eleccion["contendientes"]} == {"ALFA_BETA": 0, "GAMA": 1}
    assert "lidera" not in eleccion


def test_without_votes_nobody_leads() -> None:
    (una, _) = leido(cuenta(Noche().pon(None).actas))["unidades"]

    assert (una["lidera"], una["empate"], una["diferencia"]) == (None, [], 0)


def test_in_one_contest_of_the_whole_entidad_somebody_leads_it() -> None:
    toda = replace(ELECCION, ambito=Ambito.ENTIDAD)
    noche = Noche().pon((40, 10, 70, 3, 0, 5)).pon((1, 2, 3, 0, 0, 0), unidad=2)

    eleccion = leido(cuenta(noche.actas, noche=replace(NOCHE, elecciones=(toda,))))

    assert (eleccion["lidera"], eleccion["diferencia"]) == ("GAMA", 17)
    assert "unidades" not in eleccion["contendientes"][0]


def test_the_first_corte_compares_with_none(corte: Corte) -> None:
    documento = json.loads(corte_json(corte))

    assert documento["anterior"] is None
    assert documento["elecciones"][0]["cambios"] is None


def test_r36_what_changed_is_in_it_so_the_huella_covers_it() -> None:
    antes = Noche().pon((40, 10, 70, 3, 0, 5)).actas
    ahora = [replace(antes[0], votos=(40, Marcador.ILEGIBLE, 70, 3, 0, 5))]

    sin, con = cuenta(ahora, numero=3), con_cambios(cuenta(ahora, numero=3), cuenta(antes))

    assert corte_json(sin) != corte_json(con)
    (corregida,) = leido(con)["cambios"]["corregidas"]
    assert corregida == {
        "unidad": 1,
        "seccion": 10,
        "clave": "050010B0100",
        "tipo_acta": "3",
        "ordinal": 1,
        "campos": [
            {"campo": "BETA", "antes": 10, "despues": "ILEGIBLE"},
            {"campo": "TOTAL_VOTOS_CALCULADO", "antes": 128, "despues": 118},
        ],
    }
    assert {"unidad": None, "clase": "columna", "nombre": "BETA", "antes": 10, "despues": 0} in leido(con)[
        "cambios"
    ]["bajan"]


def test_c12_the_classes_of_a_level_add_up_to_its_expected_actas(corte: Corte) -> None:
    clases = leido(corte)["por_clase"]

    assert sum(c["actas"] for nombre, c in clases.items() if nombre != "fuera_de_catalogo") == 4
    assert {nombre: c["actas"] for nombre, c in clases.items()} == {
        "pendiente": 1,
        "sin_observaciones": 1,
        "algun_campo": 1,
        "paquete_no_entregado": 1,
        "fuera_de_catalogo": 1,
    }


def test_a_night_of_coahuila_stays_small() -> None:
    """One election of 4,331 actas in 16 distritos and 38 municipios: at most 100 kB of the 300 of a night."""
    fuente = Sintetica(leer_eleccion(ejemplos.texto("diputaciones"), archivo="ejemplo"))
    noche = fuente.jornada
    cortes = [
        contar(noche, numero=n, instante=i, ultimo=False, actas=fuente.leer(i).actas)
        for n, i in ((n, noche.apertura + (n - 1) * noche.periodo) for n in (60, 120))
    ]

    escrito = corte_json(con_cambios(cortes[1], cortes[0]))

    assert len(json.loads(escrito)["elecciones"][0]["municipios"]) == 38
    assert len(escrito) < 100_000
