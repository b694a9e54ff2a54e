"""Rows of the table of threats, B: archives, links, modes and inodes, against whole nodes and commands."""

import io
import os
import socket
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pregon.cli import main
from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza
from pregon.node import config, nodo, publicado
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.receive import recibir
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, paginas
from pregon.testing.portal import abrir_portal
from pregon.transport.carpeta import CarpetaFetcher

FUENTE = Path(__file__).resolve().parents[2] / "src/pregon"


# B1: nothing that reads an archive writes a file.

FUERA = (
    "../fuera", "../../fuera", "a/../../fuera", "/tmp/fuera", "//fuera", "..\\fuera", "C:\\fuera", "C:fuera",
    "\\\\servidor\\fuera", "./../fuera", "a/./../../fuera", "..", "/", "~/fuera", "fuera\x00.csv",
    "..%2ffuera", "\u2024\u2024/fuera", "CON", "a" * 300, "fuera/", "-rf", "$(touch fuera).csv", "a\nb.csv",
)  # fmt: skip
"""Names that whoever extracts without care writes somewhere else."""


def _zips() -> Iterator[tuple[str, bytes]]:
    for nombre in FUERA:
        yield f"zip con {nombre[:20]!r}", _zip({nombre: b"x", "datos/a.csv": b"A,B\n"})
    for clase in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFDIR):
        entrada = zipfile.ZipInfo("datos/enlace.csv")
        entrada.external_attr = (clase | 0o777) << 16
        yield f"zip de clase {clase:o}", _zip({entrada: b"../../../etc/passwd"})
    for bits in (0o4755, 0o2755, 0o7777, 0):
        entrada = zipfile.ZipInfo("datos/a.csv")
        entrada.external_attr = (stat.S_IFREG | bits) << 16
        yield f"zip de modo {bits:o}", _zip({entrada: b"x"})
    entrada = zipfile.ZipInfo("carpeta")
    entrada.external_attr = (stat.S_IFLNK | 0o777) << 16
    yield "zip con enlace y archivo a través de él", _zip({entrada: b"..", "carpeta/fuera": b"x"})
    uno = _zip({"datos/a.csv": b"x"})
    yield "zip con dos directorios", uno + uno
    yield "zip sin su final", uno[:-10]
    yield "zip con nombre distinto adentro", uno.replace(b"datos/a.csv", b"../../a.csv", 1)


def _tars() -> Iterator[tuple[str, bytes]]:
    for nombre in FUERA:
        yield f"tar con {nombre[:20]!r}", _tar([(nombre.replace("\0", ""), tarfile.REGTYPE, "")])
    for clase in (tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE):
        yield f"tar de clase {clase!r}", _tar([("a", clase, "")])
    largo = "d" * 247
    hasta = "/".join("abcdefghijklmnop")
    formas = {
        # The shapes that got past Python's own filters for extraction.
        "CVE-2024-12718: tiempos y modos fuera": [("x", tarfile.SYMTYPE, "."), ("x/..", tarfile.DIRTYPE, "")],
        "CVE-2025-4138: enlace a fuera por un camino largo": [
            *((f"{largo}/" * n, tarfile.DIRTYPE, "") for n in range(1, 4)),
            ("e", tarfile.SYMTYPE, f"{largo}/" * 3 + "../../../.."),
        ],
        "CVE-2025-4330: enlace duro a un enlace": [
            ("a/b", tarfile.SYMTYPE, "../.."),
            ("c", tarfile.LNKTYPE, "a/b"),
            ("c/fuera", tarfile.REGTYPE, ""),
        ],
        "CVE-2025-4517: escribe por enlaces encadenados": [
            (hasta, tarfile.SYMTYPE, "../" * 16 + "etc"),
            ("escape", tarfile.SYMTYPE, f"{hasta}/../.."),
            ("escape/fuera", tarfile.REGTYPE, ""),
        ],
        "enlace y archivo a través de él": [("e", tarfile.SYMTYPE, ".."), ("e/fuera", tarfile.REGTYPE, "")],
        "enlace duro a /etc/passwd": [("e", tarfile.LNKTYPE, "/etc/passwd")],
        "enlace a sí mismo": [("e", tarfile.SYMTYPE, "e")],
    }
    for causa, miembros in formas.items():
        yield causa, _tar(miembros)
        yield f"{causa}, gz", _tar(miembros, "w:gz")


def _zip(miembros: Mapping[Any, bytes]) -> bytes:
    salida = io.BytesIO()
    with zipfile.ZipFile(salida, "w") as archivo:
        for nombre, datos in miembros.items():
            archivo.writestr(nombre, datos)
    return salida.getvalue()


def _tar(miembros: list[tuple[str, bytes, str]], modo: str = "w:") -> bytes:
    salida = io.BytesIO()
    with tarfile.open(fileobj=salida, mode=modo) as archivo:  # type: ignore[call-overload]  # two literal modes
        for nombre, clase, enlace in miembros:
            uno = tarfile.TarInfo(nombre)
            uno.type, uno.linkname, uno.mode = clase, enlace, 0o7777
            archivo.addfile(uno)
    return salida.getvalue()


CORPUS = dict([*_zips(), *_tars()])


def test_b1_the_corpus_has_sixty_archives_and_no_two_alike() -> None:
    assert len(set(CORPUS.values())) >= 60


@pytest.mark.parametrize("orden", ["verificar", "corte", "memoria"])
def test_b1_no_command_that_reads_archives_writes_a_file_or_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, orden: str
) -> None:
    aqui = tmp_path / "a/b/c"
    aqui.mkdir(parents=True)
    monkeypatch.chdir(aqui)
    monkeypatch.setenv("HOME", str(aqui))
    for causa, datos in CORPUS.items():
        nombre = "x.zip" if datos.startswith(b"PK") else "x.tar"
        rutas = [aqui / nombre, aqui / "registros" / f"{nombre}.log.gz"]
        for ruta in rutas:
            ruta.parent.mkdir(exist_ok=True)
            ruta.write_bytes(datos)
        antes = _todo(tmp_path)
        argumentos = {
            "verificar": [nombre],
            "corte": [nombre],
            "memoria": ["elaborar", "--registros", "registros", "--nombre", "X", "--salida", "/dev/full/x"],
        }[orden]
        assert main([orden, *argumentos]) in {2, 4, 5, 7, 9}, causa
        assert _todo(tmp_path) == antes, causa
        for ruta in rutas:
            ruta.unlink()


def _todo(carpeta: Path) -> set[tuple[str, int, int]]:
    return {(str(r), r.lstat().st_mode, r.lstat().st_size) for r in carpeta.rglob("*")}


def test_b1_nothing_in_the_product_extracts_an_archive() -> None:
    prohibidas = ("extractall(", ".extract(", "unpack_archive(", "import tarfile")
    assert [(r.name, p) for r in FUENTE.rglob("*.py") for p in prohibidas if p in r.read_text()] == []


# B2: what is no regular file.


def configurar(carpeta: Path, origen: OrigenDePrueba, resto: str = "") -> ConfigNodo:
    ruta = escribir_nodo(carpeta, origen.raiz, rol=ROL, resto=resto)
    return config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)


@pytest.fixture
def propio(tmp_path: Path, origen: OrigenDePrueba) -> Iterator[Nodo]:
    with nodo.abrir(configurar(tmp_path / "nodo", origen)) as abierto:
        yield abierto


def ronda(propio: Nodo) -> int | None:
    buzon = CarpetaFetcher(propio.config.buzon, buzon=True)
    return recibir(propio, buzon, ahora=datetime.now(UTC)).corte


def entregar(origen: OrigenDePrueba, propio: Nodo, numero: int) -> int | None:
    origen.publicar(numero)
    origen.entregar(propio.config.buzon)
    return ronda(propio)


def _enlace(ruta: Path, fuera: Path) -> None:
    """Put the very same content behind a symlink: only the link is wrong."""
    ruta.rename(fuera)
    ruta.symlink_to(fuera)


def _fifo(ruta: Path, fuera: Path) -> None:
    ruta.rename(fuera)
    os.mkfifo(ruta)


def _enchufe(ruta: Path, fuera: Path) -> None:
    ruta.rename(fuera)
    with socket.socket(socket.AF_UNIX) as uno:
        os.chdir(ruta.parent)  # the path of a socket has at most 107 bytes
        uno.bind(ruta.name)


def _archivo_o_carpeta(ruta: Path, fuera: Path) -> None:
    era_carpeta = ruta.is_dir()
    ruta.rename(fuera)
    ruta.write_bytes(b"") if era_carpeta else ruta.mkdir()


def _dispositivo(ruta: Path, fuera: Path) -> None:
    ruta.rename(fuera)
    try:
        os.mknod(ruta, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("hacer un dispositivo pide ser root")


PLANTAS: list[Callable[[Path, Path], None]] = [_enlace, _fifo, _enchufe, _archivo_o_carpeta, _dispositivo]


@pytest.mark.parametrize("plantar", PLANTAS)
@pytest.mark.parametrize("camino", ["metadata/timestamp.json", "targets/{rol}/2/{manifest}", "{objeto}"])
def test_b2_nothing_odd_at_any_component_of_the_inbox_is_followed_or_believed(
    origen: OrigenDePrueba,
    propio: Nodo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    camino: str,
    plantar: Callable[[Path, Path], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    entregar(origen, propio, 1)
    nuevo = origen.publicar(2)
    origen.entregar(propio.config.buzon)
    objeto = next(a.sha256 for a in nuevo.archivos if a.ruta == "corte.json")
    manifest = next((propio.config.buzon / f"targets/{ROL}/2").iterdir()).name
    completa = camino.format(rol=ROL, manifest=manifest, objeto=f"objetos/{objeto[:2]}/{objeto}").split("/")
    for hondo in range(1, len(completa) + 1):
        ruta = propio.config.buzon.joinpath(*completa[:hondo])
        fuera = tmp_path / f"fuera-{hondo}"
        plantar(ruta, fuera)
        try:
            assert ronda(propio) == 1
        except ErrorDeConfianza:
            assert propio.releases.activo() == 1
        if ruta.is_dir() and not ruta.is_symlink():
            ruta.rmdir()
        else:
            ruta.unlink(missing_ok=True)
        fuera.rename(ruta)
    assert ronda(propio) == 2


@pytest.mark.parametrize("parte", ["diputaciones", "diputaciones/index.html", "diputaciones/index.html.gz"])
def test_b2_no_component_of_a_page_may_become_a_link_to_elsewhere(tmp_path: Path, parte: str) -> None:
    with abrir_portal(tmp_path) as sitio:
        sitio.entregar(1)
        ruta = sitio.nodo.carpeta / "cortes/1" / parte
        ruta.rename(tmp_path / "propia")
        falsa = tmp_path / "falsa"
        if parte == "diputaciones":
            falsa.mkdir()
            (falsa / "index.html").write_bytes(b"falsa")
            (falsa / "index.html.gz").write_bytes(b"falsa")
        else:
            falsa.write_bytes(b"falsa")
        ruta.symlink_to(falsa)
        for codificacion in ("", "gzip"):
            estado, _, cuerpo = sitio.pedir("/diputaciones/", Accept_Encoding=codificacion)
            assert b"falsa" not in cuerpo
            assert estado == 404 or parte.endswith(".gz") or codificacion == "gzip"


# B6 and B7: modes, and a disk without inodes.


@pytest.mark.parametrize("mascara", [0o000, 0o002, 0o022, 0o027, 0o077, 0o777])
def test_b6_under_any_umask_all_may_read_and_nobody_else_may_write(
    origen: OrigenDePrueba, tmp_path: Path, mascara: int
) -> None:
    configuracion = configurar(tmp_path / "nodo", origen)
    origen.publicar(1)
    origen.entregar(configuracion.buzon)
    anterior = os.umask(mascara)
    try:
        with nodo.abrir(configuracion) as propio:
            ronda(propio)
    finally:
        os.umask(anterior)
    corte = configuracion.carpeta / "cortes/1"
    modos = {(r.is_dir(), r.stat().st_mode & 0o7777) for r in (corte, *corte.rglob("*"))}
    assert modos == {(True, 0o755), (False, 0o444)}


@pytest.mark.full
def test_b7_a_disk_without_inodes_keeps_the_old_corte_and_resumes(
    origen: OrigenDePrueba, tmp_path: Path
) -> None:
    chico = tmp_path / "chico"
    chico.mkdir()
    montar = ["mount", "-t", "tmpfs", "-o", "nr_inodes=600", "tmpfs", str(chico)]
    if subprocess.run(montar, capture_output=True, check=False).returncode != 0:
        pytest.skip("montar un disco chico pide ser root")
    try:
        configuracion = configurar(chico, origen, f'buzon = "{tmp_path / "buzon"}"\n')
        publicado.leer.cache_clear()
        with nodo.abrir(configuracion) as propio:
            assert entregar(origen, propio, 1) == 1
            muchos = {f"p/{n}.html": b"%d" % n for n in range(400)}
            origen.publicar(2, archivos=paginas(2) | muchos)
            origen.entregar(configuracion.buzon)
            with pytest.raises(ErrorDeAlmacen, match="caben"):
                ronda(propio)
            assert {r.name for r in (propio.carpeta / "cortes").iterdir()} == {"1"}
        relleno = [chico / f"relleno-{n}" for n in range(os.statvfs(chico).f_favail)]
        for uno in relleno:
            uno.touch()
        publicado.leer.cache_clear()
        with nodo.abrir(configuracion) as propio:  # it starts, whatever the disk
            assert propio.releases.activo() == 1
            for uno in relleno:
                uno.unlink()
            assert entregar(origen, propio, 3) == 3
    finally:
        subprocess.run(["umount", "-l", str(chico)], check=True)
