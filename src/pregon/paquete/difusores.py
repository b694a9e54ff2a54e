"""Who diffuses, in which state of vigilancia, and the signed list (decisions §3, §20–§24).

The transition is a pure function `(state, verdict of the period) → state`. The monitor decides with it
and writes what it decided; origin folds those records into states, acts, and signs the list.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Estado(Enum):
    """States of vigilancia (decisions §21); the counts of DEMORADO and RECONEXION are in `Vigilancia`."""

    ACTIVO = "activo"
    DEMORADO = "demorado"
    SUSPENDIDO = "suspendido"
    RECONEXION = "reconexion"
    CERRADO = "cerrado"


class Veredicto(Enum):
    """What one period was for one difusor (decisions §20)."""

    CUMPLIDO = "cumplido"
    FALTADO = "faltado"
    NULO = "nulo"
    """Origin late, more than half fail at once, or our own canary does: counts neither way."""


class Causa(Enum):
    """Why a difusor is suspended (decisions §21)."""

    PERIODOS = "periodos"
    ALTERADO = "alterado"
    OPERADOR = "operador"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigilancia:
    """The state of one difusor. `faltas` are consecutive missed periods, `cumplidos` those met in RECONEXION."""

    estado: Estado = Estado.ACTIVO
    faltas: int = 0
    cumplidos: int = 0
    causa: Causa | None = None
    desde: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difusor:
    """One entry of `difusores.toml`: an organisation and where its node is."""

    id: str
    nombre: str
    url: str
    """Public address of the node's `/`, without trailing slash."""
    transporte: str
    """Name of the way to deliver: ``local``."""
    destino: str
    """What that way needs: for ``local`` the inbox folder."""
    portal: bool = False
    """Node 0, the institute's own: same checks, never delisted (decisions §19)."""
    contacto: str = ""
    telefono: str = ""
