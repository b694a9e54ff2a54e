"""Small files in the shape of elections that are not here: the published figures are those of their rows.

Each is written as its institute wrote (data.md, R32, R58, R76–R88); the figures are added up by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from pregon.prep.acta import TipoCasilla
from pregon.prep.base_de_datos import BaseDeDatos, desgarro, leer
from pregon.prep.comparar import comparar
from pregon.prep.corte import CAMPOS_ENCABEZADO
from pregon.prep.jornada import Ambito, ClaseColumna

SIN_ACTA = "Sin_acta"


@dataclass(frozen=True, kw_only=True)
class Forma:
    """How one institute writes, and what one file of its says."""

    archivo: str
    titulo: str
    sello: str
    columnas: str
    filas: Sequence[str]
    valores: str
    """Of the header, in the order of R81; "" where the file publishes none."""
    nombres: str = ",".join(CAMPOS_ENCABEZADO)
    delimitador: str = ","
    salto: str = "\n"
    codificacion: str = "utf-8"
    antes: tuple[str, ...] = ()
    blancos: bool = False
    ultimo: bool = False

    @property
    def datos(self) -> bytes:
        vacia = ("",) if self.blancos else ()
        d = self.delimitador
        cifras = (self.nombres.replace(",", d), self.valores) if self.valores else ()
        lineas = (
            *self.antes,
            self.titulo,
            self.sello,
            *vacia,
            *cifras,
            *vacia,
            self.columnas.replace(",", d),
        )
        return (self.salto.join([*lineas, *self.filas]) + self.salto).encode(self.codificacion)


# Puebla 2019, organised by INE: cp1252, `|`, bare CR, thousands, `'80.0000%`, keys between single quotes.
PUEBLA_2019 = Forma(
    archivo="PUE_GUB_2019.csv",
    antes=("sep=|",),
    titulo="GUBERNATURA",
    sello="3/6/2019 09:15",
    delimitador="|",
    salto="\r",
    codificacion="cp1252",
    columnas=(
        "CLAVE_CASILLA,CLAVE_ACTA,ID_ESTADO,ESTADO,ID_DISTRITO,DISTRITO,SECCION,ID_CASILLA,TIPO_CASILLA,"
        "EXT_CONTIGUA,UBICACION_CASILLA,TIPO_ACTA,NUM_BOLETAS_SOBRANTES,TOTAL_CIUDADANOS_VOTARON,"
        "TOTAL_REP_PARTIDO_CI_VOTARON,NUM_BOLETAS_EXTRAIDAS,PAN,PRI,PRD,MC,C_PAN_PRD_MC,C_PAN_PRD,"
        "C_PAN_MC,C_PRD_MC,"
        "NO_REGISTRADOS,NULOS,TOTAL_VOTOS_ASENTADO,TOTAL_VOTOS_CALCULADO,LISTA_NOMINAL,REPRESENTANTES_PP_CI,"
        "OBSERVACIONES,CONTABILIZADA,MECANISMOS_TRASLADO,SHA"
    ),
    filas=[
        "'210001B0100'|'210001B01002'|21|PUEBLA|1|XICOTEPEC DE JUÁREZ|1|1|B|0|1|2|300|200|2|200"
        "|1,000|50|20|10|1|2|3|4|1|9|1,100|1,100|7,672|10||1|D|" + "A" * 64,
        "'210001S0100'|'210001S01002'|21|PUEBLA|1|XICOTEPEC DE JUÁREZ|1|1|S|0|1|2|300|200|2|200"
        "|10|5|2|1|0|0|0|0|0|2|20|20|0|1,000|Identificación forzada|1|D|" + "B" * 64,
        "'210002B0100'|'210002B01002'|21|PUEBLA|2|AJALPAN|2|1|B|0|1|2|300|200|2|200"
        "|Ilegible|5|2|1|0|0|0|0|0|2|10|10|600|10|Ilegible|1|D|" + "C" * 64,
        (
            "'210003B0100'|'210003B01002'|21|PUEBLA|2|AJALPAN|3|1|B|0|1|2|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|600|"
            "10|-|-|-|-"
        ),
        "'210004B0100'|'210004B01002'|21|PUEBLA|2|AJALPAN|4|1|B|0|1|2"
        + f"|{SIN_ACTA}" * 16
        + "|600|10|Sin acta por paquete no entregado|0|-|N/A",
        "|||||||||||2|||||0|0|0|0|0|0|0|0|0|0|||||Fuera de catálogo|-||" + "D" * 64,
    ],
    # C: 1100 + 20 + 10; S: without 20; lista nominal 7672 + 0 + 600.
    valores="5|5|1|4|'80.0000%|3|'60.0000%|'20.0000%|1|8,272|1,130|1,110|'13.4187%",
)
# Sonora 2021: BOM, a quoted stamp, keys with one quote in front, an especial with two actas under one key.
SONORA_2021 = Forma(
    archivo="20210607_2000_PREP_DIP_LOC_SON.csv",
    titulo="DIPUTACIONES LOCALES",
    sello='"07/06/2021 20:00 (UTC-7)"',
    codificacion="utf-8-sig",
    columnas=(
        "CLAVE_CASILLA,CLAVE_ACTA,ID_ESTADO,ESTADO,ID_DISTRITO_LOCAL,DISTRITO_LOCAL,SECCION,ID_CASILLA,"
        "TIPO_CASILLA,"
        "EXT_CONTIGUA,UBICACION_CASILLA,TIPO_ACTA,PAN,PRI,PRD,C_PAN_PRI_PRD,C_PAN_PRI,CAND_IND_1,"
        "NO_REGISTRADOS,"
        "NULOS,TOTAL_VOTOS_ASENTADO,TOTAL_VOTOS_CALCULADO,LISTA_NOMINAL,REPRESENTANTES_PP_CI,OBSERVACIONES,"
        "CONTABILIZADA,SHA,FECHA_HORA_VERIFICACION"
    ),
    filas=[
        "'260001B0100,'260001B01003,'26,SONORA,'01,SAN LUIS RIO COLORADO,'0001,'01,B,'00,1,3,50,30,5,3,2,"
        "1,0,9,100,100,"
        "400,12,,1," + "a" * 64 + ",06/06/2021 21:00:00",
        "'260001S0100,'260001S0100,'26,SONORA,'01,SAN LUIS RIO COLORADO,'0001,'01,S,'00,1,3EMR,5,3,1,1,0,"
        "0,0,0,10,10,"
        "0,750,,1," + "b" * 64 + ",06/06/2021 22:00:00",
        "'260001S0100,'260001S0100,'26,SONORA,'01,SAN LUIS RIO COLORADO,'0001,'01,S,'00,1,3ERP,4,3,1,0,0,"
        "0,0,0,8,8,"
        "0,750,,1," + "c" * 64 + ",06/06/2021 22:01:00",
        "'260002B0100,'260002B01003,'26,SONORA,'02,PUERTO PEÑASCO,'0002,'01,B,'00,1,3,500,30,5,3,2,1,0,9,"
        "550,550,"
        "400,12,EXCEDE LISTA NOMINAL,0," + "d" * 64 + ",06/06/2021 23:00:00",
        (
            "'260003B0100,'260003B01003,'26,SONORA,'02,PUERTO PEÑASCO,'0003,'01,B,'00,1,3,-,-,-,-,-,-,-,-,-,"
            "0,400,12,-,-,-,-"
        ),
    ],
    # C: 100 + 10 + 8; S: 100; lista nominal 400; 5 expected.
    valores="5,4,0,4,80.0000,3,60.0000,20.0000,1,400,118,100,25.0000",
)
# Querétaro 2018: a stamp without its space, «Sin acta» left blank in CONTABILIZADA and counted as registered.
QUERETARO_2018 = Forma(
    archivo="QRO_AYUN_2018.csv",
    titulo="AYUNTAMIENTOS",
    sello="02/07/2018 11:45(UTC-5)",
    columnas=(
        "CLAVE_CASILLA,ID_ESTADO,ESTADO,ID_MUNICIPIO,MUNICIPIO,SECCION,ID_CASILLA,TIPO_CASILLA,EXT_CONTIGUA,"
        "PAN,PRI,QI,CQ,C_PAN_PRD,CAND_IND1,NO_REGISTRADOS,NULOS,TOTAL_VOTOS_ASENTADO,TOTAL_VOTOS_CALCULADO,"
        "LISTA_NOMINAL,OBSERVACIONES,CONTABILIZADA"
    ),
    filas=[
        "220001B0100,22,QUERETARO,1,AMEALCO,1,1,B,0,50,30,5,3,2,1,0,9,100,100,400,,1",
        "220001C0100,22,QUERETARO,1,AMEALCO,1,1,C,0,Sin dato,30,5,3,2,,0,10,50,50,400,Sin dato,1",
        "220002B0100,22,QUERETARO,2,PINAL,2,1,B,0,,,,,,,,,,0,400,Sin acta,",
        "220003B0100,22,QUERETARO,2,PINAL,3,1,B,0,,,,,,,,,,0,400,,",
    ],
    # Published: 3 registered (with the blank one), 2 captured; inconsistencias with the «Sin acta».
    valores="4,3,0,2,50.0000,2,50.0000,50.0000,0,800,150,150,18.7500",
)
# Coahuila 2023, as somebody re-saved it: `;`, subtotals, no header, no CONTABILIZADA; the vote from abroad
# first.
COAHUILA_2023 = Forma(
    archivo="COAH_GOB_2023.csv",
    titulo="",
    sello="",
    valores="",
    delimitador=";",
    columnas=(
        "CLAVE_CASILLA,CLAVE_ACTA,ID_ENTIDAD,ENTIDAD,ID_DISTRITO_LOCAL,DISTRITO_LOCAL,SECCION,ID_CASILLA,"
        "TIPO_CASILLA,"
        "EXT_CONTIGUA,PAN,PRI,PRD,PT,PVEM,UDC,MORENA,C_PAN_PRI_PRD,C_PAN_PRI,C_PAN_PRD,C_PRI_PRD,"
        "C_PAN_PRI_PRD_TOTAL,"
        "C_PVEM_UDC,C_PVEM_UDC_TOTAL,NO_REGISTRADOS,NULOS,TOTAL_VOTOS_ASENTADO,TOTAL_VOTOS_CALCULADO,"
        "LISTA_NOMINAL,"
        "OBSERVACIONES"
    ),
    filas=[
        "N/A;N/A;05;COAHUILA;N/A;N/A;N/A;N/A;M;N/A;10;5;1;2;1;0;20;0;0;0;0;16;0;1;0;1;40;40;1,234;",
        "N/A;N/A;05;COAHUILA;1;ACUÑA;N/A;N/A;A;N/A;10;5;1;2;1;0;20;0;0;0;0;16;0;1;0;1;40;40;100;",
        "N/A;N/A;05;COAHUILA;1;ACUÑA;N/A;N/A;P;N/A;10;5;1;2;1;0;20;0;0;0;0;16;0;1;0;1;40;40;100;",
        "050001B0100;050001B01002;05;COAHUILA;1;ACUÑA;1;1;B;0;10;5;1;2;1;1;20;3;2;1;1;23;2;4;0;1;50;50;500;",
        "050001S0100;050001S01002;05;COAHUILA;1;ACUÑA;1;1;S;0;1;1;1;1;1;1;1;1;1;1;1;7;1;3;0;0;12;12;0;",
        "050002B0100;050002B01002;05;COAHUILA;1;ACUÑA;2;1;B;0" + ";Sin Acta" * 18 + ";500;Sin Acta",
    ],
)
# INE 2024: national, bare CR and BOM, several entidades, combinations without prefix, the vote from abroad.
_INE = "CATD,ESCANER,ACTA PREP,0"
INE_2024 = Forma(
    archivo="PRES_2024.csv",
    titulo="PRESIDENCIA",
    sello="03/06/2024 20:05 (UTC-6)",
    salto="\r",
    codificacion="utf-8-sig",
    blancos=True,
    columnas=(
        "CLAVE_CASILLA,CLAVE_ACTA,ID_ENTIDAD,ENTIDAD,ID_DISTRITO_FEDERAL,DISTRITO_FEDERAL,SECCION,ID_CASILLA,"
        "TIPO_CASILLA,EXT_CONTIGUA,UBICACION_CASILLA,TIPO_ACTA,TOTAL_BOLETAS_SOBRANTES,"
        "TOTAL_PERSONAS_VOTARON,"
        "TOTAL_REP_PARTIDO_CI_VOTARON,TOTAL_VOTOS_SACADOS,PAN,PRI,PRD,PVEM,PT,MC,MORENA,PAN_PRI_PRD,"
        "PAN_PRI,PAN_PRD,"
        "PRI_PRD,PVEM_PT_MORENA,PVEM_PT,PVEM_MORENA,PT_MORENA,CANDIDATO/A NO REGISTRADO/A,VOTOS NULOS,"
        "TOTAL_VOTOS_ASENTADO,TOTAL_VOTOS_CALCULADO,LISTA_NOMINAL,REPRESENTANTES_PP_CI,OBSERVACIONES,"
        "CONTABILIZADA,"
        "ORIGEN,DIGITALIZACION,TIPO_DOCUMENTO,COTEJADA"
    ),
    filas=[
        "'010001B0100','010001B01001','01',AGUASCALIENTES,'0001','JESÚS MARÍA','0001','01',B,'00',1,1,300,"
        "200,2,200,"
        "100,50,20,10,1,2,3,4,1,1,2,1,1,1,1,0,2,200,200,750,10,,1," + _INE,
        "'020001B0100','020001B01001','02',BAJA CALIFORNIA,'0001',MEXICALI,'0001','01',B,'00',1,1,300,200,"
        "2,200,"
        "ILEGIBLE,50,20,10,1,2,3,4,1,1,2,1,1,1,1,0,2,100,100,750,10,ALGUN CAMPO ILEGIBLE O SIN DATO,1,"
        + _INE,
        "'020001S0100','020001S01001','02',BAJA CALIFORNIA,'0001',MEXICALI,'0001','01',S,'00',1,1,300,20,"
        "2,20,"
        "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,5,20,20,0,1000,,1," + _INE,
        "'09N/AM0100','09N/AM01001','09',CIUDAD DE MÉXICO,N/A,N/A,N/A,N/A,M,N/A,N/A,1,N/A,N/A,N/A,N/A,"
        "10,1,1,1,1,1,5,0,0,0,0,0,0,0,0,0,0,20,20,1000,N/A,,1," + _INE,
        "'320009B0100','320009B01001','32',ZACATECAS,'0004',GUADALUPE,'0009','01',B,'00',1,1,-,-,-,-,"
        + "-," * 17
        + "-,0,750,10,-,-,-,-,-,0",
    ],
    # C: 200 + 100 + 20 + 20; S: without 20; lista nominal 750 + 750 + 1000.
    valores="5,4,0,4,80.0000,4,80.0000,20.0000,0,2500,340,320,12.8000",
)
# INE 2018: no CONTABILIZADA-like helper columns, parties in words, independents numbered, the printed
# number of acta.
INE_2018 = Forma(
    archivo="presidencia.csv",
    titulo="PREP 2018",
    sello="02/07/2018 19:30 (UTC-5)",
    columnas=(
        "CLAVE_CASILLA,CLAVE_ACTA,ID_ESTADO,NOMBRE_ESTADO,ID_DISTRITO,NOMBRE_DISTRITO,SECCION,ID_CASILLA,"
        "TIPO_CASILLA,"
        "EXT_CONTIGUA,CASILLA,NUM_ACTA_IMPRESO,PAN,PRI,PRD,PVEM,PT,MOVIMIENTO CIUDADANO,NUEVA ALIANZA,MORENA,"
        "ENCUENTRO SOCIAL,PAN_PRD_MC,PAN_PRD,PAN_MC,PRD_MC,PRI_PVEM_NA,PRI_PVEM,PRI_NA,PVEM_NA,"
        "PT_MORENA_PES,PT_MORENA,"
        "PT_PES,MORENA_PES,CANDIDATO_INDEPENDIENTE 1,CANDIDATO_INDEPENDIENTE 2,CNR,VN,TOTAL_VOTOS_CALCULADOS,"
        "LISTA_NOMINAL_CASILLA,OBSERVACIONES,CONTABILIZADA"
    ),
    filas=[
        "'010338B0100','010338B010001',1,AGUASCALIENTES,1,JESUS MARIA,338,1,B,0,B1,12345,"
        + "4," * 25
        + "100,500,,1",
        "'010338C0100','010338C010001',1,AGUASCALIENTES,1,JESUS MARIA,338,1,C,0,C1,12346,"
        + "2," * 25
        + "50,500,,1",
        "'010339B0100','010339B010001',1,AGUASCALIENTES,2,AGUASCALIENTES,339,1,B,0,B1,,"
        + ",," * 12
        + ",,500,-,-",
    ],
    valores="3,2,0,2,66.6666,2,66.6666,0.0000,0,1000,150,150,15.0000",
)
# Somebody's own layout: no key of casilla, PARTIDO_POLITICO… headings, TOTAL_VOTOS of the acta only.
SIN_CLAVE = Forma(
    archivo="20180702_1145_SEN.csv",
    titulo="SENADURÍAS",
    sello="02/07/2018 11:45 (UTC-5)",
    delimitador="|",
    columnas=(
        "ID_ESTADO,ESTADO,ID_DISTRITO,DISTRITO,SECCION,TIPO_CASILLA,ID_CASILLA,EXT_CONTIGUA,TIPO_ACTA,"
        "PARTIDO_ACCION_NACIONAL,PARTIDO_REVOLUCIONARIO_INSTITUCIONAL,PARTIDO_POLITICO_MORENA,"
        "PARTIDO_POLITICO_LOCAL X,CIUDADANOS POR COAHUILA,COALICIÓN PAN_PRI,CANDIDATO_INDEPENDIENTE 1,"
        "CANDIDATOS NO REGISTRADOS,VOTOS_NULOS,TOTAL_VOTOS,LISTA_NOMINAL,OBSERVACIONES,CONTABILIZADA"
    ),
    filas=[
        "5|COAHUILA|1|ACUÑA|1|B|1|0|2|10|20|30|4|6|5|5|0|20|98|500||1",
        "5|COAHUILA|1|ACUÑA|1|C|1|0|2|10|20|30|4|6|5|5|0|20|Sin dato|500||1",
        "5|COAHUILA|2|TORREÓN|2|C|1|0|2|600|20|30|4|6|5|5|0|20|690|500|Excede Lista Nominal|0",
    ],
    valores="3|3|0|3|100.0000|2|66.6666|33.3333|1|1000|200|200|20.0000",
)
FORMAS: Mapping[str, Forma] = {
    "Puebla 2019": PUEBLA_2019,
    "Sonora 2021": SONORA_2021,
    "INE 2024": INE_2024,
    "INE 2018": INE_2018,
    "sin clave de casilla": SIN_CLAVE,
}


def leida(forma: Forma) -> BaseDeDatos:
    (base,) = leer(forma.archivo, forma.datos)
    return base


@pytest.mark.parametrize("nombre", FORMAS)
def test_the_published_figures_are_those_of_the_rows(nombre: str) -> None:
    base = leida(FORMAS[nombre])

    assert base.publicado is not None
    assert list(base.publicado) == list(CAMPOS_ENCABEZADO)
    assert comparar(base, ultimo=FORMAS[nombre].ultimo).diferencias == ()
    assert desgarro(base) == ()


@pytest.mark.parametrize(
    ("nombre", "sello", "horas"),
    [("Puebla 2019", "2019-06-03 09:15", -5), ("Sonora 2021", "2021-06-07 20:00", -7),
     ("INE 2024", "2024-06-03 20:05", -6), ("INE 2018", "2018-07-02 19:30", -5)],
)  # fmt: skip
def test_r32_each_stamp_with_its_offset(nombre: str, sello: str, horas: int) -> None:
    base = leida(FORMAS[nombre])

    assert base.sello is not None
    assert f"{base.sello:%Y-%m-%d %H:%M}" == sello
    assert base.sello.utcoffset() == timedelta(hours=horas)


@pytest.mark.parametrize(
    ("nombre", "eleccion", "entidad"),
    [("Puebla 2019", "GUB", "PUEBLA"), ("Sonora 2021", "DIP_LOC", "SONORA"),
     ("INE 2018", "PRES", "AGUASCALIENTES"),
     ("sin clave de casilla", "SEN", "COAHUILA")],
)  # fmt: skip
def test_each_says_whose_it_is(nombre: str, eleccion: str, entidad: str) -> None:
    base = leida(FORMAS[nombre])

    assert (base.eleccion, base.entidad) == (eleccion, entidad)


def test_a_presidencia_of_municipios_is_an_ayuntamiento() -> None:
    datos = QUERETARO_2018.datos.replace(b"AYUNTAMIENTOS", b"PRESIDENCIA", 1)

    (base,) = leer("x.csv", datos)

    assert (base.eleccion, base.ambito) == ("AYUN", Ambito.MUNICIPIO)


def test_queretaro_2018_differs_only_where_it_did_it_otherwise() -> None:
    leido = comparar(leida(QUERETARO_2018), ultimo=False)

    causas = {d.campo: d.mensaje for d in leido.diferencias}
    assert set(causas) == {"ACTAS_REGISTRADAS", "PORCENTAJE_ACTAS_INCONSISTENCIAS"}
    assert "deja en blanco CONTABILIZADA" in causas["ACTAS_REGISTRADAS"]
    assert "también las actas «Sin acta»" in causas["PORCENTAJE_ACTAS_INCONSISTENCIAS"]
    assert desgarro(leido.base) == ()


def test_coahuila_2023_is_counted_without_header_nor_contabilizada() -> None:
    base = leida(COAHUILA_2023)

    calculado = comparar(base, ultimo=False).calculado
    # 3 × 40 + 50 + 12; lista nominal 1234 + 100 + 100 + 500; the «Sin acta» is captured and not counted.
    assert [calculado[c] for c in CAMPOS_ENCABEZADO] == [
        6, 6, 0, 6, "100.0000", 5, "83.3333", "0.0000", 1, 1934, 182, 170, "8.7900",
    ]  # fmt: skip
    assert [a.casilla.tipo for a in base.actas[:3]] == [
        TipoCasilla.EXTRANJERO,
        TipoCasilla.VOTO_ANTICIPADO,
        TipoCasilla.PRISION_PREVENTIVA,
    ]
    assert list(base.otras) == ["C_PAN_PRI_PRD_TOTAL", "C_PVEM_UDC_TOTAL"]
    assert base.otras["C_PAN_PRI_PRD_TOTAL"] == ("16", "16", "16", "23", "7", "Sin Acta")


def test_r71_combinations_by_initials_are_of_the_parties_in_words() -> None:
    columnas = {c.clave: c for c in leida(INE_2018).columnas}

    assert columnas["PAN_PRD_MC"].partidos == ("PAN", "PRD", "MOVIMIENTO_CIUDADANO")
    assert columnas["PRI_PVEM_NA"].partidos == ("PRI", "PVEM", "NUEVA_ALIANZA")
    assert columnas["PT_MORENA_PES"].partidos == ("PT", "MORENA", "ENCUENTRO_SOCIAL")
    assert columnas["CANDIDATO_INDEPENDIENTE_1"].clase is ClaseColumna.INDEPENDIENTE
    assert sum(c.clase is ClaseColumna.COMBINACION for c in columnas.values()) == 12


def test_the_fifteen_combinations_of_ine_2024_are_eight_coalitions() -> None:
    combinaciones = [c.partidos for c in leida(INE_2024).columnas if c.clase is ClaseColumna.COMBINACION]

    assert combinaciones == [
        ("PAN", "PRI", "PRD"), ("PAN", "PRI"), ("PAN", "PRD"), ("PRI", "PRD"), ("PVEM", "PT", "MORENA"),
        ("PVEM", "PT"), ("PVEM", "MORENA"), ("PT", "MORENA"),
    ]  # fmt: skip


def test_a_local_party_named_after_citizens_is_a_party() -> None:
    columnas = {c.clave: c.clase for c in leida(SIN_CLAVE).columnas}

    assert columnas["CIUDADANOS_POR_COAHUILA"] is ClaseColumna.PARTIDO
    assert columnas["COALICION_PAN_PRI"] is ClaseColumna.COMBINACION


@pytest.mark.parametrize(
    ("nombre", "fila", "columna", "regla"),
    [("Puebla 2019", 1, "", "R79, R87"), ("Puebla 2019", None, "", "R87"), ("Puebla 2019", 3, "", "R32"),
     ("Puebla 2019", 7, "CLAVE_CASILLA", "R88"), ("Puebla 2019", 7, "PAN", "R58, R60"),
     ("Puebla 2019", 7, "LISTA_NOMINAL", "R58"), ("Puebla 2019", 6, "SHA", "R82"),
     ("Puebla 2019", 6, "NUM_BOLETAS_EXTRAIDAS", "R82"), ("Sonora 2021", 8, "CLAVE_ACTA", "R83"),
     ("INE 2024", 11, "DISTRITO", "R76"), ("INE 2018", 5, "NUM_ACTA_IMPRESO", "R82")],
)  # fmt: skip
def test_each_deviation_is_told_with_its_place_and_rule(
    nombre: str, fila: int | None, columna: str, regla: str
) -> None:
    base = leida(FORMAS[nombre])

    assert (fila, columna, regla) in [(a.fila, a.columna, a.regla) for a in base.advertencias]
    assert all(a.archivo == base.archivo and a.que and a.lectura for a in base.advertencias)


@pytest.mark.parametrize("campo", ["PORCENTAJE_ACTAS_CAPTURADAS", "LISTA_NOMINAL_ACTAS_CONTABILIZADAS"])
def test_r58_figures_badly_written_are_told_and_are_no_difference(campo: str) -> None:
    leido = comparar(leida(PUEBLA_2019), ultimo=False)

    assert (5, campo) in [(a.fila, a.columna) for a in leido.advertencias]


def test_r45_a_registradas_that_adds_up_to_nothing_is_named() -> None:
    datos = SONORA_2021.datos.replace(b"\n5,4,0,4,", b"\n5,6,0,4,")

    (base,) = leer("x.csv", datos)

    (diferencia,) = comparar(base, ultimo=False).diferencias
    assert diferencia.mensaje == "no suma lo que el encabezado publica: 4 capturadas y 0 fuera (R45)"
    assert desgarro(base) == ("ACTAS_REGISTRADAS: el encabezado dice 6 y los renglones dan 4",)


def test_r47_rp_actas_left_out_of_the_total_are_named_and_are_no_tear() -> None:
    datos = SONORA_2021.datos.replace(b",400,118,100,", b",400,110,100,")

    (base,) = leer("x.csv", datos)

    (diferencia,) = comparar(base, ultimo=False).diferencias
    assert diferencia.mensaje == (
        "coincide si no se suma el acta de representación proporcional de casilla especial (R47)"
    )
    assert desgarro(base) == ()
