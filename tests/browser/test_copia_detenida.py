"""The node is dead and its web server goes on: the page itself says that it is late (A3)."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from pregon import sitio
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import huella
from pregon.prep.corte_json import corte_json
from pregon.prep.eleccion import leer
from pregon.testing.nginx import NOMBRE
from pregon.testing.portal import abrir_portal

PERIODO = 4.0
_PREPARAR = timedelta(seconds=12)
"""For a busy machine to have everything in place before the corte has any age."""


@pytest.mark.full
@pytest.mark.usefixtures("nginx")
def test_a3_a_portal_whose_node_is_dead_shows_its_warning_by_itself(tmp_path: Path, chromium: str) -> None:
    with abrir_portal(tmp_path, con_nginx=True) as portal:
        publicado = datetime.now(UTC).replace(microsecond=0) + _PREPARAR
        archivos = _paginas(publicado)
        portal.entregar(1, archivos=archivos, periodo=PERIODO, publicado=publicado)
        assert portal.nginx is not None
        for ruta in ("/", *(f"/{r}" for r in archivos if r.startswith("recursos/"))):
            # An earlier reader: nginx keeps its copies.
            assert portal.pedir(ruta, Accept_Encoding="gzip, deflate, br")[0] == 200
        portal.servidor.shutdown()
        portal.servidor.server_close()
        vencida = publicado + timedelta(seconds=1.5 * PERIODO + 1)
        time.sleep(max(0.0, (vencida - datetime.now(UTC)).total_seconds()))
        with sync_playwright() as juego:
            navegador = juego.chromium.launch(
                executable_path=chromium,
                args=["--headless", "--no-sandbox", f"--host-resolver-rules=MAP {NOMBRE} 127.0.0.1"],
            )
            pagina = navegador.new_context(ignore_https_errors=True).new_page()
            pagina.goto(f"https://{NOMBRE}:{portal.nginx.https}/")
            pagina.wait_for_selector("#demora", state="visible", timeout=20_000)
            navegador.close()


def _paginas(publicado: datetime) -> dict[str, bytes]:
    fuente = Sintetica(leer(ejemplos.texto("municipio"), archivo="ejemplo"))
    noche = fuente.jornada
    instante = noche.apertura
    corte = contar(noche, numero=1, instante=instante, ultimo=False, actas=fuente.leer(instante).actas)
    return dict(
        sitio.paginas(
            corte, publicado=publicado, periodo=PERIODO, huella=huella(corte_json(corte)), imagenes=None
        )
    )
