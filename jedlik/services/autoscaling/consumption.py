"""The consumption of a table or index by the minute, from its metrics."""

from __future__ import annotations

from typing import Final

from jedlik.kernel.metrics.metric import COUNT, Dimensions
from jedlik.kernel.metrics.points import RESOLUTIONS, read_points, series_id
from jedlik.kernel.store import Store
from jedlik.services.autoscaling.model import Scaled

MINUTE: Final = 60
METRICS: Final = "AWS/DynamoDB"


def dimensions_of(scaled: Scaled) -> Dimensions:
    """The dimensions of its metrics, by name."""
    table = ("TableName", scaled.table)
    return (table,) if scaled.index is None else (("GlobalSecondaryIndexName", scaled.index), table)


async def consumed(store: Store, scaled: Scaled, end: float, minutes: int) -> list[float]:
    """Units a second in each of the last `minutes` minutes before `end`, itself the end of a
    minute, the oldest first. Without consumption it is 0."""
    name = f"Consumed{scaled.member}"
    series = series_id(METRICS, name, dimensions_of(scaled))
    start = end - minutes * MINUTE
    points = await read_points(store.engine, series, COUNT, RESOLUTIONS[0], start, end)
    sums = {time: aggregate.sum for time, aggregate in points}
    return [sums.get(int(start) + number * MINUTE, 0.0) / MINUTE for number in range(minutes)]
