"""The corte: what the actas of one instant add up to, at every level (R39–R49, R68–R76).

Two engines arrive at these figures by ways of their own (`origin.motor`, which makes the corte, and
`prep.recontar`, which recounts it from its written files). All figures are integers; the same set of actas in
any order gives the same corte.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from pregon.prep.acta import Acta, Casilla, Clase
from pregon.prep.jornada import Eleccion, Jornada, Unidad
from pregon.prep.porcentaje import porcentaje

CAMPOS_ENCABEZADO = (
    "ACTAS_ESPERADAS",
    "ACTAS_REGISTRADAS",
    "ACTAS_FUERA_CATALOGO",
    "ACTAS_CAPTURADAS",
    "PORCENTAJE_ACTAS_CAPTURADAS",
    "ACTAS_CONTABILIZADAS",
    "PORCENTAJE_ACTAS_CONTABILIZADAS",
    "PORCENTAJE_ACTAS_INCONSISTENCIAS",
    "ACTAS_NO_CONTABILIZADAS",
    "LISTA_NOMINAL_ACTAS_CONTABILIZADAS",
    "TOTAL_VOTOS_C_CS",
    "TOTAL_VOTOS_S_CS",
    "PORCENTAJE_PARTICIPACION_CIUDADANA",
)
"""The 13 figures of the header, in order (R81)."""

CIFRAS = (
    "esperadas",
    "fuera_de_catalogo",
    "contabilizadas",
    "no_contabilizadas",
    "inconsistentes",
    "sin_acta",
    "lista_nominal",
    "votos_especiales",
    "sin_desglose",
    *(f"actas: {c.value}" for c in Clase),
    *(f"lista nominal: {c.value}" for c in Clase),
)
"""Names of `Totales.cifras` before the vote columns."""

_CLASES = len(CIFRAS) - 2 * len(Clase)
_NOMINAL = _CLASES + len(Clase)
_VOTOS = len(CIFRAS)
_PENDIENTE = tuple(Clase).index(Clase.PENDIENTE)


@dataclass(frozen=True, slots=True)
class Totales:
    """What a set of actas adds up to."""

    cifras: tuple[int, ...]
    """Everything that adds up, laid flat: the figures of `CIFRAS`, then the votes per column."""

    @classmethod
    def de(cls, cifras: Mapping[str, int], votos: Sequence[int]) -> Self:
        """Return the Totales of figures by their names in `CIFRAS`, each 0 unless given."""
        assert cifras.keys() <= set(CIFRAS)
        return cls((*(cifras.get(nombre, 0) for nombre in CIFRAS), *votos))

    def con(self, cifras: Mapping[str, int], votos: Sequence[int] | None = None) -> Self:
        """Return the same but for these figures, and these votes when given."""
        propias = dict(zip(CIFRAS, self.cifras, strict=False))
        return self.de({**propias, **cifras}, self.votos if votos is None else votos)

    def menos(self, partes: Iterable["Totales"]) -> "Totales":
        """Return what is left of a whole without these parts of it, figure by figure."""
        figuras = zip(self.cifras, *(parte.cifras for parte in partes), strict=True)
        return Totales(tuple(todo - sum(suyas) for todo, *suyas in figuras))

    @property
    def esperadas(self) -> int:
        """Return ACTAS_ESPERADAS (R39)."""
        return self.cifras[0]

    @property
    def fuera_de_catalogo(self) -> int:
        """Return ACTAS_FUERA_CATALOGO (R41)."""
        return self.cifras[1]

    @property
    def contabilizadas(self) -> int:
        """Return ACTAS_CONTABILIZADAS (R43)."""
        return self.cifras[2]

    @property
    def no_contabilizadas(self) -> int:
        """Return ACTAS_NO_CONTABILIZADAS (R44)."""
        return self.cifras[3]

    @property
    def inconsistentes(self) -> int:
        """Return the actas with an inconsistency (R52)."""
        return self.cifras[4]

    @property
    def sin_acta(self) -> int:
        """Return the actas of which nothing can be read: not installed, no acta, not delivered (R59)."""
        return self.cifras[5]

    @property
    def lista_nominal(self) -> int:
        """Return the lista nominal of the counted actas (R46)."""
        return self.cifras[6]

    @property
    def votos_especiales(self) -> int:
        """Return the votes of counted actas of casillas especiales (R48)."""
        return self.cifras[7]

    @property
    def sin_desglose(self) -> int:
        """Return the votes of counted actas that a read file totals and no cell shows."""
        return self.cifras[8]

    @property
    def clases(self) -> tuple[int, ...]:
        """Return the actas by `Clase`, in its order: what is pending and why (R59)."""
        return self.cifras[_CLASES:_NOMINAL]

    @property
    def nominal(self) -> tuple[int, ...]:
        """Return their lista nominal, likewise."""
        return self.cifras[_NOMINAL:_VOTOS]

    @property
    def votos(self) -> tuple[int, ...]:
        """Return the votes of the counted actas, in the order of `Eleccion.columnas`."""
        return self.cifras[_VOTOS:]

    @property
    def capturadas(self) -> int:
        """Return ACTAS_CAPTURADAS (R42, R45)."""
        return self.contabilizadas + self.no_contabilizadas

    @property
    def registradas(self) -> int:
        """Return ACTAS_REGISTRADAS (R40, R45)."""
        return self.capturadas + self.fuera_de_catalogo

    @property
    def pendientes(self) -> int:
        """Return the actas of the catalogue that have not arrived."""
        return self.esperadas - self.capturadas

    @property
    def nominal_pendiente(self) -> int:
        """Return the lista nominal of the actas that have not arrived."""
        return self.nominal[_PENDIENTE]

    @property
    def lista_nominal_total(self) -> int:
        """Return the lista nominal of all actas in catalogue."""
        return sum(self.nominal)

    @property
    def votos_c_cs(self) -> int:
        """Return TOTAL_VOTOS_C_CS (R47)."""
        return sum(self.votos) + self.sin_desglose

    @property
    def votos_s_cs(self) -> int:
        """Return TOTAL_VOTOS_S_CS (R48)."""
        return self.votos_c_cs - self.votos_especiales

    def participacion(self, *, ultimo: bool) -> str:
        """Return the participation: with casillas especiales only in the declared last corte (R53)."""
        return porcentaje(self.votos_c_cs if ultimo else self.votos_s_cs, self.lista_nominal)

    def encabezado(self, *, ultimo: bool) -> dict[str, int | str]:
        """Return the 13 figures by their field name (R81), counts as int and percentages as text."""
        valores: tuple[int | str, ...] = (
            self.esperadas,
            self.registradas,
            self.fuera_de_catalogo,
            self.capturadas,
            porcentaje(self.capturadas, self.esperadas),
            self.contabilizadas,
            porcentaje(self.contabilizadas, self.esperadas),
            porcentaje(self.inconsistentes, self.esperadas),
            self.no_contabilizadas,
            self.lista_nominal,
            self.votos_c_cs,
            self.votos_s_cs,
            self.participacion(ultimo=ultimo),
        )
        return dict(zip(CAMPOS_ENCABEZADO, valores, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultadoSeccion:
    """The actas of a sección within a unit; `seccion` None gathers those without one (R76)."""

    seccion: int | None
    totales: Totales
    actas: Sequence[Acta]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultadoMunicipio:
    """In an election by distritos: the secciones of one municipio, whatever their distrito (R72)."""

    unidad: Unidad
    totales: Totales
    secciones: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultadoUnidad:
    """One distrito or municipio; RP actas stay out of it (R73)."""

    unidad: Unidad
    totales: Totales
    secciones: tuple[ResultadoSeccion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultadoEleccion:
    """One election in a corte: the entidad, every unit, and what belongs to none (R73, R76, R84)."""

    eleccion: Eleccion
    totales: Totales
    unidades: tuple[ResultadoUnidad, ...]
    municipios: tuple[ResultadoMunicipio, ...]
    """Where the rows' unit is another and the catalogue knows the municipio of every sección; else none."""
    sin_unidad: Sequence[Acta]
    """In catalogue, added at entidad only: RP actas and those without distrito (vote from abroad)."""
    fuera_de_catalogo: Sequence[Acta]
    actas: Sequence[Acta]
    """All rows in the stable order of the database (R86), fuera de catálogo last (R84)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cambio:
    """One field of an acta that was already published, before and after; a marker as it is printed."""

    campo: str
    """Name of its column in the database."""
    antes: int | str
    despues: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActaCambiada:
    """An acta captured in the previous corte. No key is unique (R83): unidad, clave and two more name it."""

    casilla: Casilla
    tipo_acta: str
    ordinal: int
    """From 1, among the rows that share the other three, in the order of the database."""
    campos: tuple[Cambio, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caida:
    """A figure that is lower than in the previous corte (R36)."""

    unidad: int | None
    """None: the entidad."""
    clase: Literal["encabezado", "contendiente", "columna"]
    nombre: str
    """Field of the header, or `clave` of the contendiente or of the vote column."""
    antes: int
    despues: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cambios:
    """What one election changed since the previous published corte: listed, never held (R36, §15)."""

    eleccion: str
    """`Eleccion.clave`."""
    nuevas: int
    """Actas that were pending and are captured."""
    corregidas: tuple[ActaCambiada, ...]
    regresadas: tuple[ActaCambiada, ...]
    """Back to pending."""
    desaparecidas: tuple[ActaCambiada, ...]
    """No longer in the database; without fields."""
    caidas: tuple[Caida, ...]

    @property
    def cambiadas(self) -> int:
        """Return how many published actas are not as they were."""
        return len(self.corregidas) + len(self.regresadas) + len(self.desaparecidas)

    @property
    def hay(self) -> bool:
        """Say whether anything already published changed or fell."""
        return bool(self.cambiadas or self.caidas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corte:
    """All elections of the night at one instante (R31). `ultimo` is declared, never derived (R37)."""

    jornada: Jornada
    numero: int
    """From 1 at the opening; strictly increasing (R35)."""
    instante: datetime
    """Election time, aware UTC (decisions §9)."""
    ultimo: bool
    resultados: tuple[ResultadoEleccion, ...]
    anterior: int | None = None
    """Number of the published corte that `cambios` compares with; None in the first."""
    cambios: tuple[Cambios, ...] = ()
    """Of every election that the previous corte has, in the order of `resultados`."""
