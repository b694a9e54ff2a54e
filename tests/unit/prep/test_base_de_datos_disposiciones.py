"""The same base de datos in every dialect seen (R79–R88, data.md) reads to the same actas."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pregon.prep.acta import Contabilizada, Marcador, TipoCasilla
from pregon.prep.base_de_datos import leer
from pregon.prep.comparar import comparar
from pregon.prep.jornada import Ambito, ClaseColumna

Escribir = Callable[..., bytes]

DIALECTOS: dict[str, dict[str, Any]] = {
    "2024": {"codificacion": "utf-8-sig"},
    "sin renglones en blanco": {"blancos": False, "salto": "\r\n"},
    "qroo 2019": {"delimitador": "|", "antes": ["sep=|"], "proteger": lambda c: f'="{c}"'},
    "puebla 2019": {
        "delimitador": "|",
        "codificacion": "cp1252",
        "titulo": "GESTIÓN: DIPUTACIONES",
        "blancos": False,
    },
    "punto y coma": {"delimitador": ";"},
    "tabuladores": {"delimitador": "\t"},
    "ine 2024": {"salto": "\r", "codificacion": "utf-8-sig", "proteger": lambda c: f"'{c}'"},
    "campeche 2021": {"proteger": lambda c: f"'{c}", "blancos": False},
    "doble comilla simple": {"proteger": lambda c: f"''{c}'"},
    "utf-16 de excel": {"delimitador": "\t", "codificacion": "utf-16"},
    "separador que miente": {"antes": ["sep=|"]},
    "sello entre comillas": {"sello": '"07/06/2026 20:30 (UTC-6)"'},
    "sello año primero": {"sello": "2026/06/07 20:30 (UTC-6)"},
    "título y sello en una línea": {"titulo": "", "sello": "DIPUTACIONES LOCALES,07/06/2026 20:30 (UTC-6)"},
    "sello con su letrero": {"sello": "FECHA Y HORA DEL CORTE: 07/06/2026 20:30 hrs (UTC-6)"},
    "sello sin espacio": {"sello": "07/06/2026 20:30(UTC-6)"},
    "sello corto y sin desfase": {"sello": "7/6/2026 20:30"},
    "título y sello con separadores": {
        "titulo": "DIPUTACIONES LOCALES,,,",
        "sello": "07/06/2026 20:30 (UTC-6),,,",
    },
}


@pytest.mark.parametrize("dialecto", DIALECTOS)
def test_every_dialect_reads_the_same(escribir: Escribir, dialecto: str) -> None:
    (base,) = leer("COAH_DIP_LOC_2026.csv", escribir(**DIALECTOS[dialecto]))

    assert [a.contabilizada for a in base.actas] == [
        Contabilizada.SI,
        Contabilizada.SI,
        Contabilizada.NO,
        Contabilizada.PENDIENTE,
        Contabilizada.FUERA_DE_CATALOGO,
    ]
    assert [a.casilla.clave for a in base.actas][:2] == ["050001B0100", "050001S0100"]
    assert base.actas[0].votos == (90, 50, 20, 10, 5, 0, 25)
    assert base.sello is not None
    assert f"{base.sello:%Y-%m-%d %H:%M}" == "2026-06-07 20:30"
    assert base.sello.utcoffset() == timedelta(hours=-6)
    assert base.titulo.endswith(("DIPUTACIONES LOCALES", "DIPUTACIONES"))
    assert comparar(base, ultimo=False).diferencias == ()


def test_what_a_base_tells_of_its_election(escribir: Escribir) -> None:
    (base,) = leer("COAH_DIP_LOC_2026.csv", escribir())

    assert (base.eleccion, base.entidad, base.id_entidad) == ("DIP_LOC", "COAHUILA", 5)
    assert (base.ambito, base.detalle) == (Ambito.DISTRITO, Ambito.DISTRITO)
    assert [(u.numero, u.nombre) for u in base.unidades] == [(1, "Distrito 001"), (2, "Distrito 002")]
    assert [c.clase for c in base.columnas][3:] == [
        ClaseColumna.COMBINACION,
        ClaseColumna.INDEPENDIENTE,
        ClaseColumna.NO_REGISTRADAS,
        ClaseColumna.NULOS,
    ]


def test_an_especial_keeps_its_markers(escribir: Escribir) -> None:
    (base,) = leer("x.csv", escribir())

    especial = base.actas[1]
    assert especial.casilla.tipo is TipoCasilla.ESPECIAL
    assert especial.votos[-2:] == (Marcador.ILEGIBLE, Marcador.SIN_DATO)
    assert especial.total_calculado == 10


@pytest.mark.parametrize(
    ("escrito", "debido"),
    [("ACTAS_FUERA_DE_CATÁLOGO", "ACTAS_FUERA_CATALOGO"), ("FUERA_DE_CATALOGO", "ACTAS_FUERA_CATALOGO"),
     ("PORCENTAJE_ACTAS_CON_INCONSISTENCIAS", "PORCENTAJE_ACTAS_INCONSISTENCIAS"),
     ("PARTICIPACION_CIUDADANA", "PORCENTAJE_PARTICIPACION_CIUDADANA"),
     ("PORCENTAJE DE ACTAS CAPTURADAS", "PORCENTAJE_ACTAS_CAPTURADAS"),
     ("LISTA_NOMINAL_DE_ACTAS_CONTABILIZADAS", "LISTA_NOMINAL_ACTAS_CONTABILIZADAS")],
)  # fmt: skip
def test_header_fields_by_any_of_their_names(
    escribir: Escribir, campos: dict[str, str], escrito: str, debido: str
) -> None:
    otros = {escrito if c == debido else c: v for c, v in campos.items()}

    (base,) = leer("x.csv", escribir(campos=otros))

    assert base.publicado == campos


def test_the_ten_fields_of_2017(escribir: Escribir, campos: dict[str, str]) -> None:
    pocos = {c: v for c, v in campos.items() if not c.startswith(("TOTAL", "LISTA"))}
    pocos["ACTAS_FUERA_CATALOGO"] = ""

    (base,) = leer("x.csv", escribir(campos=pocos))

    assert base.publicado == pocos
    assert comparar(base, ultimo=False).diferencias == ()


def test_without_a_header_nothing_is_published(escribir: Escribir) -> None:
    (base,) = leer("20260607_2030_COAH_GOB.csv", escribir(campos=None, titulo="", sello=""))

    assert base.publicado is None
    assert base.sello is not None
    assert base.eleccion == "GOB"
    assert (base.ambito, base.detalle) == (Ambito.ENTIDAD, Ambito.DISTRITO)


@pytest.mark.parametrize(
    ("titulo", "archivo", "clave"),
    [("GUBERNATURA", "x.csv", "GUB"), ("Gobernador", "x.csv", "GOB"), ("Diputados", "x.csv", "DIP_LOC"),
     ("x", "PUE_AYUN_2024.csv", "AYUN"), ("PRESIDENCIAS MUNICIPALES", "x.csv", "AYUN"),
     ("PRESIDENTES MUNICIPALES", "x.csv", "AYUN"), ("DIPUTACIONES FEDERALES", "x.csv", "DIP_FED"),
     ("SENADORES", "x.csv", "SEN"),
     ("JUNTAS", "x.csv", "JUNTAS"), ("", "20170605_1300_PREP_GOB_COAH.csv", "GOB")],
)  # fmt: skip
def test_which_election_it_is(escribir: Escribir, titulo: str, archivo: str, clave: str) -> None:
    (base,) = leer(archivo, escribir(titulo=titulo))

    assert base.eleccion == clave


def test_the_columns_may_come_in_any_order(
    escribir: Escribir, filas: list[list[str]], columnas: list[str]
) -> None:
    al_reves = [list(reversed(f)) for f in filas]

    (base,) = leer("x.csv", escribir(columnas=list(reversed(columnas)), filas=al_reves))

    assert [c.clave for c in base.columnas] == [
        "NULOS",
        "NO_REGISTRADAS",
        "CAND_IND_1",
        "C_PRI_UDC",
        "UDC",
        "PRI",
        "PAN",
    ]
    assert comparar(base, ultimo=False).diferencias == ()


def test_old_names_of_columns(escribir: Escribir, columnas: list[str]) -> None:
    viejos = {
        "ID_ENTIDAD": "ID_ESTADO",
        "ENTIDAD": "ESTADO",
        "CODIGO_INTEGRIDAD": "SHA",
        "SECCION": "SECCIÓN",
        "NO_REGISTRADAS": "NO_REGISTRADOS",
        "ID_DISTRITO_LOCAL": "ID_DISTRITO",
        "DISTRITO_LOCAL": "DISTRITO",
        "FECHA_HORA_VERIFICACION": "FECHA_HORA_REGISTRO",
    }

    (base,) = leer("x.csv", escribir(columnas=[viejos.get(c, c) for c in columnas]))

    assert [c.clave for c in base.columnas][-2:] == ["NO_REGISTRADAS", "NULOS"]
    assert base.actas[0].codigo_integridad == "a" * 64
    assert base.actas[0].verificacion is not None


def test_a_fuera_de_catalogo_in_the_middle_goes_last(escribir: Escribir, filas: list[list[str]]) -> None:
    mezcladas = [filas[4], *filas[:4]]

    (base,) = leer("x.csv", escribir(filas=mezcladas))

    assert not base.actas[-1].en_catalogo
    assert [a.renglon for a in base.actas] == [1, 2, 3, 4, 5]
    assert base.filas == (9, 10, 11, 12, 8)


@pytest.mark.parametrize("escrita", ["-", "", "2"])
def test_fuera_de_catalogo_by_its_observation(
    escribir: Escribir, filas: list[list[str]], escrita: str
) -> None:
    filas[4][28] = escrita

    (base,) = leer("x.csv", escribir(filas=filas))

    assert base.actas[-1].contabilizada is Contabilizada.FUERA_DE_CATALOGO


@pytest.mark.parametrize("observacion", ["SIN ACTA", "Sin Acta", "sin_acta_por_paquete_no_entregado"])
def test_sin_acta_left_blank_is_not_captured_and_the_difference_says_so(
    escribir: Escribir, filas: list[list[str]], observacion: str
) -> None:
    filas[2][27], filas[2][28] = observacion, ""

    (base,) = leer("x.csv", escribir(filas=filas))

    diferencias = comparar(base, ultimo=False).diferencias
    assert base.actas[2].contabilizada is Contabilizada.PENDIENTE
    assert {d.campo for d in diferencias} >= {"ACTAS_REGISTRADAS", "ACTAS_CAPTURADAS"}
    assert all("deja en blanco CONTABILIZADA" in d.mensaje for d in diferencias)
    assert any(a.columna == "CONTABILIZADA" and a.fila == 10 for a in base.advertencias)


def test_contabilizada_is_inferred_where_it_is_missing(
    escribir: Escribir, filas: list[list[str]], columnas: list[str]
) -> None:
    sin = columnas.index("CONTABILIZADA")

    (base,) = leer("x.csv", escribir(columnas=columnas[:sin] + columnas[sin + 1 :],
                                     filas=[f[:sin] + f[sin + 1 :] for f in filas]))  # fmt: skip

    assert comparar(base, ultimo=False).diferencias == ()


def test_without_total_calculado_the_columns_are_added(escribir: Escribir, columnas: list[str]) -> None:
    otros = [
        "TOTAL_VOTOS" if c == "TOTAL_VOTOS_ASENTADO" else "CRYT" if c == "TOTAL_VOTOS_CALCULADO" else c
        for c in columnas
    ]

    (base,) = leer("x.csv", escribir(columnas=otros))

    assert comparar(base, ultimo=False).diferencias == ()
