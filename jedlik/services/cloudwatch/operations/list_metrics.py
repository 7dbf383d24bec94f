"""ListMetrics."""

from __future__ import annotations

from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.points import DAY, HOUR, Series, find_series, series_key, series_prefix
from jedlik.services.cloudwatch.errors import InvalidParameterValueException
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.tokens import read_token, write_token
from jedlik.services.cloudwatch.wire.protocol import Members

PAGE: Final = 500
_SHOWN_FOR: Final = 14 * DAY
"""Metrics without newer points are not listed (API reference, "ListMetrics")."""
_RECENT: Final = 3 * HOUR
_OPERATION: Final = "ListMetrics"


async def list_metrics(monitoring: Monitoring, payload: Payload) -> Members:
    """The metrics, 500 per page, by namespace, name or dimensions."""
    if payload.get("IncludeLinkedAccounts") or payload.get("OwningAccount"):
        raise InvalidParameterValueException(
            "IncludeLinkedAccounts and OwningAccount are not available in this version of Jedlik"
        )
    await monitoring.settle()
    name = payload.get("MetricName")
    namespace = payload.get("Namespace")
    prefix = series_prefix(namespace, name if namespace is not None else None)
    low = read_token(payload.get("NextToken"), _OPERATION)
    for_seconds = _RECENT if payload.get("RecentlyActive") else _SHOWN_FOR
    oldest = monitoring.now() - for_seconds - HOUR  # only the hour of the last point is known
    wanted = {each["Name"]: each.get("Value") for each in payload.get("Dimensions") or ()}
    found = [
        series
        for series in await find_series(monitoring.engine, prefix, low)
        if series.last > oldest
        and name in (None, series.name)
        and _has(series, wanted)
    ]  # fmt: skip
    answer: Members = {"Metrics": [shown(series) for series in found[:PAGE]]}
    if len(found) > PAGE:
        following = found[PAGE]
        key = series_key(Metric(following.namespace, following.name, following.dimensions))
        answer["NextToken"] = write_token(key, _OPERATION)
    return answer


def _has(series: Series, wanted: dict[str, str | None]) -> bool:
    dimensions = dict(series.dimensions)
    return all(
        name in dimensions and value in (None, dimensions[name]) for name, value in wanted.items()
    )


def shown(series: Series) -> dict[str, Any]:
    """A metric in the form of answers."""
    return {
        "Namespace": series.namespace,
        "MetricName": series.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
    }
