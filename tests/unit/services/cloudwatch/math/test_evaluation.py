"""Expressions over metrics: arithmetic by time, reductions, and missing values."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.places import Place, Places
from jedlik.services.cloudwatch.math import evaluation
from jedlik.services.cloudwatch.math.evaluation import (
    LONG,
    MAX_CHAIN,
    Evaluation,
    Line,
    Value,
    lines_of,
)
from jedlik.storage.memory import MemoryEngine


def _sum(name: str) -> dict[str, Any]:
    return {"Metric": {"MetricName": name}, "Stat": "Sum", "Period": 60}


class Lines(Evaluation):
    """Its metrics are given: `m1` and so on, by minute."""

    def __init__(self, lines: dict[str, dict[int, float]], expressions: dict[str, str]) -> None:
        metrics = [{"Id": name, "MetricStat": _sum(name)} for name in lines]
        queries = [{"Id": name, "Expression": text} for name, text in expressions.items()]
        super().__init__(MemoryEngine(), [*metrics, *queries], 0.0, 600.0)
        self._given = lines
        self.read = 0

    async def _line(self, selection: Any, _stat: str, period: int, label: str) -> Line:
        self.read += 1
        return Line(label, period, self._given[selection.name])


def worked_out(text: str, **lines: dict[int, float]) -> Value:
    return asyncio.run(Lines(lines, {"e": text}).value("e"))


def values(text: str, **lines: dict[int, float]) -> dict[int, float]:
    value = worked_out(text, **lines)
    assert isinstance(value, Line)
    return value.values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("m1 + m2", {60: 5.0}),
        ("m1 - 1", {0: 0.0, 60: 1.0}),
        ("10 / m1", {0: 10.0, 60: 5.0}),
        ("m1 / (m1 - 1)", {60: 2.0}),  # no value where it would be a division by zero
        ("m1 ^ 2", {0: 1.0, 60: 4.0}),
        ("(m1 - 2) ^ 0.5", {60: 0.0}),  # nor where a root would be complex
        ("m1 * 1e308 * 10", {}),
        ("SUM([m1, m2])", {0: 1.0, 60: 5.0, 120: 4.0}),
        ("AVG(METRICS())", {0: 1.0, 60: 2.5, 120: 4.0}),
        ("MAX(METRICS()) - MIN(METRICS())", {0: 0.0, 60: 1.0, 120: 0.0}),
        ("SUM(METRICS('m2'))", {60: 3.0, 120: 4.0}),
        ("m1 + SUM(m2)", {0: 8.0, 60: 9.0}),
    ],
)
def test_arithmetic_goes_by_time(text: str, found: dict[int, float]) -> None:
    assert values(text, m1={0: 1.0, 60: 2.0}, m2={60: 3.0, 120: 4.0}) == found


def test_a_number_goes_with_each_of_several_lines() -> None:
    value = worked_out("2 * METRICS()", m1={0: 1.0}, m2={0: 3.0})
    assert [line.values for line in lines_of(value)] == [{0: 2.0}, {0: 6.0}]
    assert lines_of(worked_out("1 + 2")) == []


@pytest.mark.parametrize(
    "text",
    [
        "nothing", "METRICS() + METRICS()", "SUM(1)", "SUM(m1, m1)", "FILL(m1, 0)", "'text'",
        "[1]", "1 / 0", "METRICS(1)", "SEARCH('a')", "SEARCH('a', 'Sum', 1.5)", "e + 1",
    ],
)  # fmt: skip
def test_what_has_no_value_names_its_query(text: str) -> None:
    with pytest.raises(ValidationException, match="Error in expression 'e'"):
        worked_out(text, m1={0: 1.0})


def test_a_query_is_worked_out_once() -> None:
    lines = Lines({"m1": {0: 1.0}}, {"e": "m1 + m1", "f": "e + m1"})
    asyncio.run(lines.value("f"))
    assert lines.read == 1


@pytest.mark.parametrize("length", [MAX_CHAIN, MAX_CHAIN + 1])
def test_chains_end(length: int) -> None:
    chain = {f"e{n}": f"e{n + 1}" for n in range(1, length)}
    lines = Lines({}, {**chain, f"e{length}": "1"})
    if length <= MAX_CHAIN:
        assert asyncio.run(lines.value("e1")) == 1.0
    else:
        with pytest.raises(ValidationException, match="too many before it"):
            asyncio.run(lines.value("e1"))


def test_labels_say_what_sets_queries_of_one_metric_apart() -> None:
    metric = {"MetricName": "Reads"}
    queries: list[dict[str, Any]] = [
        {"Id": "a", "MetricStat": {"Metric": metric, "Stat": "Sum", "Period": 60}},
        {"Id": "b", "MetricStat": {"Metric": metric, "Stat": "Average", "Period": 60}},
        {"Id": "c", "MetricStat": {"Metric": {"MetricName": "Writes"}, "Stat": "Sum", "Period": 9}},
    ]

    async def labels() -> list[str]:
        lines = Evaluation(MemoryEngine(), [*queries[:2], {**queries[0], "Id": "d"}], 0.0, 60.0)
        found = [await lines.value(each) for each in ("a", "b")]
        alone = await Evaluation(MemoryEngine(), queries[:1], 0.0, 60.0).value("a")
        return [line.label for value in (*found, alone) for line in lines_of(value)]

    assert asyncio.run(labels()) == ["Reads Sum", "Reads Average", "Reads"]


def test_points_beyond_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def two(*_given: Any) -> dict[str, list[tuple[int, Any]]]:
        return {"Count": [(0, None), (60, None)]}

    monkeypatch.setattr(evaluation, "read_periods", two)
    monkeypatch.setattr(evaluation, "statistic_of", lambda *_given: lambda _sums: 1.0)
    query = {
        "Id": "a",
        "MetricStat": {"Metric": {"MetricName": "m"}, "Stat": "Sum", "Period": 60},
    }

    def read(room: int) -> Value:
        monkeypatch.setattr(evaluation, "MAX_POINTS", room)
        return asyncio.run(Evaluation(MemoryEngine(), [query], 0.0, 120.0).value("a"))

    assert lines_of(read(2))[0].values == {0: 1.0, 60: 1.0}
    with pytest.raises(ValidationException, match="more than"):
        read(1)


@pytest.mark.parametrize(("many", "waits"), [(LONG // 2, False), (LONG + 1, True)])
@pytest.mark.parametrize("reads", [True, False])
def test_an_evaluation_of_many_values_waits_for_a_slot(
    many: int, waits: bool, reads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_given: Any) -> dict[str, list[tuple[int, Any]]]:
        return {"Count": [(60 * number, None) for number in range(many if reads else 500)]}

    monkeypatch.setattr(evaluation, "read_periods", read)
    monkeypatch.setattr(evaluation, "statistic_of", lambda *_given: lambda _sums: 1.0)
    work = "" if reads else " + 1" * (many // 500)
    queries = [{"Id": "m", "MetricStat": _sum("m")}, {"Id": "e", "Expression": f"m{work}"}]

    async def run() -> None:
        places = Places(1)
        await places.take(None)
        with Place(places, None) as slot:
            value = Evaluation(MemoryEngine(), queries, 0.0, 600.0, slot=slot).value("e")
            running = asyncio.create_task(value)
            for _ in range(1000):
                await asyncio.sleep(0)
            assert running.done() is not waits
            places.give_back(None)
            assert await running
        assert places.is_free_for(None)

    asyncio.run(run())
