"""Who has how many votes in a unit and in the entidad, and who leads (R68, R74).

A coalition adds up its parties and combinations *in each unit*, so the entidad is the sum of its units,
never a second reading of the columns. Pages and `corte.json` both take their places from here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pregon.prep.contienda import contendientes
from pregon.prep.corte import ResultadoEleccion, ResultadoUnidad
from pregon.prep.jornada import Ambito, Contendiente


@dataclass(frozen=True, slots=True, kw_only=True)
class Lugar:
    """The votes of one contendiente, in the order of the ballot."""

    contendiente: Contendiente
    votos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ventaja:
    """Who leads. Without votes nobody does; in a tie `lider` is None and `empate` names them all (R74)."""

    lider: Contendiente | None = None
    segundo: Contendiente | None = None
    empate: tuple[Contendiente, ...] = ()
    diferencia: int = 0
    """Votes between first and second place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contienda:
    """One unit with its places and its leader."""

    resultado: ResultadoUnidad
    lugares: tuple[Lugar, ...]
    ventaja: Ventaja


def contiendas(resultado: ResultadoEleccion) -> tuple[Contienda, ...]:
    """Return every unit of the election with who leads it."""
    hechas = []
    for unidad in resultado.unidades:
        lugares = _lugares(contendientes(resultado.eleccion, unidad.unidad.numero), unidad.totales.votos)
        hechas.append(Contienda(resultado=unidad, lugares=lugares, ventaja=ventaja(lugares)))
    return tuple(hechas)


def entidad(resultado: ResultadoEleccion, unidades: Sequence[Contienda]) -> tuple[Lugar, ...]:
    """Return the votes per contendiente of the whole entidad.

    The sum of the units by `clave`, plus what belongs to no unit (RP actas, vote from abroad: R73, R76).
    """
    todos = contendientes(resultado.eleccion, None)
    if resultado.eleccion.ambito is Ambito.ENTIDAD:
        return _lugares(todos, resultado.totales.votos)
    suma: dict[str, int] = {c.clave: 0 for c in todos}
    orden = {c.clave: c for c in todos}
    resto = list(resultado.totales.votos)
    for contienda in unidades:
        for i, n in enumerate(contienda.resultado.totales.votos):
            resto[i] -= n
        for lugar in contienda.lugares:
            clave = lugar.contendiente.clave
            orden.setdefault(clave, lugar.contendiente)
            suma[clave] = suma.get(clave, 0) + lugar.votos
    for lugar in _lugares(todos, resto):
        suma[lugar.contendiente.clave] += lugar.votos
    return tuple(Lugar(contendiente=c, votos=suma[clave]) for clave, c in orden.items())


def ventaja(lugares: Iterable[Lugar]) -> Ventaja:
    """Say who leads and by how many votes."""
    orden = sorted((lugar for lugar in lugares if lugar.votos > 0), key=lambda lugar: -lugar.votos)
    if not orden:
        return Ventaja()
    primero = orden[0].votos
    empatados = tuple(lugar.contendiente for lugar in orden if lugar.votos == primero)
    if len(empatados) > 1:
        return Ventaja(empate=empatados)
    segundo = orden[1] if len(orden) > 1 else None
    return Ventaja(
        lider=orden[0].contendiente,
        segundo=segundo.contendiente if segundo else None,
        diferencia=primero - (segundo.votos if segundo else 0),
    )


def _lugares(todos: Iterable[Contendiente], votos: Sequence[int]) -> tuple[Lugar, ...]:
    return tuple(Lugar(contendiente=c, votos=sum(votos[i] for i in c.columnas)) for c in todos)
