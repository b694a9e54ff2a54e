"""The invented night: always the same, arrives as a night does, and holds every case of the table (R59)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.sources import Fuente, ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.acta import Acta, Contabilizada, Marcador, TipoCasilla
from pregon.prep.jornada import Jornada


def noche(nombre: str, *, cortes: int = 12) -> Jornada:
    jornada = eleccion.leer(ejemplos.texto(nombre), archivo=nombre)
    return replace(jornada, cierre=jornada.apertura + (cortes - 1) * jornada.periodo)


@pytest.fixture(scope="module")
def diputaciones() -> Sintetica:
    return Sintetica(noche("diputaciones"))


@pytest.fixture(scope="module")
def finales(diputaciones: Sintetica) -> Sequence[Acta]:
    return diputaciones.leer(diputaciones.jornada.cierre).actas["DIP_LOC"]


def test_the_same_seed_gives_the_same_night(diputaciones: Sintetica, finales: tuple[Acta, ...]) -> None:
    fuente: Fuente = Sintetica(noche("diputaciones"))

    assert fuente.jornada == diputaciones.jornada
    assert fuente.leer(fuente.jornada.cierre).actas["DIP_LOC"] == finales


def test_another_seed_gives_another_night(finales: tuple[Acta, ...]) -> None:
    fuente = Sintetica(noche("diputaciones"), semilla=1)

    assert fuente.leer(fuente.jornada.cierre).actas["DIP_LOC"] != finales


def test_the_catalogue_has_the_size_asked_for_and_unique_keys(finales: tuple[Acta, ...]) -> None:
    esperadas = [a for a in finales if a.en_catalogo]
    casillas = {a.casilla.clave for a in esperadas if a.casilla.seccion is not None}
    claves = {a.casilla.clave + a.tipo_acta for a in esperadas}

    assert len(casillas) == 4283
    assert len(claves) == len(esperadas)
    assert {a.casilla.unidad for a in esperadas} == set(range(1, 17))
    assert {a.casilla.municipio for a in esperadas if a.casilla.seccion} == set(range(1, 39))
    assert {a.casilla.tipo.value for a in esperadas} == set("BCESAP")


def test_a_casilla_especial_has_an_acta_mr_and_one_rp(finales: tuple[Acta, ...]) -> None:
    especiales = [a for a in finales if a.casilla.tipo is TipoCasilla.ESPECIAL]

    assert sum(a.rp for a in especiales) * 2 == len(especiales) > 0
    assert {a.lista_nominal for a in especiales} == {0}


def test_rows_keep_their_place_all_night(diputaciones: Sintetica) -> None:
    inicio = diputaciones.jornada.apertura
    antes = [a.casilla for a in diputaciones.leer(inicio).actas["DIP_LOC"] if a.en_catalogo]
    despues = [
        a.casilla for a in diputaciones.leer(diputaciones.jornada.cierre).actas["DIP_LOC"] if a.en_catalogo
    ]

    assert antes == despues


@pytest.mark.parametrize("nombre", ["diputaciones", "ayuntamientos"])
@pytest.mark.parametrize("cortes", [6, 12, 145])
def test_arrivals_fill_the_window_whatever_its_length(nombre: str, cortes: int) -> None:
    fuente = Sintetica(noche(nombre, cortes=cortes))
    jornada = fuente.jornada

    partes = []
    for n in range(cortes):
        (actas,) = fuente.leer(jornada.apertura + n * jornada.periodo).actas.values()
        partes.append(sum(a.capturada for a in actas) / sum(a.en_catalogo for a in actas))

    assert partes == sorted(partes)
    assert partes[0] < 0.1
    assert 0.96 < partes[-1] < 0.985


def test_a_night_of_one_corte_has_its_actas() -> None:
    fuente = Sintetica(noche("ayuntamientos", cortes=1))

    (actas,) = fuente.leer(fuente.jornada.apertura).actas.values()

    assert sum(a.capturada for a in actas) > 3500


def test_r3_only_border_casillas_arrive_before_the_capital_closes_its_own() -> None:
    fuente = Sintetica(noche("diputaciones", cortes=145))
    jornada = fuente.jornada
    frontera = {m.numero for m in jornada.elecciones[0].municipios if m.frontera}

    antes = [a for a in fuente.leer(jornada.apertura - timedelta(minutes=30)).actas["DIP_LOC"] if a.capturada]

    assert antes
    assert {a.casilla.municipio for a in antes} <= frontera


def test_every_case_of_the_table_occurs(finales: tuple[Acta, ...]) -> None:
    casos = {(a.contabilizada, a.observaciones) for a in finales}

    assert casos == {
        (Contabilizada.PENDIENTE, "-"),
        (Contabilizada.SI, ""),
        (Contabilizada.SI, "ALGUN CAMPO ILEGIBLE O SIN DATO"),
        (Contabilizada.NO, "TODOS ILEGIBLES O SIN DATO"),
        (Contabilizada.NO, "EXCEDE LISTA NOMINAL"),
        (Contabilizada.NO, "SIN ACTA POR CASILLA NO INSTALADA"),
        (Contabilizada.NO, "SIN ACTA POR PAQUETE NO ENTREGADO"),
        (Contabilizada.NO, "SIN ACTA POR PAQUETE ENTREGADO SIN BOLSA"),
        (Contabilizada.FUERA_DE_CATALOGO, "FUERA DE CATALOGO"),
    }


def test_votes_agree_with_the_treatment(finales: tuple[Acta, ...]) -> None:
    for acta in finales:
        match acta.observaciones:
            case "EXCEDE LISTA NOMINAL":
                assert isinstance(acta.representantes, int)
                assert acta.total_calculado > acta.lista_nominal + acta.representantes
            case "ALGUN CAMPO ILEGIBLE O SIN DATO":
                assert {Marcador.ILEGIBLE, Marcador.SIN_DATO} & set(acta.votos)
                assert any(isinstance(v, int) for v in acta.votos)
            case "TODOS ILEGIBLES O SIN DATO" | "FUERA DE CATALOGO" | "-":
                assert not any(isinstance(v, int) for v in acta.votos)
            case "" if acta.casilla.tipo is not TipoCasilla.ESPECIAL:
                assert acta.total_calculado <= acta.lista_nominal


def test_r99_times_are_in_order_and_within_the_night(
    diputaciones: Sintetica, finales: tuple[Acta, ...]
) -> None:
    cierre = diputaciones.jornada.local(diputaciones.jornada.cierre).replace(tzinfo=None)
    for acta in finales:
        if acta.verificacion is not None:
            assert acta.acopio is not None
            assert acta.captura is not None
            assert acta.acopio < acta.captura < acta.verificacion <= cierre


def test_r36_some_published_actas_are_corrected_and_their_votes_fall(diputaciones: Sintetica) -> None:
    jornada = diputaciones.jornada
    mitad = diputaciones.leer(jornada.apertura + 6 * jornada.periodo).actas["DIP_LOC"]
    final = {a.renglon: a for a in diputaciones.leer(jornada.cierre).actas["DIP_LOC"]}

    corregidas = [a for a in mitad if a.capturada and final[a.renglon] != a]

    assert corregidas
    assert all(final[a.renglon].total_calculado < a.total_calculado for a in corregidas)


def test_r70_what_does_not_stand_in_a_municipio_holds_a_dash() -> None:
    fuente = Sintetica(noche("ayuntamientos"))
    (eleccion_,) = fuente.jornada.elecciones
    indice = [c.clave for c in eleccion_.columnas].index("CAND_IND_2")

    dash = {
        a.casilla.unidad
        for a in fuente.leer(fuente.jornada.cierre).actas["AYUN"]
        if a.contada and a.votos[indice] is not Marcador.NO_APLICA
    }

    assert dash == {30, 35}


def test_everybody_who_stands_has_an_invented_name() -> None:
    (eleccion_,) = Sintetica(noche("ayuntamientos")).jornada.elecciones

    en_saltillo = [c.clave for c in eleccion_.candidaturas if c.unidad == 30]

    assert en_saltillo == [
        "COA_PAN_PRD_UDC", "COA_PRI_PVEM_PNA", "COA_PT_MORENA_PES", "MC", "CAND_IND_1", "CAND_IND_2",
    ]  # fmt: skip
    assert all(len(c.propietaria.split()) == 3 for c in eleccion_.candidaturas)


def test_an_election_without_catalogue_is_refused() -> None:
    jornada = noche("ayuntamientos")
    real = replace(jornada, elecciones=(replace(jornada.elecciones[0], catalogo=None),))

    with pytest.raises(ErrorDeConfiguracion, match="catálogo sintético"):
        Sintetica(real)
