"""When each corte falls, in election time and on the wall (decisions §9).

A real night runs one to one. A rehearsal or demo runs scaled: one period lasts a few seconds on the wall
while stamps advance ten minutes. The number of a corte is its place in the timetable, so a process that
restarts needs no memory to know what is due, and a corte that was missed leaves a gap instead of a
second corte with its number (C7, E2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadencia:
    """The timetable of a night. All instants aware, UTC."""

    apertura: datetime
    """Election time of corte 1."""
    periodo: timedelta
    """Election time between cortes."""
    cierre: datetime
    """Election time of the last corte."""
    apertura_real: datetime
    """Wall time at which corte 1 is due."""
    periodo_real: timedelta
    """Wall time between cortes."""

    @property
    def ultimo(self) -> int:
        """Return the number of the last corte of the timetable."""
        return 1 + int((self.cierre - self.apertura) // self.periodo)

    def numero(self, ahora: datetime) -> int:
        """Return the corte due at a wall instant: 0 before the opening, then up to `ultimo`."""
        if ahora < self.apertura_real:
            return 0
        return min(self.ultimo, 1 + int((ahora - self.apertura_real) // self.periodo_real))

    def instante(self, numero: int) -> datetime:
        """Return the election time printed on corte `numero`."""
        return self.apertura + (numero - 1) * self.periodo

    def debido(self, numero: int) -> datetime:
        """Return the wall instant at which corte `numero` is due."""
        return self.apertura_real + (numero - 1) * self.periodo_real
