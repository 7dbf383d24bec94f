"""Equality and order of canonical values, compared with Python's."""

from base64 import b64decode
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.values.canonical import canonical_value
from jedlik.values.compare import equal, order
from tests.strategies import scalars, values


def meaning(value):
    """A Python object that is equal when the service says equal."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return kind, Decimal(content)
        case "NS":
            return kind, frozenset(map(Decimal, content))
        case "SS" | "BS":
            return kind, frozenset(content)
        case "L":
            return kind, [meaning(element) for element in content]
        case "M":
            return kind, {name: meaning(element) for name, element in content.items()}
    return kind, content


def canonical(value):
    canonical_value(value)
    return value


def shuffled(value, random):
    """The same value with its sets and maps written in another order."""
    ((kind, content),) = value.items()
    if kind in ("SS", "NS", "BS"):
        return {kind: random.sample(content, len(content))}
    if kind == "L":
        return {kind: [shuffled(element, random) for element in content]}
    if kind == "M":
        names = random.sample(list(content), len(content))
        return {kind: {name: shuffled(content[name], random) for name in names}}
    return {kind: content}


@given(values.map(canonical), values.map(canonical))
def test_equal_means_equal(left, right):
    assert equal(left, right) == (meaning(left) == meaning(right))


@given(values.map(canonical), st.randoms(use_true_random=False))
def test_the_order_of_sets_and_maps_does_not_matter(value, random):
    other = shuffled(value, random)
    assert equal(value, other)
    assert equal({"L": [value]}, {"L": [other]})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"S": "1"}, {"N": "1"}),
        ({"SS": ["a"]}, {"SS": ["a", "b"]}),
        ({"SS": ["a"]}, {"L": [{"S": "a"}]}),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}),
        ({"L": []}, {"L": [{"NULL": True}]}),
        ({"M": {"a": {"N": "1"}}}, {"M": {"b": {"N": "1"}}}),
        ({"M": {"a": {"N": "1"}}}, {"M": {"a": {"N": "2"}}}),
        ({"M": {}}, {"L": []}),
        ({"BOOL": True}, {"BOOL": False}),
        ({"NULL": True}, {"BOOL": True}),
    ],
)
def test_values_that_differ_are_unequal_to_each_other_only(left, right):
    assert not equal(left, right)
    assert not equal(right, left)
    assert equal(left, left)


def rank(value):
    ((kind, content),) = value.items()
    return {"S": str.encode, "N": Decimal, "B": b64decode}[kind](content)


@given(scalars.map(canonical), scalars.map(canonical))
def test_order_is_that_of_utf8_bytes_numbers_and_raw_bytes(left, right):
    kind = next(iter(left))
    if kind not in ("S", "N", "B") or kind not in right:
        assert order(left, right) is None
        return
    a, b = rank(left), rank(right)
    sign = order(left, right)
    assert (sign > 0, sign < 0) == (a > b, a < b)


@pytest.mark.parametrize(
    ("left", "right", "sign"),
    [
        ({"S": "Z"}, {"S": "a"}, -1),
        ({"S": "a"}, {"S": "aa"}, -1),
        ({"S": "\uffff"}, {"S": "\U00010000"}, -1),
        ({"N": "10"}, {"N": "9"}, 1),
        ({"N": "-10"}, {"N": "-9"}, -1),
        ({"N": "1"}, {"N": "1"}, 0),
        ({"N": "1" * 38}, {"N": "1" * 37 + "2"}, -1),
        ({"B": "fw=="}, {"B": "gA=="}, -1),
        ({"B": "AP8="}, {"B": "AQ=="}, -1),
        ({"S": "1"}, {"N": "1"}, None),
        ({"BOOL": False}, {"BOOL": True}, None),
        ({"L": []}, {"L": []}, None),
        ({"SS": ["a"]}, {"SS": ["b"]}, None),
    ],
)
def test_the_order_of_two_values(left, right, sign):
    assert order(left, right) == sign
    assert order(right, left) == (None if sign is None else -sign)
