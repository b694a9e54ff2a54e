"""The catalogue of a night as canonical bytes: units, ballot and casillas (R39, R89).

Its SHA-256 goes into every manifest, so that a catalogue changed on the night is seen (R36, R91). It does not
depend on which actas have arrived.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pregon.prep.acta import Acta
from pregon.prep.jornada import Eleccion, Jornada


def catalogo(jornada: Jornada, actas: Mapping[str, Sequence[Acta]]) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8. `actas` by `Eleccion.clave`, in any order."""
    valor = {
        "fecha": jornada.fecha.isoformat(),
        "entidad": jornada.instituto.id_entidad,
        "elecciones": [_eleccion(e, actas[e.clave]) for e in jornada.elecciones],
    }
    return json.dumps(valor, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _eleccion(eleccion: Eleccion, actas: Sequence[Acta]) -> dict[str, Any]:
    return {
        "clave": eleccion.clave,
        "titulo": eleccion.titulo,
        "ambito": eleccion.ambito.value,
        "detalle": eleccion.detalle.value,
        "unidades": [[u.numero, u.nombre] for u in eleccion.unidades],
        "columnas": [c.clave for c in eleccion.columnas],
        "partidos": [[p.clave, p.nombre, _unidades(p.unidades)] for p in eleccion.partidos],
        "coaliciones": [
            [c.clave, c.nombre, list(c.partidos), _unidades(c.unidades)] for c in eleccion.coaliciones
        ],
        "candidaturas": sorted([c.unidad, c.clave, c.propietaria, c.suplente] for c in eleccion.candidaturas),
        "casillas": sorted(
            [a.renglon, a.casilla.clave, a.casilla.unidad, a.casilla.seccion, a.tipo_acta, a.lista_nominal]
            for a in actas
            if a.en_catalogo
        ),
    }


def _unidades(unidades: frozenset[int] | None) -> list[int] | None:
    return None if unidades is None else sorted(unidades)
