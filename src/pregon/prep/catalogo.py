"""The catalogue of a night as canonical bytes: units, ballot, casillas and how they are written (R39, R89).

Its SHA-256 goes into every manifest, so that a catalogue changed on the night is seen (R36, R91). It does not
depend on which actas have arrived.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from typing import Any

from pregon.errors import ErrorDeDatos
from pregon.prep.acta import Acta
from pregon.prep.jornada import Eleccion, Jornada, Tipo


def catalogo(jornada: Jornada, actas: Mapping[str, Sequence[Acta]]) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8. `actas` by `Eleccion.clave`, in any order.

    Raises ErrorDeDatos when an oficial catalogue repeats a key (R83).
    """
    if jornada.tipo is Tipo.OFICIAL:
        for eleccion in jornada.elecciones:
            exigir_claves_unicas(actas[eleccion.clave])
    valor = {
        "fecha": jornada.fecha.isoformat(),
        "entidad": jornada.instituto.id_entidad,
        "dialecto": asdict(jornada.dialecto),
        "elecciones": [_eleccion(e, actas[e.clave]) for e in jornada.elecciones],
    }
    return json.dumps(
        valor, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_valor
    ).encode()


def exigir_claves_unicas(actas: Iterable[Acta]) -> None:
    """Refuse repeated keys: a replayed file may have them, ours may not; they are how people name an acta."""
    veces = Counter(a.casilla.clave + a.tipo_acta for a in actas if a.en_catalogo)
    repetidas = sorted(clave for clave, n in veces.items() if n > 1)
    if repetidas:
        muestra = ", ".join(repetidas[:5])
        raise ErrorDeDatos(f"en el catálogo se repiten claves de acta ({len(repetidas)}): {muestra}")


def _valor(opcion: Enum) -> str:
    return str(opcion.value)


def _eleccion(eleccion: Eleccion, actas: Sequence[Acta]) -> dict[str, Any]:
    return {
        "clave": eleccion.clave,
        "titulo": eleccion.titulo,
        "ambito": eleccion.ambito.value,
        "detalle": eleccion.detalle.value,
        "unidades": [[u.numero, u.nombre] for u in eleccion.unidades],
        "municipios": [[u.numero, u.nombre] for u in eleccion.municipios],
        "columnas": [c.clave for c in eleccion.columnas],
        "partidos": [[p.clave, p.nombre, _unidades(p.unidades)] for p in eleccion.partidos],
        "coaliciones": [
            [c.clave, c.nombre, list(c.partidos), _unidades(c.unidades)] for c in eleccion.coaliciones
        ],
        "candidaturas": sorted([c.unidad, c.clave, c.propietaria, c.suplente] for c in eleccion.candidaturas),
        "casillas": sorted(_casilla(a) for a in actas if a.en_catalogo),
    }


def _casilla(a: Acta) -> list[Any]:
    """Return one row; the renglon comes first, so that the order is that of the catalogue."""
    c = a.casilla
    return [a.renglon, c.clave, c.unidad, c.municipio, c.seccion, a.tipo_acta, a.lista_nominal]


def _unidades(unidades: frozenset[int] | None) -> list[int] | None:
    return None if unidades is None else sorted(unidades)
