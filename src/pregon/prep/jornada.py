"""The night as values: institute, clock, window of publication, and one or more `Eleccion`.

The unit of contest (distrito, municipio, entidad) is data, and pages, tables and files follow it.
`eleccion` reads a night from its TOML, `deducir` from a published base de datos; inside nobody validates
again.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from pregon.prep.dialecto import Dialecto

NOMBRE_EN_BLANCO: Final = "Nombre Apellido Apellido"
"""What a simulacro shows instead of the name of a real candidacy (R93)."""


class Ambito(Enum):
    """The unit of contest; the value is the Spanish noun in the singular, lower case."""

    ENTIDAD = "entidad"
    DISTRITO = "distrito"
    MUNICIPIO = "municipio"


class Tipo(Enum):
    """What kind of night it is; `sitio` draws the watermark from this alone (decisions §30)."""

    OFICIAL = "oficial"
    SIMULACRO = "simulacro"
    PROTOTIPO = "prototipo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instituto:
    """Who publishes, and the clocks of the entidad (R3, R32, E4)."""

    nombre: str
    siglas: str
    url: str
    telefono: str
    entidad: str
    """As databases print it: upper case, no accents (``COAHUILA``)."""
    entidad_nombre: str
    """As people read it (``Coahuila``)."""
    id_entidad: int
    abreviatura: str
    """In file names (``COAH``)."""
    capital: str
    zona: ZoneInfo
    """The only zone that opens and stamps (R3)."""
    zona_frontera: ZoneInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partido:
    """A party or an independent candidacy (`independiente`); `clave` is its column in the database."""

    clave: str
    nombre: str
    color: str
    """``#rrggbb``; always shown with the letters beside it."""
    independiente: bool = False
    unidades: frozenset[int] | None = None
    """Where it stands; None: in all of them. Elsewhere its column holds ``-`` (R70)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalicion:
    """Parties with one candidate. `unidades` None: stands in all of them (R70)."""

    clave: str
    nombre: str
    partidos: tuple[str, ...]
    color: str
    unidades: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unidad:
    """A distrito, municipio, or the entidad itself (number 0)."""

    numero: int
    nombre: str
    frontera: bool = False
    """Lives on the border clock (R3): its pages add the local hour."""


class ClaseColumna(Enum):
    """What a vote column holds."""

    PARTIDO = "partido"
    COMBINACION = "combinacion"
    INDEPENDIENTE = "independiente"
    NO_REGISTRADAS = "no_registradas"
    NULOS = "nulos"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columna:
    """A vote column of the database, in the order of the acta."""

    clave: str
    clase: ClaseColumna
    partidos: tuple[str, ...] = ()
    """Of a party or independent: itself; of a combination: its members; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidatura:
    """Who stands in a unit for a party, a coalition or alone; `clave` is of Partido or Coalicion."""

    unidad: int
    clave: str
    propietaria: str
    suplente: str = ""

    def en_blanco(self) -> "Candidatura":
        """Return the same candidacy without the names of its people (R93)."""
        suplente = self.suplente and NOMBRE_EN_BLANCO
        return replace(self, propietaria=NOMBRE_EN_BLANCO, suplente=suplente)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contendiente:
    """What the ballot of one unit offers: `columnas` are indexes into `Eleccion.columnas`, summed (R68)."""

    clave: str
    nombre: str
    """Coalition's or party's name as shown."""
    siglas: tuple[str, ...]
    """Members' letters, in order."""
    color: str
    columnas: tuple[int, ...]
    candidatura: Candidatura | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogoSintetico:
    """What the generator needs to invent the catalogue of an election."""

    casillas: int
    """Casillas of types B, C, E and S; the votes without a casilla come on top."""
    semilla: int
    entidades: tuple[int, ...] = ()
    """How many of the unidades, in order, belong to entidad 1, 2…: each numbers its own secciones.
    Empty: all belong to the institute's."""
    voto_anticipado: bool = True
    """One acta of type A per unidad (R76)."""
    prisiones: int = 8
    """How many unidades have an acta of type P."""
    especiales_electronicas: bool = False
    """Casillas especiales vote on an urna electrónica, and stay type S (rules §7, Q5)."""
    urnas_electronicas: int = 0
    """How many básicas are of type U instead (R82)."""
    claves_repetidas: bool = False
    """Print CLAVE_CASILLA as Puebla 2024 did, not unique (R83); never in an oficial night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eleccion:
    """One contest of the night (*Diputaciones Locales*), with its units and its ballot."""

    clave: str
    """In file names: ``DIP_LOC``, ``AYUN``, ``GOB``."""
    nombre: str
    titulo: str
    """First line of the database (R80)."""
    slug: str
    """Folder on the site: ``diputaciones``."""
    ambito: Ambito
    detalle: Ambito
    """What the rows' unit is: equals `ambito`, or the grain of the detail pages when that is the entidad."""
    unidades: tuple[Unidad, ...]
    """Of `detalle`, by number."""
    partidos: tuple[Partido, ...]
    coaliciones: tuple[Coalicion, ...]
    columnas: tuple[Columna, ...]
    """Derived from parties and coalitions, never typed (R71)."""
    candidaturas: tuple[Candidatura, ...] = ()
    anio: int = 0
    municipios: tuple[Unidad, ...] = ()
    """In an election by distritos, the municipios that `Casilla.municipio` names, where they are known."""
    catalogo: CatalogoSintetico | None = None
    """None: the catalogue comes with the actas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jornada:
    """The night. Instants are aware and in UTC; election time, not wall time (decisions §9)."""

    nombre: str
    tipo: Tipo
    rol: str
    """The only TUF role that may sign it: ``oficial`` or ``simulacro-2026-05-17`` (decisions §28)."""
    instituto: Instituto
    fecha: date
    """Day of the election."""
    apertura: datetime
    periodo: timedelta
    cierre: datetime
    """At most 24 h after `apertura` (R4)."""
    retencion: datetime
    """Difusores keep the last corte until here (R10)."""
    computos: date | None
    elecciones: tuple[Eleccion, ...]
    dialecto: Dialecto = field(default_factory=Dialecto)
    """How its bases de datos are written."""

    def local(self, instante: datetime) -> datetime:
        """Return an instant in the official hour of the entidad."""
        return instante.astimezone(self.instituto.zona)
