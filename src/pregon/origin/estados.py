"""The state of every difusor: the monitor's transitions and the operator's acts, folded (decisions §3).

Origin does not copy the state that the monitor believed in: it replays the facts through the same pure
table, in the order of their instants. So an act that the monitor had not yet seen keeps its effect, and
the same records always give the same states.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import (
    ACTO_TRANSICION,
    SIN_ENLACE,
    UMBRAL,
    Difusor,
    DifusorPublico,
    ListaDeDifusores,
    Suceso,
    Vigilancia,
    leer_transicion,
    siguiente,
)
from pregon.storage.bitacora import Bitacora

ACTOS = (Suceso.SUSPENDER, Suceso.SUSPENDER_POR_ALTERADO, Suceso.RECONECTAR)
"""What an operator may order; the `acto` of an entry of `actos.jsonl` is the value."""


def leer_y_plegar(
    difusores: Sequence[Difusor], *, transiciones: Path, actos: Path, umbral: int = UMBRAL
) -> dict[str, Vigilancia]:
    """Read both books, a missing one being empty, and fold them. Raises ErrorDeAlmacen, ErrorDeConfianza."""
    libros = (Bitacora(transiciones, "origen").leer(), Bitacora(actos, "origen").leer())
    return plegar(difusores, *libros, umbral=umbral)


def plegar(
    difusores: Sequence[Difusor],
    transiciones: Sequence[Asiento],
    actos: Sequence[Asiento],
    *,
    umbral: int = UMBRAL,
) -> dict[str, Vigilancia]:
    """Return the state of each difusor of the file; records of any other are left aside."""
    portales = {d.id: d.portal for d in difusores}
    estados = {d.id: Vigilancia() for d in difusores}
    # Stable: at the same instant the operator's act comes after what the monitor saw.
    for asiento in sorted([*transiciones, *actos], key=lambda a: a.instante):
        if asiento.objeto not in estados:
            continue
        vigilancia = estados[asiento.objeto]
        if asiento.acto == ACTO_TRANSICION:
            transicion = leer_transicion(asiento.objeto, asiento.instante, asiento.datos)
            nueva = siguiente(
                vigilancia,
                transicion.hecho,
                instante=asiento.instante,
                rastreo=transicion.rastreo,
                portal=portales[asiento.objeto],
                umbral=umbral,
            )
            estados[asiento.objeto] = replace(nueva, asiento=asiento.numero)
        elif suceso := next((s for s in ACTOS if s.value == asiento.acto), None):
            estados[asiento.objeto] = siguiente(
                vigilancia,
                suceso,
                instante=asiento.instante,
                portal=portales[asiento.objeto],
                umbral=umbral,
            )
    return estados


def lista(
    rol: str,
    difusores: Sequence[Difusor],
    estados: Mapping[str, Vigilancia],
    *,
    instante: datetime,
) -> ListaDeDifusores:
    """Return the list to be signed: a suspended one keeps name and state, and its link is off (§23, §24)."""
    return ListaDeDifusores(
        rol=rol,
        instante=instante,
        difusores=tuple(_publico(d, estados.get(d.id, Vigilancia())) for d in difusores),
    )


def _publico(difusor: Difusor, vigilancia: Vigilancia) -> DifusorPublico:
    return DifusorPublico(
        id=difusor.id,
        nombre=difusor.nombre,
        url=None if vigilancia.estado in SIN_ENLACE else difusor.url,
        estado=vigilancia.estado,
        portal=difusor.portal,
        asiento=vigilancia.asiento,
    )
