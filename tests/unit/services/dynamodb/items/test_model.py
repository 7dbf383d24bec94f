"""Random writes, then every way of reading, against a model that is a plain dict of items."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.properties import examples

Item = dict[str, dict[str, Any]]

PARTITIONS = ["a", "b", "\x00", "a\x00"]
NUMBERS = ["-1.5", "-1", "0", "0.5", "2", "10"]
TEXTS = ["", "x", "xy", "x\x00", "x\x00\x01", "é", "\U0001f600"]

INDEXES = {
    "by_text": (["g"], ["h"]),
    "sparse": (["h"], []),
    "many": (["g", "h"], ["n", "t"]),
}


def _table(plane: ControlPlane) -> None:
    plane.call(
        "CreateTable",
        **{
            **on_demand("t", "p", "/s"),
            "AttributeDefinitions": attributes("p", "s:N", "g", "h", "n:N", "t"),
            "LocalSecondaryIndexes": [index("local", "p", "/h", kind="KEYS_ONLY")],
            "GlobalSecondaryIndexes": [
                index("by_text", "g", "/h"),
                index("sparse", "h", kind="INCLUDE", include=["v"]),
                index("many", "g", "h", "/n", "/t", kind="KEYS_ONLY"),
            ],
        },
    )


@contextmanager
def _plane() -> Iterator[ControlPlane]:
    plane = ControlPlane()
    try:
        _table(plane)
        yield plane
    finally:
        plane.close()


def _value(kind: str, texts: list[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.sampled_from([{kind: text} for text in texts])


keys = st.fixed_dictionaries({"p": _value("S", PARTITIONS), "s": _value("N", NUMBERS)})
items = st.builds(
    lambda key, rest: {**key, **rest},
    keys,
    st.fixed_dictionaries(
        {},
        optional={
            "g": _value("S", TEXTS[1:]),
            "h": _value("S", TEXTS[1:]),
            "n": _value("N", NUMBERS),
            "t": _value("S", TEXTS[1:]),
            "v": _value("S", TEXTS),
        },
    ),
)
writes = st.lists(
    st.tuples(st.just("put"), items) | st.tuples(st.just("delete"), keys), max_size=25
)


def _write(plane: ControlPlane, history: list[tuple[str, Item]]) -> list[Item]:
    """Carry out the writes; what the table should hold then."""
    model: dict[tuple[str, str], Item] = {}
    for kind, item in history:
        key = (item["p"]["S"], item["s"]["N"])
        if kind == "put":
            plane.call("PutItem", TableName="t", Item=item)
            model[key] = item
        else:
            plane.call("DeleteItem", TableName="t", Key=item)
            model.pop(key, None)
    return list(model.values())


def _pages(plane: ControlPlane, operation: str, limit: int, **request: Any) -> list[Item]:
    """All items of all pages; no page holds more than `limit`."""
    found: list[Item] = []
    start: dict[str, Any] = {}
    while True:
        page = plane.call(operation, TableName="t", Limit=limit, **request, **start)
        assert page["Count"] == len(page["Items"]) <= limit
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _comparable(value: dict[str, str]) -> Any:
    return Decimal(value["N"]) if "N" in value else value["S"].encode()


def _sort(some: list[Item], names: list[str]) -> list[Item]:
    return sorted(some, key=lambda item: [_comparable(item[name]) for name in names])


def _keys(some: list[Item]) -> list[tuple[str, str]]:
    return [(item["p"]["S"], item["s"]["N"]) for item in some]


@examples(60)
@given(writes, st.integers(1, 5), st.booleans())
def test_a_query_gives_each_collection_in_the_order_of_its_sort_key(
    history: list[tuple[str, Item]], limit: int, forward: bool
) -> None:
    with _plane() as plane:
        model = _write(plane, history)
        for partition in PARTITIONS:
            wanted = _sort([item for item in model if item["p"]["S"] == partition], ["s"])
            found = _pages(
                plane,
                "Query",
                limit,
                KeyConditionExpression="p = :p",
                ExpressionAttributeValues={":p": {"S": partition}},
                ScanIndexForward=forward,
            )
            assert found == (wanted if forward else wanted[::-1])


COMPARISONS = {
    "=": lambda value, low, _high: value == low,
    "<": lambda value, low, _high: value < low,
    "<=": lambda value, low, _high: value <= low,
    ">": lambda value, low, _high: value > low,
    ">=": lambda value, low, _high: value >= low,
    "BETWEEN": lambda value, low, high: low <= value <= high,
    "begins_with": lambda value, low, _high: value.startswith(low),
}


def _condition(name: str, operator: str) -> str:
    if operator == "BETWEEN":
        return f"{name} BETWEEN :low AND :high"
    return f"begins_with({name}, :low)" if operator == "begins_with" else f"{name} {operator} :low"


@examples(60)
@given(
    writes,
    st.sampled_from([*COMPARISONS]),
    st.tuples(_value("S", TEXTS[1:]), _value("S", TEXTS[1:])),
    st.tuples(_value("N", NUMBERS), _value("N", NUMBERS)),
    st.integers(1, 4),
)
def test_every_key_condition_selects_what_it_says(
    history: list[tuple[str, Item]],
    operator: str,
    texts: tuple[Item, Item],
    numbers: tuple[Item, Item],
    limit: int,
) -> None:
    sources = [("by_text", "g", "h", texts), ("local", "p", "h", texts)]
    if operator != "begins_with":
        sources.append((None, "p", "s", numbers))
    with _plane() as plane:
        model = _write(plane, history)
        for source, partition, sort, bounds in sources:
            low, high = sorted(bounds, key=_comparable)
            values = {":low": low, ":p": {"S": "x" if partition == "g" else "a"}}
            if operator == "BETWEEN":
                values[":high"] = high
            found = _pages(
                plane,
                "Query",
                limit,
                KeyConditionExpression=f"{partition} = :p AND {_condition(sort, operator)}",
                ExpressionAttributeValues=values,
                **({"IndexName": source} if source else {}),
            )
            wanted = [
                item
                for item in model
                if item.get(partition) == values[":p"]
                and sort in item
                and COMPARISONS[operator](
                    _comparable(item[sort]), _comparable(low), _comparable(high)
                )
            ]
            assert sorted(_keys(found)) == sorted(_keys(wanted))
            assert [_comparable(item[sort]) for item in found] == [
                _comparable(item[sort]) for item in _sort(wanted, [sort])
            ]


@examples(60)
@given(writes, st.integers(1, 5), st.integers(1, 7))
def test_a_scan_gives_everything_once_in_any_number_of_segments(
    history: list[tuple[str, Item]], limit: int, segments: int
) -> None:
    with _plane() as plane:
        model = _write(plane, history)
        assert sorted(_keys(_pages(plane, "Scan", limit))) == sorted(_keys(model))
        parts = [
            item
            for segment in range(segments)
            for item in _pages(plane, "Scan", limit, Segment=segment, TotalSegments=segments)
        ]
        assert sorted(_keys(parts)) == sorted(_keys(model))


@examples(60)
@given(writes, st.integers(1, 5))
def test_indexes_hold_the_items_that_have_their_keys_and_nothing_else(
    history: list[tuple[str, Item]], limit: int
) -> None:
    with _plane() as plane:
        model = _write(plane, history)
        description = plane.table("t")
        assert description["ItemCount"] == len(model)
        counts = {
            each["IndexName"]: each["ItemCount"]
            for each in description["GlobalSecondaryIndexes"] + description["LocalSecondaryIndexes"]
        }
        for name, (partition, sort) in {**INDEXES, "local": (["p"], ["h"])}.items():
            wanted = [item for item in model if {*partition, *sort} <= item.keys()]
            found = _pages(plane, "Scan", limit, IndexName=name)
            assert sorted(_keys(found)) == sorted(_keys(wanted))
            assert counts[name] == len(wanted)
        assert all(
            item.keys() <= {"p", "s", "h", "v"}
            for item in _pages(plane, "Scan", limit, IndexName="sparse")
        )


@examples(40)
@given(writes, _value("N", NUMBERS))
def test_sort_attributes_are_compared_from_left_to_right(
    history: list[tuple[str, Item]], bound: dict[str, str]
) -> None:
    with _plane() as plane:
        model = _write(plane, history)
        values = {":g": {"S": "x"}, ":h": {"S": "xy"}, ":n": bound}
        found = _pages(
            plane,
            "Query",
            3,
            IndexName="many",
            KeyConditionExpression="g = :g AND h = :h AND n >= :n",
            ExpressionAttributeValues=values,
        )
        wanted = [
            item
            for item in model
            if item.get("g") == values[":g"]
            and item.get("h") == values[":h"]
            and {"n", "t"} <= item.keys()
            and _comparable(item["n"]) >= _comparable(bound)
        ]
        assert sorted(_keys(found)) == sorted(_keys(wanted))
        assert [_comparable(item["n"]) for item in found] == sorted(
            _comparable(item["n"]) for item in wanted
        )
