"""Points of a metric aggregated by periods, from the coarsest rows that fit.

Hourly and five-minute rows are sums of those by the minute. So a query for a year reads some
thousand rows and not half a million, with the same numbers, if its periods begin where those rows
do.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.metric import Dimensions
from jedlik.kernel.metrics.points import (
    DAY,
    RESOLUTIONS,
    Resolution,
    find_series,
    read_points,
    series_id,
    series_prefix,
)
from jedlik.services.cloudwatch.errors import InvalidParameterValueException
from jedlik.storage.engine import Reads

MINUTE: Final = 60
_HIGH_RESOLUTION: Final = (1, 5, 10, 20, 30)


class Selection(NamedTuple):
    """A metric, and with `unit` only its points in that unit."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str | None = None


def dimensions_of(given: list[dict[str, Any]] | None) -> Dimensions:
    """Dimensions of a request, sorted by name as they are stored."""
    return tuple(sorted((each["Name"], each["Value"]) for each in given or ()))


def check_period(period: int) -> None:
    """Raise InvalidParameterValueException for an invalid period."""
    if period in _HIGH_RESOLUTION:
        raise InvalidParameterValueException(
            f"The value {period} for parameter Period is not available in this version of "
            "Jedlik: points are kept by the minute"
        )
    if period % MINUTE or not MINUTE <= period <= DAY:
        raise InvalidParameterValueException(
            "The parameter Period must be 1, 5, 10, 20, 30, or any multiple of 60, and at most "
            "86400"
        )


def rounded_start(start: float, now: float) -> int:
    """The start that CloudWatch uses for a given one: the older, the coarser (API reference,
    "GetMetricStatistics", on StartTime)."""
    for resolution in RESOLUTIONS[:-1]:
        if now - start < resolution.days * DAY:
            return int(start) // resolution.seconds * resolution.seconds
    last = RESOLUTIONS[-1].seconds
    return int(start) // last * last


async def read_periods(
    engine: Reads, selection: Selection, period: int, start: int, end: float
) -> dict[str, list[tuple[int, Aggregate]]]:
    """By unit: the aggregates of the periods from `start` on that begin before `end`, in order;
    periods without points are omitted."""
    resolution = _coarsest(period, start)
    units = await _units(engine, selection)
    series = series_id(selection.namespace, selection.name, selection.dimensions)
    found = {}
    for unit in units:
        points = await read_points(engine, series, unit, resolution, start, end)
        if points:
            found[unit] = _grouped(points, period, start)
    return found


async def _units(engine: Reads, selection: Selection) -> tuple[str, ...]:
    if selection.unit is not None:
        return (selection.unit,)
    prefix = series_prefix(selection.namespace, selection.name)
    key = prefix + series_id(selection.namespace, selection.name, selection.dimensions)
    found = await find_series(engine, key)
    return found[0].units if found else ()


def _coarsest(period: int, start: int) -> Resolution:
    for resolution in reversed(RESOLUTIONS):
        if period % resolution.seconds == 0 and start % resolution.seconds == 0:
            return resolution
    return RESOLUTIONS[0]


def _grouped(
    points: list[tuple[int, Aggregate]], period: int, start: int
) -> list[tuple[int, Aggregate]]:
    groups: dict[int, Aggregate] = {}
    for time, aggregate in points:
        begin = start + (time - start) // period * period
        if begin in groups:
            groups[begin].merge(aggregate)
        else:
            groups[begin] = aggregate
    return list(groups.items())
