"""The only place that asks what time it is.

Everywhere else time is an argument: aware, UTC inside, local only when shown. The pure packages may not
import this module (decisions §8).
"""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time and waiting, so that a night can be run faster than it passes."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> bool:
        """Wait; return False at once when somebody asked to stop."""
        ...


class SystemClock:
    """The machine's clock. `stop` ends every present and future `sleep` (SIGTERM calls it)."""

    def __init__(self) -> None:
        """Start running; nothing has asked to stop."""
        self._stopped = threading.Event()

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from an arbitrary origin that never step back: for deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float) -> bool:
        """Wait; return False when `stop` was called before the end."""
        return not self._stopped.wait(max(0.0, seconds))

    def stop(self) -> None:
        """Ask everybody who waits to finish."""
        self._stopped.set()
