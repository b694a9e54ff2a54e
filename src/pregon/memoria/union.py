"""Several logs of one service as one, each event once (K1), pure.

The same event may be told by several files: the combined line and its JSON, a rotated file and its copy,
two overlapping exports. Within one file, two equal lines are two requests. So an event counts as many
times as the file that tells it most often; the order of files and of lines makes no difference.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence

from pregon.memoria.registros import Peticion


class Union:
    """One pass over some sources. `duplicadas` and `tardias` are complete when the iteration ended."""

    def __init__(self, *, ventana: int) -> None:
        """`ventana`: distinct events held to be compared; sources in order of time need few."""
        self.duplicadas = 0
        """Lines that told an event already counted."""
        self.tardias = 0
        """Lines that came so far out of order that their like was no longer held: counted, not compared."""
        self._ventana = ventana
        self._vistas: dict[int, dict[Peticion, dict[int, int]]] = {}
        self._segundos: list[int] = []
        self._cuantas = 0
        self._olvidado = -1

    def recorrer(self, fuentes: Sequence[Iterable[Peticion]]) -> Iterator[Peticion]:
        """Yield every event once, about in order of time when each source is."""
        if len(fuentes) == 1:
            yield from fuentes[0]
            return
        for _, indice, peticion in heapq.merge(*map(_marcadas, itertools.count(), fuentes)):
            if self._es_nueva(indice, peticion):
                yield peticion
            else:
                self.duplicadas += 1

    def _es_nueva(self, indice: int, peticion: Peticion) -> bool:
        if peticion.segundo <= self._olvidado:
            self.tardias += 1
        vistas = self._vistas.get(peticion.segundo)
        if vistas is None:
            vistas = self._vistas[peticion.segundo] = {}
            heapq.heappush(self._segundos, peticion.segundo)
        veces = vistas.get(peticion)
        if veces is None:
            veces = vistas[peticion] = {}
            self._cuantas += 1
            self._olvidar(salvo=peticion.segundo)
        antes = max(veces.values(), default=0)
        veces[indice] = veces.get(indice, 0) + 1
        return veces[indice] > antes

    def _olvidar(self, *, salvo: int) -> None:
        while self._cuantas > self._ventana and self._segundos[0] != salvo:
            segundo = heapq.heappop(self._segundos)
            self._cuantas -= len(self._vistas.pop(segundo))
            self._olvidado = max(self._olvidado, segundo)


def _marcadas(indice: int, fuente: Iterable[Peticion]) -> Iterator[tuple[int, int, Peticion]]:
    return ((peticion.segundo, indice, peticion) for peticion in fuente)
