"""Sizes of numbers as measured on the service."""

import pytest
from hypothesis import given

from jedlik.values.number_sizes import number_size
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
    assert number_size(text) == min(1 + pairs_of_digits(text) + negative, 21)


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
    assert number_size(canonical(literal)) == size


@pytest.mark.parametrize("text", ["1" * 37 + ".1", "-" + "1" * 37 + ".1"])
def test_no_number_takes_more_than_21_bytes(text):
    assert number_size(text) == 21
