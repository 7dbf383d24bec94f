"""Time that stands still until a test moves it on."""

from __future__ import annotations


class SimulatedClock:
    """A `Clock` that a test moves by hand."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time on; `seconds` is not negative."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds
