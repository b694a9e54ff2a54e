"""The baseline: what the difusor's portal has on ordinary days, to compare with (R138), pure."""

import json
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from pregon.configuracion import Lectura, Tabla
from pregon.errors import ErrorDeConfiguracion

PLANTILLA: Final = """\
# Línea base del portal del difusor para la memoria técnica (convocatoria, sección VI).
#
# Escriba los promedios de su portal en días ordinarios, antes de la operación del PREP: quite el «#» de
# las tres cifras y ponga las suyas. Se cuentan igual que en la memoria:
#   hits      peticiones contestadas;
#   paginas   documentos HTML entregados o confirmados (200 o 304);
#   visitas   peticiones de la misma dirección y navegador con pausas menores a 30 minutos.

portal = "https://www.ejemplo.mx"
desde = 2026-05-11            # primer día del que se tomó el promedio
hasta = 2026-05-31            # último día
promedio = "hora"             # "hora" o "dia": a qué se refieren las cifras
fuente = "registros de acceso del servidor web"

# hits = 1200
# paginas = 300
# visitas = 90
"""


class Promedio(Enum):
    """What the figures of a baseline are an average of."""

    HORA = "hora"
    DIA = "dia"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Averages of an ordinary portal, as declared by the difusor."""

    portal: str
    desde: date
    hasta: date
    promedio: Promedio
    fuente: str
    hits: float
    paginas: float
    visitas: float


def leer(texto: str, *, archivo: str) -> Base:
    """Parse a baseline, TOML or (by the file's name) JSON. Raises ErrorDeConfiguracion at the first fault."""
    if not archivo.endswith(".json"):
        lectura = Lectura(texto, archivo=archivo)
        return _leer(lectura, lectura.raiz)
    try:
        valores = json.loads(texto)
        if not isinstance(valores, dict):
            raise ValueError("no es un objeto")
        fechas = {c: date.fromisoformat(valores[c]) for c in ("desde", "hasta") if c in valores}
    except (ValueError, TypeError, RecursionError) as error:
        raise ErrorDeConfiguracion(f"no es el JSON esperado: {error!s:.120}", archivo=archivo) from error
    lectura = Lectura("", archivo=archivo)
    try:
        return _leer(lectura, Tabla(lectura, valores | fechas, ()))
    except ErrorDeConfiguracion as error:  # lines are known for TOML only
        raise ErrorDeConfiguracion(error.causa, archivo=archivo, clave=error.clave) from error


def _leer(lectura: Lectura, tabla: Tabla) -> Base:
    base = Base(
        portal=tabla.texto("portal"),
        desde=tabla.fecha("desde"),
        hasta=tabla.fecha("hasta"),
        promedio=Promedio.DIA if tabla.texto("promedio", patron="hora|dia") == "dia" else Promedio.HORA,
        fuente=tabla.texto("fuente", "no se indicó"),
        hits=tabla.numero("hits", maximo=1e12),
        paginas=tabla.numero("paginas", maximo=1e12),
        visitas=tabla.numero("visitas", maximo=1e12),
    )
    if base.hasta < base.desde:
        tabla.falta("el último día es anterior al primero", "hasta")
    tabla.sin_sobrantes()
    lectura.terminar()
    return base
