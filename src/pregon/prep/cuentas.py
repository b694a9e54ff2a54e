"""All integers of a corte of one election, laid flat: what two engines must agree on, cell by cell (C1).

A level is named by a `Clave`; its figures stand in the order of `CIFRAS`, then the votes of every column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args, runtime_checkable

from pregon.prep.acta import Acta
from pregon.prep.corte import CIFRAS, ResultadoEleccion, Totales

Nivel = Literal["entidad", "unidad", "municipio", "seccion"]
Clave = tuple[Nivel, int | None, int | None]
"""(nivel, unidad or municipio, sección). Of the entidad both are None; a sección lies within a unidad, and
None there gathers the actas of the unidad that have none (R76)."""

ENTIDAD: Clave = ("entidad", None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuentas:
    """One election, counted."""

    columnas: tuple[str, ...]
    """Vote columns."""
    niveles: Mapping[Clave, tuple[int, ...]]
    """`CIFRAS`, then a total per column: of the entidad and of every level with a row of the catalogue."""
    actas: Sequence[int]
    """By row of the database: the votes that it adds to the entidad, or -1 where it is not counted."""


def cuentas(resultado: ResultadoEleccion) -> Cuentas:
    """Lay a result flat."""
    niveles: dict[Clave, Totales] = {ENTIDAD: resultado.totales}
    for u in resultado.unidades:
        niveles["unidad", u.unidad.numero, None] = u.totales
        for s in u.secciones:
            niveles["seccion", u.unidad.numero, s.seccion] = s.totales
    for m in resultado.municipios:
        niveles["municipio", m.unidad.numero, None] = m.totales
    return Cuentas(
        columnas=tuple(c.clave for c in resultado.eleccion.columnas),
        # A unidad without any row of the catalogue is in no file: both sides leave it out.
        niveles={clave: t.cifras for clave, t in niveles.items() if t.esperadas or clave == ENTIDAD},
        actas=_aportes(resultado.actas),
    )


@runtime_checkable
class _ConAportes(Protocol):
    """Actas that know what they add without being made one by one."""

    def aportes(self) -> list[int]:
        """Return what `Cuentas.actas` holds."""
        ...


def _aportes(actas: Sequence[Acta]) -> list[int]:
    if isinstance(actas, _ConAportes):
        return actas.aportes()
    return [a.total_calculado if a.contada else -1 for a in actas]


def diferencias(una: Cuentas, otra: Cuentas) -> Iterator[str]:
    """Yield in Spanish every cell in which two counts differ; none when they agree."""
    if una.columnas != otra.columnas:
        yield f"columnas de votos: {', '.join(una.columnas)} y {', '.join(otra.columnas)}"
        return
    if una.niveles != otra.niveles:
        yield from _de_niveles(una, otra)
    if len(una.actas) != len(otra.actas):
        yield f"renglones: {len(una.actas)} y {len(otra.actas)}"
    elif una.actas != otra.actas:
        for n, (x, y) in enumerate(zip(una.actas, otra.actas, strict=True), start=1):
            if x != y:
                yield f"renglón {n}, votos que suma: {x} y {y}"


def _de_niveles(una: Cuentas, otra: Cuentas) -> Iterator[str]:
    nombres = (*CIFRAS, *una.columnas)
    for clave in sorted(una.niveles.keys() | otra.niveles.keys(), key=_orden):
        a, b = una.niveles.get(clave), otra.niveles.get(clave)
        if a is None or b is None:
            yield f"{_nombre(clave)}: sólo está en una de las dos cuentas"
        elif a != b:
            for nombre, x, y in zip(nombres, a, b, strict=True):
                if x != y:
                    yield f"{_nombre(clave)}, {nombre}: {x} y {y}"


def _orden(clave: Clave) -> tuple[int, int, int]:
    """Order levels from the entidad down, then by number; what has no sección first."""
    nivel, unidad, seccion = clave
    return get_args(Nivel).index(nivel), unidad or 0, -1 if seccion is None else seccion


def _nombre(clave: Clave) -> str:
    nivel, unidad, seccion = clave
    if nivel == "seccion":
        return f"unidad {unidad}, {'sin sección' if seccion is None else f'sección {seccion}'}"
    return nivel if unidad is None else f"{nivel} {unidad}"
