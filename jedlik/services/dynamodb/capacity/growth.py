"""How far an on-demand table has grown.

Developer guide, "On-demand capacity mode": a table immediately takes up to twice its previous peak,
and may throttle more than that within 30 minutes; a new table takes its warm throughput. Here the
previous peak is the highest average of a minute in the last period of 30 minutes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PERIOD_SECONDS: Final = 1800.0
WINDOW_SECONDS: Final = 60.0


class Growth(NamedTuple):
    """The previous `peak` in units a second, the `highest` since the period began at `period`, and
    the `units` spent since the window began at `window`."""

    peak: float
    highest: float
    period: float
    units: float
    window: float

    @classmethod
    def beginning(cls, now: float) -> Growth:
        """The growth of a table that has not been used yet."""
        return cls(0.0, 0.0, now, 0.0, now)

    def after(self, spent: float, now: float) -> Growth:
        """The growth after `spent` more units."""
        peak, highest, period, units, window = self
        units += spent
        passed = now - window
        if passed >= WINDOW_SECONDS:
            highest = max(highest, units / passed)
            units, window = 0.0, now
        if now - period >= PERIOD_SECONDS:
            peak, highest, period = max(peak, highest), 0.0, now
        return Growth(peak, highest, period, units, window)


def grown(warm: float, growth: Growth, ceiling: float) -> float:
    """Units a second that the table takes now."""
    return min(max(warm, 2 * growth.peak), ceiling)
