"""The port through which actas come in, and what an acta looks like before it comes (R59, R85)."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador
from pregon.prep.jornada import Jornada


class Fuente(Protocol):
    """A night's actas as known at any instant; asking twice for the same instant gives the same actas."""

    @property
    def jornada(self) -> Jornada:
        """The night, complete: its window fits the actas and its candidaturas are there."""
        ...

    def actas(self, hasta: datetime) -> dict[str, tuple[Acta, ...]]:
        """Return by `Eleccion.clave` every row of the catalogue, then those fuera de catálogo.

        Pending rows are included. `hasta` is election time, aware (decisions §9); what was verified up to
        it, inclusive, is known.
        """
        ...


def pendiente(acta: Acta) -> Acta:
    """Return the same row of the catalogue before its acta arrived: complete, with `-` everywhere (R85)."""
    return replace(
        acta,
        contabilizada=Contabilizada.PENDIENTE,
        observaciones=Marcador.NO_APLICA.value,
        votos=(Marcador.NO_APLICA,) * len(acta.votos),
        boletas_sobrantes=_pendiente(acta.boletas_sobrantes),
        personas_votaron=_pendiente(acta.personas_votaron),
        representantes_votaron=_pendiente(acta.representantes_votaron),
        votos_sacados=_pendiente(acta.votos_sacados),
        total_asentado=Marcador.NO_APLICA,
        mecanismos_traslado="",
        codigo_integridad="",
        acopio=None,
        captura=None,
        verificacion=None,
        hora_imputada=False,
        origen="",
        digitalizacion="",
        tipo_documento="",
    )


def _pendiente(celda: Celda) -> Celda:
    """Keep `N/A` in a cell that the form does not have (R76)."""
    return celda if celda is Marcador.N_A else Marcador.NO_APLICA
