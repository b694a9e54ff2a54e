"""The only place that asks what time it is.

Everywhere else time is an argument: aware, UTC inside, local only when shown. The pure packages may not
import this module (decisions §8).
"""

import contextlib
import ctypes
import os
import select
import time
import weakref
from datetime import UTC, datetime
from typing import Final, Protocol

_TIME_ERROR: Final = 5
"""adjtimex(2): the clock is not synchronised."""


class Clock(Protocol):
    """Wall time and waiting, so that a night can be run faster than it passes."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> bool:
        """Wait; return False at once when somebody asked to stop."""
        ...


class SystemClock:
    """The machine's clock. `stop` ends every present and future `sleep` (SIGTERM calls it).

    A pipe and no `threading.Event`: a signal handler runs between two instructions of the thread that
    waits, and an Event whose lock that thread holds at that moment would never be set.
    """

    def __init__(self) -> None:
        """Start running; nothing has asked to stop."""
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        weakref.finalize(self, _close, self._read, self._write)

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from an arbitrary origin that never step back: for deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float) -> bool:
        """Wait; return False when `stop` was called before the end."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        return not poll.poll(max(0.0, seconds) * 1000)

    def stop(self) -> None:
        """Ask everybody who waits to finish. Safe in a signal handler, and more than once."""
        with contextlib.suppress(BlockingIOError):  # full of earlier requests
            os.write(self._write, b".")


def synchronised() -> bool | None:
    """Tell whether the kernel says that something (NTP) keeps this clock right; None where it says nothing.

    A blocked UDP 123 shows here, some hours after the last good answer: look the day before (E5).
    """
    try:
        # struct timex with modes 0: only read; more room than any architecture's.
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
