"""`pregon registro`: every kind of place, and what each answer exits with."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from pregon.cli import main
from pregon.errors import EQUIVOCO, EXITO, SIN_AUTORIA
from pregon.paquete import prueba as pruebas
from pregon.paquete import registro
from pregon.paquete.manifest import huella
from pregon.testing.origen import OrigenDePrueba, paginas


class Casa:
    """Saved copies of the log of one institute that says two things from corte 2 on."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.origen = OrigenDePrueba(base / "origen")
        self.origen.publicar(1)
        self.doble = self.origen.doble(base / "doble")
        self.doble.publicar(2, archivos=paginas(2) | {"corte.json": b"{}"})
        self.guardar(self.origen, base / "temprano")
        self.origen.publicar(2)
        self.guardar(self.origen, base / "bueno")
        self.guardar(self.doble, base / "malo")
        self.raiz = huella(self.origen.raiz.read_bytes())

    def guardar(self, origen: OrigenDePrueba, carpeta: Path) -> None:
        """Save what a site shows of its log."""
        propia = carpeta / ".well-known/pregon"
        propia.mkdir(parents=True)
        shutil.copyfile(origen.repositorio.carpeta / "prueba.json", propia / "prueba.json")
        for nombre, datos in origen.registro().items():
            (propia / nombre).write_bytes(datos)

    @property
    def llave(self) -> str:
        viva = pruebas.leer((self.origen.repositorio.carpeta / "prueba.json").read_bytes())
        (llave,) = pruebas.llaves(viva.raices, viva.targets, raiz=self.raiz, rol=self.origen.rol)
        return llave

    def lugar(self, nombre: str) -> str:
        return str(self.base / nombre)


@pytest.fixture(scope="module")
def casa(tmp_path_factory: pytest.TempPathFactory) -> Casa:
    return Casa(tmp_path_factory.mktemp("casa"))


def test_the_log_is_a_table_for_people(casa: Casa, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["registro", "ver", casa.lugar("bueno"), "--raiz", casa.raiz]) == EXITO

    texto = capsys.readouterr().out
    assert f"pregon/{casa.origen.rol}: 2 cortes" in texto
    sha = registro.leer(registro.separar(casa.origen.registro()["registro"])[1]).manifest
    assert (
        f"     2  {casa.origen.ahora:%d/%m/%Y %H:%M}  {casa.origen.ahora:%d/%m/%Y %H:%M:%S}  {sha[:16]}"
        in texto
    )


@pytest.mark.parametrize(("con", "codigo"), [("raiz", EXITO), ("llave", EXITO), (None, SIN_AUTORIA)])
def test_a_shorter_copy_of_the_same_history_is_the_same_history(
    casa: Casa, capsys: pytest.CaptureFixture[str], con: str | None, codigo: int
) -> None:
    confianza = [f"--{con}", str(getattr(casa, con))] if con else []

    assert main(["registro", "comparar", casa.lugar("temprano"), casa.lugar("bueno"), *confianza]) == codigo

    texto = capsys.readouterr().out
    assert "UNA SOLA HISTORIA en 2 lugares" in texto
    assert ("AUTORÍA NO COMPROBADA" in texto) == (con is None)


def test_a20_two_histories_exit_with_their_own_code_and_leave_the_evidence(
    casa: Casa, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prueba = tmp_path / "prueba.json"
    lugares = [casa.lugar(nombre) for nombre in ("temprano", "bueno", "malo")]

    assert main(["registro", "comparar", *lugares, "--raiz", casa.raiz, "--prueba", str(prueba)]) == EQUIVOCO
    assert "se separan en la entrada 1" in capsys.readouterr().out
    otra = tmp_path / "otra.json"
    orden = ["registro", "comparar", str(prueba), "--llave", casa.llave, "--prueba", str(otra), "--json"]
    assert main(orden) == EQUIVOCO
    assert json.loads(capsys.readouterr().out)["autoria"] is True
    assert otra.read_bytes() == prueba.read_bytes()


def test_a20_without_a_key_or_a_root_nobody_is_accused(
    casa: Casa, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lugares = [casa.lugar("bueno"), casa.lugar("malo"), "--prueba", str(tmp_path / "prueba.json")]

    assert main(["registro", "comparar", *lugares]) == EQUIVOCO
    assert "DOS HISTORIAS, de autoría no comprobada" in capsys.readouterr().out
    assert main(["registro", "comparar", *lugares, "--llave", casa.llave]) == EQUIVOCO
    assert "DOS HISTORIAS, las dos firmadas" in capsys.readouterr().out


def test_a20_what_a_place_adds_beyond_its_checkpoint_is_no_evidence(casa: Casa, tmp_path: Path) -> None:
    shutil.copytree(casa.base / "malo", tmp_path / "malo")
    with (tmp_path / "malo/.well-known/pregon/registro").open("ab") as lista:
        lista.write(b"\xff\xfe basura\n")
    prueba = tmp_path / "prueba.json"

    lugares = [casa.lugar("bueno"), str(tmp_path / "malo")]
    assert main(["registro", "comparar", *lugares, "--raiz", casa.raiz, "--prueba", str(prueba)]) == EQUIVOCO
    assert b"basura" not in prueba.read_bytes()


def test_a_zip_and_two_saved_files_are_places_too(casa: Casa, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "sitio.zip", "w") as zipeado:
        zipeado.writestr("index.html", "<p>un sitio")
        for nombre in ("prueba.json", "checkpoint", "registro"):
            zipeado.write(casa.base / f"bueno/.well-known/pregon/{nombre}", f".well-known/pregon/{nombre}")
    sueltos = tmp_path / "sueltos/.well-known/pregon"
    sueltos.mkdir(parents=True)
    for nombre, datos in casa.origen.registro().items():
        (sueltos / nombre).write_bytes(datos)

    lugares = [str(tmp_path / "sitio.zip"), str(tmp_path / "sueltos")]
    assert main(["registro", "comparar", *lugares, "--llave", casa.llave]) == EXITO
    assert main(["registro", "comparar", *lugares, "--raiz", casa.raiz]) == 5


@pytest.mark.parametrize(
    ("argumentos", "codigo", "causa"),
    [
        (["comparar", "bueno", "--raiz", "RAIZ"], 4, "al menos dos lugares"),
        (["comparar", "bueno", "malo", "--llave", "x"], 4, "--llave: no es una llave"),
        (["comparar", "bueno", "malo", "--raiz", "0" * 64], 5, "no está en su cadena de raíces"),
        (["ver", "origen", "--raiz", "RAIZ"], 2, "no está"),
        (["ver", "nada"], 2, "no existe"),
        (["ver", "origen/raiz.json"], 5, "no tiene la forma esperada"),
    ],
)
def test_what_cannot_be_compared_says_why(
    casa: Casa, capsys: pytest.CaptureFixture[str], argumentos: list[str], codigo: int, causa: str
) -> None:
    nombres = {"bueno", "malo", "origen", "nada", "origen/raiz.json"}
    orden = [casa.lugar(a) if a in nombres else casa.raiz if a == "RAIZ" else a for a in argumentos]

    assert main(["registro", *orden]) == codigo

    assert causa in capsys.readouterr().err
