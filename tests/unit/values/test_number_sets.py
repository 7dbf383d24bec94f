"""Sets of numbers, in one part and in several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.limits import MAX_PLACEHOLDER_VALUES_SIZE
from jedlik.values.number_sets import checked_numbers
from jedlik.values.number_sizes import number_size
from jedlik.values.numbers import canonical, number


@given(
    st.lists(st.integers(-(10**6), 10**6), unique=True, max_size=40),
    st.sampled_from(["", "e3", ".50"]),
    st.integers(1, 50),
)
def test_parts_do_not_show(numbers: list[int], end: str, part: int) -> None:
    texts = [f"{each}{end}" for each in numbers]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("jedlik.values.number_sets._PART", part)
        found, size = checked_numbers(texts)
    assert found == sorted(map(canonical, texts), key=number)
    assert size == sum(map(number_size, found))


def test_numbers_larger_than_all_values_may_be_are_not_all_read() -> None:
    distinct = [f"{each}e50" for each in range(MAX_PLACEHOLDER_VALUES_SIZE // 4)]
    numbers = [*distinct, *distinct, "x"]
    found, size = checked_numbers(numbers)
    assert found is numbers
    assert size > MAX_PLACEHOLDER_VALUES_SIZE
