"""Every sentence that argparse can say to an operator is Spanish, and a wrong call exits with 4."""

import pytest

from pregon.cli.parser import Parser
from pregon.errors import ErrorDeConfiguracion


def _parser() -> Parser:
    parser = Parser(prog="pregon prueba", descripcion="Prueba.", epilogo="códigos de salida: 0")
    parser.add_argument("archivo")
    parser.add_argument("--cortes", type=int)
    parser.add_argument("--eleccion", choices=["diputaciones", "ayuntamientos"])
    parser.add_argument("--rutas", nargs="+")
    parser.add_argument("--json", action="store_true")
    grupo = parser.add_mutually_exclusive_group()
    grupo.add_argument("--uno", action="store_true")
    grupo.add_argument("--otro", action="store_true")
    return parser


def _parser_con_grupo_obligado() -> Parser:
    parser = Parser(prog="pregon prueba", descripcion="Prueba.")
    grupo = parser.add_mutually_exclusive_group(required=True)
    grupo.add_argument("--carpeta")
    grupo.add_argument("--url")
    return parser


@pytest.mark.parametrize(
    ("argumentos", "frase"),
    [
        ([], "faltan argumentos: archivo"),
        (["a", "b"], "argumentos desconocidos: b"),
        (["a", "--cortes", "doce"], "--cortes: valor no válido: 'doce'"),
        (["a", "--cortes"], "--cortes: falta su valor"),
        (["a", "--rutas"], "--rutas: falta al menos un valor"),
        (["a", "--uno", "--otro"], "--otro: no puede ir junto con --uno"),
        (["a", "--json=si"], "--json: no lleva valor ('si')"),
        (["a", "--eleccion", "gubernatura"], "--eleccion: 'gubernatura' no es una opción; elija entre "),
    ],
)
def test_a_wrong_call_is_told_in_spanish(
    argumentos: list[str], frase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as salida:
        _parser().parse_args(argumentos)

    assert salida.value.code == ErrorDeConfiguracion.codigo
    dicho = capsys.readouterr().err
    assert dicho.startswith("uso: pregon prueba")
    assert f"pregon prueba: {frase}" in dicho


def test_a_required_choice_is_told_in_spanish(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parser_con_grupo_obligado().parse_args([])

    assert "hace falta uno de: --carpeta --url" in capsys.readouterr().err


def test_the_help_has_spanish_titles(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as salida:
        _parser().parse_args(["--help"])

    assert salida.value.code == 0
    dicho = capsys.readouterr().out
    assert "uso: pregon prueba" in dicho
    assert "argumentos:" in dicho
    assert "opciones:" in dicho
    assert "muestra esta ayuda" in dicho


def test_an_option_is_never_abbreviated() -> None:
    with pytest.raises(SystemExit):
        _parser().parse_args(["a", "--cort", "3"])
