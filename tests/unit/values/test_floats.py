"""Canonical numbers as 32-bit floats."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.values.floats import floats_of, vector_bytes, wire_vector
from jedlik.values.numbers import canonical

numbers = st.floats(-3.4e38, 3.4e38).map(repr) | st.from_regex(
    r"-?[0-9]{1,38}(\.[0-9]{1,38})?(e-?[0-9]{1,2})?", fullmatch=True
).filter(lambda text: abs(float(text)) < 3.4e38 and len(text.partition("e")[0]) < 38)


@given(st.lists(numbers, max_size=8))
def test_a_number_is_the_float_that_is_nearest_to_the_double_that_is_nearest(
    texts: list[str],
) -> None:
    spelled = [canonical(text) for text in texts if float(text) == 0 or abs(float(text)) > 1e-130]
    expected = b"".join(struct.pack("<f", float(text)) for text in spelled)
    assert vector_bytes([{"N": text} for text in spelled]) == expected


@pytest.mark.parametrize(
    "element",
    [{"N": "34028236" + "0" * 31}, {"N": "-4" + "0" * 125}, {"S": "1"}, {"N": 1}, {}, "N", None],
)
def test_what_no_float_holds_is_refused(element: Any) -> None:
    with pytest.raises(ValueError, match="not a vector of 32-bit floats"):
        vector_bytes([{"N": "0.5"}, element])


def test_whole_numbers_beyond_64_bits_are_floats_too() -> None:
    assert floats_of(vector_bytes([{"N": "1" + "0" * 38}])) == floats_of(struct.pack("<f", 1e38))


@pytest.mark.parametrize(
    ("given_as", "shown"),
    [
        ("1", "1.0"),
        ("0", "0.0"),
        ("0.6", "0.6"),
        ("16777217", "16777216.0"),
        ("7", "7.0"),
        ("-0.5", "-0.5"),
        ("12.25", "12.25"),
        ("0.000123", "0.000123"),
        ("1234567900", "1234568000.0"),
        ("-10000000000", "-10000000000.0"),
        ("0.000001", "0.000001"),
        ("0.0000011", "0.0000011"),
        ("0.00000099", "9.9e-7"),
        ("0.0000001", "1e-7"),
        ("-0.000000125", "-1.25e-7"),
        ("9000000000000", "9000000000000.0"),
        ("10000000000000", "1e13"),
        ("15000000000000", "1.5e13"),
        ("34" + "0" * 37, "3.4e38"),
    ],
)
def test_how_an_index_shows_a_number(given_as: str, shown: str) -> None:
    assert wire_vector(vector_bytes([{"N": given_as}])) == {"L": [{"N": shown}]}


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_numbers_that_are_shown_read_back_as_the_same_float(number: float) -> None:
    packed = struct.pack("<f", number + 0.0)
    shown = wire_vector(packed)["L"][0]["N"]
    assert struct.pack("<f", float(shown)) == packed
