"""What every column of every data file means, from the very schema that writes them (R90).

`diccionario.csv` and `diccionario.json` say it for people and programs; `datapackage.json` describes the tidy
tables to any tool that reads Data Package v2 (https://datapackage.org), with their size and SHA-256.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pregon.prep.corte import Corte
from pregon.prep.escribir import cifras, ordenadas, tabla
from pregon.prep.escribir.archivos import nombres
from pregon.prep.escribir.campo import Campo, TipoDeDato
from pregon.prep.escribir.candidaturas import campos as campos_candidaturas
from pregon.prep.escribir.esquema import ENCABEZADO, campos
from pregon.prep.jornada import Eleccion
from pregon.prep.sello import sello_largo

_PERFILES = "https://datapackage.org/profiles/2.0"
_COLUMNAS = ("archivo", "parte", "campo", "tipo", "unidad", "significado", "valores", "regla")


def diccionario(corte: Corte) -> tuple[bytes, bytes]:
    """Return `diccionario.csv` and `diccionario.json`: a row per column of every file."""
    filas = [fila for r in corte.resultados for fila in _filas(corte, r.eleccion)]
    documento = {
        "corte": corte.numero,
        "instante": _instante(corte),
        "campos": [dict(zip(_COLUMNAS, fila, strict=True)) for fila in filas],
    }
    return tabla.escribir([_COLUMNAS, *filas], tabla.ORDENADO), _json(documento)


def datapackage(corte: Corte, datos: Mapping[str, bytes]) -> bytes:
    """Return the descriptor of the tidy tables; `datos` holds their bytes by name."""
    jornada = corte.jornada
    recursos = [recurso for r in corte.resultados for recurso in _recursos(corte, r.eleccion, datos)]
    return _json(
        {
            "$schema": f"{_PERFILES}/datapackage.json",
            "name": jornada.rol,
            "title": f"PREP {jornada.nombre}, {jornada.tipo.value}",
            "description": (
                f"Resultados preliminares, de carácter informativo y no definitivos. Corte {corte.numero} "
                f"del {sello_largo(corte.instante, jornada.instituto)}."
            ),
            "homepage": jornada.instituto.url,
            "version": str(corte.numero),
            "created": _instante(corte),
            "contributors": [{"title": jornada.instituto.nombre, "roles": ["publisher"]}],
            "resources": recursos,
        }
    )


def _filas(corte: Corte, eleccion: Eleccion) -> Iterator[tuple[str, ...]]:
    jornada, como = corte.jornada, nombres(corte, eleccion)
    porcentajes: Mapping[bool, tuple[TipoDeDato, str]] = {False: ("integer", ""), True: ("number", "%")}
    for cifra, significado in ENCABEZADO.items():
        tipo, unidad = porcentajes[cifra.startswith("PORCENTAJE")]
        impresa = jornada.dialecto.campo(cifra)
        yield como.resultados, "encabezado", impresa, tipo, unidad, significado, "", ""
    for archivo, todos in (
        (como.resultados, campos(jornada, eleccion)),
        (como.candidaturas, campos_candidaturas(jornada, eleccion)),
        (como.actas, ordenadas.campos(corte, eleccion)),
        (como.cifras, cifras.campos(corte, eleccion)),
    ):
        for c in todos:
            yield archivo, "filas", c.nombre, c.tipo, c.unidad, c.descripcion, c.valores, c.regla


def _recursos(corte: Corte, eleccion: Eleccion, datos: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    como = nombres(corte, eleccion)
    actas = f"{eleccion.nombre}: una fila por acta"
    yield _recurso(como.actas, actas, ordenadas.campos(corte, eleccion), ("renglon",), datos)
    niveles = f"{eleccion.nombre}: una fila por nivel"
    yield _recurso(como.cifras, niveles, cifras.campos(corte, eleccion), (), datos)


def _recurso(
    archivo: str,
    titulo: str,
    todos: Sequence[Campo[Any]],
    clave: Sequence[str],
    datos: Mapping[str, bytes],
) -> dict[str, Any]:
    propios = datos[archivo]
    esquema: dict[str, Any] = {
        "$schema": f"{_PERFILES}/tableschema.json",
        "fields": [{"name": c.nombre, "type": c.tipo, "description": c.descripcion} for c in todos],
    }
    if clave:
        esquema["primaryKey"] = list(clave)
    return {
        "$schema": f"{_PERFILES}/dataresource.json",
        "name": archivo.removesuffix(".csv").lower(),
        "type": "table",
        "path": archivo,
        "title": titulo,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(propios),
        "hash": f"sha256:{hashlib.sha256(propios).hexdigest()}",
        "dialect": {"$schema": f"{_PERFILES}/tabledialect.json", "lineTerminator": "\n"},
        "schema": esquema,
    }


def _instante(corte: Corte) -> str:
    return corte.jornada.local(corte.instante).isoformat(timespec="seconds")


def _json(documento: Mapping[str, Any]) -> bytes:
    return json.dumps(documento, ensure_ascii=False, indent=1).encode() + b"\n"
