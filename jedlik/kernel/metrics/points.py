"""Stored points of metrics: written as sums, read as ranges.

A point is added to three rows: of its minute, its five minutes and its hour. Each row is read under
lock for that, so that workers and nodes need no coordination, and late values are added too. Rows
are kept as long as in CloudWatch (CloudWatch user guide, "Metrics retention").

A series is a metric without its unit, since in CloudWatch points have units. For the layout of keys
see `kernel.keyspaces`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from jedlik.kernel.keyspaces import METRIC_COUNT, METRIC_POINTS, METRIC_SERIES, METRIC_TRIMS
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.metric import Dimensions, Metric
from jedlik.kernel.metrics.recorder import Point
from jedlik.kernel.rows import pages
from jedlik.storage.engine import Changes, Engine, Reads, Value
from jedlik.values.keybytes import successor

DAY: Final = 86_400
HOUR: Final = 3600
MAX_STORED_SERIES: Final = 20_000
"""Series that a store keeps. A thousand series in constant use take some 25 MB a day, and half a
gigabyte in total before the oldest points are deleted."""
MAX_OTHER_SERIES: Final = 15_000
"""Above this number, no more series of clients are accepted: the rest is reserved for the server's
own, which clients who may put metrics must not displace."""
POINTS_A_TASK: Final = 200
_ID_SIZE: Final = 16
_TIME_SIZE: Final = 4
_LAST_TIME: Final = 256**_TIME_SIZE - 1


class Resolution(NamedTuple):
    """Rows of this many `seconds`, kept for `days`; `code` is in their keys."""

    code: bytes
    seconds: int
    days: int


RESOLUTIONS: Final = (
    Resolution(b"\x00", 60, 15),
    Resolution(b"\x01", 300, 63),
    Resolution(b"\x02", HOUR, 455),
)

UNITS: Final = (
    "None", "Count", "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes",
    "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent",
    "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second",
    "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second",
    "Count/Second",
)  # fmt: skip
"""In the order of their codes in keys: new ones are added at the end."""


class TooManySeries(Exception):
    """There is no room for another series."""


class Series(NamedTuple):
    """A series that has points: `units` are theirs, `last` is the hour of the latest."""

    namespace: str
    name: str
    dimensions: Dimensions
    units: tuple[str, ...]
    last: int

    @property
    def id(self) -> bytes:
        """The id in keys."""
        return series_id(self.namespace, self.name, self.dimensions)


def series_id(namespace: str, name: str, dimensions: Dimensions) -> bytes:
    """The id of a series: a hash of its names."""
    named = orjson.dumps((namespace, name, dimensions))
    return blake2b(named, digest_size=_ID_SIZE).digest()


def series_prefix(namespace: str | None = None, name: str | None = None) -> bytes:
    """The prefix of the keys of all series in a namespace, or of those with one name."""
    if namespace is None:
        return METRIC_SERIES
    prefix = METRIC_SERIES + namespace.encode() + b"\x00"
    return prefix if name is None else prefix + name.encode() + b"\x00"


def series_key(metric: Metric) -> bytes:
    """The key of the description of a metric's series."""
    prefix = series_prefix(metric.namespace, metric.name)
    return prefix + series_id(metric.namespace, metric.name, metric.dimensions)


def points_prefix(resolution: Resolution, series: bytes, unit: str = "") -> bytes:
    """The prefix of the keys of a series' points, or of those in one unit."""
    code = bytes((UNITS.index(unit),)) if unit else b""
    return METRIC_POINTS + resolution.code + series + code


def time_bytes(seconds: float) -> bytes:
    """A time in a key; a time outside the possible range becomes the first or the last."""
    return min(max(0, int(seconds)), _LAST_TIME).to_bytes(_TIME_SIZE, "big")


def read_series(key: bytes, value: bytes) -> Series:
    """The series of a row."""
    namespace, name, _ = key[len(METRIC_SERIES) :].split(b"\x00", 2)
    record: dict[str, Any] = orjson.loads(value)
    dimensions = tuple((each[0], each[1]) for each in record["dimensions"])
    return Series(
        namespace.decode(), name.decode(), dimensions, tuple(record["units"]), record["last"]
    )


def write_series(series: Series) -> bytes:
    """The stored bytes of a series."""
    return orjson.dumps(
        {"dimensions": series.dimensions, "units": series.units, "last": series.last}
    )


class AddPoints:
    """Write task: add points to the stored ones. The result is the number of values for which there
    was no room. With `strict`, for points of clients, it raises TooManySeries instead, and leaves
    room for the server's own."""

    def __init__(self, points: Sequence[Point], now: float, *, strict: bool = False) -> None:
        self._now = now
        self._strict = strict
        self._by_series: dict[bytes, list[Point]] = {}
        for point in points:
            self._by_series.setdefault(series_key(point.metric), []).append(point)
        rows = {
            key for points in self._by_series.values() for each in points for key in _rows(each)
        }
        self.keys = (METRIC_COUNT, *self._by_series, *sorted(rows))

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        read = dict(zip(self.keys, values, strict=True))
        count = before = int.from_bytes(read[METRIC_COUNT] or b"", "big")
        changes: dict[bytes, Value] = {}
        dropped = 0.0
        for key, points in self._by_series.items():
            if read[key] is None:
                if count >= (MAX_OTHER_SERIES if self._strict else MAX_STORED_SERIES):
                    if self._strict:
                        raise TooManySeries
                    dropped += sum(each.aggregate.count for each in points)
                    continue
                count += 1
                # Due to be trimmed when the first point can be too old.
                first = time_bytes(self._now + RESOLUTIONS[0].days * DAY)
                changes[METRIC_TRIMS + first + key[len(METRIC_SERIES) :]] = b""
            self._describe(key, points, read[key], changes)
            _add(points, read, changes)
        if count != before:
            changes[METRIC_COUNT] = count.to_bytes(8, "big")
        return Changes(changes, round(dropped))

    def _describe(
        self, key: bytes, points: list[Point], value: Value, changes: dict[bytes, Value]
    ) -> None:
        metric = points[0].metric
        known = None if value is None else read_series(key, value)
        units = dict.fromkeys((*(known.units if known else ()), *(p.metric.unit for p in points)))
        last = max(each.minute for each in points) // HOUR * HOUR
        last = max(last, known.last if known else 0)
        series = Series(metric.namespace, metric.name, metric.dimensions, tuple(units), last)
        if series != known:
            changes[key] = write_series(series)


def _rows(point: Point) -> list[bytes]:
    series = series_id(point.metric.namespace, point.metric.name, point.metric.dimensions)
    return [
        points_prefix(each, series, point.metric.unit)
        + time_bytes(point.minute // each.seconds * each.seconds)
        for each in RESOLUTIONS
    ]


def _add(points: list[Point], read: Mapping[bytes, Value], changes: dict[bytes, Value]) -> None:
    sums: dict[bytes, Aggregate] = {}
    for point in points:
        for row in _rows(point):
            if row not in sums:
                stored = read[row]
                sums[row] = Aggregate() if stored is None else Aggregate.decode(stored)
            sums[row].merge(point.aggregate)
    changes.update((row, each.encode()) for row, each in sums.items())


async def store_points(
    engine: Engine, points: Sequence[Point], now: float, *, strict: bool = False
) -> int:
    """Add points to the stored ones; returns how many values had no room. Raises TooManySeries with
    `strict`, before anything of that task is stored."""
    dropped = 0
    for start in range(0, len(points), POINTS_A_TASK):
        some = points[start : start + POINTS_A_TASK]
        dropped += await engine.write(AddPoints(some, now, strict=strict))
    return dropped


async def read_points(
    engine: Reads, series: bytes, unit: str, resolution: Resolution, start: float, end: float
) -> list[tuple[int, Aggregate]]:
    """The points with `start` <= time < `end`, in order."""
    prefix = points_prefix(resolution, series, unit)
    low, high = prefix + time_bytes(start), prefix + time_bytes(end)
    if low >= high:
        return []
    return [
        (int.from_bytes(key[-_TIME_SIZE:], "big"), Aggregate.decode(value))
        async for rows in pages(engine, low, high)
        for key, value in rows
    ]


async def find_series(engine: Reads, prefix: bytes, low: bytes | None = None) -> list[Series]:
    """The series whose keys begin with `prefix` and are at least `low`, in order."""
    start = max(prefix, low or b"")
    return [
        read_series(key, value)
        async for rows in pages(engine, start, successor(prefix))
        for key, value in rows
    ]
