"""The replay of a night from its final databases: a row counts from the instant it was verified (data.md).

The window is stretched over the cortes asked for: the last one falls on the file's stamp and then *all* rows
are in, so that its figures are the file's own; the first one on the hour of the first acta, as far as whole
minutes allow. A row that was captured without a time gets one at the pace of the others, and is marked
(`Acta.hora_imputada`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pregon.origin.sources.fuente import Entrada, pendiente
from pregon.prep import deducir
from pregon.prep.acta import Acta, Contabilizada
from pregon.prep.base_de_datos import BaseDeDatos
from pregon.prep.jornada import Jornada, Tipo

_PERIODO_USUAL = timedelta(minutes=10)
_MINUTO = timedelta(minutes=1)

_Fila = tuple[Acta | None, datetime | None, Acta]
"""What stands before (None: no row), since when the acta is known (None: only at the end), the acta."""


class Reproduccion:
    """A `Fuente` over published databases of one night."""

    def __init__(self, bases: Sequence[BaseDeDatos], tipo: Tipo, rol: str, cortes: int) -> None:
        """Deduce the night and fit it to a number of cortes, from 1.

        Raises ErrorDeDatos as `deducir.jornada` does: files of different nights, or without a stamp.
        """
        jornada, actas = deducir.jornada(bases, tipo=tipo, rol=rol)
        fin = max(base.sello for base in bases if base.sello is not None).astimezone(UTC)
        self.jornada = ajustar(jornada, actas, fin=fin, cortes=cortes)
        self._filas = {clave: _filas(self.jornada, filas) for clave, filas in actas.items()}

    def leer(self, hasta: datetime) -> Entrada:
        """Return what was known at an instant; see `Fuente.leer`."""
        return Entrada(
            actas={
                clave: tuple(
                    acta for fila in filas if (acta := _en(fila, hasta, self.jornada.cierre)) is not None
                )
                for clave, filas in self._filas.items()
            }
        )


def ajustar(jornada: Jornada, actas: Mapping[str, Sequence[Acta]], *, fin: datetime, cortes: int) -> Jornada:
    """Return the night whose `cortes` cortes end exactly at `fin`, in whole minutes between cortes."""
    horas = _horas(jornada, actas)
    periodo = _PERIODO_USUAL
    if cortes > 1 and horas and horas[0] < fin:
        # R4 also keeps a clock that was wrong by days from stretching the night.
        primera = max(horas[0].replace(minute=0, second=0, microsecond=0), fin - timedelta(hours=24))
        periodo = max(timedelta(minutes=1), (fin - primera) // (cortes - 1) // _MINUTO * _MINUTO)
    apertura = fin - (cortes - 1) * periodo
    return replace(
        jornada,
        apertura=apertura,
        periodo=periodo,
        cierre=fin,
        retencion=max(jornada.retencion, fin),
    )


def _en(fila: _Fila, hasta: datetime, cierre: datetime) -> Acta | None:
    antes, desde, acta = fila
    if hasta >= cierre or (desde is not None and desde <= hasta):
        return acta
    return antes


def _filas(jornada: Jornada, actas: Sequence[Acta]) -> tuple[_Fila, ...]:
    sin_hora = [a for a in actas if a.contabilizada is not Contabilizada.PENDIENTE and _hora(a) is None]
    imputadas = dict(zip((a.renglon for a in sin_hora), _ritmo(jornada, actas, len(sin_hora)), strict=True))
    return tuple(_fila(jornada, acta, imputadas.get(acta.renglon)) for acta in actas)


def _fila(jornada: Jornada, acta: Acta, imputada: datetime | None) -> _Fila:
    if acta.contabilizada is Contabilizada.PENDIENTE:
        return acta, None, acta
    antes = pendiente(acta) if acta.en_catalogo else None
    if imputada is None:
        hora = _hora(acta)
        assert hora is not None
        return antes, _instante(jornada, hora), acta
    local = jornada.local(imputada).replace(tzinfo=None)
    return antes, imputada, replace(acta, verificacion=local, hora_imputada=True)


def _ritmo(jornada: Jornada, actas: Sequence[Acta], cuantas: int) -> list[datetime]:
    """Return instants for rows without a time: spread like those that have one, or evenly over the night."""
    conocidas = _horas(jornada, {"": actas})
    if conocidas:
        return [conocidas[(2 * i + 1) * len(conocidas) // (2 * cuantas)] for i in range(cuantas)]
    ventana = jornada.cierre - jornada.apertura
    return [
        (jornada.apertura + ventana * (2 * i + 1) / (2 * cuantas)).replace(microsecond=0)
        for i in range(cuantas)
    ]


def _hora(acta: Acta) -> datetime | None:
    """Return when a row became known; those fuera de catálogo were only received (R98)."""
    return acta.verificacion or (None if acta.en_catalogo else acta.acopio)


def _horas(jornada: Jornada, actas: Mapping[str, Sequence[Acta]]) -> list[datetime]:
    return sorted(
        _instante(jornada, hora) for filas in actas.values() for a in filas if (hora := _hora(a)) is not None
    )


def _instante(jornada: Jornada, local: datetime) -> datetime:
    return local.replace(tzinfo=jornada.instituto.zona).astimezone(UTC)
