"""The proof of one file, at its permanent address, by both servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pregon.paquete import inclusion
from pregon.paquete.manifest import Manifest, escribir, huella
from pregon.testing import registros
from pregon.testing.origen import ROL, paginas
from pregon.testing.portal import Sitio, abrir_portal

PRUEBA = ".well-known/pregon/prueba"


@pytest.fixture(params=["integrado", "nginx"])
def sitio(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sitio]:
    if request.param == "nginx":
        request.getfixturevalue("nginx")
    with abrir_portal(tmp_path, con_nginx=request.param == "nginx") as portal:
        yield portal


def _cortes(sitio: Sitio, cuantos: int) -> list[Manifest]:
    """Publish some cortes, each received with the log as it stood then."""
    cortes: list[Manifest] = []
    for numero in range(1, cuantos + 1):
        cortes.append(sitio.origen.publicar(numero))
        sitio.recibir()
    return cortes


def test_each_file_has_a_proof_by_the_log_in_force_when_its_corte_was_activated(sitio: Sitio) -> None:
    cortes = _cortes(sitio, 3)
    llave = registros.llave(ROL, sitio.origen.llaves.delegado)

    for ruta, datos in paginas(2).items():
        estado, cabeceras, prueba = sitio.pedir(f"/c/2/{PRUEBA}/{ruta}.txt")
        probado = inclusion.verificar(inclusion.leer(prueba), llaves=(llave,))
        assert (estado, cabeceras["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert cabeceras["Cache-Control"] == "public, max-age=31536000, immutable"
        assert (probado.archivo.ruta, probado.archivo.sha256) == (ruta, huella(datos))
        assert (probado.entrada.numero, probado.checkpoint.tamano) == (2, 2)
        assert probado.entrada.manifest == huella(escribir(cortes[1]))


def test_the_active_corte_s_are_at_the_entry_too(sitio: Sitio) -> None:
    _cortes(sitio, 2)

    estado, cabeceras, prueba = sitio.pedir(f"/{PRUEBA}/index.html.txt")

    assert (estado, cabeceras["Cache-Control"]) == (200, "no-cache")
    assert prueba == sitio.pedir(f"/c/2/{PRUEBA}/index.html.txt")[2]


@pytest.mark.parametrize(
    "ruta", ["nada.html", "../index.html", "index.html/", ".well-known/pregon/prueba.json"]
)
def test_a9_what_no_manifest_lists_has_no_proof(sitio: Sitio, ruta: str) -> None:
    _cortes(sitio, 1)

    assert sitio.pedir(f"/c/1/{PRUEBA}/{ruta}.txt")[0] == 404
    assert sitio.pedir(f"/c/7/{PRUEBA}/index.html.txt")[0] == 404


def test_the_log_kept_with_a_corte_is_served_with_it(sitio: Sitio) -> None:
    cortes = _cortes(sitio, 2)

    assert sitio.pedir("/c/1/.well-known/pregon/registro")[2] == registros.entradas(cortes[:1])
    assert sitio.pedir("/c/1/.well-known/pregon/checkpoint")[2].startswith(f"pregon/{ROL}\n1\n".encode())
