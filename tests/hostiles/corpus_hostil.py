"""Hostile and malformed files made by code: every one with what reading it must give.

`casos` yields them. Each starts from one good file (`buena`) of six rows in the layout of 2024, physical
rows 8 to 13, whose counted votes are 210, and does one thing wrong.
"""

import io
import itertools
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos

COLUMNAS = (
    "CLAVE_CASILLA", "CLAVE_ACTA", "ID_ENTIDAD", "ENTIDAD", "ID_DISTRITO_LOCAL", "DISTRITO_LOCAL", "SECCION",
    "ID_CASILLA", "TIPO_CASILLA", "EXT_CONTIGUA", "UBICACION_CASILLA", "TIPO_ACTA", "PAN", "PRI", "C_PAN_PRI",
    "CAND_IND_1", "NO_REGISTRADAS", "NULOS", "TOTAL_VOTOS_ASENTADO", "TOTAL_VOTOS_CALCULADO", "LISTA_NOMINAL",
    "REPRESENTANTES_PP_CI", "OBSERVACIONES", "CONTABILIZADA", "MECANISMOS_TRASLADO", "CODIGO_INTEGRIDAD",
    "FECHA_HORA_ACOPIO", "FECHA_HORA_CAPTURA", "FECHA_HORA_VERIFICACION", "ORIGEN", "DIGITALIZACION",
    "TIPO_DOCUMENTO",
)  # fmt: skip
VOTOS = COLUMNAS[12:18]
CIFRAS = {
    "ACTAS_ESPERADAS": "5", "ACTAS_REGISTRADAS": "5", "ACTAS_FUERA_CATALOGO": "1", "ACTAS_CAPTURADAS": "4",
    "PORCENTAJE_ACTAS_CAPTURADAS": "80.0000", "ACTAS_CONTABILIZADAS": "3",
    "PORCENTAJE_ACTAS_CONTABILIZADAS": "60.0000", "PORCENTAJE_ACTAS_INCONSISTENCIAS": "20.0000",
    "ACTAS_NO_CONTABILIZADAS": "1", "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "1000", "TOTAL_VOTOS_C_CS": "210",
    "TOTAL_VOTOS_S_CS": "200", "PORCENTAJE_PARTICIPACION_CIUDADANA": "20.0000",
}  # fmt: skip
_HORAS = "07/06/2026 19:00:00,07/06/2026 19:05:00,07/06/2026 19:10:00"


def _fila(clave: str, votos: str, resto: str) -> tuple[str, ...]:
    identidad = (
        clave,
        f"{clave}3",
        "05",
        "COAHUILA",
        "001",
        "ACUNA",
        clave[2:6],
        "01",
        clave[6:7],
        "00",
        "1",
    )
    return (*identidad, "3", *votos.split(), *resto.split(","))


_SIN_MARCA = (
    _fila("050001B0100", "90 50 20 10 5 5", f"180,180,500,6,,1,F,{'a' * 64},{_HORAS},CATD,ESCANER,ACTA PREP"),
    _fila("050001C0100", "10 5 3 2 0 0", f"20,20,500,6,,1,F,{'b' * 64},{_HORAS},CATD,ESCANER,ACTA PREP"),
    _fila(
        "050001S0100",
        "4 3 2 1 0 ILEGIBLE",
        f"10,10,0,1000,ALGUN CAMPO ILEGIBLE O SIN DATO,1,F,{'c' * 64},{_HORAS},CATD,ESCANER,ACTA PREP",
    ),
    _fila(
        "050002B0100",
        "_ _ _ _ _ _",
        "SIN ACTA,0,400,6,SIN ACTA POR PAQUETE NO ENTREGADO,0,N/A,N/A,N/A,N/A,N/A,CATD,ESCANER,N/A",
    ),
    _fila("050002C0100", "- - - - - -", "-,0,401,6,-,-,-,-,-,-,-,-,-,-"),
    ("",) * 12 + ("",) * 10 + ("FUERA DE CATALOGO", "2", "", "d" * 64, "", "", "", "CASILLA", "MOVIL", ""),
)
FILAS = tuple(tuple("SIN ACTA" if c == "_" else c for c in f) for f in _SIN_MARCA)
PRIMERA = 8
"""Physical row of the first of `FILAS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Falla:
    """It cannot be read; the error says so, and where."""

    causa: str
    clase: type[ErrorDeDatos] = ErrorDeDatos
    fila: int | None = None
    columna: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lectura:
    """It is read: so many votes counted in so many rows, with a warning at each of these places."""

    votos: int | None = 210
    """None: whatever they are."""
    renglones: int | None = 6
    avisos: tuple[tuple[int | None, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cualquiera:
    """It may be read or not: what matters is that nothing else happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caso:
    """One file and what it must give."""

    nombre: str
    archivo: str
    datos: bytes
    espera: Falla | Lectura | Cualquiera


def casos() -> Iterator[Caso]:
    """Yield every file of the corpus, by name."""
    for grupo, los_del_grupo in (
        ("celda", _celdas()),
        ("marcador", _marcadores()),
        ("nominal", _nominales()),
        ("contabilizada", _contabilizadas()),
        ("tipo", _tipos()),
        ("calculado", _calculados()),
        ("ancho", _anchos()),
        ("comillas", _comillas()),
        ("columnas", _columnas()),
        ("codificacion", _codificaciones()),
        ("saltos", _saltos()),
        ("encabezado", _encabezados()),
        ("sello", _sellos()),
        ("horas", _horas()),
        ("ajeno", _ajenos()),
        ("renglon", _renglones()),
        ("zip", _comprimidos()),
        ("limite", _limites()),
        ("azar", _azar()),
    ):
        for nombre, datos, espera in los_del_grupo:
            zip_ = datos.startswith(b"PK")
            yield Caso(
                nombre=f"{grupo}: {nombre}", archivo="x.zip" if zip_ else "x.csv", datos=datos, espera=espera
            )


Grupo = Iterator[tuple[str, bytes, Falla | Lectura | Cualquiera]]


def buena(
    *,
    titulo: str = "DIPUTACIONES LOCALES",
    sello: str = "07/06/2026 20:30 (UTC-6)",
    cifras: Mapping[str, str] | None = CIFRAS,
    columnas: Sequence[str] = COLUMNAS,
    filas: Sequence[Sequence[str]] = FILAS,
    cambios: Mapping[tuple[int, str], str] | None = None,
    delimitador: str = ",",
    salto: str = "\n",
) -> bytes:
    """Write the good file; `cambios` puts other texts in cells: (row of the file, heading) → text."""
    puestas = [list(f) for f in filas]
    for (fila, columna), texto in (cambios or {}).items():
        puestas[fila - PRIMERA][list(columnas).index(columna)] = texto
    lineas = [titulo, sello, ""]
    lineas += (
        [delimitador.join(cifras), delimitador.join(cifras.values())] if cifras is not None else ["", ""]
    )
    lineas += ["", delimitador.join(columnas), *map(delimitador.join, puestas)]
    return (salto.join(lineas) + salto).encode()


_MALOS = (
    "noventa", "-1", "+5", "1e3", "0x10", "1.5", "1,5", "--5", "1-2", "1/2", "=1+1", "=SUMA(A1:A9)",
    "@SUM(A1)",
    "+cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; DROP TABLE actas; --", "９０", "٩٠", "९०",
    "²", "½", "Ⅻ",
    "9999999999", "0" * 20, "9" * 400, "1 2", "1.2.3", "inf", "Infinity", "True", "None", "undefined",
    "#REF!", "#¡VALOR!",
    "#DIV/0!", "O", "l0", "1O0", "90votos", "votos", "?", "*", "\x01", "\x7f", "\x1b[31m90",
    "\u202e09", "90\u0301",
    "😀", "SIN\tDATO X", "ILEGIBLE?", "SIN  CINTA", "ACTA", "N-A", "1_000", "1'000", "$90", "90%",
    "90;", "(90)", "90 90", "\\90", "%s%s%n", "{0}", "../../etc/passwd", "\ud7ff", "\ue000", "a" * 4000,
)  # fmt: skip


def _celdas() -> Grupo:
    """A vote cell that says no count: never a number, never zero, told where it is (R60)."""
    for texto in _MALOS:
        espera = Lectura(votos=210, avisos=((8, "PRI"), (8, "TOTAL_VOTOS_CALCULADO")))
        yield ascii(texto)[:40], buena(cambios={(8, "PRI"): _citado(texto)}), espera
    for texto, leido in {
        "50.0": 50,
        "50.": 50,
        "1,000": 1000,
        "1 000": 1000,
        "50,00": 50,
        "50.000": 50,
    }.items():
        cambios = {(8, "PRI"): _citado(texto), (8, "TOTAL_VOTOS_CALCULADO"): ""}
        yield f"se lee {texto}", buena(cambios=cambios), Lectura(votos=160 + leido, avisos=((8, "PRI"),))
    for texto in ("'50", "''50'", "0050", " 50 ", '="50"', "50\u200b", "\u00a050"):
        yield f"sin aviso {texto!a}", buena(cambios={(8, "PRI"): texto}), Lectura()


def _marcadores() -> Grupo:
    """Every marker in any case adds nothing, and the total written stays what counts (R59, data.md)."""
    marcas = (
        "ILEGIBLE", "ilegible", "Ilegibles", "SIN DATO", "sin_dato", "Sin dato", "SINDATO", "SIN_ACTA",
        "Sin acta",
        "N/A", "n/a", "-", "--", "–", "", "NaN", "NULL", "Inconsistente", "No aplica", "ＳＩＮ　ＡＣＴＡ",
        "'ILEGIBLE", "SIN DATO ",
    )  # fmt: skip
    de_2024 = {"ILEGIBLE", "SIN DATO", "SIN ACTA", "N/A", "-", ""}
    for marca in marcas:
        cambios = {(9, "C_PAN_PRI"): marca, (9, "TOTAL_VOTOS_CALCULADO"): ""}
        avisos = () if marca.strip("' ") in de_2024 else ((9, "C_PAN_PRI"),)
        yield f"{marca!a}", buena(cambios=cambios), Lectura(votos=207, avisos=avisos)


def _nominales() -> Grupo:
    for texto in ("", "-", "N/A", "SIN DATO", "quinientos", "-500", "5e2", "９", "=500", "9" * 12, "500/2"):
        yield (
            f"{texto!a}",
            buena(cambios={(9, "LISTA_NOMINAL"): texto}),
            Lectura(avisos=((9, "LISTA_NOMINAL"),)),
        )
    for texto in ("500.0", '"1,500"', "500.00"):
        yield (
            f"se lee {texto}",
            buena(cambios={(9, "LISTA_NOMINAL"): texto}),
            Lectura(avisos=((9, "LISTA_NOMINAL"),)),
        )


def _contabilizadas() -> Grupo:
    for texto in ("3", "-1", "01", "1.5", "quizá", "tru", "x", "=1", "11", "1 1", "?", "SÍ, TAL VEZ"):
        espera = Lectura(votos=190, avisos=((9, "CONTABILIZADA"),))
        yield f"{texto!a}", buena(cambios={(9, "CONTABILIZADA"): _citado(texto)}), espera
    for texto in ("", "-", "N/A", "NaN"):
        espera = Lectura(votos=190, avisos=((9, "CONTABILIZADA"),))
        yield f"en blanco {texto!a}", buena(cambios={(9, "CONTABILIZADA"): texto}), espera
    for texto in ("1.0", "SI", "Sí", "s", "'1", "１"):
        yield f"se lee {texto!a}", buena(cambios={(9, "CONTABILIZADA"): texto}), Lectura()
    yield (
        "1 en un «Sin acta»",
        buena(cambios={(11, "CONTABILIZADA"): "1"}),
        Lectura(avisos=((11, "CONTABILIZADA"),)),
    )
    yield (
        "1 fuera de catálogo",
        buena(cambios={(13, "CONTABILIZADA"): "1"}),
        Lectura(avisos=((13, "CONTABILIZADA"),)),
    )
    yield (
        "0 sin motivo",
        buena(cambios={(9, "CONTABILIZADA"): "0"}),
        Lectura(votos=190, avisos=((9, "OBSERVACIONES"),)),
    )
    cambios = {(9, "OBSERVACIONES"): "EXCEDE LISTA NOMINAL"}
    yield "1 con EXCEDE", buena(cambios=cambios), Lectura(avisos=((9, "CONTABILIZADA"),))
    cambios = {(9, "LISTA_NOMINAL"): "5"}
    yield "1 y excede", buena(cambios=cambios), Lectura(avisos=((9, "CONTABILIZADA"),))


def _tipos() -> Grupo:
    for texto in ("BASICA", "Z", "BB", "b1", "Básica 1", "casilla b", "8", "<b>", "especialísima"):
        yield (
            f"{texto!a}",
            buena(cambios={(8, "TIPO_CASILLA"): texto}),
            Lectura(avisos=((8, "TIPO_CASILLA"),)),
        )


def _calculados() -> Grupo:
    for texto, votos in {"181": 211, "0": 30, "999999999": 1000000029}.items():
        espera = Lectura(votos=votos, avisos=((8, "TOTAL_VOTOS_CALCULADO"),))
        yield texto, buena(cambios={(8, "TOTAL_VOTOS_CALCULADO"): texto}), espera
    for texto in ("", "-", "ciento ochenta", "-180", "SIN DATO", "=180", "1E2"):
        yield f"{texto!a}", buena(cambios={(8, "TOTAL_VOTOS_CALCULADO"): texto}), Lectura()


def _anchos() -> Grupo:
    """Rows cut short, cell by cell, and rows too long."""
    buena_ = FILAS[1]
    for n in range(13, len(COLUMNAS)):
        corta = [*FILAS[:1], buena_[:n], *FILAS[2:]]
        contada = n > COLUMNAS.index("CONTABILIZADA")
        yield f"{n} campos", buena(filas=corta), Lectura(votos=210 if contada else 190, avisos=((9, ""),))
    for n in (1, 2, 5, 50, 1000):
        larga = [*FILAS[:1], (*buena_, *["x"] * n), *FILAS[2:]]
        yield f"{n} campos de más", buena(filas=larga), Lectura(avisos=((9, ""),))
    vacias = [*FILAS[:1], (*buena_, "", "", ""), *FILAS[2:]]
    yield "tres vacíos de más", buena(filas=vacias), Lectura()
    enorme = [*FILAS[:1], (*buena_, *["x"] * 3000), *FILAS[2:]]
    yield "más columnas que el límite", buena(filas=enorme), Falla(causa="pasa de 2000 columnas", fila=9)


def _comillas() -> Grupo:
    for columna in ("CLAVE_CASILLA", "ENTIDAD", "DISTRITO_LOCAL", "PAN", "NULOS", "LISTA_NOMINAL", "ORIGEN"):
        texto = dict(zip(COLUMNAS, FILAS[1], strict=True))[columna]
        for nombre, con in (("abre", f'"{texto}'), ("cierra", f'{texto}"'), ("dentro", f'{texto}"x')):
            if columna in {"PAN", "NULOS"} and nombre == "dentro":
                continue
            yield f"{nombre} en {columna}", buena(cambios={(9, columna): con}), Lectura(avisos=((9, ""),))
    datos = buena(cambios={(9, "DISTRITO_LOCAL"): '"ACU\nNA"'})
    yield "celda de dos líneas", datos, Lectura(avisos=((9, ""),))
    datos = buena(cambios={(9, "DISTRITO_LOCAL"): '"' + "A\n" * 15 + '"'})
    yield "celda de quince líneas", datos, Lectura(avisos=((9, ""),))
    datos = buena(cambios={(9, "DISTRITO_LOCAL"): '"ACUNA ""la bella"""'})
    yield "comillas dobladas", datos, Lectura()
    todo = b'"' + buena().replace(b",", b'","').replace(b"\n", b'"\n"')[:-1]
    yield "todo entre comillas", todo, Lectura()
    yield "sólo comillas", b'"' * 5000, Falla(causa="columna", clase=NoEsBaseDeDatos)
    yield (
        "nunca se cierra",
        buena(filas=FILAS[:1]) + b'"' + b"x\n" * 40,
        Lectura(votos=180, renglones=1, avisos=((9, ""),)),
    )


def _columnas() -> Grupo:
    for nombre, columnas in (
        ("al revés", COLUMNAS[::-1]),
        ("revueltas", random.Random(7).sample(COLUMNAS, len(COLUMNAS))),
    ):
        lugar = [COLUMNAS.index(c) for c in columnas]
        yield nombre, buena(columnas=columnas, filas=[[f[i] for i in lugar] for f in FILAS]), Lectura()
    yield "en minúsculas", buena(columnas=[c.lower() for c in COLUMNAS]), Lectura()
    yield "con espacios", buena(columnas=[f" {c.replace('_', ' ')} " for c in COLUMNAS]), Lectura()
    yield "con acentos", buena(columnas=[c.replace("CION", "CIÓN") for c in COLUMNAS]), Lectura()
    for fuera in ("CLAVE_CASILLA", "CLAVE_ACTA", "ID_ENTIDAD", "ENTIDAD", "EXT_CONTIGUA",
                  "MECANISMOS_TRASLADO",
                  "FECHA_HORA_VERIFICACION", "TIPO_DOCUMENTO", "CODIGO_INTEGRIDAD", "TIPO_ACTA"):  # fmt: skip
        yield f"sin {fuera}", _sin(fuera), Lectura()
    for fuera in ("TIPO_CASILLA", "CONTABILIZADA", "OBSERVACIONES", "TOTAL_VOTOS_CALCULADO"):
        yield f"sin {fuera}", _sin(fuera), Lectura(avisos=((7, fuera),))
    yield "sin LISTA_NOMINAL", _sin("LISTA_NOMINAL"), Lectura(avisos=((7, "LISTA_NOMINAL"),))
    yield "sin votos", _sin(*VOTOS), Falla(causa="columnas de votos", clase=NoEsBaseDeDatos, fila=7)
    sin_lugar = _sin("CLAVE_CASILLA", "CLAVE_ACTA", "SECCION")
    yield "sin sección ni claves", sin_lugar, Falla(causa="nombres de columna", clase=NoEsBaseDeDatos)
    for nombre in (
        "QR",
        "OTRA COSA",
        "C_PAN_PRI_TOTAL",
        "PORCENTAJE_X",
        "=HYPERLINK(1)",
        "<img>",
        "\u202eNAP",
        "x" * 500,
    ):
        mas = [(*f, "z") for f in FILAS]
        espera = Lectura(avisos=((7, nombre),))
        yield f"una más, {nombre[:12]!a}", buena(columnas=[*COLUMNAS, nombre], filas=mas), espera
    doble = [(*f, "zzz") for f in FILAS]
    for repetida in ("OBSERVACIONES", "CONTABILIZADA", "SECCION"):
        espera = Lectura(avisos=((7, repetida),))
        yield f"dos veces {repetida}", buena(columnas=[*COLUMNAS, repetida], filas=doble), espera
    dos = [(*f[:12], f[12], *f[12:]) for f in FILAS]
    datos = buena(columnas=[*COLUMNAS[:12], "PAN", *COLUMNAS[12:]], filas=dos)
    yield "dos veces PAN", datos, Lectura(avisos=((7, "PAN"), (8, "TOTAL_VOTOS_CALCULADO")))
    muchas = [f"X{i}" for i in range(150)]
    mas = [(*f, *["z"] * 150) for f in FILAS]
    yield "ciento cincuenta más", buena(columnas=[*COLUMNAS, *muchas], filas=mas), Lectura(avisos=((7, ""),))
    yield "sin nombre", buena(columnas=[*COLUMNAS, "", ""], filas=mas), Lectura()
    yield (
        "dos mil una",
        buena(columnas=[*COLUMNAS, *[f"Z{i}" for i in range(2000)]]),
        Falla(causa="columnas", fila=7),
    )


def _codificaciones() -> Grupo:
    datos = buena(cambios={(8, "DISTRITO_LOCAL"): "ACUÑA"})
    texto = datos.decode()
    ajena = ((None, ""),)
    yield "UTF-8 con BOM", b"\xef\xbb\xbf" + datos, Lectura()
    yield "dos BOM", b"\xef\xbb\xbf" * 2 + datos, Lectura()
    yield "BOM en medio", texto.replace("SECCION", "\ufeffSECCION").encode(), Lectura()
    yield "latin-1", texto.encode("latin-1"), Lectura(avisos=ajena)
    yield "cp1252", texto.replace("ACUÑA", "«ACUÑA»").encode("cp1252"), Lectura(avisos=ajena)
    yield "bytes sin letra en cp1252", datos.replace("Ñ".encode(), b"\x81\x8d"), Lectura(avisos=ajena)
    yield "UTF-8 y cp1252", datos + "Nota: año".encode("cp1252"), Lectura(avisos=ajena)
    yield "UTF-16", texto.encode("utf-16"), Lectura(avisos=ajena)
    yield "UTF-16 al revés", b"\xfe\xff" + texto.encode("utf-16-be"), Lectura(avisos=ajena)
    binario = Falla(causa="binario", clase=NoEsBaseDeDatos)
    yield "UTF-16 sin BOM", texto.encode("utf-16-le"), binario
    yield "UTF-16 impar", texto.encode("utf-16")[:-1], Falla(causa="UTF-16", clase=NoEsBaseDeDatos)
    yield "UTF-32", texto.encode("utf-32"), Falla(causa="columna", clase=NoEsBaseDeDatos)
    yield "UTF-7", texto.encode("utf-7"), Lectura()
    yield "EBCDIC", texto.encode("cp500"), Falla(causa="columna", clase=NoEsBaseDeDatos)
    yield "NUL en una celda", datos.replace(b"ACU", b"AC\0"), binario
    yield "NUL al final", datos + b"\0", binario
    yield "huecos de NUL", datos[:900] + b"\0" * 4096 + datos[900:], binario
    yield "sustituto suelto", datos.replace("Ñ".encode(), b"\xed\xa0\x80"), Lectura(avisos=ajena)
    yield "más larga de lo debido", datos.replace("Ñ".encode(), b"\xc0\xaf"), Lectura(avisos=ajena)
    yield "cortada a media letra", datos.replace("Ñ".encode(), b"\xc3"), Lectura(avisos=ajena)
    yield "doble codificación", texto.encode("utf-8").decode("latin-1").encode(), Lectura()
    for letra in "\u00a0\u202f\u200b\u2060\u00ad\u200e":
        yield f"con {letra!a}", texto.replace(",", f",{letra}").encode(), Lectura()
    for letra in "\u3000\u2003\u00b4":
        yield f"con {letra!a} en un nombre", texto.replace("ACUÑA", f"ACU{letra}A").encode(), Lectura()


def _saltos() -> Grupo:
    datos = buena()
    yield "CR", buena(salto="\r"), Lectura(avisos=((None, ""),))
    yield "CRLF", buena(salto="\r\n"), Lectura()
    yield "CR CR LF", buena(salto="\r\r\n"), Lectura(renglones=6)
    yield "LF CR", buena(salto="\n\r"), Lectura()
    yield "revueltos", b"\r\n".join(datos.split(b"\n", 4)), Lectura()
    yield "sin el último", datos[:-1], Lectura()
    yield "Ctrl-Z al final", datos + b"\x1a", Lectura()
    yield "cien mil líneas vacías al final", datos + b"\n" * 100_000, Lectura()
    yield "cien mil líneas de comas al final", datos + b",,,,\n" * 100_000, Lectura()
    for letra in "\x0b\x0c\x1c\x85\u2028\u2029":
        nombre = f"{letra!a} no es un salto"
        yield nombre, buena(cambios={(8, "DISTRITO_LOCAL"): f"AC{letra}UNA"}), Lectura()
    for delimitador in ";|\t":
        yield f"con {delimitador!a}", buena(delimitador=delimitador), Lectura(avisos=((None, ""),))
    yield "con «:»", buena(delimitador=":"), Falla(causa="columna", clase=NoEsBaseDeDatos)
    yield "delimitadores revueltos", datos.replace(b"050001C0100,", b"050001C0100;"), Lectura(votos=None)


def _encabezados() -> Grupo:
    for texto in (
        "ILEGIBLE",
        "SIN DATO",
        "-5",
        "cinco",
        "=5",
        "#REF!",
        "NaN",
        "1e3",
        "5/2",
        "９",
        "9" * 30,
        "5;6",
    ):
        yield f"ACTAS_ESPERADAS {texto[:12]!a}", buena(cifras=CIFRAS | {"ACTAS_ESPERADAS": texto}), Lectura()
    for texto in ("", "-", "N/A", "5.0", "'5", '="5"', " 5 ", "005"):
        yield f"ACTAS_ESPERADAS en {texto!a}", buena(cifras=CIFRAS | {"ACTAS_ESPERADAS": texto}), Lectura()
    for texto in (
        "20",
        "20%",
        "'20.0000%",
        "20,0000",
        "-20.0000",
        "120.0000",
        "20.00009999",
        "0.2",
        "veinte",
    ):
        campo = "PORCENTAJE_PARTICIPACION_CIUDADANA"
        yield f"participación {texto!a}", buena(cifras=CIFRAS | {campo: _citado(texto)}), Lectura()
    for campo in CIFRAS:
        otras = {c: v for c, v in CIFRAS.items() if c != campo}
        yield f"sin {campo}", buena(cifras=otras), Lectura()
    yield "sin cifras", buena(cifras=None), Lectura()
    yield "revueltas", buena(cifras=dict(reversed(CIFRAS.items()))), Lectura()
    yield "una que nadie conoce", buena(cifras=CIFRAS | {"ACTAS_X": "3"}), Lectura(avisos=((4, "ACTAS_X"),))
    lineas = buena().decode().split("\n")
    yield "valores de menos", _lineas(lineas, 4, "5,5,1"), Lectura(avisos=((5, ""),))
    yield "valores de más", _lineas(lineas, 4, lineas[4] + ",9,9"), Lectura(avisos=((5, ""),))
    yield "nombres sin valores", _lineas(lineas, 4, ""), Lectura()
    yield (
        "valores antes que nombres",
        "\n".join([*lineas[:3], lineas[4], lineas[3], *lineas[5:]]).encode(),
        Lectura(),
    )
    yield "dos encabezados", "\n".join([*lineas[:5], *lineas[3:]]).encode(), Lectura()
    yield "todo dos veces", buena() + buena(), Lectura(votos=420, renglones=12, avisos=((14, ""),))
    yield "sin título ni sello", "\n".join(["", "", *lineas[2:]]).encode(), Lectura(avisos=((None, ""),))
    yield "título enorme", _lineas(lineas, 0, "T" * 200_000), Lectura()
    yield "cincuenta líneas antes", b"nota\n" * 50 + buena(), Lectura()
    sin_columnas = Falla(causa="nombres de columna", clase=NoEsBaseDeDatos)
    yield "doscientas líneas antes", b"nota\n" * 200 + buena(), sin_columnas
    yield "sólo el encabezado", "\n".join(lineas[:6]).encode(), sin_columnas
    yield (
        "sólo hasta las columnas",
        "\n".join(lineas[:7]).encode(),
        Lectura(votos=0, renglones=0, avisos=((8, ""),)),
    )


def _sellos() -> Grupo:
    imposibles = (
        "31/02/2026 20:30 (UTC-6)", "00/00/0000 00:00", "07/06/2026 25:30", "07/06/2026 20:61",
        "99/99/9999 99:99",
        "07/06/2026", "20:30", "ayer", "", "2026", "07-06-26", "7 de junio de 2026, 20:30 h",
        "=AHORA()", "#######",
        "1e9", "46180.854", "07/13/2026 20:30:99999", "-1/06/2026 2O:30",
        "07/06/9999 20:30 (UTC-12)", "07/06/0101 20:30 (UTC+14)",
    )  # fmt: skip
    for texto in imposibles:
        yield (
            f"{texto!a}",
            buena(sello=_citado(texto)),
            Lectura(avisos=((None, ""),) if texto != "07/13/2026 20:30:99999" else ()),
        )
    for texto in (
        "07/06/2026 20:30",
        "3/6/2019 09:15",
        "07/06/2026 20:30 (UTC)",
        "07/06/2026 20:30 (CST)",
        "-1/06/2026 20:30",
    ):
        yield f"sin UTC {texto!a}", buena(sello=texto), Lectura(avisos=((2, ""),))
    for texto in ("2026/06/07 20:30 (UTC-6)", "11/06/2026 11:45(UTC-5)", "7/6/26 8:30 p. m. (UTC-6)",
                  "07/06/2026 20:30 (UTC-06:00)", "07/06/2026 20:30:59.999 (UTC−6)"):  # fmt: skip
        yield f"{texto!a}", buena(sello=texto), Lectura(avisos=((2, ""),))
    for texto in ("UTC-99", "UTC-13", "UTC+15"):
        yield texto, buena(sello=f"07/06/2026 20:30 ({texto})"), Lectura(avisos=((2, ""),))
    yield "entre comillas", buena(sello='"07/06/2026 20:30 (UTC-6)"'), Lectura()


def _horas() -> Grupo:
    for texto in ("31/02/2026 20:30:00", "07/06/2026 25:00:00", "ayer", "1e99", "=AHORA()",
                  "07/06/9999 23:59:59",
                  "0/0/0000 00:00:00", "46180.854", "x" * 3000, "07/06/2026 20:30:99"):  # fmt: skip
        yield f"{texto[:24]!a}", buena(cambios={(8, "FECHA_HORA_VERIFICACION"): texto}), Lectura()
    desorden = {(8, "FECHA_HORA_VERIFICACION"): "07/06/2026 07:10:00"}
    yield "en desorden", buena(cambios=desorden), Lectura(avisos=((8, "FECHA_HORA_VERIFICACION"),))


def _ajenos() -> Grupo:
    """Files of another kind: refused, with what they are."""
    for nombre, datos, causa in (
        ("vacío", b"", "vacío"), ("blancos", b" \n\t \r\n", "vacío"), ("gzip", b"\x1f\x8b\x08\x00", "gzip"),
        ("PDF", b"%PDF-1.7\n", "PDF"), ("Excel viejo", b"\xd0\xcf\x11\xe0\xa1", "Excel"), ("RAR",
        b"Rar!\x1a", "RAR"),
        ("7-Zip", b"7z\xbc\xaf\x27\x1c", "7-Zip"), ("PNG", b"\x89PNG\r\n\x1a\n\0", "binario"),
        ("JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF", "binario"), ("HTML", b"<!DOCTYPE html>\n<html>",
        "página web"),
        ("XML", b"<?xml version='1.0'?><a/>", "página web"), ("JSON", b'{"a": [1]}', "JSON"),
        ("lista JSON", b"[1, 2]", "JSON"), ("SQL", b"INSERT INTO actas VALUES (1);", "columna"),
        ("correo", b"From: a@b\nSubject: PREP\n\nhola", "columna"), ("otra tabla", b"a,b,c\n1,2,3\n",
        "columna"),
        ("ELF", b"\x7fELF\x02\x01\x01\0", "binario"), ("SQLite", b"SQLite format 3\0", "binario"),
        ("un número", b"42", "columna"), ("un millón de comas", b"," * 1_000_000, "columna"),
        ("un millón de letras", b"A" * 1_000_000, "columna"), ("sólo BOM", b"\xef\xbb\xbf", "columna"),
        ("LEEME", b"ACTAS_ESPERADAS: actas que se esperan\n" * 20, "columna"),
        ("candidaturas", b"ID_ENTIDAD,PARTIDO_CI,CANDIDATURA_PROPIETARIA\n5,PAN,X\n", "candidaturas"),
        ("catálogo", b"SECCION,TIPO_CASILLA,LISTA_NOMINAL\n1,B,500\n", "columna"),
    ):  # fmt: skip
        yield nombre, datos, Falla(causa=causa, clase=NoEsBaseDeDatos)
    fuera = {"OBSERVACIONES", "CONTABILIZADA", "TOTAL_VOTOS_ASENTADO"}
    computos = _sin(*fuera, cifras=None)
    yield "cómputos", computos, Falla(causa="no es una base de datos del PREP", clase=NoEsBaseDeDatos, fila=7)


def _renglones() -> Grupo:
    """Rows out of nowhere: totals, notes, repeated headings, rows of another file."""
    ajenas = (
        "TOTAL,,,,,,,,,,,,100,58,25,13,5,5", "Fuente: el Instituto", "***", "--- fin ---",
        ",,,TOTALES,,,,,,,,,100",
        "<tr><td>", "{}", "=SUMA(M8:M13)", "Página 1 de 2",
    )  # fmt: skip
    for linea in ajenas:
        yield f"al final {linea[:20]!a}", buena() + f"{linea}\n".encode(), Lectura(avisos=((14, ""),))
    lineas = buena().decode().split("\n")
    en_medio = "\n".join([*lineas[:9], lineas[6], *lineas[9:]]).encode()
    yield "los nombres en medio", en_medio, Lectura(avisos=((10, ""),))
    yield "fuera de catálogo en medio", buena(filas=[FILAS[5], *FILAS[:5]]), Lectura()
    lo_dice = (*FILAS[5][:6], *["FUERA DE CATALOGO"] * 3, *FILAS[5][9:])
    yield "fuera de catálogo en tres celdas", buena(filas=[lo_dice, *FILAS[:5]]), Lectura()
    yield (
        "una fila dos veces",
        buena(filas=[*FILAS[:2], *FILAS[1:]]),
        Lectura(votos=230, renglones=7, avisos=((10, "CLAVE_ACTA"),)),
    )
    mil = [*FILAS[:2], *[FILAS[1]] * 1000, *FILAS[2:]]
    yield (
        "una fila mil veces",
        buena(filas=mil),
        Lectura(votos=20_210, renglones=1006, avisos=((10, "CLAVE_ACTA"),)),
    )
    sin = [*FILAS[:1], ("", "", *FILAS[1][2:4], "", "", *FILAS[1][6:]), *FILAS[2:]]
    yield "sin distrito", buena(filas=sin), Lectura(avisos=((9, "DISTRITO"),))
    yield "ningún renglón", buena(filas=()), Lectura(votos=0, renglones=0, avisos=((8, ""),))


def _comprimidos() -> Grupo:
    csv_ = buena()
    entero = comprimir({"COAH_DIP_LOC_2026.csv": csv_, "LEEME.txt": b"Hola"})
    yield "bueno", entero, Lectura()
    for n in (2, 4, 10, 30, 100, len(entero) // 2, len(entero) - 23, len(entero) - 1):
        yield (
            f"cortado a {n} bytes" if n < 200 else f"cortado {len(entero) - n} bytes antes",
            entero[:n],
            (Falla(causa="incompleto o dañado")),
        )
    malo = bytearray(entero)
    malo[80:110] = bytes(30)
    yield "datos dañados", bytes(malo), Falla(causa="dañado dentro del ZIP")
    for nombre, lugar, valor, causa in (
        ("cifrado", 8, 1, "contraseña"),
        ("método desconocido", 10, 99, "de un modo"),
        ("bzip2", 10, 12, "de un modo"),
        ("lzma", 10, 14, "de un modo"),
        ("CRC falso", 16, 1, "dañado dentro"),
    ):
        malo = bytearray(entero)
        malo[malo.index(b"PK\x01\x02") + lugar] = valor
        yield nombre, bytes(malo), Falla(causa=causa)
    yield "bomba de 20 MB", comprimir({"a.csv": b"0" * 20_000_000}), Falla(causa="bomba")
    lineas = csv_ + b"," * 30_000_000
    yield "bomba que empieza bien", comprimir({"a.csv": lineas}), Falla(causa="bomba")
    miente = bytearray(comprimir({"a.csv": b"0" * 20_000_000}))
    central = miente.index(b"PK\x01\x02")
    struct.pack_into("<L", miente, central + 24, 100)
    yield "bomba que dice ser chica", bytes(miente), Falla(causa="dañado|bomba")
    for n, nombre in enumerate(("../../etc/passwd.csv", "/etc/passwd.csv", "C:\\x\\y.csv",
                                "..\\..\\x.csv", "a/./b//c.csv",
                                "x" * 3000 + ".csv", "año.csv", "\u202evsc.csv", "con espacio .csv",
                                "x.CSV", "x.TSV")):  # fmt: skip
        yield f"nombre {n}: {nombre[:20]!a}", comprimir({nombre: csv_}), Lectura()
    for nombre in (".csv", "__MACOSX/x.csv", "x/", "x.pdf", "x.exe"):
        yield (
            f"no se mira {nombre}",
            comprimir({nombre: csv_ if nombre != "x/" else b""}),
            (Falla(causa="ningún CSV", clase=NoEsBaseDeDatos)),
        )
    yield "vacío", comprimir({}), Falla(causa="ningún CSV", clase=NoEsBaseDeDatos)
    sin_nombre = comprimir({"!.csv": csv_}).replace(b"!.csv", b"\0.csv")
    yield "sin nombre", sin_nombre, Falla(causa="ningún CSV", clase=NoEsBaseDeDatos)
    yield (
        "libro de Excel",
        comprimir({"[Content_Types].xml": b""}),
        Falla(causa="Excel", clase=NoEsBaseDeDatos),
    )
    yield "repetido", _repetido(csv_), Lectura()
    hondo = csv_
    for nivel in range(1, 6):
        hondo = comprimir({f"n{nivel}.zip" if nivel > 1 else "a.csv": hondo})
        espera: Falla | Lectura = Lectura() if nivel <= 3 else Falla(causa="uno dentro de otro")
        yield f"{nivel} dentro de otro", hondo, espera
    muchos = comprimir({f"{i}.csv": b"" for i in range(501)})
    yield "501 archivos", muchos, Falla(causa="trae 501 archivos")
    quinientos = comprimir({f"{i}.csv": b"x" for i in range(500)})
    yield "500 archivos que no son", quinientos, Falla(causa="ningún archivo", clase=NoEsBaseDeDatos)
    yield "sólo la firma", b"PK\x03\x04", Falla(causa="incompleto")
    yield "sólo el final", b"PK\x05\x06" + bytes(18), Falla(causa="ningún CSV", clase=NoEsBaseDeDatos)
    yield "un CSV que empieza con PK", b"PK," + csv_, Falla(causa="incompleto")
    yield "basura delante", b"PK" + entero, Lectura()
    yield "zip dañado dentro", comprimir({"a.zip": b"PK\x03\x04roto"}), Falla(causa="incompleto")
    yield "candidaturas dañadas al lado", comprimir({"a.csv": csv_, "b.csv": zlib.compress(b"x")}), Lectura()


def _limites() -> Grupo:
    larga = "x" * 5000
    for columna in ("DISTRITO_LOCAL", "PAN", "OBSERVACIONES", "TIPO_DOCUMENTO"):
        lugar = str(COLUMNAS.index(columna) + 1)
        espera = Falla(causa="una celda pasa de 4096", fila=9, columna=lugar)
        yield f"celda de 5000 en {columna}", buena(cambios={(9, columna): larga}), espera
    diez = buena(cambios={(9, "DISTRITO_LOCAL"): "x" * 10_000_000})
    yield "celda de 10 MB", diez, Falla(causa="una celda pasa de 4096", fila=9, columna="6")
    citada = buena(cambios={(9, "DISTRITO_LOCAL"): f'"{"x" * 10_000_000}"'})
    yield "celda de 10 MB entre comillas", citada, Falla(causa="", fila=9)
    abierta = buena(cambios={(9, "DISTRITO_LOCAL"): '"' + "x" * 10_000_000})
    yield "celda de 10 MB sin cerrar", abierta, Falla(causa="una celda pasa de 4096", fila=9, columna="6")
    yield (
        "una línea de 10 MB antes",
        b"x" * 10_000_000 + b"\n" + buena(),
        Falla(causa="columna", clase=NoEsBaseDeDatos),
    )
    yield (
        "10 MB de comillas",
        buena(filas=FILAS[:1]) + b'"\n' * 5_000_000,
        Falla(causa="pasa de 400000 renglones", fila=800_007),
    )
    yield "10 MB de comillas y comas", buena(filas=FILAS[:1]) + b'",' * 5_000_000, Falla(causa="", fila=9)
    todas = {(8, c): "mal" for c in VOTOS}
    yield (
        "todo mal en una fila",
        buena(cambios=todas),
        Lectura(votos=210, avisos=tuple((8, c) for c in VOTOS)),
    )


def _azar() -> Grupo:
    """Good files with some bytes changed, taken out or put in, always the same ones."""
    for semilla in range(40):
        azar = random.Random(semilla)
        datos = bytearray(buena() if semilla % 4 else comprimir({"a.csv": buena()}))
        for _ in range(1 + semilla % 9):
            i = azar.randrange(3, len(datos))
            que = semilla % 3
            datos[i : i + (que != 1)] = b"" if que == 2 else azar.randbytes(1)
        yield f"semilla {semilla}", bytes(datos), Cualquiera()


def comprimir(miembros: Mapping[str, bytes]) -> bytes:
    """Write a ZIP."""
    salida = io.BytesIO()
    with zipfile.ZipFile(salida, "w", zipfile.ZIP_DEFLATED) as z:
        for nombre, datos in miembros.items():
            z.writestr(nombre, datos)
    return salida.getvalue()


def _repetido(csv_: bytes) -> bytes:
    datos = comprimir({"a.csv": csv_, "b.csv": b"otra cosa"})
    return datos.replace(b"b.csv", b"a.csv")


def _citado(texto: str) -> str:
    return f'"{texto.replace(chr(34), chr(34) * 2)}"' if set(texto) & set(',"') else texto


def _sin(*fuera: str, cifras: Mapping[str, str] | None = CIFRAS) -> bytes:
    quedan = [i for i, c in enumerate(COLUMNAS) if c not in fuera]
    return buena(
        columnas=[COLUMNAS[i] for i in quedan], filas=[[f[i] for i in quedan] for f in FILAS], cifras=cifras
    )


def _lineas(lineas: Sequence[str], n: int, otra: str) -> bytes:
    return "\n".join(itertools.chain(lineas[:n], [otra], lineas[n + 1 :])).encode()
