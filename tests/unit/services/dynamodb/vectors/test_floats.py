"""Canonical numbers as 32-bit floats."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.vectors.floats import floats_of, vector_bytes
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
