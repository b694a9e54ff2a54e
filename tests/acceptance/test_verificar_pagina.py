"""One saved page, its proof and a key, offline: `pregon verificar` and the single file judge it alike."""

import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from pregon import cli
from pregon.cli.verificar import prueba_de
from pregon.origin import llaves
from pregon.paquete import registro
from pregon.paquete.inclusion import Pruebas
from pregon.paquete.inspeccion import CHECKPOINT, ENTRADAS
from pregon.paquete.manifest import escribir, huella
from pregon.storage.releases import Releases
from pregon.testing import registros
from pregon.testing.paquetes import ROL, noche, paquete, publicar

VERIFICADOR = Path(__file__).resolve().parents[2] / "verificador/pregon_verificar.py"
PAGINA = b"<!doctype html>\n<title>Corte 3</title>\n<p>Distrito 4: 1,024 votos\n"
OTRO = CryptoSigner.generate_ed25519()


@dataclass(frozen=True)
class Caso:
    """What a reader has in hand."""

    pagina: bytes
    prueba: bytes
    llave: str | None


@pytest.fixture(scope="module")
def carpeta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night of three cortes, and a node's folder with the last of them and the log."""
    base = tmp_path_factory.mktemp("noche")
    repositorio = noche(base, cortes=0)
    cortes = [publicar(repositorio, numero) for numero in (1, 2, 3)]
    firmante = llaves.abrir(base, rol=ROL).delegado
    lineas = registros.entradas(cortes)
    extra = {
        ".well-known/pregon/prueba.json": (base / "repositorio/prueba.json").read_bytes(),
        CHECKPOINT: registros.checkpoint(ROL, lineas, firmante),
        ENTRADAS: lineas,
    }
    releases = Releases(base / "nodo")
    mapa = {uno.ruta: repositorio.objetos.path(uno.sha256) for uno in cortes[2].archivos}
    releases.materialise(3, mapa, extra)
    releases.activate(3)
    (base / "llave.txt").write_text(registros.llave(ROL, firmante) + "\n")
    return base


@pytest.fixture(scope="module")
def bueno() -> Caso:
    firmante = CryptoSigner.generate_ed25519()
    archivos = {"corte.json": b"{}", "distritos/4.html": PAGINA, "index.html": b"otra"}
    cortes = [paquete(numero, archivos=archivos)[0] for numero in (1, 2, 3)]
    lineas = registros.entradas(cortes)
    nota = registros.checkpoint(ROL, lineas, firmante)
    pruebas = Pruebas(cortes[2], huella(escribir(cortes[2])), entradas=lineas, checkpoint=nota)
    return Caso(PAGINA, pruebas.de("distritos/4.html"), registros.llave(ROL, firmante))


def _del_indice(bueno: Caso) -> Caso:
    """Return the same page with the proof of another file of its corte."""
    archivos = {"corte.json": b"{}", "distritos/4.html": PAGINA, "index.html": b"otra"}
    corte = paquete(3, archivos=archivos)[0]
    lineas = registros.entradas([corte])
    pruebas = Pruebas(
        corte, huella(escribir(corte)), entradas=lineas, checkpoint=registros.checkpoint(ROL, lineas, OTRO)
    )
    return replace(bueno, prueba=pruebas.de("index.html"))


def _prueba(cambia: Callable[[bytes], bytes]) -> Callable[[Caso], Caso]:
    return lambda caso: replace(caso, prueba=cambia(caso.prueba))


def _sin_llave(cambia: Callable[[bytes], bytes]) -> Callable[[Caso], Caso]:
    return lambda caso: replace(caso, prueba=cambia(caso.prueba), llave=None)


def _ultima(prueba: bytes) -> bytes:
    """Return its last line: the signature."""
    return prueba[prueba.rindex("—".encode()) :]


def _pagina(cambia: Callable[[bytes], bytes]) -> Callable[[Caso], Caso]:
    return lambda caso: replace(caso, pagina=cambia(caso.pagina))


def _voltea(lugar: int) -> Callable[[bytes], bytes]:
    def volteada(datos: bytes) -> bytes:
        malos = bytearray(datos)
        malos[lugar] ^= 1
        return bytes(malos)

    return volteada


BUENOS: dict[str, tuple[int, Callable[[Caso], Caso]]] = {
    "good": (0, lambda caso: caso),
    "a witness signed too": (0, _prueba(lambda p: p + _ultima(p).replace(b"pregon/", b"testigo/"))),
    "without a key": (9, lambda caso: replace(caso, llave=None)),
    "key with spaces around": (0, lambda caso: replace(caso, llave=f"  {caso.llave}\r\n")),
}
MALOS: dict[str, tuple[int, Callable[[Caso], Caso]]] = {
    "one bit of the page": (5, _pagina(_voltea(40))),
    "page cut": (5, _pagina(lambda p: p[:-1])),
    "page grown": (5, _pagina(lambda p: p + b" ")),
    "empty page": (5, _pagina(lambda _: b"")),
    "another page of the corte": (5, _pagina(lambda _: b"otra")),
    "proof of another page": (5, _del_indice),
    "CRLF": (5, _pagina(lambda p: p.replace(b"\n", b"\r\n"))),
    "saved whole by Chromium": (5, _pagina(lambda p: b"<!-- saved from url=(0020)https://a.mx/ -->\n" + p)),
    "saved whole by Firefox": (5, _pagina(lambda p: p + b'<link href="Corte%203_archivos/e.css">')),
    "MHTML": (5, _pagina(lambda _: b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n")),
    "another's key": (5, lambda caso: replace(caso, llave=registros.llave(ROL, OTRO))),
    "another role's key": (5, lambda caso: replace(caso, llave=registros.llave("oficial", OTRO))),
    "no proof at all": (5, _prueba(lambda _: b"")),
    "a proof that is a page": (5, _prueba(lambda _: PAGINA)),
    "a huge proof": (5, _prueba(lambda p: p + b"A" * 9000)),
    "not UTF-8": (5, _prueba(lambda p: p + b"\xff")),
    "CRLF in the proof": (5, _prueba(lambda p: p.replace(b"\n", b"\r\n"))),
    "a step less": (5, _prueba(lambda p: p.replace(b"izq", b"", 1))),
    "another side": (5, _prueba(lambda p: p.replace(b"izq", b"der", 1))),
    "another index": (5, _prueba(lambda p: p.replace(b"index 2", b"index 1"))),
    "an index beyond": (5, _prueba(lambda p: p.replace(b"index 2", b"index 3"))),
    "an index in two ways": (5, _prueba(lambda p: p.replace(b"index 2", b"index 02"))),
    "another corte": (5, _prueba(lambda p: p.replace(b"\n3 2026", b"\n4 2026"))),
    "another hour": (5, _prueba(lambda p: p.replace(b"T01:00:00Z", b"T02:00:00Z"))),
    "an impossible hour": (5, _prueba(lambda p: p.replace(b"T01:00:00Z", b"T25:00:00Z"))),
    "a larger log": (5, _prueba(lambda p: p.replace(b"\n3\n", b"\n4\n"))),
    "another log": (5, _prueba(lambda p: p.replace(f"pregon/{ROL}\n".encode(), b"pregon/oficial\n"))),
    "a longer checkpoint": (5, _prueba(lambda p: p.replace(b"\n3\n", b"\n3\n\n"))),
    "signature cut": (5, _prueba(lambda p: p[:-10])),
    "signature in two ways": (5, _prueba(lambda p: p[:-2] + b"\x0b")),
    "no signature": (5, _prueba(lambda p: p[: p.rindex("—".encode())])),
    "one bit of the signature": (5, _prueba(lambda p: p[:-20] + bytes([p[-20] ^ 1]) + p[-19:])),
    "a path that plays with the screen": (5, _prueba(lambda p: p.replace(b"4.html", b"\x1b[2J", 1))),
    "a path that climbs, without a key": (5, _sin_llave(lambda p: p.replace(b"distritos/4", b"../x", 1))),
    "a name that plays with the screen, without a key": (
        5,
        _sin_llave(lambda p: p.replace(f"\npregon/{ROL}\n".encode(), b"\npregon/\x1b[2J\n")),
    ),
    "a log without a name, without a key": (
        5,
        _sin_llave(lambda p: p.replace(f"\npregon/{ROL}\n3\n".encode(), b"\n\n3\n")),
    ),
    "a second signature, false": (5, _prueba(lambda p: p + _voltea(-12)(_ultima(p)))),
    "a key cut": (4, lambda caso: replace(caso, llave=(caso.llave or "")[:-4])),
    "no key at all": (4, lambda caso: replace(caso, llave="<p>llave")),
}


def _en_disco(caso: Caso, lugar: Path) -> list[str]:
    (lugar / "página guardada.html").write_bytes(caso.pagina)
    (lugar / "prueba.txt").write_bytes(caso.prueba)
    argumentos = [str(lugar / "página guardada.html"), str(lugar / "prueba.txt")]
    if caso.llave is not None:
        (lugar / "llave.txt").write_text(caso.llave, newline="")
        argumentos.append(str(lugar / "llave.txt"))
    return argumentos


def _archivo(*argumentos: object) -> tuple[int, str]:
    """Run the single file without anything but Python's own library."""
    hecho = subprocess.run(
        [sys.executable, "-I", "-S", VERIFICADOR, *map(str, argumentos)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONUTF8": "1"},
    )
    assert "Traceback" not in hecho.stderr
    return hecho.returncode, hecho.stdout


def _pregon(capsys: pytest.CaptureFixture[str], *argumentos: object) -> tuple[int, str]:
    codigo = cli.main(["verificar", *map(str, argumentos)])
    return codigo, capsys.readouterr().out


def _sin_causa(salida: str) -> list[str]:
    """Return a report without its last words, which each says in its own way."""
    return [linea for linea in salida.splitlines() if not linea.startswith("  ✗")]


@pytest.mark.parametrize("caso", [*BUENOS, *MALOS])
def test_both_judge_every_case_alike(
    bueno: Caso, tmp_path: Path, capsys: pytest.CaptureFixture[str], caso: str
) -> None:
    codigo, cambia = (BUENOS | MALOS)[caso]
    cambiado = cambia(bueno)
    assert caso == "good" or cambiado != bueno
    pagina, prueba, *llave = _en_disco(cambiado, tmp_path)
    opcion = ["--llave", *llave] if llave else []

    suyo = _pregon(capsys, pagina, "--prueba", prueba, *opcion)
    del_archivo = _archivo(pagina, prueba, *llave)

    assert (suyo[0], del_archivo[0]) == (codigo, codigo)
    assert _sin_causa(suyo[1]) == _sin_causa(del_archivo[1])


@pytest.mark.parametrize(
    ("caso", "dicho"),
    [
        ("saved whole by Chromium", "un navegador la reescribió al guardarla"),
        ("saved whole by Firefox", "un navegador la reescribió al guardarla"),
        ("MHTML", "un navegador la reescribió al guardarla"),
        ("CRLF", "sólo cambiaron los fines de línea"),
    ],
)
def test_a_page_that_was_rewritten_says_so_and_how_to_save_it(
    bueno: Caso, tmp_path: Path, capsys: pytest.CaptureFixture[str], caso: str, dicho: str
) -> None:
    pagina, prueba, llave = _en_disco(MALOS[caso][1](bueno), tmp_path)

    for salida in (
        _pregon(capsys, pagina, "--prueba", prueba, "--llave", llave)[1],
        _archivo(pagina, prueba, llave)[1],
    ):
        assert salida.startswith("ALTERADO: no es lo que se firmó\n")
        assert dicho in salida
        assert "«sólo HTML»" in salida


def test_b5_both_refuse_any_flipped_byte_of_a_proof(
    bueno: Caso, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archivo = runpy.run_path(str(VERIFICADOR))["main"]
    pagina, prueba, llave = _en_disco(bueno, tmp_path)
    for lugar in range(0, len(bueno.prueba), 23):
        Path(prueba).write_bytes(_voltea(lugar)(bueno.prueba))
        codigo = archivo([pagina, prueba, llave])
        capsys.readouterr()
        assert (codigo, _pregon(capsys, pagina, "--prueba", prueba, "--llave", llave)[0]) == (5, 5)


def test_the_report_tells_corte_hour_authorship_and_that_freshness_is_not_proven(
    bueno: Caso, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pagina, prueba, llave = _en_disco(bueno, tmp_path)

    _, salida = _pregon(capsys, pagina, "--prueba", prueba, "--llave", llave)

    assert salida.startswith("ÍNTEGRO Y AUTÉNTICO\n  Archivo:   distritos/4.html, ")
    assert "  Corte:     3, 08/06/2026 01:00 UTC\n" in salida
    assert f"firmado por «pregon/{ROL}» con la llave indicada" in salida
    assert "  Registro:  entrada 3 de 3\n" in salida
    assert "Vigencia:  sin conexión no se comprueba: puede haber un corte más reciente" in salida


def test_the_proof_of_a_file_is_cut_offline_from_a_whole_tree(
    carpeta: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    for lugar in ("nodo", "nodo/cortes/3"):
        codigo = cli.main(["verificar", str(carpeta / lugar), "--prueba-de", "datos/actas.csv"])
        (tmp_path / "prueba.txt").write_bytes(capsysbinary.readouterr().out)
        pagina = carpeta / "nodo/actual/datos/actas.csv"
        assert codigo == 0
        assert _archivo(pagina, tmp_path / "prueba.txt", carpeta / "llave.txt")[0] == 0


def test_the_key_is_taken_from_a_whole_proof_only_under_a_root(
    carpeta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raiz = carpeta / "raiz.json"
    prueba = prueba_de(str(carpeta / "nodo"), "index.html", raiz=raiz.read_bytes(), ahora=datetime.now(UTC))
    (tmp_path / "prueba.txt").write_bytes(prueba)
    entera = carpeta / "nodo/cortes/3/.well-known/pregon/prueba.json"
    comun = (carpeta / "nodo/actual/index.html", "--prueba", tmp_path / "prueba.txt", "--llave", entera)

    assert _pregon(capsys, *comun, "--raiz", raiz)[0] == 0
    assert _pregon(capsys, *comun)[0] == 4
    assert _pregon(capsys, *comun, "--raiz", "0" * 64)[0] == 5


def test_a19_a_rehearsal_s_page_is_not_the_election_s(
    bueno: Caso, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pagina, prueba, llave = _en_disco(bueno, tmp_path)

    codigo, salida = _pregon(capsys, pagina, "--prueba", prueba, "--llave", llave, "--rol", "oficial")

    assert (codigo, "no es de «oficial»" in salida) == (5, True)
    assert salida.startswith("NO ES DEL ROL INDICADO\n")


def test_a_loose_file_without_its_proof_is_told_how(
    bueno: Caso, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pagina, *_ = _en_disco(bueno, tmp_path)

    codigo = cli.main(["verificar", pagina])

    assert (codigo, "--prueba" in capsys.readouterr().err) == (2, True)


def test_json_for_programs(bueno: Caso, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pagina, prueba, llave = _en_disco(bueno, tmp_path)

    _, salida = _pregon(capsys, pagina, "--prueba", prueba, "--llave", llave, "--json")
    informe = json.loads(salida)

    assert (informe["archivo"], informe["corte"], informe["integro"], informe["autoria"]) == (
        *("distritos/4.html", 3),
        *(True, True),
    )
    assert (informe["instante"], informe["causa"]) == ("2026-06-08T01:00:00Z", None)


@pytest.mark.parametrize(
    ("argumentos", "codigo"),
    [
        ((), 4),
        (("--ayuda",), 4),
        (("a", "b", "c", "d"), 4),
        (("no-esta.html", VERIFICADOR), 2),
        ((VERIFICADOR, "no-esta"), 2),
        ((VERIFICADOR, VERIFICADOR, "no-esta"), 2),
    ],
)
def test_a_wrong_call_of_the_single_file_is_told(argumentos: tuple[object, ...], codigo: int) -> None:
    assert _archivo(*argumentos)[0] == codigo


@pytest.mark.parametrize(
    "argumentos",
    [
        (VERIFICADOR, "--llave", "x"),
        (VERIFICADOR, "--prueba", VERIFICADOR, "--recontar"),
        (VERIFICADOR, "--prueba", VERIFICADOR, "--prueba-de", "x"),
        (VERIFICADOR, "--prueba", VERIFICADOR, "--llave", "no-esta"),
    ],
)
def test_a_wrong_call_of_pregon_verificar_is_told(
    capsys: pytest.CaptureFixture[str], argumentos: tuple[object, ...]
) -> None:
    assert _pregon(capsys, *argumentos)[0] == 4


def test_a20_a_log_kept_with_a_corte_that_another_key_signed_is_named(
    carpeta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corte = tmp_path / "corte"
    shutil.copytree(carpeta / "nodo/cortes/3", corte)
    assert _pregon(capsys, corte, "--raiz", carpeta / "raiz.json")[0] == 0
    (corte / CHECKPOINT).chmod(0o644)
    (corte / CHECKPOINT).write_bytes(registros.checkpoint(ROL, (corte / ENTRADAS).read_bytes(), OTRO))

    codigo, salida = _pregon(capsys, corte, "--raiz", carpeta / "raiz.json")

    assert (codigo, f"✗ {CHECKPOINT}: " in salida) == (5, True)
    assert registro.leer_nota((corte / CHECKPOINT).read_bytes()).tamano == 3
