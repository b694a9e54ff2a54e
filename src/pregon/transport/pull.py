"""The port of pull: a node's one entrance, whatever the way the bytes came (decisions §5).

It is TUF's `FetcherInterface` with what a node needs besides: a total deadline for a whole operation (A7),
and to drop a rejected file so that the other side sends it again (A17). Addresses are paths relative to the
repository: ``metadata/timestamp.json``, ``objetos/ab/abcd…``.
"""

import abc

from tuf.ngclient.fetcher import FetcherInterface


class PullSource(FetcherInterface):
    """A repository to read from: an inbox or an address. Bound to one node, used by one thread."""

    nombre: str
    """As a log names it."""
    ultima: str = ""
    """The last path asked for: what a round failed at."""

    @abc.abstractmethod
    def begin(self, seconds: float) -> None:
        """Start an operation: every fetch until the next `begin` shares these seconds."""

    @abc.abstractmethod
    def version(self) -> object | None:
        """Return a value that changes whenever something new may be there; None: unknown, ask each time."""

    @abc.abstractmethod
    def holds(self, ruta: str) -> bool:
        """Tell cheaply if a path may be there by now; True where only a fetch can tell."""

    @abc.abstractmethod
    def discard(self) -> None:
        """Drop the last fetched file, which was rejected; nothing where the source is not ours to change."""

    @abc.abstractmethod
    def prune(self, needed: frozenset[str]) -> None:
        """Forget objects and deltas but the `needed` ones (SHA-256), which nobody need send again."""
