"""What the capture system reports beside what the corte holds (Guerrero 2021: 37 % shown, 99 % inside). Pure.

Two figures are watched, neither holds a corte. The *difference*: actas that the source says it verified
against the actas captured in the corte made from it; any raises the alarm. The *lag*: verified at the
source against the last corte that the public has. It is another figure only while a corte is held, skipped or
cannot be published; each of these is told by itself, so that the lag is shown and raises no alarm of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pregon.errors import ErrorDeAlmacen
from pregon.paquete.manifest import canonico
from pregon.prep.corte import Corte


@dataclass(frozen=True, slots=True, kw_only=True)
class Cifras:
    """Actas of one election, by three accounts. None: that one does not tell."""

    fuente: int | None
    """Verified, as the capture system itself reports."""
    corte: int | None
    """Captured in the corte that was made from the same source."""
    publicadas: int | None
    """Captured in the last published corte."""

    @property
    def difieren(self) -> bool | None:
        """Say whether source and corte differ; None while either is unknown."""
        if self.fuente is None or self.corte is None:
            return None
        return self.fuente != self.corte

    @property
    def rezago(self) -> int | None:
        """Return the verified actas that the public does not have yet."""
        if self.fuente is None or self.publicadas is None:
            return None
        return self.fuente - self.publicadas


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraste:
    """The last look at the source, by `Eleccion.clave`."""

    numero: int
    """Of the corte that was being made."""
    instante: datetime
    """Wall time, UTC."""
    elecciones: Mapping[str, Cifras]

    @property
    def alarmas(self) -> dict[str, Cifras]:
        """Return the elections that differ."""
        return {clave: cifras for clave, cifras in self.elecciones.items() if cifras.difieren}

    def publicado(self) -> "Contraste":
        """Return the same look once its corte was published."""
        return replace(
            self, elecciones={k: replace(c, publicadas=c.corte) for k, c in self.elecciones.items()}
        )

    @property
    def rezago(self) -> dict[str, int]:
        """Return the lag of every election for which it is known."""
        return {clave: c.rezago for clave, c in self.elecciones.items() if c.rezago is not None}


def contrastar(
    verificadas: Mapping[str, int],
    corte: Corte | None,
    publicado: Corte | None,
    *,
    numero: int,
    ahora: datetime,
) -> Contraste:
    """Put the accounts side by side. `corte` None: the source could be read only in part."""
    hechas, dadas = _capturadas(corte), _capturadas(publicado)
    claves = {**verificadas, **hechas, **dadas}
    return Contraste(
        numero=numero,
        instante=ahora,
        elecciones={
            clave: Cifras(
                fuente=verificadas.get(clave), corte=hechas.get(clave), publicadas=dadas.get(clave, 0)
            )
            for clave in sorted(claves)
        },
    )


def escribir(contraste: Contraste) -> bytes:
    """Return it as canonical JSON."""
    return canonico(
        {
            "numero": contraste.numero,
            "instante": contraste.instante.astimezone(UTC).isoformat(),
            "elecciones": {
                clave: {"fuente": c.fuente, "corte": c.corte, "publicadas": c.publicadas}
                for clave, c in contraste.elecciones.items()
            },
        }
    )


def leer(datos: bytes) -> Contraste:
    """Read back what `escribir` wrote. Raises ErrorDeAlmacen: the file is ours alone."""
    try:
        crudo = json.loads(datos)
        return Contraste(
            numero=crudo["numero"],
            instante=datetime.fromisoformat(crudo["instante"]),
            elecciones={clave: Cifras(**c) for clave, c in crudo["elecciones"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ErrorDeAlmacen(f"el contraste con la fuente está dañado: {error!s:.120}") from error


def _capturadas(corte: Corte | None) -> dict[str, int]:
    return {r.eleccion.clave: r.totales.capturadas for r in corte.resultados} if corte else {}
