"""Which columns hold votes and whose they are (R71), and the letters that change between columns (COAH17)."""

from collections.abc import Sequence

import pytest

from pregon.prep.base_de_datos import LIMITES
from pregon.prep.base_de_datos.advertencias import Advertencia, Advertencias
from pregon.prep.base_de_datos.columnas import esquema, parecida
from pregon.prep.jornada import ClaseColumna, Columna

IDENTIDAD = ["ID_ENTIDAD", "ENTIDAD", "SECCION", "TIPO_CASILLA", "TOTAL_VOTOS_SACADOS"]
FINAL = ["TOTAL_VOTOS_ASENTADO", "LISTA_NOMINAL", "OBSERVACIONES", "CONTABILIZADA"]


def votos(
    *nombres: str, muestra: Sequence[Sequence[str]] = ()
) -> tuple[tuple[Columna, ...], tuple[Advertencia, ...]]:
    advertencias = Advertencias(archivo="x.csv", maximo=100)
    leido = esquema([*IDENTIDAD, *nombres, *FINAL], muestra, 6, LIMITES, advertencias)
    return leido.columnas, advertencias.todas()


def test_combinations_name_their_parties_by_other_letters() -> None:
    columnas, advertencias = votos("PRI", "NA", "SI", "C_PRI_PNA", "C_PRI_SDI", "C_PNA_SDI", "NULOS")

    assert [c.partidos for c in columnas][3:6] == [("PRI", "NA"), ("PRI", "SI"), ("NA", "SI")]
    assert [a.columna for a in advertencias] == ["PNA", "SDI"]


def test_a_letter_that_fits_two_parties_stays_as_it_is() -> None:
    columnas, _ = votos("NA", "PN", "C_PNA_NB", "NULOS")

    assert columnas[2].partidos == ("PNA", "NB")


def test_an_odd_single_combination_is_of_its_party() -> None:
    columnas, _ = votos("PAN", "C_PAN", "NULOS")

    assert (columnas[1].clase, columnas[1].partidos) == (ClaseColumna.COMBINACION, ("PAN",))


def test_a_party_with_two_words_is_one_party() -> None:
    columnas, _ = votos("PRI", "NUEVA_ALIANZA", "C_PRI_NUEVA_ALIANZA", "NULOS")

    assert columnas[2].partidos == ("PRI", "NUEVA_ALIANZA")


def test_combinations_without_their_prefix() -> None:
    columnas, _ = votos("PAN", "PRD", "PAN_PRD", "NULOS")

    assert (columnas[2].clase, columnas[2].partidos) == (ClaseColumna.COMBINACION, ("PAN", "PRD"))


@pytest.mark.parametrize("nombre", ["CAND_IND_1", "CAND_IND1", "CI_2", "INDEPENDIENTE", "IND_03"])
def test_independents(nombre: str) -> None:
    columnas, _ = votos("PAN", nombre, "NULOS")

    assert columnas[1].clase is ClaseColumna.INDEPENDIENTE


@pytest.mark.parametrize(
    "nombre", ["NO_REGISTRADAS", "NO_REGISTRADOS", "CANDIDATURAS NO REGISTRADAS", "NOREGISTRADOS", "CNR"]
)
@pytest.mark.parametrize("nulos", ["NULOS", "VOTOS NULOS", "VN"])
def test_the_two_last_ones(nombre: str, nulos: str) -> None:
    columnas, _ = votos("PAN", nombre, nulos)

    assert [c.clave for c in columnas] == ["PAN", "NO_REGISTRADAS", "NULOS"]


def test_a_column_of_names_beside_the_parties_is_no_vote() -> None:
    fila = ["5", "COAHUILA", "1", "B", "300", "Zona norte", "10", "3", "13", "500", "", "1"]

    columnas, advertencias = votos("REGION", "PAN", "NULOS", muestra=[fila])

    assert [c.clave for c in columnas] == ["PAN", "NULOS"]
    assert [a.columna for a in advertencias] == ["REGION"]


def test_two_columns_of_one_name_are_told_apart() -> None:
    columnas, advertencias = votos("PAN", "PAN", "NULOS")

    assert [c.clave for c in columnas] == ["PAN", "PAN_2", "NULOS"]
    assert len(advertencias) == 1


@pytest.mark.parametrize(
    ("siglas", "partidos", "hallado"),
    [
        ("PNA", ["NA", "PAN"], "NA"),
        ("SDI", ["SI"], "SI"),
        ("PMC", ["MC", "PRI"], "MC"),
        ("XYZ", ["PAN"], None),
    ],
)
def test_letters_alike(siglas: str, partidos: list[str], hallado: str | None) -> None:
    assert parecida(siglas, partidos) == hallado
