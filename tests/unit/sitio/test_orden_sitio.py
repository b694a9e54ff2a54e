"""`pregon sitio`: from a published base de datos to a folder that any web server can serve."""

from pathlib import Path

import pytest

from pregon.cli import main
from pregon.errors import SIN_AUTORIA, ErrorDeConfianza, ErrorDeConfiguracion, ErrorDeDatos
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete import manifest
from pregon.paquete.inspeccion import MANIFEST
from pregon.prep.eleccion import leer
from pregon.prep.escribir import base_de_datos
from pregon.testing.paginas import Pagina


@pytest.fixture(scope="module")
def publicada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ZIP as an institute publishes it."""
    fuente = Sintetica(leer(ejemplos.texto("diputaciones"), archivo="ejemplo"))
    noche = fuente.jornada
    instante = noche.apertura + 30 * noche.periodo
    corte = contar(noche, numero=31, instante=instante, ultimo=False, actas=fuente.leer(instante).actas)
    nombre, datos = next(base_de_datos(corte, corte.resultados[0]))
    ruta = tmp_path_factory.mktemp("publicada") / nombre
    ruta.write_bytes(datos)
    return ruta


def test_it_makes_a_whole_prototype(
    publicada: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    destino = tmp_path / "sitio"
    assert main(["sitio", str(publicada), "--destino", str(destino)]) == 0
    inicio = Pagina((destino / "index.html").read_bytes())
    assert inicio.titulo.startswith("PROTOTIPO · ")
    assert "7 de junio de 2026, 23:30 h (UTC-6, hora de Saltillo)" in inicio.texto
    assert "Este prototipo no tiene difusores" in Pagina((destino / "difusores.html").read_bytes()).texto
    assert "actas capturadas" in capsys.readouterr().out


def test_its_manifest_names_every_file(publicada: Path, tmp_path: Path) -> None:
    destino = tmp_path / "sitio"
    main(["sitio", str(publicada), "--destino", str(destino), "--ultimo"])
    propio = destino / MANIFEST
    lista = manifest.leer(propio.read_bytes())
    hechos = {
        str(ruta.relative_to(destino)): manifest.huella(ruta.read_bytes())
        for ruta in destino.rglob("*")
        if ruta.is_file() and ruta != propio
    }
    assert {a.ruta: a.sha256 for a in lista.archivos} == hechos
    assert (lista.rol, lista.ultimo) == ("prototipo", True)
    assert lista.huella == hechos["corte.json"]


def test_verificar_finds_it_whole_and_signed_by_nobody(
    publicada: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    destino = tmp_path / "sitio"
    main(["sitio", str(publicada), "--destino", str(destino)])
    assert main(["verificar", str(destino)]) == SIN_AUTORIA
    with (destino / "diputaciones" / "distrito-01.html").open("ab") as pagina:
        pagina.write(b" ")
    assert main(["verificar", str(destino)]) == ErrorDeConfianza.codigo
    assert "diputaciones/distrito-01.html" in capsys.readouterr().out


def test_an_earlier_prototype_is_replaced_whole(publicada: Path, tmp_path: Path) -> None:
    destino = tmp_path / "sitio"
    main(["sitio", str(publicada), "--destino", str(destino), "--ultimo"])
    (destino / "resto.txt").write_text("de antes")
    main(["sitio", str(publicada), "--destino", str(destino)])
    assert not (destino / "resto.txt").exists()
    assert not (destino / "cierre.html").exists()
    assert [ruta.name for ruta in tmp_path.iterdir()] == ["sitio"]


def test_a_foreign_folder_is_left_alone(
    publicada: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tesis.txt").write_text("no es un sitio")
    codigo = main(["sitio", str(publicada), "--destino", str(tmp_path)])
    assert codigo == ErrorDeConfiguracion.codigo
    assert [ruta.name for ruta in tmp_path.iterdir()] == ["tesis.txt"]
    assert "no es un prototipo anterior" in capsys.readouterr().err


def test_what_is_no_base_de_datos_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archivo = tmp_path / "carta.csv"
    archivo.write_text("hola\nmundo\n")
    assert main(["sitio", str(archivo), "--destino", str(tmp_path / "sitio")]) == ErrorDeDatos.codigo
    assert "carta.csv" in capsys.readouterr().err
    assert not (tmp_path / "sitio").exists()
