"""The candidaturas CSV: who stands in each unit, a row per party, combination and independent (R89)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pregon.prep.escribir import tabla
from pregon.prep.escribir.campo import Campo, fijo, renglones
from pregon.prep.escribir.esquema import campos_unidad
from pregon.prep.jornada import Ambito, Candidatura, ClaseColumna, Columna, Eleccion, Jornada

Fila = tuple[Columna, Candidatura]


def campos(jornada: Jornada, eleccion: Eleccion) -> tuple[Campo[Fila], ...]:
    """Return the columns; none of a unit where the contest is of the whole entidad."""
    dialecto = jornada.dialecto
    return tuple(replace(c, nombre=dialecto.campo(c.nombre)) for c in _campos(jornada, eleccion))


def candidaturas(jornada: Jornada, eleccion: Eleccion) -> bytes:
    """Return the CSV; only headings when the catalogue brings no names."""
    return tabla.escribir(renglones(campos(jornada, eleccion), _filas(eleccion)), jornada.dialecto)


def _campos(jornada: Jornada, eleccion: Eleccion) -> Iterator[Campo[Fila]]:
    clave = tabla.protectora(jornada.dialecto.proteccion)
    yield Campo(
        nombre="ID_ENTIDAD",
        descripcion="Número de la entidad, a dos dígitos.",
        textos=fijo(clave(f"{jornada.instituto.id_entidad:02d}")),
    )
    if eleccion.ambito is not Ambito.ENTIDAD and (unidad := campos_unidad(eleccion)):
        yield Campo(
            nombre=unidad[0],
            descripcion=f"Número del {eleccion.detalle.value}, a tres dígitos.",
            textos=lambda filas: [clave(f"{quien.unidad:03d}") for _, quien in filas],
        )
    yield Campo(
        nombre="PARTIDO_CI",
        descripcion="Columna de la votación: partido, combinación o candidatura independiente.",
        textos=lambda filas: [columna.clave for columna, _ in filas],
    )
    yield Campo(
        nombre="CANDIDATURA_PROPIETARIA",
        descripcion="Nombre de la candidatura propietaria.",
        textos=lambda filas: [tabla.libre(quien.propietaria) for _, quien in filas],
    )
    yield Campo(
        nombre="CANDIDATURA_SUPLENTE",
        descripcion="Nombre de la candidatura suplente; vacío si no hay.",
        textos=lambda filas: [tabla.libre(quien.suplente) for _, quien in filas],
    )


def _filas(eleccion: Eleccion) -> Sequence[Fila]:
    por_unidad: dict[int, dict[str, Candidatura]] = {}
    for candidatura in eleccion.candidaturas:
        por_unidad.setdefault(candidatura.unidad, {})[candidatura.clave] = candidatura
    return [
        (columna, quien)
        for unidad, quienes in sorted(por_unidad.items())
        for columna in eleccion.columnas
        if (quien := _de_columna(eleccion, unidad, columna, quienes)) is not None
    ]


def _de_columna(
    eleccion: Eleccion, unidad: int, columna: Columna, quienes: dict[str, Candidatura]
) -> Candidatura | None:
    """Find whose votes a column holds in a unit: the party's own candidacy, or its coalition's there."""
    if columna.clase in {ClaseColumna.NULOS, ClaseColumna.NO_REGISTRADAS}:
        return None
    if columna.clave in quienes:
        return quienes[columna.clave]
    for coalicion in eleccion.coaliciones:
        aqui = coalicion.unidades is None or unidad in coalicion.unidades
        if aqui and set(columna.partidos) <= set(coalicion.partidos):
            return quienes.get(coalicion.clave)
    return None
