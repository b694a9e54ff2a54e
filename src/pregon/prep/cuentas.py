"""All integers of a corte of one election, laid flat: what two engines must agree on, cell by cell (C1).

A level is named by a `Clave`; its figures stand in the order of `CIFRAS`, then the votes of every column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pregon.prep.acta import Clase
from pregon.prep.corte import ResultadoEleccion, Totales

Nivel = Literal["entidad", "unidad", "municipio", "seccion"]
Clave = tuple[Nivel, int | None, int | None]
"""(nivel, unidad or municipio, sección). Of the entidad both are None; a sección lies within a unidad, and
None there gathers the actas of the unidad that have none (R76)."""

ENTIDAD: Clave = ("entidad", None, None)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuentas:
    """One election, counted."""

    columnas: tuple[str, ...]
    """Vote columns."""
    niveles: dict[Clave, tuple[int, ...]]
    """Figures of `CIFRAS`, then a total per column; every level that has a row of the catalogue, the entidad
    always, every unidad of the election always."""
    actas: Sequence[int]
    """By row of the database: the votes that it adds to the entidad, or -1 where it is not counted."""


def cuentas(resultado: ResultadoEleccion) -> Cuentas:
    """Lay a result flat."""
    niveles: dict[Clave, tuple[int, ...]] = {ENTIDAD: _cifras(resultado.totales)}
    for u in resultado.unidades:
        niveles["unidad", u.unidad.numero, None] = _cifras(u.totales)
        for s in u.secciones:
            niveles["seccion", u.unidad.numero, s.seccion] = _cifras(s.totales)
    for m in resultado.municipios:
        niveles["municipio", m.unidad.numero, None] = _cifras(m.totales)
    return Cuentas(
        columnas=tuple(c.clave for c in resultado.eleccion.columnas),
        niveles=niveles,
        actas=[a.total_calculado if a.contada else -1 for a in resultado.actas],
    )


def diferencias(una: Cuentas, otra: Cuentas) -> Iterator[str]:
    """Yield in Spanish every cell in which two counts differ; none when they agree."""
    if una.columnas != otra.columnas:
        yield f"columnas de votos: {', '.join(una.columnas)} y {', '.join(otra.columnas)}"
        return
    nombres = (*CIFRAS, *una.columnas)
    for clave in sorted(una.niveles.keys() | otra.niveles.keys(), key=str):
        a, b = una.niveles.get(clave), otra.niveles.get(clave)
        if a is None or b is None:
            yield f"{_nombre(clave)}: sólo está en una de las dos cuentas"
        elif a != b:
            for nombre, x, y in zip(nombres, a, b, strict=True):
                if x != y:
                    yield f"{_nombre(clave)}, {nombre}: {x} y {y}"
    if len(una.actas) != len(otra.actas):
        yield f"renglones: {len(una.actas)} y {len(otra.actas)}"
        return
    for n, (x, y) in enumerate(zip(una.actas, otra.actas, strict=True), start=1):
        if x != y:
            yield f"renglón {n}, votos que suma: {x} y {y}"


def _cifras(t: Totales) -> tuple[int, ...]:
    return (
        t.esperadas,
        t.fuera_de_catalogo,
        t.contabilizadas,
        t.no_contabilizadas,
        t.inconsistentes,
        t.sin_acta,
        t.lista_nominal,
        t.votos_especiales,
        t.sin_desglose,
        *t.clases,
        *t.nominal,
        *t.votos,
    )


def _nombre(clave: Clave) -> str:
    nivel, unidad, seccion = clave
    if nivel == "seccion":
        return f"unidad {unidad}, {'sin sección' if seccion is None else f'sección {seccion}'}"
    return nivel if unidad is None else f"{nivel} {unidad}"
