"""Layouts of elections that nobody here has: each small file gives the 13 figures of its clean twin (R87)."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence

import pytest

from pregon.prep.acta import Contabilizada, TipoCasilla
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.comparar import comparar
from pregon.prep.jornada import ClaseColumna
from pregon.prep.porcentaje import porcentaje

Escribir = Callable[..., bytes]
Filas = list[list[str]]


def avisos(base: BaseDeDatos, columna: str) -> list[tuple[int | None, str]]:
    return [(a.fila, a.mensaje) for a in base.advertencias if a.columna == columna]


def con_columna(
    columnas: list[str], filas: Filas, lugar: str, nombre: str, valor: str
) -> tuple[list[str], Filas]:
    i = columnas.index(lugar)
    return [*columnas[:i], nombre, *columnas[i:]], [[*f[:i], valor, *f[i:]] for f in filas]


def sin_columnas(columnas: list[str], filas: Filas, *fuera: str) -> tuple[list[str], Filas]:
    quedan = [i for i, c in enumerate(columnas) if c not in fuera]
    return [columnas[i] for i in quedan], [[f[i] for i in quedan] for f in filas]


def cambiar(columnas: list[str], filas: Filas, nombre: str, cambio: Callable[[str], str]) -> Filas:
    i = columnas.index(nombre)
    return [[*f[:i], cambio(f[i]), *f[i + 1 :]] for f in filas]


def citar(escrito: bytes) -> bytes:
    salida = io.StringIO()
    csv.writer(salida, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        linea.split(",") for linea in escrito.decode().split("\n")
    )
    return salida.getvalue().encode()


@pytest.mark.parametrize("nombre", ["NUM_ACTA_IMPRESO", "FOLIO_ACTA", "TOTAL_BOLETAS_X", "LISTA_DE_ALGO"])
def test_a_number_before_the_parties_is_no_vote(
    escribir: Escribir, columnas: list[str], filas: Filas, nombre: str
) -> None:
    otras, otros = con_columna(*sin_columnas(columnas, filas, "TOTAL_VOTOS_CALCULADO"), "PAN", nombre, "7")

    (base,) = leer("x.csv", escribir(columnas=otras, filas=otros))

    assert comparar(base, ultimo=False).diferencias == ()
    assert len(avisos(base, nombre)) == 1


@pytest.mark.parametrize("nombre", ["VOTOS_RESERVADOS", "COTEJADA_9", "VOTACION_VALIDA", "CIFRA_X"])
def test_a_number_after_the_nulos_is_no_vote(
    escribir: Escribir, columnas: list[str], filas: Filas, nombre: str
) -> None:
    menos = sin_columnas(columnas, filas, "TOTAL_VOTOS_CALCULADO")
    otras, otros = con_columna(*menos, "TOTAL_VOTOS_ASENTADO", nombre, "7")

    (base,) = leer("x.csv", escribir(columnas=otras, filas=otros))

    assert comparar(base, ultimo=False).diferencias == ()


@pytest.mark.parametrize(
    ("debido", "escrito"),
    [("NULOS", "NUM_VOTOS_NULOS"), ("NO_REGISTRADAS", "CAND. NO REG."),
     ("NO_REGISTRADAS", "NUM_VOTOS_CAN_NREG"), ("PAN", "PARTIDO ACCIÓN NACIONAL"),
     ("UDC", "INDEPENDIENTE_1"), ("C_PRI_UDC", "PRI-UDC"), ("LISTA_NOMINAL", "LISTA_NOMINAL_CASILLA")],
)  # fmt: skip
def test_other_headings_without_total_calculado(
    escribir: Escribir, columnas: list[str], filas: Filas, debido: str, escrito: str
) -> None:
    otras, otros = sin_columnas(columnas, filas, "TOTAL_VOTOS_CALCULADO")

    (base,) = leer("x.csv", escribir(columnas=[escrito if c == debido else c for c in otras], filas=otros))

    assert comparar(base, ultimo=False).diferencias == ()


def test_a_coalition_with_a_name_in_front(escribir: Escribir, columnas: list[str]) -> None:
    otras = ["JHH_PRI_UDC" if c == "C_PRI_UDC" else c for c in columnas]

    (base,) = leer("x.csv", escribir(columnas=otras))

    assert (base.columnas[3].clase, base.columnas[3].partidos) == (ClaseColumna.COMBINACION, ("PRI", "UDC"))


@pytest.mark.parametrize(
    ("escrito", "tipo"),
    [("ESPECIAL", "S"), ("Casilla especial", "S"), ("ESP", "S"), ("S1", "S"), ("SRP", "S"),
     ("EXTRAORDINARIA", "E"), ("E1C1", "E"), ("BÁSICA", "B"), ("VA", "A"), ("Voto anticipado", "A"),
     ("VPPP", "P"), ("V", "P"), ("VMRE", "M"),
     ("Escuela primaria", "")],
)  # fmt: skip
def test_the_type_of_casilla_in_words(
    escribir: Escribir, columnas: list[str], filas: Filas, escrito: str, tipo: str
) -> None:
    filas = [["x", *f[1:]] for f in cambiar(columnas, filas, "TIPO_CASILLA", lambda _: escrito)]

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].casilla.tipo is TipoCasilla(tipo)


@pytest.mark.parametrize("de_donde", ["CLAVE_CASILLA", "CLAVE_ACTA", "CASILLA", "ID_CASILLA"])
def test_especiales_without_their_column_of_type(
    escribir: Escribir, columnas: list[str], filas: Filas, de_donde: str
) -> None:
    otras = [de_donde if c == "EXT_CONTIGUA" and de_donde == "CASILLA" else c for c in columnas]
    if de_donde in otras and not de_donde.startswith("CLAVE"):
        i = otras.index(de_donde)
        filas = [[*f[:i], f"{f[8]}01", *f[i + 1 :]] for f in filas]
    claves = {"CLAVE_CASILLA", "CLAVE_ACTA"} - {de_donde}

    (base,) = leer("x.csv", _tabla(escribir, *sin_columnas(otras, filas, "TIPO_CASILLA", *claves)))

    assert comparar(base, ultimo=False).calculado["TOTAL_VOTOS_S_CS"] == 200
    assert len(avisos(base, "TIPO_CASILLA")) == 1


def _tabla(escribir: Escribir, columnas: Sequence[str], filas: Filas) -> bytes:
    return escribir(columnas=columnas, filas=filas)


@pytest.mark.parametrize(
    "fuera", [("CONTABILIZADA",), ("OBSERVACIONES",), ("CONTABILIZADA", "OBSERVACIONES")]
)
def test_coah23_columns_taken_out_are_deduced(
    escribir: Escribir, columnas: list[str], filas: Filas, fuera: tuple[str, ...]
) -> None:
    (base,) = leer("x.csv", _tabla(escribir, *sin_columnas(columnas, filas, *fuera)))

    assert comparar(base, ultimo=False).diferencias == ()
    assert {a.columna for a in base.advertencias} >= set(fuera)


def test_coah23_without_observaciones_an_excess_is_not_counted(
    escribir: Escribir, columnas: list[str], filas: Filas
) -> None:
    filas[0][25] = "100"

    (base,) = leer(
        "x.csv", _tabla(escribir, *sin_columnas(columnas, filas, "CONTABILIZADA", "OBSERVACIONES"))
    )

    assert base.actas[0].contabilizada is Contabilizada.NO
    assert base.actas[0].inconsistente


def test_rows_with_na_instead_of_a_section_are_actas(
    escribir: Escribir, columnas: list[str], filas: Filas
) -> None:
    fuera = ("CLAVE_CASILLA", "CLAVE_ACTA", "TIPO_CASILLA")
    filas[0][6:8] = ["N/A", "N/A"]

    (base,) = leer("x.csv", _tabla(escribir, *sin_columnas(columnas, filas, *fuera)))

    assert comparar(base, ultimo=False).calculado["TOTAL_VOTOS_C_CS"] == 210


@pytest.mark.parametrize(
    ("observacion", "es"),
    [("['Ilegible', 'Sin dato']", "inconsistente"), ("['Sin acta por paquete no entregado']", "sin acta"),
     ("Paquete no entregado", "sin acta"), ("CASILLA NO INSTALADA", "sin acta"),
     ("Identificación forzada", ""), ("Identificación forzada, Ilegible", "inconsistente"),
     ("' - ", ""), ("N/A", ""), ("SIN\u00a0ACTA", "sin acta")],
)  # fmt: skip
def test_observaciones_in_other_words(escribir: Escribir, filas: Filas, observacion: str, es: str) -> None:
    filas[0][27] = f'"{observacion}"'

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].sin_acta is (es == "sin acta")
    assert base.actas[0].inconsistente is (es == "inconsistente")


def test_an_unknown_observation_is_told(escribir: Escribir, filas: Filas) -> None:
    filas[0][27] = "Inconsistente C.N.V"

    (base,) = leer("x.csv", escribir(filas=filas))

    ((fila, mensaje),) = avisos(base, "OBSERVACIONES")
    assert (fila, base.actas[0].inconsistente) == (8, True)
    assert "no es una observación conocida" in mensaje


def test_observaciones_with_bare_commas_are_joined_again(escribir: Escribir, filas: Filas) -> None:
    filas[1][27] = "ILEGIBLE, SIN DATO, EN VARIOS"

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[1].observaciones == "ILEGIBLE, SIN DATO, EN VARIOS"
    assert comparar(base, ultimo=False).diferencias == ()
    assert avisos(base, "OBSERVACIONES") == [(9, "trae «,» sin comillas; se junta en una sola celda")]


def test_qro18_sin_acta_left_blank_counts_only_among_its_registradas(
    escribir: Escribir, filas: Filas, campos: dict[str, str]
) -> None:
    filas[2][28] = ""
    impresos = campos | {"ACTAS_CAPTURADAS": "2", "ACTAS_NO_CONTABILIZADAS": "0"}
    impresos["PORCENTAJE_ACTAS_CAPTURADAS"] = porcentaje(2, int(campos["ACTAS_ESPERADAS"]))

    (base,) = leer("x.csv", escribir(filas=filas, campos=impresos, sello="02/07/2018 11:45(UTC-5)"))

    diferencias = comparar(base, ultimo=False).diferencias
    assert [d.campo for d in diferencias] == ["ACTAS_REGISTRADAS"]
    assert "deja en blanco CONTABILIZADA" in diferencias[0].mensaje
    assert [f for f, m in avisos(base, "") if "el sello" in m] == [2]


def test_sin_acta_said_by_the_votes_alone_is_told(escribir: Escribir, filas: Filas) -> None:
    filas[2][27:29] = ["", ""]

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[2].contabilizada is Contabilizada.PENDIENTE
    assert [f for f, m in avisos(base, "CONTABILIZADA") if "Sin acta" in m] == [10]


@pytest.mark.parametrize(("codigo", "fuera"), [("", False), ("d" * 64, True)])
def test_ubicacion_3_is_fuera_de_catalogo_only_for_an_acta_that_arrived(
    escribir: Escribir, filas: Filas, codigo: str, *, fuera: bool
) -> None:
    filas[3][10], filas[3][30] = "3", codigo

    (base,) = leer("x.csv", escribir(filas=filas))

    assert sum(not a.en_catalogo for a in base.actas) == 1 + fuera


@pytest.mark.parametrize(
    "notas",
    [["TOTAL,,,,,,,,,,,,,,,,90,50,20"], ["", "Fuente: el Instituto, 7/6/2026"],
     [",,,TOTALES,,,,,,,,,,,,,90,50,20,10,5"]],
)  # fmt: skip
def test_totals_and_notes_below_are_no_actas(escribir: Escribir, notas: list[str]) -> None:
    (base,) = leer("x.csv", escribir() + "\n".join(notas).encode())

    assert comparar(base, ultimo=False).diferencias == ()
    assert [f for f, m in avisos(base, "") if "no es un acta" in m] == [12 + len(notas)]


def test_a_header_repeated_between_the_rows_is_no_acta(escribir: Escribir) -> None:
    lineas = escribir().decode().splitlines()

    (base,) = leer("x.csv", "\n".join([*lineas[:9], *lineas[:7], *lineas[9:]]).encode())

    assert comparar(base, ultimo=False).diferencias == ()
    assert base.filas == (8, 9, 17, 18, 19)


@pytest.mark.parametrize(
    "cambio",
    [citar, lambda b: b.replace(b"\n", b",\n"), lambda b: b.replace(b"\n", b"\r\r\n"),
     lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"_", "\u00a0".encode()),
     lambda b: b.replace(b",", ",\u200b".encode()), lambda b: b.lower().replace(b"sin_dato", b"Sin Dato"),
     lambda b: b.replace(b"COAHUILA", b"M\xc9XICO \xd1", 2)],
    ids=["todo entre comillas", "delimitador al final", "CR CR LF", "BOM", "espacio duro", "ancho cero",
         "minúsculas", "un nombre en cp1252"],
)  # fmt: skip
def test_dressed_otherwise_the_figures_are_the_same(
    escribir: Escribir, cambio: Callable[[bytes], bytes]
) -> None:
    (base,) = leer("x.csv", cambio(escribir()))

    assert comparar(base, ultimo=False).diferencias == ()


def test_headings_in_utf8_survive_a_name_in_windows_1252(escribir: Escribir, columnas: list[str]) -> None:
    otras = ["SECCIÓN" if c == "SECCION" else c for c in columnas]

    (base,) = leer("x.csv", escribir(columnas=otras).replace(b"COAHUILA", b"M\xc9XICO", 1))

    assert base.actas[0].casilla.seccion == 1
    assert any("Windows-1252" in mensaje for _, mensaje in avisos(base, ""))


def test_a_stray_quote_spoils_one_row_only(escribir: Escribir, filas: Filas) -> None:
    filas[1][5] = '"DISTRITO 1'

    (base,) = leer("x.csv", escribir(filas=filas))

    assert comparar(base, ultimo=False).diferencias == ()
    assert len(base.actas) == 5


def test_a_cell_of_two_lines_keeps_the_physical_rows(escribir: Escribir, filas: Filas) -> None:
    filas[0][5] = '"DISTRITO\n001"'

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.filas == (8, 10, 11, 12, 13)
    assert comparar(base, ultimo=False).diferencias == ()


@pytest.mark.parametrize(
    "sello",
    ["07/06/2026 08:30 p. m. (UTC-6)", "2026-06-07T20:30:00-06:00", '"07/06/2026","20:30","(UTC-6)"',
     "07/06/2026 20:30 (UTC-06:00)", "FECHA: 07/06/2026 HORA: 20:30 (UTC -6)"],
)  # fmt: skip
def test_stamps_written_otherwise_are_read_and_told(escribir: Escribir, sello: str) -> None:
    (base,) = leer("x.csv", escribir(sello=sello))

    assert base.sello is not None
    assert base.sello.isoformat() == "2026-06-07T20:30:00-06:00"
    assert [f for f, m in avisos(base, "") if "el sello" in m] == [2]


@pytest.mark.parametrize(
    ("campo", "impreso"),
    [("PORCENTAJE_ACTAS_CAPTURADAS", "75,0000"), ("PORCENTAJE_ACTAS_CONTABILIZADAS", "50,00%"),
     ("TOTAL_VOTOS_C_CS", " 210 ")],
)  # fmt: skip
def test_a_decimal_comma_is_a_bad_form(
    escribir: Escribir, campos: dict[str, str], campo: str, impreso: str
) -> None:
    (base,) = leer("x.csv", escribir(campos=campos | {campo: impreso}, delimitador=";"))

    leido = comparar(base, ultimo=False)
    assert leido.diferencias == ()
    assert [(a.fila, a.columna) for a in leido.advertencias if a.columna] in ([], [(5, campo)])


def test_a_percentage_with_fewer_decimals_is_a_bad_form(
    escribir: Escribir, campos: dict[str, str], filas: Filas
) -> None:
    siete = [list(filas[0]) for _ in range(7)] + [list(filas[3]) for _ in range(2)]

    def diferencias(impreso: str) -> int:
        impresos = dict.fromkeys(campos, "") | {"PORCENTAJE_ACTAS_CAPTURADAS": impreso}
        (base,) = leer("x.csv", escribir(campos=impresos, filas=siete))
        return len(comparar(base, ultimo=False).diferencias)

    assert [diferencias(i) for i in ("77.77", "77.77777", "77.78", "77")] == [0, 0, 1, 1]


@pytest.mark.parametrize(("lugar", "columna"), [(25, "LISTA_NOMINAL"), (24, "TOTAL_VOTOS_CALCULADO")])
def test_thousands_in_a_row_are_told(escribir: Escribir, filas: Filas, lugar: int, columna: str) -> None:
    filas[0][lugar] = "1,200"

    (base,) = leer("x.csv", escribir(filas=filas, delimitador="|"))

    assert any(
        fila == 8 and "decimales, comas o espacios" in mensaje for fila, mensaje in avisos(base, columna)
    )


@pytest.mark.parametrize(
    ("escrito", "leido"), [("1,000", 1000), ("1 000", 1000), ("4,0", 4), ("4.0", 4), ("1,000.0", 1000)]
)
def test_counts_resaved_by_a_spreadsheet(escribir: Escribir, filas: Filas, escrito: str, leido: int) -> None:
    filas[0][16], filas[0][24] = escrito, ""

    (base,) = leer("x.csv", escribir(filas=filas, delimitador=";"))

    assert base.actas[0].votos[0] == leido


@pytest.mark.parametrize("vacio", ["NaN", "nan", "NULL"])
def test_empty_cells_resaved_by_a_program(
    escribir: Escribir, columnas: list[str], filas: Filas, vacio: str
) -> None:
    otros = [[f"{n}", *(c or vacio for c in f)] for n, f in enumerate(filas)]

    (base,) = leer("x.csv", escribir(columnas=["", *columnas], filas=otros))

    assert comparar(base, ultimo=False).diferencias == ()


def test_r99_times_out_of_order_are_told(escribir: Escribir, filas: Filas) -> None:
    filas[0][33] = "07/06/2026 07:10:00"

    (base,) = leer("x.csv", escribir(filas=filas))

    assert [f for f, _ in avisos(base, "FECHA_HORA_VERIFICACION")] == [8]


@pytest.mark.parametrize(
    ("escrito", "leido"),
    [("07/06/2026 07:10:00 p. m.", "19:10"), ("2026-06-07 12:10 AM", "00:10"), ("7/6/2026 12:10 pm", "12:10"),
     ("07/06/2026 19:10:00.000", "19:10"), ("07/06/2026 13:10 a.m.", "13:10")],
)  # fmt: skip
def test_times_of_twelve_hours(escribir: Escribir, filas: Filas, escrito: str, leido: str) -> None:
    filas[0][31:34] = ["", "", escrito]

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[0].verificacion is not None
    assert f"{base.actas[0].verificacion:%d %H:%M}" == f"07 {leido}"


def test_a_figure_of_another_name_is_told(escribir: Escribir, campos: dict[str, str]) -> None:
    (base,) = leer("x.csv", escribir(campos=campos | {"ACTAS_COTEJADAS": "3"}))

    assert [f for f, _ in avisos(base, "ACTAS_COTEJADAS")] == [4]
    assert comparar(base, ultimo=False).diferencias == ()


def test_a_zip_made_by_a_mac_or_by_windows(escribir: Escribir) -> None:
    datos = _zip(
        {"prep/": b"", "__MACOSX/prep/._A.csv": b"\0", ".DS_Store": b"\0", "prep\\COAH_GOB.CSV": escribir()}
    )

    (base,) = leer("x.zip", datos)

    assert base.archivo == "x.zip/prep/COAH_GOB.CSV"


def _zip(miembros: dict[str, bytes]) -> bytes:
    salida = io.BytesIO()
    with zipfile.ZipFile(salida, "w", zipfile.ZIP_DEFLATED) as z:
        for nombre, datos in miembros.items():
            z.writestr(nombre, datos)
    return salida.getvalue()


@pytest.mark.parametrize(
    "encabezado",
    ["C_" + "A_" * 40_000,
     ",".join(f"C_{'_'.join(chr(65 + (i + j) % 26) for j in range(30))}" for i in range(1_500)),
     "CAND_" * 18_000, ",".join(f"P{i}" for i in range(1_900))],
    ids=["largo", "combinaciones", "independiente", "partidos"],
)  # fmt: skip
@pytest.mark.timeout(5)
def test_hostile_headings_cost_little(encabezado: str) -> None:
    conocidas = "SECCION,TIPO_CASILLA,LISTA_NOMINAL,OBSERVACIONES,CONTABILIZADA,PAN"
    datos = f"{conocidas},{encabezado},NULOS\n1,B,500,,1,10\n".encode()

    (base,) = leer("x.csv", datos)

    assert base.actas[0].total_calculado == 10
