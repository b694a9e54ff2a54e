"""Side by side: ours and a peer at the same work, interleaved in one run, so that a busy machine slows both.

The two sides must agree on the result before anything is measured. A figure is the median of the rounds;
`ratio` is ours over the peer's; `holds` that it is not above `goal`, nor ours above `limit`. An entry without
either only informs.

    python bench/harness.py [ID…]     writes build/bench.json and a table; exits 1 when a goal does not hold
"""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import activacion
import corte_plano
import enviar
import estado
import nacional
import servir
from entry import Entry, Sides

ENTRIES = (
    *activacion.ENTRIES,
    corte_plano.ENTRY,
    *enviar.ENTRIES,
    *estado.ENTRIES,
    *nacional.ENTRIES,
    *servir.ENTRIES,
)
RESULT = Path("build/bench.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of build/bench.json."""

    id: str
    ours: float
    peer: float
    unit: str
    ratio: float
    goal: float | None
    limit: float | None
    rows_per_second: int | None
    holds: bool


def main(wanted: Sequence[str]) -> int:
    """Measure the entries whose id begins so (all, without any), write and print the results."""
    entries = [e for e in ENTRIES if not wanted or any(e.id.startswith(w) for w in wanted)]
    if not entries:
        sys.exit(f"no entry begins like {', '.join(wanted)}; there are {', '.join(e.id for e in ENTRIES)}")
    for entry in entries:
        if reason := entry.missing():
            print(f"{entry.id}: {reason}")
    with servir.SERVIDORES, enviar.SERVIDORES:
        rows = [measure(entry) for entry in entries if not entry.missing()]
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    titles = f"{'ratio':>7}{'goal':>7}{'limit':>7}{'rows/s':>11}  holds"
    print(f"{'id':<28}{'ours':>9}{'peer':>9}  {'unit':<5}{titles}")
    for row in rows:
        print(
            f"{row.id:<28}{row.ours:>9.3f}{row.peer:>9.3f}  {row.unit:<5}{row.ratio:>7.2f}"
            f"{_or_dash(row.goal):>7}{_or_dash(row.limit):>7}{_or_dash(row.rows_per_second):>11}"
            f"  {'yes' if row.holds else 'NO'}"
        )
    return 0 if all(row.holds for row in rows) else 1


def measure(entry: Entry) -> Measured:
    """Run both sides in turns (A B A B…), after one round that checks that they agree."""
    sides = entry.prepare()
    _agree(entry, sides)
    ours, peer = [], []
    for _ in range(entry.rounds):
        ours.append(entry.cost(sides.ours))
        peer.append(entry.cost(sides.peer))
    a, b = statistics.median(ours), statistics.median(peer)
    return Measured(
        id=entry.id,
        ours=round(a, 4),
        peer=round(b, 4),
        unit=entry.unit,
        ratio=round(a / b, 3),
        goal=entry.goal,
        limit=entry.limit,
        rows_per_second=round(sides.rows / a) if sides.rows and entry.unit == "s" else None,
        holds=(entry.goal is None or a / b <= entry.goal) and (entry.limit is None or a <= entry.limit),
    )


def _or_dash(n: float | None) -> str:
    return "-" if n is None else f"{n:,}"


def _agree(entry: Entry, sides: Sides) -> None:
    ours, peer = sides.ours(), sides.peer()
    if ours != peer:
        raise AssertionError(f"{entry.id}: the two sides do not agree: {ours!r:.200} and {peer!r:.200}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
