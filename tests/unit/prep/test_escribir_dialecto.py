"""How a base de datos is written is data: presets, changes of the TOML, a LEEME that says so (Q1, R90)."""

import csv
import io
import re
import zipfile
from dataclasses import replace

import pytest

from pregon.origin.sources import ejemplos
from pregon.prep import base_de_datos, escribir
from pregon.prep.acta import Contabilizada, Marcador, clase, es_inconsistencia
from pregon.prep.cambios import con_cambios
from pregon.prep.corte import CAMPOS_ENCABEZADO, Corte
from pregon.prep.dialecto import CAMPOS, PRESETS, VARIANTES, Dialecto, Observacion
from pregon.prep.eleccion import leer, validar
from pregon.prep.escribir import esquema
from pregon.prep.escribir.candidaturas import campos as campos_candidaturas
from pregon.prep.escribir.observaciones import Observaciones
from pregon.prep.jornada import Ambito, Tipo
from pregon.testing.noche import ELECCION, NOCHE, Noche, cuenta

TODOS = pytest.mark.parametrize("dialecto", PRESETS.values(), ids=PRESETS)


def corte(dialecto: Dialecto, tipo: Tipo = Tipo.SIMULACRO) -> Corte:
    actas = (
        Noche()
        .pon((10, 5, 3, 1, 0, 2))
        .pon((1, Marcador.ILEGIBLE, 3, 0, 0, 0), observaciones="ALGUN CAMPO ILEGIBLE O SIN DATO")
        .pon(None)
        .actas
    )
    return cuenta(actas, noche=replace(NOCHE, tipo=tipo, dialecto=dialecto))


def escritos(noche: Corte) -> dict[str, bytes]:
    return dict(escribir.base_de_datos(noche, noche.resultados[0]))


def partes(noche: Corte) -> tuple[list[list[str]], list[list[str]], str]:
    """Return the results, the candidaturas and the LEEME as text."""
    como = escribir.nombres(noche, noche.resultados[0].eleccion)
    archivos = escritos(noche)
    delimitador = noche.jornada.dialecto.delimitador
    resultados, candidaturas = (
        list(csv.reader(io.StringIO(archivos[n].decode("utf-8-sig"), newline=""), delimiter=delimitador))
        for n in (como.resultados, como.candidaturas)
    )
    return resultados, candidaturas, archivos[como.leeme].decode("utf-8-sig")


@TODOS
def test_r90_leeme_lists_the_fields_of_the_files(dialecto: Dialecto) -> None:
    resultados, candidaturas, leeme = partes(corte(dialecto))
    cifras = next(f for f in resultados if f and f[0] == "ACTAS_ESPERADAS")
    campos = next(f for f in resultados if f and f[0] == "CLAVE_CASILLA")
    inicio = int(dialecto.sep)

    descritos = re.findall(r"^   \d+\. ([A-Z_0-9]+) - ", leeme, re.MULTILINE)

    assert descritos == [*cifras, *campos, *candidaturas[inicio]]


@pytest.mark.parametrize(
    ("nombre", "dice"),
    [
        ("2024", "con marca de orden de bytes (BOM), separados por comas; cada línea termina en LF."),
        ("2021", "sin marca de orden de bytes, separados por comas; cada línea termina en LF."),
        ("2019", "separados por barras verticales (|); cada línea termina en LF. La primera línea, «sep=|»"),
        ("2017", "separados por comas; cada línea termina en CRLF."),
    ],
)
def test_r90_leeme_tells_how_the_bytes_are_written(nombre: str, dice: str) -> None:
    leeme = partes(corte(PRESETS[nombre]))[2]

    assert dice in " ".join(leeme.split())


@TODOS
def test_bytes_are_as_the_dialecto_says(dialecto: Dialecto) -> None:
    for nombre, datos in escritos(corte(dialecto)).items():
        if not nombre.endswith(".zip"):
            assert datos.startswith(b"\xef\xbb\xbf") is dialecto.bom
            assert set(re.findall(r"\r?\n|\r", datos.decode())) == {dialecto.fin_de_linea.texto}


@pytest.mark.parametrize(
    ("nombre", "zip_", "dentro", "seccion"),
    [
        ("2024", "20260607_1840_PREP_DIP_LOC_COAH.zip", "COAH_DIP_LOC_CANDIDATURAS_2026.csv", "'0010"),
        ("2021", "20260607_1840_PREP_DIP_LOC_COAH.zip", "COAH_DIP_LOC_CANDIDATURA_2026.csv", "'0010"),
        ("2019", "20260607_1840_PREP_DIP_LOC_COAH.zip", "COAH_DIP_LOC_CANDIDATURA_2026.csv", '="0010"'),
        ("2017", "20260607_1840_PREP_DIP_LOC_COAH.zip", "prep/COAH_DIP_LOC_CANDIDATOS_2026.csv", "0010"),
    ],
)
def test_r78_r88_names_folders_and_keys_follow(nombre: str, zip_: str, dentro: str, seccion: str) -> None:
    noche = corte(PRESETS[nombre])
    archivos = escritos(noche)
    resultados = partes(noche)[0]
    campos = next(i for i, f in enumerate(resultados) if f and f[0] == "CLAVE_CASILLA")

    assert dentro in zipfile.ZipFile(io.BytesIO(archivos[zip_])).namelist()
    assert resultados[campos + 1][resultados[campos].index("SECCION")] == seccion


def test_every_field_that_is_written_may_be_called_otherwise() -> None:
    nombres: set[str] = set(CAMPOS_ENCABEZADO)
    for ambito in (Ambito.DISTRITO, Ambito.MUNICIPIO):
        eleccion = replace(ELECCION, ambito=ambito, detalle=ambito)
        nombres |= {c.nombre for c in esquema.campos(NOCHE, eleccion)}
        nombres |= {c.nombre for c in campos_candidaturas(NOCHE, eleccion)}

    votos = {c.clave for c in ELECCION.columnas}
    assert set(CAMPOS) - nombres == set()
    assert set(VARIANTES) - nombres == set()
    assert nombres - set(CAMPOS_ENCABEZADO) - votos - set(CAMPOS) == set()


# --- OBSERVACIONES


@pytest.mark.parametrize(
    ("texto", "escrito"),
    [
        ("-", "-"),
        (" - ", ""),
        ("sin inconsistencias", ""),
        ("Excede la Lista Nominal", "EXCEDE LISTA NOMINAL"),
        (
            "ALGUN CAMPO ILEGIBLE O SIN DATO; EXCEDE LISTA NOMINAL",
            "EXCEDE LISTA NOMINAL, ALGUN CAMPO ILEGIBLE O SIN DATO",
        ),
        (
            "EXCEDE LISTA NOMINAL CON CAMPO ILEGIBLE O SIN DATO",
            "EXCEDE LISTA NOMINAL, ALGUN CAMPO ILEGIBLE O SIN DATO",
        ),
        ("['Excede lista nominal', 'Sin acta']", "EXCEDE LISTA NOMINAL, SIN ACTA"),
        ("SIN ACTA POR PAQUETE ENTREGADO SIN SOBRE", "SIN ACTA POR PAQUETE ENTREGADO SIN BOLSA"),
        ("Identificación forzada", "IDENTIFICACION POR PROCESO TECNICO OPERATIVO"),
        ("Inconsistente C.N.V", "Inconsistente C.N.V"),
        ("=1+1", "'=1+1"),
    ],
)
def test_r62_combinations_come_from_a_closed_vocabulary_in_one_order(texto: str, escrito: str) -> None:
    assert Observaciones(Dialecto())[texto] == escrito


@TODOS
@pytest.mark.parametrize(
    "texto", [o.value for o in Observacion] + ["EXCEDE LISTA NOMINAL, TODOS ILEGIBLES O SIN DATO"]
)
def test_r59_another_wording_is_the_same_case(dialecto: Dialecto, texto: str) -> None:
    escrito = Observaciones(dialecto)[texto]

    for contabilizada in Contabilizada:
        assert clase(contabilizada, escrito) is clase(contabilizada, texto)
    assert es_inconsistencia(escrito) is es_inconsistencia(texto)


@pytest.mark.parametrize("observaciones", ["Inconsistente C.N.V", ""])
def test_r62_r63_an_odd_acta_is_written_as_it_came_and_holds_nobody(observaciones: str) -> None:
    actas = Noche().pon((1, 2, 3, 0, 0, 0), contabilizada=Contabilizada.NO, observaciones=observaciones).actas

    archivos = escritos(cuenta(actas, noche=replace(NOCHE, tipo=Tipo.OFICIAL)))

    (base,) = base_de_datos.leer("COAH_DIP_LOC_2026.csv", archivos["COAH_DIP_LOC_2026.csv"])
    assert base.actas[0].observaciones == observaciones
    assert any(a.columna == "OBSERVACIONES" for a in base.advertencias)


# --- the TOML's [dialecto]


def test_the_toml_picks_a_preset_and_changes_single_values() -> None:
    propio = """
[dialecto]
base = "2021"
delimitador = ";"
fin_de_linea = "CRLF"
carpeta = "prep/"
comprimido = "{entidad}-{eleccion}-{sello}.zip"
[dialecto.campos]
CODIGO_INTEGRIDAD = "HASH"
[dialecto.textos]
"SIN DATO" = "SIN DATOS"
"""
    noche = leer(ejemplos.texto("diputaciones") + propio, archivo="x")

    assert noche.dialecto.delimitador == ";"
    assert noche.dialecto.campo("CODIGO_INTEGRIDAD") == "HASH"
    assert noche.dialecto.campo("ID_ENTIDAD") == "ID_ESTADO"
    assert noche.dialecto.texto("SIN DATO") == "SIN DATOS"
    assert not noche.dialecto.bom


@pytest.mark.parametrize(
    ("lineas", "clave"),
    [
        ('base = "1994"', "dialecto.base"),
        ('delimitador = "x"', "dialecto.delimitador"),
        ('proteccion = "comillas"', "dialecto.proteccion"),
        ('fuera_de_catalogo = "3"', "dialecto.fuera_de_catalogo"),
        ('union = " y "', "dialecto.union"),
        ('carpeta = "../x/"', "dialecto.carpeta"),
        ('comprimido = "{eleccion}.zip"', "dialecto.comprimido"),
        ('resultados = "{eleccion}_{sello}.csv"', "dialecto.resultados"),
        ('resultados = "datos.csv"', "dialecto.resultados"),
        ('resultados = "{eleccion}_actas.csv"', "dialecto.resultados"),
        ('candidaturas = "{entidad}_{eleccion}_{anio}.csv"', "dialecto.candidaturas"),
        ('leeme = "{eleccion}.exe"', "dialecto.leeme"),
        ('campos = { ORIGEN = "DIGITALIZACION" }', "dialecto.campos.ORIGEN"),
        ('campos = { COLOR = "X" }', "dialecto.campos.COLOR"),
        ('textos = { "SIN DATO" = "ILEGIBLE" }', "dialecto.textos.SIN DATO"),
        ('textos = { "EXCEDE LISTA NOMINAL" = "MUCHOS VOTOS" }', "dialecto.textos.EXCEDE LISTA NOMINAL"),
        ('color = "azul"', "dialecto.color"),
    ],
)
def test_what_our_reader_would_not_understand_is_a_fault(lineas: str, clave: str) -> None:
    (falta,) = validar(f"{ejemplos.texto('diputaciones')}\n[dialecto]\n{lineas}\n", "x")

    assert falta.clave.replace('"', "") == clave


@TODOS
def test_r36_an_acta_read_back_in_other_words_has_not_changed(dialecto: Dialecto) -> None:
    actas = Noche().pon(
        (0, 0, 0, 0, 0, 0),
        contabilizada=Contabilizada.NO,
        observaciones="SIN ACTA POR PAQUETE ENTREGADO SIN BOLSA",
    )
    ahora = cuenta(actas.actas, noche=replace(NOCHE, dialecto=dialecto), numero=3)
    (acta,) = actas.actas
    releida = replace(acta, observaciones=Observaciones(dialecto)[acta.observaciones])

    (cambios,) = con_cambios(ahora, cuenta([releida])).cambios

    assert not cambios.hay
