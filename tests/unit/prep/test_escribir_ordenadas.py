"""The tidy tables: plain types, a reason for every empty cell, the same figures, one dictionary."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from pregon.prep import escribir
from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador, TipoCasilla
from pregon.prep.corte import Corte, ResultadoMunicipio
from pregon.prep.jornada import Ambito, Eleccion, Unidad
from pregon.testing.noche import ELECCION, NOCHE, Noche, cuenta

CONTEOS = (
    "boletas_sobrantes",
    "personas_votaron",
    "representantes_votaron",
    "votos_sacados",
    "total_asentado",
    "representantes",
)


def datos(corte: Corte) -> dict[str, bytes]:
    hechos: dict[str, bytes] = {}
    for resultado in corte.resultados:
        hechos |= dict(escribir.base_de_datos(corte, resultado))
        hechos |= dict(escribir.ordenados(corte, resultado))
    return hechos | dict(escribir.explicacion(corte, hechos))


def filas(corte: Corte, que: str) -> list[dict[str, str]]:
    tabla = next(d for nombre, d in datos(corte).items() if nombre.endswith(f"_{que}.csv"))
    return list(csv.DictReader(io.StringIO(tabla.decode(), newline="")))


def una(*actas: Acta) -> dict[str, str]:
    (fila,) = filas(cuenta(actas), "actas")
    return fila


def completa(votos: Sequence[Celda] | None, **cambios: Any) -> Acta:  # Any: the fields that a case changes
    """Return an acta whose counts are all there, with some changes."""
    (acta,) = Noche().pon(votos).actas
    conteos: dict[str, Any] = dict.fromkeys(CONTEOS, 20)
    return replace(acta, **(conteos | cambios))


def con_dos() -> Corte:
    """Return a corte whose coalition stands in distrito 1 only."""
    parcial = replace(ELECCION, coaliciones=(replace(ELECCION.coaliciones[0], unidades=frozenset({1})),))
    actas = Noche().pon((10, 5, 3, 1, 0, 2)).pon((7, 6, 5, 0, 1, 0), unidad=2, seccion=20).pon(None).actas
    return cuenta(actas, noche=replace(NOCHE, elecciones=(parcial,)))


def test_keys_are_bare_and_numbers_are_numbers() -> None:
    fila = una(completa((10, 5, 3, 1, 0, 2)))

    assert fila["clave_casilla"] == "050010B0100"
    assert (fila["distrito"], fila["distrito_nombre"], fila["seccion"], fila["casilla"]) == (
        "1",
        "Acuña",
        "10",
        "B1",
    )
    assert [fila[c.clave] for c in ELECCION.columnas] == ["10", "5", "3", "1", "0", "2"]
    assert (fila["total_calculado"], fila["capturada"], fila["contabilizada"]) == ("21", "1", "1")
    assert (fila["situacion"], fila["motivo"]) == ("sin observaciones", "")


def test_times_are_iso_with_the_offset_of_the_entidad() -> None:
    (acta,) = Noche().pon((1, 0, 0, 0, 0, 0)).actas
    hora = datetime(2026, 6, 7, 20, 13, 5)  # noqa: DTZ001 — as the institute prints it

    assert una(replace(acta, verificacion=hora))["verificacion"] == "2026-06-07T20:13:05-06:00"
    assert una(replace(acta, verificacion=hora, hora_imputada=True))["verificacion"] == ""


SIN_ACTA = {"contabilizada": Contabilizada.NO, "observaciones": "SIN ACTA POR PAQUETE NO ENTREGADO"}
ALGUNO = {"observaciones": "ALGUN CAMPO ILEGIBLE O SIN DATO"}


@pytest.mark.parametrize(
    ("votos", "cambios", "motivo"),
    [
        (None, {}, "por capturar"),
        ((Marcador.SIN_ACTA,) * 6, SIN_ACTA, "sin acta"),
        (
            (Marcador.ILEGIBLE, 5, Marcador.ILEGIBLE, Marcador.NO_APLICA, 0, Marcador.SIN_DATO),
            ALGUNO,
            "ilegible: ALFA GAMA; sin dato: NULOS",
        ),
        ((1, 1, 1, 1, 1, 1), {"representantes": Marcador.N_A}, "no aplica: representantes"),
    ],
)
def test_an_empty_cell_says_why(
    votos: Sequence[Celda] | None, cambios: dict[str, object], motivo: str
) -> None:
    acta = completa(votos, **cambios)

    fila = una(acta)

    vacias = [c.clave for c, v in zip(ELECCION.columnas, acta.votos, strict=True) if not isinstance(v, int)]
    assert fila["motivo"] == motivo
    assert [c.clave for c in ELECCION.columnas if fila[c.clave] == ""] == vacias


def test_i5_a_formula_in_a_text_is_neutralised_and_keys_are_not_touched() -> None:
    (acta,) = Noche().pon((1, 0, 0, 0, 0, 0)).actas

    fila = una(replace(acta, origen="=cmd|' /C calc'!A0", digitalizacion="\uff1d1"))

    assert fila["origen"].startswith("'=")
    assert fila["digitalizacion"] == "'\uff1d1"
    assert fila["clave_acta"] == "050010B01003"


def test_figures_of_every_level_close() -> None:
    niveles = filas(con_dos(), "cifras")

    de = {
        n: [int(f["votos"]) for f in niveles if f["nivel"] == n] for n in ("entidad", "distrito", "seccion")
    }
    assert sum(de["entidad"]) == sum(de["distrito"]) == sum(de["seccion"]) == 40
    assert [f["pendientes"] for f in niveles if f["nivel"] == "entidad"] == ["1"]


def test_r73_r76_what_is_of_no_place_has_a_row_that_closes_with_the_entidad() -> None:
    noche = Noche().pon((10, 5, 3, 1, 0, 2)).pon((7, 0, 3, 2, 0, 0), tipo_acta="3ERP")
    noche.pon((7, 6, 5, 0, 1, 0), unidad=2, seccion=None)
    noche.pon((9,) * 6, unidad=None, seccion=None, contabilizada=Contabilizada.FUERA_DE_CATALOGO)
    corte = cuenta(noche.actas)
    (resultado,) = corte.resultados
    saltillo = ResultadoMunicipio(
        unidad=Unidad(numero=30, nombre="Saltillo"),
        totales=resultado.unidades[0].secciones[0].totales,
        secciones=(10,),
    )

    niveles = filas(replace(corte, resultados=(replace(resultado, municipios=(saltillo,)),)), "cifras")

    for lugar in ("distrito", "municipio"):
        entidad, *partes = (f for f in niveles if f["nivel"] in {"entidad", lugar, f"sin_{lugar}"})
        for nombre in ("esperadas", "registradas", "lista_nominal", "votos", "ALFA", "NULOS"):
            assert sum(int(f[nombre]) for f in partes) == int(entidad[nombre])
    resto = {f["nivel"]: f for f in niveles if f["nivel"].startswith("sin_")}
    assert (resto["sin_distrito"]["votos"], resto["sin_distrito"]["fuera_de_catalogo"]) == ("12", "1")
    assert resto["sin_distrito"]["candidatura_GAMA"] == "3"
    assert (resto["sin_municipio"]["votos"], resto["sin_municipio"]["candidatura_GAMA"]) == ("31", "")


def test_r68_a_candidatura_is_added_up_in_each_unit() -> None:
    niveles = {(f["nivel"], f["distrito"]): f for f in filas(con_dos(), "cifras") if f["nivel"] != "seccion"}

    assert niveles["distrito", "1"]["candidatura_ALFA_BETA"] == "16"
    assert niveles["distrito", "2"]["candidatura_ALFA_BETA"] == ""
    assert niveles["distrito", "2"]["candidatura_ALFA"] == "7"
    assert niveles["entidad", ""]["candidatura_GAMA"] == "8"


def test_r50_percentages_are_text_of_four_truncated_decimals() -> None:
    entidad = filas(con_dos(), "cifras")[0]

    assert entidad["porcentaje_capturadas"] == "66.6666"
    assert entidad["participacion"] == "4.0000"


def test_json_and_csv_hold_the_same_table() -> None:
    corte = con_dos()
    crudo = next(d for nombre, d in datos(corte).items() if nombre.endswith("_cifras.json"))
    documento = json.loads(crudo)

    como_texto = [["" if v is None else str(v) for v in fila] for fila in documento["filas"]]

    en_csv = [[f[c] for c in documento["columnas"]] for f in filas(corte, "cifras")]
    assert como_texto == en_csv
    assert (documento["corte"], documento["caracter"], documento["ultimo"]) == (2, "oficial", False)
    assert documento["filas"][0][documento["columnas"].index("participacion")] == "4.0000"


def test_r90_the_dictionary_explains_every_column_of_every_table() -> None:
    hechos = datos(con_dos())
    explicadas = [
        (f["archivo"], f["campo"])
        for f in csv.DictReader(io.StringIO(hechos["diccionario.csv"].decode(), newline=""))
        if f["parte"] == "filas"
    ]

    for nombre, crudo in hechos.items():
        if nombre.endswith(".csv") and nombre != "diccionario.csv":
            lineas = list(csv.reader(io.StringIO(crudo.decode("utf-8-sig"), newline="")))
            campos = lineas[6] if nombre == "COAH_DIP_LOC_2026.csv" else lineas[0]
            assert [(nombre, c) for c in campos] == [e for e in explicadas if e[0] == nombre]
    campos_json = json.loads(hechos["diccionario.json"])["campos"]
    assert [(c["archivo"], c["campo"]) for c in campos_json if c["parte"] == "filas"] == explicadas
    assert all(c["significado"] for c in campos_json)


def test_the_data_package_describes_the_bytes_that_are_there() -> None:
    hechos = datos(con_dos())
    paquete = json.loads(hechos["datapackage.json"])

    for recurso in paquete["resources"]:
        crudo = hechos[recurso["path"]]
        assert recurso["bytes"] == len(crudo)
        assert recurso["hash"] == f"sha256:{hashlib.sha256(crudo).hexdigest()}"
        nombres = [c["name"] for c in recurso["schema"]["fields"]]
        tabla = list(csv.DictReader(io.StringIO(crudo.decode(), newline="")))
        assert nombres == list(tabla[0])
        for campo in recurso["schema"]["fields"]:
            assert all(_es(campo["type"], fila[campo["name"]]) for fila in tabla)


def _es(tipo: str, texto: str) -> bool:
    """Tell whether a cell is of a type of Table Schema; empty is a missing value of any."""
    formas = {
        "string": ".*",
        "integer": "(0|[1-9][0-9]*)?",
        "number": r"[0-9]+\.[0-9]{4}",
        "boolean": "[01]?",
        "datetime": r"([0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}[+-][0-9]{2}:[0-9]{2})?",
    }
    return re.fullmatch(formas[tipo], texto) is not None


@pytest.mark.parametrize(
    ("ambito", "lugares"),
    [
        (Ambito.DISTRITO, ["distrito", "distrito_nombre", "municipio", "municipio_nombre"]),
        (Ambito.MUNICIPIO, ["municipio", "municipio_nombre"]),
        (Ambito.ENTIDAD, []),
    ],
)
def test_places_follow_the_election(ambito: Ambito, lugares: list[str]) -> None:
    eleccion: Eleccion = replace(ELECCION, ambito=ambito, detalle=ambito)
    corte = con_dos()
    resultado = replace(corte.resultados[0], eleccion=eleccion)

    tabla = next(iter(dict(escribir.ordenados(corte, resultado)).values())).decode()

    columnas = tabla.splitlines()[0].split(",")
    assert columnas[columnas.index("clave_acta") + 1 : columnas.index("seccion")] == lugares


def test_special_casillas_keep_their_type() -> None:
    fila = una(*Noche().pon((1, 0, 0, 0, 0, 0), tipo=TipoCasilla.ESPECIAL, tipo_acta="3ERP").actas)

    assert (fila["tipo_casilla"], fila["tipo_acta"]) == ("S", "3ERP")
