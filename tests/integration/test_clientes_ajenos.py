"""What the institute publishes, judged by our node and by two clients of TUF that are not ours.

python-tuf's own updater with its own HTTP, and tuf-js on Node: both believe every corte of a night, and the
three give the verdict of the table (`pregon.testing.alteraciones`) on each way of tampering with it.
"""

import contextlib
import json
import select
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater

from pregon.errors import ErrorDeConfianza
from pregon.node import config, nodo
from pregon.node.receive import recibir
from pregon.origin import custodia
from pregon.origin.llaves import instalar
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import escribir, objetivo
from pregon.testing.alteraciones import (
    ALTERACIONES,
    NODO,
    PYTHON_TUF,
    TUF_JS,
    Alteracion,
    NocheFirmada,
    leer,
)
from pregon.testing.custodios import cambiar
from pregon.testing.mentiroso import Mentiroso
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.https import HttpsFetcher

pytestmark = pytest.mark.full


class Cliente(ABC):
    """A client whose whole memory is one folder, so that it can be copied."""

    @abstractmethod
    def nacer(self, carpeta: Path, raiz: Path, rol: str) -> None:
        """Begin with the trusted root and nothing more."""

    @abstractmethod
    def creer(self, carpeta: Path, url: str, rol: str, numero: int) -> bytes | None:
        """Bring list and corte from there; return the manifest that it now holds as `numero`, if it does."""


class Nodo(Cliente):
    def nacer(self, carpeta: Path, raiz: Path, rol: str) -> None:
        escribir_nodo(carpeta, raiz, rol=rol)

    def creer(self, carpeta: Path, url: str, rol: str, numero: int) -> bytes | None:  # noqa: ARG002 — its own TOML says
        ruta = carpeta / "nodo.toml"
        configuracion = config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)
        with nodo.abrir(configuracion) as propio, contextlib.closing(HttpsFetcher(url)) as source:
            antes = propio.releases.activo()
            try:
                recibir(propio, source, ahora=datetime.now(UTC))
            except ErrorDeConfianza:
                assert propio.releases.activo() == antes
                return None
            activo = propio.activo()
            return activo.crudo if activo is not None and activo.manifest.numero == numero else None


def _objetivos(rol: str, numero: int) -> Sequence[str]:
    """Return what a node asks for too."""
    return [f"{rol}/difusores.html", f"{rol}/difusores.json", objetivo(rol, numero)]


class PythonTuf(Cliente):
    def nacer(self, carpeta: Path, raiz: Path, rol: str) -> None:  # noqa: ARG002 — as the others
        (carpeta / "m").mkdir(parents=True)
        shutil.copyfile(raiz, carpeta / "raiz.json")

    def creer(self, carpeta: Path, url: str, rol: str, numero: int) -> bytes | None:
        updater = Updater(
            str(carpeta / "m"),
            f"{url}/metadata",
            target_dir=str(carpeta),
            target_base_url=f"{url}/targets",
            bootstrap=(carpeta / "raiz.json").read_bytes(),
        )
        try:
            dichos = [updater.get_targetinfo(uno) for uno in _objetivos(rol, numero)]
            bajados = [updater.download_target(uno) for uno in dichos if uno is not None]
        except (DownloadError, RepositoryError):
            return None
        return Path(bajados[-1]).read_bytes() if len(bajados) == 3 else None


class TufJs(Cliente):
    """One Node process that judges for the whole session."""

    def __init__(self, instalado: Path) -> None:
        orden = ["node", "juzgar.mjs"]
        self._juez = subprocess.Popen(
            orden, cwd=instalado, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def nacer(self, carpeta: Path, raiz: Path, rol: str) -> None:  # noqa: ARG002 — as the others
        for nombre in ("m", "t"):
            (carpeta / nombre).mkdir(parents=True)
        shutil.copyfile(raiz, carpeta / "m/root.json")

    def creer(self, carpeta: Path, url: str, rol: str, numero: int) -> bytes | None:
        pedido = {"metadata": str(carpeta / "m"), "targets": str(carpeta / "t"), "url": url}
        assert self._juez.stdin is not None
        assert self._juez.stdout is not None
        self._juez.stdin.write(json.dumps({**pedido, "objetivos": _objetivos(rol, numero)}) + "\n")
        self._juez.stdin.flush()
        listo, _, _ = select.select([self._juez.stdout], [], [], 60)
        assert listo, "tuf-js no contesta"
        if not json.loads(self._juez.stdout.readline())["cree"]:
            return None
        return (carpeta / "t" / quote(objetivo(rol, numero), "")).read_bytes()

    def terminar(self) -> None:
        self._juez.communicate(timeout=20)


@pytest.fixture(scope="module")
def juez(tuf_js: Path) -> Iterator[TufJs]:
    cliente = TufJs(tuf_js)
    yield cliente
    cliente.terminar()


@pytest.fixture(params=[NODO, PYTHON_TUF, TUF_JS])
def cliente(request: pytest.FixtureRequest) -> Cliente:
    match request.param:
        case "nodo":
            return Nodo()
        case "python-tuf":
            return PythonTuf()
        case _:
            juez: TufJs = request.getfixturevalue("juez")
            return juez


@pytest.fixture(scope="module")
def servidor() -> Iterator[Mentiroso]:
    with Mentiroso({}) as servidor:
        yield servidor


@pytest.fixture(scope="module")
def noche(tmp_path_factory: pytest.TempPathFactory) -> NocheFirmada:
    return NocheFirmada(tmp_path_factory.mktemp("noche"))


@pytest.mark.parametrize("alteracion", ALTERACIONES, ids=lambda a: a.id)
def test_verdict(
    cliente: Cliente,
    alteracion: Alteracion,
    noche: NocheFirmada,
    servidor: Mentiroso,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    carpeta = tmp_path / "cliente"
    cliente.nacer(carpeta, noche.origen.raiz, noche.rol)
    antes = None
    if alteracion.visto:
        servidor.arbol = dict(noche.pasos[1])
        antes = cliente.creer(carpeta, servidor.url, noche.rol, 2)
        assert antes is not None
    servidor.arbol = dict(alteracion.hacer(noche))
    creido = cliente.creer(carpeta, servidor.url, noche.rol, alteracion.corte)
    # The node, asked for corte 2 again, may still hold the honest one.
    cree = creido is not None and creido != antes
    assert cree is (request.node.callspec.params["cliente"] in alteracion.creen)
    if not cree:
        # A17: nothing of what it refused stays in its way.
        servidor.arbol = dict(noche.recuperada())
        assert cliente.creer(carpeta, servidor.url, noche.rol, 5) is not None


def test_every_corte_of_a_night_is_believed(cliente: Cliente, servidor: Mentiroso, tmp_path: Path) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")
    carpeta = tmp_path / "cliente"
    cliente.nacer(carpeta, origen.raiz, ROL)
    origen.latido({"d1": Estado.ACTIVO})
    for numero in (0, 1, 2, 3, 4, 6, 7):
        ultimo = numero == 7
        publicado = origen.publicar(numero, ultimo=ultimo)
        if numero == 3:
            origen.latido({"d1": Estado.DEMORADO})
        if ultimo:
            origen.repositorio.cerrar(origen.ahora + timedelta(days=20))
        servidor.arbol = dict(leer(origen.repositorio.carpeta))
        assert cliente.creer(carpeta, servidor.url, ROL, numero) == escribir(publicado)
        origen.latido()
        servidor.arbol = dict(leer(origen.repositorio.carpeta))
        assert cliente.creer(carpeta, servidor.url, ROL, numero) == escribir(publicado)


def test_a13_new_keys_of_every_kind_are_followed(
    cliente: Cliente, servidor: Mentiroso, tmp_path: Path
) -> None:
    """Custodians, role, snapshot and timestamp are replaced between two cortes; then only the custodians."""
    origen = OrigenDePrueba(tmp_path / "origen")
    carpeta = tmp_path / "cliente"
    cliente.nacer(carpeta, origen.raiz, ROL)
    for numero in (1, 2, 3):
        origen.latido({"d1": Estado.ACTIVO})
        publicado = origen.publicar(numero)
        servidor.arbol = dict(leer(origen.repositorio.carpeta))
        assert cliente.creer(carpeta, servidor.url, ROL, numero) == escribir(publicado)
        cadena, nuevas = cambiar(
            tmp_path / "origen",
            en_linea=["snapshot", "timestamp"] if numero == 1 else [],
            roles=[ROL] if numero == 1 else [],
            custodios={"carla": custodia.nueva(), **({"root-3": None} if numero == 1 else {})},
        )
        instalar(tmp_path / "origen", cadena, nuevas)
