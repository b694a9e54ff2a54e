"""What a node remembers between rounds: `estado.json`. A convenience: all of it can be derived again."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import Marca, canonico


@dataclass(frozen=True, slots=True, kw_only=True)
class EstadoDelNodo:
    """Replaced whole by the receiver; the server reads one of these per request."""

    marca: Marca | None = None
    """The highest corte ever accepted."""
    mostrado: int | None = None
    """Number of the highest corte that readers saw here: one may be accepted, or announced, and not shown."""
    latido: datetime | None = None
    """When this node verified the last new signed heartbeat, by its own clock."""
    heartbeat: int = 0
    """Version of that timestamp."""
    vence: datetime | None = None
    """Until when that heartbeat holds, as signed."""
    difusor: Estado | None = None
    """Its own state in the signed list."""
    rechazo: str = ""
    """Cause of the last refusal since the last corte; empty: none."""
    pendiente: str = ""
    """What a delivery in course still lacks."""
    entero: bool = True
    """The next delivery must bring every object: none is verified yet, a delta failed, or somebody asked."""
    pedido: int | None = None
    """Version of the heartbeat when somebody asked for everything by hand."""


def escribir(estado: EstadoDelNodo) -> bytes:
    """Return the content of estado.json."""
    return canonico(
        {
            "marca": [estado.marca.numero, estado.marca.sha256] if estado.marca else None,
            "mostrado": estado.mostrado,
            "latido": _texto(estado.latido),
            "heartbeat": estado.heartbeat,
            "vence": _texto(estado.vence),
            "difusor": estado.difusor.value if estado.difusor else None,
            "rechazo": estado.rechazo,
            "pendiente": estado.pendiente,
            "entero": estado.entero,
            "pedido": estado.pedido,
        }
    )


def leer(datos: bytes) -> EstadoDelNodo:
    """Read estado.json back; whatever cannot be read is as if it were not there."""
    try:
        crudo: dict[str, Any] = json.loads(datos)
        marca = crudo["marca"]
        return EstadoDelNodo(
            marca=Marca(numero=int(marca[0]), sha256=str(marca[1])) if marca else None,
            mostrado=int(crudo["mostrado"]) if crudo.get("mostrado") is not None else None,
            latido=_instante(crudo["latido"]),
            heartbeat=int(crudo["heartbeat"]),
            vence=_instante(crudo["vence"]),
            difusor=Estado(crudo["difusor"]) if crudo["difusor"] else None,
            rechazo=str(crudo["rechazo"]),
            pendiente=str(crudo["pendiente"]),
            entero=crudo.get("entero") is not False,
            pedido=int(crudo["pedido"]) if crudo.get("pedido") is not None else None,
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return EstadoDelNodo()


def _texto(instante: datetime | None) -> str | None:
    return instante.astimezone(UTC).isoformat() if instante else None


def _instante(texto: object) -> datetime | None:
    instante = datetime.fromisoformat(texto) if isinstance(texto, str) else None
    return instante if instante is None or instante.tzinfo else None
