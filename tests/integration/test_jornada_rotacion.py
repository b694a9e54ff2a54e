"""The night's loop takes new keys up with its next act, without a restart (A13)."""

from datetime import UTC, datetime
from pathlib import Path

from tuf.api.metadata import Metadata, Timestamp

from pregon.origin.cierre import CIERRE, FALLA
from pregon.paquete import prueba
from pregon.storage.bitacora import Bitacora
from pregon.testing.custodios import rotar
from pregon.testing.jornada import CADA, CORTES, Noche


def test_a13_a_running_night_signs_with_the_new_keys_at_its_next_heartbeat(tmp_path: Path) -> None:
    noche = Noche(tmp_path, apertura=datetime.now(UTC).replace(microsecond=0))
    noche.a_la_hora(1)
    origen = noche.origen()
    origen.paso()
    rotar(tmp_path, "snapshot", "timestamp", noche.llaves.rol)

    noche.reloj.ahora += CADA / 2
    origen.paso()
    assert len(_prueba(tmp_path).raices) == 2
    noche.a_la_hora(2)
    origen.paso()

    assert noche.publicado() == 2
    raiz = noche.llaves.huella
    prueba.verificar(_prueba(tmp_path), raiz=raiz, rol=noche.llaves.rol, ahora=noche.reloj.ahora)
    assert FALLA not in {asiento.acto for asiento in Bitacora(tmp_path / "bitacora.jsonl", "x").leer()}


def test_a13_a_night_that_was_sealed_takes_new_keys_up_too_and_stays_valid_as_long(tmp_path: Path) -> None:
    noche = Noche(tmp_path, apertura=datetime.now(UTC).replace(microsecond=0))
    noche.a_la_hora(CORTES)
    origen = noche.origen()
    origen.paso()
    noche.reloj.ahora += 3 * CADA
    origen.paso()
    assert noche.actos(CIERRE)
    (latidos, vence), raiz = (noche.latidos(), _vence(tmp_path)), noche.llaves.huella
    noche.reloj.ahora += CADA
    origen.paso()
    assert noche.latidos() == latidos

    rotar(tmp_path, "snapshot", "timestamp", noche.llaves.rol)
    noche.reloj.ahora += CADA
    origen.paso()
    origen.paso()

    assert noche.latidos() > latidos
    latidos = noche.latidos()
    assert len(_prueba(tmp_path).raices) == 2
    assert _vence(tmp_path) == vence
    noche.reloj.ahora += 10 * CADA
    origen.paso()
    assert noche.latidos() == latidos
    prueba.verificar(_prueba(tmp_path), raiz=raiz, rol=noche.llaves.rol, ahora=noche.reloj.ahora)
    assert not noche.actos(FALLA)


def _vence(carpeta: Path) -> datetime:
    return Metadata[Timestamp].from_bytes(_prueba(carpeta).timestamp).signed.expires


def _prueba(carpeta: Path) -> prueba.Prueba:
    return prueba.leer((carpeta / "repositorio/prueba.json").read_bytes())
