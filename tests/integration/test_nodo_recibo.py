"""The receipt that a node leaves after each round: its key, when it is written, and where."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfianza
from pregon.node import config, nodo
from pregon.node import recibo as recibos
from pregon.node.nodo import Nodo
from pregon.node.receive import Resultado, recibir
from pregon.node.recibo import LLAVE, NOMBRE, Emisor
from pregon.paquete import recibo
from pregon.paquete.recibo import Recibo
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher


@pytest.fixture
def propio(tmp_path: Path, origen: OrigenDePrueba) -> Iterator[Nodo]:
    ruta = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as abierto:
        yield abierto


def ronda(propio: Nodo, emisor: Emisor, *, tras: float = 0.0) -> bytes:
    """Receive once, `tras` seconds later than now; return the receipt that stands afterwards."""
    ahora = datetime.now(UTC) + timedelta(seconds=tras)
    try:
        recibir(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=ahora)
    finally:
        emisor.tras_ronda(ahora)
    return (propio.carpeta / NOMBRE).read_bytes()


def leido(datos: bytes) -> Recibo:
    return recibo.leer(datos)[0]


def test_before_the_first_corte_everything_is_asked_for(propio: Nodo) -> None:
    primero = leido(ronda(propio, Emisor(propio)))

    assert (primero.nodo, primero.rol, primero.corte, primero.entero) == ("d1", ROL, None, True)


def test_a_corte_activated_is_told_at_once_and_left_in_the_inbox(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    emisor = Emisor(propio)
    ronda(propio, emisor)
    origen.publicar(1)
    origen.entregar(propio.config.buzon)

    datos = ronda(propio, emisor)

    activo = propio.activo()
    assert activo is not None
    dicho = leido(datos)
    assert (dicho.corte, dicho.manifest, dicho.entero) == (1, activo.sha256, False)
    assert dicho.activado is not None
    assert abs(dicho.activado - dicho.emitido) < timedelta(seconds=5)
    assert (propio.config.buzon / NOMBRE).read_bytes() == datos


def test_a_round_without_news_writes_one_per_period(origen: OrigenDePrueba, propio: Nodo) -> None:
    emisor = Emisor(propio)
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    primero = ronda(propio, emisor)

    assert ronda(propio, emisor, tras=590) == primero
    assert leido(ronda(propio, emisor, tras=610)).emitido > leido(primero).emitido


def test_e2_a_clock_that_was_set_back_does_not_silence_it(origen: OrigenDePrueba, propio: Nodo) -> None:
    emisor = Emisor(propio)
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    ronda(propio, emisor, tras=7200)

    assert leido(ronda(propio, emisor)).emitido < datetime.now(UTC) + timedelta(seconds=5)


def test_a_refusal_is_told_once(origen: OrigenDePrueba, propio: Nodo, tmp_path: Path) -> None:
    emisor = Emisor(propio)
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    antes = ronda(propio, emisor)
    falso = OrigenDePrueba(tmp_path / "falso")
    for numero in (1, 2, 3):
        falso.publicar(numero)

    recibidos = []
    for segundos in (5, 10):
        falso.entregar(propio.config.buzon)
        with pytest.raises(ErrorDeConfianza):
            ronda(propio, emisor, tras=segundos)
        recibidos.append((propio.carpeta / NOMBRE).read_bytes())

    assert recibidos[0] == recibidos[1] != antes
    assert leido(recibidos[0]).corte == 1


def test_the_key_is_secret_and_the_same_after_a_restart(propio: Nodo) -> None:
    _, antes = recibo.leer(ronda(propio, Emisor(propio)))

    _, despues = recibo.leer(ronda(propio, Emisor(propio), tras=3600))

    assert antes == despues
    assert stat.S_IMODE((propio.carpeta / LLAVE).stat().st_mode) == 0o600


@pytest.mark.parametrize("dano", ["perdida", "ilegible"])
def test_a_key_that_is_gone_gives_way_to_another_and_the_book_says_so(propio: Nodo, dano: str) -> None:
    _, antes = recibo.leer(ronda(propio, Emisor(propio)))
    ruta = propio.carpeta / LLAVE
    ruta.unlink() if dano == "perdida" else ruta.write_bytes(b"basura")

    _, despues = recibo.leer(ronda(propio, Emisor(propio)))

    asiento = propio.bitacora.leer()[-1]
    assert despues != antes
    assert (asiento.acto, asiento.datos) == ("llave", {"publica": despues, "anterior": antes})
    apartadas = [p.read_bytes() for p in propio.carpeta.glob(f"{LLAVE}.ilegible-*")]
    assert apartadas == ([] if dano == "perdida" else [b"basura"])


def test_everything_is_asked_for_until_it_was_verified(origen: OrigenDePrueba, propio: Nodo) -> None:
    emisor = Emisor(propio)
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    ronda(propio, emisor)
    propio.recordar(entero=True)  # a delta failed
    propio.recordar(pendiente="falta un objeto")
    assert leido(ronda(propio, emisor)).entero

    propio.recordar(pendiente="")

    assert not leido(ronda(propio, emisor)).entero


def test_f3_a_folder_that_cannot_hold_a_receipt_stops_nothing(origen: OrigenDePrueba, propio: Nodo) -> None:
    (propio.carpeta / NOMBRE).mkdir()
    (propio.config.buzon / NOMBRE).mkdir(parents=True)
    origen.publicar(1)
    origen.entregar(propio.config.buzon)

    Emisor(propio).tras_ronda(datetime.now(UTC))

    assert (
        recibir(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC)).resultado
        is Resultado.ACTIVADO
    )


@pytest.mark.parametrize("reinicio", [False, True], ids=["en marcha", "tras un reinicio"])
@pytest.mark.parametrize("dano", ["otra", "falta", "tubo"])
def test_f1_the_copy_in_the_inbox_is_put_back(
    origen: OrigenDePrueba, propio: Nodo, dano: str, *, reinicio: bool
) -> None:
    emisor, copia = Emisor(propio), propio.config.buzon / NOMBRE
    origen.publicar(1)
    origen.entregar(propio.config.buzon)
    datos = ronda(propio, emisor)
    copia.unlink()
    if dano == "otra":
        copia.write_bytes(b"{}")
    if dano == "tubo":
        os.mkfifo(copia)

    ronda(propio, Emisor(propio) if reinicio else emisor)

    assert copia.is_file()
    assert copia.read_bytes() == datos


def test_b2_a_link_planted_in_the_inbox_is_replaced_not_followed(propio: Nodo, tmp_path: Path) -> None:
    ajeno = tmp_path / "ajeno"
    ajeno.write_bytes(b"de otro")
    propio.config.buzon.mkdir(parents=True)
    (propio.config.buzon / NOMBRE).symlink_to(ajeno)

    datos = ronda(propio, Emisor(propio))

    assert ajeno.read_bytes() == b"de otro"
    assert (propio.config.buzon / NOMBRE).read_bytes() == datos


def test_the_code_read_out_on_the_telephone_is_of_the_bytes_served(propio: Nodo) -> None:
    datos = ronda(propio, Emisor(propio))

    ultimo = recibos.leer(propio.carpeta)

    assert ultimo is not None
    assert ultimo[2] == recibos.codigo(datos)
    assert len(ultimo[2]) == 9
