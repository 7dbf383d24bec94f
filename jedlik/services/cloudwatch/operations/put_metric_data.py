"""PutMetricData."""

from __future__ import annotations

import math
from typing import Any, Final

from jedlik.base.turns import each_in_turn
from jedlik.gateway.operation import Payload
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.points import DAY, HOUR, TooManySeries, store_points
from jedlik.kernel.metrics.recorder import Point
from jedlik.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    LimitExceededFault,
    MissingRequiredParameterException,
)
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.series import MINUTE, dimensions_of
from jedlik.services.dynamodb.metering.metric_names import OWN_NAMESPACE

MAX_DATA: Final = 1000
MAX_VALUES: Final = 150
_RESERVED: Final = "AWS/"
"""The prefix of the service's own namespaces; Jedlik's own is reserved too."""
_WAYS: Final = ("Value", "Values", "StatisticValues")


async def put_metric_data(monitoring: Monitoring, payload: Payload) -> None:
    """Add up to 1,000 data to metrics of a namespace; they are durable before the answer."""
    namespace = payload["Namespace"]
    if namespace.startswith(_RESERVED) or namespace == OWN_NAMESPACE:
        raise InvalidParameterValueException(
            f"The value {namespace} for parameter Namespace is invalid."
        )
    if payload.get("EntityMetricData") or payload.get("StrictEntityValidation"):
        raise InvalidParameterValueException(
            "EntityMetricData and StrictEntityValidation are not available in this version of "
            "Jedlik"
        )
    data = payload.get("MetricData") or []
    if not data:
        raise MissingRequiredParameterException("The parameter MetricData is required.")
    if len(data) > MAX_DATA:
        raise InvalidParameterValueException(
            f"The collection MetricData must not have a size greater than {MAX_DATA}."
        )
    now = monitoring.now()
    points = await each_in_turn(
        enumerate(data, 1),
        lambda datum: _point(namespace, datum[1], f"MetricData.member.{datum[0]}", now),
    )
    try:
        await store_points(monitoring.engine, points, now, strict=True)
    except TooManySeries:
        raise LimitExceededFault("There are as many metrics as this server keeps.") from None


def _point(namespace: str, datum: dict[str, Any], path: str, now: float) -> Point:
    for text in (namespace, datum["MetricName"]):
        if "\x00" in text:
            raise InvalidParameterValueException("A name must not contain the character U+0000.")
    if datum.get("StorageResolution", MINUTE) != MINUTE:
        raise InvalidParameterValueException(
            f"The parameter {path}.StorageResolution must be 60 in this version of Jedlik"
        )
    dimensions = dimensions_of(datum.get("Dimensions"))
    if len(dict(dimensions)) < len(dimensions):
        raise InvalidParameterValueException(f"{path}.Dimensions names a dimension twice.")
    metric = Metric(namespace, datum["MetricName"], dimensions, datum.get("Unit") or "None")
    time = _time(datum.get("Timestamp"), path, now)
    return Point(metric, int(time) // MINUTE * MINUTE, _aggregate(datum, path))


def _time(given: float | None, path: str, now: float) -> float:
    if given is None:
        return now
    if given < now - 14 * DAY:
        raise InvalidParameterValueException(
            f"The parameter {path}.Timestamp must specify a time no more than two weeks in the "
            "past."
        )
    if given > now + 2 * HOUR:
        raise InvalidParameterValueException(
            f"The parameter {path}.Timestamp must specify a time within two hours of the current "
            "time."
        )
    return given


def _aggregate(datum: dict[str, Any], path: str) -> Aggregate:
    ways = [way for way in _WAYS if datum.get(way) is not None]
    if len(ways) > 1:
        raise InvalidParameterCombinationException(
            f"The parameters {path}.{ways[0]} and {path}.{ways[1]} are mutually exclusive and you "
            "have specified both."
        )
    if not ways:
        raise MissingRequiredParameterException(
            f"At least one of the parameters {path}.Value, {path}.Values or "
            f"{path}.StatisticValues must be specified."
        )
    match ways[0]:
        case "Value":
            return Aggregate.of(finite(datum["Value"], f"{path}.Value"))
        case "Values":
            return _of_values(datum, path)
    return _of_sums(datum["StatisticValues"], f"{path}.StatisticValues")


def _of_values(datum: dict[str, Any], path: str) -> Aggregate:
    values = datum["Values"]
    counts = datum.get("Counts") or [1.0] * len(values)
    if len(values) > MAX_VALUES:
        raise InvalidParameterValueException(
            f"The collection {path}.Values must not have a size greater than {MAX_VALUES}."
        )
    if not values or len(values) != len(counts):
        raise InvalidParameterValueException(
            f"The parameters {path}.Values and {path}.Counts must be of the same size."
        )
    total = Aggregate()
    for value, count in zip(values, counts, strict=True):
        if finite(count, f"{path}.Counts") <= 0:
            raise InvalidParameterValueException(
                f"The value {count} for parameter {path}.Counts is invalid."
            )
        total.merge(Aggregate.of(finite(value, f"{path}.Values"), count))
    return total


def _of_sums(given: dict[str, float], path: str) -> Aggregate:
    sums = {name: finite(value, f"{path}.{name}") for name, value in given.items()}
    count, low, high = sums["SampleCount"], sums["Minimum"], sums["Maximum"]
    if count <= 0 or low > high:
        raise InvalidParameterValueException(f"The value of the parameter {path} is invalid.")
    if low == high:
        return Aggregate.of(low, count)
    return Aggregate(count, sums["Sum"], low, high, None)


def finite(value: float, path: str) -> float:
    """A value that metrics may have. Raises InvalidParameterValueException for any other (API
    reference, "MetricDatum": from -2**360 to 2**360, no special values)."""
    if not math.isfinite(value) or abs(value) > 2.0**360:
        raise InvalidParameterValueException(f"The value {value} for parameter {path} is invalid.")
    return float(value)
