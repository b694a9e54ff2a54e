"""Death at every step of holding and releasing: the next life tells it once and loses nothing (F1).

Not by fork, as elsewhere: the columnar engine has threads. From the k-th change of a name on the disk on,
every one raises, so that no `finally` can do what a killed process could not.
"""

import copy
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pregon.paquete.bitacora import Acto
from pregon.testing.jornada import Noche

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
_EVENTOS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"}
_ESCRITURA = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Muerte(BaseException):
    """What nobody catches."""


class Verdugo:
    """Kills at a step that is told to it; lets live otherwise."""

    def __init__(self) -> None:
        self._restan = 0
        sys.addaudithook(self._mirar)  # never removed: without steps it does nothing

    def matar(self, paso: int, accion: Callable[[], object]) -> bool:
        """Return whether `accion` had as many steps."""
        self._restan = paso
        try:
            accion()
        except Muerte:
            return True
        finally:
            self._restan = 0
        return False

    def _mirar(self, evento: str, detalle: tuple[Any, ...]) -> None:
        cambia = evento in _EVENTOS or (evento == "open" and (detalle[2] or 0) & _ESCRITURA)
        if self._restan and cambia:
            if self._restan == 1:
                raise Muerte
            self._restan -= 1


VERDUGO = Verdugo()


@pytest.fixture
def noche(tmp_path: Path) -> Noche:
    """One corte is published, the second is due and its input is torn."""
    noche = Noche(tmp_path / "noche")
    noche.admitir("ana", "luis")
    noche.a_la_hora(1)
    noche.origen().paso()
    noche.a_la_hora(2)
    noche.fuente.causas = ("DIP_LOC.csv: el archivo termina a media fila",)
    return noche


def _muertes(noche: Noche, accion: Callable[[Noche], object], *, cada: int = 1) -> Iterator[Noche]:
    """Yield the night after each possible death of `accion`, and after none."""
    for paso in count(1, cada):
        otra = copy.copy(noche)
        otra.carpeta = noche.carpeta.with_name("muerta")
        shutil.copytree(noche.carpeta, otra.carpeta)
        murio = VERDUGO.matar(paso, partial(accion, otra))
        yield otra
        shutil.rmtree(otra.carpeta)
        if not murio:
            assert paso > 5
            return


def _paso(noche: Noche) -> None:
    noche.origen().paso()


def test_f1_a_hold(noche: Noche) -> None:
    for otra in _muertes(noche, _paso):
        _paso(otra)

        retenido = otra.retenido()
        assert retenido is not None
        assert retenido.desde == otra.cadencia.debido(2)
        assert otra.publicado() == 1
        assert len(otra.actos(Acto.RETENIDO)) == 1


def test_f1_a_release(noche: Noche) -> None:
    _paso(noche)
    noche.firmar("ana")
    noche.firmar("luis")

    for otra in _muertes(noche, _paso, cada=9):
        _paso(otra)

        assert otra.publicado() == 2
        assert otra.retenido() is None
        assert len(otra.actos(Acto.LIBERADO)) == 1
        assert [d["numero"] for d in otra.actos("publicación")] == [1, 2]
