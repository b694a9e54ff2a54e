"""A node and the public log: one history, kept, caught up with, and defended (A20, A2)."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pregon.errors import Alterado, ErrorDeConfianza, Rechazado
from pregon.node import nodo
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.receive import Recibido, recibir
from pregon.paquete import prueba as pruebas
from pregon.paquete import registro
from pregon.paquete.difusores import Estado
from pregon.paquete.registro import Historia
from pregon.testing.origen import ROL, OrigenDePrueba, paginas
from pregon.testing.paquetes import rotar
from pregon.transport.carpeta import CarpetaFetcher


def ronda(propio: Nodo) -> Recibido:
    return recibir(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC))


def entregar(origen: OrigenDePrueba, propio: Nodo, *numeros: int) -> Recibido:
    for numero in numeros:
        origen.publicar(numero)
    origen.entregar(propio.config.buzon)
    return ronda(propio)


def otra_historia(origen: OrigenDePrueba, carpeta: Path, *numeros: int) -> OrigenDePrueba:
    """Return the same institute saying something else from here on, at newer versions of its metadata."""
    doble = origen.doble(carpeta)
    for turno in range(6):
        doble.latido({"uno": Estado.ACTIVO if turno % 2 else Estado.DEMORADO})
    for numero in numeros:
        doble.publicar(numero, archivos=paginas(numero) | {"corte.json": b'{"otro":%d}' % numero})
    return doble


def historia(propio: Nodo) -> Historia:
    """Return what the node keeps, as a reader checks it."""
    viva = pruebas.leer((propio.carpeta / "prueba.json").read_bytes())
    llaves = pruebas.llaves(viva.raices, viva.targets, raiz=propio.raiz, rol=ROL)
    cabeza = registro.verificar((propio.carpeta / "checkpoint.txt").read_bytes(), *llaves)
    return registro.historia(cabeza, registro.separar((propio.carpeta / "registro.txt").read_bytes()))


def guardado(propio: Nodo) -> tuple[int | None, bytes, bytes]:
    return (
        propio.releases.activo(),
        (propio.carpeta / "checkpoint.txt").read_bytes(),
        (propio.carpeta / "registro.txt").read_bytes(),
    )


def causas(propio: Nodo) -> list[str]:
    return [a.datos["causa"] for a in propio.bitacora.leer() if a.acto == "rechazado"]


def test_a_node_keeps_the_log_that_the_origin_published(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 0, 1)
    entregar(origen, propio, 2)

    publicado = origen.registro()
    assert guardado(propio) == (2, publicado["checkpoint"], publicado["registro"])
    assert [e.numero for e in registro.leer_entradas(historia(propio).lineas)] == [0, 1, 2]


@pytest.mark.parametrize("antes", [0, 1])
def test_a_node_that_joins_late_or_missed_cortes_catches_up(
    origen: OrigenDePrueba, propio: Nodo, antes: int
) -> None:
    for numero in range(1, antes + 1):
        entregar(origen, propio, numero)

    assert entregar(origen, propio, *range(antes + 1, 8)).corte == 7

    assert len(historia(propio).lineas) == 7


def test_a_heartbeat_leaves_the_log_as_it_was(origen: OrigenDePrueba, propio: Nodo) -> None:
    entregar(origen, propio, 1)
    antes = guardado(propio)
    origen.latido()
    origen.entregar(propio.config.buzon)

    ronda(propio)

    assert guardado(propio) == antes


@pytest.mark.parametrize(
    ("verdad", "mentira", "causa"),
    [
        ((1, 2), (2, 3), "hay dos historias firmadas: la entrada 1 .*corte 2.* ahora es «corte 2"),
        ((1, 2), (2, 4), "hay dos historias firmadas: la entrada 1"),
        ((1, 2), (4, 5), "hay dos historias firmadas: la entrada 1 .*corte 2.* ahora es «corte 4"),
        ((1, 2), (2,), "hay dos historias firmadas: la entrada 1"),
        ((1, 2, 3), (5,), "hay dos historias firmadas: .*tiene 2 entradas y este nodo guardó 3"),
    ],
)
def test_a20_another_history_of_the_same_keys_is_refused(
    origen: OrigenDePrueba,
    propio: Nodo,
    tmp_path: Path,
    verdad: tuple[int, ...],
    mentira: tuple[int, ...],
    causa: str,
) -> None:
    entregar(origen, propio, verdad[0])
    doble = otra_historia(origen, tmp_path / "doble", *mentira)
    for numero in verdad[1:]:
        entregar(origen, propio, numero)
    antes = guardado(propio)
    shutil.rmtree(propio.config.buzon)

    for _ in range(2):
        doble.entregar(propio.config.buzon)
        with pytest.raises(Rechazado, match=causa):
            ronda(propio)

    assert guardado(propio) == antes
    assert len(causas(propio)) == 1
    assert list(propio.tuf.glob("tmp*")) == []


def test_a20_two_roots_of_one_size_need_no_entries_to_be_told(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    entregar(origen, propio, 1)
    doble = otra_historia(origen, tmp_path / "doble", 2)
    entregar(origen, propio, 2)
    shutil.rmtree(propio.config.buzon)
    doble.entregar(propio.config.buzon)
    shutil.rmtree(propio.config.buzon / "registro")

    with pytest.raises(Rechazado, match="dos raíces para las mismas 2 entradas"):
        ronda(propio)


def test_a20_another_history_over_an_inbox_that_holds_ours_is_told_at_the_second_delivery(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    entregar(origen, propio, 1)
    doble = otra_historia(origen, tmp_path / "doble", 2, 3)
    entregar(origen, propio, 2)
    antes = guardado(propio)

    doble.entregar(propio.config.buzon)
    with pytest.raises(Alterado, match="o son de otra historia"):
        ronda(propio)
    doble.entregar(propio.config.buzon)
    with pytest.raises(Rechazado, match="hay dos historias firmadas: la entrada 1"):
        ronda(propio)

    assert guardado(propio) == antes


def test_a20_a_log_that_denies_the_active_corte_is_refused_even_if_ours_was_lost(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    entregar(origen, propio, 1)
    doble = otra_historia(origen, tmp_path / "doble", 2, 3)
    entregar(origen, propio, 2)
    for nombre in ("registro.txt", "checkpoint.txt"):
        (propio.carpeta / nombre).unlink()
    shutil.rmtree(propio.config.buzon)
    doble.entregar(propio.config.buzon)

    with pytest.raises(Rechazado, match="el registro público no lleva el corte 2"):
        ronda(propio)

    assert propio.releases.activo() == 2


@pytest.mark.parametrize(
    ("mentira", "causa"),
    [
        ({"raiz": bytes(32)}, "el corte 2 no es el que lleva el registro"),
        ({"sha256": "f" * 64}, "no lleva el corte 2 .* sino ffffffffffff: hay dos distintos"),
    ],
)
def test_a20_a_corte_whose_entry_says_something_else_is_refused(
    origen: OrigenDePrueba,
    propio: Nodo,
    monkeypatch: pytest.MonkeyPatch,
    mentira: dict[str, Any],
    causa: str,
) -> None:
    entregar(origen, propio, 1)
    antes = guardado(propio)
    real = registro.entrada
    with monkeypatch.context() as parche:
        # Whoever holds the keys writes what it likes; our own origin cannot be asked to.
        parche.setattr(
            registro,
            "entrada",
            lambda corte, sha256, raiz: real(corte, **{"sha256": sha256, "raiz": raiz} | mentira),
        )
        origen.publicar(2)
        origen.entregar(propio.config.buzon)
    with pytest.raises(Rechazado, match=causa):
        ronda(propio)

    assert guardado(propio) == antes


def test_a20_a_corte_without_a_public_log_is_refused(
    origen: OrigenDePrueba, propio: Nodo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as parche:
        parche.setattr(registro, "objetivo", lambda rol: f"{rol}/otro")
        origen.publicar(1)
        origen.entregar(propio.config.buzon)

    with pytest.raises(Rechazado, match="no lleva el registro público"):
        ronda(propio)

    assert propio.releases.activo() is None


@pytest.mark.parametrize("mal", [b"", b"x" * 257, b"1 - x\n"])
@pytest.mark.parametrize("posicion", [1, 2])
def test_a17_an_entry_that_arrives_altered_is_dropped_and_comes_again(
    origen: OrigenDePrueba, propio: Nodo, posicion: int, mal: bytes
) -> None:
    entregar(origen, propio, 1)
    origen.publicar(2)
    origen.publicar(3)
    origen.entregar(propio.config.buzon)
    (propio.config.buzon / registro.ruta(ROL, posicion)).write_bytes(mal)

    with pytest.raises(ErrorDeConfianza):
        ronda(propio)
    assert (propio.releases.activo(), len(historia(propio).lineas)) == (1, 1)
    origen.entregar(propio.config.buzon)

    assert ronda(propio).corte == 3
    assert len(historia(propio).lineas) == 3


def test_b5_one_bit_of_an_entry_is_told_as_altered(origen: OrigenDePrueba, propio: Nodo) -> None:
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    entrada = propio.config.buzon / registro.ruta(ROL, 0)
    entrada.write_bytes(entrada.read_bytes().replace(b"a", b"b", 1))

    with pytest.raises(Alterado, match="no dan la raíz firmada"):
        ronda(propio)

    assert not entrada.exists()
    assert not (propio.carpeta / "registro.txt").exists()


def test_an_entry_that_is_not_there_yet_is_a_delivery_in_course(origen: OrigenDePrueba, propio: Nodo) -> None:
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    entrada = (propio.config.buzon / registro.ruta(ROL, 0)).read_bytes()
    (propio.config.buzon / registro.ruta(ROL, 0)).unlink()

    assert ronda(propio).corte is None
    (propio.config.buzon / registro.ruta(ROL, 0)).write_bytes(entrada)

    assert ronda(propio).corte == 1


def test_a2_old_evidence_survives_a_restored_backup(
    origen: OrigenDePrueba, configuracion: ConfigNodo, tmp_path: Path
) -> None:
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 1)
        doble = otra_historia(origen, tmp_path / "doble", 2, 3, 4, 5)
        entregar(origen, propio, 2)
    shutil.copytree(configuracion.carpeta, tmp_path / "respaldo", symlinks=True)
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 3)
    shutil.rmtree(configuracion.carpeta)
    shutil.copytree(tmp_path / "respaldo", configuracion.carpeta, symlinks=True)

    with nodo.abrir(configuracion) as propio:
        doble.entregar(tmp_path / "otro")
        ajeno = replace(configuracion, buzon=tmp_path / "otro")
        with pytest.raises(Rechazado, match="dos historias"):
            recibir(propio, CarpetaFetcher(ajeno.buzon), ahora=datetime.now(UTC))
        assert len(historia(propio).lineas) == 2


def test_a2_a_restored_node_catches_up_with_the_truth(
    origen: OrigenDePrueba, configuracion: ConfigNodo, tmp_path: Path
) -> None:
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 1)
    shutil.copytree(configuracion.carpeta, tmp_path / "respaldo", symlinks=True)
    with nodo.abrir(configuracion) as propio:
        entregar(origen, propio, 2, 3)
    shutil.rmtree(configuracion.carpeta)
    shutil.copytree(tmp_path / "respaldo", configuracion.carpeta, symlinks=True)

    with nodo.abrir(configuracion) as propio:
        assert entregar(origen, propio, 4).corte == 4
        assert len(historia(propio).lineas) == 4


@pytest.mark.parametrize("nombre", ["registro.txt", "checkpoint.txt"])
@pytest.mark.parametrize("dano", [None, b"", b"\xff\n"])
def test_b5_a_log_damaged_at_rest_is_brought_again(
    origen: OrigenDePrueba, propio: Nodo, nombre: str, dano: bytes | None
) -> None:
    entregar(origen, propio, 1)
    if dano is None:
        (propio.carpeta / nombre).unlink()
    else:
        (propio.carpeta / nombre).write_bytes(dano)

    entregar(origen, propio, 2)

    assert len(historia(propio).lineas) == 2


def test_f1_a_list_that_runs_ahead_of_its_checkpoint_is_no_other_history(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    entregar(origen, propio, 1)
    origen.publicar(2)
    (propio.carpeta / "registro.txt").write_bytes(origen.registro()["registro"])
    assert len(historia(propio).lineas) == 1

    assert entregar(origen, propio, 3).corte == 3

    assert len(historia(propio).lineas) == 3


def test_a12_after_a_rotation_of_the_key_the_node_goes_on_with_its_list(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    entregar(origen, propio, 1)
    antes = guardado(propio)
    origen.repositorio = rotar(origen.repositorio)
    origen.latido()
    origen.entregar(propio.config.buzon)
    ronda(propio)
    rotado = guardado(propio)

    assert entregar(origen, propio, 2).corte == 2

    assert (rotado[1] != antes[1], rotado[2] == antes[2]) == (True, True)
    assert len(historia(propio).lineas) == 2
