"""The corte counted from columns: levels, what stays out of them, and that sums which disagree stop it."""

from dataclasses import replace
from importlib import import_module

import polars as pl
import pytest

from pregon.errors import PregonError
from pregon.origin import motor
from pregon.prep.acta import Acta, Casilla, Clase, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.contienda import columnas
from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.jornada import Ambito, Eleccion, Partido, Unidad
from pregon.testing.estrategias import APERTURA, JORNADA

CONTAR = import_module("pregon.origin.motor.contar")
PARTIDOS = tuple(Partido(clave=c, nombre=c, color="#000000") for c in ("PAN", "PRI"))
ELECCION = Eleccion(
    clave="DIP_LOC",
    nombre="Diputaciones",
    titulo="DIPUTACIONES LOCALES",
    slug="diputaciones",
    ambito=Ambito.DISTRITO,
    detalle=Ambito.DISTRITO,
    unidades=(Unidad(numero=1, nombre="Uno"), Unidad(numero=2, nombre="Dos")),
    partidos=PARTIDOS,
    coaliciones=(),
    columnas=columnas(PARTIDOS, ()),
    municipios=(
        Unidad(numero=5, nombre="Cinco"),
        Unidad(numero=4, nombre="Cuatro"),
        Unidad(numero=6, nombre="Seis"),
    ),
)


def acta(
    renglon: int,
    *votos: int | Marcador,
    unidad: int | None = 1,
    seccion: int | None = 10,
    municipio: int | None = 4,
    tipo: TipoCasilla = TipoCasilla.BASICA,
    contabilizada: Contabilizada = Contabilizada.SI,
    observaciones: str = "",
    tipo_acta: str = "3",
) -> Acta:
    return Acta(
        renglon=Renglon(renglon),
        casilla=Casilla(
            clave=f"05{renglon:04d}B0100",
            unidad=unidad,
            seccion=seccion,
            numero=1,
            tipo=tipo,
            extension=0,
            ubicacion=1,
            municipio=municipio,
        ),
        tipo_acta=tipo_acta,
        contabilizada=contabilizada,
        observaciones=observaciones,
        votos=(*votos, 0, 0),
        lista_nominal=100,
    )


def contado(*actas: Acta, eleccion: Eleccion = ELECCION) -> ResultadoEleccion:
    return motor.contar_eleccion(eleccion, actas)


def corte(*elecciones: Eleccion, **actas: list[Acta]) -> Corte:
    jornada = replace(JORNADA, elecciones=elecciones)
    return motor.contar(jornada, numero=3, instante=APERTURA, ultimo=True, actas=actas)


def test_several_elections_make_one_corte_and_one_without_actas_is_zeros() -> None:
    hecho = corte(ELECCION, replace(ELECCION, clave="AYUN"), DIP_LOC=[acta(1, 7, 3)])

    assert (hecho.numero, hecho.instante, hecho.ultimo) == (3, APERTURA, True)
    assert [r.totales.votos_c_cs for r in hecho.resultados] == [10, 0]
    assert [u.totales.esperadas for r in hecho.resultados for u in r.unidades] == [1, 0, 0, 0]


def test_levels_add_the_levels_below() -> None:
    r = contado(
        acta(1, 7, 3),
        acta(2, 5, 1, seccion=9),
        acta(3, 2, 2, seccion=None),
        acta(4, 1, 1, unidad=2, seccion=11),
    )

    assert r.totales.votos[:2] == (15, 7)
    assert [u.totales.votos[:2] for u in r.unidades] == [(14, 6), (1, 1)]
    assert [(s.seccion, s.totales.votos_c_cs) for s in r.unidades[0].secciones] == [
        (9, 6),
        (10, 10),
        (None, 4),
    ]
    assert [[a.renglon for a in s.actas] for s in r.unidades[0].secciones] == [[2], [1], [3]]


@pytest.mark.parametrize(
    "suelta",
    [
        acta(2, 5, 5, tipo=TipoCasilla.ESPECIAL, tipo_acta="3ERP"),
        acta(2, 5, 5, unidad=None),
        acta(2, 5, 5, unidad=99),
    ],
    ids=["r73_rp", "r76_sin_unidad", "unidad_ajena"],
)
def test_what_is_of_no_unidad_adds_at_the_entidad_only(suelta: Acta) -> None:
    r = contado(acta(1, 7, 3), suelta)

    assert r.totales.votos_c_cs == 20
    assert sum(u.totales.votos_c_cs for u in r.unidades) == 10
    assert r.sin_unidad == [suelta]


def test_r41_fuera_de_catalogo_adds_nowhere() -> None:
    fuera = acta(1, 9, 9, contabilizada=Contabilizada.FUERA_DE_CATALOGO, observaciones="FUERA DE CATALOGO")

    r = contado(fuera, acta(2, 1, 0))

    assert (r.totales.esperadas, r.totales.fuera_de_catalogo, r.totales.votos_c_cs) == (1, 1, 1)
    assert r.totales.nominal[list(Clase).index(Clase.FUERA_DE_CATALOGO)] == 0
    assert [a.renglon for a in r.actas] == [2, 1]


def test_r48_votes_of_especiales_are_told_apart() -> None:
    r = contado(acta(1, 7, 3), acta(2, 5, 1, tipo=TipoCasilla.ESPECIAL))

    assert (r.totales.votos_c_cs, r.totales.votos_s_cs) == (16, 10)


def test_r60_a_marker_adds_nothing_and_a_printed_total_counts() -> None:
    r = contado(replace(acta(1, 7, Marcador.ILEGIBLE), sin_desglose=3))

    assert (r.totales.votos[:2], r.totales.sin_desglose, r.totales.votos_c_cs) == ((7, 0), 3, 10)


def test_r72_municipios_gather_secciones_whatever_their_distrito() -> None:
    rp = acta(4, 9, 9, tipo=TipoCasilla.ESPECIAL, tipo_acta="3ERP")
    r = contado(acta(1, 7, 3), acta(2, 1, 1, unidad=2, seccion=3), acta(3, 4, 0, seccion=12, municipio=5), rp)

    assert [(m.unidad.nombre, m.totales.votos_c_cs, m.secciones) for m in r.municipios] == [
        ("Cinco", 4, (12,)),
        ("Cuatro", 12, (3, 10)),
    ]


@pytest.mark.parametrize(
    ("actas", "eleccion"),
    [
        ([acta(1, 1, 1), acta(2, 1, 1, seccion=11, municipio=None)], ELECCION),
        ([acta(1, 1, 1), acta(2, 1, 1, seccion=11, municipio=77)], ELECCION),
        ([acta(1, 1, 1), acta(2, 1, 1, municipio=5)], ELECCION),
        ([acta(1, 1, 1)], replace(ELECCION, municipios=())),
        ([acta(1, 1, 1)], replace(ELECCION, detalle=Ambito.MUNICIPIO)),
    ],
    ids=["sin_municipio", "municipio_ajeno", "seccion_de_dos", "nadie_los_nombra", "ya_es_la_unidad"],
)
def test_municipios_are_all_known_or_not_told(actas: list[Acta], eleccion: Eleccion) -> None:
    assert contado(*actas, eleccion=eleccion).municipios == ()


def test_a_table_is_counted_without_making_actas() -> None:
    def nadie(i: int) -> Acta:
        raise AssertionError(i)

    actas = [acta(2, 7, 3), acta(1, 5, 1, seccion=9), acta(3, 1, 1, unidad=None)]

    r = motor.contar_eleccion(ELECCION, motor.Tabla(motor.Tabla.de(actas, 4).cuadro, nadie))

    assert r.totales == contado(*actas).totales
    assert [len(s.actas) for s in r.unidades[0].secciones] == [1, 1]


def test_sums_beyond_32_bits_are_exact() -> None:
    muchas = [acta(n, 999_999_999, 0, seccion=n) for n in range(1, 11)]

    assert contado(*muchas).totales.votos[0] == 9_999_999_990


@pytest.mark.parametrize("cifra", ["esperadas", "contabilizadas", "fuera_de_catalogo", "actas: por capturar"])
def test_r45_a_level_that_does_not_square_is_no_corte(cifra: str) -> None:
    tabla = motor.Tabla.de([acta(1, 1, 1)], 4)
    nivel = CONTAR._sumar(CONTAR._medidas(tabla, ELECCION), CONTAR._nombres(4))

    with pytest.raises(PregonError, match="no cuadra"):
        CONTAR._exigir_identidades(nivel.with_columns(pl.col(cifra) + 1), "entidad")


def test_r72_parts_that_do_not_sum_are_no_corte() -> None:
    todo = pl.DataFrame({"esperadas": [3]})

    with pytest.raises(PregonError, match="no suman las partes"):
        CONTAR._exigir_partes(todo, todo + 1, "las partes a la entidad")
