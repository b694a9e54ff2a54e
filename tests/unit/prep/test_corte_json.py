"""The canonical JSON of a corte: one writing only, every figure in it (decisions §10)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pregon.prep.base_de_datos import leer
from pregon.prep.contar import contar
from pregon.prep.corte import CAMPOS_ENCABEZADO, Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.deducir import jornada
from pregon.prep.jornada import Tipo


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
