"""The verdict of a period, pure (decisions §20, §24).

Theory. Corte N of a difusor is met if some probe saw N or later, verified, before the deadline: the
instant at which N + 1 is due, one period of wall time after N was published. A missed period must be
evidence against the difusor and nobody else, so a period is void for everybody when the institute itself
published late, when more than half fail at once, or when our own canary (the portal, node 0) fails; and
for a difusor that was not watched in its second half (a look right after the publication proves nothing,
if the monitor died then), or that began its return in the middle of it. Paquete 0 and the
time before the opening produce no verdicts (decisions §17).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from pregon.paquete.difusores import Causa, Difusor, Estado, Veredicto, Vigilancia
from pregon.paquete.manifest import Manifest

_TARDE: Final = 0.5
"""Part of a period by which the institute may be late before the period is void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visto:
    """What one probe says to a verdict."""

    inicio: datetime
    fin: datetime
    corte: int | None
    """Corte seen up to date and verified; None: none, or an entry page that is not its own."""
    respondio: bool
    completo: bool
    falla: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodo:
    """One corte's turn to be seen."""

    corte: int
    inicio: datetime
    plazo: datetime
    a_tiempo: bool
    """The institute published it when it was due."""
    ultimo: bool


class Nulo(Enum):
    """Why a period counts for nobody; the value is what the record says."""

    TARDE = "el Instituto publicó tarde"
    MAYORIA = "fallaron más de la mitad a la vez: falla propia"
    PORTAL = "falló el portal del Instituto"
    SIN_OBSERVAR = "la vigilancia no observó este periodo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Juicio:
    """The verdicts of one period. Suspended and closed difusores have none."""

    periodo: Periodo
    nulo: Nulo | None
    veredictos: Mapping[str, Veredicto]
    rastreados: frozenset[str]
    """Those whose met period includes a probe that saw every file."""


def periodo_de(manifest: Manifest, *, visto: datetime | None = None, vuelta: int = 1) -> Periodo | None:
    """Return the period of a published corte; None for paquete 0.

    `visto`: when the monitor first found it published; what the institute took between naming a corte
    and publishing it is its own lateness. `vuelta` counts the periods since the publication: after the
    last corte no other follows, and a difusor that is returning is judged by whether it still shows it.
    """
    if manifest.numero == 0:
        return None
    periodo = timedelta(seconds=manifest.periodo)
    debido = manifest.no_antes_de + (manifest.numero - 1) * periodo
    inicio = manifest.publicado + (vuelta - 1) * periodo
    return Periodo(
        corte=manifest.numero,
        inicio=inicio,
        plazo=inicio + periodo,
        # Publication is told in whole seconds: one of grace.
        a_tiempo=max(manifest.publicado, visto or manifest.publicado)
        <= debido + _TARDE * periodo + timedelta(seconds=1),
        ultimo=manifest.ultimo,
    )


def juzgar(
    periodo: Periodo,
    difusores: Sequence[Difusor],
    vigilancias: Mapping[str, Vigilancia],
    vistos: Mapping[str, Sequence[Visto]],
) -> Juicio:
    """Return the verdict of one period for everybody who is judged in it."""
    observables = [d for d in difusores if vigilancias[d.id].estado is not Estado.SUSPENDIDO]
    juzgados = [d for d in observables if vigilancias[d.id].estado is not Estado.CERRADO]
    propios = {d.id: _propio(periodo, vistos.get(d.id, ())) for d in observables}
    nulo = _nulo(periodo, observables, propios)
    veredictos = {d.id: _veredicto(periodo, d, vigilancias[d.id], propios[d.id], nulo) for d in juzgados}
    return Juicio(
        periodo=periodo,
        nulo=nulo,
        veredictos=veredictos,
        rastreados=frozenset(
            d.id
            for d in juzgados
            if veredictos[d.id] is Veredicto.CUMPLIDO
            and any(v.completo for v in _favorables(periodo, vistos.get(d.id, ())))
        ),
    )


def vuelve_a_responder(vigilancia: Vigilancia, vistos: Sequence[Visto], periodo: timedelta) -> bool:
    """Say whether a difusor suspended by the rule answers again (decisions §24); `vistos` in order.

    Either its last probe answers and the one before did not, or it has been suspended for a whole period
    and answers: a node that kept on answering with an old corte is let try once per period, not per probe.
    """
    if vigilancia.estado is not Estado.SUSPENDIDO or vigilancia.causa is not Causa.PERIODOS or not vistos:
        return False
    ultimo = vistos[-1]
    desde = vigilancia.desde
    if not ultimo.respondio or desde is None or ultimo.fin < desde:
        return False
    return ultimo.inicio - desde >= periodo or (len(vistos) > 1 and not vistos[-2].respondio)


def _propio(periodo: Periodo, vistos: Sequence[Visto]) -> Veredicto:
    if any(_favorables(periodo, vistos)):
        return Veredicto.CUMPLIDO
    mitad = periodo.inicio + (periodo.plazo - periodo.inicio) / 2
    observado = any(v.inicio <= periodo.plazo and v.fin >= mitad for v in vistos)
    return Veredicto.FALTADO if observado else Veredicto.NULO


def _favorables(periodo: Periodo, vistos: Sequence[Visto]) -> Iterable[Visto]:
    return [
        v
        for v in vistos
        if v.corte is not None
        and v.corte >= periodo.corte
        and v.inicio <= periodo.plazo
        and v.fin >= periodo.inicio
    ]


def _nulo(periodo: Periodo, observables: Sequence[Difusor], propios: Mapping[str, Veredicto]) -> Nulo | None:
    if not periodo.a_tiempo:
        return Nulo.TARDE
    if all(v is Veredicto.NULO for v in propios.values()):
        return Nulo.SIN_OBSERVAR
    faltados = [d for d in observables if propios[d.id] is Veredicto.FALTADO]
    # One alone cannot fail «at once»: the rule of three periods then has no other witness (R17).
    if len(observables) > 1 and 2 * len(faltados) > len(observables):
        return Nulo.MAYORIA
    if any(d.portal for d in faltados):
        return Nulo.PORTAL
    return None


def _veredicto(
    periodo: Periodo, difusor: Difusor, vigilancia: Vigilancia, propio: Veredicto, nulo: Nulo | None
) -> Veredicto:
    if nulo is Nulo.PORTAL and difusor.portal:
        return propio  # the canary's own miss is a call task; it can never suspend (decisions §19)
    if nulo is not None:
        return Veredicto.NULO
    a_medias = (
        vigilancia.estado is Estado.RECONEXION
        and vigilancia.desde is not None
        and vigilancia.desde > periodo.inicio
    )
    if propio is Veredicto.FALTADO and a_medias:
        return Veredicto.NULO  # deliveries began again in the middle of this period
    return propio
