"""The cell that tells where the image of an acta comes from, or that it is in process (R97)."""

import re
from dataclasses import replace

import pytest

from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.acta import Acta
from pregon.sitio.casillas import Grupo, encabezados, tabla

NOCHE = Sintetica(eleccion.leer(ejemplos.texto("municipio"), archivo="municipio"))
(ELECCION,) = NOCHE.jornada.elecciones
ACTAS = NOCHE.leer(NOCHE.jornada.cierre).actas["AYUN"]
ACTA = next(a for a in ACTAS if a.contada)


def filas(*actas: Acta, imagenes: dict[str, str] | None) -> str:
    grupo = Grupo(ancla="s1", titulo="Sección 1", actas=actas)
    return tabla(ELECCION, [grupo], encabezados(ELECCION, actas, (), imagenes))


@pytest.mark.parametrize(
    ("digitalizacion", "dicho"),
    [
        ("ESCANER", "Escáner"),
        ("Móvil", "Móvil"),
        ("URNA ELECTRONICA", "Urna electrónica"),
        ("FAX", "Fax"),
        ("", "Ver"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_an_image_is_linked_by_its_origin(digitalizacion: str, dicho: str) -> None:
    acta = replace(ACTA, digitalizacion=digitalizacion, codigo_integridad="AB" * 32)

    html = filas(acta, imagenes={"ab" * 32: f"../actas/{'ab' * 32}.jpg"})

    assert f'<a href="../actas/{"ab" * 32}.jpg">{dicho}</a>' in html


def test_an_acta_whose_image_is_not_in_the_corte_is_in_process() -> None:
    assert "Acta en proceso" in filas(ACTA, imagenes={"cd" * 32: "../actas/x.jpg"})


def test_r98_where_there_is_no_acta_there_is_no_image() -> None:
    sin_acta = next(a for a in ACTAS if a.sin_acta)

    html = filas(sin_acta, imagenes={})

    assert "Acta en proceso" not in html
    assert "href" not in html


def test_a_night_without_images_shows_no_column() -> None:
    assert "digitalizada" not in filas(*ACTAS, imagenes=None)


def test_every_row_has_as_many_columns_as_the_heading() -> None:
    html = filas(*ACTAS, imagenes={})
    cabeza, *renglones = re.split("<tr", html)[1:]

    anchos = {sum(int(n or 1) for n in re.findall(r'<t[hd](?: colspan="(\d+)")?', r)) for r in renglones[1:]}

    assert anchos == {cabeza.count("<th ")}


def test_images_take_the_room_of_three_columns() -> None:
    """So that a page of fourteen columns, which fits a desktop alone, scrolls its table and not itself."""
    sin, con = encabezados(ELECCION, ACTAS, (), None), encabezados(ELECCION, ACTAS, (), {})

    assert not replace(sin, columnas=(0,) * 14).ancha
    assert replace(con, columnas=(0,) * 14).ancha
    assert not replace(con, columnas=(0,) * 11).ancha
