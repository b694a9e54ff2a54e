"""What a Markdown reader shows must be exactly the text given: markdown-it is the independent reader."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.documentos.documento import (
    Apartado,
    Blanco,
    Bloque,
    Codigo,
    Documento,
    Fuerte,
    Lista,
    Nota,
    Parrafo,
    Renglones,
    Tabla,
    Texto,
)
from pregon.documentos.markdown import escribir

markdown_it = pytest.importorskip("markdown_it", reason="falta markdown-it-py: make test lo instala")
LECTOR = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])

HOSTILES = [
    "<script>alert(1)</script>",
    "a|b|c",
    r"\|",
    r"\\|`|`",
    "`` ` ``",
    "# no es título",
    "1. no es lista",
    "- tampoco",
    "+ ni esto",
    "===",
    "---",
    "> cita",
    "    sangría",
    "[x](javascript:alert(1))",
    "![i](//malo.example)",
    "<https://malo.example>",
    "[a]: //malo.example",
    "**fuerte** _así_ ~~tachado~~",
    "&amp; &#60;",
    "renglón\n\n# nuevo",
    "retorno\r| otra | celda |",
    "fin\\",
    "```",
    "| --- | --- |",
    "mando\x00\x1b[31m",
    "derecha\u202eatrás",
    "dos\u2028renglones",
]


def _documento(*bloques: Bloque) -> Documento:
    return Documento(titulo="T", bloques=bloques)


def _textos(markdown: str) -> list[tuple[str, str]]:
    """Return (kind, text) of every inline run; any token but text and code shows as its type."""
    vistos = []
    tokens = LECTOR.parse(markdown)
    for previo, token in itertools.pairwise(tokens):
        if token.type == "inline":
            simples = {"text", "code_inline", "strong_open", "strong_close"}
            plano = "".join(t.content if t.type in simples else f"⟪{t.type}⟫" for t in token.children or [])
            vistos.append((previo.type, plano))
        else:
            assert token.type not in {"html_block", "fence", "code_block"}
    return vistos


def _visible(texto: str) -> str:
    legible = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"} else c for c in texto)
    return " ".join(legible.split())


TEXTOS = st.text(max_size=60) | st.text(alphabet=r"""`\|*_[]()<>#+-=1.)&;~! ab:/""" + "\n\t", max_size=30)


@given(texto=TEXTOS)
def test_a_paragraph_reads_back_as_its_text(texto: str) -> None:
    leido = _textos(escribir(_documento(Parrafo(texto=f"x {texto}"))))

    assert leido == [("heading_open", "T"), ("paragraph_open", _visible(f"x {texto}"))]


@given(texto=TEXTOS.filter(lambda t: bool(_visible(t))))
def test_a_text_that_begins_a_block_reads_back(texto: str) -> None:
    esperado = _visible(texto)
    bloques = (Parrafo(texto=texto), Nota(texto=texto), Lista(puntos=(texto,)))

    leido = _textos(escribir(_documento(*bloques, Apartado(titulo=texto, bloques=()))))

    assert [plano for _, plano in leido] == ["T", esperado, esperado, esperado, esperado]


@given(celdas=st.lists(st.tuples(TEXTOS, TEXTOS), max_size=3))
def test_a_table_keeps_its_cells_whatever_they_hold(celdas: list[tuple[str, str]]) -> None:
    filas = tuple((a, Codigo(texto=b)) for a, b in celdas)

    leido = _textos(escribir(_documento(Tabla(encabezado=("A", "B"), filas=filas))))

    esperado = [("td_open", _visible(celda)) for fila in celdas for celda in fila]
    assert leido == [("heading_open", "T"), ("th_open", "A"), ("th_open", "B"), *esperado]


@pytest.mark.parametrize("texto", HOSTILES)
@pytest.mark.parametrize("envoltura", [str, lambda t: Codigo(texto=t), lambda t: Fuerte(texto=t)])
def test_a_hostile_text_stays_text_in_a_cell(texto: str, envoltura: type[str]) -> None:
    leido = _textos(escribir(_documento(Tabla(encabezado=("A",), filas=((envoltura(texto),),)))))

    assert leido == [("heading_open", "T"), ("th_open", "A"), ("td_open", _visible(texto))]


def test_headings_descend_with_their_apartado() -> None:
    dentro = Apartado(titulo="Dos", bloques=(Parrafo(texto="p"),))

    assert (
        escribir(_documento(Apartado(titulo="Uno", bloques=(dentro,)))) == "# T\n\n## Uno\n\n### Dos\n\np\n"
    )


def test_names_and_figures_stay_readable_as_they_are_written() -> None:
    parrafos = ("ACTAS_ESPERADAS", "100.0000 %", "0.1.0", "-3")

    for texto in parrafos:
        assert escribir(_documento(Tabla(encabezado=(texto,), filas=()))).endswith(f"| {texto} |\n| --- |\n")


def test_figures_are_set_to_the_right() -> None:
    tabla = Tabla(encabezado=("Hora", "Hits"), filas=(("18", "1,024"),), cifras=frozenset({1}))

    assert escribir(_documento(tabla)).endswith("| Hora | Hits |\n| --- | --: |\n| 18 | 1,024 |\n")


def test_a_row_that_would_lose_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="celdas"):
        Tabla(encabezado=("A", "B"), filas=(("a",),))


def test_blanks_and_lines_are_drawn_to_be_filled_by_hand() -> None:
    texto: Texto = ("En ", Blanco(rotulo="lugar"), ", ", Fuerte(texto="hoy"))

    markdown = escribir(_documento(Parrafo(texto=texto), Renglones(cuantos=2)))
    leido = _textos(markdown)

    assert leido[1][1] == f"En {'_' * 24} (lugar), hoy"
    assert markdown.endswith(f"\n\n{'_' * 24}\n\n{'_' * 24}\n")
