"""The order of sets."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from jedlik.values.numbers import canonical
from jedlik.values.set_order import sorted_binaries, sorted_numbers, sorted_strings

_numbers = st.one_of(
    st.integers(0, 10**38 - 1), st.decimals(-1000, 1000, places=3, allow_nan=False)
).map(lambda number: canonical(str(number)))


@given(st.one_of(st.sets(_numbers), st.sets(st.integers(0, 10**12).map(str))))
def test_numbers_are_ordered_by_value(numbers: set[str]) -> None:
    values = [Decimal(text) for text in sorted_numbers(numbers)]
    assert values == sorted(map(Decimal, numbers))


def test_whole_numbers_are_not_ordered_as_texts() -> None:
    assert sorted_numbers(["10", "9", "0"]) == ["0", "9", "10"]
    assert sorted_numbers(["10", "9.5", "-10", "9"]) == ["-10", "9", "9.5", "10"]
    assert sorted_numbers([]) == []


def test_strings_are_ordered_by_code_points_and_binaries_by_bytes() -> None:
    assert sorted_strings(["b", "\U0001f600", "a", "\uffff"]) == ["a", "b", "\uffff", "\U0001f600"]
    assert sorted_binaries(["+/8=", "AAE=", "/w=="]) == ["AAE=", "+/8=", "/w=="]
