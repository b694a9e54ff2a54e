"""From requests to the figures of the memoria (R136), pure. `DEFINICIONES` says in Spanish what each is.

Requests may come in any order: a visit is a cluster of instants, kept as intervals that grow and join.
The institute's own probes enter no figure: they are set apart by their agent where they give one, and by
their addresses where they come as any reader would (H5).
"""

import ipaddress
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from pregon.memoria.registros import Peticion

SONDEO: Final = "Pregon-Vigilancia"
"""How the agent of the institute's declared probes begins."""
Red = ipaddress.IPv4Network | ipaddress.IPv6Network
_PAUSA: Final = 30 * 60
"""Seconds without a request that end a visit."""
DEFINICIONES: Final = {
    "Hits": "peticiones que el servidor contestó, con cualquier código de respuesta.",
    "Páginas": (
        "documentos HTML pedidos con GET y entregados (200) o confirmados como vigentes (304): direcciones"
        " que terminan en «/», «.html» o «.htm»."
    ),
    "Visitas": (
        "peticiones de una misma dirección y un mismo programa navegador, con pausas menores a 30 minutos;"
        " cuentan en la hora en que empiezan."
    ),
    "Usuarios estimados": (
        "pares distintos de dirección y programa navegador en un día; el total suma los días. Varias personas"
        " tras una misma conexión pueden contar como una, y una persona con dos aparatos como dos."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurasHora:
    """One clock hour with at least one hit, in official local time."""

    inicio: datetime
    hits: int
    paginas: int
    visitas: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurasDia:
    """One local day with at least one hit."""

    dia: date
    hits: int
    paginas: int
    visitas: int
    usuarios: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figuras:
    """The figures of a period. Without any hit, `primera` and `ultima` are None."""

    horas: tuple[FigurasHora, ...]
    dias: tuple[FigurasDia, ...]
    estados: tuple[tuple[int, int], ...]
    """(status code, hits), by code."""
    sondeos: int
    """Probes of the institute: in no figure."""
    otros_dias: int
    """Requests of days that were not asked for: in no figure."""
    primera: datetime | None
    ultima: datetime | None

    @property
    def hits(self) -> int:
        """Return the answered requests."""
        return sum(dia.hits for dia in self.dias)

    @property
    def paginas(self) -> int:
        """Return the pages."""
        return sum(dia.paginas for dia in self.dias)

    @property
    def visitas(self) -> int:
        """Return the visits."""
        return sum(dia.visitas for dia in self.dias)

    @property
    def usuarios(self) -> int:
        """Return the estimated users, summed over days."""
        return sum(dia.usuarios for dia in self.dias)

    @property
    def bytes(self) -> int:
        """Return the bytes of the bodies sent."""
        return sum(dia.bytes for dia in self.dias)

    @property
    def duracion_horas(self) -> int:
        """Return the clock hours from the first one to the last one, quiet ones included; 0 without hits."""
        if not self.horas:
            return 0
        return 1 + round((self.horas[-1].inicio - self.horas[0].inicio).total_seconds() / 3600)

    @property
    def duracion_dias(self) -> int:
        """Return the days from the first one to the last one, quiet ones included; 0 without hits."""
        return (self.dias[-1].dia - self.dias[0].dia).days + 1 if self.dias else 0


def figuras(
    peticiones: Iterable[Peticion],
    *,
    zona: ZoneInfo,
    dias: frozenset[date] | None = None,
    vigilancia: Sequence[Red] = (),
) -> Figuras:
    """Count. `dias` are local days of `zona`, None takes all; `vigilancia`: where probes come from."""

    @lru_cache(maxsize=4096)
    def cuarto_local(cuarto: int) -> tuple[int, date]:
        local = datetime.fromtimestamp(cuarto * 900, zona)
        return cuarto * 900 - local.minute * 60, local.date()

    @lru_cache(maxsize=65536)
    def vigila(direccion: str) -> bool:
        try:
            ip = ipaddress.ip_address(direccion)
        except ValueError:  # a name, or an address that the difusor already covered
            return False
        return any(ip in red for red in vigilancia)

    por_hora: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    por_dia: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    usuarios: dict[date, set[int]] = defaultdict(set)
    visitas: dict[int, tuple[int, ...]] = {}
    estados: Counter[int] = Counter()
    sondeos = otros_dias = 0
    extremos: tuple[int, int] | None = None
    for peticion in peticiones:
        hora, dia = cuarto_local(peticion.segundo // 900)
        if dias is not None and dia not in dias:
            otros_dias += 1
            continue
        if peticion.agente.startswith(SONDEO) or (vigilancia and vigila(peticion.direccion)):
            sondeos += 1
            continue
        pagina = _es_pagina(peticion)
        for casillero in (por_hora[hora], por_dia[dia]):
            casillero[_HITS] += 1
            casillero[_PAGINAS] += pagina
            casillero[_BYTES] += peticion.bytes
        visitante = _visitante(peticion.direccion, peticion.agente)
        usuarios[dia].add(visitante)
        visitas[visitante] = _con(visitas.get(visitante, ()), peticion.segundo)
        estados[peticion.estado] += 1
        minimo, maximo = extremos or (peticion.segundo, peticion.segundo)
        extremos = min(minimo, peticion.segundo), max(maximo, peticion.segundo)
    for tramos in visitas.values():
        for inicio in tramos[::2]:
            hora, dia = cuarto_local(inicio // 900)
            por_hora[hora][_VISITAS] += 1
            por_dia[dia][_VISITAS] += 1
    return Figuras(
        horas=tuple(
            FigurasHora(
                inicio=datetime.fromtimestamp(hora, zona),
                hits=c[_HITS],
                paginas=c[_PAGINAS],
                visitas=c[_VISITAS],
                bytes=c[_BYTES],
            )
            for hora, c in sorted(por_hora.items())
        ),
        dias=tuple(
            FigurasDia(
                dia=dia,
                hits=c[_HITS],
                paginas=c[_PAGINAS],
                visitas=c[_VISITAS],
                usuarios=len(usuarios[dia]),
                bytes=c[_BYTES],
            )
            for dia, c in sorted(por_dia.items())
        ),
        estados=tuple(sorted(estados.items())),
        sondeos=sondeos,
        otros_dias=otros_dias,
        primera=datetime.fromtimestamp(extremos[0], zona) if extremos else None,
        ultima=datetime.fromtimestamp(extremos[1], zona) if extremos else None,
    )


_HITS, _PAGINAS, _VISITAS, _BYTES = range(4)


def _es_pagina(peticion: Peticion) -> bool:
    if peticion.metodo != "GET" or peticion.estado not in {200, 304}:
        return False
    ruta = peticion.ruta.partition("?")[0].partition("#")[0].lower()
    return ruta.endswith(("/", ".html", ".htm"))


@lru_cache(maxsize=65536)
def _visitante(direccion: str, agente: str) -> int:
    """Return 64 bits that stand for an address and an agent: millions of them must fit in memory."""
    crudo = f"{direccion}\0{agente}".encode("utf-8", "backslashreplace")
    return int.from_bytes(blake2b(crudo, digest_size=8).digest(), "big")


def _con(tramos: tuple[int, ...], segundo: int) -> tuple[int, ...]:
    """Add an instant to flat intervals (begin, end, begin, end…), joining those less than a pause away."""
    if tramos and tramos[-2] <= segundo <= tramos[-1]:
        return tramos
    inicio = fin = segundo
    antes: list[int] = []
    despues: list[int] = []
    for desde, hasta in zip(tramos[::2], tramos[1::2], strict=True):
        if hasta <= segundo - _PAUSA:
            antes += desde, hasta
        elif desde >= segundo + _PAUSA:
            despues += desde, hasta
        else:
            inicio, fin = min(inicio, desde), max(fin, hasta)
    return (*antes, inicio, fin, *despues)
