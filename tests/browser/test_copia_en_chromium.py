"""The archived copy in Debian's Chromium, from the disk: no server, nothing asked of anybody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from pregon import sitio
from pregon.node import archivo, config, nodo
from pregon.node.receive import recibir
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import huella
from pregon.prep.corte_json import corte_json
from pregon.prep.eleccion import leer
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher

BANDERAS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


def _sitio() -> dict[str, bytes]:
    fuente = Sintetica(leer(ejemplos.texto("municipio"), archivo="ejemplo"))
    instante = fuente.jornada.apertura
    corte = contar(
        fuente.jornada, numero=7, instante=instante, ultimo=True, actas=fuente.leer(instante).actas
    )
    datos = corte_json(corte)
    paginas = sitio.paginas(corte, publicado=instante, periodo=600.0, huella=huella(datos))
    return {"corte.json": datos, **dict(paginas)}


@pytest.fixture
def copia(tmp_path: Path) -> Path:
    origen = OrigenDePrueba(tmp_path / "origen")
    toml = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    origen.publicar(7, archivos=_sitio(), ultimo=True)
    origen.latido({"d1": Estado.CERRADO})
    with nodo.abrir(config.leer(toml.read_text(), archivo=toml)) as propio:
        origen.entregar(propio.config.buzon)
        recibir(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC))
        archivo.archivar(
            propio, tmp_path / "copia", con_zip=False, antes_del_cierre=False, avisar=lambda *_: None
        )
    return tmp_path / "copia"


def test_from_the_disk_every_page_opens_whole_and_links_to_pages_that_are_there(
    copia: Path, chromium: str
) -> None:
    with sync_playwright() as playwright:
        navegador = playwright.chromium.launch(executable_path=chromium, args=BANDERAS)
        pagina = navegador.new_page()
        fallidas: list[str] = []
        pagina.on("requestfailed", lambda pedida: fallidas.append(pedida.url))
        for entrada in (copia / "index.html", copia / "c/7/index.html"):
            pagina.goto(entrada.as_uri())
            assert pagina.evaluate("getComputedStyle(document.body).fontFamily") != "serif"
            enlaces = pagina.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
            locales = {enlace.partition("#")[0] for enlace in enlaces if enlace.startswith("file:")}
            assert len(locales) > 3
            for enlace in sorted(locales):
                assert Path(enlace.removeprefix("file://")).is_file(), enlace
                if enlace.endswith(".html") and entrada.parent == copia:
                    pagina.goto(enlace)
                    assert pagina.title()
        navegador.close()
    assert fallidas == []
