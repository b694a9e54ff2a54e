"""The candidaturas CSV: who stands in each unit, a row per party, combination and independent (R89)."""

from collections.abc import Iterator, Sequence

from pregon.prep.escribir import tabla
from pregon.prep.escribir.esquema import campos_unidad
from pregon.prep.jornada import Candidatura, ClaseColumna, Columna, Eleccion, Jornada


def campos(eleccion: Eleccion) -> dict[str, str]:
    """Return heading → what the LEEME says of it; no unit where rows name none."""
    unidad = campos_unidad(eleccion)
    de_unidad = {unidad[0]: f"Número del {eleccion.detalle.value}, a tres dígitos."} if unidad else {}
    return {
        "ID_ENTIDAD": "Número de la entidad, a dos dígitos.",
        **de_unidad,
        "PARTIDO_CI": "Columna de la votación: partido, combinación o candidatura independiente.",
        "CANDIDATURA_PROPIETARIA": "Nombre de la candidatura propietaria.",
        "CANDIDATURA_SUPLENTE": "Nombre de la candidatura suplente; vacío si no hay.",
    }


def candidaturas(jornada: Jornada, eleccion: Eleccion) -> bytes:
    """Return the CSV; only headings when the catalogue brings no names."""
    return tabla.escribir([list(campos(eleccion)), *_filas(jornada, eleccion)])


def _filas(jornada: Jornada, eleccion: Eleccion) -> Iterator[Sequence[str]]:
    entidad = tabla.clave(f"{jornada.instituto.id_entidad:02d}")
    por_unidad: dict[int, dict[str, Candidatura]] = {}
    for candidatura in eleccion.candidaturas:
        por_unidad.setdefault(candidatura.unidad, {})[candidatura.clave] = candidatura
    con_unidad = campos_unidad(eleccion) is not None
    for unidad, quienes in sorted(por_unidad.items()):
        numero = [tabla.clave(f"{unidad:03d}")] if con_unidad else []
        for columna in eleccion.columnas:
            quien = _de_columna(eleccion, unidad, columna, quienes)
            if quien is not None:
                nombres = tabla.libre(quien.propietaria), tabla.libre(quien.suplente)
                yield [entidad, *numero, columna.clave, *nombres]


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
