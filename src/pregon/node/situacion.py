"""How a node stands at an instant, from its own evidence (decisions §20, §25): pure.

Corte N is due one period after N − 1 was published, and its deadline is the instant of N + 1. A node that
shows N has therefore until two periods after N's publication to show N + 1; each further period without
one is a miss. This is the node's own count: the one that matters is the institute's, in the signed list.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from pregon.node.estado import EstadoDelNodo
from pregon.node.portada import Portada, portada
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Plazo:
    """Until when a corte must be shown."""

    corte: int
    vence: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Situacion:
    """What can be said of a node at `ahora`."""

    ahora: datetime
    manifest: Manifest | None
    portada: Portada
    edad: float | None
    """Periods since the active corte was published; None: it does not age."""
    faltas: int
    """Periods without a corte, by the node's own count."""
    siguiente: Plazo | None
    """The next deadline; None: none is expected."""
    estado: EstadoDelNodo


def situar(manifest: Manifest | None, estado: EstadoDelNodo, *, ahora: datetime) -> Situacion:
    """Say how a node with this active manifest and this state stands."""
    entrada = portada(manifest, estado=estado.difusor, latido=estado.latido, ahora=ahora)
    espera = manifest is not None and not manifest.ultimo and estado.difusor is not Estado.CERRADO
    if manifest is None or not espera:
        return Situacion(
            ahora=ahora,
            manifest=manifest,
            portada=entrada,
            edad=None,
            faltas=0,
            siguiente=None,
            estado=estado,
        )
    periodo = timedelta(seconds=manifest.periodo)
    # Corte 1 is due at the opening, whenever paquete 0 was published.
    base = manifest.publicado if manifest.numero else manifest.no_antes_de - periodo
    faltas = max(0, math.floor((ahora - base) / periodo) - 1)
    return Situacion(
        ahora=ahora,
        manifest=manifest,
        portada=entrada,
        edad=(ahora - base) / periodo if manifest.numero else None,
        faltas=faltas,
        siguiente=Plazo(corte=manifest.numero + 1 + faltas, vence=base + (faltas + 2) * periodo),
        estado=estado,
    )
