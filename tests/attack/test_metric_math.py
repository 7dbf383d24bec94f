"""Expressions of metric math that once broke a request or kept a server busy, and similar ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.points import store_points
from jedlik.kernel.metrics.recorder import Point
from jedlik.services.cloudwatch.errors import InvalidParameterValueException
from jedlik.services.cloudwatch.math import evaluation
from jedlik.services.cloudwatch.math.evaluation import Evaluation, Line, Value
from jedlik.storage.memory import MemoryEngine

START = 1_700_000_100 // 300 * 300
MINUTES = 60
M1 = {
    "Id": "m1",
    "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"},
}


def expressions(*texts: str) -> list[dict[str, Any]]:
    """Queries e0, e1, ... of these texts, after the metric m1."""
    return [M1, *({"Id": f"e{n}", "Expression": text} for n, text in enumerate(texts))]


def value(queries: list[dict[str, Any]], of: str, end: float = START + MINUTES * 60) -> Value:
    async def work_out() -> Value:
        engine = MemoryEngine()
        points = [
            Point(Metric("N", "m"), START + minute * 60, Aggregate.of(float(minute)))
            for minute in range(MINUTES)
        ]
        await store_points(engine, points, START)
        return await Evaluation(engine, queries, START, end).value(of)

    return asyncio.run(work_out())


def test_operators_go_from_the_left_to_the_right() -> None:
    line = value(expressions("m1 - 1 - 2 * 3 / 2 + 10"), "e0")
    assert isinstance(line, Line)
    assert [line.values[START + 60 * n] for n in range(3)] == [6.0, 7.0, 8.0]


def test_long_chains_that_lead_to_long_chains() -> None:
    texts = [f"{f'e{n + 1}' if n < 8 else 'm1'}{'+1' * 190}" for n in range(9)]
    line = value(expressions(*texts), "e0")
    assert isinstance(line, Line)
    assert line.values[START] == 9 * 190


def test_nesting_that_leads_to_nesting() -> None:
    texts = [f"{'SUM([' * 5}{f'e{n + 1}' if n < 8 else 'm1'}{'])' * 5}" for n in range(9)]
    line = value(expressions(*texts), "e0")
    assert isinstance(line, Line)
    assert line.values[START + 60] == 1.0


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["m1 + 1e999"], "too large"),
        (["m1 + " + "9" * 400], "too large"),
        (["SEARCH('{N} m', 'Sum', 1e999)"], "too large"),
        (["SEARCH('{N} m', 'Sum', 0.5)"], "is a period"),
        ([f"[{','.join(['m1'] * 150)}]", f"[{','.join(['e0'] * 150)}]"], "more than 500"),
        (["(" * 30 + "m1" + ")" * 30], "too deep"),
    ],
)
def test_what_is_refused(texts: list[str], why: str) -> None:
    with pytest.raises(ValidationException, match=why):
        value(expressions(*texts), f"e{len(texts) - 1}")


@pytest.mark.parametrize("period", ["0", "-60", "61", "86460", "9" * 30])
def test_periods_that_are_none(period: str) -> None:
    with pytest.raises((InvalidParameterValueException, ValidationException)):
        value(expressions(f"SEARCH('{{N}} m', 'Sum', {period})"), "e0")


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MAX_WORK", MINUTES * 10)
    assert value(expressions("m1" + "+1" * 9), "e0")
    sums = "SUM([m1,m1])"
    for text in (
        "m1" + "+1" * 11,
        "[m1,m1,m1,m1] * 2 * 3 * 4",
        f"{sums} * 2 * 3 + {sums} * 4 * 5 * 6",
    ):
        with pytest.raises(ValidationException, match="too much computation"):
            value(expressions(text), "e0")


@pytest.mark.parametrize("end", [2.0**33, 253_402_300_799])
def test_times_that_no_point_has(end: float) -> None:
    line = value([M1], "m1", end)
    assert isinstance(line, Line)
    assert len(line.values) == MINUTES


def test_metrics_without_values_cost_something_too(monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"Id": "e0", "Expression": "SELECT SUM(m) FROM N GROUP BY d", "Period": 60}
    metrics = [Metric("N", "m", (("d", str(number)),)) for number in range(30)]

    async def work_out() -> Value:
        engine = MemoryEngine()
        points = [Point(metric, START, Aggregate.of(1.0)) for metric in metrics]
        await store_points(engine, points, START)
        return await Evaluation(engine, [query], START + 600, START + 1200).value("e0")

    assert asyncio.run(work_out()) == []
    monkeypatch.setattr(evaluation, "MAX_WORK", 1000)
    with pytest.raises(ValidationException, match="too much computation"):
        asyncio.run(work_out())
