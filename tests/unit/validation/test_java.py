"""Lengths, orders and texts as in Java."""

from __future__ import annotations

import pytest

from jedlik.validation.java import (
    MAX_HASHED,
    hash_order,
    lower_first,
    show_attribute_value,
    sized_hash_order,
    string_hash,
    utf16_length,
)


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("é", 1), ("\uffff", 1), ("😀", 2), ("a😀é", 4)]
)
def test_lengths_are_counted_in_utf16_units(text: str, length: int) -> None:
    assert utf16_length(text) == length


@pytest.mark.parametrize(
    ("text", "value"),
    [("", 0), ("a", 97), ("Aa", 2112), ("BB", 2112), ("hello", 99162322), ("😀", 1772899)],
)
def test_hashes_are_javas(text: str, value: int) -> None:
    assert string_hash(text) == value


def test_the_hash_wraps_at_32_bits() -> None:
    assert string_hash("polygenelubricants") == 0x80000000


@pytest.mark.parametrize(
    "names",
    [
        # Orders in which the live service listed failures.
        ["returnConsumedCapacity", "tableName", "returnValues", "returnItemCollectionMetrics",
         "key"],
        ["attributeType", "attributeName"],
        ["writeCapacityUnits", "readCapacityUnits"],
    ],
)  # fmt: skip
def test_members_come_in_the_order_of_a_hash_map(names: list[str]) -> None:
    rest = [f"member{i}" for i in range(13 - len(names))] if len(names) > 2 else []
    ordered = hash_order(sorted(names) + rest)
    assert [name for name in ordered if name in names] == names


def test_very_many_names_keep_their_order() -> None:
    names = ["z" * MAX_HASHED, "a"]
    assert hash_order(names) == names


@pytest.mark.parametrize(
    ("name", "lower"),
    [("TableName", "tableName"), ("SSEType", "sSEType"), ("S3Bucket", "s3Bucket"), ("", "")],
)
def test_only_the_first_letter_is_lowered(name: str, lower: str) -> None:
    assert lower_first(name) == lower


def test_equal_attribute_values_are_shown_equal_and_without_content() -> None:
    one = show_attribute_value({"S": "secret"})
    assert one == show_attribute_value({"S": "secret"})
    assert one != show_attribute_value({"S": "other"})
    assert "secret" not in one
    assert one.startswith("com.amazonaws.dynamodb.v20120810.AttributeValue@")


@pytest.mark.parametrize("value", [{}, {"M": {"a": {}}}, {"NULL": True}, {"B": None}, None])
def test_any_value_can_be_shown(value: object) -> None:
    assert show_attribute_value(value)


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        # Orders in which the live service listed attribute definitions; names of one bucket
        # (pk and c; CreatedTime and ProductDescription) come as they were given.
        (["pk", "sk", "a", "b", "c"], ["sk", "a", "b", "pk", "c"]),
        (["pk", "sk"], ["sk", "pk"]),
        (
            ["ProductId", "CreatedTime", "ProductName", "ProductDescription"],
            ["ProductId", "CreatedTime", "ProductDescription", "ProductName"],
        ),
    ],
)
def test_sets_made_for_their_size_have_an_order_of_their_own(
    given: list[str], listed: list[str]
) -> None:
    assert sized_hash_order(given) == listed
