"""What a key condition selects, of a table's items and of an index's entries alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.conditions.key_condition import KeyCondition
from jedlik.services.dynamodb.items.key_ranges import Source, Span
from jedlik.values.keybytes import HASH_SIZE
from tests.control_plane import ControlPlane, attributes, index, on_demand

TEXTS = ("A", "a", "a\x00", "aa", "ab", "b", "\U0001f600")


@pytest.fixture(scope="module")
def table() -> Iterator[OpenTable]:
    plane = ControlPlane()
    plane.call(
        "CreateTable",
        **{
            **on_demand("t", "p", "/s"),
            "AttributeDefinitions": attributes("p", "s", "g", "h"),
            "GlobalSecondaryIndexes": [index("i", "g", "/h")],
        },
    )
    yield plane.run(plane.database.table("t"))
    plane.close()


def places(source: Source) -> dict[str, bytes]:
    """Where the items of one partition are, by their sort keys."""
    return {
        text: source.position(
            {name: {"S": text if name in "sh" else "x"} for name in source.key_names},
            mismatch="m",
            wrong_type="w",
        )
        for text in TEXTS
    }


@pytest.fixture(params=["items", "entries"])
def source(request: Any, table: OpenTable) -> Source:
    if request.param == "items":
        return Source(table, None)
    (found,) = table.indexes
    return Source(table, found)


CONDITIONS: list[tuple[str, list[str], Callable[[str], bool]]] = [
    ("<", ["a"], lambda text: text < "a"),
    ("<=", ["a"], lambda text: text <= "a"),
    (">", ["a"], lambda text: text > "a"),
    (">=", ["a\x00"], lambda text: text >= "a\x00"),
    ("BETWEEN", ["a", "ab"], lambda text: "a" <= text <= "ab"),
    ("begins_with", ["a"], lambda text: text.startswith("a")),
]


@pytest.mark.parametrize(
    ("operator", "operands", "holds"), CONDITIONS, ids=[each for each, *_ in CONDITIONS]
)
def test_a_range_selects_what_it_says(
    source: Source, operator: str, operands: list[str], holds: Callable[[str], bool]
) -> None:
    condition = KeyCondition([{"S": "x"}], [], (operator, [{"S": text} for text in operands]))
    span = source.matching(condition)
    found = places(source)
    assert [text for text in found if found[text] in span] == [
        text for text in found if holds(text)
    ]


def test_a_table_without_sort_keys_has_one_item_of_a_key() -> None:
    plane = ControlPlane()
    plane.call("CreateTable", **on_demand("t", "p"))
    source = Source(plane.run(plane.database.table("t")), None)
    plane.close()
    span = source.matching(KeyCondition([{"S": "x"}], [], None))
    assert source.position({"p": {"S": "x"}}, mismatch="m", wrong_type="w") == span.low
    assert span.high == span.low + b"\x00"


def test_which_sources_are_global(source: Source) -> None:
    assert source.is_global is (source.index is not None)


def test_equality_selects_one_and_no_sort_key_selects_all(source: Source) -> None:
    found = places(source)
    one = source.matching(KeyCondition([{"S": "x"}], [{"S": "a"}], None))
    assert [text for text in found if found[text] in one] == ["a"]
    every = source.matching(KeyCondition([{"S": "x"}], [], None))
    assert all(place in every for place in found.values())
    other = source.matching(KeyCondition([{"S": "y"}], [], None))
    assert not any(place in other for place in found.values())


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_segments_are_the_whole_and_do_not_overlap(source: Source, count: int) -> None:
    segments = [source.segment(number, count) for number in range(count)]
    assert segments[0].low == source.prefix + bytes(HASH_SIZE)
    assert segments[-1].high == source.whole().high
    assert [each.high for each in segments[:-1]] == [each.low for each in segments[1:]]
    place = next(iter(places(source).values()))
    assert sum(place in segment for segment in segments) == 1


def test_spans_are_open_at_their_ends() -> None:
    span = Span(b"b", b"d")
    assert [key in span for key in (b"a", b"b", b"c", b"d")] == [False, True, True, False]
    assert b"\xff" in Span(b"b", None)
    assert "b" not in span


def test_positions_have_exactly_the_keys_and_their_types(source: Source) -> None:
    whole = {name: {"S": "x"} for name in source.key_names}

    def refusal(key: dict[str, Any]) -> str:
        with pytest.raises(ValidationException) as refused:
            source.position(key, mismatch="m", wrong_type="w")
        return refused.value.message

    first = source.schema.partition[0].name
    missing = {name: value for name, value in whole.items() if name != first}
    assert refusal(missing) == refusal({**whole, "more": {"S": "x"}}) == "m"
    assert refusal({**missing, "more": {"S": "x"}}) == "m"
    assert refusal({**whole, first: {"N": "1"}}) == "w"
    if source.index is not None:
        of_table = source.table.key_names[-1]
        assert refusal({**whole, of_table: {"N": "1"}}) == (
            "The provided starting key is invalid: "
            "The provided key element does not match the schema"
        )


def test_a_position_is_moved_into_another_partition(source: Source) -> None:
    condition = KeyCondition([{"S": "y"}], [], None)
    moved = source.with_partition(places(source)["a"], condition)
    assert moved in source.matching(condition)
    assert moved.endswith(places(source)["a"][len(source.prefix) + HASH_SIZE :])


def test_values_that_no_key_has_are_refused(source: Source) -> None:
    long = {"S": "x" * 1025}
    for condition in (
        KeyCondition([{"S": ""}], [], None),
        KeyCondition([{"S": "x"}], [long], None),
        KeyCondition([{"S": "x"}], [], ("BETWEEN", [{"S": "a"}, long])),
    ):
        with pytest.raises(ValidationException):
            source.check_values(condition)
    source.check_values(KeyCondition([{"S": "x"}], [], ("<", [{"S": "x" * 1024}])))
