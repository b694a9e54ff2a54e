"""A lost origin comes back from its keys and what one node holds (F9)."""

import contextlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.errors import ErrorDeOperacion
from pregon.origin.repositorio import Repositorio
from pregon.origin.restaurar import Restaurado, abrir_copia, restaurar
from pregon.paquete.difusores import Estado
from pregon.testing.origen import ROL, paginas
from pregon.testing.portal import Sitio, abrir_portal


def perder(sitio: Sitio) -> Path:
    """Lose the origin's machine; return the folder of the new one, with nothing but the root."""
    nueva = sitio.origen.repositorio.carpeta.parent / "nueva"
    shutil.rmtree(sitio.origen.repositorio.carpeta)
    return nueva


def rehacer(sitio: Sitio, nueva: Path, *lugares: Path | str) -> Restaurado:
    with contextlib.ExitStack() as pila:
        copias = [pila.enter_context(abrir_copia(str(lugar))) for lugar in lugares]
        hecho = restaurar(nueva, sitio.origen.llaves, rol=ROL, copias=copias, ahora=datetime.now(UTC))
    sitio.origen.repositorio = Repositorio(nueva, sitio.origen.llaves, ROL)
    return hecho


@pytest.mark.parametrize("por_red", [True, False])
def test_f9_the_next_corte_continues_the_last_one_that_a_node_holds(tmp_path: Path, *, por_red: bool) -> None:
    with abrir_portal(tmp_path) as sitio:
        for numero in (1, 2, 3):
            sitio.entregar(numero)
        sitio.origen.latido({"d1": Estado.ACTIVO})
        sitio.recibir()
        perdida = sitio.origen.repositorio.marca()
        nueva = perder(sitio)
        assert (
            rehacer(sitio, nueva, sitio.servidor.url if por_red else sitio.nodo.carpeta).manifest.numero == 3
        )
        assert sitio.origen.repositorio.marca() == perdida
        assert sitio.origen.repositorio.lista() is not None
        sitio.entregar(4)
        assert sitio.nodo.releases.activo() == 4
        with pytest.raises(ErrorDeOperacion, match="no sigue"):
            sitio.origen.publicar(3)


def test_f9_the_newest_of_the_copies_is_taken_and_a_bad_one_is_named(tmp_path: Path) -> None:
    with abrir_portal(tmp_path) as sitio:
        sitio.entregar(1)
        shutil.copytree(sitio.nodo.carpeta, tmp_path / "atrasado", symlinks=True)
        sitio.entregar(2)
        shutil.copytree(sitio.nodo.carpeta, tmp_path / "alterado", symlinks=True)
        pagina = tmp_path / "alterado/cortes/2/index.html"
        pagina.chmod(0o644)
        pagina.write_bytes(b"x" * len(paginas(2)["index.html"]))
        (tmp_path / "vacio/cortes").mkdir(parents=True)
        copias = [tmp_path / nombre for nombre in ("vacio", "atrasado", "alterado")]
        hecho = rehacer(sitio, perder(sitio), *copias, sitio.nodo.carpeta)
    assert hecho.manifest.numero == 2
    assert hecho.fallas.keys() == {str(tmp_path / "vacio"), str(tmp_path / "alterado")}


def test_f9_copies_of_somebody_else_restore_nothing(tmp_path: Path) -> None:
    with abrir_portal(tmp_path / "a") as propio, abrir_portal(tmp_path / "b") as ajeno:
        propio.entregar(1)
        ajeno.entregar(1)
        nueva = perder(propio)
        with pytest.raises(ErrorDeOperacion, match="ninguna copia sirve"):
            rehacer(propio, nueva, ajeno.nodo.carpeta)
        assert not nueva.exists()


def test_f9_a_living_repository_is_not_written_over(tmp_path: Path) -> None:
    with abrir_portal(tmp_path) as sitio:
        sitio.entregar(1)
        with pytest.raises(ErrorDeOperacion, match="no hay qué restaurar"):
            rehacer(sitio, sitio.origen.repositorio.carpeta, sitio.nodo.carpeta)


def test_f9_what_no_copy_holds_whole_is_not_restored_by_halves(tmp_path: Path) -> None:
    with abrir_portal(tmp_path) as sitio:
        sitio.entregar(1)
        nueva = perder(sitio)
        (sitio.nodo.carpeta / "cortes/1/corte.json").unlink()
        with pytest.raises(ErrorDeOperacion, match=r"falta «corte.json»"):
            rehacer(sitio, nueva, sitio.nodo.carpeta)
        assert not (nueva / "metadata/timestamp.json").exists()
