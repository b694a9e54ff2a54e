"""The public site in Debian's Chromium: script off, phone and desktop, nothing asked of anybody else."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pregon import sitio
from pregon.node.routes import CABECERAS
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import huella
from pregon.prep.cambios import con_cambios
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.eleccion import leer
from pregon.prep.sello import miles, sello_largo

BANDERAS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TELEFONO, ESCRITORIO, ANGOSTO = (360, 740), (1280, 900), (320, 640)
JUSTO = (1265, 800)
"""The narrowest window in which actas are a table."""
PAGINAS = (
    "index.html",
    "ayuntamientos/index.html",
    "ayuntamientos/secciones.html",
    "ayuntamientos/municipio-02.html",
    "ayuntamientos/municipio-30.html",
    "correcciones.html",
    "base-de-datos.html",
    "verificar.html",
    "ayuda.html",
    "portada-demorada.html",
    "portada-interrumpida.html",
    "portada-aviso.html",
)

ANCHAS = ("diputaciones/municipios.html", "diputaciones/distrito-05.html")
"""The widest tables: votes by municipio, and actas with their images; of an election by distritos."""


@pytest.fixture(scope="module")
def corte() -> Corte:
    fuente = Sintetica(leer(ejemplos.texto("ayuntamientos"), archivo="ejemplo"))
    noche = fuente.jornada
    ahora, luego = (noche.apertura + n * noche.periodo for n in (40, 42))
    corte = contar(noche, numero=41, instante=ahora, ultimo=False, actas=fuente.leer(ahora).actas)
    # Against a corte that had more actas, so that the page of corrections has every kind of row.
    otro = contar(noche, numero=40, instante=ahora, ultimo=False, actas=fuente.leer(luego).actas)
    return con_cambios(corte, otro)


@pytest.fixture(scope="module")
def carpeta(corte: Corte, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the corte on a disk, and *antes de abrir* beside it."""
    raiz = tmp_path_factory.mktemp("sitio")
    arboles = {
        "": sitio.paginas(corte, publicado=corte.instante, periodo=600.0, huella=huella(corte_json(corte))),
        "antes/": sitio.antes(corte.jornada, publicado=corte.instante, periodo=600.0),
        "otra/": (p for p in _diputaciones() if p[0].startswith(("recursos/", *ANCHAS))),
    }
    for prefijo, arbol in arboles.items():
        for ruta, datos in arbol:
            archivo = raiz / (prefijo + ruta)
            archivo.parent.mkdir(parents=True, exist_ok=True)
            archivo.write_bytes(datos)
    return raiz


def _diputaciones() -> Iterator[tuple[str, bytes]]:
    fuente = Sintetica(leer(ejemplos.texto("diputaciones"), archivo="ejemplo"))
    noche = fuente.jornada
    actas = fuente.leer(noche.cierre).actas
    corte = contar(noche, numero=145, instante=noche.cierre, ultimo=True, actas=actas)
    return sitio.paginas(
        corte, publicado=corte.instante, periodo=600.0, huella=huella(corte_json(corte)), imagenes=()
    )


class _Servidor(SimpleHTTPRequestHandler):
    """Static files under the very headers that a node sends."""

    def end_headers(self) -> None:
        for nombre, valor in CABECERAS.items():
            self.send_header(nombre, valor)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def base(carpeta: Path) -> Iterator[str]:
    servidor = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Servidor, directory=str(carpeta)))
    hilo = threading.Thread(target=servidor.serve_forever)
    hilo.start()
    yield f"http://127.0.0.1:{servidor.server_port}/"
    servidor.shutdown()
    hilo.join()
    servidor.server_close()


@pytest.fixture(scope="module")
def navegador(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        navegador = playwright.chromium.launch(executable_path=chromium, args=BANDERAS)
        yield navegador
        navegador.close()


@pytest.mark.parametrize("tamano", [TELEFONO, ESCRITORIO], ids=["telefono", "escritorio"])
def test_stamp_is_visible_and_nothing_is_asked_elsewhere_without_script(
    navegador: Browser, base: str, corte: Corte, tamano: tuple[int, int]
) -> None:
    sello = sello_largo(corte.instante, corte.jornada.instituto)
    for ruta in PAGINAS:
        with _pagina(navegador, tamano) as (pagina, peticiones):
            pagina.goto(base + ruta)
            pagina.mouse.wheel(0, 5000)
            barra = pagina.locator(".corte")
            assert sello in " ".join(barra.inner_text().split()), ruta
            caja = barra.bounding_box()
            assert caja
            assert 0 <= caja["y"] < tamano[1], ruta
            assert caja["height"] < tamano[1] / 4, ruta
            assert all(url.startswith((base, "data:")) for url in peticiones), peticiones
            assert len(peticiones) <= 6, peticiones


@pytest.mark.parametrize("tamano", [TELEFONO, ESCRITORIO], ids=["telefono", "escritorio"])
def test_all_figures_of_the_entidad_are_visible_without_script(
    navegador: Browser, base: str, corte: Corte, tamano: tuple[int, int]
) -> None:
    encabezado = corte.resultados[0].totales.encabezado(ultimo=False)
    with _pagina(navegador, tamano) as (pagina, _):
        pagina.goto(base)
        texto = " ".join(pagina.locator("main").inner_text().split())
    for campo, valor in encabezado.items():
        assert (miles(valor) if isinstance(valor, int) else f"{valor}%") in texto, campo


@pytest.mark.parametrize("tamano", [TELEFONO, ESCRITORIO], ids=["telefono", "escritorio"])
def test_every_vote_of_an_acta_is_visible_without_script(
    navegador: Browser, base: str, corte: Corte, tamano: tuple[int, int]
) -> None:
    unidad = next(u for u in corte.resultados[0].unidades if u.unidad.numero == 30)
    acta = next(a for s in unidad.secciones for a in s.actas if a.contada and a.casilla.seccion)
    with _pagina(navegador, tamano) as (pagina, _):
        pagina.goto(f"{base}ayuntamientos/municipio-30.html")
        fila = pagina.locator(f'[id="s{acta.casilla.seccion:04d}-{acta.casilla.nombre}"]')
        numeros = " ".join(fila.locator("td").all_inner_texts()).replace(",", " ").split()
    assert str(acta.total_calculado) in numeros
    assert all(str(v) in numeros for v in acta.votos if isinstance(v, int) and v)


@pytest.mark.parametrize("tamano", [ANGOSTO, TELEFONO, JUSTO, ESCRITORIO], ids=["320", "360", "1265", "1280"])
def test_nothing_overflows_sideways(navegador: Browser, base: str, tamano: tuple[int, int]) -> None:
    with _pagina(navegador, tamano, java_script_enabled=True) as (pagina, _):
        for ruta in (*PAGINAS, "antes/index.html", *(f"otra/{ancha}" for ancha in ANCHAS)):
            pagina.goto(base + ruta)
            assert pagina.evaluate("document.documentElement.scrollWidth") <= tamano[0], ruta


def test_the_content_security_policy_of_a_node_breaks_nothing(navegador: Browser, base: str) -> None:
    quejas: list[str] = []
    with _pagina(navegador, ESCRITORIO, java_script_enabled=True) as (pagina, _):
        pagina.on("console", lambda mensaje: quejas.append(mensaje.text))
        for ruta in PAGINAS:
            pagina.goto(base + ruta)
            assert pagina.evaluate("getComputedStyle(document.querySelector('.corte')).position") == "sticky"
    assert [queja for queja in quejas if "Content Security Policy" in queja] == []


def test_a_newer_corte_is_announced_and_nothing_reloads(navegador: Browser, base: str) -> None:
    with _pagina(navegador, TELEFONO, java_script_enabled=True) as (pagina, _):
        pagina.route("**/estado.json", lambda ruta: ruta.fulfill(json={"corte": 42}))
        pagina.goto(base)
        pagina.locator("#corte-nuevo").wait_for(state="visible")
        assert "Ver el corte 42" in pagina.locator("#corte-nuevo").inner_text()
        assert not pagina.locator("#demora").is_visible()


@pytest.mark.parametrize(("edad", "visible"), [(1, False), (1000, True)])
def test_a3_a_stale_copy_says_so_by_the_servers_clock(
    navegador: Browser, base: str, corte: Corte, edad: int, *, visible: bool
) -> None:
    fecha = corte.instante.timestamp() + edad
    with _pagina(navegador, TELEFONO, java_script_enabled=True) as (pagina, _):
        _con_fecha(pagina, fecha)
        with pagina.expect_response("**/estado.json"):
            pagina.goto(base)
        pagina.wait_for_timeout(200)
        assert pagina.locator("#demora").is_visible() is visible


def test_j1_a_sandboxed_frame_as_wordpress_makes_it_shows_the_corte(
    navegador: Browser, base: str, corte: Corte
) -> None:
    with _pagina(navegador, TELEFONO, java_script_enabled=True) as (pagina, _):
        articulo = (
            f'<iframe sandbox="allow-scripts" src="{base}index.html" width="340" height="600"></iframe>'
        )
        pagina.route("**/articulo", lambda ruta: ruta.fulfill(body=articulo, content_type="text/html"))
        pagina.goto(f"{base}articulo")
        marco = pagina.frame_locator("iframe").locator(".corte time")
        assert sello_largo(corte.instante, corte.jornada.instituto) in " ".join(marco.inner_text().split())


def test_j1_a_frame_with_every_restriction_shows_the_stamp_at_its_top(
    navegador: Browser, base: str, corte: Corte
) -> None:
    """`sandbox=""`: no script runs in it, so its text and style are read from Chromium's own layout."""
    with _pagina(navegador, TELEFONO) as (pagina, _):
        articulo = f'<iframe sandbox="" src="{base}index.html" width="340" height="300"></iframe>'
        pagina.route("**/articulo", lambda ruta: ruta.fulfill(body=articulo, content_type="text/html"))
        pagina.goto(f"{base}articulo")
        foto = pagina.context.new_cdp_session(pagina.frames[1]).send(
            "DOMSnapshot.captureSnapshot", {"computedStyles": ["position"]}
        )
    cadenas, trazo = foto["strings"], foto["documents"][0]["layout"]
    a_la_vista = " ".join(
        cadenas[texto]
        for texto, (x, y, _, alto) in zip(trazo["text"], trazo["bounds"], strict=True)
        if texto >= 0 and x >= 0 and y + alto <= 300
    )
    assert sello_largo(corte.instante, corte.jornada.instituto) in " ".join(a_la_vista.split())
    assert "SIMULACRO" in a_la_vista
    assert "sticky" in {cadenas[estilo[0]] for estilo in trazo["styles"] if estilo}


class _pagina:  # noqa: N801 - used as a function
    """A fresh context with one page, and the list of what it asked for."""

    def __init__(self, navegador: Browser, tamano: tuple[int, int], **opciones: Any) -> None:
        self._contexto = navegador.new_context(
            viewport={"width": tamano[0], "height": tamano[1]}, **{"java_script_enabled": False, **opciones}
        )

    def __enter__(self) -> tuple[Page, list[str]]:
        peticiones: list[str] = []
        pagina = self._contexto.new_page()
        pagina.on("request", lambda peticion: peticiones.append(peticion.url))
        return pagina, peticiones

    def __exit__(self, *_: object) -> None:
        self._contexto.close()


def _con_fecha(pagina: Page, fecha: float) -> None:
    from email.utils import formatdate

    pagina.route(
        "**/estado.json",
        lambda ruta: ruta.fulfill(json={"corte": 41}, headers={"Date": formatdate(fecha, usegmt=True)}),
    )
