"""Records the metrics of services, with the least possible work for each value.

A request may spend a few hundred nanoseconds on all its metrics. So a hot path keeps a
`Distribution` for each (table, operation) and appends to its list: nothing is looked up, summed or
compared. Once a second the lists are counted, by C code, and become part of the running minute's
aggregate; a value belongs to the minute in which that second began.

Memory is bounded by what one second can append and by `MAX_SERIES`; metrics beyond it are dropped,
and the number of dropped values is a metric too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from jedlik.base.clock import Clock
from jedlik.kernel.metrics.aggregate import Aggregate, bucket_of, upper_end_of
from jedlik.kernel.metrics.metric import Metric

MINUTE: Final = 60
MAX_SERIES: Final = 20_000
"""Metrics that a process records at a time."""
IDLE_MINUTES: Final = 15
"""After this many minutes without a value, the process forgets a metric."""
_MILLISECOND: Final = 1e6


class Distribution:
    """Values of one metric. `add` takes one, and is a list's `append`. If there is a `detail`, they
    are values of that metric too, which costs nothing until they are summed up."""

    __slots__ = ("_values", "add", "detail", "idle_since", "metric")

    def __init__(self, metric: Metric, minute: int, detail: Metric | None = None) -> None:
        self.metric = metric
        self.detail = detail
        self._values: list[Any] = []
        self.add: Callable[[Any], None] = self._values.append
        self.idle_since = minute

    def take(self) -> Aggregate | None:
        """The sum of the values added since the last call; None if there are none."""
        values = self._values
        if not values:
            return None
        counted = self._count(values)
        values.clear()
        return Aggregate.of_values(counted)

    def _count(self, values: list[Any]) -> dict[float, int]:
        """The values of the metric among those added, and how often each occurs."""
        return Counter(values)


class Timing(Distribution):
    """Durations of one metric: `add` takes nanoseconds, the metric has milliseconds.

    Nearly all of them differ, so they are sorted, and divided at the ends of buckets.
    """

    __slots__ = ()

    def take(self) -> Aggregate | None:
        values = self._values
        if not values:
            return None
        values.sort()
        count, total = len(values), sum(values) / _MILLISECOND
        low, high = values[0] / _MILLISECOND, values[-1] / _MILLISECOND
        buckets: dict[int, int] = {}
        at = 0
        while at < count:
            bucket = bucket_of(values[at] / _MILLISECOND)
            end = max(at + 1, bisect_right(values, upper_end_of(bucket) * _MILLISECOND, at))
            buckets[bucket] = end - at
            at = end
        values.clear()
        return Aggregate(count, total, low, high, buckets)


class Gauge(Distribution):
    """A measured value: only the last one is shown."""

    __slots__ = ()


class Tally(Distribution):
    """How often a metric had one and the same `value`: incrementing `times` is cheaper than adding
    values."""

    __slots__ = ("times", "value")

    def __init__(self, metric: Metric, minute: int, detail: Metric | None = None) -> None:
        super().__init__(metric, minute, detail)
        self.times = 0
        self.value = 1.0

    def take(self) -> Aggregate | None:
        times, self.times = self.times, 0
        return Aggregate.of(self.value, times) if times else None


class Point(NamedTuple):
    """The recorded values of a metric in the minute that begins at `minute`, in seconds."""

    metric: Metric
    minute: int
    aggregate: Aggregate


_Place = tuple[Metric, type[Distribution], Metric | None]


class Metrics:
    """The recorder of one process."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        self._second = int(clock.now())
        self._distributions: dict[_Place, Distribution] = {}
        self._pending: dict[tuple[Metric, int], Aggregate] = {}
        self._forgetters: list[Callable[[], None]] = []
        self._keeping = False
        self.totals: dict[Metric, Aggregate] = {}
        """Sums since `keep_totals`, of what is counted and timed."""
        self.gauges: dict[Metric, float] = {}
        """The last averages of what is measured."""
        self.dropped = 0
        """Values of metrics that there was no room for."""

    def distribution(
        self,
        metric: Metric,
        kind: type[Distribution] = Distribution,
        detail: Metric | None = None,
    ) -> Distribution:
        """Takes the values of a metric, in the form `kind`; callers may keep it until `on_forget`
        calls. Without room for details, `detail` is ignored."""
        place = (metric, kind, detail)
        return self._distributions.get(place) or self._new(place)

    def record(self, metric: Metric, value: float) -> None:
        """Add a value, off the hot paths."""
        self.distribution(metric).add(value)

    def keep_totals(self) -> None:
        """From now on, also keep totals for the life of the process."""
        self._keeping = True

    def on_forget(self, forget: Callable[[], None]) -> None:
        """Have `forget` called when callers must no longer use the distributions that they keep."""
        self._forgetters.append(forget)

    @property
    def has_room_for_details(self) -> bool:
        """Whether there is room for metrics that only show details of others, which there is not
        with very many tables."""
        return len(self._distributions) < MAX_SERIES // 2

    def _new(self, place: _Place) -> Distribution:
        metric, kind, detail = place
        if detail is not None and not self.has_room_for_details:
            return self.distribution(metric, kind)
        made = kind(metric, self._minute(), detail)
        if len(self._distributions) < MAX_SERIES:
            self._distributions[place] = made
        else:
            made.add = self._drop
        return made

    def _drop(self, _value: float) -> None:
        self.dropped += 1

    def _minute(self) -> int:
        return self._second // MINUTE * MINUTE

    def fold(self) -> None:
        """Sum up the values added since the last call. To be called every second."""
        minute = self._minute()
        for distribution in self._distributions.values():
            taken = distribution.take()
            if taken is not None:
                distribution.idle_since = minute
                if self._keeping:
                    self._keep(distribution, taken)
                self._add(distribution.metric, minute, taken)
                if distribution.detail is not None:
                    self._add_detail(distribution.detail, minute, taken)
        self._second = int(self._now())
        if self._minute() != minute:
            self._forget_idle(minute - IDLE_MINUTES * MINUTE)

    def _keep(self, distribution: Distribution, taken: Aggregate) -> None:
        metric = distribution.metric
        if isinstance(distribution, Gauge):
            self.gauges[metric] = taken.average
        else:
            self._sum_up(metric, taken)

    def _sum_up(self, metric: Metric, taken: Aggregate) -> None:
        if metric in self.totals or len(self.totals) < MAX_SERIES:
            self.totals.setdefault(metric, Aggregate()).merge(taken)

    def _add(self, metric: Metric, minute: int, aggregate: Aggregate) -> None:
        known = self._pending.get((metric, minute))
        if known is None:
            self._pending[metric, minute] = aggregate
        else:
            known.merge(aggregate)

    def _add_detail(self, metric: Metric, minute: int, aggregate: Aggregate) -> None:
        # A copy, since later ones are merged into the first.
        copied = Aggregate()
        copied.merge(aggregate)
        if self._keeping:
            self._sum_up(metric, aggregate)
        self._add(metric, minute, copied)

    def _forget_idle(self, before: int) -> None:
        idle = [key for key, each in self._distributions.items() if each.idle_since <= before]
        for key in idle:
            del self._distributions[key]
        if idle:
            for forget in self._forgetters:
                forget()

    def take(self) -> list[Point]:
        """All sums that were not taken yet."""
        self.fold()
        taken = [Point(*key, aggregate) for key, aggregate in self._pending.items()]
        self._pending.clear()
        return taken

    def put_back(self, points: list[Point]) -> None:
        """Keep points that could not be stored for the next `take`, if there is room."""
        for metric, minute, aggregate in points:
            if len(self._pending) >= MAX_SERIES:
                self.dropped += round(aggregate.count)
            else:
                self._add(metric, minute, aggregate)
