"""Reads and writes that exceeded a table's or index's capacity, counted one by one.

A batch of ten keys may be ten events; throttled requests are counted by `request_meter`.
"""

from __future__ import annotations

from jedlik.kernel.metrics.recorder import Metrics
from jedlik.services.dynamodb.capacity.refusals import Shortage
from jedlik.services.dynamodb.metering.metric_names import INDEX, TABLE, metric


def count_shortage(metrics: Metrics, shortage: Shortage) -> None:
    """Count one read or write for which there was no room."""
    table, _, index = shortage.resource.arn.partition(":table/")[2].partition("/index/")
    dimensions = {TABLE: table, INDEX: index} if index else {TABLE: table}
    direction = shortage.direction
    metrics.record(metric(f"{direction}ThrottleEvents", **dimensions), 1.0)
    metrics.record(metric(f"{direction}{shortage.cause}ThrottleEvents", **dimensions), 1.0)
