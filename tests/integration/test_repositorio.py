"""The repository as others read it: python-tuf's own client over HTTP, and a delivery cut at any piece."""

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.exceptions import ExpiredMetadataError, RepositoryError
from tuf.ngclient import Updater

from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza, ErrorDeOperacion
from pregon.origin import llaves
from pregon.origin.repositorio import Repositorio
from pregon.paquete import manifest as manifests
from pregon.paquete import prueba as pruebas
from pregon.paquete.manifest import huella
from pregon.paquete.prueba import Verificada
from pregon.storage.lock import lock
from pregon.testing.paquetes import ROL, VIDA, ahora, noche, paquete, publicar


class _Callado(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def servidor(tmp_path: Path) -> Iterator[str]:
    """The address of any static web server over the folder."""
    (tmp_path / "repositorio").mkdir()
    manejador = functools.partial(_Callado, directory=tmp_path / "repositorio")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), manejador) as servidor:
        hilo = threading.Thread(target=servidor.serve_forever, kwargs={"poll_interval": 0.01})
        hilo.start()
        yield f"http://127.0.0.1:{servidor.server_port}/"
        servidor.shutdown()
        hilo.join()


def _cliente(tmp_path: Path, servidor: str) -> Updater:
    (tmp_path / "cliente").mkdir(exist_ok=True)
    return Updater(
        metadata_dir=str(tmp_path / "cliente"),
        metadata_base_url=f"{servidor}metadata/",
        target_dir=str(tmp_path / "cliente"),
        target_base_url=f"{servidor}targets/",
        bootstrap=(tmp_path / "raiz.json").read_bytes(),
    )


def _baja(cliente: Updater, ruta: str) -> bytes | None:
    objetivo = cliente.get_targetinfo(ruta)
    return Path(cliente.download_target(objetivo)).read_bytes() if objetivo else None


def _verificada(repositorio: Repositorio, cuando: datetime | None = None) -> Verificada:
    prueba = pruebas.leer((repositorio.carpeta / "prueba.json").read_bytes())
    return pruebas.verificar(
        prueba, raiz=(repositorio.carpeta.parent / "raiz.json").read_bytes(), rol=ROL, ahora=cuando or ahora()
    )


def test_pythons_tuf_client_reads_every_corte(tmp_path: Path, servidor: str) -> None:
    repositorio = noche(tmp_path, cortes=0)
    for numero in range(1, 6):
        corte = publicar(repositorio, numero)
        cliente = _cliente(tmp_path, servidor)
        assert _baja(cliente, f"{ROL}/{numero}/manifest") == manifests.escribir(corte)
        assert _baja(cliente, f"{ROL}/difusores.json") == b'{"difusores":[]}'
        assert _baja(cliente, f"{ROL}/difusores.html") == b"<p>difusores"
    listados = [numero for numero in range(1, 6) if cliente.get_targetinfo(f"{ROL}/{numero}/manifest")]
    assert listados == [3, 4, 5]
    assert cliente.get_targetinfo("oficial/5/manifest") is None


def test_a_heartbeat_is_read_and_changes_only_the_timestamp(tmp_path: Path, servidor: str) -> None:
    repositorio = noche(tmp_path)
    _cliente(tmp_path, servidor).refresh()
    antes = sorted(repositorio.carpeta.rglob("*.*.json"))
    for _ in range(3):
        repositorio.latido(ahora=ahora(), vence=ahora() + VIDA)
        _cliente(tmp_path, servidor).refresh()
    assert sorted(repositorio.carpeta.rglob("*.*.json")) == antes


def test_a_changed_list_needs_no_corte(tmp_path: Path, servidor: str) -> None:
    repositorio = noche(tmp_path)
    repositorio.latido(lista_json=b'{"otra":1}', lista_html=b"<p>otra", ahora=ahora(), vence=ahora() + VIDA)
    assert _baja(_cliente(tmp_path, servidor), f"{ROL}/difusores.json") == b'{"otra":1}'
    assert _verificada(repositorio).difusores == b'{"otra":1}'
    assert _verificada(repositorio).difusores_html == huella(b"<p>otra")


def test_a3_without_heartbeats_the_client_sees_it_expire(tmp_path: Path, servidor: str) -> None:
    firmantes = llaves.ceremonia(tmp_path, rol=ROL, ahora=ahora(), vence=ahora() + timedelta(days=1))
    repositorio = Repositorio(tmp_path / "repositorio", firmantes, ROL)
    manifest, objetos = paquete(1)
    repositorio.publicar(manifest, objetos, ahora=ahora(), vence=ahora() - timedelta(seconds=1))
    with pytest.raises(ExpiredMetadataError):
        _cliente(tmp_path, servidor).refresh()
    assert not _verificada(repositorio).vigente


def test_a2_a_restored_older_repository_is_refused_by_the_client(tmp_path: Path, servidor: str) -> None:
    repositorio = noche(tmp_path, cortes=2)
    respaldo = (repositorio.carpeta / "metadata/timestamp.json").read_bytes()
    publicar(repositorio, 3)
    _cliente(tmp_path, servidor).refresh()
    (repositorio.carpeta / "metadata/timestamp.json").write_bytes(respaldo)
    with pytest.raises(RepositoryError):
        _cliente(tmp_path, servidor).refresh()


def test_closing_signs_past_the_retention_and_no_heartbeat_shortens_it(tmp_path: Path, servidor: str) -> None:
    repositorio = noche(tmp_path, cortes=1)
    publicar(repositorio, 2, ultimo=True)
    retencion = ahora() + timedelta(days=14)
    repositorio.cerrar(retencion)
    repositorio.latido(lista_json=b"{}", lista_html=b"", ahora=ahora(), vence=ahora() + VIDA)
    verificada = _verificada(repositorio, retencion - timedelta(seconds=1))
    assert (verificada.vigente, verificada.vence, verificada.manifest.ultimo) == (True, retencion, True)
    _cliente(tmp_path, servidor).refresh()


def test_f1_a_delivery_cut_at_any_piece_leaves_a_readable_inbox(tmp_path: Path) -> None:
    """Pieces arrive in order; whatever the last one, the inbox's timestamp reaches only what is there."""
    repositorio = noche(tmp_path / "origen", cortes=2)
    buzon = tmp_path / "repositorio"
    _entregar(repositorio, buzon, None)
    publicar(repositorio, 3)
    piezas = repositorio.piezas()
    assert piezas[-1].ruta == "metadata/timestamp.json"
    assert [pieza.ruta for pieza in piezas if not pieza.inmutable] == [
        "prueba.json",
        "metadata/timestamp.json",
    ]
    for hasta in range(len(piezas) + 1):
        _entregar(repositorio, buzon, hasta)
        manejador = functools.partial(_Callado, directory=buzon)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), manejador) as servidor:
            hilo = threading.Thread(target=servidor.serve_forever, kwargs={"poll_interval": 0.01})
            hilo.start()
            shutil.rmtree(tmp_path / "cliente", ignore_errors=True)
            shutil.copyfile(tmp_path / "origen/raiz.json", tmp_path / "raiz.json")
            cliente = _cliente(tmp_path, f"http://127.0.0.1:{servidor.server_port}/")
            corte = 3 if hasta == len(piezas) else 2
            datos = _baja(cliente, f"{ROL}/{corte}/manifest")
            servidor.shutdown()
            hilo.join()
        assert datos
        for archivo in manifests.leer(datos).archivos:
            objeto = buzon / "objetos" / archivo.sha256[:2] / archivo.sha256
            assert huella(objeto.read_bytes()) == archivo.sha256


def _entregar(repositorio: Repositorio, buzon: Path, hasta: int | None) -> None:
    for pieza in repositorio.piezas()[:hasta]:
        (buzon / pieza.ruta).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pieza.origen, buzon / pieza.ruta)


def test_f7_a_slow_delivery_stays_of_one_moment(tmp_path: Path) -> None:
    """What was announced is what arrives, though two cortes were published before the last piece left."""
    repositorio = noche(tmp_path / "origen", cortes=2)
    piezas = repositorio.piezas()
    publicar(repositorio, 3)
    repositorio.piezas()
    publicar(repositorio, 4)
    for pieza in piezas:
        (tmp_path / "buzon" / pieza.ruta).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pieza.origen, tmp_path / "buzon" / pieza.ruta)
    prueba = pruebas.leer((tmp_path / "buzon/prueba.json").read_bytes())
    assert prueba.timestamp == (tmp_path / "buzon/metadata/timestamp.json").read_bytes()
    raiz = (tmp_path / "origen/raiz.json").read_bytes()
    assert pruebas.verificar(prueba, raiz=raiz, rol=ROL, ahora=ahora()).manifest.numero == 2
    assert (tmp_path / "buzon/metadata/2.snapshot.json").exists()


def test_copies_for_deliveries_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pregon.origin.repositorio._ENTREGAS", 3)
    repositorio = noche(tmp_path)
    for _ in range(6):
        repositorio.latido(ahora=ahora(), vence=ahora() + VIDA)
        repositorio.piezas()
    assert len(list((repositorio.carpeta / "entregas").iterdir())) == 6


def test_the_same_corte_again_changes_nothing_but_the_timestamp(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=2)
    manifest = repositorio.ultimo()
    assert manifest
    antes = sorted(p for p in repositorio.carpeta.rglob("*") if p.is_file())
    repositorio.publicar(manifest, {}, ahora=ahora(), vence=ahora() + VIDA)
    assert sorted(p for p in repositorio.carpeta.rglob("*") if p.is_file()) == antes
    assert repositorio.marca() == manifests.Marca(numero=2, sha256=huella(manifests.escribir(manifest)))


@pytest.mark.parametrize("numero", [1, 2, 3])
def test_a20_one_number_has_one_content(tmp_path: Path, numero: int) -> None:
    repositorio = noche(tmp_path, cortes=3)
    marca = repositorio.marca()
    assert marca
    otro, objetos = paquete(numero, anterior=marca.sha256, archivos={"index.html": b"otro"})
    with pytest.raises(ErrorDeOperacion, match="no sigue al 3"):
        repositorio.publicar(otro, objetos, ahora=ahora(), vence=ahora() + VIDA)
    assert _verificada(repositorio).sha256 == marca.sha256


def test_the_chain_of_manifests_is_kept(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=1)
    suelto, objetos = paquete(2, anterior="0" * 64)
    with pytest.raises(ErrorDeOperacion, match="no nombra como anterior"):
        repositorio.publicar(suelto, objetos, ahora=ahora(), vence=ahora() + VIDA)


def test_numbers_may_skip(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=1)
    publicar(repositorio, 5)
    ultimo = repositorio.ultimo()
    assert ultimo
    assert ultimo.numero == 5


def test_a19_a_paquete_of_another_role_is_not_signed(tmp_path: Path) -> None:
    repositorio = noche(tmp_path)
    manifest, objetos = paquete(2, rol="oficial")
    with pytest.raises(ErrorDeOperacion, match="«oficial»"):
        repositorio.publicar(manifest, objetos, ahora=ahora(), vence=ahora() + VIDA)


@pytest.mark.parametrize("ruta", ["../fuera", "a\\b", "CON", "a\u0301.html"], ids=ascii)
def test_b4_the_publisher_refuses_what_a_node_would_refuse(tmp_path: Path, ruta: str) -> None:
    repositorio = noche(tmp_path, cortes=0)
    manifest, objetos = paquete(1, archivos={ruta: b"x"})
    with pytest.raises(ErrorDeConfianza):
        repositorio.publicar(manifest, objetos, ahora=ahora(), vence=ahora() + VIDA)
    assert repositorio.ultimo() is None


def test_a_missing_or_wrong_object_is_told_by_its_path(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=0)
    manifest, objetos = paquete(1)
    sha = huella(b"p{}")
    for malos in (
        {otro: datos for otro, datos in objetos.items() if otro != sha},
        {**objetos, sha: b"p{ }"},
    ):
        with pytest.raises(ErrorDeOperacion, match=r"recursos/estilo\.css"):
            repositorio.publicar(manifest, malos, ahora=ahora(), vence=ahora() + VIDA)
    assert not (repositorio.carpeta / "metadata/timestamp.json").exists()


def test_unchanged_files_need_not_be_given_again(tmp_path: Path) -> None:
    repositorio = noche(tmp_path)
    marca = repositorio.marca()
    assert marca
    manifest, objetos = paquete(2, anterior=marca.sha256)
    del objetos[huella(b"p{}")]
    repositorio.publicar(manifest, objetos, ahora=ahora(), vence=ahora() + VIDA)
    assert _verificada(repositorio).manifest.numero == 2


def test_role_and_snapshot_are_renewed_before_they_expire(tmp_path: Path) -> None:
    repositorio = noche(tmp_path)
    dias = timedelta(days=3)
    repositorio.latido(ahora=ahora() + dias, vence=ahora() + dias + VIDA)
    assert _verificada(repositorio, ahora() + dias).vigente


def test_c8_two_processes_take_turns_and_continue_each_other(tmp_path: Path) -> None:
    uno = noche(tmp_path)
    dos = Repositorio(uno.carpeta, llaves.abrir(tmp_path, rol=ROL), ROL)
    publicar(dos, 2)
    publicar(uno, 3)
    dos.latido(ahora=ahora(), vence=ahora() + VIDA)
    assert _verificada(uno).manifest.numero == 3


def test_c8_the_lock_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repositorio = noche(tmp_path)
    monkeypatch.setattr("pregon.origin.repositorio._ESPERA", 0.05)
    with lock(repositorio.carpeta / ".candado"), pytest.raises(ErrorDeAlmacen, match="otro proceso"):
        repositorio.latido(ahora=ahora(), vence=ahora() + VIDA)


def test_b5_a_damaged_repository_is_not_signed_over(tmp_path: Path) -> None:
    repositorio = noche(tmp_path)
    for ruta in ("metadata/timestamp.json", "metadata/1.snapshot.json", f"metadata/1.{ROL}.json"):
        bueno = (repositorio.carpeta / ruta).read_bytes()
        (repositorio.carpeta / ruta).write_bytes(bueno.replace(b'"version":1', b'"version":7'))
        with pytest.raises(ErrorDeAlmacen):
            publicar(repositorio, 2)
        (repositorio.carpeta / ruta).write_bytes(bueno)
    publicar(repositorio, 2)


def test_b5_a_damaged_manifest_is_not_delivered(tmp_path: Path) -> None:
    repositorio = noche(tmp_path)
    manifest = next((repositorio.carpeta / "targets").rglob("*.manifest"))
    manifest.write_bytes(manifest.read_bytes().replace(b"index", b"Index"))
    with pytest.raises(ErrorDeAlmacen, match="dañado"):
        repositorio.piezas()


def test_before_the_first_corte_there_is_a_list_but_no_proof(tmp_path: Path, servidor: str) -> None:
    repositorio = noche(tmp_path, cortes=0)
    assert repositorio.piezas() == []
    repositorio.latido(lista_json=b"{}", lista_html=b"<p>", ahora=ahora(), vence=ahora() + VIDA)
    assert _baja(_cliente(tmp_path, servidor), f"{ROL}/difusores.json") == b"{}"
    assert not (repositorio.carpeta / "prueba.json").exists()
    assert repositorio.piezas()[-1].ruta == "metadata/timestamp.json"


def test_a_folder_without_ceremony_says_what_is_missing(tmp_path: Path) -> None:
    noche(tmp_path / "otra")
    firmantes = llaves.abrir(tmp_path / "otra", rol=ROL)
    with pytest.raises(ErrorDeOperacion, match="ceremonia"):
        Repositorio(tmp_path / "vacia", firmantes, ROL)
    with pytest.raises(ErrorDeOperacion, match="las llaves son"):
        Repositorio(tmp_path / "vacia", replace(firmantes, rol="oficial"), ROL)


def test_f3_a_full_disk_publishes_nothing_and_resumes(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("sólo root puede montar un tmpfs")
    disco = tmp_path / "disco"
    disco.mkdir()
    orden = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disco)]
    if subprocess.run(orden, check=False, capture_output=True).returncode:
        pytest.skip("este núcleo no deja montar un tmpfs")
    try:
        repositorio = noche(disco)
        lastre = disco / "lastre"
        with pytest.raises(ErrorDeAlmacen, match="el disco está lleno"):
            _llenar(repositorio, lastre)
        ultimo = repositorio.ultimo()
        assert ultimo
        assert _verificada(repositorio).manifest == ultimo
        lastre.unlink()
        publicar(repositorio, ultimo.numero + 1)
        assert _verificada(repositorio).manifest.numero == ultimo.numero + 1
    finally:
        subprocess.run(["umount", str(disco)], check=True)


def _llenar(repositorio: Repositorio, lastre: Path) -> None:
    """Publish while the room shrinks, so that it ends in the middle of a publication."""
    for numero in range(2, 200):
        with contextlib.suppress(OSError), lastre.open("ab", buffering=0) as file:
            file.write(bytes(10_000))
        publicar(repositorio, numero)


def _deltas(repositorio: Repositorio) -> dict[str, bytes]:
    """Return the deltas to the newest corte and its bundle, by name."""
    carpeta = repositorio.carpeta / "deltas" / _marca(repositorio)
    return {ruta.name: ruta.read_bytes() for ruta in carpeta.iterdir()}


def test_each_corte_has_a_bundle_and_a_delta_from_each_of_the_three_before(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=0)
    hechos = [publicar(repositorio, numero) for numero in range(1, 6)]
    antes = {f"desde-{huella(manifests.escribir(corte))}" for corte in hechos[1:4]}
    assert set(_deltas(repositorio)) == {"completo"} | antes


def test_deltas_of_cortes_no_longer_listed_are_pruned(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=8)
    assert len(list((repositorio.carpeta / "deltas").iterdir())) == 4


def test_publishing_the_same_corte_again_makes_the_same_deltas(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=2)
    manifest, objetos = paquete(3, anterior=_verificada(repositorio).sha256)
    repositorio.publicar(manifest, objetos, ahora=ahora(), vence=ahora() + VIDA)
    antes = _deltas(repositorio)
    shutil.rmtree(repositorio.carpeta / "deltas")
    repositorio.publicar(manifest, objetos, ahora=ahora(), vence=ahora() + VIDA)
    assert _deltas(repositorio) == antes


def test_b5_a_damaged_old_object_costs_its_delta_and_not_the_corte(tmp_path: Path) -> None:
    repositorio = noche(tmp_path)
    viejo = repositorio.ultimo()
    assert viejo
    pagina = repositorio.objetos.path(next(a.sha256 for a in viejo.archivos if a.ruta == "index.html"))
    pagina.chmod(0o644)
    pagina.write_bytes(b"<p>otra cosa")
    publicar(repositorio, 2)
    assert set(_deltas(repositorio)) == {"completo"}
    assert set(repositorio.atajos(repositorio.piezas())) == {None, _marca(repositorio)}


def _marca(repositorio: Repositorio) -> str:
    marca = repositorio.marca()
    assert marca
    return marca.sha256


def test_a_shortcut_is_everything_but_what_its_delta_brings(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=2)
    piezas = repositorio.piezas()
    atajos = repositorio.atajos(piezas)
    todas = {p.ruta for p in piezas}
    for desde, atajo in atajos.items():
        rutas = [p.ruta for p in atajo]
        propias = [ruta for ruta in rutas if ruta.startswith("deltas/")]
        assert propias == [] if desde == _marca(repositorio) else propias == rutas[:1]
        assert rutas[-1] == "metadata/timestamp.json"
        assert set(rutas) - set(propias) <= todas
        sobran = {ruta.partition("/")[0] for ruta in todas - set(rutas) if not ruta.endswith(".manifest")}
        assert sobran == {"objetos", "prueba.json"}
