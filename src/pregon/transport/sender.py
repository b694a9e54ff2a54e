"""The port of push: how origin leaves a delivery in a node's inbox (decisions §5, §18).

A delivery is a list of files of the repository, in an order that is safe to interrupt: objects first,
then manifest and metadata, `timestamp.json` last. A sender skips immutable files that the inbox already
holds whole, never shows a half-written one, and may be told to try again at any moment. The node's receipt,
read back before, spares bytes and nothing else: without one everything is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from pregon.paquete.recibo import Recibo

RECIBO: Final = "recibo.json"
"""Where in its inbox a node leaves its receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieza:
    """One file to deliver. `ruta` is its POSIX path in repository and inbox alike."""

    ruta: str
    origen: Path
    inmutable: bool
    """Named by its content or version: if the other side has it with this size, it is not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acuse:
    """What one attempt moved. Evidence of effort, never a state (distribution.md, L5)."""

    enviados: int
    omitidos: int
    bytes: int


class Sender(Protocol):
    """One way to push, bound to one difusor."""

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        """Deliver in order; raise ErrorDeRed when the inbox could not be brought up to date."""
        ...

    async def recibo(self) -> Recibo | None:
        """Read back what the node says that it has; None where nothing that holds can be read."""
        ...
