"""A lost origin comes back from its keys and what one node holds (F9)."""

import contextlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pregon.cli import main
from pregon.errors import ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin import custodia, llaves
from pregon.origin.repositorio import Repositorio
from pregon.origin.restaurar import Restaurado, abrir_copia, restaurar
from pregon.paquete.difusores import Estado
from pregon.storage import atomic
from pregon.testing.custodios import cambiar, rotar
from pregon.testing.origen import ROL, OrigenDePrueba, paginas
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
        sitio.origen.latido()
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


def respaldar(sitio: Sitio) -> Path:
    """Copy what the manual says to back up: keys and repositorio/metadata."""
    base = sitio.origen.raiz.parent
    shutil.copytree(base / "llaves", respaldo := base.parent / "respaldo/llaves")
    shutil.copytree(base / "repositorio/metadata", respaldo.parent / "repositorio/metadata")
    shutil.copyfile(base / "raiz.json", respaldo.parent / "raiz.json")
    return respaldo.parent


def cambiar_custodios(base: Path) -> None:
    """Replace two custodians in two acts, so that neither end of the chain knows the other."""
    for sale, entra in (("root-3", "carla"), ("root-2", "eva")):
        cadena, nuevas = cambiar(base, custodios={sale: None, entra: custodia.nueva()})
        llaves.instalar(base, cadena, nuevas)


def cambiar_vigencia(base: Path) -> None:
    for dias in (40, 50):
        cadena, nuevas = cambiar(base, vence=datetime.now(UTC) + timedelta(days=dias))
        llaves.instalar(base, cadena, nuevas)


@pytest.mark.parametrize("cambio", [cambiar_custodios, cambiar_vigencia])
@pytest.mark.parametrize("antes", [True, False], ids=["respaldo viejo", "respaldo al día"])
def test_f9_a_chain_of_roots_and_targets_comes_back_whatever_the_backup_knew(
    tmp_path: Path, cambio: Callable[[Path], None], *, antes: bool
) -> None:
    with abrir_portal(tmp_path) as sitio:
        base = sitio.origen.raiz.parent
        sitio.entregar(1)
        if antes:
            respaldo = respaldar(sitio)
        cambio(base)
        sitio.entregar(2)
        if not antes:
            respaldo = respaldar(sitio)
        completa = llaves.leer_cadena(base / "repositorio/metadata")
        shutil.rmtree(base)
        shutil.copytree(respaldo, base)
        rehacer(sitio, base / "repositorio", sitio.nodo.carpeta)
        sitio.origen = OrigenDePrueba.reabierto(base)
        sitio.entregar(3)
        assert sitio.nodo.releases.activo() == 3

        llaves.instalar(base, completa, {})
        assert llaves.leer_cadena(base / "repositorio/metadata") == completa
        sitio.entregar(4)
        assert sitio.nodo.releases.activo() == 4


def test_f9_a_backup_of_before_a_rotation_asks_for_the_new_keys_and_goes_on_with_them(tmp_path: Path) -> None:
    with abrir_portal(tmp_path) as sitio:
        base = sitio.origen.raiz.parent
        sitio.entregar(1)
        respaldo = respaldar(sitio)
        rotar(base, ROL, "snapshot", "timestamp")
        sitio.entregar(2)
        completa = llaves.leer_cadena(base / "repositorio/metadata")
        shutil.copytree(base / "llaves", medio := tmp_path / "medio")
        shutil.rmtree(base)
        shutil.copytree(respaldo, base)
        rehacer(sitio, base / "repositorio", sitio.nodo.carpeta)
        with pytest.raises(ErrorDeConfiguracion, match="no es la llave que la raíz nombra"):
            llaves.abrir(base, rol=ROL)

        llaves.instalar(base, completa, llaves.leer_en_linea(medio, completa))

        sitio.origen = OrigenDePrueba.reabierto(base)
        sitio.entregar(3)
        assert sitio.nodo.releases.activo() == 3


class Muerte(Exception):
    """The process died here."""


def test_f9_killed_at_any_write_it_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    escribir = atomic.write
    with abrir_portal(tmp_path) as sitio:
        base = sitio.origen.raiz.parent
        sitio.entregar(1)
        respaldo = respaldar(sitio)
        cambiar_custodios(base)
        sitio.entregar(2)
        hechas, en = 0, 0

        def morir(ruta: Path, datos: bytes, **como: Any) -> None:
            nonlocal hechas
            if hechas == en:
                raise Muerte
            hechas += 1
            escribir(ruta, datos, **como)

        while True:
            shutil.rmtree(base)
            shutil.copytree(respaldo, base)
            sitio.origen.llaves = llaves.abrir(base, rol=ROL)
            hechas = 0
            with monkeypatch.context() as parche:
                parche.setattr(atomic, "write", morir)
                try:
                    rehacer(sitio, base / "repositorio", sitio.nodo.carpeta)
                except Muerte:
                    muerta = True
                else:
                    muerta = False
            if not muerta:
                break
            sitio.origen.llaves = llaves.abrir(base, rol=ROL)
            rehacer(sitio, base / "repositorio", sitio.nodo.carpeta)
            en += 1
        assert en > 8
        sitio.origen = OrigenDePrueba.reabierto(base)
        sitio.entregar(3)
        assert sitio.nodo.releases.activo() == 3


def test_f9_copies_behind_what_was_delivered_are_refused(tmp_path: Path) -> None:
    with abrir_portal(tmp_path) as sitio:
        sitio.entregar(1)
        shutil.copytree(sitio.nodo.carpeta, tmp_path / "atrasado", symlinks=True)
        sitio.entregar(2)
        repositorio = sitio.origen.repositorio.carpeta
        (repositorio / "metadata/timestamp.json").unlink()

        with pytest.raises(ErrorDeOperacion, match=r"ya se entregó la versión 2 .* llegan a la 1"):
            rehacer(sitio, repositorio, tmp_path / "atrasado")

        assert rehacer(sitio, repositorio, sitio.nodo.carpeta).manifest.numero == 2
        sitio.entregar(3)
        assert sitio.nodo.releases.activo() == 3


def test_f9_by_the_command_where_all_nights_share_one_root(tmp_path: Path) -> None:
    with abrir_portal(tmp_path) as sitio:
        base = sitio.origen.raiz.parent
        sitio.entregar(1)
        respaldo = respaldar(sitio)
        shutil.rmtree(base)
        shutil.copytree(respaldo, base)
        (base / "repositorio/metadata/timestamp.json").unlink()
        base_de_datos = tmp_path / "base.csv"
        base_de_datos.touch()
        toml = tmp_path / "origen.toml"
        toml.write_text(
            f'[origen]\ncarpeta = "noche"\ninstituto = "{base}"\n'
            f'[fuente]\ntipo = "reproduccion"\narchivos = ["{base_de_datos}"]\nrol = "{ROL}"\n',
            encoding="utf-8",
        )

        assert main(["origen", "restaurar", str(toml), "--desde", str(sitio.nodo.carpeta)]) == 0

        assert OrigenDePrueba.reabierto(base).repositorio.marca() is not None
