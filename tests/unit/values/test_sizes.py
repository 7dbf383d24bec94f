"""Sizes of values, as documented."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.values import sizes
from jedlik.values.joined_numbers import JoinedNumbers


@given(st.text(max_size=20))
def test_strings_count_their_utf8_bytes(text):
    assert sizes.string_size(text) == len(text.encode())


@pytest.mark.parametrize(("text", "size"), [("", 0), ("a", 1), ("é", 2), ("€", 3), ("😀", 4)])
def test_strings_are_measured_in_utf8(text, size):
    assert sizes.string_size(text) == size


@given(st.binary(max_size=20))
def test_binaries_count_their_raw_bytes(raw):
    assert sizes.binary_size(b64encode(raw).decode()) == len(raw)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"NULL": True}, 1),
        ({"BOOL": False}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "-2"]}, 5),
        ({"BS": ["AA==", ""]}, 1),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "aa"}, {"NULL": True}]}, 3 + (2 + 1) + (1 + 1)),
        ({"M": {"abc": {"S": "aa"}}}, 3 + 3 + 2 + 1),
        ({"L": [{"L": []}]}, 3 + 3 + 1),
        ({"L": [{"S": "aa"}] * 500}, 3 + 500 * 3),
    ],
)
def test_the_sizes_of_values(value, size):
    assert sizes.value_size(value) == size
    assert sizes.item_size({"né": value}) == 3 + size


def test_an_item_is_its_names_and_values():
    assert sizes.item_size({}) == 0
    assert sizes.item_size({"pk": {"S": "abc"}, "n": {"N": "7"}}) == 2 + 3 + 1 + 2


def test_a_value_is_measured_up_to_a_limit():
    value = {"M": {"a": {"L": [{"S": "aa"}] * 100}, "b": {"NULL": True}}}
    size = sizes.value_size(value)
    assert sizes.size_up_to(value, size) == size
    assert sizes.size_up_to(value, 1 << 40) == size
    assert 50 < sizes.size_up_to(value, 50) < 60
    assert sizes.size_up_to({"S": "aa"}, 0) == 2


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ({"S": "abc"}, 1),
        ({"SS": ["a", "b"]}, 2),
        ({"L": [{"N": "1"}, {"L": [{"S": ""}]}]}, 4),
        ({"M": {"a": {"M": {}}, "b": {"BOOL": True}}}, 3),
        ({"L": JoinedNumbers(b"1,2,3", 3)}, 4),
    ],
)
def test_parts_of_a_value_are_counted(value, count):
    assert sizes.part_count(value, 100) == count
    assert sizes.part_count({"L": [value] * 1000}, 1 << 40) == 1 + 1000 * count
    assert sizes.part_count({"L": [value] * 1000}, 50) == 1001
