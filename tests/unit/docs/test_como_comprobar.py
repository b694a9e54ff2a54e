"""The recipe of the manual, run as it stands: `sha256sum` and `openssl` judge a page as Pregón does."""

import re
import subprocess
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from pregon.paquete.inclusion import Pruebas
from pregon.paquete.manifest import escribir, huella
from pregon.testing import registros
from pregon.testing.paquetes import ROL, paquete

PAGINA = (Path(__file__).resolve().parents[3] / "docs/como/comprobar.md").read_text(encoding="utf-8")
(RECETA,) = (b for b in re.findall(r"^```sh\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL) if "pkeyutl" in b)
FIRMANTE = CryptoSigner.generate_ed25519()
OTRO = CryptoSigner.generate_ed25519()
ARCHIVOS = {f"distritos/{n:02d}.html": b"<p>distrito %d\n" % n for n in range(11)}


def _receta(carpeta: Path, pagina: bytes, prueba: bytes, llave: str) -> tuple[int, str]:
    for nombre, datos in {"receta.sh": RECETA.encode(), "página 1.html": pagina, "p.txt": prueba}.items():
        (carpeta / nombre).write_bytes(datos)
    hecho = subprocess.run(
        ["sh", "receta.sh", "página 1.html", "p.txt", llave],
        cwd=carpeta,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return hecho.returncode, hecho.stdout


def _prueba(ruta: str, *, cortes: int, de: int) -> bytes:
    todos = [paquete(numero, archivos=ARCHIVOS)[0] for numero in range(1, cortes + 1)]
    lineas = registros.entradas(todos)
    corte = todos[de - 1]
    nota = registros.checkpoint(ROL, lineas, FIRMANTE)
    return Pruebas(corte, huella(escribir(corte)), entradas=lineas, checkpoint=nota).de(ruta)


@pytest.mark.parametrize(("n", "cortes", "de"), [(0, 1, 1), (4, 2, 1), (10, 7, 7), (9, 7, 5)])
def test_the_recipe_accepts_a_true_page(tmp_path: Path, n: int, cortes: int, de: int) -> None:
    ruta = f"distritos/{n:02d}.html"
    prueba = _prueba(ruta, cortes=cortes, de=de)

    codigo, dicho = _receta(tmp_path, ARCHIVOS[ruta], prueba, registros.llave(ROL, FIRMANTE))

    assert (codigo, "Signature Verified Successfully" in dicho) == (0, True)
    assert f"Corte y horas (UTC): {de} 2026-06-08T" in dicho


def _cambios() -> dict[str, tuple[bytes, bytes, str]]:
    ruta = "distritos/06.html"
    pagina, prueba, llave = ARCHIVOS[ruta], _prueba(ruta, cortes=7, de=5), registros.llave(ROL, FIRMANTE)

    def otra(antes: bytes, luego: bytes) -> tuple[bytes, bytes, str]:
        assert antes in prueba
        return pagina, prueba.replace(antes, luego, 1), llave

    camino = re.search(rb"index 4\n(.*?)\n\n", prueba, re.DOTALL)
    assert camino
    return {
        "page": (pagina + b" ", prueba, llave),
        "path": otra(b"06.html", b"07.html"),
        "side": otra(b"der ", b"izq "),
        "corte": otra(b"\n5 2026", b"\n6 2026"),
        "index": otra(b"index 4", b"index 5"),
        "index beyond": otra(b"index 4", b"index 9"),
        "hash less": otra(camino[1], camino[1].partition(b"\n")[2]),
        "hash more": otra(camino[1], camino[1] + b"\n" + b"A" * 43 + b"="),
        "size of the log": otra(b"\n7\n", b"\n8\n"),
        "log": otra(f"pregon/{ROL}\n".encode(), b"pregon/oficial\n"),
        "key": (pagina, prueba, registros.llave(ROL, OTRO)),
        "role of the key": (pagina, prueba, registros.llave("oficial", FIRMANTE)),
    }


@pytest.mark.parametrize("cambio", _cambios())
def test_the_recipe_refuses_whatever_was_changed(tmp_path: Path, cambio: str) -> None:
    codigo, dicho = _receta(tmp_path, *_cambios()[cambio])

    assert codigo != 0
    assert "Corte y horas" not in dicho


@pytest.mark.parametrize("antes", [b"\n7\n", b"\nindex 4\n"])
def test_the_recipe_runs_nothing_that_a_proof_says(tmp_path: Path, antes: bytes) -> None:
    # bash evaluates a subscript in arithmetic: as `sh` of macOS and RHEL it would run this.
    suya = antes[:-2] + b"pagina[$(touch tomada)0]\n"
    prueba = _prueba("distritos/06.html", cortes=7, de=5).replace(antes, suya, 1)
    for nombre, datos in {"receta.sh": RECETA.encode(), "p.html": ARCHIVOS["distritos/06.html"]}.items():
        (tmp_path / nombre).write_bytes(datos)
    (tmp_path / "p.txt").write_bytes(prueba)
    orden = ["bash", "receta.sh", "p.html", "p.txt", registros.llave(ROL, FIRMANTE)]

    hecho = subprocess.run(orden, cwd=tmp_path, check=False, capture_output=True, timeout=30)

    assert hecho.returncode != 0
    assert not (tmp_path / "tomada").exists()
