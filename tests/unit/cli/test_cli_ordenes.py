"""The command line as a whole: every command answers in Spanish, with its exit codes."""

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from types import ModuleType

import pytest

from pregon import errors
from pregon.cli import ORDENES, main

INGLES = re.compile(
    r"usage|show this help|positional arguments|\boptions:|\boptional\b|\bdefault\b", re.IGNORECASE
)
FALTA_JINJA = ModuleNotFoundError("No module named 'jinja2'", name="jinja2")


@pytest.fixture
def orden_que(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Register, as a new command would be, one called `prueba` that raises what it is given."""

    def registrar(error: BaseException) -> None:
        def falla(*_: object) -> int:
            raise error

        modulo = ModuleType("pregon.cli.prueba")
        modulo.main = falla  # type: ignore[attr-defined]  # a module made here has no declared names
        monkeypatch.setitem(sys.modules, "pregon.cli.prueba", modulo)
        monkeypatch.setitem(ORDENES, "prueba", "falla siempre")

    return registrar


@pytest.mark.parametrize("orden", ORDENES)
def test_every_command_explains_itself_in_spanish(orden: str, capsys: pytest.CaptureFixture[str]) -> None:
    ayuda = _ayuda(capsys, orden)

    assert ayuda.startswith(f"uso: pregon {orden}")
    assert not INGLES.search(ayuda)


@pytest.mark.parametrize("orden", ORDENES)
def test_every_command_documents_its_exit_codes(orden: str, capsys: pytest.CaptureFixture[str]) -> None:
    ayuda = _ayuda(capsys, orden)

    assert re.search(r"códigos? de salida", ayuda, re.IGNORECASE)


@pytest.mark.parametrize("orden", ORDENES)
def test_every_subcommand_explains_itself_in_spanish(orden: str, capsys: pytest.CaptureFixture[str]) -> None:
    for subordenada in re.findall(r"^ {4}([a-z][a-z-]*)(?= |$)", _ayuda(capsys, orden), re.MULTILINE):
        ayuda = _ayuda(capsys, orden, subordenada)

        assert ayuda.startswith(f"uso: pregon {orden} {subordenada} ")
        assert not INGLES.search(ayuda)


@pytest.mark.parametrize("orden", ORDENES)
def test_an_unknown_option_exits_with_4(orden: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as salida:
        main([orden, "--esto-no-existe"])

    assert salida.value.code == errors.ErrorDeConfiguracion.codigo
    assert "uso: pregon" in capsys.readouterr().err


def test_the_general_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == errors.EXITO

    ayuda = capsys.readouterr().out
    assert all(f"  {orden} " in ayuda for orden in ORDENES)


def test_without_a_command_the_help_is_shown_and_the_call_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == errors.ErrorDeConfiguracion.codigo
    assert "uso: pregon ORDEN" in capsys.readouterr().out


def test_an_unknown_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cotre"]) == errors.ErrorDeConfiguracion.codigo
    assert "«cotre» no es una orden" in capsys.readouterr().err


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == errors.EXITO
    assert capsys.readouterr().out == f"pregon {version('pregon')}\n"


@pytest.mark.parametrize(
    "error",
    [
        errors.ErrorDeDatos("una celda vacía", archivo="a.csv", fila=7, columna="PAN"),
        errors.NoEsBaseDeDatos("sin columnas"),
        errors.ErrorDeConfiguracion("falta", archivo="e.toml", linea=3, clave="tipo"),
        errors.Rechazado("corte anterior"),
        errors.Alterado("otros bytes", rutas=("index.html",)),
        errors.ErrorDeRed("sin respuesta"),
        errors.ErrorDeAlmacen("disco lleno"),
        errors.ErrorDeOperacion("ya está cerrada"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_tells_its_cause_and_what_to_do_and_exits_with_its_code(
    error: errors.PregonError,
    orden_que: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    orden_que(error)

    assert main(["prueba"]) == error.codigo
    assert capsys.readouterr().err == f"pregon prueba: {error}\nQué hacer: {error.consejo}\n"


def test_a_missing_extra_is_told_with_the_line_that_installs_it(
    orden_que: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    orden_que(FALTA_JINJA)

    assert main(["prueba"]) == errors.ErrorDeConfiguracion.codigo
    assert 'pip install "pregon[origen]"' in capsys.readouterr().err


def test_a_missing_module_of_no_extra_is_our_own_fault(orden_que: Callable[[BaseException], None]) -> None:
    orden_que(ModuleNotFoundError("No module named 'tuf'", name="tuf"))

    with pytest.raises(ModuleNotFoundError):
        main(["prueba"])


def test_ctrl_c_exits_as_the_shell_expects(orden_que: Callable[[BaseException], None]) -> None:
    orden_que(KeyboardInterrupt())

    assert main(["prueba"]) == 130


def test_the_command_line_imports_no_command_before_it_is_called() -> None:
    programa = "import sys, pregon.cli; print([m for m in sys.modules if m in {'tuf', 'jinja2', 'aiohttp'}])"

    visto = subprocess.run([sys.executable, "-c", programa], capture_output=True, text=True, check=True)

    assert visto.stdout == "[]\n"


def _ayuda(capsys: pytest.CaptureFixture[str], *argumentos: str) -> str:
    with pytest.raises(SystemExit) as salida:
        main([*argumentos, "--help"])
    assert salida.value.code == errors.EXITO
    return capsys.readouterr().out
