"""The port through which actas come in, and what an acta looks like before it comes (R59, R85)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador
from pregon.prep.jornada import Jornada


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrada:
    """What a source has for one instante."""

    actas: Mapping[str, Sequence[Acta]]
    """By `Eleccion.clave`: every row of the catalogue, pending ones too, then those fuera de catálogo."""
    causas: tuple[str, ...] = ()
    """Why the corte must be held (torn, half-written): Spanish, one per fault; none when whole (§15)."""
    verificadas: Mapping[str, int] = field(default_factory=dict)
    """By `Eleccion.clave`, the verified actas that the capture system itself reports, by a way of its own;
    a missing key tells nothing. Compared with the actas in the corte (Guerrero 2021)."""


class Fuente(Protocol):
    """A night's actas as known at any instant; asking twice for the same instant gives the same actas."""

    @property
    def jornada(self) -> Jornada:
        """The night, complete: its window fits the actas and its candidaturas are there."""
        ...

    def leer(self, hasta: datetime) -> Entrada:
        """Return what was verified up to `hasta`, inclusive: election time, aware (decisions §9).

        A PregonError when there is nothing to read at all: the corte is held for that cause.
        """
        ...


@dataclass(frozen=True, slots=True)
class Historia:
    """One row through the night: what stands there at first (None: no row), then its versions.

    The last version whose instant has come rules, whatever the order of the instants: each was known from
    its own instant on, and the order says which of two known ones is the newer.
    """

    antes: Acta | None
    versiones: tuple[tuple[datetime, Acta | None], ...]

    def en(self, hasta: datetime) -> Acta | None:
        """Return the row as known at an instant, inclusive: later ones are still to come (data.md)."""
        for instante, acta in reversed(self.versiones):
            if instante <= hasta:
                return acta
        return self.antes


class Historias:
    """A whole night known beforehand: every row of every election, and its book of arrivals."""

    def __init__(self, historias: Mapping[str, Sequence[Historia]]) -> None:
        """By `Eleccion.clave`, in the order of `Entrada.actas`."""
        self._historias = historias
        self._libros = {
            clave: sorted(h.versiones[0][0] for h in filas if h.antes is not None and h.versiones)
            for clave, filas in historias.items()
        }
        """When each acta of the catalogue became known: what `Entrada.verificadas` counts."""

    def leer(self, hasta: datetime) -> Entrada:
        """Return what was known at an instant; see `Fuente.leer`."""
        return Entrada(
            actas={
                clave: tuple([acta for h in filas if (acta := h.en(hasta)) is not None])
                for clave, filas in self._historias.items()
            },
            verificadas={clave: bisect_right(libro, hasta) for clave, libro in self._libros.items()},
        )


def hora(acta: Acta, zona: ZoneInfo) -> datetime | None:
    """Return since when an acta counts, in UTC: verified, or received when fuera de catálogo (R98).

    None where the row does not tell: *Sin acta* has no times at all.
    """
    local = acta.verificacion or (None if acta.en_catalogo else acta.acopio)
    return None if local is None else local.replace(tzinfo=zona).astimezone(UTC)


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
