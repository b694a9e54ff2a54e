"""`recibir` against real repositories: keys, metadata, objects and inbox are the institute's own."""

import asyncio
import gzip
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from pregon.errors import Alterado, ErrorDeAlmacen, ErrorDeConfianza, Rechazado
from pregon.node import config, estado, nodo, publicado
from pregon.node.config import ConfigNodo, ConfigPar
from pregon.node.nodo import Nodo
from pregon.node.par import Par
from pregon.node.portada import Portada
from pregon.node.receive import Recibido, Resultado, recibir, revisar
from pregon.origin.repositorio import Repositorio
from pregon.paquete import prueba
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import Marca
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, identidad, paginas
from pregon.transport.carpeta import CarpetaFetcher
from pregon.transport.local import LocalSender


def ronda(propio: Nodo, *, ahora: datetime | None = None) -> Recibido:
    return recibir(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=ahora or datetime.now(UTC))


def entregar(origen: OrigenDePrueba, propio: Nodo, numero: int) -> Recibido:
    origen.publicar(numero)
    origen.entregar(propio.config.buzon)
    return ronda(propio)


def servido(propio: Nodo) -> dict[str, str]:
    """Return path → SHA-256 of what the active corte consists of on the disk."""
    activo = propio.activo()
    assert activo is not None
    return {
        ruta: hashlib.sha256((activo.carpeta / ruta).read_bytes()).hexdigest() for ruta in activo.archivos
    }


def vista(propio: Nodo) -> tuple[int | None, dict[str, str]]:
    return propio.releases.activo(), servido(propio)


def actos(propio: Nodo) -> list[str]:
    return [asiento.acto for asiento in propio.bitacora.leer()]


def test_a_delivered_corte_is_activated_with_its_proof(origen: OrigenDePrueba, propio: Nodo) -> None:
    assert entregar(origen, propio, 1) == Recibido(resultado=Resultado.ACTIVADO, corte=1)
    viva = (propio.carpeta / "prueba.json").read_bytes()
    verificada = prueba.verificar(
        prueba.leer(viva), raiz=origen.raiz.read_bytes(), rol=ROL, ahora=datetime.now(UTC)
    )
    assert (verificada.manifest.numero, verificada.autoria, verificada.vigente) == (1, True, True)
    assert (propio.carpeta / "actual/.well-known/pregon/prueba.json").read_bytes() == viva


def test_an_empty_inbox_is_no_news(propio: Nodo) -> None:
    assert ronda(propio).resultado is Resultado.PENDIENTE
    assert actos(propio) == []


def test_the_same_delivery_again_changes_nothing(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    origen.entregar(propio.config.buzon)
    antes = actos(propio)
    assert ronda(propio) == Recibido(resultado=Resultado.AL_DIA, corte=1)
    assert actos(propio) == antes


def test_a_heartbeat_renews_the_proof_and_nothing_else(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    antes, latido = (propio.carpeta / "prueba.json").read_bytes(), propio.estado.latido
    origen.latido()
    origen.entregar(propio.config.buzon)
    assert ronda(propio).resultado is Resultado.AL_DIA
    assert (propio.carpeta / "prueba.json").read_bytes() != antes
    assert latido is not None
    assert propio.estado.latido is not None
    assert propio.estado.latido > latido


def test_unchanged_objects_are_not_delivered_twice(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    origen.publicar(2)
    acuse = origen.entregar(propio.config.buzon)
    sin_cambio = set(paginas(1).values()) & set(paginas(2).values())
    assert acuse.omitidos >= len(sin_cambio) > 0


def test_a1_a_paquete_of_foreign_keys_is_refused(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    entregar(origen, propio, 1)
    antes = vista(propio)
    falso = OrigenDePrueba(tmp_path / "falso")
    for numero in (1, 2, 3):
        falso.publicar(numero)
    falso.entregar(propio.config.buzon)
    with pytest.raises(ErrorDeConfianza):
        ronda(propio)
    assert vista(propio) == antes
    assert not (propio.config.buzon / "metadata/timestamp.json").exists()


def test_a2_an_older_delivery_is_refused(origen: OrigenDePrueba, propio: Nodo, tmp_path: Path) -> None:
    origen.publicar(1)
    origen.entregar(tmp_path / "vieja")
    entregar(origen, propio, 2)
    antes = vista(propio)
    shutil.rmtree(propio.config.buzon)
    shutil.copytree(tmp_path / "vieja", propio.config.buzon)
    with pytest.raises(ErrorDeConfianza):
        ronda(propio)
    assert vista(propio) == antes


@pytest.mark.parametrize("perdido", [("estado.json",), ("estado.json", "tuf"), ("tuf",)])
def test_a2_the_high_water_mark_survives_a_restored_folder(
    origen: OrigenDePrueba, configuracion: ConfigNodo, tmp_path: Path, perdido: tuple[str, ...]
) -> None:
    origen.publicar(1)
    origen.entregar(tmp_path / "vieja")
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 2)
    for nombre in perdido:
        ruta = configuracion.carpeta / nombre
        shutil.rmtree(ruta) if ruta.is_dir() else ruta.unlink()
    shutil.rmtree(configuracion.buzon)
    shutil.copytree(tmp_path / "vieja", configuracion.buzon)
    with nodo.abrir(configuracion) as propio:
        with pytest.raises(ErrorDeConfianza):
            ronda(propio)
        assert propio.releases.activo() == 2


def test_f4_a_mark_that_the_witness_did_not_take_is_written_before_its_corte_is_shown(
    origen: OrigenDePrueba, configuracion: ConfigNodo, tmp_path: Path
) -> None:
    testigo = tmp_path / "otro-disco/testigo.json"
    testigo.parent.write_text("sin montar", encoding="utf-8")
    with nodo.abrir(replace(configuracion, testigo=testigo)) as propio:
        with pytest.raises(ErrorDeAlmacen):
            entregar(origen, propio, 1)
        assert propio.releases.activo() is None
        testigo.parent.unlink()

        assert ronda(propio).corte == 1

        escrita = estado.leer(testigo.read_bytes()).marca
        assert escrita is not None
        assert escrita == propio.estado.marca


def test_a2_a_lower_number_in_newer_metadata_is_refused(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 5)
    propio.recordar(marca=Marca(numero=9, sha256="0" * 64))
    origen.publicar(6)
    origen.entregar(propio.config.buzon)
    with pytest.raises(Rechazado, match="anterior al 9"):
        ronda(propio)
    assert propio.releases.activo() == 5


def test_a3_an_expired_heartbeat_brings_nothing_and_takes_nothing(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    entregar(origen, propio, 1)
    antes = vista(propio)
    origen.publicar(2)
    vencer(origen)
    origen.entregar(propio.config.buzon)
    assert ronda(propio).resultado is Resultado.VENCIDO
    assert vista(propio) == antes
    assert "revise la hora de este equipo" in propio.estado.pendiente
    assert actos(propio)[-1] == "vencido"


def vencer(origen: OrigenDePrueba) -> None:
    """Sign again the timestamp of the repository as expired yesterday."""
    ruta = origen.repositorio.carpeta / "metadata/timestamp.json"
    timestamp = Metadata[Timestamp].from_bytes(ruta.read_bytes())
    timestamp.signed.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    timestamp.sign(origen.llaves.timestamp)
    ruta.write_bytes(timestamp.to_bytes())


def test_a8_a_target_swapped_for_another_is_refused(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    antes = vista(propio)
    origen.publicar(2)
    origen.entregar(propio.config.buzon)
    uno = next((propio.config.buzon / f"targets/{ROL}/1").iterdir())
    dos = next((propio.config.buzon / f"targets/{ROL}/2").iterdir())
    shutil.copyfile(uno, dos)
    with pytest.raises(ErrorDeConfianza):
        ronda(propio)
    assert vista(propio) == antes


def test_a16_a_manifest_with_a_path_outside_is_refused(origen: OrigenDePrueba, propio: Nodo) -> None:
    with pytest.raises(ErrorDeConfianza, match="ruta"):
        origen.publicar(1, archivos={"../fuera.html": b"x"})
    assert ronda(propio).resultado is Resultado.PENDIENTE


def test_a17_after_a_refusal_no_rejected_byte_is_kept(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    entregar(origen, propio, 1)
    falso = OrigenDePrueba(tmp_path / "falso")
    for numero in (1, 2, 3):
        falso.publicar(numero)
    antes = huellas(propio.carpeta)
    falso.entregar(propio.config.buzon)
    with pytest.raises(ErrorDeConfianza):
        ronda(propio)
    assert huellas(propio.carpeta) == antes


def huellas(carpeta: Path) -> dict[str, str]:
    """Return the hash of every file of a node but its inbox and its own words."""
    return {
        str(ruta.relative_to(carpeta)): hashlib.sha256(ruta.read_bytes()).hexdigest()
        for ruta in carpeta.rglob("*")
        if ruta.is_file()
        and not {"buzon", "bitacora.jsonl", "estado.json"} & set(ruta.relative_to(carpeta).parts)
    }


def test_a19_a_rehearsal_never_enters_the_official_night(tmp_path: Path) -> None:
    ensayo = OrigenDePrueba(tmp_path / "ensayo", rol="simulacro-2026-05-17")
    ruta = escribir_nodo(tmp_path / "nodo", ensayo.raiz, rol="oficial")
    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as propio:
        ensayo.publicar(1)
        ensayo.entregar(propio.config.buzon)
        with pytest.raises(Rechazado, match="no publica «oficial»"):
            ronda(propio)
        assert propio.releases.activo() is None


def test_a20_two_histories_are_told_apart(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    propio.recordar(marca=Marca(numero=1, sha256="0" * 64))
    origen.publicar(2)
    origen.entregar(propio.config.buzon)
    with pytest.raises(Rechazado, match="hay dos distintos"):
        ronda(propio)


@pytest.mark.parametrize("desfase", [timedelta(days=-3650), timedelta(hours=-1), timedelta(hours=1)])
def test_e1_no_clock_of_the_node_keeps_a_corte_shut(
    origen: OrigenDePrueba, propio: Nodo, desfase: timedelta
) -> None:
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    assert ronda(propio, ahora=datetime.now(UTC) + desfase).corte == 1


def test_g9_a_suspended_node_gets_the_list_alone_and_renews_its_proof(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    entregar(origen, propio, 1)
    antes = (propio.carpeta / "prueba.json").read_bytes()
    origen.publicar(2)
    origen.latido({"d1": Estado.SUSPENDIDO})
    sin_corte = [
        p
        for p in origen.repositorio.piezas()
        if not p.ruta.startswith("objetos/") and not p.ruta.endswith(".manifest")
    ]
    asyncio.run(LocalSender(propio.config.buzon).send(sin_corte))
    assert ronda(propio).resultado is Resultado.PENDIENTE
    assert (propio.estado.difusor, propio.releases.activo()) == (Estado.SUSPENDIDO, 1)
    assert (propio.carpeta / "prueba.json").read_bytes() != antes


@pytest.mark.parametrize("desfase", [timedelta(), timedelta(minutes=30), timedelta(days=1)])
def test_c9_no_clock_of_the_node_opens_what_was_signed_early(
    origen: OrigenDePrueba, propio: Nodo, desfase: timedelta
) -> None:
    entregar(origen, propio, 0)
    origen.publicar(1, no_antes_de=origen.ahora + timedelta(seconds=30))
    origen.entregar(propio.config.buzon)
    with pytest.raises(Rechazado, match="no puede publicarse antes"):
        ronda(propio, ahora=origen.ahora + desfase)
    assert propio.releases.activo() == 0


def test_c7_a_node_that_missed_cortes_takes_the_newest(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    for numero in (2, 3):
        origen.publicar(numero)
    assert entregar(origen, propio, 4).corte == 4
    assert entregar(origen, propio, 9).corte == 9


def test_a_node_that_joins_in_mid_night_starts_with_the_newest(origen: OrigenDePrueba, propio: Nodo) -> None:
    for numero in (0, 1, 2, 7):
        origen.publicar(numero)
    assert entregar(origen, propio, 8) == Recibido(resultado=Resultado.ACTIVADO, corte=8)


def test_a_node_restored_from_an_old_backup_catches_up(
    origen: OrigenDePrueba, configuracion: ConfigNodo, tmp_path: Path
) -> None:
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 1)
    shutil.copytree(configuracion.carpeta, tmp_path / "respaldo", symlinks=True)
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 2)
    shutil.rmtree(configuracion.carpeta)
    (tmp_path / "respaldo").rename(configuracion.carpeta)
    publicado.leer.cache_clear()
    with nodo.abrir(configuracion) as propio:
        assert entregar(origen, propio, 5).corte == 5
        assert servido(propio) == {r: hashlib.sha256(d).hexdigest() for r, d in paginas(5).items()}


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_b5_a_flipped_bit_is_found_and_sent_again(origen: OrigenDePrueba, propio: Nodo, bit: int) -> None:
    entregar(origen, propio, 1)
    origen.publicar(2)
    origen.entregar(propio.config.buzon)
    malo = objeto_nuevo(origen, propio)
    malo.chmod(0o644)
    datos = bytearray(malo.read_bytes())
    datos[0] ^= 1 << bit
    malo.write_bytes(bytes(datos))
    with pytest.raises(Alterado):
        ronda(propio)
    assert propio.releases.activo() == 1
    assert not malo.exists()
    origen.entregar(propio.config.buzon)
    assert ronda(propio).corte == 2


def test_a_missing_object_waits_without_noise(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    origen.publicar(2)
    origen.entregar(propio.config.buzon)
    objeto_nuevo(origen, propio).unlink()
    antes = actos(propio)
    assert ronda(propio).resultado is Resultado.PENDIENTE
    assert ronda(propio).resultado is Resultado.PENDIENTE
    assert (propio.releases.activo(), actos(propio)) == (1, antes)
    origen.entregar(propio.config.buzon)
    assert ronda(propio).corte == 2


def objeto_nuevo(origen: OrigenDePrueba, propio: Nodo) -> Path:
    """Return where the inbox keeps the current corte's index."""
    manifest = origen.repositorio.ultimo()
    assert manifest is not None
    sha = next(a.sha256 for a in manifest.archivos if a.ruta == "index.html")
    return propio.config.buzon / "objetos" / sha[:2] / sha


@pytest.mark.parametrize("ruta", ["cortes/1/index.html", "cortes/1/diputaciones/index.html"])
def test_b5_rot_at_rest_is_healed_from_the_inbox(origen: OrigenDePrueba, propio: Nodo, ruta: str) -> None:
    entregar(origen, propio, 1)
    pagina = propio.carpeta / ruta
    sano = pagina.read_bytes()
    pagina.chmod(0o644)
    pagina.write_bytes(b"adulterada")
    assert revisar(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC)) == (
        ruta,
    )
    assert pagina.read_bytes() == sano
    assert "reparado" in actos(propio)


@pytest.mark.parametrize(("sufijo", "comprimir"), [(".gz", gzip.compress), (".br", brotli.compress)])
def test_b5_an_altered_form_is_dropped(
    origen: OrigenDePrueba, propio: Nodo, sufijo: str, comprimir: Callable[[bytes], bytes]
) -> None:
    entregar(origen, propio, 1)
    forma = propio.carpeta / f"cortes/1/diputaciones/index.html{sufijo}"
    forma.chmod(0o644)
    forma.write_bytes(comprimir(b"adulterada"))
    revisar(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC))
    assert not forma.exists()


def test_f1_a_corte_that_cannot_be_read_is_made_again_and_never_goes_back(
    origen: OrigenDePrueba, configuracion: ConfigNodo
) -> None:
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 1)
        entregar(origen, propio, 2)
    suya = configuracion.carpeta / "cortes/2/.well-known/pregon/prueba.json"
    suya.chmod(0o644)
    suya.write_bytes(b"rota")
    publicado.leer.cache_clear()
    with nodo.abrir(configuracion) as propio:
        assert propio.releases.activo() == 2
        assert ronda(propio) == Recibido(resultado=Resultado.ACTIVADO, corte=2)
        assert vista(propio)[0] == 2


def test_a19_a_role_revoked_in_the_night_publishes_no_more(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    carpeta = origen.repositorio.carpeta / "metadata"
    targets = Metadata[Targets].from_bytes((carpeta / "1.targets.json").read_bytes())
    targets.signed.version, targets.signed.delegations = 2, None
    firmar_fuera_de_linea(origen, targets)
    (carpeta / "2.targets.json").write_bytes(targets.to_bytes())
    snapshot = Metadata[Snapshot].from_bytes(max(carpeta.glob("*.snapshot.json")).read_bytes())
    snapshot.signed.version += 1
    snapshot.signed.meta["targets.json"] = MetaFile(2)
    snapshot.sign(origen.llaves.snapshot)
    (carpeta / f"{snapshot.signed.version}.snapshot.json").write_bytes(snapshot.to_bytes())
    timestamp = Metadata[Timestamp].from_bytes((carpeta / "timestamp.json").read_bytes())
    timestamp.signed.version += 1
    timestamp.signed.snapshot_meta = MetaFile(snapshot.signed.version)
    timestamp.sign(origen.llaves.timestamp)
    (carpeta / "timestamp.json").write_bytes(timestamp.to_bytes())
    antes = vista(propio)
    with pytest.raises(Rechazado, match="no publica"):
        recibir(propio, CarpetaFetcher(origen.repositorio.carpeta), ahora=datetime.now(UTC))
    assert vista(propio) == antes


def test_a9_files_of_nobody_are_told(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    (propio.carpeta / "cortes/1/wp-login.php").write_text("x", encoding="utf-8")
    fuente = CarpetaFetcher(propio.config.buzon, buzon=True)
    assert revisar(propio, fuente, ahora=datetime.now(UTC)) == ("cortes/1/wp-login.php",)
    assert "ajeno" in actos(propio)


@pytest.mark.parametrize("ruta", ["diputaciones/index.html", "index.html.gz"])
def test_a9_a_folder_in_the_place_of_a_file_does_not_end_the_look_at_the_others(
    origen: OrigenDePrueba, propio: Nodo, ruta: str
) -> None:
    entregar(origen, propio, 1)
    corte = propio.carpeta / "cortes/1"
    (corte / ruta).unlink(missing_ok=True)
    (corte / ruta / "dentro").mkdir(parents=True)
    (corte / "ultimo.txt").write_text("x", encoding="utf-8")

    hallados = revisar(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC))

    assert hallados == (f"cortes/1/{ruta}", "cortes/1/ultimo.txt")
    assert not (corte / ruta).is_dir()


def test_b2_a_link_in_the_place_of_a_folder_is_taken_away_and_nothing_behind_it(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    entregar(origen, propio, 1)
    carpeta = propio.carpeta / "cortes/1/diputaciones"
    carpeta.rename(tmp_path / "fuera")
    carpeta.symlink_to(tmp_path / "fuera")
    (propio.carpeta / "cortes/1/otra").symlink_to(tmp_path)
    (propio.publico.actual / "otra").symlink_to(tmp_path)
    antes = {ruta: ruta.read_bytes() for ruta in (tmp_path / "fuera").iterdir()}

    hallados = revisar(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC))

    assert {"publico/otra", "cortes/1/diputaciones/index.html", "cortes/1/otra"} <= set(hallados)
    assert not carpeta.is_symlink()
    assert (carpeta / "index.html").read_bytes() == antes[tmp_path / "fuera/index.html"]
    assert {ruta: ruta.read_bytes() for ruta in (tmp_path / "fuera").iterdir()} == antes


@pytest.mark.parametrize("nombre", ["checkpoint", "registro", "prueba.json"])
def test_b5_what_the_proofs_of_a_corte_are_made_of_is_looked_at_too(
    origen: OrigenDePrueba, propio: Nodo, nombre: str
) -> None:
    entregar(origen, propio, 1)
    suyo = propio.carpeta / "cortes/1/.well-known/pregon" / nombre
    sano = suyo.read_bytes()
    suyo.chmod(0o644)
    suyo.write_bytes(sano[:-30] + bytes([sano[-30] ^ 1]) + sano[-29:])
    buzon = CarpetaFetcher(propio.config.buzon, buzon=True)

    assert f"cortes/1/.well-known/pregon/{nombre}" in revisar(propio, buzon, ahora=datetime.now(UTC))

    assert suyo.read_bytes() == sano
    assert revisar(propio, buzon, ahora=datetime.now(UTC)) == ()


def test_a9_a_folder_with_the_corte_of_another_institute_is_dropped(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    entregar(origen, propio, 1)
    otro = OrigenDePrueba(tmp_path / "otro")
    ruta = escribir_nodo(tmp_path / "suyo", otro.raiz, rol=ROL)
    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as ajeno:
        entregar(otro, ajeno, 9)
        shutil.copytree(ajeno.releases.path(9), propio.releases.path(9))
    origen.latido()
    origen.entregar(propio.config.buzon)

    ronda(propio)

    assert propio.releases.numeros() == (1,)
    assert (propio.releases.activo(), propio.estado.marca and propio.estado.marca.numero) == (1, 1)


def test_g9_what_could_not_be_taken_away_from_nginx_goes_as_soon_as_it_can(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    """A disk that gives neither a tree with the notice nor the end of the one with figures."""
    entregar(origen, propio, 1)
    activo, publico = propio.activo(), propio.publico
    con_cifras = publico.actual.readlink()
    publico.actual.unlink()
    publico.actual.mkdir()
    with pytest.raises(ErrorDeAlmacen):
        publico.poner(activo, (), Portada.AVISO, de_nuevo=False)
    assert {ruta.name for ruta in publico.carpeta.glob("1-*")} == {con_cifras.name}
    publico.actual.rmdir()
    publico.actual.symlink_to(con_cifras)

    publico.poner(activo, (), Portada.AVISO, de_nuevo=False)

    assert not os.path.lexists(publico.actual)


def test_g6_without_its_gz_nginx_is_given_no_form_of_a_page(origen: OrigenDePrueba, propio: Nodo) -> None:
    """By the .gz nginx tells caches that there are forms."""
    entregar(origen, propio, 1)
    publico = propio.publico.actual / "diputaciones"
    assert {"@", "@.br", "@.gz"} <= {ruta.name for ruta in publico.iterdir()}
    forma = propio.carpeta / "cortes/1/diputaciones/index.html.gz"
    forma.chmod(0o644)
    forma.write_bytes(b"adulterada")

    revisar(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC))

    assert {ruta.name for ruta in publico.iterdir()} == {"@", "index.html@"}


def test_a9_a_planted_folder_is_no_corte(origen: OrigenDePrueba, configuracion: ConfigNodo) -> None:
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 1)
    shutil.copytree(configuracion.carpeta / "cortes/1", configuracion.carpeta / "cortes/99")
    with nodo.abrir(configuracion) as propio:
        assert propio.releases.activo() == 1
        assert entregar(origen, propio, 2).corte == 2


def test_d1_a_delivery_cut_at_any_piece_leaves_the_old_corte(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    origen.publicar(2)
    antes = actos(propio)
    piezas = origen.repositorio.piezas()
    for hasta in range(len(piezas)):
        asyncio.run(LocalSender(propio.config.buzon).send(piezas[:hasta]))
        assert ronda(propio).corte == 1
    assert actos(propio) == antes
    asyncio.run(LocalSender(propio.config.buzon).send(piezas))
    assert ronda(propio).corte == 2


@pytest.mark.parametrize(
    "basura",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"signed":{},"signatures":[]}',
        b'{"signed":{"_type":"timestamp","version":true},"signatures":[{"keyid":1,"sig":2}]}',
        b'{"signed":{"_type":"root"},"signatures":null}',
        b'{"a":NaN}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\\ud800"}',
        b"[" * 15_000,
        b"\xff\xfe\x00",
        b"0" * 20_000,
    ],
    ids=range(13),
)
def test_a15_metadata_of_any_shape_is_refused_cleanly(
    origen: OrigenDePrueba, propio: Nodo, basura: bytes
) -> None:
    entregar(origen, propio, 1)
    antes = huellas(propio.carpeta)
    (propio.config.buzon / "metadata/timestamp.json").write_bytes(basura)
    with pytest.raises(ErrorDeConfianza):
        ronda(propio)
    assert huellas(propio.carpeta) == antes


def test_a13_a_key_replaced_in_the_night_is_taken_and_the_old_one_refused(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    entregar(origen, propio, 1)
    robada = origen.llaves.timestamp
    rotar_timestamp(origen)
    assert entregar(origen, propio, 2).corte == 2
    assert len(prueba.leer((propio.carpeta / "prueba.json").read_bytes()).raices) == 2
    ruta = propio.config.buzon / "metadata/timestamp.json"
    timestamp = Metadata[Timestamp].from_bytes(ruta.read_bytes())
    timestamp.signed.version += 100
    timestamp.sign(robada)
    ruta.write_bytes(timestamp.to_bytes())
    with pytest.raises(ErrorDeConfianza):
        ronda(propio)


def firmar_fuera_de_linea(origen: OrigenDePrueba, metadata: Metadata[Root] | Metadata[Targets]) -> None:
    """Sign with the offline keys of the ceremony."""
    metadata.signatures.clear()
    for pem in (origen.repositorio.carpeta.parent / "llaves").glob("root-*.pem"):
        llave = load_pem_private_key(pem.read_bytes(), None)
        assert isinstance(llave, Ed25519PrivateKey)
        metadata.sign(CryptoSigner(llave), append=True)


def rotar_timestamp(origen: OrigenDePrueba) -> None:
    """Sign a second root that revokes the timestamp's key and names a new one."""
    nueva = CryptoSigner.generate_ed25519()
    carpeta = origen.repositorio.carpeta
    root = Metadata[Root].from_bytes(origen.raiz.read_bytes())
    root.signed.version = 2
    root.signed.revoke_key(origen.llaves.timestamp.public_key.keyid, "timestamp")
    root.signed.add_key(nueva.public_key, "timestamp")
    firmar_fuera_de_linea(origen, root)
    (carpeta / "metadata/2.root.json").write_bytes(root.to_bytes())
    timestamp = Metadata[Timestamp].from_bytes((carpeta / "metadata/timestamp.json").read_bytes())
    timestamp.signed.version += 1
    timestamp.sign(nueva)
    (carpeta / "metadata/timestamp.json").write_bytes(timestamp.to_bytes())
    origen.llaves = replace(origen.llaves, timestamp=nueva)
    origen.repositorio = Repositorio(carpeta, origen.llaves, ROL)


def test_d6_whatever_the_order_of_arrival_only_the_newest_stays(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    for numero in (1, 2, 3):
        origen.publicar(numero)
        origen.entregar(tmp_path / f"e{numero}")
    for numero in (2, 3, 2, 2, 1, 3):
        shutil.copytree(tmp_path / f"e{numero}", propio.config.buzon, dirs_exist_ok=True)
        try:
            ronda(propio)
        except ErrorDeConfianza:
            assert numero < 3
    assert propio.releases.activo() == 3


def test_a_cause_is_written_once(origen: OrigenDePrueba, propio: Nodo, tmp_path: Path) -> None:
    entregar(origen, propio, 1)
    falso = OrigenDePrueba(tmp_path / "falso")
    for numero in (1, 2, 3):
        falso.publicar(numero)
    for _ in range(3):
        falso.entregar(propio.config.buzon)
        with pytest.raises(ErrorDeConfianza):
            ronda(propio)
    assert actos(propio).count("rechazado") == 1


def test_g9_a_suspension_in_the_list_is_obeyed_without_a_corte(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    origen.latido({"d1": Estado.SUSPENDIDO})
    origen.entregar(propio.config.buzon)
    assert ronda(propio).resultado is Resultado.AL_DIA
    assert propio.estado.difusor is Estado.SUSPENDIDO
    assert b"suspendido" in (propio.carpeta / "difusores.html").read_bytes()


def test_g9_list_and_live_proof_agree_while_a_corte_is_being_made(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    entregar(origen, propio, 1)
    origen.latido({"d1": Estado.RECONEXION})
    origen.publicar(2)
    origen.entregar(propio.config.buzon)
    objeto_nuevo(origen, propio).unlink()
    assert ronda(propio).resultado is Resultado.PENDIENTE
    viva = prueba.leer((propio.carpeta / "prueba.json").read_bytes())
    assert viva.difusores == (propio.carpeta / "difusores.json").read_bytes()


def test_a21_an_altered_list_is_refused(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    origen.latido({"d1": Estado.SUSPENDIDO})
    origen.entregar(propio.config.buzon)
    lista = next((propio.config.buzon / f"targets/{ROL}").glob("*.difusores.json"))
    lista.write_bytes(lista.read_bytes().replace(b"suspendido", b"conectado!"))
    with pytest.raises(ErrorDeConfianza):
        ronda(propio)
    assert propio.estado.difusor is None
    assert not (propio.carpeta / "difusores.json").exists()


@pytest.fixture
def disco_chico(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB."""
    carpeta = tmp_path / "chico"
    carpeta.mkdir()
    montaje = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(carpeta)], capture_output=True, check=False
    )
    if montaje.returncode != 0:
        pytest.skip("montar un disco chico pide ser root")
    yield carpeta
    subprocess.run(["umount", "-l", str(carpeta)], check=True)


def test_d11_without_room_for_two_cortes_the_old_one_stays(
    origen: OrigenDePrueba, disco_chico: Path, tmp_path: Path
) -> None:
    ruta = escribir_nodo(disco_chico, origen.raiz, rol=ROL, resto=f'buzon = "{tmp_path / "buzon"}"\n')
    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as propio:
        entregar(origen, propio, 1)
        origen.publicar(2, archivos=paginas(2) | {"grande.bin": os.urandom(90_000)})
        origen.entregar(propio.config.buzon)
        with pytest.raises(ErrorDeAlmacen, match="libere espacio"):
            ronda(propio)
        assert propio.releases.activo() == 1
        assert entregar(origen, propio, 3).corte == 3


class NoEsElTurno(Par):
    def turno(self, numero: int, *, segundos: float = 0.0) -> bool:
        del numero, segundos
        return False


def test_d11_a_corte_that_only_waits_for_the_other_node_needs_no_more_room(
    origen: OrigenDePrueba, disco_chico: Path, tmp_path: Path
) -> None:
    ruta = escribir_nodo(disco_chico, origen.raiz, rol=ROL, resto=f'buzon = "{tmp_path / "buzon"}"\n')
    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as propio:
        entregar(origen, propio, 1)
        propio.par = NoEsElTurno(ConfigPar(url="http://127.0.0.1:9", principal=True), lambda: 1)
        origen.publicar(2, archivos=paginas(2) | {"grande.bin": os.urandom(16_000)})
        origen.entregar(propio.config.buzon)
        assert ronda(propio).resultado is Resultado.PENDIENTE
        assert shutil.disk_usage(disco_chico).free < 32_000  # twice its size no more
        propio.par = None

        assert ronda(propio).corte == 2


def test_f3_a_disk_that_fills_up_midway_leaves_the_old_corte(
    origen: OrigenDePrueba, disco_chico: Path, tmp_path: Path
) -> None:
    ruta = escribir_nodo(disco_chico, origen.raiz, rol=ROL, resto=f'buzon = "{tmp_path / "buzon"}"\n')
    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as propio:
        entregar(origen, propio, 1)
        relleno = disco_chico / "relleno"
        relleno.write_bytes(bytes(shutil.disk_usage(disco_chico).free - 8192))
        with pytest.raises(ErrorDeAlmacen):
            entregar(origen, propio, 2)
        assert propio.releases.activo() == 1
        relleno.unlink()
        assert ronda(propio).corte == 2


def test_f4_a_list_that_the_disk_does_not_give_takes_no_notice_away(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    origen.latido({"d1": Estado.SUSPENDIDO})
    entregar(origen, propio, 1)
    with (propio.carpeta / "difusores.json").open("ab") as lista:
        lista.truncate(10_000_000)  # as little to be read as with EIO
    with pytest.raises(ErrorDeAlmacen):
        propio.leer_lista()
    propio.poner_en_orden()
    assert propio.estado.difusor is Estado.SUSPENDIDO


def test_only_the_last_cortes_are_kept(origen: OrigenDePrueba, propio: Nodo) -> None:
    for numero in range(1, 16):
        entregar(origen, propio, numero)
    assert propio.releases.numeros() == tuple(range(4, 16))
    assert len(list(propio.objetos)) < 30


def test_d15_two_processes_on_one_folder(configuracion: ConfigNodo, propio: Nodo) -> None:
    assert propio.releases.activo() is None
    with pytest.raises(ErrorDeAlmacen, match="otro proceso"), nodo.abrir(configuracion):
        pass


def test_b6_what_is_served_is_read_only_whatever_the_umask(origen: OrigenDePrueba, propio: Nodo) -> None:
    anterior = os.umask(0o077)
    try:
        entregar(origen, propio, 1)
    finally:
        os.umask(anterior)
    assert (propio.carpeta / "cortes/1/index.html").stat().st_mode & 0o777 == 0o444
    assert (propio.carpeta / "cortes/1/diputaciones").stat().st_mode & 0o777 == 0o755


def test_identity_of_the_active_corte_is_the_manifest_s_hash(origen: OrigenDePrueba, propio: Nodo) -> None:
    manifest = origen.publicar(1)
    origen.entregar(propio.config.buzon)
    ronda(propio)
    activo = propio.activo()
    assert activo is not None
    assert activo.sha256 == identidad(manifest)
