"""No corte that does not add up leaves the engine: every level, every part, every class (R45, C12)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from pregon.prep.acta import Clase, Contabilizada, TipoCasilla
from pregon.prep.corte import Corte, ResultadoEleccion, ResultadoMunicipio
from pregon.prep.identidades import faltas
from pregon.prep.jornada import Unidad
from pregon.testing.estrategias import cortes
from pregon.testing.noche import Noche, cuenta

Estropear = Callable[[ResultadoEleccion], ResultadoEleccion]


@pytest.fixture
def bueno() -> ResultadoEleccion:
    noche = Noche().pon((40, 10, 70, 3, 0, 5)).pon(None).pon((9, 8, 7, 0, 0, 1), unidad=2, seccion=20)
    noche.pon((7, 0, 0, 0, 0, 0), tipo=TipoCasilla.ESPECIAL, tipo_acta="3ERP", nominal=0)
    noche.pon((9,) * 6, unidad=None, seccion=None, contabilizada=Contabilizada.FUERA_DE_CATALOGO)
    (resultado,) = cuenta(noche.actas).resultados
    seccion = resultado.unidades[1].secciones[0]
    municipio = ResultadoMunicipio(
        unidad=Unidad(numero=7, nombre="Saltillo"), totales=seccion.totales, secciones=(20,)
    )
    return replace(resultado, municipios=(municipio,))


@given(cortes())
def test_c12_what_the_engine_counts_adds_up(corte: Corte) -> None:
    for resultado in corte.resultados:
        assert list(faltas(resultado)) == []


def test_a_good_result_passes(bueno: ResultadoEleccion) -> None:
    assert list(faltas(bueno)) == []


def de_la_entidad(votos: Sequence[int] | None = None, **cifras: int) -> Estropear:
    return lambda r: replace(r, totales=r.totales.con(cifras, votos))


def de_la_unidad(votos: Sequence[int]) -> Estropear:
    def _estropear(r: ResultadoEleccion) -> ResultadoEleccion:
        una = r.unidades[0]
        mala = replace(una, totales=una.totales.con({}, votos))
        return replace(r, unidades=(mala, *r.unidades[1:]))

    return _estropear


def de_la_seccion(r: ResultadoEleccion) -> ResultadoEleccion:
    una = r.unidades[0]
    corta = replace(una.secciones[0], actas=una.secciones[0].actas[1:])
    return replace(r, unidades=(replace(una, secciones=(corta,)), *r.unidades[1:]))


def del_municipio(r: ResultadoEleccion) -> ResultadoEleccion:
    malo = replace(r.municipios[0], secciones=(10,))
    return replace(r, municipios=(malo,))


def de_dos_municipios(r: ResultadoEleccion) -> ResultadoEleccion:
    return replace(r, municipios=(*r.municipios, *r.municipios))


@pytest.mark.parametrize(
    ("estropear", "causa"),
    [
        (de_la_entidad(contabilizadas=4), "entidad: capturadas y su suma por clase: 4, 3"),
        (de_la_entidad(esperadas=5), "entidad: pendientes y su clase: 2, 1"),
        (de_la_entidad(fuera_de_catalogo=2), "entidad: fuera de catálogo: 2, 1"),
        (de_la_entidad(lista_nominal=9999), "entidad: lista nominal: 9999, 1500"),
        (de_la_entidad(votos_especiales=999), "entidad: votos de especiales: 999, 160"),
        (de_la_entidad(inconsistentes=5), "entidad: inconsistentes y sin acta: 5, 0"),
        (de_la_entidad(sin_acta=2), "entidad: sin acta y sus clases: 2, 0"),
        (de_la_entidad(votos=(56, 18, 77, 3, 0, 5)), "entidad: NULOS suma menos"),
        (de_la_entidad(votos=(56, 18, 77, 3, 0, 7)), "entidad: votos sin unidad"),
        (de_la_entidad(votos=(56, 18, 77, 3, -1, 7)), "entidad: una cifra es negativa: -1"),
        (de_la_entidad(votos=(1, 2)), "entidad: cifras: 33, 37"),
        (de_la_unidad(votos=(40, 10, 70, 3, 1, 5)), "distrito 1: NO_REGISTRADAS y la suma de sus"),
        (de_la_seccion, "distrito 1, sección 10: renglones: 1"),
        (del_municipio, "municipio 7: esperadas y la suma de sus partes: 1, 2"),
        (de_dos_municipios, "municipio 7: secciones de dos municipios: [20]"),
        (lambda r: replace(r, sin_unidad=()), "entidad: actas sin unidad: 1, 0"),
        (lambda r: replace(r, fuera_de_catalogo=()), "entidad: fuera de catálogo: 1, 0"),
        (lambda r: replace(r, actas=r.actas[1:]), "entidad: renglones: 4, 5"),
    ],
)  # fmt: skip
def test_r45_what_does_not_add_up_is_named_with_its_level_and_figures(
    bueno: ResultadoEleccion, estropear: Estropear, causa: str
) -> None:
    assert any(falta.startswith(causa) for falta in faltas(estropear(bueno)))


def test_c12_every_expected_acta_stands_in_one_class(bueno: ResultadoEleccion) -> None:
    t = bueno.totales
    dos_veces = replace(bueno, totales=t.con({f"actas: {Clase.EXCEDE.value}": 1}))

    assert "entidad: capturadas y su suma por clase: 3, 4" in faltas(dos_veces)


def test_votes_without_counted_actas_are_of_nobody() -> None:
    (vacio,) = cuenta(Noche().pon(None).actas).resultados

    con_un_voto = de_la_entidad(votos=(1, 0, 0, 0, 0, 0))(vacio)

    assert "entidad: votos o lista nominal sin actas contabilizadas: 1, 0" in faltas(con_un_voto)
