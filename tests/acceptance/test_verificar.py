"""`pregon verificar` as a program: folders, ZIPs and addresses, good and bad (decisions §29)."""

import functools
import gzip
import hashlib
import http.server
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import pytest

from pregon.cli.verificar import verificar_carpeta, verificar_url
from pregon.errors import ErrorDeRed
from pregon.origin.repositorio import Repositorio
from pregon.paquete import manifest as manifests
from pregon.paquete import registro
from pregon.paquete.manifest import Manifest
from pregon.storage.releases import Releases
from pregon.testing.paquetes import ROL, noche, paquete, publicar

PRUEBA = ".well-known/pregon/prueba.json"


@pytest.fixture(scope="module")
def publicado(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night of three cortes and a node's folder with the last two, as one delivery leaves them."""
    base = tmp_path_factory.mktemp("noche")
    repositorio = noche(base, cortes=1)
    nodo = base / "nodo"
    for numero in (2, 3):
        corte = publicar(repositorio, numero)
        _activar(repositorio, corte, nodo)
    return base


def _activar(repositorio: Repositorio, corte: Manifest, nodo: Path) -> None:
    releases = Releases(nodo)
    mapa = {archivo.ruta: repositorio.objetos.path(archivo.sha256) for archivo in corte.archivos}
    prueba = (repositorio.carpeta / "prueba.json").read_bytes()
    releases.materialise(corte.numero, mapa, {PRUEBA: prueba})
    releases.activate(corte.numero)
    (nodo / "prueba.json").write_bytes(prueba)
    (nodo / "difusores.json").write_bytes(b'{"difusores":[]}')
    (nodo / "difusores.html").write_bytes(b"<p>difusores")


@pytest.fixture
def base(publicado: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    shutil.copytree(publicado, tmp_path / "noche", symlinks=True)
    for archivo in (tmp_path / "noche").rglob("*"):
        if archivo.is_file() and not archivo.is_symlink():
            archivo.chmod(0o644)
    return tmp_path / "noche"


def _pregon(*argumentos: object) -> tuple[int, str, str]:
    hecho = subprocess.run(
        [sys.executable, "-m", "pregon", "verificar", *map(str, argumentos)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in hecho.stderr
    return hecho.returncode, hecho.stdout, hecho.stderr


def _informe(*argumentos: object) -> tuple[int, dict[str, Any]]:
    codigo, salida, _ = _pregon(*argumentos, "--json")
    return codigo, json.loads(salida)


def _alterados(informe: dict[str, Any]) -> list[str]:
    return [alterado["ruta"] for alterado in informe["alterados"]]


def _voltear(ruta: Path, lugar: int | None = None) -> None:
    datos = bytearray(ruta.read_bytes())
    datos[random.randrange(len(datos)) if lugar is None else lugar] ^= 1 << random.randrange(8)
    ruta.write_bytes(datos)


def test_a_good_corte_of_a_trusted_root_exits_0(base: Path) -> None:
    codigo, informe = _informe(base / "nodo/cortes/3", "--raiz", base / "raiz.json")
    corte = json.loads(json.dumps(informe))
    assert codigo == 0
    assert corte == {
        "corte": 3,
        "instante": "2026-06-08T01:00:00Z",
        "publicado": corte["publicado"],
        "rol": "simulacro-prueba",
        "ultimo": False,
        "huella": hashlib.sha256((base / "nodo/cortes/3/corte.json").read_bytes()).hexdigest(),
        "manifest": corte["manifest"],
        "integro": True,
        "autoria": True,
        "vigente": True,
        "vence": corte["vence"],
        "archivos": 5,
        "alterados": [],
        "sobrantes": [],
        "recuento": None,
    }


def test_the_huella_of_the_root_serves_as_well(base: Path) -> None:
    raiz = hashlib.sha256((base / "raiz.json").read_bytes()).hexdigest()
    codigo, salida, _ = _pregon(base / "nodo", "--raiz", raiz)
    assert codigo == 0
    assert salida.startswith("ÍNTEGRO Y AUTÉNTICO\n")


def test_the_installed_root_is_the_default(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREGON_RAIZ", str(base / "raiz.json"))

    codigo, _, _ = _pregon(base / "nodo/cortes/3")

    assert codigo == 0


def test_without_a_root_authorship_is_not_claimed(base: Path) -> None:
    codigo, salida, _ = _pregon(base / "nodo/cortes/3")
    assert codigo == 9
    assert "AUTORÍA NO COMPROBADA" in salida
    # The timestamp of these nights lives a minute: a busy machine may come later.
    assert re.search(r"Vigencia:  (vigente hasta .* UTC; sólo si la autoría es cierta|venció .*)\n", salida)


def test_a_prototype_has_only_a_manifest(tmp_path: Path) -> None:
    manifest, objetos = paquete(1, rol="prototipo")
    for archivo in manifest.archivos:
        (tmp_path / archivo.ruta).parent.mkdir(exist_ok=True)
        (tmp_path / archivo.ruta).write_bytes(objetos[archivo.sha256])
    (tmp_path / "manifest.json").write_bytes(manifests.escribir(manifest))
    assert _informe(tmp_path)[0] == 9
    _voltear(tmp_path / "index.html")
    assert _alterados(_informe(tmp_path)[1]) == ["index.html"]


def test_a1_a_tree_without_proof_is_not_believed_under_a_root(base: Path) -> None:
    corte = base / "nodo/cortes/3"
    (corte / PRUEBA).unlink()
    (corte / "manifest.json").write_bytes(manifests.escribir(paquete(3)[0]))
    codigo, informe = _informe(corte, "--raiz", base / "raiz.json")
    assert codigo == 5
    assert PRUEBA in _alterados(informe)


@pytest.mark.parametrize(
    "ruta",
    ["index.html", "corte.json", "portada-aviso.html", "datos/actas.csv", "recursos/estilo.css", PRUEBA],
)
@pytest.mark.parametrize("raiz", [True, False])
def test_b5_a_flipped_byte_in_any_file_is_named(base: Path, ruta: str, *, raiz: bool) -> None:
    _voltear(base / "nodo/cortes/3" / ruta)
    argumentos = ["--raiz", base / "raiz.json"] if raiz else []
    for lugar in ("nodo", "nodo/cortes/3"):
        codigo, informe = _informe(base / lugar, *argumentos)
        assert (codigo, informe["integro"]) == (5, False)
        assert ruta in _alterados(informe)


@pytest.mark.parametrize("ruta", ["prueba.json", "difusores.json", "difusores.html"])
def test_a21_the_live_files_of_a_node_are_checked(base: Path, ruta: str) -> None:
    _voltear(base / "nodo" / ruta)
    codigo, informe = _informe(base / "nodo", "--raiz", base / "raiz.json")
    assert (codigo, _alterados(informe)) == (5, [ruta])


@pytest.mark.parametrize("ruta", ["index.html", PRUEBA])
def test_b5_the_kept_cortes_of_a_node_are_checked_too(base: Path, ruta: str) -> None:
    _voltear(base / "nodo/cortes/2" / ruta)
    (base / "nodo/cortes/2/de-mas.html").write_bytes(b"")
    codigo, informe = _informe(base / "nodo", "--raiz", base / "raiz.json")
    assert codigo == 5
    assert _alterados(informe) == [f"cortes/2/{ruta}"]
    assert informe["sobrantes"] == ["cortes/2/de-mas.html"] * (ruta != PRUEBA)


def test_b5_missing_shorter_and_longer_files_say_how(base: Path) -> None:
    corte = base / "nodo/cortes/3"
    (corte / "index.html").unlink()
    (corte / "corte.json").write_bytes(b"{}")
    with (corte / "datos/actas.csv").open("ab") as archivo:
        archivo.write(b"1,2\n")
    _, informe = _informe(corte)
    causas = {alterado["ruta"]: alterado["causa"] for alterado in informe["alterados"]}
    assert causas["index.html"] == "no está"
    assert "mide 2 bytes" in causas["corte.json"]
    assert "mide más" in causas["datos/actas.csv"]


def test_a9_extra_files_of_every_kind_are_named(base: Path) -> None:
    corte = base / "nodo/cortes/3"
    (corte / "wp-login.php").write_bytes(b"<?php")
    (corte / ".oculto").write_bytes(b"")
    (corte / ".well-known/otra").write_bytes(b"")
    (corte / "carpeta").symlink_to("/etc")
    (corte / "enlace").symlink_to("index.html")
    os.mkfifo(corte / "tubo")
    codigo, informe = _informe(base / "nodo", "--raiz", base / "raiz.json")
    assert codigo == 5
    assert informe["sobrantes"] == [
        ".oculto", ".well-known/otra", "carpeta", "enlace", "tubo", "wp-login.php",
    ]  # fmt: skip


@pytest.mark.parametrize("especial", ["symlink", "fifo", "carpeta", "carpeta-enlazada"])
def test_b2_a_signed_name_that_is_no_regular_file_is_altered(base: Path, especial: str) -> None:
    corte = base / "nodo/cortes/3"
    shutil.move(corte / "index.html", base / "index.html")
    shutil.move(corte / "recursos", base / "recursos")
    match especial:
        case "symlink":
            (corte / "index.html").symlink_to(base / "index.html")
        case "fifo":
            os.mkfifo(corte / "index.html")
        case "carpeta":
            (corte / "index.html").mkdir()
        case _:
            (corte / "recursos").symlink_to(base / "recursos")
    codigo, informe = _informe(corte)
    assert codigo == 5
    assert {"index.html", "recursos/estilo.css"} == set(_alterados(informe))


@pytest.mark.parametrize(("sufijo", "comprimir"), [(".gz", gzip.compress), (".br", brotli.compress)])
def test_the_nodes_own_form_is_the_signed_file_or_is_altered(
    base: Path, sufijo: str, comprimir: Callable[[bytes], bytes]
) -> None:
    corte = base / "nodo/cortes/3"
    forma = corte / f"index.html{sufijo}"
    forma.write_bytes(comprimir((corte / "index.html").read_bytes()))
    assert _informe(base / "nodo")[0] == 9
    forma.write_bytes(comprimir(b"otra cosa"))
    assert _alterados(_informe(base / "nodo")[1]) == [forma.name]


@pytest.mark.parametrize("carpeta", ["", "prep-3/"])
def test_a_zip_of_a_corte_verifies_without_extraction(base: Path, tmp_path: Path, carpeta: str) -> None:
    corte = base / "nodo/cortes/3"
    with zipfile.ZipFile(tmp_path / "corte.zip", "w", zipfile.ZIP_DEFLATED) as archivo:
        for ruta in corte.rglob("*"):
            archivo.write(ruta, carpeta + str(ruta.relative_to(corte)))
    assert _informe(tmp_path / "corte.zip", "--raiz", base / "raiz.json")[0] == 0
    with zipfile.ZipFile(tmp_path / "corte.zip", "a") as archivo:
        archivo.writestr(f"{carpeta}../fuera", b"x")
    codigo, informe = _informe(tmp_path / "corte.zip", "--raiz", base / "raiz.json")
    assert codigo == 5
    assert [ruta.removeprefix(carpeta) for ruta in informe["sobrantes"]] == ["../fuera"]
    assert not (tmp_path.parent / "fuera").exists()


def test_b3_a_bomb_in_a_zip_is_only_a_longer_file(base: Path, tmp_path: Path) -> None:
    corte = base / "nodo/cortes/3"
    with zipfile.ZipFile(tmp_path / "bomba.zip", "w", zipfile.ZIP_DEFLATED) as archivo:
        archivo.write(corte / PRUEBA, PRUEBA)
        with archivo.open("index.html", "w") as miembro:
            for _ in range(200):
                miembro.write(bytes(1 << 20))
    inicio = time.monotonic()
    informe = _informe(tmp_path / "bomba.zip")[1]
    assert time.monotonic() - inicio < 5
    assert "mide más" in {a["ruta"]: a["causa"] for a in informe["alterados"]}["index.html"]


def test_a_folder_deeper_than_any_path_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2100):
        Path("a").mkdir()
        os.chdir("a")
    monkeypatch.chdir(tmp_path)

    codigo, _, error = _pregon("a")

    assert (codigo, "no se pudo leer" in error) == (2, True)
    subprocess.run(["rm", "-rf", tmp_path / "a"], check=True)


def test_b5_a_damaged_or_repeated_member_is_named(base: Path, tmp_path: Path) -> None:
    corte = base / "nodo/cortes/3"
    with zipfile.ZipFile(tmp_path / "corte.zip", "w") as archivo:
        for ruta in corte.rglob("*"):
            archivo.write(ruta, str(ruta.relative_to(corte)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archivo.writestr("index.html", b"otro")
    datos = (tmp_path / "corte.zip").read_bytes()
    (tmp_path / "corte.zip").write_bytes(datos.replace(b"p{}", b"p{!", 1))
    assert _alterados(_informe(tmp_path / "corte.zip")[1]) == ["index.html", "recursos/estilo.css"]


def test_a_foreign_root_is_told_and_the_files_are_still_compared(base: Path) -> None:
    _voltear(base / "nodo/cortes/3/index.html")
    codigo, informe = _informe(base / "nodo/cortes/3", "--raiz", "0" * 64)
    assert (codigo, informe["autoria"]) == (5, False)
    assert _alterados(informe) == [PRUEBA, "index.html"]


def test_a19_another_role_is_told(base: Path) -> None:
    codigo, salida, _ = _pregon(base / "nodo", "--raiz", base / "raiz.json", "--rol", "oficial")
    assert codigo == 5
    assert "se esperaba «oficial»" in salida


def test_the_readers_own_wrong_root_accuses_nobody_of_altering(base: Path) -> None:
    codigo, salida, _ = _pregon(base / "nodo/cortes/3", "--raiz", "0" * 64)
    assert codigo == 5
    assert salida.startswith("NO FIRMADO BAJO LA RAÍZ O EL ROL INDICADOS\n")


def test_a_file_that_is_no_root_is_the_callers_fault(base: Path) -> None:
    codigo, _, error = _pregon(base / "nodo/cortes/3", "--raiz", base / "nodo/cortes/3/corte.json")
    assert codigo == 4
    assert "no es una raíz de confianza" in error


def test_an_address_without_its_scheme_is_told_so() -> None:
    codigo, _, error = _pregon("prep.ejemplo.mx")
    assert codigo == 2
    assert "http://" in error


def test_a3_an_expired_proof_is_authentic_and_says_so(base: Path) -> None:
    dentro_de_un_anio = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1, day=1)
    informe = verificar_carpeta(
        base / "nodo", raiz=(base / "raiz.json").read_bytes(), ahora=dentro_de_un_anio
    )
    assert (informe.codigo, informe.vigente) == (0, False)


def _con_registro(base: Path) -> Path:
    """Put beside the live proof the log as the node would have it; return the node's folder."""
    repositorio = base / "repositorio"
    notas = {registro.leer_nota(r.read_bytes()).tamano: r for r in repositorio.glob("targets/*/*.checkpoint")}
    (base / "nodo/checkpoint.txt").write_bytes(notas[3].read_bytes())
    lineas = [(repositorio / registro.ruta(ROL, i)).read_bytes() for i in range(3)]
    (base / "nodo/registro.txt").write_bytes(b"".join(lineas))
    return base / "nodo"


def test_a20_the_log_of_a_node_is_checked_where_it_is(base: Path) -> None:
    nodo = _con_registro(base)

    assert _informe(nodo, "--raiz", base / "raiz.json")[0] == 0


@pytest.mark.parametrize(
    ("archivo", "cambio", "causa"),
    [
        ("registro.txt", lambda datos: datos[:-1], "a media entrada"),
        ("registro.txt", lambda datos: datos.replace(b"2026", b"2025", 1), "no dan la raíz"),
        ("registro.txt", lambda _: b"", "faltan entradas"),
        ("checkpoint.txt", lambda datos: datos.replace(b"\n3\n", b"\n2\n"), "firma"),
        ("checkpoint.txt", lambda _: b"x" * 5_000, "pasa de"),
    ],
)
def test_a20_a_log_that_does_not_hold_together_is_named(
    base: Path, archivo: str, cambio: Callable[[bytes], bytes], causa: str
) -> None:
    nodo = _con_registro(base)
    (nodo / archivo).write_bytes(cambio((nodo / archivo).read_bytes()))

    codigo, informe = _informe(nodo, "--raiz", base / "raiz.json")

    assert codigo == 5
    assert [(h["ruta"], causa in h["causa"]) for h in informe["alterados"]] == [("registro.txt", True)]


def test_a20_a_signed_log_without_the_corte_is_named(base: Path) -> None:
    nodo = _con_registro(base)
    notas = {
        registro.leer_nota(r.read_bytes()).tamano: r for r in base.glob("repositorio/targets/*/*.checkpoint")
    }
    (nodo / "checkpoint.txt").write_bytes(notas[2].read_bytes())

    assert "no lleva el corte 3" in _informe(nodo)[1]["alterados"][0]["causa"]


def test_a2_a_node_whose_live_proof_is_of_another_corte_is_told(base: Path) -> None:
    Releases(base / "nodo").activate(2)
    codigo, informe = _informe(base / "nodo")
    assert (codigo, _alterados(informe)) == (5, ["prueba.json"])


@pytest.mark.parametrize("lugar", ["vacia", "no-existe", "archivo.txt"])
def test_what_is_no_paquete_exits_2(tmp_path: Path, lugar: str) -> None:
    (tmp_path / "vacia").mkdir()
    (tmp_path / "archivo.txt").write_bytes(b"hola")
    codigo, _, errores = _pregon(tmp_path / lugar)
    assert codigo == 2
    assert "Qué hacer" in errores


@pytest.mark.parametrize("argumentos", [(), ("x", "--raiz", "no-existe"), ("ftp://x", "--nada")])
def test_a_wrong_call_exits_4(argumentos: tuple[str, ...]) -> None:
    assert _pregon(*argumentos)[0] == 4


# The same as an address. A static server over the docroot's public addresses, and then lying ones.


class _Docroot(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def docroot(base: Path) -> Path:
    nodo = base / "nodo"
    docroot = base / "docroot"
    shutil.copytree(nodo / "cortes/3", docroot)
    shutil.copytree(nodo / "cortes/3", docroot / "c/3")
    for ruta in ("difusores.json", "difusores.html"):
        shutil.copy(nodo / ruta, docroot / ruta)
    return docroot


@pytest.fixture
def servir() -> Iterator[Callable[[Any], str]]:
    """Serve with a handler on a free port, as often as asked."""
    abiertos: list[tuple[http.server.ThreadingHTTPServer, threading.Thread]] = []

    def servir(manejador: Any) -> str:
        servidor = http.server.ThreadingHTTPServer(("127.0.0.1", 0), manejador)
        servidor.daemon_threads = True
        servidor.block_on_close = False
        hilo = threading.Thread(target=servidor.serve_forever, kwargs={"poll_interval": 0.01})
        hilo.start()
        abiertos.append((servidor, hilo))
        return f"http://127.0.0.1:{servidor.server_port}"

    yield servir
    for servidor, hilo in abiertos:
        servidor.shutdown()
        hilo.join()
        servidor.server_close()


def test_a_good_node_exits_0(base: Path, docroot: Path, servir: Callable[[Any], str]) -> None:
    url = servir(functools.partial(_Docroot, directory=docroot))
    codigo, informe = _informe(url, "--raiz", base / "raiz.json")
    assert (codigo, informe["corte"], informe["archivos"]) == (0, 3, 5)
    assert _informe(f"{url}/")[0] == 9


@pytest.mark.parametrize(
    ("ruta", "nombre"),
    [
        ("c/3/index.html", "index.html"),
        ("c/3/datos/actas.csv", "datos/actas.csv"),
        (f"c/3/{PRUEBA}", f"c/3/{PRUEBA}"),
        (PRUEBA, PRUEBA),
        ("index.html", "/"),
        ("difusores.json", "difusores.json"),
        ("difusores.html", "difusores.html"),
    ],
)
@pytest.mark.parametrize("hace", [_voltear, Path.unlink])
def test_b5_whatever_a_node_changes_or_loses_is_named(
    base: Path,
    docroot: Path,
    servir: Callable[[Any], str],
    ruta: str,
    nombre: str,
    hace: Callable[[Path], None],
) -> None:
    hace(docroot / ruta)
    url = servir(functools.partial(_Docroot, directory=docroot))
    codigo, salida, _ = _pregon(url, "--raiz", base / "raiz.json", "--json")
    if ruta == PRUEBA and not (docroot / ruta).exists():
        assert codigo == 2
        return
    assert codigo == 5
    assert _alterados(json.loads(salida)) == [nombre]


def test_a_notice_signed_in_the_paquete_is_a_good_entry_page(
    base: Path, docroot: Path, servir: Callable[[Any], str]
) -> None:
    shutil.copy(docroot / "portada-aviso.html", docroot / "index.html")
    url = servir(functools.partial(_Docroot, directory=docroot))
    assert _informe(url, "--raiz", base / "raiz.json")[0] == 0


def test_a_node_that_changes_its_corte_meanwhile_is_read_again(
    base: Path, docroot: Path, servir: Callable[[Any], str]
) -> None:
    class Cambia(_Docroot):
        """The first reader finds the previous corte's proof, and its files already gone."""

        pedidas = 0

        def do_GET(self) -> None:
            if self.path == f"/{PRUEBA}":
                Cambia.pedidas += 1
                if Cambia.pedidas == 1:
                    self.path = "/vieja.json"
            super().do_GET()

    shutil.copy(base / "nodo/cortes/2" / PRUEBA, docroot / "vieja.json")
    url = servir(functools.partial(Cambia, directory=docroot))
    informe = verificar_url(url, raiz=(base / "raiz.json").read_bytes(), ahora=datetime.now(UTC))
    assert informe.codigo == 0


def test_nobody_there_exits_6() -> None:
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        codigo, _, errores = _pregon(f"http://127.0.0.1:{libre.getsockname()[1]}")
    assert codigo == 6
    assert "Qué hacer" in errores


def test_a7_a_dripping_node_is_left_at_the_deadline(servir: Callable[[Any], str]) -> None:
    class Gotea(_Docroot):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" ")
                    time.sleep(0.02)
            except OSError:
                return

    inicio = time.monotonic()
    with pytest.raises(ErrorDeRed, match="plazo"):
        verificar_url(servir(Gotea), raiz=None, ahora=datetime.now(UTC), plazo=0.5)
    assert time.monotonic() - inicio < 3


def test_a6_an_endless_file_is_cut_one_byte_after_its_signed_size(
    base: Path, docroot: Path, servir: Callable[[Any], str]
) -> None:
    class SinFin(_Docroot):
        def do_GET(self) -> None:
            if self.path != "/c/3/index.html":
                return super().do_GET()
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(bytes(1 << 16))
            except OSError:
                return None

    url = servir(functools.partial(SinFin, directory=docroot))
    informe = verificar_url(url, raiz=(base / "raiz.json").read_bytes(), ahora=datetime.now(UTC), plazo=20)
    assert [(h.ruta, "mide más" in h.causa) for h in informe.alterados] == [("index.html", True)]


def test_h3_a_redirect_is_not_followed(base: Path, docroot: Path, servir: Callable[[Any], str]) -> None:
    bueno = servir(functools.partial(_Docroot, directory=docroot))

    class Desvia(_Docroot):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"{bueno}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

    codigo, _, errores = _pregon(servir(Desvia), "--raiz", base / "raiz.json")
    assert codigo == 2
    assert "302" in errores


def test_i12_names_cannot_play_with_the_terminal(base: Path) -> None:
    (base / "nodo/cortes/3/\x1b[2Jmalo").write_bytes(b"")
    _, salida, _ = _pregon(base / "nodo/cortes/3")
    assert "\x1b" not in salida
    assert "\\x1b[2Jmalo" in salida
