"""Whatever the actas: order does not matter, parts sum to the whole, markers add nothing (R45, R60, R72)."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pregon.origin.motor import contar
from pregon.prep.acta import (
    Acta,
    Casilla,
    Clase,
    Contabilizada,
    Marcador,
    Renglon,
    TipoCasilla,
)
from pregon.prep.contienda import columnas, contendientes
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.jornada import (
    Ambito,
    Coalicion,
    Eleccion,
    Partido,
    Unidad,
)
from pregon.prep.totales import totales
from pregon.testing.estrategias import JORNADA

PARTIDOS = tuple(Partido(clave=c, nombre=c, color="#000000") for c in ("PAN", "PRI", "UDC", "MC"))
COALICIONES = (
    Coalicion(clave="C_PRI_UDC", nombre="Juntos", partidos=("PRI", "UDC"), color="#111111"),
    Coalicion(
        clave="C_PAN_MC", nombre="Frente", partidos=("PAN", "MC"), color="#222222", unidades=frozenset({1})
    ),
)
ELECCION = Eleccion(
    clave="DIP_LOC",
    nombre="Diputaciones",
    titulo="DIPUTACIONES LOCALES",
    slug="diputaciones",
    ambito=Ambito.DISTRITO,
    detalle=Ambito.DISTRITO,
    unidades=tuple(Unidad(numero=n, nombre=f"Distrito {n}") for n in (1, 2, 3)),
    partidos=PARTIDOS,
    coaliciones=COALICIONES,
    columnas=columnas(PARTIDOS, COALICIONES),
)
NOCHE = replace(JORNADA, elecciones=(ELECCION,))
ANCHO = len(ELECCION.columnas)

casillas = st.builds(
    Casilla,
    clave=st.just("050001B0100"),
    unidad=st.sampled_from([None, 1, 2, 3, 99]),
    seccion=st.one_of(st.none(), st.integers(1, 4)),
    numero=st.just(1),
    tipo=st.sampled_from(TipoCasilla),
    extension=st.just(0),
    ubicacion=st.sampled_from([1, 2, None]),
)
celdas = st.one_of(st.integers(0, 999), st.sampled_from(Marcador))
sueltas = st.builds(
    Acta,
    renglon=st.just(Renglon(0)),
    casilla=casillas,
    tipo_acta=st.sampled_from(["3", "3EMR", "3ERP"]),
    contabilizada=st.sampled_from(Contabilizada),
    observaciones=st.sampled_from(
        ["", "-", "EXCEDE LISTA NOMINAL", "SIN ACTA", "ALGUN CAMPO ILEGIBLE O SIN DATO"]
    ),
    votos=st.tuples(*[celdas] * ANCHO),
    lista_nominal=st.integers(0, 750),
    sin_desglose=st.sampled_from([0, 0, 0, 7]),
)
actas = st.lists(sueltas, max_size=20).map(
    lambda todas: [replace(a, renglon=Renglon(i)) for i, a in enumerate(todas, start=1)]
)


def contado(filas: list[Acta], *, ultimo: bool = False) -> Corte:
    return contar(NOCHE, numero=1, instante=NOCHE.apertura, ultimo=ultimo, actas={"DIP_LOC": filas})


@given(actas, st.integers())
def test_the_order_of_the_actas_does_not_matter(filas: list[Acta], semilla: int) -> None:
    revueltas = random.Random(semilla).sample(filas, len(filas))

    assert contado(revueltas) == contado(filas)
    assert corte_json(contado(revueltas)) == corte_json(contado(filas))


@given(actas)
def test_units_and_what_has_none_sum_to_the_entidad(filas: list[Acta]) -> None:
    (resultado,) = contado(filas).resultados

    sin_unidad = totales(resultado.sin_unidad, ANCHO)
    fuera = totales(resultado.fuera_de_catalogo, ANCHO)
    partes = [u.totales for u in resultado.unidades] + [sin_unidad, fuera]
    assert resultado.totales.cifras == tuple(map(sum, zip(*(t.cifras for t in partes), strict=True)))


@given(actas)
def test_secciones_sum_to_their_unit(filas: list[Acta]) -> None:
    (resultado,) = contado(filas).resultados

    for unidad in resultado.unidades:
        en_ella = [a for s in unidad.secciones for a in s.actas]
        assert unidad.totales == totales(en_ella, ANCHO)


@given(actas)
def test_no_row_is_lost(filas: list[Acta]) -> None:
    (resultado,) = contado(filas).resultados

    en_unidades = [a for u in resultado.unidades for s in u.secciones for a in s.actas]
    todas = [*en_unidades, *resultado.sin_unidad, *resultado.fuera_de_catalogo]
    assert sorted(a.renglon for a in todas) == [a.renglon for a in filas]
    assert sorted(a.renglon for a in resultado.actas) == [a.renglon for a in filas]


@given(actas)
def test_the_identities_of_r45_hold(filas: list[Acta]) -> None:
    (resultado,) = contado(filas).resultados

    for t in [resultado.totales, *(u.totales for u in resultado.unidades)]:
        assert t.registradas == t.capturadas + t.fuera_de_catalogo
        assert t.capturadas == t.contabilizadas + t.no_contabilizadas
        assert 0 <= t.capturadas <= t.esperadas
        assert 0 <= t.votos_s_cs <= t.votos_c_cs


@given(actas)
def test_r59_every_acta_is_of_one_clase_with_its_lista_nominal(filas: list[Acta]) -> None:
    t = totales(filas, ANCHO)

    for clase, cuantas, nominal in zip(Clase, t.clases, t.nominal, strict=True):
        suyas = [a for a in filas if a.clase is clase]
        assert cuantas == len(suyas)
        assert nominal == sum(a.lista_nominal for a in suyas if a.en_catalogo)


@given(st.permutations([None, 3, 1, 2]), sueltas)
def test_secciones_run_by_number_and_what_has_none_comes_last(orden: list[int | None], una: Acta) -> None:
    filas = [
        replace(
            una,
            renglon=Renglon(n),
            casilla=replace(una.casilla, unidad=1, seccion=seccion),
            tipo_acta="3",
            contabilizada=Contabilizada.SI,
        )
        for n, seccion in enumerate(orden, start=1)
    ]

    (resultado,) = contado(filas).resultados

    assert [s.seccion for s in resultado.unidades[0].secciones] == [1, 2, 3, None]


@given(actas)
def test_a_marker_adds_what_zero_adds(filas: list[Acta]) -> None:
    en_ceros = [replace(a, votos=tuple(v if isinstance(v, int) else 0 for v in a.votos)) for a in filas]

    assert contado(en_ceros).resultados[0].totales == contado(filas).resultados[0].totales


@given(actas)
def test_only_the_flag_of_the_last_corte_changes_participation(filas: list[Acta]) -> None:
    antes = contado(filas).resultados[0].totales.encabezado(ultimo=False)
    despues = contado(filas, ultimo=True).resultados[0].totales.encabezado(ultimo=True)

    assert {c for c in antes if antes[c] != despues[c]} <= {"PORCENTAJE_PARTICIPACION_CIUDADANA"}


@given(st.sampled_from([None, 1, 2, 3]))
def test_every_vote_column_has_one_owner_at_most(unidad: int | None) -> None:
    todas = [i for c in contendientes(ELECCION, unidad) for i in c.columnas]

    assert len(todas) == len(set(todas))
