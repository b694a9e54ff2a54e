"""A whole night invented from a seed: catalogue, candidaturas, actas, their times and their faults.

The same night and seed give the same actas on any machine. Every case of the treatment table occurs (R59):
clean, partly or wholly illegible, over the lista nominal, the three kinds of *Sin acta*, fuera de catálogo,
never arrived; and a few actas are corrected after they were published (R36). Arrivals are spread over the
window of the night, whatever its length, so that its last corte has about 97 % of the actas. Strengths of
parties and all names are drawn at random and mean nothing.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.sources.catalogo_sintetico import Esperada, esperadas
from pregon.origin.sources.fuente import Entrada, pendiente
from pregon.origin.sources.urna import Urna, con, observaciones, sin_acta, tratar
from pregon.prep.acta import Acta, Casilla, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.jornada import Candidatura, Eleccion, Jornada

# Shares of the actas.
_NUNCA_LLEGA = 0.026
_CORREGIDA = 0.002
_FUERA_DE_CATALOGO = 0.002

_NOMBRES = (
    "Alejandra", "Beatriz", "Carlos", "Daniela", "Eduardo", "Fernanda", "Gerardo", "Hilda", "Ignacio",
    "Julia", "Karla", "Leonardo", "Mariana", "Norberto", "Olivia", "Patricio", "Raquel", "Sergio", "Teresa",
)  # fmt: skip
_APELLIDOS = (
    "Aguirre", "Benavides", "Cárdenas", "Dávila", "Elizondo", "Flores", "Garza", "Hernández", "Ibarra",
    "Jasso", "Landeros", "Martínez", "Navarro", "Ortiz", "Peña", "Quintero", "Ramos", "Salazar", "Treviño",
)  # fmt: skip


class Sintetica:
    """A `Fuente` that needs no file. Building it invents the night; asking for an instant is quick."""

    def __init__(self, jornada: Jornada, semilla: int = 0) -> None:
        """Invent the night of every election that brings a synthetic catalogue.

        `semilla` is added to the seed of each catalogue. ErrorDeConfiguracion for an election without one.
        """
        self.jornada = replace(
            jornada, elecciones=tuple(_con_candidaturas(e, semilla) for e in jornada.elecciones)
        )
        self._llegadas = {e.clave: _llegadas(self.jornada, e, semilla) for e in self.jornada.elecciones}

    def leer(self, hasta: datetime) -> Entrada:
        """Return what is known at an instant; see `Fuente.leer`."""
        return Entrada(
            actas={
                clave: tuple(acta for llegada in llegadas if (acta := llegada.en(hasta)) is not None)
                for clave, llegadas in self._llegadas.items()
            }
        )


@dataclass(frozen=True, slots=True)
class _Llegada:
    """One row through the night: what stands there at first, then each version with its instant."""

    antes: Acta | None
    versiones: tuple[tuple[datetime, Acta], ...]

    def en(self, hasta: datetime) -> Acta | None:
        conocida = self.antes
        for instante, acta in self.versiones:
            if instante > hasta:
                break
            conocida = acta
        return conocida


def _azar(eleccion: Eleccion, semilla: int, asunto: str) -> Random:
    if eleccion.catalogo is None:
        raise ErrorDeConfiguracion(
            f"la elección {eleccion.clave} no trae un catálogo sintético", clave="elecciones.catalogo"
        )
    return Random(f"pregon/{eleccion.clave}/{eleccion.catalogo.semilla + semilla}/{asunto}")  # noqa: S311 - invented votes, no secret


def _con_candidaturas(eleccion: Eleccion, semilla: int) -> Eleccion:
    """Invent who stands where the TOML names nobody: in each unit, one per coalition or party alone."""
    if eleccion.candidaturas:
        return eleccion
    azar = _azar(eleccion, semilla, "candidaturas")

    def nombre() -> str:
        return f"{azar.choice(_NOMBRES)} {azar.choice(_APELLIDOS)} {azar.choice(_APELLIDOS)}"

    candidaturas = []
    for unidad in eleccion.unidades:
        for clave in _contienden(eleccion, unidad.numero):
            candidaturas.append(  # noqa: PERF401 - the order of the draws is the order of this loop
                Candidatura(unidad=unidad.numero, clave=clave, propietaria=nombre(), suplente=nombre())
            )
    return replace(eleccion, candidaturas=tuple(candidaturas))


def _contienden(eleccion: Eleccion, unidad: int) -> Iterator[str]:
    coaliciones = {
        partido: c.clave
        for c in eleccion.coaliciones
        if c.unidades is None or unidad in c.unidades
        for partido in c.partidos
    }
    dichas: set[str] = set()
    for partido in eleccion.partidos:
        clave = coaliciones.get(partido.clave, partido.clave)
        if clave not in dichas and (partido.unidades is None or unidad in partido.unidades):
            dichas.add(clave)
            yield clave


def _llegadas(jornada: Jornada, eleccion: Eleccion, semilla: int) -> tuple[_Llegada, ...]:
    catalogo = esperadas(eleccion, jornada.instituto.id_entidad, _azar(eleccion, semilla, "catalogo"))
    azar = _azar(eleccion, semilla, "noche")
    horario = _Horario(jornada)
    urna = Urna(eleccion, _azar(eleccion, semilla, "preferencias"))
    llegadas = [
        _llegada(Renglon(n), esperada, urna=urna, horario=horario, azar=azar)
        for n, esperada in enumerate(catalogo, start=1)
    ]
    ajenas = sorted(horario.verificacion(azar) for _ in range(math.ceil(len(catalogo) * _FUERA_DE_CATALOGO)))
    llegadas += [
        _fuera_de_catalogo(Renglon(n), len(eleccion.columnas), instante, horario=horario, azar=azar)
        for n, instante in enumerate(ajenas, start=len(catalogo) + 1)
    ]
    return tuple(llegadas)


def _llegada(
    renglon: Renglon, esperada: Esperada, *, urna: Urna, horario: "_Horario", azar: Random
) -> _Llegada:
    acta, causa = urna.acta(renglon, esperada, azar), observaciones(esperada, azar)
    antes = pendiente(acta)
    instante = horario.verificacion(azar, frontera=esperada.frontera, urbana=esperada.urbana)
    if azar.random() < _NUNCA_LLEGA:
        return _Llegada(antes, ())
    if causa.startswith("SIN ACTA"):
        return _Llegada(antes, ((instante, sin_acta(acta, causa)),))
    acta = horario.fechar(tratar(acta, causa, azar), instante, azar)
    if acta.contada and azar.random() < _CORREGIDA:
        return _Llegada(antes, ((instante, acta), _correccion(acta, instante, horario, azar)))
    return _Llegada(antes, ((instante, acta),))


class _Horario:
    """When things happen: election time within the window of the night, printed in the entidad's hour."""

    def __init__(self, jornada: Jornada) -> None:
        self.apertura, self.cierre = jornada.apertura, jornada.cierre
        self.ventana = jornada.cierre - jornada.apertura
        self.zona = jornada.instituto.zona
        self._cierra = self._seis_de_la_tarde(jornada, jornada.instituto.zona)
        self._cierra_frontera = self._seis_de_la_tarde(jornada, jornada.instituto.zona_frontera or self.zona)

    def verificacion(self, azar: Random, *, frontera: bool = False, urbana: bool = True) -> datetime:
        """Draw when an acta is verified. Border casillas close earlier by the capital's clock (R3)."""
        parte = azar.betavariate(2.0, 3.4) * 1.06 - 0.05 - 0.08 * frontera + 0.06 * (not urbana)
        cierra = self._cierra_frontera if frontera else self._cierra
        primera = cierra + timedelta(minutes=azar.uniform(12, 30))
        ultima = self.apertura + 0.985 * self.ventana
        return min(max(self.apertura + parte * self.ventana, primera), ultima).replace(microsecond=0)

    def mas_tarde(self, instante: datetime, azar: Random) -> datetime:
        """Draw a moment between an instant and the close."""
        return (instante + azar.uniform(0.15, 0.9) * (self.cierre - instante)).replace(microsecond=0)

    def fechar(self, acta: Acta, verificacion: datetime, azar: Random) -> Acta:
        """Date the three steps, in order (R99)."""
        captura = verificacion - timedelta(seconds=azar.randint(40, 300))
        return replace(
            acta,
            acopio=self.local(captura - timedelta(seconds=azar.randint(30, 300))),
            captura=self.local(captura),
            verificacion=self.local(verificacion),
        )

    def local(self, instante: datetime) -> datetime:
        return instante.astimezone(self.zona).replace(tzinfo=None, microsecond=0)

    @staticmethod
    def _seis_de_la_tarde(jornada: Jornada, zona: ZoneInfo) -> datetime:
        return datetime.combine(jornada.fecha, time(18), tzinfo=zona).astimezone(UTC)


def _correccion(acta: Acta, instante: datetime, horario: _Horario, azar: Random) -> tuple[datetime, Acta]:
    """Correct a published acta later in the night: some of its votes fall (R36)."""
    cuando = horario.mas_tarde(instante, azar)
    mayor = max(range(len(acta.votos)), key=lambda i: v if isinstance(v := acta.votos[i], int) else -1)
    celda = acta.votos[mayor]
    menos = celda - celda // 3 if isinstance(celda, int) else celda
    return cuando, replace(acta, votos=con(acta.votos, {mayor: menos}), verificacion=horario.local(cuando))


def _fuera_de_catalogo(
    renglon: Renglon, columnas: int, instante: datetime, *, horario: _Horario, azar: Random
) -> _Llegada:
    nada = Casilla(
        clave="",
        unidad=None,
        seccion=None,
        numero=None,
        tipo=TipoCasilla.DESCONOCIDA,
        extension=0,
        ubicacion=3,
    )
    acta = Acta(
        renglon=renglon,
        casilla=nada,
        tipo_acta="",
        contabilizada=Contabilizada.FUERA_DE_CATALOGO,
        observaciones="FUERA DE CATALOGO",
        votos=(Marcador.VACIO,) * columnas,
        lista_nominal=0,
        codigo_integridad=hashlib.sha256(azar.randbytes(16)).hexdigest(),
        acopio=horario.local(instante),
        origen="CASILLA",
        digitalizacion="MOVIL",
        tipo_documento="ACTA PREP",
    )
    return _Llegada(None, ((instante, acta),))
