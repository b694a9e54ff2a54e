"""Vote columns from coalitions, and who is summed with whom (R68–R71)."""

from dataclasses import replace

from pregon.prep.contienda import columnas, contendientes
from pregon.prep.jornada import Ambito, Candidatura, Coalicion, Eleccion, Partido, Unidad


def partido(clave: str, *, independiente: bool = False) -> Partido:
    return Partido(clave=clave, nombre=clave, color="#000000", independiente=independiente)


def coalicion(*partidos: str, unidades: frozenset[int] | None = None) -> Coalicion:
    return Coalicion(
        clave="C_" + "_".join(partidos),
        nombre="Juntos",
        partidos=partidos,
        color="#111111",
        unidades=unidades,
    )


PARTIDOS = (partido("PAN"), partido("PRI"), partido("UDC"), partido("CAND_IND_1", independiente=True))


def eleccion(*coaliciones: Coalicion, ambito: Ambito = Ambito.DISTRITO) -> Eleccion:
    return Eleccion(
        clave="DIP_LOC",
        nombre="Diputaciones",
        titulo="DIPUTACIONES LOCALES",
        slug="diputaciones",
        ambito=ambito,
        detalle=Ambito.DISTRITO,
        unidades=(Unidad(numero=1, nombre="Uno"), Unidad(numero=2, nombre="Dos")),
        partidos=PARTIDOS,
        coaliciones=coaliciones,
        columnas=columnas(PARTIDOS, coaliciones),
    )


def sumados(de: Eleccion, unidad: int | None) -> dict[str, list[str]]:
    return {c.clave: [de.columnas[i].clave for i in c.columnas] for c in contendientes(de, unidad)}


def test_columns_run_as_in_the_dictionary() -> None:
    claves = [c.clave for c in columnas(PARTIDOS, [coalicion("PAN", "PRI", "UDC")])]

    assert claves == [
        "PAN", "PRI", "UDC", "C_PAN_PRI_UDC", "C_PAN_PRI", "C_PAN_UDC", "C_PRI_UDC", "CAND_IND_1",
        "NO_REGISTRADAS", "NULOS",
    ]  # fmt: skip


def test_r71_how_many_combinations() -> None:
    siete = [str(i) for i in range(7)]

    total = len(columnas([], [coalicion(*siete), coalicion("a", "b", "c", "d")])) - 2

    assert total == 120 + 11


def test_a_combination_of_two_coalitions_is_one_column() -> None:
    en_uno = coalicion("PAN", "PRI", unidades=frozenset({1}))
    en_dos = coalicion("PAN", "PRI", "UDC", unidades=frozenset({2}))

    claves = [c.clave for c in columnas(PARTIDOS, [en_uno, en_dos])]

    assert claves.count("C_PAN_PRI") == 1


def test_a_coalition_is_its_parties_and_combinations() -> None:
    assert sumados(eleccion(coalicion("PRI", "UDC")), 1) == {
        "PAN": ["PAN"],
        "C_PRI_UDC": ["PRI", "UDC", "C_PRI_UDC"],
        "CAND_IND_1": ["CAND_IND_1"],
    }


def test_r70_where_the_coalition_does_not_stand_its_parties_do() -> None:
    de = eleccion(coalicion("PRI", "UDC", unidades=frozenset({1})))

    assert list(sumados(de, 1)) == ["PAN", "C_PRI_UDC", "CAND_IND_1"]
    assert list(sumados(de, 2)) == ["PAN", "PRI", "UDC", "CAND_IND_1"]


def test_at_the_entidad_a_partial_coalition_has_only_its_combinations() -> None:
    de = eleccion(coalicion("PRI", "UDC", unidades=frozenset({1})))

    assert sumados(de, None)["C_PRI_UDC"] == ["C_PRI_UDC"]
    assert sumados(de, None)["PRI"] == ["PRI"]


def test_r70_a_coalition_that_stands_in_every_unidad_by_name_is_whole_at_the_entidad() -> None:
    de = eleccion(coalicion("PRI", "UDC", unidades=frozenset({1, 2})))

    assert sumados(de, None)["C_PRI_UDC"] == ["PRI", "UDC", "C_PRI_UDC"]


def test_in_one_contest_for_the_entidad_the_unit_does_not_matter() -> None:
    de = eleccion(coalicion("PRI", "UDC", unidades=frozenset({1})), ambito=Ambito.ENTIDAD)

    assert sumados(de, 2) == sumados(de, None)


def test_an_option_that_does_not_stand_is_not_offered() -> None:
    solo_en_uno = (*PARTIDOS[:3], replace(PARTIDOS[3], unidades=frozenset({1})))
    de = replace(eleccion(), partidos=solo_en_uno)

    assert "CAND_IND_1" in sumados(de, 1)
    assert "CAND_IND_1" not in sumados(de, 2)
    assert "CAND_IND_1" in sumados(de, None)


def test_who_stands_in_the_unit() -> None:
    quien = Candidatura(unidad=1, clave="PRI", propietaria="Georgina Cano")
    de = replace(eleccion(coalicion("PRI", "UDC")), candidaturas=(quien,))

    assert contendientes(de, 1)[1].candidatura == quien
    assert contendientes(de, 2)[1].candidatura is None


def test_r70_a_coalition_whose_party_is_in_another_one_keeps_its_combinations_and_names_nobody() -> None:
    quien = Candidatura(unidad=0, clave="PRI", propietaria="Georgina Cano")
    dos = (coalicion("PAN", "PRI"), coalicion("PRI", "UDC"))
    de = replace(eleccion(*dos, ambito=Ambito.ENTIDAD), candidaturas=(quien,))

    todos = {c.clave: c.candidatura for c in contendientes(de, None)}

    assert sumados(de, None)["C_PRI_UDC"] == ["C_PRI_UDC"]
    assert (todos["C_PAN_PRI"], todos["C_PRI_UDC"]) == (quien, None)
