"""Headings that institutes wrote in elections that are not here, over rows made up: nothing of them is lost.

Taken from their own LEEMEs, and from public code that reads their files.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from pregon.prep.acta import Contabilizada, TipoCasilla
from pregon.prep.base_de_datos import BaseDeDatos, desgarro, leer
from pregon.prep.comparar import comparar
from pregon.prep.jornada import ClaseColumna

CASILLA = "SECCION,ID_CASILLA,TIPO_CASILLA,EXT_CONTIGUA,UBICACION_CASILLA,TIPO_ACTA"
DE_2017 = f"{CASILLA},NUM_BOLETAS_SOBRANTES,TOTAL_CIUDADANOS_VOTARON,NUM_BOLETAS_EXTRAIDAS"
DE_2021 = f"CLAVE_CASILLA,CLAVE_ACTA,ID_ESTADO,ESTADO,ID_DISTRITO_LOCAL,DISTRITO_LOCAL,{CASILLA}"
FINAL = (
    "TOTAL_VOTOS_ASENTADO,TOTAL_VOTOS_CALCULADO,LISTA_NOMINAL,REPRESENTANTES_PP_CI,OBSERVACIONES,"
    "CONTABILIZADA,MECANISMOS_TRASLADO,SHA,FECHA_HORA_ACOPIO,FECHA_HORA_CAPTURA,FECHA_HORA_VERIFICACION"
)
FINAL_2012 = (
    "TOTAL_VOTOS,LISTA_NOMINAL,OBSERVACIONES,CONTABILIZADA,CRYT,HORA_ACOPIO,HORA_CAPTURA,HORA_REGISTRO"
)

ACOPIO = "07/06/2021 02:03:04"


@dataclass(frozen=True, kw_only=True)
class Layout:
    archivo: str
    eleccion: str
    casilla: str
    opciones: str
    final: str = FINAL
    sello: tuple[str, ...] = ("07/06/2021 20:00 (UTC-5)",)
    delimitador: str = ","
    celdas: Mapping[str, str] | None = None
    """What every row says under some headings."""

    def datos(self, *, votos_s_cs: str = "12", fuera: str = "FUERA DE CATALOGO") -> bytes:
        """Return two actas of 6 votes each, one «Sin acta», one pending and one fuera de catálogo."""
        d, n = self.delimitador, len(self.opciones.split(","))
        casos = (
            ("1", "1", "", ["6"] + ["0"] * (n - 1)),
            ("2", "1", "ALGUN CAMPO ILEGIBLE O SIN DATO", ["SIN DATO"] + ["0"] * (n - 2) + ["6"]),
            ("3", "0", "SIN ACTA POR CASILLA NO INSTALADA", ["SIN ACTA"] * n),
            ("4", "-", "-", ["-"] * n),
            ("-", "0", fuera, ["-"] * n),
        )
        nombres = "ACTAS_ESPERADAS,ACTAS_CAPTURADAS,ACTAS_CONTABILIZADAS,TOTAL_VOTOS_C_CS,TOTAL_VOTOS_S_CS"
        columnas = [self.casilla, self.opciones, self.final]
        lineas = ["PREP", *self.sello, nombres.replace(",", d), d.join(["4", "3", "2", "12", votos_s_cs])]
        lineas.append(d.join(columnas).replace(",", d))
        for seccion, contabilizada, observaciones, votos in casos:
            fila = {
                "SECCION": seccion, "TIPO_CASILLA": "-" if seccion == "-" else "B", "ESTADO": "CAMPECHE",
                "CLAVE_CASILLA": "-", "CLAVE_ACTA": "-", "LISTA_NOMINAL": "400",
                "OBSERVACIONES": observaciones, "CONTABILIZADA": contabilizada,
                "TOTAL_VOTOS_CALCULADO": "6" if contabilizada == "1" else "0",
                "TOTAL_VOTOS_CALCULADOS": "6" if contabilizada == "1" else "0", "HORA_ACOPIO": ACOPIO,
                "FECHA_HORA_ACOPIO": ACOPIO, "FECHA__HORA_ACOPIO": ACOPIO,
            } | dict(self.celdas or {})  # fmt: skip
            fila |= dict(zip(self.opciones.split(","), votos, strict=True))
            lineas.append(d.join(fila.get(c, "1") for columna in columnas for c in columna.split(",")))
        return ("\n".join(lineas) + "\n").encode()


INE_2012 = Layout(
    archivo="presidente.txt",
    eleccion="PRES",
    sello=("20:00 horas (UTC-5)", "Domingo 1 de julio de 2012"),
    delimitador="|",
    casilla=f"ESTADO,DISTRITO,{CASILLA}",
    opciones="PAN,PRI,PRD,PVEM,PT,MC,PANAL,C_PRI_PVEM,C_PRD_PT_MC,NO_REGISTRADOS,NULOS",
    final=FINAL_2012,
    celdas={"ESTADO": "4"},
)
INE_2021 = Layout(
    archivo="Diputaciones_2021.csv",
    eleccion="DIP_FED",
    casilla=f"{DE_2021.replace('LOCAL', 'FEDERAL')},CODIGOS_ENTREGADOS_PMDC,CODIGOS_UTILIZADOS",
    opciones="PAN,PRI,PRD,FXM,CAND_IND_1,PAN_PRI_PRD,NO_REGISTRADOS,NULOS",
    final=f"{FINAL.replace('CALCULADO', 'CALCULADOS')},COTEJADA",
)
EDOMEX_2017 = Layout(
    archivo="MEX_GOB_2017.csv",
    eleccion="GOB",
    casilla=f"ID_ESTADO,ESTADO,ID_DISTRITO_LOCAL,DISTRITO_LOCAL,{DE_2017}",
    opciones="UNA PERSONA CANDIDATA,OTRA PERSONA,TERCERA PERSONA MAS,NO_REGISTRADOS,NULOS",
    final="TOTAL_VOTOS,LISTA_NOMINAL,OBSERVACIONES,CONTABILIZADA,MECANISMO_DE_TRASLADO,SHA,FECHA__HORA_ACOPIO",
)
JUNTAS_2021 = Layout(
    archivo="CAMP_JUNTAS_2021.csv",
    eleccion="JUNTAS",
    casilla=DE_2021,
    opciones="PAN,PRI,MOR,FM,C_PAN_PRI,NO_REGISTRADOS,NULOS",
)
LAYOUTS = {
    "INE 2012": INE_2012,
    "INE 2015": Layout(
        archivo="diputados.csv",
        eleccion="DIP_LOC",
        sello=("20:10 horas (UTC-5)", "Lunes 8 de junio de 2015"),
        delimitador="|",
        casilla=f"ID_ESTADO,ESTADO,ID_DISTRITO,DISTRITO,{DE_2017}",
        opciones="PAN,PRI,MOVIMIENTO_CIUDADANO,PH,ES,C_PRI_PVEM,CAN_IND_1,CAND_IND_2,NO_REGISTRADOS,NULOS",
        final=FINAL_2012,
    ),
    "EdoMex 2017, by candidatura": EDOMEX_2017,
    "EdoMex 2017, with an independent": Layout(
        archivo="MEX_GOB_2017.csv",
        eleccion="GOB",
        casilla=EDOMEX_2017.casilla,
        opciones="UNA PERSONA CANDIDATA,OTRA PERSONA,CAND_IND,NO_REGISTRADOS,NULOS",
        final=EDOMEX_2017.final,
    ),
    "Veracruz 2017": Layout(
        archivo="VER_AYUN_2017.csv",
        eleccion="AYUN",
        casilla=f"ID_ESTADO,ESTADO,ID_MUNICIPIO,MUNICIPIO,{DE_2017}",
        opciones="PAN,PRI,NUEVA_ALIANZA,ES,C_PAN_PRD,CAND_IND_3,NO_REGISTRADOS,NULOS",
        final=f"{FINAL_2012},ORIGEN,COTEJO",
    ),
    "INE 2021": INE_2021,
    "Campeche 2021": JUNTAS_2021,
    "Sonora 2021": Layout(
        archivo="SON_GOB_2021.csv",
        eleccion="GOB",
        casilla=DE_2021,
        opciones="MC,PES,RSP,FXM,CC_PAN_PRI_PRD,CC_MORENA_PT_PVEM_NA,NO_REGISTRADAS,NULOS",
    ),
    "Hidalgo 2022": Layout(
        archivo="HGO_GUB_2022.csv",
        eleccion="GUB",
        casilla=f"{DE_2021},SOBRES_CON_VOTOS",
        opciones="PAN,PRI,PT,NAH,CO_PAN_PRI,CC_PT_NAH,NO_REGISTRADAS,NULOS",
    ),
    "Tamaulipas 2022": Layout(
        archivo="TAMPS_GUB_2022.csv",
        eleccion="GUB",
        casilla=DE_2021,
        opciones="PAN,PRI,MC,C_PAN_PRI,Juntos Hacemos Historia en Tamaulipas,NO_REGISTRADAS,NULOS",
    ),
    "CDMX 2024": Layout(
        archivo="CDMX_ALC_2024.csv",
        eleccion="AYUN",
        casilla=f"CLAVE_CASILLA,CLAVE_ACTA,ID_ENTIDAD,ENTIDAD,DISTRITO_LOCAL,{CASILLA},PERSONAS_VOTARON",
        opciones="PAN,PRI,MORENA,PVEM_PT_MORENA,NO_REGISTRADAS,NULOS",
        final=FINAL.replace("MECANISMOS", "MECANISMO"),
    ),
}


def leida(layout: Layout, datos: bytes | None = None) -> BaseDeDatos:
    (base,) = leer(layout.archivo, layout.datos() if datos is None else datos)
    return base


@pytest.mark.parametrize("nombre", LAYOUTS)
def test_every_option_counts_and_every_heading_is_known(nombre: str) -> None:
    base = leida(LAYOUTS[nombre])

    assert len(base.columnas) == len(LAYOUTS[nombre].opciones.split(","))
    assert comparar(base, ultimo=False).diferencias == ()
    assert desgarro(base) == ()
    assert [a.columna for a in base.advertencias if "no se reconoce" in a.que] == []
    assert base.eleccion == LAYOUTS[nombre].eleccion
    assert str(base.actas[0].acopio) == "2021-06-07 02:03:04"
    assert base.sello is not None


@pytest.mark.parametrize(
    ("sello", "debido"),
    [(INE_2012.sello, "2012-07-01 20:00 -0500"),
     (("Lunes, 8 de junio del 2015", "9:05 hrs (UTC-7)"), "2015-06-08 09:05 -0700"),
     (("07/06/2015 20:30 hrs (UTC-5)",), "2015-06-07 20:30 -0500")],
)  # fmt: skip
def test_r32_an_hour_that_says_so_keeps_its_offset(sello: tuple[str, ...], debido: str) -> None:
    datos = INE_2012.datos().decode().replace("\n".join(INE_2012.sello), "\n".join(sello))

    base = leida(INE_2012, datos.encode())

    assert base.sello is not None
    assert f"{base.sello:%Y-%m-%d %H:%M %z}" == debido
    assert base.titulo == "PREP"


def test_the_number_of_an_entidad_under_estado() -> None:
    base = leida(INE_2012)

    assert (base.id_entidad, base.entidad) == (4, "CAMPECHE")


@pytest.mark.parametrize(
    "fuera", ["No identificada", "NO IDENTFICADA(FUERA DE CATALOGO)", "['Fuera de catálogo']"]
)
def test_r41_fuera_de_catalogo_by_its_other_names(fuera: str) -> None:
    base = leida(INE_2012, INE_2012.datos(fuera=fuera))

    assert base.actas[-1].contabilizada is Contabilizada.FUERA_DE_CATALOGO
    assert comparar(base, ultimo=False).diferencias == ()


def test_v_is_the_vote_of_persons_in_prison() -> None:
    base = leida(INE_2021, INE_2021.datos().replace(b",B,", b",V,"))

    assert {a.casilla.tipo for a in base.actas[:4]} == {TipoCasilla.PRISION_PREVENTIVA}
    assert any(a.que == "«V»" for a in base.advertencias)


def test_all_fields_empty_is_a_known_observation() -> None:
    datos = INE_2021.datos().replace(b"ALGUN CAMPO ILEGIBLE O SIN DATO", "Todos los campos vacíos".encode())

    base = leida(INE_2021, datos)

    assert not any("no es una observación conocida" in a.que for a in base.advertencias)


def test_a_misspelt_independent_is_one() -> None:
    columnas = {c.clave: c.clase for c in leida(LAYOUTS["INE 2015"]).columnas}

    assert columnas["CAN_IND_1"] is ClaseColumna.INDEPENDIENTE


def test_r47_votes_without_especiales_left_at_0_where_there_are_none_are_no_tear() -> None:
    base = leida(JUNTAS_2021, JUNTAS_2021.datos(votos_s_cs="0"))

    (diferencia,) = comparar(base, ultimo=False).diferencias
    assert diferencia.mensaje == "coincide si se publica 0 donde ninguna casilla especial suma votos (R47)"
    assert desgarro(base) == ()


def test_r47_any_other_figure_there_is_a_tear() -> None:
    base = leida(JUNTAS_2021, JUNTAS_2021.datos(votos_s_cs="11"))

    assert desgarro(base) == ("TOTAL_VOTOS_S_CS: el encabezado dice 11 y los renglones dan 12",)
