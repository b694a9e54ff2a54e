"""What the ballot offers: vote columns from parties and coalitions, and who is summed with whom (R68–R71)."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from pregon.prep.jornada import (
    Ambito,
    Candidatura,
    ClaseColumna,
    Coalicion,
    Columna,
    Contendiente,
    Eleccion,
    Partido,
)


def columnas(partidos: Sequence[Partido], coaliciones: Sequence[Coalicion]) -> tuple[Columna, ...]:
    """Return the vote columns: parties, combinations (large to small), independents, the last two (R71)."""
    de_partido = [
        Columna(clave=p.clave, clase=ClaseColumna.PARTIDO, partidos=(p.clave,))
        for p in partidos
        if not p.independiente
    ]
    combinaciones: dict[tuple[str, ...], Columna] = {}
    for coalicion in coaliciones:
        for tamano in range(len(coalicion.partidos), 1, -1):
            for miembros in combinations(coalicion.partidos, tamano):
                clave = "C_" + "_".join(miembros)
                columna = Columna(clave=clave, clase=ClaseColumna.COMBINACION, partidos=miembros)
                combinaciones.setdefault(miembros, columna)
    independientes = [
        Columna(clave=p.clave, clase=ClaseColumna.INDEPENDIENTE, partidos=(p.clave,))
        for p in partidos
        if p.independiente
    ]
    return (
        *de_partido,
        *combinaciones.values(),
        *independientes,
        Columna(clave="NO_REGISTRADAS", clase=ClaseColumna.NO_REGISTRADAS),
        Columna(clave="NULOS", clase=ClaseColumna.NULOS),
    )


def contendientes(eleccion: Eleccion, unidad: int | None) -> tuple[Contendiente, ...]:
    """Return who competes in a unit (None: the entidad), in the ballot's order, each with its columns (R68).

    At the entidad a coalition that stands only in some units cannot be told from its parties' own votes
    elsewhere: its parties then stand alone and only its combinations are summed under its name. A combination
    of nobody who stands in the unit belongs to nobody there; a party's odd ``C_X`` is its own.
    """
    presentes = [c for c in eleccion.coaliciones if _se_presenta(c, eleccion, unidad)]
    reunidos: dict[str, Coalicion] = {}
    for coalicion in presentes:
        if not set(coalicion.partidos) & reunidos.keys():
            reunidos |= dict.fromkeys(coalicion.partidos, coalicion)
    candidaturas = _candidaturas(eleccion, unidad)
    lista: dict[str, Contendiente] = {}
    for partido in eleccion.partidos:
        coalicion_ = reunidos.get(partido.clave)
        if not _compite(partido, eleccion, unidad):
            continue
        if coalicion_ is None:
            lista[partido.clave] = _de_partido(partido, eleccion, candidaturas)
        elif coalicion_.clave not in lista:
            lista[coalicion_.clave] = _de_coalicion(coalicion_, eleccion, candidaturas, con_partidos=True)
    if unidad is None:
        for coalicion in eleccion.coaliciones:
            if coalicion.clave not in lista:
                lista[coalicion.clave] = _de_coalicion(coalicion, eleccion, candidaturas, con_partidos=False)
    return _sin_repetir(lista.values())


def _se_presenta(coalicion: Coalicion, eleccion: Eleccion, unidad: int | None) -> bool:
    if coalicion.unidades is None or eleccion.ambito is Ambito.ENTIDAD:
        return True
    if unidad is None:
        return coalicion.unidades >= {u.numero for u in eleccion.unidades}
    return unidad in coalicion.unidades


def _compite(partido: Partido, eleccion: Eleccion, unidad: int | None) -> bool:
    if partido.unidades is None or eleccion.ambito is Ambito.ENTIDAD:
        return True
    return bool(partido.unidades) if unidad is None else unidad in partido.unidades


def _de_partido(partido: Partido, eleccion: Eleccion, candidaturas: dict[str, Candidatura]) -> Contendiente:
    return Contendiente(
        clave=partido.clave,
        nombre=partido.nombre,
        siglas=(partido.clave,),
        color=partido.color,
        columnas=tuple(i for i, c in enumerate(eleccion.columnas) if c.partidos == (partido.clave,)),
        candidatura=candidaturas.get(partido.clave),
    )


def _de_coalicion(
    coalicion: Coalicion, eleccion: Eleccion, candidaturas: dict[str, Candidatura], *, con_partidos: bool
) -> Contendiente:
    miembros = set(coalicion.partidos)
    propias = tuple(
        i
        for i, c in enumerate(eleccion.columnas)
        if c.partidos and miembros.issuperset(c.partidos) and (con_partidos or len(c.partidos) > 1)
    )
    candidatura = next(
        (candidaturas[k] for k in (coalicion.clave, *coalicion.partidos) if k in candidaturas), None
    )
    return Contendiente(
        clave=coalicion.clave,
        nombre=coalicion.nombre,
        siglas=coalicion.partidos,
        color=coalicion.color,
        columnas=propias,
        candidatura=candidatura if con_partidos else None,
    )


def _candidaturas(eleccion: Eleccion, unidad: int | None) -> dict[str, Candidatura]:
    buscada = 0 if eleccion.ambito is Ambito.ENTIDAD else unidad
    return {c.clave: c for c in eleccion.candidaturas if c.unidad == buscada}


def _sin_repetir(lista: Iterable[Contendiente]) -> tuple[Contendiente, ...]:
    """Give every column to its first owner only: two partial coalitions may share a combination (R70)."""
    tomadas: set[int] = set()
    unicos = []
    for c in lista:
        libres = tuple(i for i in c.columnas if i not in tomadas)
        tomadas.update(libres)
        if libres:
            unicos.append(
                Contendiente(
                    clave=c.clave,
                    nombre=c.nombre,
                    siglas=c.siglas,
                    color=c.color,
                    columnas=libres,
                    candidatura=c.candidatura,
                )
            )
    return tuple(unicos)
