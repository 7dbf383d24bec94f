"""Sizes as documented and, for numbers, as measured on the service."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.values import sizes
from jedlik.values.numbers import canonical
from tests.strategies import decimals, plain


def pairs_of_digits(text: str) -> int:
    """Digits to the base 100 from the first to the last that is not zero, counted on paper."""
    whole, _, fraction = text.lstrip("-").partition(".")
    whole = whole.rjust(len(whole) + len(whole) % 2, "0")
    fraction = fraction.ljust(len(fraction) + len(fraction) % 2, "0")
    digits = whole + fraction
    pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    places = [i for i, pair in enumerate(pairs) if pair != "00"]
    return places[-1] - places[0] + 1 if places else 0


@given(decimals())
def test_a_number_counts_its_digits_to_the_base_100(number):
    text = plain(number)
    negative = text.startswith("-")
    assert sizes.number_size(text) == min(1 + pairs_of_digits(text) + negative, 21)


@pytest.mark.parametrize(
    ("literal", "size"),
    [
        ("0", 1), ("-0", 1), ("1", 2), ("12", 2), ("123", 3), ("1234", 3), ("1" * 38, 20),
        ("0042", 2), ("100", 2), ("1010", 3), ("0.0000001", 2), ("1E125", 2), ("1E-100", 2),
        ("1.5", 3), ("15", 2), ("1.200", 3), ("1.234", 4), ("3.14159", 5), ("123456", 4),
        ("100.5", 4), ("0.15", 2), ("-42", 3),
    ],
)  # fmt: skip
def test_numbers_as_measured(literal, size):
    assert sizes.number_size(canonical(literal)) == size


@pytest.mark.parametrize("text", ["1" * 37 + ".1", "-" + "1" * 37 + ".1"])
def test_no_number_takes_more_than_21_bytes(text):
    assert sizes.number_size(text) == 21


@given(st.text(max_size=20))
def test_strings_count_their_utf8_bytes(text):
    assert sizes.string_size(text) == len(text.encode())


@pytest.mark.parametrize(("text", "size"), [("", 0), ("a", 1), ("é", 2), ("€", 3), ("😀", 4)])
def test_utf8(text, size):
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
def test_values(value, size):
    assert sizes.value_size(value) == size
    assert sizes.item_size({"né": value}) == 3 + size


def test_an_item_is_its_names_and_values():
    assert sizes.item_size({}) == 0
    assert sizes.item_size({"pk": {"S": "abc"}, "n": {"N": "7"}}) == 2 + 3 + 1 + 2
