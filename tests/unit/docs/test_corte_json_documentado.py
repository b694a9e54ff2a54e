"""docs/referencia/corte-json.md names every key of a corte.json, and no other."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pregon.prep.acta import Clase, Contabilizada
from pregon.prep.cambios import con_cambios
from pregon.prep.corte import ResultadoMunicipio
from pregon.prep.corte_json import VERSION, corte_json
from pregon.prep.jornada import Unidad
from pregon.testing.noche import Noche, cuenta

PAGINA = (Path(__file__).resolve().parents[3] / "docs/referencia/corte-json.md").read_text()


def documentadas(seccion: str) -> set[str]:
    """Return the keys in the table under a heading."""
    (trozo,) = re.findall(rf"^## {re.escape(seccion)}.*?(?=^## |\Z)", PAGINA, re.MULTILINE | re.DOTALL)
    return {
        clave
        for celda in re.findall(r"^\| (`.*?) \|", trozo, re.MULTILINE)
        for clave in re.findall(r"`(\w+)`", celda)
    }


@pytest.fixture(scope="module")
def documento() -> Any:
    """A corte with every key: municipios, and an acta of each kind of change."""
    noche = (
        Noche()
        .pon((40, 10, 70, 3, 0, 5))
        .pon((9, 8, 7, 0, 0, 1), unidad=2, seccion=20)
        .pon((1, 0, 0, 0, 0, 0))
    )
    corregida, de_vuelta, _ = noche.actas
    ahora = [
        replace(corregida, votos=(40, 10, 60, 3, 0, 5)),
        replace(de_vuelta, contabilizada=Contabilizada.PENDIENTE, observaciones="-"),
    ]
    corte = con_cambios(cuenta(ahora, numero=3), cuenta(noche.actas))
    (resultado,) = corte.resultados
    municipio = ResultadoMunicipio(
        unidad=Unidad(numero=7, nombre="Acuña"),
        totales=resultado.unidades[0].totales,
        secciones=(10,),
    )
    completo = replace(corte, resultados=(replace(resultado, municipios=(municipio,)),))
    return json.loads(corte_json(completo))


def test_the_page_tells_this_version() -> None:
    assert f"Ésta es la **{VERSION}**" in PAGINA


def test_every_key_is_told_and_no_other(documento: Any) -> None:
    (eleccion,) = documento["elecciones"]
    cambios = eleccion["cambios"]

    assert documento.keys() == documentadas("El corte")
    assert eleccion.keys() | {"lidera", "empate", "diferencia"} == documentadas("Una elección")
    assert eleccion["unidades"][0].keys() == documentadas("Una unidad")
    assert eleccion["municipios"][0].keys() == documentadas("Un municipio")
    assert eleccion["totales"].keys() == documentadas("Un nivel")
    assert {c.name.lower() for c in Clase} == documentadas("Las clases de acta")
    assert eleccion["contendientes"][0].keys() == documentadas("Un contendiente")
    assert cambios.keys() == documentadas("Los cambios")
    for lista in ("corregidas", "regresadas", "desaparecidas"):
        assert cambios[lista][0].keys() == documentadas("Un acta cambiada")
    assert cambios["corregidas"][0]["campos"][0].keys() == {"campo", "antes", "despues"}
    assert cambios["bajan"][0].keys() == documentadas("Una cifra que baja")


def test_every_level_is_alike(documento: Any) -> None:
    (eleccion,) = documento["elecciones"]
    niveles = [eleccion, *eleccion["unidades"], *eleccion["municipios"]]

    assert {tuple(n["totales"]) for n in niveles} == {tuple(eleccion["totales"])}
    assert all(c.keys() == {"actas", "lista_nominal"} for n in niveles for c in n["por_clase"].values())
