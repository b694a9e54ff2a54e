"""`pregon nodo archivar`: a copy that any web server can keep and anybody can verify for ever."""

import functools
import hashlib
import os
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import pytest

from pregon import cli
from pregon.cli.verificar import prueba_de, verificar_carpeta, verificar_url
from pregon.errors import Alterado, ErrorDeAlmacen, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.node import archivo, config, nodo
from pregon.node.archivo import Copiado
from pregon.node.receive import recibir, traer_imagenes
from pregon.origin import llaves
from pregon.paquete import inclusion
from pregon.paquete.difusores import Estado
from pregon.paquete.inspeccion import Informe
from pregon.testing import registros
from pregon.testing.custodios import cambiar
from pregon.testing.nginx import NginxEnProceso
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, paginas
from pregon.transport.carpeta import CarpetaFetcher

IMAGEN = b"\x89PNG acta"
DIEZ_ANOS = timedelta(days=3652)


class Noche:
    """An institute and a node's folder; nothing runs."""

    def __init__(self, carpeta: Path) -> None:
        self.carpeta = carpeta
        self.origen = OrigenDePrueba(carpeta / "origen")
        self.toml = escribir_nodo(carpeta / "nodo", self.origen.raiz, rol=ROL)
        self.raiz = self.origen.raiz.read_bytes()

    @classmethod
    def otra(cls, anterior: Self, carpeta: Path, *, rol: str) -> Self:
        """Return another night of the same institute, with a node of its own."""
        noche = cls.__new__(cls)
        noche.carpeta, noche.raiz = carpeta, anterior.raiz
        noche.origen = OrigenDePrueba.reabierto(anterior.carpeta / "origen", rol=rol)
        noche.toml = escribir_nodo(carpeta / "nodo", noche.origen.raiz, rol=rol)
        return noche

    def publicar(self, numero: int, *, ultimo: bool = False) -> None:
        """Publish a corte with its image; the node receives it."""
        self.origen.publicar(numero, ultimo=ultimo, imagenes=self.origen.con_imagenes(IMAGEN))
        self.recibir()

    def recibir(self) -> None:
        with nodo.abrir(config.leer(self.toml.read_text(), archivo=self.toml)) as propio:
            self.origen.entregar(propio.config.buzon)
            buzon, ahora = CarpetaFetcher(propio.config.buzon, buzon=True), datetime.now(UTC)
            recibir(propio, buzon, ahora=ahora)
            traer_imagenes(propio, buzon, ahora=ahora)

    def archivar(
        self, nombre: str = "copia", *, con_zip: bool = False, antes_del_cierre: bool = False
    ) -> Copiado:
        return archivo.archivar(
            nodo.leer(config.leer(self.toml.read_text(), archivo=self.toml)),
            self.carpeta / nombre,
            con_zip=con_zip,
            antes_del_cierre=antes_del_cierre,
            avisar=lambda _hechos, _total: None,
        )

    def verificar(self, lugar: Path, *, luego: timedelta = timedelta()) -> Informe:
        return verificar_carpeta(lugar, raiz=self.raiz, rol=ROL, ahora=datetime.now(UTC) + luego)


@pytest.fixture(scope="module")
def cerrada(tmp_path_factory: pytest.TempPathFactory) -> Noche:
    """A night that closed with its third corte, archived as folder and ZIP."""
    noche = Noche(tmp_path_factory.mktemp("noche"))
    for numero in (1, 2, 3):
        noche.publicar(numero, ultimo=numero == 3)
    noche.origen.latido({"d1": Estado.CERRADO})
    noche.recibir()
    noche.archivar(con_zip=True)
    return noche


@pytest.fixture
def copia(cerrada: Noche, tmp_path: Path) -> Path:
    """A copy of the copy that a test may spoil."""
    return Path(shutil.copytree(cerrada.carpeta / "copia", tmp_path / "copia"))


def test_b6_who_serves_the_copy_can_read_it_whatever_the_umask(tmp_path: Path) -> None:
    noche = Noche(tmp_path)
    noche.publicar(1, ultimo=True)
    antes = os.umask(0o077)
    try:
        noche.archivar()
    finally:
        os.umask(antes)

    modos = {ruta.stat().st_mode & 0o777 for ruta in (tmp_path / "copia").rglob("*") if ruta.is_file()}
    carpetas = {ruta.stat().st_mode & 0o777 for ruta in (tmp_path / "copia").rglob("*") if ruta.is_dir()}
    assert (modos, carpetas) == ({0o644}, {0o755})


def test_the_folder_has_the_last_corte_at_its_root_and_every_one_kept(cerrada: Noche) -> None:
    copia = cerrada.carpeta / "copia"
    for ruta, datos in paginas(3).items():
        assert (copia / ruta).read_bytes() == datos
    for numero in (1, 2, 3):
        for ruta, datos in paginas(numero).items():
            assert (copia / f"c/{numero}/{ruta}").read_bytes() == datos
        assert next((copia / f"c/{numero}/actas").iterdir()).read_bytes() == IMAGEN
    assert (copia / "c/2/difusores.html").read_bytes() == (copia / "difusores.html").read_bytes()
    assert (copia / ".well-known/pregon/raices/1.root.json").read_bytes() == cerrada.raiz


@pytest.mark.parametrize("lugar", ["copia", "copia.zip"])
def test_folder_and_zip_are_authentic_for_ever_and_their_expiry_is_told_apart(
    cerrada: Noche, lugar: str
) -> None:
    hoy = cerrada.verificar(cerrada.carpeta / lugar)
    luego = cerrada.verificar(cerrada.carpeta / lugar, luego=DIEZ_ANOS)

    assert (hoy.codigo, hoy.integro, hoy.autoria, hoy.vigente) == (0, True, True, True)
    assert (luego.codigo, luego.integro, luego.autoria, luego.vigente) == (0, True, True, False)
    assert hoy.manifest is not None
    assert (hoy.manifest.numero, hoy.manifest.ultimo) == (3, True)


class _Callado(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def por_http_server(cerrada: Noche) -> Iterator[str]:
    """What `python -m http.server` serves."""
    atiende = functools.partial(_Callado, directory=str(cerrada.carpeta / "copia"))
    servidor = ThreadingHTTPServer(("127.0.0.1", 0), atiende)
    hilo = threading.Thread(target=servidor.serve_forever, args=(0.02,))
    hilo.start()
    yield f"http://127.0.0.1:{servidor.server_port}/"
    servidor.shutdown()
    hilo.join()
    servidor.server_close()


@pytest.fixture
def por_nginx(cerrada: Noche, nginx: str, tmp_path: Path) -> Iterator[str]:
    """A nginx that knows nothing but where the files are."""
    del nginx
    configurado = config.leer(cerrada.toml.read_text(), archivo=cerrada.toml)
    delante = NginxEnProceso(configurado, tmp_path)
    delante.arrancar(
        f"user {delante.config.nginx.usuario if delante.config.nginx else 'root'}; events {{}}\n"
        f"http {{ server {{ listen 127.0.0.1:{delante.https}; root '{cerrada.carpeta / 'copia'}'; }} }}\n"
    )
    yield f"http://127.0.0.1:{delante.https}/"
    delante.__exit__()


@pytest.mark.parametrize("servidor", ["por_http_server", "por_nginx"])
def test_any_web_server_serves_it_and_its_address_is_authentic(
    cerrada: Noche, request: pytest.FixtureRequest, servidor: str
) -> None:
    url = request.getfixturevalue(servidor)

    informe = verificar_url(url, raiz=cerrada.raiz, rol=ROL, ahora=datetime.now(UTC) + DIEZ_ANOS)
    prueba = prueba_de(url, "corte.json", raiz=cerrada.raiz, ahora=datetime.now(UTC))

    assert (informe.codigo, informe.vigente, informe.alterados) == (0, False, ())
    llave = registros.llave(ROL, cerrada.origen.llaves.delegado)
    assert inclusion.verificar(inclusion.leer(prueba), llaves=(llave,)).entrada.numero == 3


def test_the_small_proof_of_every_file_is_where_the_node_had_it(cerrada: Noche) -> None:
    llave = registros.llave(ROL, cerrada.origen.llaves.delegado)
    for numero in (1, 2, 3):
        for ruta in paginas(numero):
            guardada = cerrada.carpeta / f"copia/c/{numero}/.well-known/pregon/prueba/{ruta}.txt"
            probado = inclusion.verificar(inclusion.leer(guardada.read_bytes()), llaves=(llave,))
            assert (probado.archivo.ruta, probado.entrada.numero) == (ruta, numero)


def test_the_same_night_gives_the_same_bytes(cerrada: Noche) -> None:
    cerrada.archivar("otra", con_zip=True)

    zips = [(cerrada.carpeta / nombre).read_bytes() for nombre in ("copia.zip", "otra.zip")]

    assert hashlib.sha256(zips[0]).hexdigest() == hashlib.sha256(zips[1]).hexdigest()
    assert _arbol(cerrada.carpeta / "copia") == _arbol(cerrada.carpeta / "otra")


def _arbol(carpeta: Path) -> dict[str, bytes]:
    archivos = (uno for uno in carpeta.rglob("*") if uno.is_file())
    return {uno.relative_to(carpeta).as_posix(): uno.read_bytes() for uno in archivos}


def test_the_zip_is_the_folder_with_each_image_once(cerrada: Noche) -> None:
    with zipfile.ZipFile(cerrada.carpeta / "copia.zip") as abierto:
        dentro = {nombre.partition("/")[2]: abierto.read(nombre) for nombre in abierto.namelist()}

    fuera = _arbol(cerrada.carpeta / "copia")
    repetidas = {ruta for ruta in fuera if ruta.startswith("c/") and "/actas/" in ruta}
    assert dentro == {ruta: datos for ruta, datos in fuera.items() if ruta not in repetidas}
    assert len(repetidas) == 3


def test_the_copy_shares_no_file_with_the_node(cerrada: Noche) -> None:
    def inodos(carpeta: str) -> set[int]:
        return {uno.stat().st_ino for uno in (cerrada.carpeta / carpeta).rglob("*") if uno.is_file()}

    assert not inodos("copia") & inodos("nodo")


def _voltear(ruta: Path) -> None:
    ruta.chmod(0o644)
    datos = bytearray(ruta.read_bytes())
    datos[len(datos) // 2] ^= 4
    ruta.unlink()  # its other names keep the true bytes
    ruta.write_bytes(datos)


@pytest.mark.parametrize(
    "ruta",
    [
        *("index.html", "LEEME.txt", "difusores.html", "difusores.json", ".well-known/pregon/prueba.json"),
        *(".well-known/pregon/raices/1.root.json", ".well-known/pregon/registro"),
        *("c/1/corte.json", "c/2/difusores.json", "c/3/index.html", "c/1/.well-known/pregon/prueba.json"),
        *("c/2/.well-known/pregon/checkpoint", "c/2/.well-known/pregon/prueba/corte.json.txt"),
    ],
)
def test_b5_whatever_is_altered_in_the_copy_is_named(cerrada: Noche, copia: Path, ruta: str) -> None:
    _voltear(copia / ruta)

    informe = cerrada.verificar(copia)

    assert informe.codigo == 5
    assert any(hallazgo.ruta.startswith(ruta.rpartition("/")[0]) for hallazgo in informe.alterados)


@pytest.mark.parametrize(
    "ruta",
    [
        *("extra.html", "c/1/extra.html", "c/4/index.html", "c/x/index.html", "actas/extra.png"),
        *(".well-known/pregon/prueba/index.html.txt", "c/2/.well-known/pregon/prueba/extra.html.txt"),
        *(".well-known/pregon/raices/2.root.json", "c/1/LEEME.txt", "c/3/c/3/.well-known/pregon/prueba.json"),
    ],
)
def test_a9_whatever_is_added_to_the_copy_is_named(cerrada: Noche, copia: Path, ruta: str) -> None:
    (copia / ruta).parent.mkdir(parents=True, exist_ok=True)
    (copia / ruta).write_bytes(b"x")

    assert cerrada.verificar(copia).codigo == 5


def test_a4_a_corte_under_another_s_address_is_named(cerrada: Noche, copia: Path) -> None:
    shutil.rmtree(copia / "c/1")
    shutil.copytree(copia / "c/2", copia / "c/1")

    informe = cerrada.verificar(copia)

    assert (informe.codigo, "c/1/") in {(5, hallazgo.ruta) for hallazgo in informe.alterados}


def test_a19_a_rehearsals_corte_under_the_same_root_is_no_corte_of_the_night(tmp_path: Path) -> None:
    ensayo = Noche(tmp_path / "ensayo")
    ensayo.publicar(1, ultimo=True)
    ensayo.archivar()
    llaves.instalar(tmp_path / "ensayo/origen", *cambiar(tmp_path / "ensayo/origen", roles=["oficial"]))
    oficial = Noche.otra(ensayo, tmp_path / "noche", rol="oficial")
    oficial.publicar(1)
    oficial.publicar(2, ultimo=True)
    oficial.archivar()
    for lugar, suyo in (("copia/c/1", "copia/c/1"), ("nodo/cortes/1", "nodo/cortes/1")):
        shutil.rmtree(tmp_path / "noche" / lugar)
        shutil.copytree(tmp_path / "ensayo" / suyo, tmp_path / "noche" / lugar)

    for lugar in ("copia", "nodo"):
        ahora = datetime.now(UTC)
        informe = verificar_carpeta(tmp_path / "noche" / lugar, raiz=oficial.raiz, ahora=ahora)
        assert informe.codigo == 5
        assert any("se esperaba «oficial»" in hallazgo.causa for hallazgo in informe.alterados)


def test_before_the_close_it_asks_to_be_told(tmp_path: Path) -> None:
    noche = Noche(tmp_path)
    with pytest.raises(ErrorDeOperacion, match="aún no tiene ningún corte"):
        noche.archivar()
    noche.publicar(1)
    with pytest.raises(ErrorDeOperacion, match="no ha cerrado"):
        noche.archivar()

    noche.archivar(antes_del_cierre=True)

    assert noche.verificar(tmp_path / "copia").codigo == 0


def test_a_night_without_images_is_archived_too(tmp_path: Path) -> None:
    noche = Noche(tmp_path)
    noche.origen.publicar(1, ultimo=True)
    noche.recibir()

    noche.archivar()

    assert noche.verificar(tmp_path / "copia").codigo == 0


@pytest.mark.parametrize("lugar", ["", "c/2/"])
def test_a20_a_copy_that_lost_its_log_is_told(cerrada: Noche, copia: Path, lugar: str) -> None:
    for nombre in ("checkpoint", "registro"):
        (copia / f"{lugar}.well-known/pregon/{nombre}").unlink()
    shutil.rmtree(copia / f"{lugar}.well-known/pregon/prueba", ignore_errors=True)

    informe = cerrada.verificar(copia)

    assert (informe.codigo, [h.ruta for h in informe.alterados]) == (
        5,
        [f"{lugar}.well-known/pregon/checkpoint"],
    )


def test_it_never_writes_over_anything(cerrada: Noche) -> None:
    with pytest.raises(ErrorDeConfiguracion, match="ya existe"):
        cerrada.archivar()


def test_d11_a_full_disk_is_told_before_anything_is_written(
    cerrada: Noche, monkeypatch: pytest.MonkeyPatch
) -> None:
    casi_lleno = shutil.disk_usage(cerrada.carpeta)._replace(free=10_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: casi_lleno)

    with pytest.raises(ErrorDeAlmacen, match="libere espacio"):
        cerrada.archivar("llena")

    assert not list(cerrada.carpeta.glob("*llena*"))


def test_b5_an_altered_file_of_the_node_is_not_archived_and_nothing_is_left(tmp_path: Path) -> None:
    noche = Noche(tmp_path)
    noche.publicar(1, ultimo=True)
    _voltear(tmp_path / "nodo/cortes/1/diputaciones/index.html")

    with pytest.raises(Alterado, match=r"diputaciones/index\.html"):
        noche.archivar(con_zip=True)

    assert sorted(uno.name for uno in tmp_path.iterdir()) == ["nodo", "origen"]


def test_what_a_killed_copy_left_is_swept_by_the_next(tmp_path: Path) -> None:
    noche = Noche(tmp_path)
    noche.publicar(1, ultimo=True)
    (tmp_path / ".parcial-copia").mkdir()
    (tmp_path / ".parcial-copia/index.html").write_bytes(b"a medias")

    noche.archivar()

    assert noche.verificar(tmp_path / "copia").codigo == 0


def test_a_long_copy_tells_its_progress(
    cerrada: Noche, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pregon.cli.nodo.archivar._CADA", 0.0)

    cli.main(["nodo", "archivar", str(cerrada.toml), str(cerrada.carpeta / "larga")])

    dicho = capsys.readouterr().err.splitlines()
    assert dicho[0].startswith("archivando: 1 de ")
    assert re.fullmatch(r"archivando: (\d+) de \1 archivos", dicho[-1])


def test_the_command(cerrada: Noche, capsys: pytest.CaptureFixture[str]) -> None:
    orden = ["nodo", "archivar", str(cerrada.toml), str(cerrada.carpeta / "por-orden"), "--zip"]

    codigos = [cli.main(orden), cli.main(orden)]

    salida = capsys.readouterr().out
    assert codigos == [0, 4]
    assert "corte 3 en «/», cortes 1, 2, 3 en «c/»" in salida
    assert (cerrada.carpeta / "por-orden.zip").is_file()
