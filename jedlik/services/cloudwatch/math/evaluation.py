"""Evaluates queries of GetMetricData: reads metrics and evaluates expressions over them.

A value is a number, a line (values by time) or several lines. Arithmetic of lines works by time: at
times where one of them has no value, or that would be a division by zero, the result has no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.base.places import Place
from jedlik.base.turns import give_way
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.points import Series, find_series, series_prefix
from jedlik.services.cloudwatch.math.grammar import (
    Binary,
    FunctionCall,
    Name,
    Node,
    Number,
    Several,
    SyntaxFault,
    Text,
    parse,
)
from jedlik.services.cloudwatch.math.groups import MAX_PROCESSED, Groups
from jedlik.services.cloudwatch.math.labels import is_dynamic, rendered, rendering_cost
from jedlik.services.cloudwatch.math.metrics_query import is_metrics_query, read_metrics_query
from jedlik.services.cloudwatch.math.search import read_search
from jedlik.services.cloudwatch.series import Selection, check_period, dimensions_of, read_periods
from jedlik.services.cloudwatch.statistics import statistic_of
from jedlik.storage.engine import Reads

MAX_FOUND: Final = 100
"""Metrics that one SEARCH returns (CloudWatch user guide, "Using search expressions in graphs")."""
MAX_CHAIN: Final = 10
"""Expressions that each refer to the previous one."""
MAX_POINTS: Final = 300_000
"""Points that one request may read; more would delay others."""
MAX_LINES: Final = 500
"""Metrics in one array: as many as a request may have."""
MAX_WORK: Final = 3_000_000
"""Values that one request may compute, and terms of searches that it may compare: some seconds."""
LONG: Final = 5_000
"""The number of points and values from which on an evaluation takes one of a few slots: it keeps
them all until it is answered, and gives way to others, which would keep as many."""
_TURN: Final = 20_000
"""The number of these in a turn of the event loop: some milliseconds."""
_MATCHING: Final = 10
"""What it costs to find out whether a Metrics Insights query is about a metric, besides its
conditions."""
_READING: Final = 50
"""What it costs to read a metric that has no values: a query may find 10,000 of them."""
_FUNCTIONS: Final = ("SUM", "AVG", "MIN", "MAX", "METRICS", "SEARCH")


class Source(NamedTuple):
    """The metric of a line, its statistic and period."""

    metric: Selection
    stat: str
    period: int

    def properties(self) -> dict[str, str]:
        """What labels can say about it."""
        return {
            "Namespace": self.metric.namespace,
            "MetricName": self.metric.name,
            "Stat": self.stat,
            "Period": str(self.period),
            **{f"Dim.{name}": value for name, value in self.metric.dimensions},
        }


@dataclass(frozen=True, slots=True)
class Line:
    """Values by the second at which their period begins. `units` are the units of the metric's
    points if there are several and none was requested: the values are in the first. `source` is
    None unless the values are those of one metric."""

    label: str
    period: int
    values: dict[int, float]
    units: tuple[str, ...] = ()
    source: Source | None = None


Value = float | Line | list[Line]


def lines_of(value: Value) -> list[Line]:
    """The lines of a value to be shown. A number has none."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, Line) else []


class Evaluation:
    """Evaluates the queries of one request, each once, between two times. `place` has the Region
    and AccountId for dynamic labels; without it, labels stay as they are. `slot` is taken if it
    turns out to be long; None for evaluations of which there is one at a time."""

    def __init__(
        self,
        engine: Reads,
        queries: Sequence[dict[str, Any]],
        start: float,
        end: float,
        place: Mapping[str, str] | None = None,
        slot: Place | None = None,
    ) -> None:
        self._engine = engine
        self._place = place
        self._slot = slot
        self._queries = {query["Id"]: query for query in queries}
        self._start = start
        self._end = end
        self._room = MAX_POINTS
        self._work = MAX_WORK
        self._turn = _TURN
        self._series: dict[str | None, list[Series]] = {}
        self._known: dict[str, Value] = {}
        self._in_progress: list[str] = []

    async def value(self, query_id: str) -> Value:
        """The value of a query. Raises ValidationException."""
        if query_id in self._known:
            return self._known[query_id]
        if query_id in self._in_progress:
            raise ValidationException(f"Error in expression '{query_id}': it depends on itself")
        if len(self._in_progress) >= MAX_CHAIN:
            raise ValidationException(f"Error in expression '{query_id}': too many before it")
        self._in_progress.append(query_id)
        query = self._queries[query_id]
        try:
            if query.get("MetricStat") is not None:
                value: Value = await self._metric(query)
            else:
                value = await self._expression(query)
        except SyntaxFault as fault:
            raise ValidationException(f"Error in expression '{query_id}': {fault}") from None
        self._in_progress.pop()
        self._known[query_id] = value
        return value

    async def _spend(self, work: int) -> None:
        """Account for values before they are computed. Raises ValidationException."""
        self._work -= work
        if self._work < 0:
            raise ValidationException(
                "The expressions of this request need too much computation. You may reduce it by "
                "increasing Period, or decreasing the time range."
            )
        await self._take_slot()
        self._turn -= work
        if self._turn < 0:
            self._turn = _TURN
            await give_way()

    async def _take_slot(self) -> None:
        """Wait for a slot once there are many values; what is held until then is little."""
        values = MAX_POINTS - self._room + MAX_WORK - self._work
        if values > LONG and self._slot is not None and not self._slot.is_taken:
            await self._slot.keep()

    async def _metric(self, query: dict[str, Any]) -> Line:
        stat = query["MetricStat"]
        metric = stat["Metric"]
        selection = Selection(
            metric.get("Namespace", ""), metric.get("MetricName", ""),
            dimensions_of(metric.get("Dimensions")), stat.get("Unit"),
        )  # fmt: skip
        default = self._label(metric, stat)
        line = await self._line(selection, stat["Stat"], stat["Period"], default)
        return await self._labelled(line, query.get("Label") or default)

    def _label(self, metric: dict[str, Any], stat: dict[str, Any]) -> str:
        """The default label of a metric: its name, and the differences from other queries of the
        same metric (observed)."""
        same = [
            each["MetricStat"]
            for each in self._queries.values()
            if each.get("MetricStat") is not None
            and each["MetricStat"]["Metric"].get("MetricName") == metric.get("MetricName")
        ]
        parts = [metric.get("MetricName", "")]
        parts += [
            str(stat[member])
            for member in ("Stat", "Period")
            if len({each[member] for each in same}) > 1
        ]
        return " ".join(parts)

    async def _labelled(self, line: Line, label: str) -> Line:
        """The line with a label instead of its default one."""
        if self._place is not None and is_dynamic(label):
            own = line.source.properties() if line.source else {}
            properties = {**self._place, **own}
            await self._spend(rendering_cost(label, line.label, properties) + len(line.values))
            label = rendered(label, line.label, properties, line.values)
        return replace(line, label=label)

    async def _line(self, selection: Selection, stat: str, period: int, label: str) -> Line:
        check_period(period)
        statistic = statistic_of(stat, "Stat")
        by_unit = await self._read(selection, period)
        units = tuple(sorted(by_unit))
        points = by_unit[units[0]] if units else []
        await self._count(points)
        values = {time: statistic(sums) for time, sums in points}
        known = {time: value for time, value in values.items() if value is not None}
        source = Source(selection, stat, period)
        return Line(label, period, known, units if len(units) > 1 else (), source)

    async def _read(
        self, selection: Selection, period: int
    ) -> dict[str, list[tuple[int, Aggregate]]]:
        await self._spend(_READING)
        start = int(self._start) // period * period
        by_unit = await read_periods(self._engine, selection, period, start, self._end)
        await give_way()  # reads of an embedded engine never yield to the event loop
        return by_unit

    async def _count(self, points: Sequence[object]) -> None:
        """Account for points that were read. Raises ValidationException."""
        self._room -= len(points)
        if self._room < 0:
            raise ValidationException(
                f"You have requested more than {MAX_POINTS:,} datapoints. You may reduce the "
                "datapoints requested by increasing Period, or decreasing the time range."
            )
        await self._take_slot()

    async def _select(self, query: dict[str, Any]) -> Value:
        """The lines of a Metrics Insights query, or one if it has no groups."""
        parsed = read_metrics_query(query["Expression"])
        period = query.get("Period")
        if period is None:
            raise SyntaxFault("A Metrics Insights query needs a Period")
        check_period(period)
        found = []
        for series in await self._all_series(parsed.namespace):
            await self._spend(len(parsed.conditions) + _MATCHING)
            if parsed.finds(series):
                found.append(series)
        groups = Groups(parsed)
        for series in found[:MAX_PROCESSED]:
            for unit in series.units:
                selection = Selection(series.namespace, series.name, series.dimensions, unit)
                for points in (await self._read(selection, period)).values():
                    await self._count(points)
                    await self._spend(len(points))
                    groups.add(series, points)
        lines = [Line(" ".join(names), period, values) for names, values in groups.lines()]
        if parsed.group_by:
            return lines
        return lines[0] if lines else Line("", period, {})

    async def _expression(self, query: dict[str, Any]) -> Value:
        if is_metrics_query(query["Expression"]):
            value = await self._select(query)
        else:
            value = await self._work_out(parse(query["Expression"]))
        label = query.get("Label")
        if isinstance(value, Line):
            line = replace(value, label=query["Id"])
            return await self._labelled(line, label) if label else line
        if self._place is not None and label and isinstance(value, list) and is_dynamic(label):
            return [await self._labelled(line, label) for line in value]
        return value

    async def _work_out(self, node: Node) -> Value:
        match node:
            case Number(value):
                return value
            case Text():
                raise SyntaxFault("A text stands where a value should")
            case Name(query_id):
                if query_id not in self._queries:
                    raise SyntaxFault(f"There is no query '{query_id}'")
                return await self.value(query_id)
            case Binary():
                return await self._chain(node)
            case Several(elements):
                return await self._several(elements)
        return await self._call(node)

    async def _chain(self, node: Binary) -> Value:
        """Operators from the left to the right. A chain of them, as deep as it is long, is
        evaluated without recursion."""
        chain: list[Binary] = []
        first: Node = node
        while isinstance(first, Binary):
            chain.append(first)
            first = first.left
        value = await self._work_out(first)
        for each in reversed(chain):
            value = await self._arithmetic(each.operator, value, await self._work_out(each.right))
        return value

    async def _several(self, elements: Iterable[Node]) -> list[Line]:
        found: list[Line] = []
        for each in elements:
            value = await self._work_out(each)
            if isinstance(value, float):
                raise SyntaxFault("An array is of metrics")
            found += lines_of(value)
            if len(found) > MAX_LINES:
                raise SyntaxFault(f"An array has more than {MAX_LINES} metrics")
        return found

    async def _call(self, call: FunctionCall) -> Value:
        if call.function not in _FUNCTIONS:
            raise SyntaxFault(
                f"The function {call.function} is not available in this version of Jedlik"
            )
        match call.function:
            case "METRICS":
                return await self._metrics(call.arguments)
            case "SEARCH":
                return await self._search(call.arguments)
        if len(call.arguments) != 1:
            raise SyntaxFault(f"{call.function} has one argument")
        value = await self._work_out(call.arguments[0])
        if isinstance(value, float):
            raise SyntaxFault(f"{call.function} is of metrics")
        await self._spend(sum(len(line.values) for line in lines_of(value)))
        return _reduced(call.function, value)

    async def _metrics(self, arguments: list[Node]) -> list[Line]:
        wanted = _texts("METRICS", arguments, 0, 1)
        found = []
        for query_id, query in self._queries.items():
            if query.get("MetricStat") is not None:
                line = await self.value(query_id)
                assert isinstance(line, Line)
                if all(text in line.label or text in query_id for text in wanted):
                    found.append(line)
        return found

    async def _search(self, arguments: list[Node]) -> list[Line]:
        period = 300
        if len(arguments) == 3:
            *arguments, last = arguments
            if not isinstance(last, Number) or not last.value.is_integer():
                raise SyntaxFault("The third argument of SEARCH is a period")
            period = int(last.value)
        text, stat = _texts("SEARCH", arguments, 2, 2)
        search = read_search(text)
        found = []
        for series in await self._all_series(search.namespace):
            await self._spend(search.terms + 1)
            if search.finds(series):
                found.append(series)
        lines = []
        for series in found[:MAX_FOUND]:
            selection = Selection(series.namespace, series.name, series.dimensions)
            label = " ".join((series.name, *(value for _, value in series.dimensions)))
            lines.append(await self._line(selection, stat, period, label))
        return [line for line in lines if line.values]

    async def _all_series(self, namespace: str | None) -> list[Series]:
        if namespace not in self._series:
            prefix = series_prefix(namespace)
            self._series[namespace] = await find_series(self._engine, prefix)
        return self._series[namespace]

    async def _arithmetic(self, operator: str, left: Value, right: Value) -> Value:
        if isinstance(left, list) and isinstance(right, list):
            raise SyntaxFault("There is no arithmetic of two arrays")
        if isinstance(left, list):
            return [await self._of_lines(operator, each, right) for each in left]
        if isinstance(right, list):
            return [await self._of_lines(operator, left, each) for each in right]
        if isinstance(left, float) and isinstance(right, float):
            found = _OPERATORS[operator](left, right)
            if found is None or not math.isfinite(found):
                raise SyntaxFault("The expression has no value")
            return found
        return await self._of_lines(operator, left, right)

    async def _of_lines(self, operator: str, left: Value, right: Value) -> Line:
        lines = [each for each in (left, right) if isinstance(each, Line)]
        await self._spend(sum(len(each.values) for each in lines))
        times = set(lines[0].values).intersection(*(each.values for each in lines))
        work = _OPERATORS[operator]
        values = {}
        for time in sorted(times):
            found = work(_at(left, time), _at(right, time))
            if found is not None and math.isfinite(found):
                values[time] = found
        source = lines[0].source if len(lines) == 1 else None
        return Line(lines[0].label, min(each.period for each in lines), values, source=source)


def _texts(function: str, arguments: list[Node], least: int, most: int) -> list[str]:
    texts = [each.value for each in arguments if isinstance(each, Text)]
    if len(texts) != len(arguments) or not least <= len(texts) <= most:
        raise SyntaxFault(f"The arguments of {function} are not as they should be")
    return texts


def _divide(left: float, right: float) -> float | None:
    return left / right if right else None


def _power(left: float, right: float) -> float | None:
    try:
        found = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return found if isinstance(found, float) else None  # roots of negative numbers are complex


_OPERATORS: Final[dict[str, Callable[[float, float], float | None]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "^": _power,
}


def _at(value: Value, time: int) -> float:
    assert not isinstance(value, list)
    return value.values[time] if isinstance(value, Line) else value


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_REDUCTIONS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "SUM": sum, "AVG": _average, "MIN": min, "MAX": max,
}  # fmt: skip


def _reduced(function: str, value: Line | list[Line]) -> Value:
    """For a line a number; for several lines a line, by time."""
    reduce = _REDUCTIONS[function]
    if isinstance(value, Line):
        return float(reduce(list(value.values.values()) or [0.0]))
    at: dict[int, list[float]] = {}
    for line in value:
        for time, each in line.values.items():
            at.setdefault(time, []).append(each)
    period = min((line.period for line in value), default=60)
    return Line(function, period, {time: float(reduce(at[time])) for time in sorted(at)})
