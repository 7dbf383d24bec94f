"""Time, injected: code that needs the time is given a clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """A source of the time."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, never decreasing; for time-outs."""
        ...


class SystemClock:
    """The machine's clock."""

    # The functions themselves: they are called several times a request.
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


class ShiftedClock:
    """The machine's clock, which can be set forward: for test suites that need time to pass."""

    def __init__(self) -> None:
        self.ahead = 0.0
        """Seconds by which it was set forward."""

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def advance(self, seconds: float) -> None:
        """Move the time on; `seconds` is not negative."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self.ahead += seconds
