"""A table's recorded traffic over the days of a report, by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.points import HOUR, RESOLUTIONS, find_series, read_points, series_prefix
from jedlik.services.dynamodb.metering.metric_names import (
    ATTRIBUTES,
    DROPPED_ITEMS,
    FILTER_EQUALS,
    FILTER_READS,
    INDEX,
    INDEX_READS,
    NAMESPACE,
    OPERATION,
    OWN_NAMESPACE,
    READ_BY_OPERATION,
    READ_INDEX,
    TABLE,
    WRITTEN_BY_OPERATION,
)
from jedlik.services.dynamodb.metering.read_shapes import split_names
from jedlik.storage.engine import Reads

_HOURS: Final = RESOLUTIONS[-1]
_FIVE_MINUTES: Final = RESOLUTIONS[1]
_READS, _WRITES = "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"
_BY_OPERATION: Final = {
    "ReturnedItemCount": "returned", "ScannedItemCount": "scanned",
    READ_BY_OPERATION: "read_by", WRITTEN_BY_OPERATION: "written_by",
}  # fmt: skip
"""Sums by operation, and their destinations."""
_HOT: Final = ("ReadKeyRangeThroughputThrottleEvents", "WriteKeyRangeThroughputThrottleEvents")


@dataclass(slots=True)
class Units:
    """Units that a table or index consumed: in each hour (by its time), and in its busiest five
    minutes, as units a second."""

    hours: dict[int, float] = field(default_factory=dict)
    peaks: dict[int, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Units in all."""
        return sum(self.hours.values())


@dataclass(slots=True)
class Consumption:
    """What a table itself, or an index of it, consumed, and how often a partition was too hot."""

    reads: Units = field(default_factory=Units)
    writes: Units = field(default_factory=Units)
    hot: float = 0.0


class Dropped(NamedTuple):
    """Reads of one kind whose filter drops items: the operation and index (None: the table), the
    attributes compared with a value, and all that the filter reads."""

    operation: str
    index_name: str | None
    equals: tuple[str, ...]
    reads: tuple[str, ...]


@dataclass(slots=True)
class Traffic:
    """The recorded traffic of one table. `indexes` has global ones by name, `operations` requests
    by operation, `read_by` and `written_by` their units; `scanned` and `returned` are items of
    Query and Scan, `dropped` items by what dropped them. `wanted` has, by index, the attributes
    that its reads need, None if these may be all."""

    own: Consumption = field(default_factory=Consumption)
    indexes: dict[str, Consumption] = field(default_factory=dict)
    operations: dict[str, float] = field(default_factory=dict)
    scanned: dict[str, float] = field(default_factory=dict)
    returned: dict[str, float] = field(default_factory=dict)
    read_by: dict[str, float] = field(default_factory=dict)
    written_by: dict[str, float] = field(default_factory=dict)
    dropped: dict[Dropped, float] = field(default_factory=dict)
    wanted: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def of(self, index: str | None) -> Consumption:
        """The consumption of an index, or of the table."""
        return self.own if index is None else self.indexes.setdefault(index, Consumption())

    def most_dropped(self, operation: str) -> Dropped | None:
        """The kind of an operation's reads whose filters dropped most."""
        found = [each for each in self.dropped if each.operation == operation]
        return max(found, key=lambda each: self.dropped[each], default=None)


async def read_traffic(engine: Reads, start: int, end: int) -> dict[str, Traffic]:
    """The traffic of all tables from `start` to before `end` (seconds since the epoch), by name."""
    found: dict[str, Traffic] = {}
    for namespace in (NAMESPACE, OWN_NAMESPACE):
        for series in await find_series(engine, series_prefix(namespace)):
            dimensions = dict(series.dimensions)
            table = dimensions.get(TABLE)
            if table is None or series.last < start - HOUR:
                continue
            points = [
                point
                for unit in series.units
                for point in await read_points(engine, series.id, unit, _HOURS, start, end)
            ]
            traffic = found.setdefault(table, Traffic())
            if points:
                _add(traffic, series.name, dimensions, points)
            if series.name in (_READS, _WRITES):
                units = _units(traffic, series.name, dimensions)
                for unit in series.units:
                    fine = await read_points(engine, series.id, unit, _FIVE_MINUTES, start, end)
                    _take_peaks(units, fine)
    return found


def _units(traffic: Traffic, name: str, dimensions: dict[str, str]) -> Units:
    consumption = traffic.of(dimensions.get(INDEX))
    return consumption.reads if name == _READS else consumption.writes


def _take_peaks(units: Units, points: list[tuple[int, Aggregate]]) -> None:
    for time, aggregate in points:
        hour = time // HOUR * HOUR
        rate = aggregate.sum / _FIVE_MINUTES.seconds
        units.peaks[hour] = max(units.peaks.get(hour, 0.0), rate)


def _add(
    traffic: Traffic, name: str, dimensions: dict[str, str], points: list[tuple[int, Aggregate]]
) -> None:
    total = sum(aggregate.sum for _, aggregate in points)
    operation = dimensions.get(OPERATION, "")
    if name in (_READS, _WRITES):
        hours = _units(traffic, name, dimensions).hours
        for time, aggregate in points:
            hours[time] = hours.get(time, 0.0) + aggregate.sum
    elif name in _HOT:
        traffic.of(dimensions.get(INDEX)).hot += total
    elif name == "SuccessfulRequestLatency":
        requests = sum(aggregate.count for _, aggregate in points)
        traffic.operations[operation] = traffic.operations.get(operation, 0.0) + requests
    elif name == DROPPED_ITEMS:
        equals, reads = _names(dimensions, FILTER_EQUALS), _names(dimensions, FILTER_READS)
        by = Dropped(operation, dimensions.get(READ_INDEX), equals, reads)
        traffic.dropped[by] = traffic.dropped.get(by, 0.0) + total
    elif name == INDEX_READS:
        _want(traffic.wanted, dimensions.get(INDEX, ""), split_names(dimensions.get(ATTRIBUTES)))
    elif name in _BY_OPERATION:
        sums: dict[str, float] = getattr(traffic, _BY_OPERATION[name])
        sums[operation] = sums.get(operation, 0.0) + total


def _names(dimensions: dict[str, str], of: str) -> tuple[str, ...]:
    return tuple(split_names(dimensions.get(of)) or ())


def _want(
    wanted: dict[str, frozenset[str] | None], index: str, names: Sequence[str] | None
) -> None:
    before = wanted.get(index, frozenset())
    wanted[index] = None if before is None or names is None else before.union(names)
