"""Draws that come out the same on any machine.

Python's own draws of integers, choices and uniform numbers are exact everywhere; those that go through
logarithms or sines hang on the last bit of each machine's library. Here everything else is made of bits,
sums and products alone, which IEEE 754 fixes.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

BITS: Final = 256
"""The bits set among so many: mean 128 and deviation 8, and as good as normal."""


class Azar(Random):
    """A seeded source of draws; not for secrets."""

    def normal(self, media: float, desviacion: float) -> float:
        """Draw from a bell curve, at most 16 deviations wide, in steps of an eighth of one."""
        return media + desviacion * (self.getrandbits(BITS).bit_count() - 128) * 0.125

    def geometrica(self, otra_vez: float, maximo: int) -> int:
        """Draw how many times in a row something of probability `otra_vez` happens."""
        veces = 0
        while veces < maximo and self.random() < otra_vez:
            veces += 1
        return veces

    def de_curva(self, cuantiles: Sequence[float]) -> float:
        """Draw along a curve given by equally spaced quantiles, straight between them."""
        lugar = self.random() * (len(cuantiles) - 1)
        tramo = int(lugar)
        desde, hasta = cuantiles[tramo], cuantiles[tramo + 1]
        return desde + (lugar - tramo) * (hasta - desde)
