"""How an instant is written: in databases, in file names, for people and for programs (R32, R78, E4).

Never formatted by a locale: Django and old ICU get es-MX wrong (site.md, Numbers and dates).
"""

from datetime import UTC, datetime, tzinfo
from typing import Final

from pregon.prep.jornada import Instituto

_MESES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_UTC: Final = "%Y-%m-%dT%H:%M:%SZ"


def desfase(instante: datetime, zona: tzinfo) -> str:
    """Return ``UTC-6`` with an ASCII hyphen; half hours as ``UTC+5:30``."""
    delta = instante.astimezone(zona).utcoffset()
    minutos = int(delta.total_seconds() // 60) if delta else 0
    horas, resto = divmod(abs(minutos), 60)
    return f"UTC{'-' if minutos < 0 else '+'}{horas}" + (f":{resto:02d}" if resto else "")


def sello(instante: datetime, zona: tzinfo) -> str:
    """Return the stamp of a database: ``07/06/2026 18:30 (UTC-6)`` (R32)."""
    return f"{instante.astimezone(zona):%d/%m/%Y %H:%M} ({desfase(instante, zona)})"


def sello_archivo(instante: datetime, zona: tzinfo) -> str:
    """Return the stamp of a file name: ``20260607_1830`` (R78)."""
    return f"{instante.astimezone(zona):%Y%m%d_%H%M}"


def fecha_larga(instante: datetime, zona: tzinfo) -> str:
    """Return ``7 de junio de 2026``."""
    local = instante.astimezone(zona)
    return f"{local.day} de {_MESES[local.month - 1]} de {local.year}"


def hora(instante: datetime, zona: tzinfo) -> str:
    """Return ``18:30 h``."""
    return f"{instante.astimezone(zona):%H:%M} h"


def sello_largo(instante: datetime, instituto: Instituto) -> str:
    """Return ``7 de junio de 2026, 20:30 h (UTC-6, hora de Saltillo)``."""
    zona = instituto.zona
    return (
        f"{fecha_larga(instante, zona)}, {hora(instante, zona)}"
        f" ({desfase(instante, zona)}, hora de {instituto.capital})"
    )


def miles(n: int) -> str:
    """Return an integer with thousands separated by commas, as es-MX writes it."""
    return f"{n:,}"


def sello_utc(instante: datetime) -> str:
    """Return what programs read: ``2026-06-08T00:30:00Z``, whole seconds (RFC 3339)."""
    return instante.astimezone(UTC).strftime(_UTC)


def leer_utc(texto: object) -> datetime:
    """Read that back, from outside. Raises ValueError for anything else."""
    if not isinstance(texto, str):
        raise ValueError(f"instante imposible: {texto!r:.40}")
    return datetime.strptime(texto, _UTC).replace(tzinfo=UTC)
