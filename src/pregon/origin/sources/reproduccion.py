"""The replay of a night from its final databases: a row counts from the instant it was verified (data.md).

The window is stretched over the cortes asked for: the last one falls on the file's stamp and then *all* rows
are in, so that its figures are the file's own; the first one on the hour of the first acta, as far as whole
minutes allow.

*Sin acta* has no time in any official file (943 of 8,259 actas in Puebla 2024). Where earlier cortes of the
same election are given too, such a row is dated by the first one that shows it, and the real corte of that
stamp comes out exactly; else it gets an hour at the pace of the others. Both are marked
(`Acta.hora_imputada`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pregon.origin.sources.fuente import Entrada, Historia, Historias, hora, pendiente
from pregon.prep import deducir
from pregon.prep.acta import Acta, Contabilizada
from pregon.prep.base_de_datos import BaseDeDatos
from pregon.prep.jornada import Jornada, Tipo

_PERIODO_USUAL = timedelta(minutes=10)
_MINUTO = timedelta(minutes=1)


class Reproduccion:
    """A `Fuente` over published databases of one night."""

    def __init__(self, bases: Sequence[BaseDeDatos], tipo: Tipo, rol: str, cortes: int) -> None:
        """Deduce the night and fit it to a number of cortes, from 1.

        Of each election the newest file is replayed; older ones only date what it leaves without a time.
        Raises ErrorDeDatos as `deducir.jornada` does: files of different nights, or without a stamp.
        """
        finales, previas = _separadas(bases)
        jornada, actas = deducir.jornada(finales, tipo=tipo, rol=rol)
        fin = max(base.sello for base in finales if base.sello is not None).astimezone(UTC)
        self.jornada = ajustar(jornada, actas, fin=fin, cortes=cortes)
        self._historias = Historias(
            {
                clave: _historias(self.jornada, filas, [b for b in previas if b.eleccion == clave])
                for clave, filas in actas.items()
            }
        )

    def leer(self, hasta: datetime) -> Entrada:
        """Return what was known at an instant; see `Fuente.leer`."""
        return self._historias.leer(hasta)


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


def _separadas(bases: Sequence[BaseDeDatos]) -> tuple[list[BaseDeDatos], list[BaseDeDatos]]:
    """Return the newest file of each election, then the older ones, by stamp."""
    sellos: dict[str, datetime] = {}
    for base in bases:
        if base.sello is not None:
            sellos[base.eleccion] = max(base.sello, sellos.get(base.eleccion, base.sello))
    finales = [b for b in bases if b.sello is None or b.sello == sellos[b.eleccion]]
    previas = [b for b in bases if b.sello is not None and b.sello < sellos[b.eleccion]]
    return finales, sorted(previas, key=_sello)


def _historias(
    jornada: Jornada, actas: Sequence[Acta], previas: Sequence[BaseDeDatos]
) -> tuple[Historia, ...]:
    imputadas = _imputadas(jornada, actas, previas)
    return tuple(_historia(jornada, acta, imputadas.get(acta.renglon)) for acta in actas)


def _historia(jornada: Jornada, acta: Acta, imputada: datetime | None) -> Historia:
    if acta.contabilizada is Contabilizada.PENDIENTE:
        return Historia(acta, ())
    antes = pendiente(acta) if acta.en_catalogo else None
    if imputada is not None:
        local = jornada.local(imputada).replace(tzinfo=None)
        return Historia(antes, ((imputada, replace(acta, verificacion=local, hora_imputada=True)),))
    suya = hora(acta, jornada.instituto.zona)
    assert suya is not None
    # At the close all rows are in, also those whose clock was ahead.
    return Historia(antes, ((min(suya, jornada.cierre), acta),))


def _imputadas(
    jornada: Jornada, actas: Sequence[Acta], previas: Sequence[BaseDeDatos]
) -> Mapping[int, datetime]:
    """Return an instant for every registered row without a time, by renglon."""
    zona = jornada.instituto.zona
    faltan = {
        cual: acta.renglon
        for cual, acta in _numeradas(actas)
        if acta.contabilizada is not Contabilizada.PENDIENTE and hora(acta, zona) is None
    }
    imputadas: dict[int, datetime] = {}
    desde = datetime.min.replace(tzinfo=UTC)
    for base in previas:
        desde = _sello(base)
        for cual, acta in _numeradas(base.actas):
            if cual in faltan and acta.contabilizada is not Contabilizada.PENDIENTE:
                imputadas[faltan.pop(cual)] = desde
    ritmo = _ritmo(jornada, _horas(jornada, {"": actas}), desde, len(faltan))
    return imputadas | dict(zip(faltan.values(), ritmo, strict=True))


def _ritmo(jornada: Jornada, horas: Sequence[datetime], desde: datetime, cuantas: int) -> list[datetime]:
    """Return instants after `desde`: spread like those that have one, or evenly over what is left."""
    conocidas = [h for h in horas if h > desde]
    if conocidas:
        return [conocidas[(2 * i + 1) * len(conocidas) // (2 * cuantas)] for i in range(cuantas)]
    primera = max(jornada.apertura, desde)
    resto = jornada.cierre - primera
    return [(primera + resto * (2 * i + 1) / (2 * cuantas)).replace(microsecond=0) for i in range(cuantas)]


def _numeradas(actas: Iterable[Acta]) -> Iterator[tuple[tuple[object, ...], Acta]]:
    """Yield each acta with its name in every file: its key, and which of those that share it (R83)."""
    veces: Counter[tuple[object, ...]] = Counter()
    for acta in actas:
        clave = (acta.casilla.unidad, acta.casilla.clave, acta.tipo_acta, acta.en_catalogo)
        veces[clave] += 1
        yield (*clave, veces[clave]), acta


def _horas(jornada: Jornada, actas: Mapping[str, Sequence[Acta]]) -> list[datetime]:
    zona = jornada.instituto.zona
    return sorted(h for filas in actas.values() for a in filas if (h := hora(a, zona)) is not None)


def _sello(base: BaseDeDatos) -> datetime:
    assert base.sello is not None
    return base.sello.astimezone(UTC)
