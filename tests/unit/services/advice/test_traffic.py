"""Traffic read from days of metrics."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.points import store_points
from jedlik.kernel.metrics.recorder import Point
from jedlik.services.advice.traffic import Dropped, Traffic, read_traffic
from jedlik.services.dynamodb.metering.metric_names import metric, own_metric
from jedlik.storage.memory import MemoryEngine

HOUR = 3600
START = 1_700_000_000 // HOUR * HOUR


def traffic(*points: Point) -> Traffic:
    async def read() -> Traffic:
        engine = MemoryEngine()
        await store_points(engine, points, START)
        return (await read_traffic(engine, START, START + 3 * HOUR)).get("T", Traffic())

    return asyncio.run(read())


def dropped(value: float, hour: int = 0, **dimensions: str) -> Point:
    named = own_metric("FilteredOutItemCount", TableName="T", **dimensions)
    return Point(named, START + hour * HOUR, Aggregate.of(value))


def read_of(attributes: str) -> Point:
    dimensions = {"TableName": "T", "GlobalSecondaryIndexName": "i", "Attributes": attributes}
    return Point(own_metric("IndexReadCount", **dimensions), START, Aggregate.of(1.0))


def test_units_by_hour_and_in_the_busiest_five_minutes() -> None:
    read = metric("ConsumedReadCapacityUnits", TableName="T")
    found = traffic(
        Point(read, START, Aggregate.of(300.0)), Point(read, START + 600, Aggregate.of(600.0)),
        Point(read, START + HOUR, Aggregate.of(30.0)),
    )  # fmt: skip
    assert found.own.reads.hours == {START: 900.0, START + HOUR: 30.0}
    assert found.own.reads.peaks == {START: 2.0, START + HOUR: 0.1}
    assert found.own.writes.total == 0


def test_what_is_too_old_or_too_young_is_left_out() -> None:
    read = metric("ConsumedReadCapacityUnits", TableName="T")
    found = traffic(*(Point(read, START + hour * HOUR, Aggregate.of(1.0)) for hour in range(-2, 5)))
    assert found.own.reads.total == 3.0


def test_what_drops_most() -> None:
    few = {"Operation": "Scan", "FilterEquals": '["a"]', "FilterReads": '["a","b"]'}
    many = {"Operation": "Scan", "FilterEquals": "[]", "FilterReads": "*", "IndexName": "i"}
    found = traffic(dropped(5.0, **few), dropped(9.0, **many), dropped(6.0, 1, **few))
    assert found.most_dropped("Scan") == Dropped("Scan", None, ("a",), ("a", "b"))
    assert found.dropped[Dropped("Scan", "i", (), ())] == 9.0
    assert found.most_dropped("Query") is None


@pytest.mark.parametrize(
    ("reads", "wanted"),
    [(['["a"]', '["b"]', "[]"], {"a", "b"}), (["[]"], set()), (['["a"]', "*", '["b"]'], None)],
)
def test_what_reads_of_an_index_want(reads: list[str], wanted: set[str] | None) -> None:
    assert traffic(*map(read_of, reads)).wanted == {"i": wanted}


@pytest.mark.parametrize("names", ["", "{", "{}", "[1]", '"a"', "null"])
def test_what_is_no_list_of_names_may_be_anything(names: str) -> None:
    found = traffic(read_of(names), dropped(1.0, Operation="Scan", FilterReads=names))
    assert found.wanted == {"i": None}
    assert found.dropped == {Dropped("Scan", None, (), ()): 1.0}
