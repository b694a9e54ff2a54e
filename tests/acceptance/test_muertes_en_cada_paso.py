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

from pregon.node import config, nodo
from pregon.node.config import ConfigNodo
from pregon.node.receive import recibir
from pregon.origin import custodia, llaves
from pregon.origin.repositorio import Repositorio
from pregon.paquete import manifest as manifests
from pregon.paquete import prueba as pruebas
from pregon.storage.bitacora import Bitacora
from pregon.storage.objetos import Objetos
from pregon.storage.releases import Releases
from pregon.testing.custodios import cambiar, rotar
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import OrigenDePrueba
from pregon.testing.paquetes import ROL, VIDA, ahora, noche, paquete, publicar
from pregon.transport.carpeta import CarpetaFetcher

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


def test_f1_a13_the_origin_takes_new_keys_in(tmp_path: Path) -> None:
    """As found after each death it publishes, by the old keys or by the new; done again, it is done."""
    noche(tmp_path / "noche", cortes=1)
    raiz = (tmp_path / "noche/raiz.json").read_bytes()
    cadena, nuevas = cambiar(
        tmp_path / "noche",
        en_linea=["snapshot", "timestamp"],
        roles=[ROL],
        custodios={"root-3": None, "carla": custodia.nueva()},
    )
    vistas = set()
    for base in _muertes(tmp_path / "noche", lambda base: llaves.instalar(base, cadena, nuevas)):
        repositorio = _abierto(base)
        repositorio.latido(ahora=ahora(), vence=ahora() + VIDA)
        prueba = pruebas.leer((base / "repositorio/prueba.json").read_bytes())
        pruebas.verificar(prueba, raiz=raiz, rol=ROL, ahora=ahora())
        vistas.add(len(prueba.raices))
        llaves.instalar(base, cadena, nuevas)
        repositorio.latido(ahora=ahora(), vence=ahora() + VIDA)
        prueba = pruebas.leer((base / "repositorio/prueba.json").read_bytes())
        pruebas.verificar(prueba, raiz=raiz, rol=ROL, ahora=ahora())
        assert len(prueba.raices) == 2
        assert {p.name for p in (base / "llaves").glob(f"{ROL}*")} == {
            f"{ROL}.{nuevas[ROL].public_key.keyid[:16]}.pem"
        }
    assert vistas == {1, 2}


@pytest.mark.full
@pytest.mark.timeout(900)
def test_f1_a13_a5_a_node_takes_new_keys_in(tmp_path: Path) -> None:
    """A thief's corte is active when the new root arrives: dead at any step, the next round ends it."""
    origen = OrigenDePrueba(tmp_path / "origen")
    origen.publicar(1)
    escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    _recibir(tmp_path / "nodo", origen)
    shutil.copytree(tmp_path / "origen", tmp_path / "antes")
    origen.publicar(9)
    _recibir(tmp_path / "nodo", origen)
    bueno = OrigenDePrueba.reabierto(tmp_path / "antes")
    rotar(tmp_path / "antes", "snapshot", "timestamp", ROL)
    bueno.publicar(2)
    bueno.entregar(tmp_path / "nodo/buzon")
    muertes = 0
    for base in _muertes(tmp_path / "nodo", _recibir):
        muertes += 1
        assert _recibir(base) == 2
        with nodo.abrir(_configuracion(base)) as propio:
            assert propio.releases.numeros() == (1, 2)
    assert muertes > 100


def _configuracion(base: Path) -> ConfigNodo:
    return config.leer((base / "nodo.toml").read_text(encoding="utf-8"), archivo=base / "nodo.toml")


def _recibir(base: Path, origen: OrigenDePrueba | None = None) -> int | None:
    """Start a node, let it take its inbox in, and return its corte."""
    configuracion = _configuracion(base)
    if origen is not None:
        origen.entregar(configuracion.buzon)
    with nodo.abrir(configuracion) as propio:
        return recibir(propio, CarpetaFetcher(configuracion.buzon, buzon=True), ahora=ahora()).corte
