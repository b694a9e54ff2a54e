"""Side by side: ours and a peer at the same work, interleaved in one run, so that a busy machine slows both.

An entry is a module of this folder with an `ENTRY`. The two sides must agree on the result before anything
is measured. A figure is the median of the rounds; `ratio` is ours over the peer's, `holds` that it is not
above `goal`.

    python bench/harness.py [ID…]     writes build/bench.json and a table; exits 1 when a goal does not hold
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import corte_plano
from entry import Entry, Sides

ENTRIES = (corte_plano.ENTRY,)
ROUNDS = 7
RESULT = Path("build/bench.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of build/bench.json."""

    id: str
    ours: float
    peer: float
    unit: str
    ratio: float
    goal: float
    holds: bool


def main(wanted: Sequence[str]) -> int:
    """Measure the entries of these ids (all, without any), write and print the results."""
    rows = [measure(entry) for entry in ENTRIES if not wanted or entry.id in wanted]
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    print(f"{'id':<24}{'ours':>10}{'peer':>10}  {'unit':<6}{'ratio':>8}{'goal':>8}  holds")
    for row in rows:
        print(
            f"{row.id:<24}{row.ours:>10.3f}{row.peer:>10.3f}  {row.unit:<6}"
            f"{row.ratio:>8.2f}{row.goal:>8.2f}  {'yes' if row.holds else 'NO'}"
        )
    return 0 if all(row.holds for row in rows) else 1


def measure(entry: Entry) -> Measured:
    """Run both sides ROUNDS times in turns (A B A B…), after one round that checks that they agree."""
    sides = entry.prepare()
    _agree(entry, sides)
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(sides.ours))
        peer.append(_seconds(sides.peer))
    a, b = statistics.median(ours), statistics.median(peer)
    return Measured(
        id=entry.id,
        ours=round(a, 4),
        peer=round(b, 4),
        unit="s",
        ratio=round(a / b, 3),
        goal=entry.goal,
        holds=a / b <= entry.goal,
    )


def _agree(entry: Entry, sides: Sides) -> None:
    ours, peer = sides.ours(), sides.peer()
    if ours != peer:
        raise AssertionError(f"{entry.id}: the two sides do not agree: {ours!r:.200} and {peer!r:.200}")


def _seconds(side: Callable[[], object]) -> float:
    begin = time.perf_counter()
    side()
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
