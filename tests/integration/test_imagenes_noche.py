"""Images of actas through a night: collected with their data, signed as a second list, shown on the pages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import Manifest, huella
from pregon.prep.acta import Acta
from pregon.testing.jornada import Noche

LIGA = re.compile(r'href="\.\./(actas/[0-9a-f]{64}\.png)">(Escáner|Móvil|Urna electrónica)<?')


class Bodega:
    """The images that a synthetic night draws, some of them late or wrong."""

    def __init__(self, fuente: Sintetica) -> None:
        self.fuente = fuente
        self.tarde: set[str] = set()
        self.mal: dict[str, bytes] = {}
        self.pedidas: list[str] = []

    def buscar(self, codigos: Iterable[str], plazo: float) -> Iterator[tuple[str, bytes]]:
        for codigo in codigos:
            self.pedidas.append(codigo)
            if codigo in self.mal:
                yield codigo, self.mal[codigo]
            elif codigo not in self.tarde:
                yield from self.fuente.buscar([codigo], plazo)


@pytest.fixture
def noche(tmp_path: Path) -> Noche:
    noche = Noche(tmp_path)
    noche.fuente.fuente = fuente = Sintetica(noche.fuente.jornada, 1, con_imagenes=True)
    noche.imagenes = Bodega(fuente)
    return noche


def bodega(noche: Noche) -> Bodega:
    assert isinstance(noche.imagenes, Bodega)
    return noche.imagenes


def digitalizadas(noche: Noche, numero: int) -> list[Acta]:
    actas = noche.fuente.leer(noche.cadencia.instante(numero)).actas["DIP_LOC"]
    return [a for a in actas if a.codigo_integridad]


def publicar(noche: Noche, *numeros: int) -> Manifest:
    origen = noche.origen()
    for numero in numeros:
        noche.a_la_hora(numero)
        origen.paso()
    ultimo = noche.repositorio().ultimo()
    assert ultimo is not None
    assert ultimo.numero == numeros[-1]
    return ultimo


def paginas(noche: Noche, manifest: Manifest) -> str:
    """Return every page with a table of actas, one after the other."""
    objetos = noche.repositorio().objetos
    return "".join(
        objetos.path(a.sha256).read_text(encoding="utf-8")
        for a in manifest.archivos
        if re.fullmatch(r"diputaciones/(distrito-\d\d|otras-actas)\.html", a.ruta)
    )


def test_r97_image_and_data_of_an_acta_appear_in_the_same_corte(noche: Noche) -> None:
    manifest = publicar(noche, 1, 2, 3)

    codigos = {a.codigo_integridad for a in digitalizadas(noche, 3)}
    ligas = LIGA.findall(paginas(noche, manifest))
    assert {a.sha256 for a in manifest.imagenes} == codigos
    assert {ruta for ruta, _ in ligas} == {a.ruta for a in manifest.imagenes}
    assert {procedencia for _, procedencia in ligas} == {"Escáner", "Móvil"}


def test_r96_the_images_kept_are_the_ones_that_were_signed(noche: Noche) -> None:
    manifest = publicar(noche, 1)

    objetos = noche.repositorio().objetos
    assert manifest.imagenes
    assert all(
        huella(objetos.path(i.sha256).read_bytes()) == i.sha256
        and objetos.path(i.sha256).stat().st_size == i.tamano
        for i in manifest.imagenes
    )


def test_r97_a_late_image_shows_its_acta_in_process_until_it_comes(noche: Noche) -> None:
    tarde = digitalizadas(noche, 1)[0].codigo_integridad
    bodega(noche).tarde.add(tarde)
    primera = publicar(noche, 1)
    pagina = paginas(noche, primera)

    bodega(noche).tarde.clear()
    segunda = publicar(noche, 2)

    assert tarde not in {a.sha256 for a in primera.imagenes}
    assert f"actas/{tarde}" not in pagina
    assert "Acta en proceso" in pagina
    assert tarde in {a.sha256 for a in segunda.imagenes}


def test_r96_a_wrong_image_is_refused_once_and_named_and_holds_no_corte(noche: Noche) -> None:
    acta = digitalizadas(noche, 1)[0]
    bodega(noche).mal[acta.codigo_integridad] = b"\x89PNG\r\n\x1a\n otra"

    manifest = publicar(noche, 1, 2)

    (dicho,) = noche.actos("imagen rechazada")
    assert (dicho["codigo"], manifest.numero) == (acta.codigo_integridad, 2)
    assert "no el del acta" in dicho["causa"]
    assert acta.codigo_integridad not in {a.sha256 for a in manifest.imagenes}


def test_r100_an_image_is_replaced_with_its_code_and_the_book_tells(noche: Noche) -> None:
    antes, otra, *_ = digitalizadas(noche, 1)
    publicar(noche, 1)
    noche.fuente.corregir = lambda a: (
        replace(a, codigo_integridad=otra.codigo_integridad) if a.renglon == antes.renglon else a
    )

    manifest = publicar(noche, 2)

    assert noche.actos("imagen corregida") == [
        {"corte": 2, "antes": antes.codigo_integridad, "despues": otra.codigo_integridad}
    ]
    assert antes.codigo_integridad not in {a.sha256 for a in manifest.imagenes}


def test_a_new_process_asks_only_for_what_was_not_published(noche: Noche) -> None:
    publicadas = {a.sha256 for a in publicar(noche, 1).imagenes}
    bodega(noche).pedidas.clear()

    publicar(noche, 2)

    assert publicadas
    assert not publicadas & set(bodega(noche).pedidas)


def test_images_are_delivered_after_everything_that_a_corte_needs(noche: Noche) -> None:
    manifest = publicar(noche, 1)

    rutas = [p.ruta for p in noche.repositorio().piezas()]

    pulso = rutas.index("metadata/timestamp.json")
    assert {r.rpartition("/")[2] for r in rutas[pulso + 1 :]} == {a.sha256 for a in manifest.imagenes}


def test_a_night_without_images_has_neither_list_nor_column(tmp_path: Path) -> None:
    noche = Noche(tmp_path)

    manifest = publicar(noche, 1)

    assert manifest.imagenes == ()
    assert "Acta digitalizada" not in paginas(noche, manifest)
