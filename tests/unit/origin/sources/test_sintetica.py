"""The invented night: always the same, arrives as a night does, and holds every case of the table (R59)."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.sources import Fuente, ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.acta import Acta, Clase, Contabilizada, Marcador, TipoCasilla, votos
from pregon.prep.jornada import Ambito, Jornada


def noche(nombre: str, *, cortes: int = 12, **catalogo: Any) -> Jornada:
    """Return a shipped night, shortened, with other values in the catalogue of each election."""
    jornada = eleccion.leer(ejemplos.texto(nombre), archivo=nombre)
    elecciones = tuple(
        replace(e, catalogo=replace(e.catalogo, **catalogo)) for e in jornada.elecciones if e.catalogo
    )
    return replace(jornada, cierre=jornada.apertura + (cortes - 1) * jornada.periodo, elecciones=elecciones)


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


def test_r59_every_case_of_the_table_occurs(finales: tuple[Acta, ...]) -> None:
    casos = {(a.contabilizada, a.observaciones) for a in finales}

    assert casos == {
        (Contabilizada.PENDIENTE, "-"),
        (Contabilizada.SI, ""),
        (Contabilizada.SI, "ALGUN CAMPO ILEGIBLE O SIN DATO"),
        (Contabilizada.NO, "TODOS ILEGIBLES O SIN DATO"),
        (Contabilizada.SI, "IDENTIFICACION POR PROCESO TECNICO OPERATIVO"),
        (Contabilizada.NO, "EXCEDE LISTA NOMINAL"),
        (Contabilizada.NO, "EXCEDE LISTA NOMINAL, ALGUN CAMPO ILEGIBLE O SIN DATO"),
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
            case "EXCEDE LISTA NOMINAL, ALGUN CAMPO ILEGIBLE O SIN DATO":
                assert acta.clase is Clase.EXCEDE
                assert acta.total_calculado > acta.lista_nominal + votos(acta.representantes)
                assert {Marcador.ILEGIBLE, Marcador.SIN_DATO} & set(acta.votos)
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
    pares = corregidas(diputaciones)

    assert pares
    assert all(despues.total_calculado < antes.total_calculado for antes, despues in pares)


def test_r100_a_corrected_acta_keeps_its_image_or_has_another() -> None:
    pares = corregidas(Sintetica(noche("diputaciones", casillas=9000)))

    assert {antes.codigo_integridad == despues.codigo_integridad for antes, despues in pares} == {True, False}


def test_r36_a_correction_of_the_catalogue_takes_away_the_cells_of_a_party_that_does_not_stand() -> None:
    fuente = Sintetica(noche("ayuntamientos", casillas=15_000))
    (eleccion_,) = fuente.jornada.elecciones
    pna = [c.clave for c in eleccion_.columnas].index("PNA")
    (partido,) = (p for p in eleccion_.partidos if p.clave == "PNA")

    erradas = [(a, d) for a, d in corregidas(fuente) if a.votos[pna] != d.votos[pna] is Marcador.NO_APLICA]

    assert {type(a.votos[pna]) for a, _ in erradas} == {int, Marcador}
    assert len({a.casilla.unidad for a, _ in erradas} - (partido.unidades or set())) == 1
    assert all(
        [v for i, v in enumerate(a.votos) if i != pna] == [v for i, v in enumerate(d.votos) if i != pna]
        for a, d in erradas
    )


def corregidas(fuente: Sintetica) -> list[tuple[Acta, Acta]]:
    """Return the actas that changed after they were published, before and after."""
    jornada, clave = fuente.jornada, fuente.jornada.elecciones[0].clave
    final = {a.renglon: a for a in fuente.leer(jornada.cierre).actas[clave]}
    mitad = fuente.leer(jornada.apertura + (jornada.cierre - jornada.apertura) * 2 // 5).actas[clave]
    return [(a, final[a.renglon]) for a in mitad if a.capturada and final[a.renglon] != a]


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


def test_verificadas_are_the_arrivals_in_the_catalogue_at_every_corte(diputaciones: Sintetica) -> None:
    jornada = diputaciones.jornada

    for n in range(12):
        entrada = diputaciones.leer(jornada.apertura + n * jornada.periodo)

        assert entrada.verificadas == {"DIP_LOC": sum(a.capturada for a in entrada.actas["DIP_LOC"])}


def test_the_night_of_one_municipio_is_tiny_and_whole() -> None:
    fuente = Sintetica(noche("municipio"))

    actas = fuente.leer(fuente.jornada.cierre).actas["AYUN"]

    assert {a.casilla.unidad for a in actas if a.en_catalogo} == {24}
    assert sum(a.en_catalogo for a in actas) == 71
    assert [a.digitalizacion for a in actas if a.casilla.tipo is TipoCasilla.URNA_ELECTRONICA] == [
        "URNA ELECTRONICA"
    ]


def test_r82_casillas_especiales_of_2026_vote_on_urnas_electronicas(finales: tuple[Acta, ...]) -> None:
    especiales = [a for a in finales if a.casilla.tipo is TipoCasilla.ESPECIAL and a.digitalizacion]

    assert {a.digitalizacion for a in especiales} == {"URNA ELECTRONICA"}
    assert not any(isinstance(v, Marcador) for a in especiales for v in a.votos)


def test_a_national_night_numbers_its_secciones_in_each_entidad() -> None:
    fuente = Sintetica(noche("nacional", casillas=1200))
    presidencia, senado, dip = (e.clave for e in fuente.jornada.elecciones)
    actas = fuente.leer(fuente.jornada.cierre).actas

    assert {e.ambito for e in fuente.jornada.elecciones} == {Ambito.ENTIDAD, Ambito.DISTRITO}
    assert {a.casilla.clave[:2] for a in actas[presidencia] if a.en_catalogo} == {
        f"{n:02d}" for n in range(1, 33)
    }
    assert {a.casilla.unidad for a in actas[dip] if a.en_catalogo} == set(range(1, 301))
    assert {a.casilla.unidad for a in actas[senado] if a.en_catalogo} == set(range(1, 33))
    assert max(a.casilla.seccion or 0 for a in actas[dip]) < 200
    for clave in (presidencia, senado, dip):
        claves = [a.casilla.clave + a.tipo_acta for a in actas[clave] if a.en_catalogo]
        assert len(set(claves)) == len(claves)
        assert {len(a.casilla.clave) for a in actas[clave] if a.en_catalogo} == {11}


def test_who_stands_for_the_presidencia_is_one_for_all_distritos() -> None:
    presidencia = Sintetica(noche("nacional", casillas=300)).jornada.elecciones[0]

    assert [(c.unidad, c.clave) for c in presidencia.candidaturas] == [
        (0, "COA_PAN_PRI_PRD"),
        (0, "COA_PVEM_PT_MORENA"),
        (0, "MC"),
    ]


def test_coalitions_differ_by_distrito_and_an_independent_stands_in_one() -> None:
    diputaciones = Sintetica(noche("nacional", casillas=300)).jornada.elecciones[2]

    boletas = {
        unidad: [c.clave for c in diputaciones.candidaturas if c.unidad == unidad]
        for unidad in (1, 5, 6, 189)
    }

    assert boletas == {
        1: ["COA_PAN_PRI_PRD", "COA_PVEM_PT_MORENA", "MC"],
        5: ["PAN", "PRI", "PRD", "COA_PVEM_PT_MORENA", "MC"],
        6: ["COA_PAN_PRI_PRD", "PVEM", "COA_PT_MORENA", "MC"],
        189: ["COA_PAN_PRI_PRD", "COA_PVEM_PT_MORENA", "MC", "CAND_IND_1"],
    }


def test_r83_keys_repeat_on_request_and_rows_stay_themselves() -> None:
    unicas, repetidas = (
        Sintetica(noche("diputaciones", casillas=9000, claves_repetidas=si)) for si in (False, True)
    )
    cierre = unicas.jornada.cierre
    antes, despues = (f.leer(cierre).actas["DIP_LOC"] for f in (unicas, repetidas))

    otras = [(a, d) for a, d in zip(antes, despues, strict=True) if a != d]

    assert {a.casilla.tipo.value for a, _ in otras} == set("CAP")
    assert all(replace(d, casilla=a.casilla) == a for a, d in otras)
    assert len({d.casilla.clave for _, d in otras}) < len(otras)


def test_more_casillas_than_one_entidad_can_number_are_refused() -> None:
    with pytest.raises(ErrorDeConfiguracion, match="secciones en una entidad"):
        Sintetica(noche("diputaciones", casillas=40_000))


@pytest.mark.full
def test_a_national_night_fits_in_a_minute_and_three_gibibytes() -> None:
    """Half a million actas; the bounds of time and memory are those of the program alone."""
    orden = (
        "import re, time\n"
        "from pathlib import Path\n"
        "from pregon.origin.sources import ejemplos\n"
        "from pregon.origin.sources.sintetica import Sintetica\n"
        "from pregon.prep import eleccion\n"
        "noche = eleccion.leer(ejemplos.texto('nacional'), archivo='nacional')\n"
        "actas = Sintetica(noche).leer(noche.cierre).actas\n"
        # Not ru_maxrss: that begins with the memory of whoever forked this process.
        "pico = re.search('VmHWM:\\\\s+([0-9]+) kB', Path('/proc/self/status').read_text())[1]\n"
        "print(sum(map(len, actas.values())), time.process_time(), pico)\n"
    )

    hecho = subprocess.run([sys.executable, "-c", orden], capture_output=True, check=True, timeout=300)
    actas, segundos, kib = hecho.stdout.split()

    assert int(actas) > 522_000
    assert float(segundos) < 60
    assert int(kib) < 3 * 2**20
