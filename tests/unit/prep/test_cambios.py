"""What a corte changed of what was public: with before and after, by row, never by key alone (R36, R83)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.prep.acta import Acta, Contabilizada, Marcador
from pregon.prep.cambios import cambios, con_cambios
from pregon.prep.corte import ActaCambiada, Caida, Cambio, Cambios
from pregon.testing.estrategias import actas as actas_de
from pregon.testing.noche import ELECCION, NOCHE, Noche, cuenta

SIN_DATO = Marcador.SIN_DATO


@pytest.fixture
def antes() -> list[Acta]:
    """One counted, one not counted, one pending, and one in the other distrito."""
    noche = Noche().pon((40, 10, 70, 3, 0, 5))
    noche.pon((900, 0, 0, 0, 0, 0), contabilizada=Contabilizada.NO, observaciones="EXCEDE LISTA NOMINAL")
    noche.pon(None).pon((1, 2, 3, 0, 0, 0), unidad=2)
    return noche.actas


def comparadas(antes: Sequence[Acta], despues: Sequence[Acta]) -> Cambios:
    (uno,), (otro,) = cuenta(antes).resultados, cuenta(despues, numero=3).resultados
    return cambios(uno, otro)


def con(actas: Sequence[Acta], lugar: int, **campos: Any) -> list[Acta]:
    """Return the rows with one of them changed."""
    return [replace(a, **campos) if n == lugar else a for n, a in enumerate(actas)]


def test_the_first_corte_has_no_previous(antes: list[Acta]) -> None:
    corte = con_cambios(cuenta(antes), None)

    assert (corte.anterior, corte.cambios) == (None, ())


def test_the_same_actas_change_nothing(antes: list[Acta]) -> None:
    corte = con_cambios(cuenta(antes, numero=3), cuenta(antes))

    assert corte.anterior == 2
    (de_diputaciones,) = corte.cambios
    assert (de_diputaciones.eleccion, de_diputaciones.nuevas, de_diputaciones.hay) == ("DIP_LOC", 0, False)


def test_what_arrives_is_new_and_no_correction(antes: list[Acta]) -> None:
    llegada = con(antes, 2, contabilizada=Contabilizada.SI, observaciones="", votos=(7, 0, 0, 0, 0, 0))

    hechos = comparadas(antes, llegada)

    assert (hechos.nuevas, hechos.hay) == (1, False)


def test_r36_a_corrected_acta_is_told_with_before_and_after(antes: list[Acta]) -> None:
    corregida = con(
        antes, 0, votos=(40, 10, 60, SIN_DATO, 0, 5), observaciones="ALGUN CAMPO ILEGIBLE O SIN DATO"
    )

    hechos = comparadas(antes, corregida)

    assert hechos.corregidas == (
        ActaCambiada(
            casilla=antes[0].casilla,
            tipo_acta="3",
            ordinal=1,
            campos=(
                Cambio(campo="GAMA", antes=70, despues=60),
                Cambio(campo="C_ALFA_BETA", antes=3, despues="SIN DATO"),
                Cambio(campo="OBSERVACIONES", antes="", despues="ALGUN CAMPO ILEGIBLE O SIN DATO"),
                Cambio(campo="TOTAL_VOTOS_CALCULADO", antes=128, despues=115),
            ),
        ),
    )
    assert (hechos.nuevas, hechos.regresadas, hechos.desaparecidas) == (0, (), ())


@pytest.mark.parametrize(
    ("campos", "dicho"),
    [
        ({"contabilizada": Contabilizada.NO}, Cambio(campo="CONTABILIZADA", antes="1", despues="0")),
        ({"lista_nominal": 510}, Cambio(campo="LISTA_NOMINAL", antes=500, despues=510)),
        ({"codigo_integridad": "b"}, Cambio(campo="CODIGO_INTEGRIDAD", antes="a", despues="b")),
        ({"sin_desglose": 4}, Cambio(campo="TOTAL_VOTOS_CALCULADO", antes=128, despues=132)),
    ],
)
def test_every_field_that_people_saw_is_compared(
    antes: list[Acta], campos: dict[str, Any], dicho: Cambio
) -> None:
    con_imagen = con(antes, 0, codigo_integridad="a")

    (corregida,) = comparadas(con_imagen, con(con_imagen, 0, **campos)).corregidas

    assert corregida.campos == (dicho,)


def test_r97_an_image_that_arrives_later_is_no_correction(antes: list[Acta]) -> None:
    assert not comparadas(antes, con(antes, 0, codigo_integridad="a")).hay


def test_an_acta_that_is_pending_again_is_told_apart_from_the_new_ones(antes: list[Acta]) -> None:
    cambiadas = con(antes, 0, contabilizada=Contabilizada.PENDIENTE, votos=(Marcador.NO_APLICA,) * 6)
    cambiadas = con(cambiadas, 2, contabilizada=Contabilizada.SI, votos=(0, 0, 7, 0, 0, 0))

    hechos = comparadas(antes, cambiadas)

    assert [a.casilla.clave for a in hechos.regresadas] == ["050010B0100"]
    assert hechos.regresadas[0].campos[0] == Cambio(campo="ALFA", antes=40, despues="-")
    assert (hechos.nuevas, hechos.corregidas) == (1, ())


def test_an_acta_that_is_no_longer_there_is_told(antes: list[Acta]) -> None:
    hechos = comparadas(antes, antes[1:])

    assert [(a.casilla.clave, a.campos) for a in hechos.desaparecidas] == [("050010B0100", ())]
    assert hechos.nuevas == 0


def test_r83_rows_of_one_key_are_told_by_their_place(antes: list[Acta]) -> None:
    repetidas = [replace(a, casilla=replace(antes[0].casilla, unidad=1)) for a in antes]

    (corregida,) = comparadas(repetidas, con(repetidas, 1, votos=(900, 1, 0, 0, 0, 0))).corregidas

    assert (corregida.ordinal, corregida.campos[0]) == (2, Cambio(campo="BETA", antes=0, despues=1))


def test_every_figure_that_fell_is_told_at_entidad_and_unidad(antes: list[Acta]) -> None:
    hechos = comparadas(antes, con(antes, 0, votos=(40, 10, 60, 3, 0, 5)))

    caidas = {(c.unidad, c.clase, c.nombre): (c.antes, c.despues) for c in hechos.caidas}
    assert caidas == {
        (None, "encabezado", "TOTAL_VOTOS_C_CS"): (134, 124),
        (None, "encabezado", "TOTAL_VOTOS_S_CS"): (134, 124),
        (None, "contendiente", "GAMA"): (73, 63),
        (None, "columna", "GAMA"): (73, 63),
        (1, "encabezado", "TOTAL_VOTOS_C_CS"): (128, 118),
        (1, "encabezado", "TOTAL_VOTOS_S_CS"): (128, 118),
        (1, "contendiente", "GAMA"): (70, 60),
        (1, "columna", "GAMA"): (70, 60),
    }


def test_a_figure_may_fall_while_more_actas_arrive(antes: list[Acta]) -> None:
    despues = con(antes, 0, contabilizada=Contabilizada.NO, observaciones="EXCEDE LISTA NOMINAL")
    despues = con(despues, 2, contabilizada=Contabilizada.SI, votos=(500, 0, 0, 0, 0, 0))

    hechos = comparadas(antes, despues)

    assert Caida(unidad=None, clase="columna", nombre="GAMA", antes=73, despues=3) in hechos.caidas
    assert not [c for c in hechos.caidas if c.nombre == "ACTAS_CAPTURADAS"]


def test_columns_are_compared_by_name_when_the_catalogue_was_corrected(antes: list[Acta]) -> None:
    al_reves = replace(ELECCION, columnas=ELECCION.columnas[::-1])
    volteadas = [replace(a, votos=a.votos[::-1]) for a in antes]
    (uno,) = cuenta(antes).resultados
    (otro,) = cuenta(volteadas, noche=replace(NOCHE, elecciones=(al_reves,)), numero=3).resultados

    assert cambios(uno, otro).corregidas == ()


@given(st.data())
def test_two_cortes_differ_exactly_in_what_is_told(datos: st.DataObject) -> None:
    filas = [datos.draw(actas_de(ELECCION, n)) for n in range(1, 5)]
    otras = [datos.draw(st.just(a) | actas_de(ELECCION, a.renglon)) for a in filas]
    iguales = [
        replace(b, casilla=a.casilla, tipo_acta=a.tipo_acta) for a, b in zip(filas, otras, strict=True)
    ]

    hechos = comparadas(filas, iguales)

    vistas = {a.casilla.clave for a in (*hechos.corregidas, *hechos.regresadas)}
    cambiadas = {
        a.casilla.clave
        for a, b in zip(filas, iguales, strict=True)
        if a.capturada
        and (a.votos, a.contabilizada, a.lista_nominal) != (b.votos, b.contabilizada, b.lista_nominal)
    }
    assert vistas == cambiadas
    assert hechos.desaparecidas == ()
    llegaron = sum(b.capturada and not a.capturada for a, b in zip(filas, iguales, strict=True))
    assert hechos.nuevas == llegaron
