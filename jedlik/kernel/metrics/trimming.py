"""Deletes old points; a series is deleted with its last point.

Series are indexed by when they have to be trimmed next. So due ones are found by one read, which is
all that a store without due metrics costs. Any process may do this, as all would make the same
decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.kernel.keyspaces import METRIC_COUNT, METRIC_SERIES, METRIC_TRIMS
from jedlik.kernel.metrics.points import (
    DAY,
    RESOLUTIONS,
    Series,
    points_prefix,
    read_series,
    time_bytes,
)
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.values.keybytes import successor

SERIES_A_ROUND: Final = 20
ROWS_A_STEP: Final = 1000
_TIME_AT: Final = len(METRIC_TRIMS)
_KEY_AT: Final = _TIME_AT + 4


async def trim(engine: Engine, now: float) -> bool:
    """Delete old points of the next series; True if more series are due."""
    page = await engine.range(METRIC_TRIMS, METRIC_TRIMS + time_bytes(now), limit=SERIES_A_ROUND)
    more = page.more
    for due, _ in page.rows:
        key = METRIC_SERIES + due[_KEY_AT:]
        series_id = due[-16:]
        old, unfinished = await _old_rows(engine, series_id, now)
        more = more or unfinished
        await engine.write(_Drop(due, key, old, now, finished=not unfinished))
    return more


async def _old_rows(engine: Engine, series: bytes, now: float) -> tuple[list[bytes], bool]:
    """Keys of points that are too old, and whether there are more of them."""
    found: list[bytes] = []
    for resolution in RESOLUTIONS:
        end = time_bytes(now - resolution.days * DAY)
        prefix = points_prefix(resolution, series)
        units = await _units(engine, prefix)
        for unit in units:
            page = await engine.range(unit, unit + end, limit=ROWS_A_STEP)
            found += [key for key, _ in page.rows]
            if page.more or len(found) >= ROWS_A_STEP:
                return found, True
    return found, False


async def _units(engine: Engine, prefix: bytes) -> list[bytes]:
    """The prefixes of the units that a series has points of."""
    found = []
    low, high = prefix, successor(prefix)
    while (page := await engine.range(low, high, limit=1)).rows:
        unit = page.rows[0][0][: len(prefix) + 1]
        found.append(unit)
        low = unit + b"\xff" * 8
    return found


class _Drop:
    """Delete rows, and note when the series is due next; a series without points is deleted."""

    def __init__(
        self, due: bytes, key: bytes, rows: Sequence[bytes], now: float, *, finished: bool
    ) -> None:
        self._due = due
        self._rows = rows
        self._now = now
        self._finished = finished
        self.keys = (due, key, METRIC_COUNT)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        due, described, counted = values
        changes: dict[bytes, Value] = dict.fromkeys(self._rows)
        if due is None:  # another process has done it
            return Changes(changes, None)
        key = self.keys[1]
        series = None if described is None else read_series(key, described)
        if self._finished:
            changes[self._due] = None
            if series is None or self._is_over(series):
                changes[key] = None
                count = int.from_bytes(counted or b"", "big") - (series is not None)
                changes[METRIC_COUNT] = max(0, count).to_bytes(8, "big")
            else:
                later = METRIC_TRIMS + time_bytes(self._now + DAY) + self._due[_KEY_AT:]
                changes[later] = b""
        return Changes(changes, None)

    def _is_over(self, series: Series) -> bool:
        return series.last < self._now - RESOLUTIONS[-1].days * DAY
