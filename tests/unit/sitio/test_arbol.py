"""The tree as a whole: the same bytes, closed links, the stamp everywhere, nothing from elsewhere."""

import gzip
import itertools
import json
import posixpath
import re

import pytest

from pregon import sitio
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.difusores import DifusorPublico, Estado
from pregon.paquete.manifest import huella, ruta_segura
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.eleccion import leer
from pregon.prep.sello import miles, sello_largo
from pregon.testing.paginas import Pagina

PROHIBIDAS = (
    r"\b(tendencias?|ganador\w*|gan[óa]|virtual\w*|proyecci[óo]n\w*|electos?|electas?|irreversibles?)\b"
)


@pytest.fixture(scope="module", params=["diputaciones", "ayuntamientos"])
def corte(request: pytest.FixtureRequest) -> Corte:
    noche = leer(ejemplos.texto(request.param), archivo="ejemplo")
    fuente = Sintetica(noche)
    instante = noche.apertura + 60 * noche.periodo
    return contar(
        fuente.jornada, numero=61, instante=instante, ultimo=True, actas=fuente.leer(instante).actas
    )


@pytest.fixture(scope="module")
def hecho(corte: Corte) -> dict[str, bytes]:
    return _hacer(corte)


@pytest.fixture(scope="module")
def paginas(hecho: dict[str, bytes]) -> dict[str, str]:
    return {ruta: datos.decode() for ruta, datos in hecho.items() if ruta.endswith(".html")}


def test_the_same_corte_gives_the_same_bytes(corte: Corte, hecho: dict[str, bytes]) -> None:
    assert _hacer(corte) == hecho


def test_every_path_can_travel_in_a_paquete(hecho: dict[str, bytes]) -> None:
    assert all(ruta_segura(ruta) == ruta for ruta in hecho)


def test_every_link_resolves_within_the_tree(hecho: dict[str, bytes]) -> None:
    paginas = {ruta: Pagina(datos) for ruta, datos in hecho.items() if ruta.endswith(".html")}
    rotos = []
    for ruta, pagina in paginas.items():
        for enlace in [*pagina.enlaces, *pagina.carga]:
            if re.match(r"https?:|data:", enlace):
                continue
            destino, _, ancla = enlace.partition("#")
            final = posixpath.normpath(posixpath.join(posixpath.dirname(ruta), destino)) if destino else ruta
            # The node supplies the signed list; its own permanent address exists at a node only.
            if final == "difusores.html" or re.fullmatch(r"/c/\d+/?", final):
                continue
            if final not in hecho or (ancla and ancla not in paginas[final].ids):
                rotos.append((ruta, enlace))
    assert rotos == []


def test_ids_are_unique(hecho: dict[str, bytes]) -> None:
    for ruta, datos in hecho.items():
        if ruta.endswith(".html"):
            ids = Pagina(datos).ids
            assert len(ids) == len(set(ids)), ruta


def test_a_page_fetches_nothing_from_elsewhere(hecho: dict[str, bytes], corte: Corte) -> None:
    instituto = corte.jornada.instituto.url
    for ruta, datos in hecho.items():
        if ruta.endswith(".html"):
            pagina = Pagina(datos)
            assert all(carga.startswith(("recursos/", "../recursos/", "data:")) for carga in pagina.carga), (
                ruta
            )
            assert {e for e in pagina.enlaces if e.startswith("http")} <= {instituto}, ruta


def test_every_page_carries_the_stamp_of_the_corte(hecho: dict[str, bytes], corte: Corte) -> None:
    sello = sello_largo(corte.instante, corte.jornada.instituto)
    assert [r for r, d in hecho.items() if r.endswith(".html") and sello not in Pagina(d).texto] == []


def test_every_page_of_figures_carries_the_huella(paginas: dict[str, str], corte: Corte) -> None:
    esperada = huella(corte_json(corte))
    solas = {"portada-aviso.html", "portada-interrumpida.html"}
    assert [r for r, texto in paginas.items() if r not in solas and esperada not in texto] == []


def test_no_page_says_more_than_a_partial_count_allows(hecho: dict[str, bytes], corte: Corte) -> None:
    lista = tuple(
        DifusorPublico(id=e.value, nombre="Diario", url=None if e is Estado.SUSPENDIDO else "/", estado=e)
        for e in Estado
    )
    sueltas = {
        "difusores.html": sitio.pagina_difusores(corte.jornada, lista, instante=corte.instante),
        **{f"antes/{r}": d for r, d in sitio.antes(corte.jornada, publicado=corte.instante, periodo=600.0)},
    }
    for ruta, datos in (hecho | sueltas).items():
        if ruta.endswith(".html"):
            assert not re.search(PROHIBIDAS, Pagina(datos).texto, re.IGNORECASE), ruta


def test_a_simulacro_is_marked_on_every_page_and_title(paginas: dict[str, str]) -> None:
    for ruta, texto in paginas.items():
        assert "<title>SIMULACRO · " in texto, ruta
        assert '<p class="banda"><b>SIMULACRO</b>' in texto, ruta
        assert 'class="simulacro"' in texto, ruta


def test_every_header_figure_of_corte_json_is_on_inicio(hecho: dict[str, bytes]) -> None:
    texto = Pagina(hecho["index.html"]).texto
    for eleccion in json.loads(hecho["corte.json"])["elecciones"]:
        for campo, valor in eleccion["encabezado"].items():
            escrito = miles(valor) if isinstance(valor, int) else f"{valor}%"
            assert re.search(rf"(?<![\d,.]){re.escape(escrito)}(?![\d,.]\d)", texto), campo


def test_every_contendiente_of_corte_json_has_its_row_with_votes_and_percentage(
    hecho: dict[str, bytes], corte: Corte
) -> None:
    elecciones = json.loads(hecho["corte.json"])["elecciones"]
    for eleccion, resultado in zip(elecciones, corte.resultados, strict=True):
        propia = resultado.eleccion
        entidad = {"index.html": eleccion, f"{propia.slug}/index.html": eleccion}
        niveles = entidad | {
            f"{propia.slug}/{propia.detalle.value}-{unidad['numero']:02d}.html": unidad
            for unidad in eleccion["unidades"]
        }
        for ruta, nivel in niveles.items():
            esperadas = [(miles(c["votos"]), f"{c['porcentaje']}%") for c in nivel["contendientes"]]
            assert filas_de_votos(hecho[ruta])[: len(esperadas)] == esperadas, ruta


def test_every_vote_column_of_corte_json_is_on_the_page_of_its_election(
    hecho: dict[str, bytes], corte: Corte
) -> None:
    elecciones = json.loads(hecho["corte.json"])["elecciones"]
    for eleccion, resultado in zip(elecciones, corte.resultados, strict=True):
        portada = Pagina(hecho[f"{resultado.eleccion.slug}/index.html"]).texto
        for votos in filter(None, eleccion["votos"]):
            assert f" {miles(votos)} " in portada


def test_the_bar_of_a_page_tells_capturadas_and_contabilizadas_of_its_own_level(
    hecho: dict[str, bytes], corte: Corte
) -> None:
    (resultado,) = corte.resultados
    eleccion = resultado.eleccion
    niveles = {"index.html": resultado.totales} | {
        f"{eleccion.slug}/{eleccion.detalle.value}-{u.unidad.numero:02d}.html": u.totales
        for u in resultado.unidades
    }
    for ruta, totales in niveles.items():
        campos = totales.encabezado(ultimo=True)
        assert (
            f"Actas capturadas {miles(totales.capturadas)} de {miles(totales.esperadas)}"
            f" ( {campos['PORCENTAJE_ACTAS_CAPTURADAS']}% ) Contabilizadas {miles(totales.contabilizadas)}"
            f" ( {campos['PORCENTAJE_ACTAS_CONTABILIZADAS']}% )"
        ) in Pagina(hecho[ruta]).texto, ruta


def test_every_seccion_can_be_found_by_its_number(hecho: dict[str, bytes], corte: Corte) -> None:
    for resultado in corte.resultados:
        indice = Pagina(hecho[f"{resultado.eleccion.slug}/secciones.html"])
        secciones = {s.seccion for u in resultado.unidades for s in u.secciones} - {None}
        assert {int(e.partition("#s")[2]) for e in indice.enlaces if "#s" in e} == secciones


def test_headings_begin_with_one_h1_and_skip_no_level(paginas: dict[str, str]) -> None:
    for ruta, texto in paginas.items():
        niveles = [int(n) for n in re.findall(r"<h([1-6])[ >]", texto)]
        assert niveles[0] == 1, ruta
        assert niveles.count(1) == 1, ruta
        assert all(b - a <= 1 for a, b in itertools.pairwise(niveles)), (ruta, niveles)


def test_every_acta_of_the_corte_is_on_a_page(hecho: dict[str, bytes], corte: Corte) -> None:
    for resultado in corte.resultados:
        slug = resultado.eleccion.slug
        filas = sum(
            datos.count(b'<tr id="')
            for ruta, datos in hecho.items()
            if ruta.startswith(f"{slug}/") and ruta.endswith(".html")
        )
        assert filas == len(resultado.actas)


def test_pages_are_small(hecho: dict[str, bytes]) -> None:
    tamanos = {ruta: len(gzip.compress(datos, 6)) for ruta, datos in hecho.items() if ruta.endswith(".html")}
    assert tamanos["index.html"] < 40 * 1024
    assert max(tamanos.values()) < 150 * 1024
    guion = next(datos for ruta, datos in hecho.items() if ruta.endswith(".js"))
    assert len(gzip.compress(guion)) < 5 * 1024


def test_assets_are_named_by_their_content(hecho: dict[str, bytes]) -> None:
    recursos = [ruta for ruta in hecho if ruta.startswith("recursos/")]
    assert len(recursos) == 2
    assert all(re.fullmatch(r"recursos/\w+\.[0-9a-f]{12}\.(css|js)", ruta) for ruta in recursos)
    assert all(huella(hecho[ruta])[:12] in ruta for ruta in recursos)


def test_data_files_are_there_and_the_page_tells_their_hash(hecho: dict[str, bytes]) -> None:
    datos = [ruta for ruta in hecho if ruta.startswith("datos/")]
    pagina = hecho["base-de-datos.html"].decode()
    assert any(ruta.endswith(".zip") for ruta in datos)
    assert all(huella(hecho[ruta]) in pagina and f'href="{ruta}"' in pagina for ruta in datos)


def _hacer(corte: Corte) -> dict[str, bytes]:
    return dict(
        sitio.paginas(corte, publicado=corte.instante, periodo=600.0, huella=huella(corte_json(corte)))
    )


def filas_de_votos(pagina: bytes) -> list[tuple[str, str]]:
    """Return votes and percentage of each row of a page's first table of votes."""
    tabla = re.search(r'<table class="votos">.*?</table>', pagina.decode(), re.DOTALL)
    assert tabla
    return re.findall(r'<td class="n"><b>([\d,]+)</b>(?:<small>([\d.]+%)</small>)?', tabla[0])
