"""The state of every difusor: the monitor's transitions and the operator's acts, folded (decisions §3).

Origin does not copy the state that the monitor believed in: it replays the facts through the same pure
table, in the order of their instants. So an act that the monitor had not yet seen keeps its effect, and
the same records always give the same states.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import (
    ACTO_TRANSICION,
    SIN_ENLACE,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cambio:
    """One record that touched a difusor, and what it did to its vigilancia."""

    asiento: Asiento
    de: Vigilancia
    a: Vigilancia


def leer_y_plegar(difusores: Sequence[Difusor], *, transiciones: Path, actos: Path) -> dict[str, Vigilancia]:
    """Read both books, a missing one being empty, and fold them. Raises ErrorDeAlmacen, ErrorDeConfianza."""
    return plegar(difusores, Bitacora(transiciones, "origen").leer(), Bitacora(actos, "origen").leer())


def plegar(
    difusores: Sequence[Difusor], transiciones: Sequence[Asiento], actos: Sequence[Asiento]
) -> dict[str, Vigilancia]:
    """Return the state of each difusor of the file; records of any other are left aside."""
    estados = {d.id: Vigilancia() for d in difusores}
    for cambio in cambios(difusores, transiciones, actos):
        estados[cambio.asiento.objeto] = cambio.a
    return estados


def cambios(
    difusores: Sequence[Difusor], transiciones: Sequence[Asiento], actos: Sequence[Asiento]
) -> Iterator[Cambio]:
    """Replay the night: every record of these difusores, in order of its instant."""
    portales = {d.id: d.portal for d in difusores}
    estados = {d.id: Vigilancia() for d in difusores}
    # Stable: at the same instant the operator's act comes after what the monitor saw.
    for asiento in sorted([*transiciones, *actos], key=lambda a: a.instante):
        previa = estados.get(asiento.objeto)
        if previa is None:
            continue
        portal = portales[asiento.objeto]
        if asiento.acto == ACTO_TRANSICION:
            leida = leer_transicion(asiento.objeto, asiento.instante, asiento.datos)
            nueva = siguiente(
                previa, leida.hecho, instante=asiento.instante, rastreo=leida.rastreo, portal=portal
            )
            nueva = replace(nueva, asiento=asiento.numero)
        elif suceso := next((s for s in ACTOS if s.value == asiento.acto), None):
            nueva = siguiente(previa, suceso, instante=asiento.instante, portal=portal)
        else:
            continue
        estados[asiento.objeto] = nueva
        yield Cambio(asiento=asiento, de=previa, a=nueva)


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
