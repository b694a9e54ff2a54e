"""Published against calculated: what is a difference, what only a bad form, and the cause that is told."""

from collections.abc import Callable, Mapping

import pytest

from pregon.prep.base_de_datos import leer
from pregon.prep.comparar import Comparacion, comparar

Escribir = Callable[..., bytes]
Comparado = Callable[..., Comparacion]


@pytest.fixture
def comparado(escribir: Escribir, campos: dict[str, str]) -> Comparado:
    def _comparado(
        cambios: Mapping[str, str] | None = None, *, ultimo: bool = False, **como: object
    ) -> Comparacion:
        (base,) = leer("COAH_DIP_LOC_2026.csv", escribir(campos=campos | dict(cambios or {}), **como))
        return comparar(base, ultimo=ultimo)

    return _comparado


def test_equal_is_no_difference(comparado: Comparado) -> None:
    assert comparado().diferencias == ()


@pytest.mark.parametrize(
    ("campo", "impreso"),
    [("TOTAL_VOTOS_C_CS", "210.0"), ("LISTA_NOMINAL_ACTAS_CONTABILIZADAS", "'500"),
     ("PORCENTAJE_ACTAS_CAPTURADAS", "75"), ("PORCENTAJE_ACTAS_CAPTURADAS", "'75.0000%"),
     ("PORCENTAJE_ACTAS_CONTABILIZADAS", "50.000")],
)  # fmt: skip
def test_a_right_value_badly_written_is_a_warning(comparado: Comparado, campo: str, impreso: str) -> None:
    leido = comparado({campo: impreso})

    assert leido.diferencias == ()
    assert [(a.fila, a.columna) for a in leido.advertencias] == [(5, campo)]


def test_a_thousands_separator_is_a_bad_form(
    escribir: Escribir, campos: dict[str, str], filas: list[list[str]]
) -> None:
    filas[0][25] = "7672"
    impresos = campos | {
        "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "7,672",
        "PORCENTAJE_PARTICIPACION_CIUDADANA": "2.6068",
    }
    (base,) = leer("x.csv", escribir(campos=impresos, filas=filas, delimitador="|"))

    assert comparar(base, ultimo=False).diferencias == ()


@pytest.mark.parametrize("impreso", ["", "-", "N/A"])
def test_an_absent_figure_is_no_difference(comparado: Comparado, impreso: str) -> None:
    assert comparado({"TOTAL_VOTOS_C_CS": impreso}).diferencias == ()


def test_a_figure_that_is_no_number_is_a_difference(comparado: Comparado) -> None:
    (diferencia,) = comparado({"TOTAL_VOTOS_C_CS": "#REF!"}).diferencias

    assert "no es un número" in diferencia.mensaje


def test_a_rounded_percentage_is_named(
    escribir: Escribir, campos: dict[str, str], filas: list[list[str]]
) -> None:
    siete = [list(filas[0]) for _ in range(7)] + [list(filas[3]) for _ in range(2)]
    impresos = dict.fromkeys(campos, "") | {"PORCENTAJE_ACTAS_CAPTURADAS": "77.7778"}
    (base,) = leer("x.csv", escribir(campos=impresos, filas=siete))

    (diferencia,) = comparar(base, ultimo=False).diferencias

    assert diferencia.mensaje == "está redondeado: 7/9 se trunca a 77.7777 (R50)"


def test_section_16_a_last_corte_not_declared_is_named(comparado: Comparado) -> None:
    (diferencia,) = comparado({"PORCENTAJE_PARTICIPACION_CIUDADANA": "42.0000"}).diferencias

    assert diferencia.calculado == "40.0000"
    assert "coincide con un último corte" in diferencia.mensaje
    assert comparado({"PORCENTAJE_PARTICIPACION_CIUDADANA": "42.0000"}, ultimo=True).diferencias == ()


def test_a_torn_header_names_the_acta_it_missed(comparado: Comparado) -> None:
    sin_la_especial = {
        "ACTAS_REGISTRADAS": "3", "ACTAS_CAPTURADAS": "2", "PORCENTAJE_ACTAS_CAPTURADAS": "50.0000",
        "ACTAS_CONTABILIZADAS": "1", "PORCENTAJE_ACTAS_CONTABILIZADAS": "25.0000", "TOTAL_VOTOS_C_CS": "200",
        "PORCENTAJE_ACTAS_INCONSISTENCIAS": "0.0000",
    }  # fmt: skip

    leido = comparado(sin_la_especial, sello="07/06/2026 20:09 (UTC-6)")

    assert {d.campo for d in leido.diferencias} == set(sin_la_especial)
    for diferencia in leido.diferencias:
        assert "la fila 9 (050001S0100, 20:10:00)" in diferencia.mensaje
        assert "no son del mismo instante" in diferencia.mensaje


def test_fuera_de_catalogo_without_rows_is_named(comparado: Comparado, filas: list[list[str]]) -> None:
    leido = comparado({"ACTAS_FUERA_CATALOGO": "", "ACTAS_REGISTRADAS": "6"}, filas=filas[:4])

    (diferencia,) = leido.diferencias
    assert diferencia.mensaje.startswith("registra 3 actas fuera de catálogo de las que el archivo no trae")


@pytest.mark.parametrize(
    ("impreso", "causa"),
    [("0.0000", "sólo las que exceden"), ("50.0000", "también las actas «Sin acta»")],
)
def test_r52_other_inconsistencias_are_named(comparado: Comparado, impreso: str, causa: str) -> None:
    (diferencia,) = comparado({"PORCENTAJE_ACTAS_INCONSISTENCIAS": impreso}).diferencias

    assert causa in diferencia.mensaje


def test_a_catalogue_of_another_size_is_named(comparado: Comparado) -> None:
    leido = comparado({"ACTAS_ESPERADAS": "5"})

    assert leido.diferencias[0].mensaje == "el archivo trae 4 renglones de catálogo (R39)"


def test_a_sin_acta_that_says_1_is_named(comparado: Comparado, filas: list[list[str]]) -> None:
    filas[2][28] = "1"

    leido = comparado(filas=filas)

    assert "no se contabiliza la fila 10 (050002B0100)" in leido.diferencias[0].mensaje
    assert {d.campo for d in leido.diferencias} >= {"ACTAS_CONTABILIZADAS", "ACTAS_NO_CONTABILIZADAS"}


def test_r43_a_legible_acta_left_out_is_named(comparado: Comparado, filas: list[list[str]]) -> None:
    filas[1][28] = "0"

    leido = comparado(filas=filas)

    assert "se contabiliza la fila 9 (050001S0100, 20:10:00)" in leido.diferencias[0].mensaje


def test_a_participation_of_the_header_itself_is_named(comparado: Comparado) -> None:
    impresos = {
        "TOTAL_VOTOS_S_CS": "190",
        "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "480",
        "PORCENTAJE_PARTICIPACION_CIUDADANA": "39.5833",
    }

    mensajes = {d.campo: d.mensaje for d in comparado(impresos).diferencias}

    assert "entre la lista nominal del propio encabezado" in mensajes["PORCENTAJE_PARTICIPACION_CIUDADANA"]
    assert "otra cifra" in mensajes["TOTAL_VOTOS_S_CS"]


def test_registradas_that_follow_from_the_header_are_named(comparado: Comparado) -> None:
    mensajes = {
        d.campo: d.mensaje
        for d in comparado({"ACTAS_REGISTRADAS": "5", "ACTAS_FUERA_CATALOGO": "2"}).diferencias
    }

    assert mensajes["ACTAS_FUERA_CATALOGO"] == "fuera de catálogo, los renglones del archivo son 1 (R41)"
    assert (
        mensajes["ACTAS_REGISTRADAS"]
        == "suma lo que el encabezado publica: 3 capturadas y 2 fuera de catálogo"
    )
