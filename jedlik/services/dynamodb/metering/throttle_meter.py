"""What found no room in a table's or index's capacity, counted by the event.

A batch of ten keys may be ten events; that the request itself was throttled is counted by
`request_meter`.
"""

from __future__ import annotations

from jedlik.kernel.metrics.recorder import Metrics
from jedlik.services.dynamodb.capacity.refusals import Shortage
from jedlik.services.dynamodb.metering.metric_names import INDEX, TABLE, metric


def count_shortage(metrics: Metrics, shortage: Shortage) -> None:
    """Count one read or write that there was no room for."""
    table, _, index = shortage.resource.arn.partition(":table/")[2].partition("/index/")
    dimensions = {TABLE: table, INDEX: index} if index else {TABLE: table}
    direction = shortage.direction
    metrics.record(metric(f"{direction}ThrottleEvents", **dimensions), 1.0)
    metrics.record(metric(f"{direction}{shortage.cause}ThrottleEvents", **dimensions), 1.0)
