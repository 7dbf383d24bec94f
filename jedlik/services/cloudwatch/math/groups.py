"""The lines of a Metrics Insights query: values of all metrics of a group, together.

A period's value is the function's over all that was recorded in it, of whichever metrics: its
average is not the average of averages (CloudWatch user guide, "SQL inference").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.points import Series
from jedlik.services.cloudwatch.math.metrics_query import FUNCTIONS, MetricsQuery
from jedlik.services.cloudwatch.statistics import SIMPLE

MAX_PROCESSED: Final = 10_000
"""Metrics that a query takes into account: of more of them, the first (CloudWatch user guide,
"Metrics Insights limits")."""

Names = tuple[str, ...]
"""The values by which a group is formed; empty if there is one group of all."""


class Groups:
    """The groups of a query, as they are filled."""

    def __init__(self, query: MetricsQuery) -> None:
        self._query = query
        self._groups: dict[Names, dict[int, Aggregate]] = {}

    def add(self, series: Series, points: Iterable[tuple[int, Aggregate]]) -> None:
        """Add points of a series by the times at which their periods begin."""
        group = self._groups.setdefault(self._query.group_of(series), {})
        for time, each in points:
            if time in group:
                group[time].merge(each)
            else:  # without the distribution, which no function needs
                group[time] = Aggregate(each.count, each.sum, each.low, each.high)

    def lines(self) -> list[tuple[Names, dict[int, float]]]:
        """The values of each group by time: in the query's order, and no more than its limit."""
        query = self._query
        value_of = SIMPLE[FUNCTIONS[query.function]]
        lines = [
            (names, {time: value_of(group[time]) or 0.0 for time in sorted(group)})
            for names, group in sorted(self._groups.items())
            if group
        ]
        if query.order is not None:
            reduce = _ORDERS[query.order.function]
            lines.sort(
                key=lambda line: reduce(list(line[1].values())), reverse=query.order.descending
            )
        return lines[: query.limit]


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_ORDERS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "AVG": _average, "COUNT": len, "MAX": max, "MIN": min, "SUM": sum,
}  # fmt: skip
