"""The holds of one night on the disk: one file per held corte, kept for ever, and their entries in the book.

The file is written before the bitácora and is never removed, so a process that was killed in between tells
what is missing when it comes back, and `pregon origen estado` sees a hold without asking the process.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pregon.origin import retencion as retenciones
from pregon.origin.retencion import Desenlace, Retencion
from pregon.paquete.bitacora import Acto, Asiento
from pregon.storage import atomic

_log = logging.getLogger(__name__)

_MAXIMO: Final = 100_000
"""Bytes of one file: a hold bounds its causes."""


class Retenidos:
    """The holds of one origin. Only the process that holds the origin's lock writes them."""

    def __init__(
        self,
        carpeta: Path,
        *,
        asientos: Iterable[Asiento],
        asentar: Callable[[str, str, Mapping[str, Any]], None],
    ) -> None:
        """Take the holds from the folder; `asentar` is told what the book, `asientos`, does not have yet."""
        self._carpeta, self._asentar = carpeta, asentar
        self._dicho = {clave for a in asientos for clave in _claves(a.acto, a.objeto, a.datos)}
        self._todas = leer(carpeta)
        for retencion in self._todas.values():
            self._decir(retencion)

    @property
    def numeros(self) -> frozenset[int]:
        """Return the cortes that were ever held."""
        return frozenset(self._todas)

    @property
    def mayor(self) -> int:
        """Return the highest number that holds know of, 0 without any: no corte is made below it (E2)."""
        return max((max(r.numero, r.superado_por or 0) for r in self._todas.values()), default=0)

    @property
    def vigente(self) -> Retencion | None:
        """Return the hold that has not ended."""
        return vigente(self._todas)

    def de(self, numero: int) -> Retencion | None:
        """Return the hold of one corte, ended or not."""
        return self._todas.get(numero)

    def anotar(self, retencion: Retencion) -> None:
        """Make a hold durable as it stands now. Raises ErrorDeAlmacen."""
        if self._todas.get(retencion.numero) != retencion:
            atomic.write(self._carpeta / f"{retencion.numero}.json", retenciones.escribir(retencion))
            self._todas[retencion.numero] = retencion
        self._decir(retencion)

    def superar(self, numero: int, *, publicado: int) -> None:
        """End the hold, if any, of a corte after `publicado`, the newest one: this one takes its place.

        Also when it was released, or whole again, and could not be published in time.
        """
        anterior = _ultima(self._todas)
        if anterior is None or not publicado < anterior.numero < numero:
            return
        if anterior.desenlace is not Desenlace.SUPERADO:
            self.anotar(retenciones.terminar(anterior, Desenlace.SUPERADO, superado_por=numero))

    def _decir(self, retencion: Retencion) -> None:
        objeto = f"corte {retencion.numero}"
        for acto, datos in retenciones.asientos(retencion):
            claves = _claves(acto, objeto, datos)
            if claves <= self._dicho:
                continue
            self._dicho |= claves
            _log.error("%s: %s: %s", objeto, acto, "; ".join(datos["causas"]))
            self._asentar(acto, objeto, datos)


def leer(carpeta: Path) -> dict[int, Retencion]:
    """Return every hold of a folder by its number. Raises ErrorDeAlmacen."""
    todas = (retenciones.leer(atomic.read(ruta, limit=_MAXIMO)) for ruta in carpeta.glob("[1-9]*.json"))
    return {r.numero: r for r in sorted(todas, key=lambda r: r.numero)}


def vigente(todas: Mapping[int, Retencion]) -> Retencion | None:
    """Return the newest hold if it has not ended."""
    ultima = _ultima(todas)
    return ultima if ultima is not None and ultima.desenlace is None else None


def _ultima(todas: Mapping[int, Retencion]) -> Retencion | None:
    return todas[max(todas)] if todas else None


def _claves(acto: str, objeto: str, datos: Mapping[str, Any]) -> set[tuple[str, str, str | None]]:
    """Say what makes two entries one: a look every second must not fill the book (§15).

    A hold is told once per kind of cause, an end once per content.
    """
    if acto == Acto.RETENIDO.value:
        return {(acto, objeto, motivo) for motivo in datos["motivos"]}
    if acto in {d.value for d in Desenlace}:
        return {(acto, objeto, datos["contenido"])}
    return set()
