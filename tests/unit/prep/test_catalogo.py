"""The catalogue's bytes change with the catalogue and with nothing else."""

from dataclasses import replace

import pytest

from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.catalogo import catalogo
from pregon.prep.dialecto import PRESETS


@pytest.fixture(scope="module")
def fuente() -> Sintetica:
    return Sintetica(eleccion.leer(ejemplos.texto("ayuntamientos"), archivo="e"))


def test_it_does_not_depend_on_what_has_arrived(fuente: Sintetica) -> None:
    noche = fuente.jornada

    assert catalogo(noche, fuente.leer(noche.apertura).actas) == catalogo(
        noche, fuente.leer(noche.cierre).actas
    )


def test_a_corrected_lista_nominal_is_another_catalogue(fuente: Sintetica) -> None:
    actas = fuente.leer(fuente.jornada.apertura).actas
    primera, *demas = actas["AYUN"]
    corregida = replace(primera, lista_nominal=primera.lista_nominal + 1)

    assert catalogo(fuente.jornada, {"AYUN": (corregida, *demas)}) != catalogo(fuente.jornada, actas)


def test_a_seccion_of_another_municipio_is_another_catalogue() -> None:
    fuente = Sintetica(eleccion.leer(ejemplos.texto("diputaciones"), archivo="e"))
    actas = fuente.leer(fuente.jornada.apertura).actas
    primera, *demas = actas["DIP_LOC"]
    mudada = replace(primera, casilla=replace(primera.casilla, municipio=99))

    assert catalogo(fuente.jornada, {"DIP_LOC": (mudada, *demas)}) != catalogo(fuente.jornada, actas)


def test_r91_another_way_of_writing_is_another_catalogue(fuente: Sintetica) -> None:
    actas = fuente.leer(fuente.jornada.apertura).actas
    otra = replace(fuente.jornada, dialecto=PRESETS["2021"])

    assert catalogo(otra, actas) != catalogo(fuente.jornada, actas)
