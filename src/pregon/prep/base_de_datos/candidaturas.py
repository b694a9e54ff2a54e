"""The file of names that travels beside a base de datos (R89): helpful when readable, never fatal."""

import re
from collections.abc import Sequence

from pregon.prep.base_de_datos.columnas import CAMPOS, Campo, parecida
from pregon.prep.base_de_datos.encabezado import DELIMITADORES, partir
from pregon.prep.base_de_datos.limites import Limites
from pregon.prep.base_de_datos.nombres import desproteger, normal
from pregon.prep.jornada import Candidatura

_PARTIDO = re.compile(r"PARTIDO(_POLITICO)?(_CI)?|PARTIDO_COALICION\w*|SIGLAS")
_PROPIETARIA = re.compile(r"(NOMBRE_)?CANDIDAT\w*?(_PROPIETARI[AO])?")
_SUPLENTE = re.compile(r"\w*SUPLENTE")


def es_candidaturas(lineas: Sequence[str]) -> bool:
    """Tell whether the first lines are those of a candidaturas file."""
    return any(_columnas(linea) is not None for linea in lineas[:5])


def leer_candidaturas(texto: str, partidos: Sequence[str], limites: Limites) -> tuple[Candidatura, ...]:
    """Return who stands; `clave` as printed, or the party's column where its letters differ (PNA is NA).

    A line longer than a cell may be, or beyond the bound of rows, is left out.
    """
    lineas = [linea for linea in texto.splitlines() if len(linea) <= limites.celda][: limites.filas]
    encabezado = next(((i, c) for i, linea in enumerate(lineas[:5]) if (c := _columnas(linea))), None)
    if encabezado is None:
        return ()
    inicio, (delimitador, donde, ancho) = encabezado
    halladas = []
    for linea in lineas[inicio + 1 :]:
        celdas = [desproteger(c) for c in partir(linea, delimitador)]
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
