"""Equality, order, prefixes, containment and sizes of values."""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.expressions.conditions.comparing import (
    ORDERINGS,
    begins_with,
    contains,
    in_order,
    same,
    size_of,
)


def binary(raw: bytes) -> dict[str, Any]:
    return {"B": b64encode(raw).decode()}


scalars = st.one_of(
    st.text(max_size=5).map(lambda text: {"S": text}),
    st.integers(-50, 50).map(lambda n: {"N": str(n)}),
    st.binary(max_size=4).map(binary),
    st.booleans().map(lambda b: {"BOOL": b}),
    st.just({"NULL": True}),
)


@given(scalars, scalars)
def test_order_is_total_within_a_type_and_empty_across_types(one: Any, other: Any) -> None:
    results = {symbol: in_order(compare, one, other) for symbol, compare in ORDERINGS.items()}
    if one.keys() != other.keys() or one.keys() <= {"BOOL", "NULL"}:
        assert not any(results.values())
        return
    assert results["<"] + results[">"] + same(one, other) == 1
    assert results["<="] is (results["<"] or same(one, other))
    assert results[">="] is (results[">"] or same(one, other))


@given(st.text(max_size=8), st.text(max_size=8))
def test_strings_are_ordered_by_their_bytes(one: str, other: str) -> None:
    expected = one.encode("utf-8", "surrogatepass") < other.encode("utf-8", "surrogatepass")
    assert in_order(ORDERINGS["<"], {"S": one}, {"S": other}) is expected


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_binaries_compare_raw(one: bytes, other: bytes) -> None:
    assert in_order(ORDERINGS["<"], binary(one), binary(other)) is (one < other)
    assert begins_with(binary(one), binary(other)) is one.startswith(other)
    assert contains(binary(one), binary(other)) is (other in one)
    assert size_of(binary(one)) == {"N": str(len(one))}


@given(
    st.decimals(-(10**9), 10**9, allow_nan=False, places=3),
    st.decimals(-(10**9), 10**9, allow_nan=False, places=3),
)
def test_numbers_compare_by_value(one: Decimal, other: Decimal) -> None:
    left, right = {"N": f"{one:f}"}, {"N": f"{other:f}"}
    assert in_order(ORDERINGS[">"], left, right) is (one > other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"SS": ["a"]}, {"L": [{"S": "a"}]}, False),
        ({"L": [{"NS": ["1", "2"]}]}, {"L": [{"NS": ["2", "1"]}]}, True),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}, False),
        ({"M": {"x": {"S": "a"}}}, {"M": {"x": {"S": "a"}, "y": {"S": "a"}}}, False),
        ({"BOOL": True}, {"BOOL": False}, False),
        ({"S": "1"}, {"N": "1"}, False),
    ],
)
def test_when_values_are_equal(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected
    assert same(other, one) is expected
    assert same(one, one)
