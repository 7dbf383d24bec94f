"""How `verify` checks metrics."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import (
    ALARM_HISTORY,
    ALARMS,
    INSIGHTS,
    METRIC_COUNT,
    METRIC_POINTS,
    METRIC_SERIES,
    METRIC_SNAPSHOTS,
    METRIC_TRIMS,
)
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.points import RESOLUTIONS, read_series
from jedlik.storage.engine import Row

_KIND_SIZE: Final = 2
_POINT_SIZE: Final = _KIND_SIZE + 1 + 16 + 1 + 4
_SERIES_AT: Final = _KIND_SIZE + 1


class MetricWalk:
    """Everything can be decoded, points belong to a series, and the number of series is correct."""

    def __init__(self, found: Report) -> None:
        self._found = found
        self._count = 0
        self._series: set[bytes] = set()
        self._with_points: set[bytes] = set()

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            try:
                self._row(key, value)
            except (orjson.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError,
                    struct.error):  # fmt: skip
                self._found(f"metrics key {key!r}", "does not decode")

    def _row(self, key: bytes, value: bytes) -> None:
        kind = key[:_KIND_SIZE]
        if key == METRIC_COUNT:
            self._count = int.from_bytes(value, "big")
        elif kind == METRIC_SERIES:
            series = read_series(key, value)
            if series.id != key[-16:]:
                self._found(f"series {key!r}", "is called otherwise in its description")
            self._series.add(key[-16:])
        elif kind == METRIC_POINTS:
            if len(key) != _POINT_SIZE or key[_KIND_SIZE] >= len(RESOLUTIONS):
                raise ValueError("no resolution that there is")
            Aggregate.decode(value)
            self._with_points.add(key[_SERIES_AT : _SERIES_AT + 16])
        elif kind in (ALARMS, ALARM_HISTORY, INSIGHTS, METRIC_SNAPSHOTS):
            orjson.loads(value)
        elif kind != METRIC_TRIMS:
            raise ValueError("no kind that there is")

    def end(self) -> None:
        """Compare the rows seen."""
        for series in self._with_points - self._series:
            self._found(f"points of {series!r}", "belong to no series")
        if self._count != len(self._series):
            self._found("metrics", f"{self._count} series counted, {len(self._series)} found")
