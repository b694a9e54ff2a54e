"""The file of names that travels beside a base de datos (R89): helpful when readable, never fatal."""

import re
from collections.abc import Sequence

from pregon.prep.base_de_datos.columnas import CAMPOS, Campo, parecida
from pregon.prep.base_de_datos.encabezado import DELIMITADORES, partir
from pregon.prep.base_de_datos.nombres import desproteger, normal
from pregon.prep.jornada import Candidatura

_PARTIDO = re.compile(r"PARTIDO(_POLITICO)?(_CI)?|PARTIDO_COALICION\w*|SIGLAS")
_PROPIETARIA = re.compile(r"(NOMBRE_)?CANDIDAT\w*?(_PROPIETARI[AO])?")
_SUPLENTE = re.compile(r"\w*SUPLENTE")


def es_candidaturas(lineas: Sequence[str]) -> bool:
    """Tell whether the first lines are those of a candidaturas file."""
    return any(_columnas(linea) is not None for linea in lineas[:5])


def leer_candidaturas(texto: str, partidos: Sequence[str]) -> tuple[Candidatura, ...]:
    """Return who stands; `clave` as printed, or the party's column where its letters differ (PNA is NA)."""
    lineas = texto.splitlines()
    inicio = next((i for i, linea in enumerate(lineas[:5]) if _columnas(linea) is not None), None)
    if inicio is None:
        return ()
    delimitador, donde, ancho = _columnas(lineas[inicio]) or (",", {}, 0)
    halladas = []
    for linea in lineas[inicio + 1 :]:
        celdas = [_reparar(desproteger(c)) for c in partir(linea, delimitador)]
        puestas = donde
        if len(celdas) == ancho + 1 and "unidad" not in donde:
            # Coahuila 2017 forgot the heading of the distrito: everything after the entidad moves by one.
            puestas = {k: i + 1 for k, i in donde.items()} | {"unidad": 1}
        tomar = {k: celdas[i] for k, i in puestas.items() if i < len(celdas)}
        if not tomar.get("partido") or not tomar.get("propietaria"):
            continue
        unidad = tomar.get("unidad", "0")
        clave = normal(tomar["partido"])
        if clave.startswith("SUM_"):
            clave = "C_" + clave.removeprefix("SUM_")
        halladas.append(
            Candidatura(
                unidad=int(unidad) if re.fullmatch(r"[0-9]{1,4}", unidad) else 0,
                clave=clave if clave.startswith("C_") else parecida(clave, partidos) or clave,
                propietaria=tomar["propietaria"],
                suplente=tomar.get("suplente", ""),
            )
        )
    return tuple(halladas)


def _columnas(linea: str) -> tuple[str, dict[str, int], int] | None:
    for delimitador in DELIMITADORES:
        donde: dict[str, int] = {}
        nombres = [normal(c) for c in partir(linea, delimitador)]
        for i, nombre in enumerate(nombres):
            if _PARTIDO.fullmatch(nombre):
                donde.setdefault("partido", i)
            elif _SUPLENTE.fullmatch(nombre):
                donde.setdefault("suplente", i)
            elif _PROPIETARIA.fullmatch(nombre):
                donde.setdefault("propietaria", i)
            elif CAMPOS.get(nombre) in {Campo.ID_DISTRITO, Campo.ID_MUNICIPIO}:
                donde.setdefault("unidad", i)
        if "partido" in donde and "propietaria" in donde:
            return delimitador, donde, len(nombres)
    return None


def _reparar(nombre: str) -> str:
    """Undo a double encoding (``SolÃ­s``), known by bytes that only make sense once undone."""
    if "Ã" not in nombre and "Â" not in nombre:
        return nombre
    try:
        return b"".join(map(_byte, nombre)).decode("utf-8")
    except UnicodeError:
        return nombre


def _byte(letra: str) -> bytes:
    try:
        return letra.encode("cp1252")
    except UnicodeEncodeError:
        # The five bytes that cp1252 leaves undefined travel as control characters (the 8D of «Í»).
        return letra.encode("latin-1")
