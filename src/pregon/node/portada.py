"""Which page answers at the entry address: a pure choice, made at each request (decisions §23–§25).

    no paquete yet                                         → NINGUNA
    suspended or in reconexión, by the signed list         → AVISO
    paquete 0, or the declared last corte                  → CORTE   (they never age)
    age ≥ 3 periods and no signed heartbeat for 3          → INTERRUMPIDA
    age ≥ 3 periods                                        → SIN_ACTUALIZACION
    age ≥ 1.5 periods                                      → DEMORADA
    otherwise                                              → CORTE

Ages count from *publicado*, in periods of the wall clock (decisions §9).
"""

from datetime import datetime
from enum import Enum
from typing import Final

from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import Manifest

_DEMORADA: Final = 1.5
_SIN_ACTUALIZACION: Final = 3.0


class Portada(Enum):
    """The entry pages; the value is what `/estado.json` says."""

    NINGUNA = "ninguna"
    CORTE = "corte"
    DEMORADA = "demorada"
    SIN_ACTUALIZACION = "sin-actualizacion"
    INTERRUMPIDA = "interrumpida"
    AVISO = "aviso"

    @property
    def archivo(self) -> str:
        """Return the file of the paquete that holds this page, signed as all the others."""
        return "index.html" if self in {Portada.CORTE, Portada.NINGUNA} else f"portada-{self.value}.html"


def portada(
    manifest: Manifest | None, *, estado: Estado | None, latido: datetime | None, ahora: datetime
) -> Portada:
    """Choose by the active manifest, the node's state in the signed list and its last signed heartbeat."""
    if manifest is None:
        return Portada.NINGUNA
    if estado in {Estado.SUSPENDIDO, Estado.RECONEXION}:
        return Portada.AVISO
    if manifest.numero == 0 or manifest.ultimo:
        return Portada.CORTE
    edad = _periodos(manifest.publicado, ahora, manifest)
    if edad >= _SIN_ACTUALIZACION:
        callado = latido is None or _periodos(latido, ahora, manifest) >= _SIN_ACTUALIZACION
        return Portada.INTERRUMPIDA if callado else Portada.SIN_ACTUALIZACION
    return Portada.DEMORADA if edad >= _DEMORADA else Portada.CORTE


def _periodos(desde: datetime, ahora: datetime, manifest: Manifest) -> float:
    return (ahora - desde).total_seconds() / manifest.periodo
