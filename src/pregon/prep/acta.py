"""One acta of escrutinio y cómputo as the PREP publishes it: a row of the catalogue and what was captured.

A vote cell is a count or a marker, and a marker is never 0 (R60): it is shown as text and adds nothing.
The identity of an acta is its row in the catalogue (`renglon`); no published key is unique (R83).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import NewType

Renglon = NewType("Renglon", int)
"""Row of the catalogue of one election, from 1; fuera de catálogo rows follow after the last one."""


class Marcador(Enum):
    """What a cell says when it is no number. The value is the text that the 2024 dictionary prints (R59)."""

    ILEGIBLE = "ILEGIBLE"
    SIN_DATO = "SIN DATO"
    SIN_ACTA = "SIN ACTA"
    NO_APLICA = "-"
    """Not yet captured, or the option does not stand in this unit (R70)."""
    N_A = "N/A"
    VACIO = ""
    INCONSISTENTE = "INCONSISTENTE"
    """Coahuila 2017's own marker."""


Celda = int | Marcador


def votos(celda: Celda) -> int:
    """Return what a cell adds to a total: its number, or 0 for any marker (R60)."""
    return celda if isinstance(celda, int) else 0


class Contabilizada(Enum):
    """The column CONTABILIZADA (R59); the value is its text in a database of 2024."""

    PENDIENTE = "-"
    SI = "1"
    NO = "0"
    FUERA_DE_CATALOGO = "2"


class Clase(Enum):
    """Where an acta stands, one and only one each: the rows of R59's table. The value is what people read."""

    PENDIENTE = "por capturar"
    SIN_OBSERVACIONES = "sin observaciones"
    ALGUN_CAMPO = "algún campo ilegible o sin dato"
    TODOS_LOS_CAMPOS = "todos los campos ilegibles o sin dato"
    EXCEDE = "excede la lista nominal"
    CASILLA_NO_INSTALADA = "sin acta: casilla no instalada"
    PAQUETE_NO_ENTREGADO = "sin acta: paquete no entregado"
    PAQUETE_SIN_BOLSA = "sin acta: paquete entregado sin bolsa"
    SIN_ACTA = "sin acta"
    OTRA = "otra observación"
    FUERA_DE_CATALOGO = "fuera de catálogo"


class TipoCasilla(Enum):
    """Kinds of casilla and of vote (R82, field 9)."""

    BASICA = "B"
    CONTIGUA = "C"
    EXTRAORDINARIA = "E"
    ESPECIAL = "S"
    VOTO_ANTICIPADO = "A"
    PRISION_PREVENTIVA = "P"
    EXTRANJERO = "M"
    URNA_ELECTRONICA = "U"
    DESCONOCIDA = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Casilla:
    """Where an acta comes from. A part that the file says does not exist (`N/A`) is None."""

    clave: str
    """CLAVE_CASILLA as printed, without the protecting quote; not unique (R83)."""
    unidad: int | None
    """Number of the distrito or municipio that the file's rows name, 0 (the entidad) where there is no such
    column; None for the vote from abroad."""
    seccion: int | None
    numero: int | None
    """ID_CASILLA."""
    tipo: TipoCasilla
    extension: int
    """EXT_CONTIGUA."""
    ubicacion: int | None
    """1 urbana, 2 no urbana, 3 fuera de catálogo."""
    municipio: int | None = None
    """In an election by distritos, the municipio of the sección where the catalogue knows it."""

    @property
    def nombre(self) -> str:
        """Return what a reader calls it within its sección: ``B1``, ``C2``, ``E1C1``, ``S1``."""
        sufijo = f"C{self.extension}" if self.extension else ""
        return f"{self.tipo.value}{self.numero or ''}{sufijo}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acta:
    """One row: the casilla, the cells as captured, and how the PREP treated it.

    `votos` runs in the order of `Eleccion.columnas`. Times are local official time of the entidad,
    naive, as printed (R82); None where there is none.
    """

    renglon: Renglon
    casilla: Casilla
    tipo_acta: str
    contabilizada: Contabilizada
    observaciones: str
    votos: tuple[Celda, ...]
    lista_nominal: int
    representantes: Celda = Marcador.VACIO
    boletas_sobrantes: Celda = Marcador.VACIO
    personas_votaron: Celda = Marcador.VACIO
    representantes_votaron: Celda = Marcador.VACIO
    votos_sacados: Celda = Marcador.VACIO
    total_asentado: Celda = Marcador.VACIO
    mecanismos_traslado: str = ""
    codigo_integridad: str = ""
    """SHA-256 of the image, 64 hex; empty when there is none."""
    acopio: datetime | None = None
    captura: datetime | None = None
    verificacion: datetime | None = None
    hora_imputada: bool = False
    """The replay had to make up `verificacion` (data.md, COAH17)."""
    origen: str = ""
    digitalizacion: str = ""
    tipo_documento: str = ""
    sin_desglose: int = 0
    """What a read TOTAL_VOTOS_CALCULADO counts beyond its cells (data.md's totals are its sum); else 0."""

    @property
    def total_calculado(self) -> int:
        """Return the sum of the vote cells; never the total written on the acta (R49)."""
        return sum(v for v in self.votos if isinstance(v, int)) + self.sin_desglose

    @property
    def en_catalogo(self) -> bool:
        """Say whether it belongs to an approved casilla (R41)."""
        return self.contabilizada is not Contabilizada.FUERA_DE_CATALOGO

    @property
    def capturada(self) -> bool:
        """Say whether it counts among ACTAS_CAPTURADAS: in catalogue and registered (R42)."""
        return self.contabilizada in {Contabilizada.SI, Contabilizada.NO}

    @property
    def contada(self) -> bool:
        """Say whether its votes enter the totals (R43); authoritative, limits only warn (R64)."""
        return self.contabilizada is Contabilizada.SI

    @property
    def sin_acta(self) -> bool:
        """Say whether OBSERVACIONES gives any of the *Sin acta* cases (R59)."""
        return es_sin_acta(self.observaciones)

    @property
    def inconsistente(self) -> bool:
        """Say whether it counts in the percentage of inconsistencias: in catalogue, observed, not *Sin acta*.

        Alone, an identification settled by the PTO or a letter unlike its number does not count (R52, R59).
        """
        return self.en_catalogo and es_inconsistencia(self.observaciones)

    @property
    def clase(self) -> Clase:
        """Return its row of R59's table."""
        return clase(self.contabilizada, self.observaciones)

    @property
    def rp(self) -> bool:
        """Say whether it is the acta of representación proporcional: it adds at entidad only (R73)."""
        return es_rp(self.tipo_acta)


def es_rp(tipo_acta: str) -> bool:
    """Say whether a TIPO_ACTA is that of representación proporcional (R73)."""
    return tipo_acta.upper().endswith("RP")


@lru_cache(maxsize=4096)
def es_sin_acta(observaciones: str) -> bool:
    """Say whether a text of OBSERVACIONES is any of the *Sin acta* cases, alone or in a list (R59, R62)."""
    return any(caso in _normal(observaciones) for caso in _SIN_ACTA)


@lru_cache(maxsize=4096)
def es_inconsistencia(observaciones: str) -> bool:
    """Say whether a text of OBSERVACIONES counts in the percentage of inconsistencias (R52)."""
    texto = _normal(observaciones)
    if texto in _SIN_OBSERVACION or es_sin_acta(observaciones):
        return False
    exenta = "IDENTIFICA" in texto or "LETRA" in texto
    return not exenta or any(caso in texto for caso in ("ILEGIBLE", "SIN DATO", "EXCEDE"))


@lru_cache(maxsize=4096)
def clase(contabilizada: Contabilizada, observaciones: str) -> Clase:
    """Return the row of R59's table: CONTABILIZADA rules, then the text; EXCEDE prevails (R61)."""
    if contabilizada is Contabilizada.FUERA_DE_CATALOGO:
        return Clase.FUERA_DE_CATALOGO
    if contabilizada is Contabilizada.PENDIENTE:
        return Clase.PENDIENTE
    texto = _normal(observaciones)
    if texto in _SIN_OBSERVACION:
        return Clase.SIN_OBSERVACIONES
    return next((clase for parte, clase in _CLASES if parte in texto), Clase.OTRA)


_CLASES = (
    ("NO INSTALADA", Clase.CASILLA_NO_INSTALADA),
    ("PAQUETE NO ENTREGADO", Clase.PAQUETE_NO_ENTREGADO),
    ("SIN BOLSA", Clase.PAQUETE_SIN_BOLSA),
    ("SIN SOBRE", Clase.PAQUETE_SIN_BOLSA),
    ("SIN ACTA", Clase.SIN_ACTA),
    ("EXCEDE", Clase.EXCEDE),
    ("TODO", Clase.TODOS_LOS_CAMPOS),
    ("ILEGIBLE", Clase.ALGUN_CAMPO),
    ("SIN DATO", Clase.ALGUN_CAMPO),
)


_SIN_ACTA = ("SIN ACTA", "NO INSTALADA", "PAQUETE NO ENTREGADO", "SIN BOLSA", "SIN SOBRE")
_SIN_OBSERVACION = {"", "N/A", "NA", "NAN", "NULL", "NINGUNA", "SIN OBSERVACIONES", "SIN INCONSISTENCIAS"}


def _normal(observaciones: str) -> str:
    """Return upper case and single spaces, without the brackets of a leaked list (R62)."""
    return " ".join(observaciones.upper().replace("_", " ").split()).strip(" -–—[]'\"")
