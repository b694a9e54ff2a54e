"""The model of the disk finds what textbooks say a power cut does, and nothing where there is nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pregon.storage import atomic
from pregon.testing import rastro
from pregon.testing.caidas import Archivo, Diario, Disco

pytestmark = pytest.mark.usefixtures("strace")
VIEJO, NUEVO = b"viejo", b"nuevo y mas largo"
TODO = {VIEJO, NUEVO, b"", bytes(len(NUEVO)), NUEVO[: len(NUEVO) // 2]}


def en_su_lugar(ruta: Path) -> None:
    ruta.write_bytes(NUEVO)


def sin_sincronizar(ruta: Path) -> None:
    aparte = ruta.with_name("aparte")
    aparte.write_bytes(NUEVO)
    aparte.replace(ruta)


def el_de_la_casa(ruta: Path) -> None:
    atomic.write(ruta, NUEVO)


def perdible(ruta: Path) -> None:
    atomic.write(ruta, NUEVO, perdible=True)


@pytest.mark.parametrize(
    ("escribir", "quedan", "al_final"),
    [
        (en_su_lugar, TODO, TODO),
        (sin_sincronizar, TODO, TODO),
        (perdible, {VIEJO, NUEVO}, {VIEJO, NUEVO}),
        (el_de_la_casa, {VIEJO, NUEVO}, {NUEVO}),
    ],
)
def test_f2_what_a_power_cut_leaves_of_one_file(
    tmp_path: Path, escribir: Callable[[Path], None], quedan: set[bytes], al_final: set[bytes]
) -> None:
    ruta = tmp_path / "archivo"
    ruta.write_bytes(VIEJO)
    diario = Diario.de(tmp_path)

    def accion() -> int:
        escribir(ruta)
        os.mkdir(tmp_path / "terminado")  # noqa: PTH102 — what comes after it was written
        return 0

    diario.anotar(tmp_path, rastro.seguir(accion).llamadas)
    caidas = list(diario.caidas(lambda disco: "terminado" in disco.arbol()))
    assert {_contenido(caida.disco) for caida in caidas} == quedan
    assert {_contenido(caida.disco) for caida in caidas if caida.visto} == al_final


def _contenido(disco: Disco) -> bytes | None:
    inodo = disco.arbol()["archivo"][1]
    assert isinstance(inodo, Archivo)
    return inodo.datos


def test_a_call_that_the_model_does_not_know_is_no_silence(tmp_path: Path) -> None:
    diario = Diario.de(tmp_path)

    def accion() -> int:
        os.mkfifo(tmp_path / "tubo")
        return 0

    with pytest.raises(NotImplementedError, match="mknod"):
        diario.anotar(tmp_path, rastro.seguir(accion).llamadas)
