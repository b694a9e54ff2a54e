"""The written layout: names, sections, protected keys, complete rows, LEEME from the schema (R77–R94)."""

import csv
import io
import re
import zipfile
from dataclasses import replace

import pytest

from pregon.errors import ErrorDeDatos
from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion, escribir
from pregon.prep.acta import Contabilizada
from pregon.prep.corte import CAMPOS_ENCABEZADO, Corte
from pregon.prep.escribir import tabla
from pregon.prep.jornada import Ambito, CatalogoSintetico, Tipo


def corte(nombre: str = "diputaciones", *, fraccion: float = 1.0, tipo: Tipo = Tipo.SIMULACRO) -> Corte:
    jornada = eleccion.leer(ejemplos.texto(nombre), archivo=nombre)
    chica = replace(jornada.elecciones[0], catalogo=CatalogoSintetico(casillas=300, semilla=7))
    fuente = Sintetica(replace(jornada, tipo=tipo, elecciones=(chica,)))
    instante = jornada.apertura + round(144 * fraccion) * jornada.periodo
    return contar(
        fuente.jornada, numero=9, instante=instante, ultimo=False, actas=fuente.leer(instante).actas
    )


def escritos(corte: Corte) -> dict[str, bytes]:
    return dict(escribir.base_de_datos(corte, corte.resultados[0]))


def filas(datos: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(datos.decode("utf-8-sig"), newline="")))


def test_names_follow_the_stamp_and_the_election() -> None:
    assert list(escritos(corte(fraccion=0))) == [
        "20260607_1830_PREP_DIP_LOC_COAH.zip",
        "COAH_DIP_LOC_2026.csv",
        "COAH_DIP_LOC_CANDIDATURAS_2026.csv",
        "LEEME_DIP_LOC.txt",
    ]


def test_the_zip_holds_the_loose_files_dated_with_the_corte() -> None:
    archivos = escritos(corte(fraccion=0))
    comprimido = zipfile.ZipFile(io.BytesIO(archivos.pop("20260607_1830_PREP_DIP_LOC_COAH.zip")))

    dentro = [comprimido.read(nombre) for nombre in comprimido.namelist()]

    assert comprimido.namelist() == [
        "COAH_DIP_LOC_2026.csv",
        "COAH_DIP_LOC_CANDIDATURAS_2026.csv",
        "LEEME.txt",
    ]
    assert dentro == list(archivos.values())
    assert {entrada.date_time for entrada in comprimido.infolist()} == {(2026, 6, 7, 18, 30, 0)}


def test_three_sections_stand_where_2024_put_them() -> None:
    noche = corte()

    leidas = filas(escritos(noche)["COAH_DIP_LOC_2026.csv"])

    assert leidas[0] == [noche.resultados[0].eleccion.titulo + " - SIMULACRO"]
    assert leidas[1] == ["08/06/2026 18:30 (UTC-6)"]
    assert (leidas[2], leidas[5]) == ([], [])
    assert leidas[3] == list(CAMPOS_ENCABEZADO)
    assert len(leidas) == 7 + len(noche.resultados[0].actas)
    assert {len(fila) for fila in leidas[6:]} == {len(leidas[6])}


def test_bytes_are_utf8_with_bom_and_lf() -> None:
    datos = escritos(corte())["COAH_DIP_LOC_2026.csv"]

    assert datos.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in datos


@pytest.mark.parametrize(
    ("nombre", "campo"), [("diputaciones", "ID_DISTRITO_LOCAL"), ("ayuntamientos", "ID_MUNICIPIO")]
)
def test_keys_are_protected(nombre: str, campo: str) -> None:
    archivos = escritos(corte(nombre))
    resultados = next(
        datos for ruta, datos in archivos.items() if re.fullmatch(r"COAH_[A-Z_]+_\d{4}\.csv", ruta)
    )

    columnas, *actas = filas(resultados)[6:]
    basica = next(
        dict(zip(columnas, a, strict=True)) for a in actas if a[columnas.index("TIPO_CASILLA")] == "B"
    )

    assert re.fullmatch(r"'05\d{4}B0100", basica["CLAVE_CASILLA"])
    assert re.fullmatch(r"'\d{3}", basica[campo])
    assert basica["ID_ENTIDAD"] == "'05"


def test_a_pending_row_is_complete() -> None:
    noche = corte(fraccion=0)
    columnas, *actas = filas(escritos(noche)["COAH_DIP_LOC_2026.csv"])[6:]

    pendiente = next(
        dict(zip(columnas, fila, strict=True))
        for fila, acta in zip(actas, noche.resultados[0].actas, strict=True)
        if acta.contabilizada is Contabilizada.PENDIENTE and acta.casilla.seccion is not None
    )

    assert {
        pendiente[c] for c in ("PAN", "C_PRI_UDC", "NULOS", "OBSERVACIONES", "CONTABILIZADA", "ORIGEN")
    } == {"-"}
    assert {pendiente[c] for c in columnas if c.startswith("FECHA_HORA")} == {"-"}
    assert pendiente["TOTAL_VOTOS_CALCULADO"] == "0"
    assert int(pendiente["LISTA_NOMINAL"]) > 0


def test_a_sin_acta_row_says_so_everywhere() -> None:
    columnas, *actas = filas(escritos(corte())["COAH_DIP_LOC_2026.csv"])[6:]
    sin_acta = next(
        fila
        for fila in (dict(zip(columnas, a, strict=True)) for a in actas)
        if fila["OBSERVACIONES"].startswith("SIN ACTA") and fila["SECCION"] != "'N/A"
    )

    assert {sin_acta[c] for c in ("PAN", "NULOS", "TOTAL_VOTOS_SACADOS", "TOTAL_VOTOS_CALCULADO")} == {
        "SIN ACTA"
    }
    assert {sin_acta[c] for c in ("CODIGO_INTEGRIDAD", "FECHA_HORA_ACOPIO", "TIPO_DOCUMENTO")} == {"N/A"}
    assert sin_acta["CONTABILIZADA"] == "0"


def test_fuera_de_catalogo_goes_last() -> None:
    columnas, *actas = filas(escritos(corte())["COAH_DIP_LOC_2026.csv"])[6:]
    contabilizada = [fila[columnas.index("CONTABILIZADA")] for fila in actas]

    fuera = contabilizada.count("2")

    assert fuera > 0
    assert contabilizada[-fuera:] == ["2"] * fuera


@pytest.mark.parametrize("nombre", ["diputaciones", "ayuntamientos"])
def test_leeme_lists_the_fields_of_the_files(nombre: str) -> None:
    archivos = escritos(corte(nombre))
    leeme = next(datos for ruta, datos in archivos.items() if ruta.startswith("LEEME")).decode("utf-8-sig")
    resultados, candidaturas = (filas(datos) for ruta, datos in archivos.items() if ruta.endswith(".csv"))

    descritos = re.findall(r"^   \d+\. ([A-Z_0-9]+) - ", leeme, re.MULTILINE)

    assert descritos == [*resultados[3], *resultados[6], *candidaturas[0]]


@pytest.mark.parametrize(("tipo", "aviso"), [(Tipo.SIMULACRO, "SIMULACRO"), (Tipo.PROTOTIPO, "PROTOTIPO")])
def test_files_that_are_no_results_say_so(tipo: Tipo, aviso: str) -> None:
    archivos = escritos(corte(tipo=tipo))

    assert aviso in archivos["LEEME_DIP_LOC.txt"].decode("utf-8-sig").splitlines()[4]
    assert filas(archivos["COAH_DIP_LOC_2026.csv"])[0][0].endswith(aviso)


def test_a_coalition_lends_its_candidacy_to_its_columns() -> None:
    noche = corte()
    propietaria = next(
        c.propietaria for c in noche.resultados[0].eleccion.candidaturas if c.clave == "COA_PRI_UDC"
    )

    leidas = filas(escritos(noche)["COAH_DIP_LOC_CANDIDATURAS_2026.csv"])

    assert [fila[2] for fila in leidas if fila[3] == propietaria and fila[1] == "'001"] == [
        "PRI",
        "UDC",
        "C_PRI_UDC",
    ]


def test_an_election_of_the_entidad_alone_names_no_unit() -> None:
    noche = corte()
    sola = replace(noche.resultados[0].eleccion, ambito=Ambito.ENTIDAD, detalle=Ambito.ENTIDAD)
    archivos = dict(escribir.base_de_datos(noche, replace(noche.resultados[0], eleccion=sola)))

    columnas = filas(archivos["COAH_DIP_LOC_2026.csv"])[6]

    assert columnas[3:5] == ["ENTIDAD", "SECCION"]
    assert filas(archivos["COAH_DIP_LOC_CANDIDATURAS_2026.csv"])[0][1] == "PARTIDO_CI"


def test_r89_who_stands_for_the_whole_entidad_is_of_no_distrito() -> None:
    noche = corte()
    por_distritos = replace(noche.resultados[0].eleccion, ambito=Ambito.ENTIDAD)
    archivos = dict(escribir.base_de_datos(noche, replace(noche.resultados[0], eleccion=por_distritos)))

    assert filas(archivos["COAH_DIP_LOC_2026.csv"])[6][4] == "ID_DISTRITO_LOCAL"
    assert filas(archivos["COAH_DIP_LOC_CANDIDATURAS_2026.csv"])[0][:2] == ["ID_ENTIDAD", "PARTIDO_CI"]


def test_an_oficial_catalogue_may_not_repeat_a_key() -> None:
    noche = corte(tipo=Tipo.OFICIAL)
    resultado = noche.resultados[0]
    repetida = replace(resultado, actas=(resultado.actas[0], *resultado.actas))

    with pytest.raises(ErrorDeDatos, match="se repiten"):
        list(escribir.base_de_datos(noche, repetida))


@pytest.mark.parametrize(
    ("texto", "escrito"),
    [
        ("=1+1", "'=1+1"),
        (" @x", "' @x"),
        ("-", "-"),
        (" - ", " - "),
        ("a\r\nb", "a b"),
        ("N/A", "N/A"),
        ("", ""),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("\t=1", "' =1"),
        ("\r@x", "' @x"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20x", "'\uff20x"),
        ("\ufe661", "'\ufe661"),
        ("\u22121", "'\u22121"),
        ("\u200b=1", "'\u200b=1"),
        ("\u3000=1", "'\u3000=1"),
        ("050001B0100", "050001B0100"),
        ("María–José", "María–José"),
    ],
)
def test_i5_free_text_is_neutralised(texto: str, escrito: str) -> None:
    assert tabla.libre(texto) == escrito


def test_places_lose_accents_and_keep_their_ene() -> None:
    assert tabla.sin_acentos("Múzquiz y Acuña") == "MUZQUIZ Y ACUÑA"
