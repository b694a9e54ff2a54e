"""The plain engine by hand: each row of the treatment table, each place where a row adds, each fault."""

import csv
import io
from collections.abc import Mapping, Sequence

import pytest

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos
from pregon.prep.base_de_datos.columnas import Campo
from pregon.prep.corte import CAMPOS_ENCABEZADO, CIFRAS
from pregon.prep.cuentas import ENTIDAD, Clave, Cuentas, diferencias
from pregon.prep.dialecto import Dialecto
from pregon.prep.porcentaje import porcentaje
from pregon.prep.recontar import INICIO, Recuento, parece_resultados, recontar

COLUMNAS = (
    "CLAVE_CASILLA", "ID_DISTRITO_LOCAL", "DISTRITO_LOCAL", "SECCION", "TIPO_CASILLA", "TIPO_ACTA",
    "TOTAL_VOTOS_SACADOS", "PAN", "PRI", "NULOS", "TOTAL_VOTOS_ASENTADO", "TOTAL_VOTOS_CALCULADO",
    "LISTA_NOMINAL", "OBSERVACIONES", "CONTABILIZADA",
)  # fmt: skip
ACTA = {
    "CLAVE_CASILLA": "'050001B0100",
    "ID_DISTRITO_LOCAL": "'001",
    "DISTRITO_LOCAL": "ACUÑA",
    "SECCION": "'0001",
    "TIPO_CASILLA": "B",
    "TIPO_ACTA": "3",
    "TOTAL_VOTOS_SACADOS": "111",
    "PAN": "100",
    "PRI": "10",
    "NULOS": "1",
    "TOTAL_VOTOS_ASENTADO": "999",
    "TOTAL_VOTOS_CALCULADO": "111",
    "LISTA_NOMINAL": "500",
    "OBSERVACIONES": "",
    "CONTABILIZADA": "1",
}
PENDIENTE = {
    **dict.fromkeys(("TOTAL_VOTOS_SACADOS", "PAN", "PRI", "NULOS", "TOTAL_VOTOS_ASENTADO"), "-"),
    "TOTAL_VOTOS_CALCULADO": "0",
    "OBSERVACIONES": "-",
    "CONTABILIZADA": "-",
}
SIN_ACTA = {
    **dict.fromkeys(("PAN", "PRI", "NULOS", "TOTAL_VOTOS_CALCULADO"), "SIN ACTA"),
    "OBSERVACIONES": "SIN ACTA POR PAQUETE NO ENTREGADO",
    "CONTABILIZADA": "0",
}
FUERA = {
    **dict.fromkeys(("ID_DISTRITO_LOCAL", "DISTRITO_LOCAL", "SECCION", "PAN", "PRI", "NULOS"), ""),
    **dict.fromkeys(("TOTAL_VOTOS_CALCULADO", "LISTA_NOMINAL"), ""),
    "OBSERVACIONES": "FUERA DE CATALOGO",
    "CONTABILIZADA": "2",
}
PRIMERA = 8
"""Physical row of the first acta."""


def escrito(
    *filas: Mapping[str, str],
    columnas: Sequence[str] = COLUMNAS,
    encabezado: Mapping[str, str] | None = None,
    separador: str = ",",
) -> bytes:
    """Return a CSV whose rows are `ACTA` with some cells changed."""
    figuras = {**dict.fromkeys(CAMPOS_ENCABEZADO, "0"), **(encabezado or {})}
    salida = io.StringIO(newline="")
    csv.writer(salida, delimiter=separador, lineterminator="\n").writerows(
        [
            ["DIPUTACIONES LOCALES"],
            ["07/06/2026 20:30 (UTC-6)"],
            [],
            list(figuras),
            list(figuras.values()),
            [],
            columnas,
            *([{**ACTA, **fila}.get(c, "") for c in columnas] for fila in filas),
        ]
    )
    return b"\xef\xbb\xbf" + salida.getvalue().encode()


def nivel(recuento: Recuento, clave: Clave = ENTIDAD) -> dict[str, int]:
    """Return the figures of a level that are not 0."""
    nombres = (*CIFRAS, *recuento.cuentas.columnas)
    pares = zip(nombres, recuento.cuentas.niveles[clave], strict=True)
    return {nombre: n for nombre, n in pares if n}


def test_title_stamp_and_printed_figures_are_kept_as_they_are() -> None:
    recuento = recontar(escrito(ACTA, encabezado={"ACTAS_ESPERADAS": "7"}))

    assert recuento.titulo == "DIPUTACIONES LOCALES"
    assert recuento.sello == "07/06/2026 20:30 (UTC-6)"
    assert recuento.publicado["ACTAS_ESPERADAS"] == "7"
    assert tuple(recuento.publicado) == CAMPOS_ENCABEZADO


def test_a_counted_acta_adds_its_cells_and_its_lista_nominal() -> None:
    recuento = recontar(escrito(ACTA, {"PAN": "5", "TOTAL_VOTOS_CALCULADO": "16"}))

    assert nivel(recuento) == {
        "esperadas": 2,
        "contabilizadas": 2,
        "lista_nominal": 1000,
        "actas: sin observaciones": 2,
        "lista nominal: sin observaciones": 1000,
        "PAN": 105,
        "PRI": 20,
        "NULOS": 2,
    }
    assert recuento.cuentas.actas == [111, 16]


@pytest.mark.parametrize(
    ("fila", "suma"),
    [
        (PENDIENTE, {"actas: por capturar": 1, "lista nominal: por capturar": 500}),
        (
            {"PAN": "ILEGIBLE", "PRI": "SIN DATO", "OBSERVACIONES": "ALGUN CAMPO ILEGIBLE O SIN DATO"}
            | {"TOTAL_VOTOS_CALCULADO": "1"},
            {"contabilizadas": 1, "inconsistentes": 1, "lista_nominal": 500, "NULOS": 1}
            | {"actas: algún campo ilegible o sin dato": 1}
            | {"lista nominal: algún campo ilegible o sin dato": 500},
        ),
        (
            {"OBSERVACIONES": "TODOS ILEGIBLES O SIN DATO", "CONTABILIZADA": "0", "PAN": "ILEGIBLE"},
            {"no_contabilizadas": 1, "inconsistentes": 1}
            | {"actas: todos los campos ilegibles o sin dato": 1}
            | {"lista nominal: todos los campos ilegibles o sin dato": 500},
        ),
        (
            {"OBSERVACIONES": "EXCEDE LISTA NOMINAL", "CONTABILIZADA": "0"},
            {"no_contabilizadas": 1, "inconsistentes": 1}
            | {"actas: excede la lista nominal": 1, "lista nominal: excede la lista nominal": 500},
        ),
        (
            SIN_ACTA,
            {"no_contabilizadas": 1, "sin_acta": 1}
            | {"actas: sin acta: paquete no entregado": 1}
            | {"lista nominal: sin acta: paquete no entregado": 500},
        ),
        (
            {"TIPO_CASILLA": "S", "LISTA_NOMINAL": "0"},
            {"contabilizadas": 1, "votos_especiales": 111, "actas: sin observaciones": 1}
            | {"PAN": 100, "PRI": 10, "NULOS": 1},
        ),
        (
            {"TOTAL_VOTOS_CALCULADO": "120"},
            {"contabilizadas": 1, "lista_nominal": 500, "sin_desglose": 9}
            | {"actas: sin observaciones": 1, "lista nominal: sin observaciones": 500}
            | {"PAN": 100, "PRI": 10, "NULOS": 1},
        ),
    ],
    ids=["pendiente", "algun-campo", "todos", "excede", "sin-acta", "especial", "sin-desglose"],
)
def test_r59_each_case_of_the_treatment_table(fila: Mapping[str, str], suma: Mapping[str, int]) -> None:
    recuento = recontar(escrito(fila))

    assert nivel(recuento) == {"esperadas": 1, **suma}
    assert nivel(recuento, ("seccion", 1, 1)) == nivel(recuento)


@pytest.mark.parametrize("leyenda", ["SIN ACTA", "ILEGIBLE", "-", ""])
def test_c1_a_counted_acta_without_a_total_is_named(leyenda: str) -> None:
    with pytest.raises(ErrorDeDatos, match="el acta se contabiliza") as error:
        recontar(escrito(ACTA, {"TOTAL_VOTOS_CALCULADO": leyenda}))
    assert (error.value.fila, error.value.columna) == (PRIMERA + 1, "TOTAL_VOTOS_CALCULADO")


def test_r49_rows_whose_total_is_not_the_sum_of_their_cells_are_named() -> None:
    otra = {"TOTAL_VOTOS_CALCULADO": "112"}

    recuento = recontar(escrito(ACTA, otra, {**otra, "CONTABILIZADA": "0"}, SIN_ACTA, FUERA))

    assert recuento.sin_desglose == [PRIMERA + 1]


def test_r41_fuera_de_catalogo_adds_nowhere_but_its_count() -> None:
    recuento = recontar(escrito(FUERA, {**FUERA, "LISTA_NOMINAL": "400", "SECCION": "'0001"}))

    assert nivel(recuento) == {"fuera_de_catalogo": 2, "actas: fuera de catálogo": 2}
    assert recuento.cuentas.niveles.keys() == {ENTIDAD}
    assert recuento.cuentas.actas == [-1, -1]


@pytest.mark.parametrize(
    "fila",
    [
        {"TIPO_ACTA": "3ERP"},
        {"ID_DISTRITO_LOCAL": "'N/A", "DISTRITO_LOCAL": "N/A"},
        {"ID_DISTRITO_LOCAL": "'099", "DISTRITO_LOCAL": ""},
    ],
    ids=["rp", "sin-unidad", "unidad-que-no-hay"],
)
def test_r73_r76_what_is_of_no_unidad_adds_at_the_entidad_only(fila: Mapping[str, str]) -> None:
    recuento = recontar(escrito(ACTA, fila))

    assert nivel(recuento)["PAN"] == 200
    assert nivel(recuento, ("unidad", 1, None))["PAN"] == 100
    assert recuento.cuentas.niveles.keys() == {ENTIDAD, ("unidad", 1, None), ("seccion", 1, 1)}


def test_r76_a_row_without_seccion_is_of_its_unidad() -> None:
    recuento = recontar(escrito(ACTA, {"SECCION": "'N/A"}), municipios={1: 7})

    assert nivel(recuento, ("unidad", 1, None))["PAN"] == 200
    assert nivel(recuento, ("seccion", 1, None))["PAN"] == 100
    assert nivel(recuento, ("municipio", 7, None))["PAN"] == 100


def test_r72_levels_are_sums_of_their_secciones() -> None:
    filas = [
        {
            "ID_DISTRITO_LOCAL": f"'{d:03d}",
            "SECCION": f"'{s:04d}",
            "PAN": f"{v}",
            "TOTAL_VOTOS_CALCULADO": "0",
        }
        for d, s, v in ((1, 1, 1), (1, 2, 20), (2, 3, 300), (2, 3, 4000))
    ]

    recuento = recontar(escrito(*filas), municipios={1: 30, 2: 31, 3: 30})

    assert {c: nivel(recuento, c)["PAN"] for c in recuento.cuentas.niveles} == {
        ENTIDAD: 4321,
        ("unidad", 1, None): 21,
        ("unidad", 2, None): 4300,
        ("municipio", 30, None): 4301,
        ("municipio", 31, None): 20,
        ("seccion", 1, 1): 1,
        ("seccion", 1, 2): 20,
        ("seccion", 2, 3): 4300,
    }


def test_rows_that_name_no_unidad_are_of_the_entidad_itself() -> None:
    sin_unidad = [c for c in COLUMNAS if "DISTRITO" not in c]

    recuento = recontar(escrito(ACTA, columnas=sin_unidad))

    assert recuento.cuentas.niveles.keys() == {ENTIDAD, ("unidad", 0, None), ("seccion", 0, 1)}


def test_a_file_without_rows_is_a_corte_in_zeros() -> None:
    recuento = recontar(escrito())

    assert nivel(recuento) == {}
    assert set(recuento.encabezado(ultimo=True).values()) == {"0", "0.0000"}


FIGURAS = {
    "ACTAS_ESPERADAS": "6",
    "ACTAS_REGISTRADAS": "6",
    "ACTAS_FUERA_CATALOGO": "1",
    "ACTAS_CAPTURADAS": "5",
    "PORCENTAJE_ACTAS_CAPTURADAS": "83.3333",
    "ACTAS_CONTABILIZADAS": "3",
    "PORCENTAJE_ACTAS_CONTABILIZADAS": "50.0000",
    "PORCENTAJE_ACTAS_INCONSISTENCIAS": "16.6666",
    "ACTAS_NO_CONTABILIZADAS": "2",
    "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "1007",
    "TOTAL_VOTOS_C_CS": "342",
    "TOTAL_VOTOS_S_CS": "231",
    "PORCENTAJE_PARTICIPACION_CIUDADANA": "22.9394",
}
NOCHE = (
    ACTA,
    {"TIPO_CASILLA": "S", "LISTA_NOMINAL": "0"},
    {"LISTA_NOMINAL": "507", "TOTAL_VOTOS_CALCULADO": "120"},
    {"OBSERVACIONES": "EXCEDE LISTA NOMINAL", "CONTABILIZADA": "0"},
    SIN_ACTA,
    PENDIENTE,
    FUERA,
)


def test_r51_r53_the_header_is_recomputed_with_specials_in_the_last_corte_only() -> None:
    recuento = recontar(escrito(*NOCHE, encabezado=FIGURAS))

    assert recuento.encabezado(ultimo=False) == FIGURAS
    assert recuento.encabezado(ultimo=True) == FIGURAS | {"PORCENTAJE_PARTICIPACION_CIUDADANA": "33.9622"}
    assert list(recuento.diferencias(ultimo=False)) == []


@pytest.mark.parametrize("campo", CAMPOS_ENCABEZADO)
def test_c1_a_header_figure_that_is_not_the_sum_of_the_rows_is_told(campo: str) -> None:
    recuento = recontar(escrito(*NOCHE, encabezado=FIGURAS | {campo: "9"}))

    (dicha,) = recuento.diferencias(ultimo=False)

    assert dicha == f"encabezado, {campo}: dice 9; los renglones suman {FIGURAS[campo]}"


def test_c1_a_header_figure_that_is_missing_is_told() -> None:
    datos = escrito(*NOCHE, encabezado=FIGURAS).replace(b"TOTAL_VOTOS_S_CS", b"OTRA")

    assert list(recontar(datos).diferencias(ultimo=False)) == [
        "encabezado, TOTAL_VOTOS_S_CS: falta; los renglones suman 231"
    ]


# Strict, and tolerant of nothing but the writings that a dialecto may choose.


@pytest.mark.parametrize("columna", ["PAN", "NULOS", "TOTAL_VOTOS_CALCULADO", "LISTA_NOMINAL", "SECCION"])
@pytest.mark.parametrize("texto", ["1.0", "1,000", "-5", "mil", "٣", "1" * 10, "0x1", '="1', '1"', "''1"])
def test_c1_a_cell_that_is_neither_digits_nor_a_marker_is_named(columna: str, texto: str) -> None:
    with pytest.raises(ErrorDeDatos, match="no es un número") as error:
        recontar(escrito(ACTA, {columna: texto}))
    assert (error.value.fila, error.value.columna) == (PRIMERA + 1, columna)


@pytest.mark.parametrize("columna", ["CONTABILIZADA", "ID_DISTRITO_LOCAL"])
def test_c1_an_unknown_state_or_unidad_is_named(columna: str) -> None:
    with pytest.raises(ErrorDeDatos, match="«x»") as error:
        recontar(escrito(ACTA, {columna: "x"}))
    assert (error.value.fila, error.value.columna) == (PRIMERA + 1, columna)


@pytest.mark.parametrize(("columna", "texto"), [("CONTABILIZADA", "100"), ("NULOS", "B"), ("PRI", "ACUÑA")])
def test_c1_the_cell_is_named_though_others_say_the_same(columna: str, texto: str) -> None:
    with pytest.raises(ErrorDeDatos) as error:
        recontar(escrito({columna: texto}))
    assert (error.value.fila, error.value.columna) == (PRIMERA, columna)


def test_c1_a_row_with_a_cell_missing_is_named() -> None:
    with pytest.raises(ErrorDeDatos, match="trae 14 celdas para 15 columnas") as error:
        recontar(escrito(ACTA, ACTA).removesuffix(b",1\n"))
    assert error.value.fila == PRIMERA + 1


def test_a_blank_line_is_no_row() -> None:
    assert len(recontar(escrito(ACTA) + b"\n\n").cuentas.actas) == 1


@pytest.mark.parametrize(
    "falta",
    [
        *("TOTAL_VOTOS_SACADOS", "TOTAL_VOTOS_ASENTADO", "TOTAL_VOTOS_CALCULADO", "LISTA_NOMINAL"),
        *("OBSERVACIONES", "TIPO_CASILLA", "TIPO_ACTA"),
    ],
)
def test_c1_a_missing_column_is_named(falta: str) -> None:
    with pytest.raises(ErrorDeDatos, match="falta la columna") as error:
        recontar(escrito(ACTA, columnas=[c for c in COLUMNAS if c != falta]))
    assert (error.value.fila, error.value.columna) == (PRIMERA - 1, falta)


@pytest.mark.parametrize(
    ("datos", "causa"),
    [
        (b"", "encabezado de cifras"),
        (escrito(ACTA).decode("utf-8-sig").encode("utf-16"), "encabezado de cifras"),
        (escrito(ACTA).replace(b"ACTAS_ESPERADAS", b"OTRAS"), "encabezado de cifras"),
        (escrito(ACTA).replace(b"CONTABILIZADA\n", b"OTRA\n"), "nombres de las columnas"),
        (b"\n" * 20 + escrito(ACTA), "nombres de las columnas"),
    ],
    ids=["vacio", "utf-16", "sin-encabezado", "sin-columnas", "muy-abajo"],
)
def test_what_is_no_results_csv_is_told(datos: bytes, causa: str) -> None:
    with pytest.raises(NoEsBaseDeDatos, match=causa):
        recontar(datos)


@pytest.mark.parametrize(("antes", "alcanza"), [(13, True), (14, False)])
def test_the_columns_are_looked_for_in_twenty_rows(antes: int, *, alcanza: bool) -> None:
    datos = b"\n" * antes + escrito(ACTA).removeprefix(b"\xef\xbb\xbf")

    if alcanza:
        assert nivel(recontar(datos))["PAN"] == 100
    else:
        with pytest.raises(NoEsBaseDeDatos):
            recontar(datos)


def test_a_file_may_begin_with_its_figures() -> None:
    datos = escrito(ACTA)

    recuento = recontar(datos[datos.index(b"ACTAS_ESPERADAS") :])

    assert (recuento.titulo, recuento.sello) == ("", "")
    assert nivel(recuento)["PAN"] == 100


@pytest.mark.parametrize(
    ("inicio", "parece"),
    [
        (escrito(ACTA), True),
        (escrito(ACTA, separador="|"), True),
        (b'"ACTAS_ESPERADAS";"ACTAS_REGISTRADAS"', True),
        (b"ACTAS_ESPERADAS,ACTAS_REGISTRADAS", True),
        (b"\xc3" + escrito(), True),
        (b"x" * (INICIO - 33) + b"ACTAS_ESPERADAS,ACTAS_REGISTRADAS", True),
        (b"x" * (INICIO - 32) + b"ACTAS_ESPERADAS,ACTAS_REGISTRADAS", False),
        (b"figura,descripcion\nACTAS_ESPERADAS,Las del catalogo", False),
        (b"", False),
    ],
)
def test_a_results_csv_is_told_from_the_tables_beside_it(inicio: bytes, *, parece: bool) -> None:
    assert parece_resultados(inicio) is parece


def test_r87_a_file_in_another_encoding_is_told() -> None:
    with pytest.raises(ErrorDeDatos, match="UTF-8"):
        recontar(escrito(ACTA).decode("utf-8-sig").encode("cp1252"))


def test_c1_a_cell_without_end_is_told() -> None:
    with pytest.raises(ErrorDeDatos, match="no es un CSV"):
        recontar(escrito(ACTA, {"OBSERVACIONES": "x" * 140_000}))


@pytest.mark.parametrize("separador", [",", "|", ";", "\t"])
@pytest.mark.parametrize("sep", [True, False])
def test_r87_the_delimiter_is_found(separador: str, *, sep: bool) -> None:
    datos = escrito(ACTA, separador=separador).removeprefix(b"\xef\xbb\xbf")

    recuento = recontar(f"sep={separador}\n".encode() + datos if sep else datos)

    assert recuento.titulo == "DIPUTACIONES LOCALES"
    assert nivel(recuento)["PAN"] == 100


@pytest.mark.parametrize("forma", ["'{}", '="{}"', "{}"])
def test_r88_what_protects_a_key_is_no_part_of_it(forma: str) -> None:
    fila = {"SECCION": forma.format("0001"), "ID_DISTRITO_LOCAL": forma.format("001")}

    assert ("seccion", 1, 1) in recontar(escrito(fila)).cuentas.niveles


def test_r81_other_names_of_columns_and_figures_are_understood() -> None:
    otros = {"NULOS": "VOTOS_NULOS", "TOTAL_VOTOS_ASENTADO": "TOTAL_VOTOS", "DISTRITO_LOCAL": "DISTRITO"}
    otros |= {"ID_DISTRITO_LOCAL": "ID_DISTRITO", "TOTAL_VOTOS_SACADOS": "NUM_BOLETAS_EXTRAIDAS"}
    datos = escrito(*NOCHE, encabezado=FIGURAS).decode()
    columnas = ",".join(COLUMNAS)
    datos = datos.replace(columnas, ",".join(otros.get(c, c) for c in COLUMNAS))
    datos = datos.replace("PORCENTAJE_PARTICIPACION_CIUDADANA", "PARTICIPACION_CIUDADANA")

    recuento = recontar(datos.encode())

    assert recuento.cuentas == recontar(escrito(*NOCHE)).cuentas
    assert list(recuento.diferencias(ultimo=False)) == []


@pytest.mark.parametrize(
    ("nombre", "campo"),
    [
        *(("ID_DISTRITO_LOCAL", Campo.ID_DISTRITO), ("DISTRITO_LOCAL", Campo.DISTRITO)),
        *(("SECCION", Campo.SECCION), ("TIPO_CASILLA", Campo.TIPO_CASILLA), ("TIPO_ACTA", Campo.TIPO_ACTA)),
        *(("TOTAL_VOTOS_SACADOS", Campo.SACADOS), ("TOTAL_VOTOS_ASENTADO", Campo.ASENTADO)),
        *(("TOTAL_VOTOS_CALCULADO", Campo.CALCULADO), ("LISTA_NOMINAL", Campo.LISTA_NOMINAL)),
        *(("OBSERVACIONES", Campo.OBSERVACIONES), ("CONTABILIZADA", Campo.CONTABILIZADA)),
    ],
)
def test_whatever_a_dialecto_may_call_a_column_is_understood(nombre: str, campo: Campo) -> None:
    for otro in campo.value:
        columnas = [otro if c == nombre else c for c in COLUMNAS]
        recuento = recontar(escrito({**ACTA, otro: ACTA[nombre]}, columnas=columnas))
        assert nivel(recuento, ("unidad", 1, None))["PAN"] == 100


@pytest.mark.parametrize("otro", Campo.ID_MUNICIPIO.value)
@pytest.mark.parametrize("otro_nombre", Campo.MUNICIPIO.value)
def test_an_election_by_municipios_is_recounted(otro: str, otro_nombre: str) -> None:
    nombres = {"ID_DISTRITO_LOCAL": otro, "DISTRITO_LOCAL": otro_nombre}
    columnas = [nombres.get(c, c) for c in COLUMNAS]

    recuento = recontar(escrito({otro: "'030", otro_nombre: "SALTILLO"}, columnas=columnas))

    assert nivel(recuento, ("unidad", 30, None))["PAN"] == 100


@pytest.mark.parametrize(
    "leyenda",
    [
        "ILEGIBLES",
        "NO LEGIBLE",
        "SIN DATOS",
        "SINDATO",
        "SINACTA",
        "Sin dato",
        "sin_dato",
        "SIN  DATO",
        "-",
        "N/A",
    ],
)
def test_whatever_a_dialecto_may_call_a_marker_adds_nothing(leyenda: str) -> None:
    recuento = recontar(escrito({"PAN": leyenda, "TOTAL_VOTOS_CALCULADO": "11"}))

    assert (nivel(recuento).get("PAN", 0), recuento.cuentas.actas) == (0, [11])


def test_the_words_of_a_night_of_its_own_are_understood_when_told() -> None:
    propio = Dialecto(
        fuera_de_catalogo="F",
        campos={"LISTA_NOMINAL": "PADRON"},
        textos={"ILEGIBLE": "Borroso", "EXCEDE LISTA NOMINAL": "SOBRAN VOTOS"},
    )
    datos = escrito({"PAN": "ILEGIBLE"}, NOCHE[3], FUERA)
    escritos = datos.decode().replace("ILEGIBLE", "Borroso").replace("EXCEDE LISTA NOMINAL", "SOBRAN VOTOS")
    escritos = escritos.replace(",LISTA_NOMINAL,", ",PADRON,").replace("CATALOGO,2", "CATALOGO,F")

    assert recontar(escritos.encode(), dialecto=propio).cuentas == recontar(datos).cuentas
    with pytest.raises(ErrorDeDatos, match="falta la columna"):
        recontar(escritos.encode())


def test_q8_fuera_de_catalogo_told_by_observaciones_alone() -> None:
    recuento = recontar(escrito({**FUERA, "CONTABILIZADA": "-"}))

    assert nivel(recuento) == {"fuera_de_catalogo": 1, "actas: fuera de catálogo": 1}


# Two counts side by side.


def _cuentas(**niveles: tuple[int, ...]) -> Cuentas:
    claves: dict[str, Clave] = {
        "entidad": ENTIDAD,
        "unidad": ("unidad", 2, None),
        "municipio": ("municipio", 2, None),
        "seccion": ("seccion", 2, 11),
        "sin_seccion": ("seccion", 2, None),
    }
    vacio = {"entidad": (0,) * (len(CIFRAS) + 1)}
    return Cuentas(
        columnas=("PAN",), niveles={claves[k]: v for k, v in (vacio | niveles).items()}, actas=[5, -1]
    )


def test_equal_counts_differ_in_nothing() -> None:
    assert list(diferencias(_cuentas(), _cuentas())) == []


@pytest.mark.parametrize(
    ("clave", "nombre"),
    [
        ("entidad", "entidad"),
        ("unidad", "unidad 2"),
        ("municipio", "municipio 2"),
        ("seccion", "unidad 2, sección 11"),
        ("sin_seccion", "unidad 2, sin sección"),
    ],
)
@pytest.mark.parametrize("i", range(len(CIFRAS) + 1))
def test_c1_every_figure_of_every_level_is_compared(clave: str, nombre: str, i: int) -> None:
    cifras = list(range(len(CIFRAS) + 1))
    una = _cuentas(**{clave: tuple(cifras)})
    cifras[i] += 1

    (dicha,) = diferencias(una, _cuentas(**{clave: tuple(cifras)}))

    assert dicha == f"{nombre}, {(*CIFRAS, 'PAN')[i]}: {i} y {i + 1}"


def test_c1_a_level_of_one_count_only_is_told_from_the_entidad_down() -> None:
    cifras = (1,) * (len(CIFRAS) + 1)
    otra = _cuentas(entidad=cifras, seccion=cifras, unidad=cifras, sin_seccion=cifras)

    dichas = list(diferencias(_cuentas(entidad=cifras), otra))

    assert dichas == [
        f"{nombre}: sólo está en una de las dos cuentas"
        for nombre in ("unidad 2", "unidad 2, sin sección", "unidad 2, sección 11")
    ]
    assert list(diferencias(otra, _cuentas(entidad=cifras))) == dichas


def test_levels_are_told_from_the_entidad_down_by_number() -> None:
    numeros = (10, 2, None, 0, 1)
    claves: list[Clave] = [("seccion", u, s) for u in (10, 2) for s in numeros]
    claves += [("municipio", 3, None), *(("unidad", u, None) for u in (10, 2, 1))]
    una = _cuentas()
    otra = Cuentas(columnas=una.columnas, niveles=dict.fromkeys(claves, (0,) * 32), actas=una.actas)

    dichas = [d.partition(":")[0] for d in diferencias(una, otra)]

    assert dichas == [
        *("entidad", "unidad 1", "unidad 2", "unidad 10", "municipio 3"),
        *(
            f"unidad {u}, {s}"
            for u in (2, 10)
            for s in ("sin sección", "sección 0", "sección 1", "sección 2", "sección 10")
        ),
    ]


def test_c1_rows_that_add_otherwise_are_told_by_their_number() -> None:
    una = _cuentas()
    otra = Cuentas(columnas=una.columnas, niveles=una.niveles, actas=[5, 0])
    corta = Cuentas(columnas=una.columnas, niveles=una.niveles, actas=[5])

    assert list(diferencias(una, otra)) == ["renglón 2, votos que suma: -1 y 0"]
    assert list(diferencias(una, corta)) == ["renglones: 2 y 1"]


def test_c1_other_columns_are_told_and_nothing_else() -> None:
    otra = Cuentas(columnas=("PRI",), niveles={}, actas=[])

    assert list(diferencias(_cuentas(), otra)) == ["columnas de votos: PAN y PRI"]


@pytest.mark.parametrize(("n", "d"), [(-1, 1), (1, -1), (-1, -1)])
def test_r50_a_negative_count_is_a_fault_of_ours(n: int, d: int) -> None:
    with pytest.raises(ValueError, match="no puede ser negativo"):
        porcentaje(n, d)
