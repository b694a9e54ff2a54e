"""How a base de datos is written: separators, protection of keys, words, file names, as data (Q1, R77–R91).

The vendor of a night may ask for another writing than that of 2024; no figure depends on it. A night's TOML
picks one of `PRESETS` and may change single values. The LEEME is generated from the same values (R90).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final


class Proteccion(Enum):
    """What keeps a spreadsheet from eating the zeros of a key (R88)."""

    APOSTROFO = "apostrofo"
    FORMULA = "formula"
    NINGUNA = "ninguna"


class FinDeLinea(Enum):
    """What ends a line; the same in every file of the night."""

    LF = "LF"
    CRLF = "CRLF"

    @property
    def texto(self) -> str:
        """Return the characters."""
        return "\n" if self is FinDeLinea.LF else "\r\n"


class Observacion(Enum):
    """The closed vocabulary of OBSERVACIONES; the value is 2024's text, the order that of a combination.

    EXCEDE comes first: it prevails over the others (R59, R61, R62).
    """

    EXCEDE = "EXCEDE LISTA NOMINAL"
    TODOS = "TODOS ILEGIBLES O SIN DATO"
    ALGUN_CAMPO = "ALGUN CAMPO ILEGIBLE O SIN DATO"
    CASILLA_NO_INSTALADA = "SIN ACTA POR CASILLA NO INSTALADA"
    PAQUETE_NO_ENTREGADO = "SIN ACTA POR PAQUETE NO ENTREGADO"
    PAQUETE_SIN_BOLSA = "SIN ACTA POR PAQUETE ENTREGADO SIN BOLSA"
    SIN_ACTA = "SIN ACTA"
    IDENTIFICACION = "IDENTIFICACION POR PROCESO TECNICO OPERATIVO"
    FUERA_DE_CATALOGO = "FUERA DE CATALOGO"


CAMPOS: Final = (
    "CLAVE_CASILLA", "CLAVE_ACTA", "ID_ENTIDAD", "ENTIDAD", "ID_DISTRITO_LOCAL", "DISTRITO_LOCAL",
    "ID_MUNICIPIO", "MUNICIPIO", "SECCION", "ID_CASILLA", "TIPO_CASILLA", "EXT_CONTIGUA", "UBICACION_CASILLA",
    "TIPO_ACTA", "TOTAL_BOLETAS_SOBRANTES", "TOTAL_PERSONAS_VOTARON", "TOTAL_REP_PARTIDO_CI_VOTARON",
    "TOTAL_VOTOS_SACADOS", "NO_REGISTRADAS", "NULOS", "TOTAL_VOTOS_ASENTADO", "TOTAL_VOTOS_CALCULADO",
    "LISTA_NOMINAL", "REPRESENTANTES_PP_CI", "OBSERVACIONES", "CONTABILIZADA", "MECANISMOS_TRASLADO",
    "CODIGO_INTEGRIDAD", "FECHA_HORA_ACOPIO", "FECHA_HORA_CAPTURA", "FECHA_HORA_VERIFICACION", "ORIGEN",
    "DIGITALIZACION", "TIPO_DOCUMENTO", "PARTIDO_CI", "CANDIDATURA_PROPIETARIA", "CANDIDATURA_SUPLENTE",
)  # fmt: skip
"""Fields of the rows and of the candidaturas by their name of 2024, which a dialecto may call otherwise."""

VARIANTES: Final[Mapping[str, tuple[str, ...]]] = {
    "ACTAS_FUERA_CATALOGO": ("ACTAS_FUERA_DE_CATALOGO", "ACTAS_FUERA_CATÁLOGO"),
    "PORCENTAJE_ACTAS_INCONSISTENCIAS": ("PORCENTAJE_ACTAS_CON_INCONSISTENCIAS",),
    "PORCENTAJE_PARTICIPACION_CIUDADANA": ("PARTICIPACION_CIUDADANA",),
    "NO_REGISTRADAS": ("NO_REGISTRADOS", "NUM_VOTOS_CAN_NREG"),
    "NULOS": ("VOTOS_NULOS", "NUM_VOTOS_NULOS"),
    "CANDIDATURA_PROPIETARIA": ("CANDIDATO_PROPIETARIO",),
    "CANDIDATURA_SUPLENTE": ("CANDIDATO_SUPLENTE",),
}
"""Other names under which figures, votes of nobody and candidaturas have been printed (R81, R82, R89)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialecto:
    """One way of writing a base de datos. The defaults are those of 2024; text is UTF-8 in all of them (R87).

    File names are patterns of ``{sello}``, ``{eleccion}``, ``{entidad}`` and ``{anio}`` (R78).
    """

    delimitador: str = ","
    sep: bool = False
    """A first line ``sep=|`` that tells a spreadsheet the delimiter."""
    bom: bool = True
    fin_de_linea: FinDeLinea = FinDeLinea.LF
    proteccion: Proteccion = Proteccion.APOSTROFO
    renglon_en_blanco: bool = True
    """Between the stamp and the header figures: 2024 has it, 2017–2021 have not (R79)."""
    fuera_de_catalogo: str = "2"
    """CONTABILIZADA of those actas (Q8)."""
    union: str = ", "
    """Between the cases of a combination (R62)."""
    campos: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Name of 2024 (`CAMPOS`, `VARIANTES`) → printed name, where it differs."""
    textos: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Text of 2024 (an `Observacion` or a marker) → printed text, where it differs."""
    comprimido: str = "{sello}_PREP_{eleccion}_{entidad}.zip"
    resultados: str = "{entidad}_{eleccion}_{anio}.csv"
    candidaturas: str = "{entidad}_{eleccion}_CANDIDATURAS_{anio}.csv"
    leeme: str = "LEEME_{eleccion}.txt"
    """Loose, several elections share a folder; within the ZIP it is ``LEEME.txt``."""
    carpeta: str = ""
    """Folder within the ZIP: "" or like ``prep/``."""

    def campo(self, nombre: str) -> str:
        """Return how a field of 2024 is called here."""
        return self.campos.get(nombre, nombre)

    def texto(self, texto: str) -> str:
        """Return how a text of 2024 is written here."""
        return self.textos.get(texto, texto)


_SIN_SOBRE: Final = {
    Observacion.PAQUETE_SIN_BOLSA.value: "SIN ACTA POR PAQUETE ENTREGADO SIN SOBRE",
}
_CAMPOS_2021: Final = {
    "ID_ENTIDAD": "ID_ESTADO",
    "ENTIDAD": "ESTADO",
    "NO_REGISTRADAS": "NO_REGISTRADOS",
    "CODIGO_INTEGRIDAD": "SHA",
}
_2021: Final = Dialecto(
    bom=False,
    renglon_en_blanco=False,
    fuera_de_catalogo="-",
    campos=_CAMPOS_2021,
    textos=_SIN_SOBRE,
    candidaturas="{entidad}_{eleccion}_CANDIDATURA_{anio}.csv",
)

PRESETS: Final[Mapping[str, Dialecto]] = {
    "2024": Dialecto(),
    "2021": _2021,
    "2019": replace(
        _2021,
        delimitador="|",
        sep=True,
        proteccion=Proteccion.FORMULA,
        campos=_CAMPOS_2021 | {"ID_DISTRITO_LOCAL": "ID_DISTRITO", "DISTRITO_LOCAL": "DISTRITO"},
        textos=_SIN_SOBRE | {Observacion.ALGUN_CAMPO.value: "ALGUN DATO ILEGIBLE O SIN DATO"},
    ),
    "2017": replace(
        _2021,
        fin_de_linea=FinDeLinea.CRLF,
        proteccion=Proteccion.NINGUNA,
        campos=_CAMPOS_2021
        | {
            "TOTAL_BOLETAS_SOBRANTES": "NUM_BOLETAS_SOBRANTES",
            "TOTAL_PERSONAS_VOTARON": "TOTAL_CIUDADANOS_VOTARON",
            "TOTAL_VOTOS_SACADOS": "NUM_BOLETAS_EXTRAIDAS",
            "TOTAL_VOTOS_ASENTADO": "TOTAL_VOTOS",
            "FECHA_HORA_VERIFICACION": "FECHA_HORA_REGISTRO",
            "CANDIDATURA_PROPIETARIA": "CANDIDATO_PROPIETARIO",
            "CANDIDATURA_SUPLENTE": "CANDIDATO_SUPLENTE",
            "PORCENTAJE_PARTICIPACION_CIUDADANA": "PARTICIPACION_CIUDADANA",
        },
        candidaturas="{entidad}_{eleccion}_CANDIDATOS_{anio}.csv",
        carpeta="prep/",
    ),
}
"""By the year whose published files wrote like this; keys, rows and figures are always complete (R81–R85)."""
