"""What was recorded of a table over the days that a report is about: by the hour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.points import HOUR, RESOLUTIONS, find_series, read_points, series_prefix
from jedlik.services.dynamodb.metering.metric_names import INDEX, NAMESPACE, OPERATION, TABLE
from jedlik.services.dynamodb.metering.metric_names import OWN_NAMESPACE as JEDLIK
from jedlik.storage.engine import Reads

_HOURS: Final = RESOLUTIONS[-1]
_FIVE_MINUTES: Final = RESOLUTIONS[1]
_READS, _WRITES = "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"
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


@dataclass(slots=True)
class Traffic:
    """What was recorded of one table. `indexes` has global ones by name, `operations` requests by
    operation; `scanned` and `returned` are items of Query and Scan."""

    own: Consumption = field(default_factory=Consumption)
    indexes: dict[str, Consumption] = field(default_factory=dict)
    operations: dict[str, float] = field(default_factory=dict)
    scanned: dict[str, float] = field(default_factory=dict)
    returned: dict[str, float] = field(default_factory=dict)

    def of(self, index: str | None) -> Consumption:
        """The consumption of an index, or of the table."""
        return self.own if index is None else self.indexes.setdefault(index, Consumption())


async def read_traffic(engine: Reads, start: int, end: int) -> dict[str, Traffic]:
    """The traffic of all tables from `start` to before `end` (seconds since the epoch), by name."""
    found: dict[str, Traffic] = {}
    for namespace in (NAMESPACE, JEDLIK):
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
    elif name == "ReturnedItemCount":
        traffic.returned[operation] = traffic.returned.get(operation, 0.0) + total
    elif name == "ScannedItemCount":
        traffic.scanned[operation] = traffic.scanned.get(operation, 0.0) + total
