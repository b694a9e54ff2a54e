"""What an entry of the benchmarks is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The same work twice; both return the result, which must be equal."""

    ours: Callable[[], object]
    peer: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One comparison: `goal` is the largest ratio accepted, `prepare` makes the input, unmeasured."""

    id: str
    goal: float
    prepare: Callable[[], Sides]
