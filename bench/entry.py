"""What an entry of the benchmarks is."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Side = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The same work twice; both return the result, which must be equal."""

    ours: Side
    peer: Side
    rows: int = 0
    """Of the input, to tell rows per second; 0 where they say nothing."""


def seconds(side: Side) -> float:
    """Run a side and return how long it took."""
    begin = time.perf_counter()
    side()
    return time.perf_counter() - begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One comparison; without `goal` and `limit` it only informs."""

    id: str
    prepare: Callable[[], Sides]
    """Makes the input, unmeasured."""
    goal: float | None = None
    """The largest ratio accepted, ours over the peer's."""
    limit: float | None = None
    """The largest cost of ours accepted, in `unit`."""
    unit: str = "s"
    rounds: int = 7
    cost: Callable[[Side], float] = seconds
    """Runs a side and returns what it cost, in `unit`."""
    missing: Callable[[], str | None] = lambda: None
    """Says what this machine lacks for it; such an entry is left out, with the reason on screen."""
