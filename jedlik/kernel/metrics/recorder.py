"""Where services record what happens: the cheapest thing that can be done with a value is done.

A request may spend a few hundred nanoseconds on all its metrics. So a hot path keeps a
`Distribution` for each (table, operation) and appends to its list: nothing is looked up, summed or
compared. Once a second the lists are counted, by C code, and become part of the running minute's
aggregate; a value belongs to the minute in which that second began.

Memory is bounded by what one second can append and by `MAX_SERIES`; metrics beyond it are dropped,
and how many values that were is a metric too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from jedlik.base.clock import Clock
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.metric import Metric

MINUTE: Final = 60
MAX_SERIES: Final = 20_000
"""Metrics that a process records at a time."""
IDLE_MINUTES: Final = 15
"""After so many minutes without a value a metric is forgotten by the process."""
_GRAIN: Final = 10
_MILLISECONDS: Final = (1 << _GRAIN) / 1e6
"""Timings are counted in units of 1,024 ns: few are different then, and counting them is cheap."""


class Distribution:
    """Values of one metric. `add` takes one, and is a list's `append`."""

    __slots__ = ("_values", "add", "idle_since", "metric")

    def __init__(self, metric: Metric, minute: int) -> None:
        self.metric = metric
        self._values: list[float] = []
        self.add: Callable[[float], None] = self._values.append
        self.idle_since = minute

    def take(self) -> Aggregate | None:
        """What was added since the last call, summed up; None where nothing was."""
        values = self._values
        if not values:
            return None
        counted = self._count(values)
        values.clear()
        return Aggregate.of_values(counted)

    def _count(self, values: list[float]) -> dict[float, int]:
        return Counter(values)


class Timing(Distribution):
    """Durations of one metric: `add` takes nanoseconds, the metric has milliseconds."""

    __slots__ = ()

    def _count(self, values: list[float]) -> dict[float, int]:
        counted = Counter([int(each) >> _GRAIN for each in values])
        return {(units + 0.5) * _MILLISECONDS: times for units, times in counted.items()}


class Point(NamedTuple):
    """What was recorded of a metric in the minute that begins at `minute`, in seconds."""

    metric: Metric
    minute: int
    aggregate: Aggregate


class Metrics:
    """The recorder of one process."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        self._second = int(clock.now())
        self._distributions: dict[Metric, Distribution] = {}
        self._pending: dict[tuple[Metric, int], Aggregate] = {}
        self._forgetters: list[Callable[[], None]] = []
        self.dropped = 0
        """Values of metrics that there was no room for."""

    def distribution(self, metric: Metric) -> Distribution:
        """Where to add values of a metric, to be kept until `on_forget` says otherwise."""
        return self._distributions.get(metric) or self._new(metric, Distribution)

    def timing(self, metric: Metric) -> Distribution:
        """The same for durations in nanoseconds."""
        return self._distributions.get(metric) or self._new(metric, Timing)

    def record(self, metric: Metric, value: float) -> None:
        """Add a value, off the hot paths."""
        self.distribution(metric).add(value)

    def on_forget(self, forget: Callable[[], None]) -> None:
        """Have `forget` called whenever distributions may no longer be used that were kept."""
        self._forgetters.append(forget)

    def _new(self, metric: Metric, kind: type[Distribution]) -> Distribution:
        made = kind(metric, self._minute())
        if len(self._distributions) < MAX_SERIES:
            self._distributions[metric] = made
        else:
            made.add = self._drop
        return made

    def _drop(self, _value: float) -> None:
        self.dropped += 1

    def _minute(self) -> int:
        return self._second // MINUTE * MINUTE

    def fold(self) -> None:
        """Sum up what was added since the last call. To be called every second."""
        minute = self._minute()
        for distribution in self._distributions.values():
            taken = distribution.take()
            if taken is not None:
                distribution.idle_since = minute
                self._add(distribution.metric, minute, taken)
        self._second = int(self._now())
        if self._minute() != minute:
            self._forget_idle(minute - IDLE_MINUTES * MINUTE)

    def _add(self, metric: Metric, minute: int, aggregate: Aggregate) -> None:
        known = self._pending.get((metric, minute))
        if known is None:
            self._pending[metric, minute] = aggregate
        else:
            known.merge(aggregate)

    def _forget_idle(self, before: int) -> None:
        idle = [metric for metric, each in self._distributions.items() if each.idle_since <= before]
        for metric in idle:
            del self._distributions[metric]
        if idle:
            for forget in self._forgetters:
                forget()

    def take(self) -> list[Point]:
        """All that is summed up and was not taken yet."""
        self.fold()
        taken = [Point(*key, aggregate) for key, aggregate in self._pending.items()]
        self._pending.clear()
        return taken

    def put_back(self, points: list[Point]) -> None:
        """Keep points that could not be stored for the next `take`, as long as there is room."""
        for metric, minute, aggregate in points:
            if len(self._pending) >= MAX_SERIES:
                self.dropped += round(aggregate.count)
            else:
                self._add(metric, minute, aggregate)
