"""A TOML tells the line and key of every fault."""

import pytest

from pregon.configuracion import Lectura
from pregon.errors import ErrorDeConfiguracion

TEXTO = """# una noche
nombre = "Prueba"
listas = [
  "a", # ]
  "b",
]
largo = '''
clave = "no es clave"
'''

[reloj]
periodo = 6

[[difusores]]
id = "uno"

[[difusores]]
id = "dos"
url.publica = "x"
"""


def test_each_fault_has_its_line_and_key() -> None:
    lectura = Lectura(TEXTO, archivo="n.toml")
    raiz = lectura.raiz

    raiz.tabla("reloj").texto("periodo")
    raiz.tablas("difusores")[1].entero("id")
    raiz.tablas("difusores")[0].texto("url")

    assert [(f.linea, f.clave) for f in lectura.faltas] == [
        (12, "reloj.periodo"),
        (18, "difusores[2].id"),
        (14, "difusores[1]"),
    ]


def test_multiline_values_hide_no_lines() -> None:
    lectura = Lectura(TEXTO, archivo="n.toml")

    assert lectura.raiz.textos("listas") == ("a", "b")
    assert lectura._linea(("listas",)) == 3
    assert lectura._linea(("difusores", 1, "url", "publica")) == 19


def test_unknown_keys_are_faults() -> None:
    lectura = Lectura('nombre = "x"\nperido = 3\n', archivo="n.toml")
    lectura.raiz.texto("nombre")

    lectura.raiz.sin_sobrantes()

    assert [f.clave for f in lectura.faltas] == ["nombre", "perido"]


def test_no_toml_tells_the_line() -> None:
    with pytest.raises(ErrorDeConfiguracion) as falta:
        Lectura("a = 1\nb = \n", archivo="n.toml")

    assert falta.value.linea == 2


def test_the_first_fault_of_the_file_is_raised() -> None:
    lectura = Lectura("a = 1\nb = 2\n", archivo="n.toml")
    lectura.raiz.texto("b")
    lectura.raiz.texto("a")

    with pytest.raises(ErrorDeConfiguracion, match="línea 1, a:"):
        lectura.terminar()


@pytest.mark.parametrize("valor", ["2026-06-07T18:30:00", '"ayer"', "true"])
def test_an_instant_needs_its_offset(valor: str) -> None:
    lectura = Lectura(f"t = {valor}\n", archivo="n.toml")

    lectura.raiz.instante("t")

    assert len(lectura.faltas) == 1


@pytest.mark.parametrize(
    ("camino", "linea"),
    [
        (("unidades", 1), 3),
        (("unidades", 1, "nombre"), 3),
        (("listas", 0, 1), 6),
        (("con espacio", "b"), 8),
        (("reloj", "hora"), 10),
        (("no", "está"), 1),
    ],
)
def test_elements_of_arrays_have_their_own_line(camino: tuple[str | int, ...], linea: int) -> None:
    texto = """unidades = [ # dos
  { numero = 1, nombre = "a ] }" },
  { numero = 2, nombre = 'b # c' },
]
listas = [[1,
  2], [3]]
largo = '''x = 1'''
"con espacio" . b = 1
[ reloj ]
hora = 07:30:00
"""

    assert Lectura(texto, archivo="n.toml")._linea(camino) == linea


def test_a_key_given_twice_is_told_as_that() -> None:
    with pytest.raises(ErrorDeConfiguracion, match=r"línea 2: .*dos veces"):
        Lectura("x = 1\nx = 2\n", archivo="n.toml")
