"""What makes a base de datos torn (C2), what is only counted otherwise; unknown columns, kept as they are."""

from collections.abc import Mapping

import pytest
from corpus_hostil import CIFRAS, COLUMNAS, FILAS, buena, comprimir

from pregon.prep.base_de_datos import desgarro, leer

SIN_FIN = ("el último renglón no termina en fin de línea: el archivo puede estar cortado",)


def desgarros(datos: bytes) -> tuple[str, ...]:
    (base,) = leer("x", datos)
    return desgarro(base)


def con(**cifras: str) -> bytes:
    return buena(cifras=CIFRAS | cifras)


def test_c2_a_whole_file_is_not_torn() -> None:
    assert desgarros(buena()) == ()


@pytest.mark.parametrize("campo", [c for c in CIFRAS if not c.startswith("PORCENTAJE")])
@pytest.mark.parametrize("otra", ["7", "#REF!", "-3", "1e9"])
def test_c2_a_count_that_is_not_of_the_rows_is_a_tear(campo: str, otra: str) -> None:
    (causa,) = desgarros(con(**{campo: otra}))

    assert causa == f"{campo}: el encabezado dice {otra} y los renglones dan {CIFRAS[campo]}"


@pytest.mark.parametrize(
    "cifras",
    [
        {},
        {"TOTAL_VOTOS_C_CS": "210.0", "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "1,000".replace(",", ".")},
        {"ACTAS_ESPERADAS": "'5", "ACTAS_REGISTRADAS": "", "TOTAL_VOTOS_S_CS": "N/A"},
        {"PORCENTAJE_ACTAS_CAPTURADAS": "80", "PORCENTAJE_PARTICIPACION_CIUDADANA": "21.0000"},
        {"PORCENTAJE_ACTAS_INCONSISTENCIAS": "40.0000", "PORCENTAJE_ACTAS_CONTABILIZADAS": "60.0001"},
    ],
    ids=["todas", "puntos", "en blanco", "otro denominador", "redondeada"],
)
def test_c2_a_figure_written_or_divided_otherwise_is_no_tear(cifras: Mapping[str, str]) -> None:
    assert desgarros(con(**cifras)) == ()


def test_c2_fewer_rows_than_expected_are_a_tear() -> None:
    causas = desgarros(buena(filas=FILAS[:4]))

    assert causas == (
        "ACTAS_ESPERADAS: el encabezado dice 5 y los renglones dan 4",
        "ACTAS_REGISTRADAS: el encabezado dice 5 y los renglones dan 4",
        "ACTAS_FUERA_CATALOGO: el encabezado dice 1 y los renglones dan 0",
    )


def test_r45_fuera_de_catalogo_registered_without_a_row_is_coahuila_2017_and_no_tear() -> None:
    cifras = CIFRAS | {"ACTAS_FUERA_CATALOGO": "", "ACTAS_REGISTRADAS": "9"}

    assert desgarros(buena(cifras=cifras, filas=FILAS[:5])) == ()


@pytest.mark.parametrize(
    "cifras",
    [
        {"ACTAS_REGISTRADAS": "4", "ACTAS_CAPTURADAS": "3", "ACTAS_NO_CONTABILIZADAS": "0"},
        {"ACTAS_REGISTRADAS": "4", "ACTAS_CAPTURADAS": "3"},
    ],
    ids=["las «Sin acta» no son capturadas", "a medias"],
)
def test_r44_a_rule_explains_all_the_counts_or_none(cifras: Mapping[str, str]) -> None:
    assert bool(desgarros(con(**cifras))) is ("ACTAS_NO_CONTABILIZADAS" not in cifras)


@pytest.mark.parametrize(
    ("datos", "causas"),
    [
        (buena()[:-1], SIN_FIN),
        (buena(salto="\r\n")[:-1], SIN_FIN),
        (buena(salto="\r"), ()),
        (buena(salto="\r\n"), ()),
        (buena() + b"\n\n", ()),
        (comprimir({"a.csv": buena()[:-1]}), ()),
        (comprimir({"a.csv": buena(filas=FILAS[:5])[:-1]}), None),
    ],
    ids=["sin LF", "CR sin LF", "CR", "CRLF", "líneas vacías", "dentro de un ZIP", "cortado antes del ZIP"],
)
def test_c2_a_last_line_without_its_end_is_a_tear(datos: bytes, causas: tuple[str, ...] | None) -> None:
    hallados = desgarros(datos)

    assert hallados == causas if causas is not None else hallados


def test_c2_quotes_still_open_at_the_end_are_a_tear() -> None:
    abierta = buena(filas=[*FILAS[:5], ("", "", "", '"x')])

    assert desgarros(abierta)[0] == "las comillas que abre la fila 13 no se cierran: el archivo está cortado"


def test_a_base_without_figures_has_nothing_to_disagree_with() -> None:
    assert desgarros(buena(cifras=None, filas=FILAS[:3])) == ()


def test_r82_a_column_that_nobody_knows_keeps_its_texts_beside_its_actas() -> None:
    filas = [(*f, f"texto {n}", "=x") for n, f in enumerate(FILAS)]
    mezcladas = [filas[5], *filas[:5]]

    (base,) = leer("x.csv", buena(columnas=[*COLUMNAS, "Código QR", "COTEJADA"], filas=mezcladas))

    assert base.otras["Código QR"] == ("texto 0", "texto 1", "texto 2", "texto 3", "texto 4", "texto 5")
    assert base.otras["COTEJADA"] == ("=x",) * 6
    assert [a.columna for a in base.advertencias if a.lectura == "se guarda y no suma"] == ["Código QR"]


def test_columns_of_one_name_or_of_none_are_kept_apart() -> None:
    nombres = [*COLUMNAS, "QR", "QR", "", "SECCION", "Z"]

    (base,) = leer("x.csv", buena(columnas=nombres, filas=[(*f, *"abcde") for f in FILAS]))

    assert {nombre: textos[0] for nombre, textos in base.otras.items()} == {
        "QR": "a", "QR (columna 34)": "b", "columna 35": "c", "SECCION": "d", "Z": "e",
    }  # fmt: skip


def test_a_short_row_has_no_text_in_the_columns_that_it_lacks() -> None:
    cortas = [(*FILAS[0], "x"), FILAS[1][:20], *[(*f, "y") for f in FILAS[2:]]]

    (base,) = leer("x.csv", buena(columnas=[*COLUMNAS, "QR"], filas=cortas))

    assert base.otras["QR"] == ("x", "", "y", "y", "y", "y")
