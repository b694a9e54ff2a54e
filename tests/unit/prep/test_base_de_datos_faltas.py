"""Bad input: read where it can be, told with file, row, column and cause (R60, R85); else refused."""

import io
import zipfile
from collections.abc import Callable

import pytest

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos
from pregon.prep.acta import Contabilizada, Marcador
from pregon.prep.base_de_datos import Advertencia, leer
from pregon.prep.totales import totales

Escribir = Callable[..., bytes]

CANDIDATURAS = "ID_ENTIDAD,ID_DISTRITO_LOCAL,PARTIDO_CI,CANDIDATURA_PROPIETARIA,CANDIDATURA_SUPLENTE\n"


def comprimir(**miembros: bytes) -> bytes:
    salida = io.BytesIO()
    with zipfile.ZipFile(salida, "w", zipfile.ZIP_DEFLATED) as z:
        for nombre, datos in miembros.items():
            z.writestr(nombre.replace("__", "."), datos)
    return salida.getvalue()


def test_an_unknown_text_in_a_vote_cell_adds_nothing_and_is_told(
    escribir: Escribir, filas: list[list[str]]
) -> None:
    filas[0][16] = "noventa"

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].votos[0] is Marcador.ILEGIBLE
    assert [(a.fila, a.columna) for a in base.advertencias if "noventa" in a.mensaje] == [(8, "PAN")]


@pytest.mark.parametrize("escrito", ["90.0", "'90", "0090", " 90 "])
def test_a_count_badly_written_still_counts(escribir: Escribir, filas: list[list[str]], escrito: str) -> None:
    filas[0][16] = escrito

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].votos[0] == 90


def test_a_negative_count_is_no_count(escribir: Escribir, filas: list[list[str]]) -> None:
    filas[0][16] = "-90"

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].votos[0] is Marcador.ILEGIBLE


def test_total_calculado_beyond_the_cells_is_told_and_kept(
    escribir: Escribir, filas: list[list[str]]
) -> None:
    filas[0][24] = "242"

    (base,) = leer("x.csv", escribir(filas=filas))

    assert totales(base.actas, len(base.columnas)).votos_c_cs == 252
    assert [(a.fila, a.columna) for a in base.advertencias] == [(8, "TOTAL_VOTOS_CALCULADO")]


def test_short_rows_are_pending_and_told_once(escribir: Escribir, filas: list[list[str]]) -> None:
    cortas = [filas[0], filas[2][:13], filas[3][:13]]

    (base,) = leer("x.csv", escribir(filas=cortas))

    assert [a.contabilizada for a in base.actas[1:]] == [Contabilizada.PENDIENTE] * 2
    assert set(base.actas[1].votos) == {Marcador.NO_APLICA}
    (advertencia,) = base.advertencias
    assert advertencia == Advertencia(
        archivo="x.csv",
        fila=9,
        columna="",
        que="renglón corto: 13 de 37 campos",
        lectura="lo que falta se lee como no capturado",
        regla="R85",
        veces=2,
        muestra=(9, 10),
    )
    assert advertencia.mensaje.endswith("lo que falta se lee como no capturado (R85) (y 1 fila más)")


def test_a_long_row_is_told(escribir: Escribir, filas: list[list[str]]) -> None:
    filas[0].append("de más")

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].votos[0] == 90
    assert [a.fila for a in base.advertencias] == [8]


def test_an_unknown_contabilizada_is_pending_and_told(escribir: Escribir, filas: list[list[str]]) -> None:
    filas[0][28] = "quizá"

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].contabilizada is Contabilizada.PENDIENTE
    assert [(a.fila, a.columna) for a in base.advertencias] == [(8, "CONTABILIZADA")]


@pytest.mark.parametrize(
    ("escrita", "dicha"), [("t", Contabilizada.SI), ("f", Contabilizada.NO), ("VERDADERO", Contabilizada.SI)]
)
def test_a_boolean_of_a_database_or_a_spreadsheet_is_contabilizada(
    escribir: Escribir, filas: list[list[str]], escrita: str, dicha: Contabilizada
) -> None:
    filas[0][28] = escrita

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].contabilizada is dicha
    assert all(a.columna != "CONTABILIZADA" for a in base.advertencias)


def test_r64_a_limit_exceeded_only_warns(escribir: Escribir, filas: list[list[str]]) -> None:
    filas[0][25] = "100"

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].contada
    assert [(a.fila, a.columna) for a in base.advertencias] == [(8, "CONTABILIZADA")]


def test_subtotals_and_unknown_columns_are_no_votes(
    escribir: Escribir, filas: list[list[str]], columnas: list[str]
) -> None:
    con_subtotal = [[*f[:20], "999", *f[20:], "x"] for f in filas]

    (base,) = leer(
        "x.csv",
        escribir(columnas=[*columnas[:20], "C_PRI_UDC_TOTAL", *columnas[20:], "QR"], filas=con_subtotal),
    )

    assert len(base.columnas) == 7
    assert [a.columna for a in base.advertencias] == ["C_PRI_UDC_TOTAL", "QR"]


def test_a_quote_never_closed_is_told(escribir: Escribir, filas: list[list[str]]) -> None:
    filas[1][5] = '"DISTRITO 1'

    (base,) = leer("x.csv", escribir(filas=filas))

    assert any(a.fila == 9 and "comillas" in a.mensaje for a in base.advertencias)


@pytest.mark.parametrize(
    ("datos", "causa"),
    [(b"", "vacío"), (b"  \n", "vacío"), (b"\x00\x01\x02", "binario"),
     (b"<!DOCTYPE html><html></html>", "página web"),
     (b'{"a": 1}', "JSON"), (b"a,b,c\n1,2,3\n", "nombres de columna"), (b"\xff\xfe\x00", "UTF-16"),
     (CANDIDATURAS.encode(), "candidaturas"), (b"\xef\xbb\xbf", "nombres de columna")],
)  # fmt: skip
def test_what_is_no_base_de_datos_says_why(datos: bytes, causa: str) -> None:
    with pytest.raises(NoEsBaseDeDatos, match=causa) as error:
        leer("x.csv", datos)

    assert error.value.archivo == "x.csv"
    assert error.value.codigo == 2


def test_a_cell_beyond_the_parser_is_refused_with_its_place(
    escribir: Escribir, filas: list[list[str]]
) -> None:
    filas[1][5] = '"' + "x" * 200_000

    with pytest.raises(ErrorDeDatos, match="fila 9"):
        leer("x.csv", escribir(filas=filas))


def test_a_zip_and_a_zip_within(escribir: Escribir) -> None:
    dentro = comprimir(COAH_DIP_LOC_2026__csv=escribir(), LEEME__txt=b"Hola")
    fuera = comprimir(uno__zip=dentro, dos__zip=comprimir(COAH_AYUN_2026__csv=escribir()))

    bases = leer("todo.zip", fuera)

    assert [b.archivo for b in bases] == [
        "todo.zip/dos.zip/COAH_AYUN_2026.csv",
        "todo.zip/uno.zip/COAH_DIP_LOC_2026.csv",
    ]


def test_a_damaged_member_is_refused(escribir: Escribir) -> None:
    datos = bytearray(comprimir(a__csv=escribir()))
    datos[60:90] = bytes(30)

    with pytest.raises(ErrorDeDatos, match=r"x\.zip/a\.csv: está dañado"):
        leer("x.zip", bytes(datos))


def test_a_zip_with_candidaturas_alone_says_so() -> None:
    with pytest.raises(NoEsBaseDeDatos, match="sólo trae candidaturas"):
        leer("x.zip", comprimir(a__csv=CANDIDATURAS.encode()))


@pytest.mark.parametrize("nombre", ["LEEME__txt", "Léame_DIP__txt"])
def test_r77_a_leeme_that_lists_the_columns_is_no_base_de_datos(
    escribir: Escribir, columnas: list[str], campos: dict[str, str], nombre: str
) -> None:
    leeme = f"{', '.join(campos)}\n\nLas columnas son: {', '.join(columnas)}.\n".encode()

    (base,) = leer("x.zip", comprimir(**{"COAH_DIP_LOC__csv": escribir(), nombre: leeme}))

    assert base.archivo == "x.zip/COAH_DIP_LOC.csv"


def test_a_stray_csv_beside_is_told(escribir: Escribir) -> None:
    (base,) = leer("x.zip", comprimir(COAH_DIP_LOC__csv=escribir(), otro__csv=b"a,b\n1,2\n"))

    (advertencia,) = base.advertencias
    assert advertencia.archivo == "x.zip/otro.csv"
    assert advertencia.que.startswith("viene junto y no se hallaron los nombres de columna")


def test_candidaturas_beside_give_names_even_when_encoded_twice(escribir: Escribir) -> None:
    doble = "José Muñoz SOLÍS".encode().decode("latin-1")
    tabla = CANDIDATURAS + "05,001,PRI,MARÍA SOLÍS,\n" + f"05,001,PAN,{doble},\n"

    (base,) = leer(
        "x.zip", comprimir(COAH_DIP_LOC__csv=escribir(), COAH_DIP_LOC_CANDIDATURAS__csv=tabla.encode())
    )

    assert [c.propietaria for c in base.candidaturas] == ["MARÍA SOLÍS", "José Muñoz SOLÍS"]


def test_candidaturas_beyond_a_bound_are_left_out_and_never_fatal(escribir: Escribir) -> None:
    larga = f'"{"x" * 200_000}"'
    tabla = f"{larga}\n{CANDIDATURAS}05,001,PRI,{larga},\n05,001,PAN,ANA RUIZ,\n"

    (base,) = leer(
        "x.zip", comprimir(COAH_DIP_LOC__csv=escribir(), COAH_DIP_LOC_CANDIDATURAS__csv=tabla.encode())
    )

    assert [c.propietaria for c in base.candidaturas] == ["ANA RUIZ"]


def test_a_marker_in_other_letters_is_told_once_with_its_first_cell(
    escribir: Escribir, filas: list[list[str]]
) -> None:
    filas[0][16:18], filas[1][17] = ["sin_dato", "sin_dato"], "sin_dato"

    (base,) = leer("x.csv", escribir(filas=filas))

    (dicha,) = [a for a in base.advertencias if a.regla == "R59"]
    assert (dicha.fila, dicha.columna, dicha.muestra) == (8, "PAN", (8, 9))
    assert dicha.mensaje == "«sin_dato» no es una leyenda de 2024; se lee «SIN DATO» (R59) (y 1 fila más)"


def test_candidaturas_with_a_heading_forgotten(escribir: Escribir) -> None:
    tabla = "ID_ESTADO,PARTIDO_CI,CANDIDATO\n5,2,PRI,Georgina Cano\n"

    (base,) = leer(
        "x.zip", comprimir(COAH_DIP_LOC__csv=escribir(), COAH_DIP_LOC_CANDIDATOS__csv=tabla.encode())
    )

    assert [(c.unidad, c.clave, c.propietaria) for c in base.candidaturas] == [(2, "PRI", "Georgina Cano")]
