"""Kill −9 before every call that changes names on the disk, one by one, until none is left (F1).

The child is a fork that counts its own audit events and kills itself at the k-th.
"""

import functools
import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pregon.origin import llaves
from pregon.origin.repositorio import Repositorio
from pregon.paquete import manifest as manifests
from pregon.paquete import prueba as pruebas
from pregon.storage.bitacora import Bitacora
from pregon.storage.objetos import Objetos
from pregon.storage.releases import Releases
from pregon.testing.paquetes import ROL, VIDA, ahora, noche, paquete, publicar

_EVENTOS = {
    "os.rename",
    "os.link",
    "os.symlink",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "os.chmod",
}
_ESCRITURA = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_TOPE = 400
"""Steps: no operation here has so many."""


def _muertes(base: Path, accion: Callable[[Path], object]) -> Iterator[Path]:
    """Yield a fresh copy of `base` after each possible death of `accion` on it, and after none."""
    for paso in itertools.count(1):
        assert paso < _TOPE
        copia = base.parent / f"{base.name}-muerte"
        shutil.copytree(base, copia, symlinks=True)
        murio = _morir(paso, functools.partial(accion, copia))
        yield copia
        shutil.rmtree(copia)
        if not murio:
            assert paso > 5
            return


def _morir(paso: int, accion: Callable[[], object]) -> bool:
    hijo = os.fork()
    if hijo:
        _, estado = os.waitpid(hijo, 0)
        if os.WIFSIGNALED(estado):
            return True
        assert os.waitstatus_to_exitcode(estado) == 0
        return False
    try:
        cuenta = itertools.count(1)

        def contar(evento: str, detalle: tuple[Any, ...]) -> None:
            cambia = evento in _EVENTOS or (evento == "open" and detalle[2] & _ESCRITURA)
            if cambia and next(cuenta) == paso:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(contar)
        accion()
        os._exit(0)
    finally:
        os._exit(1)  # a child that failed never goes back into pytest


def _abierto(base: Path) -> Repositorio:
    return Repositorio(base / "repositorio", llaves.abrir(base, rol=ROL), ROL)


def test_f1_publishing_a_corte(tmp_path: Path) -> None:
    marca = noche(tmp_path / "noche", cortes=2).marca()
    raiz = (tmp_path / "noche/raiz.json").read_bytes()
    assert marca
    manifest, objetos = paquete(3, anterior=marca.sha256)

    def publica(base: Path) -> None:
        _abierto(base).publicar(
            manifest, objetos, lista_json=b"[3]", lista_html=b"3", ahora=ahora(), vence=ahora() + VIDA
        )

    vistos = set()
    for base in _muertes(tmp_path / "noche", publica):
        prueba = pruebas.leer((base / "repositorio/prueba.json").read_bytes())
        antes = pruebas.verificar(prueba, raiz=raiz, rol=ROL, ahora=ahora())
        vistos.add(antes.manifest.numero)
        assert (antes.manifest.numero, antes.difusores) in {(2, b'{"difusores":[]}'), (3, b"[3]")}
        publica(base)
        prueba = pruebas.leer((base / "repositorio/prueba.json").read_bytes())
        assert pruebas.verificar(prueba, raiz=raiz, rol=ROL, ahora=ahora()).manifest == manifest
    assert vistos == {2, 3}


def test_f1_the_ceremony(tmp_path: Path) -> None:
    (tmp_path / "nueva").mkdir()

    def ceremonia(base: Path) -> None:
        if not (base / "raiz.json").exists():
            llaves.ceremonia(base, rol=ROL, ahora=ahora(), vence=ahora() + 100 * VIDA)

    for base in _muertes(tmp_path / "nueva", ceremonia):
        ceremonia(base)
        publicar(_abierto(base), 1)


@pytest.mark.parametrize("nuevo", [2, 3])
def test_f1_activating_a_release(tmp_path: Path, nuevo: int) -> None:
    base = tmp_path / "nodo"

    def pon(base: Path, numero: int) -> None:
        objetos, releases = Objetos(base / "objetos"), Releases(base)
        releases.recover()
        mapa = {
            archivo.ruta: objetos.path(objetos.put(contenidos[numero][archivo.sha256]))
            for archivo in cortes[numero].archivos
        }
        releases.materialise(numero, mapa, {".well-known/pregon/prueba.json": b"{}"})
        releases.activate(numero)
        releases.prune(1)

    cortes = {numero: paquete(numero)[0] for numero in (1, 2, 3)}
    contenidos = {numero: paquete(numero)[1] for numero in (1, 2, 3)}
    pon(base, 1)
    vistos = set()
    for copia in _muertes(base, lambda base: pon(base, nuevo)):
        vistos.add(_activo_entero(copia, cortes))
        pon(copia, nuevo)
        assert _activo_entero(copia, cortes) == nuevo
        assert sorted(path.name for path in copia.iterdir()) == ["actual", "cortes", "objetos"]
        assert [path.name for path in (copia / "cortes").iterdir()] == [str(nuevo)]
    assert vistos == {1, nuevo}


def _activo_entero(base: Path, cortes: dict[int, manifests.Manifest]) -> int:
    """Return the active corte, once every file of it was found whole."""
    numero = Releases(base).activo()
    assert numero is not None
    for archivo in cortes[numero].archivos:
        assert manifests.huella((base / "actual" / archivo.ruta).read_bytes()) == archivo.sha256
    return numero


def test_f1_writing_in_the_bitacora(tmp_path: Path) -> None:
    hora = datetime(2026, 6, 8, tzinfo=UTC)
    Bitacora(tmp_path / "libro/b.jsonl", "origen").append(hora, "uno", "")
    with (tmp_path / "libro/b.jsonl").open("ab") as libro:
        libro.write(b'{"acto":"a medi')

    def apunta(base: Path) -> None:
        Bitacora(base / "b.jsonl", "origen").append(hora, "dos", "")

    for base in _muertes(tmp_path / "libro", apunta):
        assert [a.acto for a in Bitacora(base / "b.jsonl", "origen").leer()] in (["uno"], ["uno", "dos"])
        apunta(base)
        asientos = Bitacora(base / "b.jsonl", "origen").leer()
        assert [a.acto for a in asientos] in (["uno", "dos"], ["uno", "dos", "dos"])
