"""GetMetricStatistics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.gateway.query_protocol import Entries
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
)
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.series import (
    Selection,
    check_period,
    dimensions_of,
    read_periods,
    rounded_start,
)
from jedlik.services.cloudwatch.statistics import SIMPLE, Statistic, statistic_of
from jedlik.services.cloudwatch.wire.protocol import Members

MAX_POINTS: Final = 1440


async def get_metric_statistics(monitoring: Monitoring, payload: Payload) -> Members:
    """Statistics of one metric, by periods that begin with the start."""
    simple, extended = _statistics(payload)
    period = payload["Period"]
    check_period(period)
    start, end = payload["StartTime"], payload["EndTime"]
    if start >= end:
        raise InvalidParameterCombinationException(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    begin = rounded_start(start, monitoring.now())
    asked = -(-int(end - begin) // period)
    if asked > MAX_POINTS:
        raise InvalidParameterCombinationException(
            f"You have requested up to {asked:,} datapoints, which exceeds the limit of "
            f"{MAX_POINTS:,}. You may reduce the datapoints requested by increasing Period, or "
            "decreasing the time range."
        )
    await monitoring.settle()
    selection = Selection(
        payload["Namespace"], payload["MetricName"], dimensions_of(payload.get("Dimensions")),
        payload.get("Unit"),
    )  # fmt: skip
    found = await read_periods(monitoring.engine, selection, period, begin, end)
    points = [
        _datapoint(time, sums, unit, simple, extended)
        for unit, periods in found.items()
        for time, sums in periods
    ]
    return {"Label": payload["MetricName"], "Datapoints": points}


def _statistics(payload: Payload) -> tuple[list[str], dict[str, Statistic]]:
    simple = payload.get("Statistics") or []
    extended = payload.get("ExtendedStatistics") or []
    if not simple and not extended:
        raise InvalidParameterCombinationException(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified."
        )
    if simple and extended:
        raise InvalidParameterCombinationException(
            "The parameters Statistics and ExtendedStatistics are mutually exclusive and you have "
            "specified both."
        )
    for name in extended:
        if name in SIMPLE:
            raise InvalidParameterValueException(
                f"The value {name} for parameter ExtendedStatistics is not supported."
            )
    return simple, {name: statistic_of(name, "ExtendedStatistics") for name in extended}


def _datapoint(
    time: int, sums: Aggregate, unit: str, simple: list[str], extended: dict[str, Statistic]
) -> dict[str, Any]:
    point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(time, UTC)}
    point |= {name: SIMPLE[name](sums) for name in simple}
    point["Unit"] = unit
    values = {name: statistic(sums) for name, statistic in extended.items()}
    known = {name: value for name, value in values.items() if value is not None}
    if known:
        point["ExtendedStatistics"] = Entries(known)
    return point
