"""Coalition votes dealt to parties, as QROO 2019 published them; the PREP itself shows them apart (R69).

Each combination is split in equal parts among its members; what is left over goes one by one to those of them
with most votes of their own. It is dealt in each unit and then summed, never on the entidad's sums (data.md).
"""

from collections import Counter
from collections.abc import Sequence

from pregon.prep.corte import ResultadoEleccion
from pregon.prep.jornada import ClaseColumna, Columna


def reparto(columnas: Sequence[Columna], votos: Sequence[int]) -> dict[str, int]:
    """Return the votes of every party and independent with its part of each combination; nobody's are lost.

    In a tie of own votes the earlier column goes first.
    """
    propios = {c.clave: n for c, n in zip(columnas, votos, strict=True) if c.clase in _DE_ALGUIEN}
    suma = dict(propios)
    for columna, n in zip(columnas, votos, strict=True):
        if columna.clase is ClaseColumna.COMBINACION:
            parte, resto = divmod(n, len(columna.partidos))
            # Stable: members stand in the order of the columns.
            for lugar, partido in enumerate(sorted(columna.partidos, key=lambda p: -propios[p])):
                suma[partido] += parte + (lugar < resto)
    return suma


def reparto_entidad(resultado: ResultadoEleccion) -> dict[str, int]:
    """Return the sum over the units, plus what belongs to none (RP actas), dealt apart."""
    columnas = resultado.eleccion.columnas
    sueltos = [
        todos - sum(de_unidad)
        for todos, *de_unidad in zip(
            resultado.totales.votos, *(u.totales.votos for u in resultado.unidades), strict=True
        )
    ]
    suma: Counter[str] = Counter()
    for grupo in (*(u.totales.votos for u in resultado.unidades), sueltos):
        suma.update(reparto(columnas, grupo))
    return dict(suma)


_DE_ALGUIEN = {ClaseColumna.PARTIDO, ClaseColumna.INDEPENDIENTE}
