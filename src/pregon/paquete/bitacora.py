"""The bitácora's one entry type and its chain rule (decisions §4, I10): pure, the same for every book.

Each asiento carries the hash of the one before, so that an edited, removed or reordered one breaks the
chain in sight of anybody who holds a later hash.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from pregon.errors import ErrorDeConfianza
from pregon.paquete.limites import LIMITES, Limites
from pregon.paquete.manifest import canonico, huella


class Acto(Enum):
    """Acts of the institute's book that other rooms read: what became of the cortes."""

    RETENIDO = "corte retenido"
    ENTERO = "retención levantada"
    LIBERADO = "corte liberado"
    SUPERADO = "corte superado"
    OMITIDOS = "cortes omitidos"
    ALARMA = "alarma de contraste"
    FIN_DE_ALARMA = "fin de la alarma de contraste"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asiento:
    """One act of the night. `actor` did `acto` to `objeto`; `datos` is the evidence, JSON values only."""

    numero: int
    """From 1, without gaps."""
    instante: datetime
    """Wall time, aware, UTC."""
    actor: str
    acto: str
    objeto: str
    datos: Mapping[str, Any]
    anterior: str | None
    """`sha256` of the asiento before; None in the first."""
    sha256: str
    """Of the canonical JSON of all the other fields."""


def encadenar(
    anterior: Asiento | None,
    *,
    instante: datetime,
    actor: str,
    acto: str,
    objeto: str,
    datos: Mapping[str, Any],
) -> Asiento:
    """Return the next asiento of a chain. Raises ValueError or TypeError when `datos` is not JSON.

    A text that is no Unicode (a file name that is no UTF-8) is told with «?»: the book must not stop at it.
    """
    asiento = Asiento(
        numero=anterior.numero + 1 if anterior else 1,
        instante=instante.astimezone(UTC),
        actor=actor,
        acto=acto,
        objeto=_legible(objeto),
        # What will be read back, tuples as lists, so that an asiento equals itself after a restart.
        datos=json.loads(_legible(json.dumps(datos, ensure_ascii=False, sort_keys=True, allow_nan=False))),
        anterior=anterior.sha256 if anterior else None,
        sha256="",
    )
    return _con_sha256(asiento)


def _legible(texto: str) -> str:
    return texto.encode(errors="replace").decode()


def verificar(asientos: Iterable[Asiento]) -> None:
    """Raise ErrorDeConfianza at the first asiento that does not follow from the one before."""
    previo: Asiento | None = None
    for asiento in asientos:
        seguir(previo, asiento)
        previo = asiento


def seguir(previo: Asiento | None, asiento: Asiento) -> None:
    """Raise ErrorDeConfianza unless `asiento` is whole and comes right after `previo`."""
    if asiento.sha256 != _con_sha256(asiento).sha256:
        raise ErrorDeConfianza(f"bitácora: el asiento {asiento.numero} fue alterado")
    numero, sha = (previo.numero + 1, previo.sha256) if previo else (1, None)
    if asiento.numero != numero or asiento.anterior != sha:
        raise ErrorDeConfianza(f"bitácora: el asiento {asiento.numero} no sigue al {numero - 1}")


def escribir(asiento: Asiento) -> bytes:
    """Return the asiento's line: canonical JSON and its line end."""
    return canonico({**_cuerpo(asiento), "sha256": asiento.sha256}) + b"\n"


def leer(linea: bytes, limites: Limites = LIMITES) -> Asiento:
    """Parse one line, without its end. Raises ErrorDeConfianza for any shape but ours (A15)."""
    if len(linea) > limites.asiento:
        raise ErrorDeConfianza(f"bitácora: una línea pasa de {limites.asiento} bytes")
    try:
        crudo = json.loads(linea)
        asiento = Asiento(**{**crudo, "instante": datetime.fromisoformat(crudo["instante"])})
        if asiento.instante.tzinfo is None or escribir(asiento) != linea + b"\n":
            raise ValueError("no está en su forma canónica")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise ErrorDeConfianza(f"bitácora: una línea no es un asiento: {error!s:.120}") from error
    return asiento


def _con_sha256(asiento: Asiento) -> Asiento:
    cuerpo = _cuerpo(asiento)
    return Asiento(**{**cuerpo, "instante": asiento.instante, "sha256": huella(canonico(cuerpo))})


def _cuerpo(asiento: Asiento) -> dict[str, Any]:
    return {
        "numero": asiento.numero,
        "instante": asiento.instante.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": asiento.actor,
        "acto": asiento.acto,
        "objeto": asiento.objeto,
        "datos": asiento.datos,
        "anterior": asiento.anterior,
    }
