"""Sets of numbers, in one part and in several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_PLACEHOLDER_VALUES_SIZE
from jedlik.values.canonical import canonical_value
from jedlik.values.number_sets import CheckedNumbers, checked_numbers
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


@pytest.mark.parametrize("numbers", [["1", "2", "1.0"], ["1", "x", "1e999"]])
def test_what_is_wrong_is_said_when_it_is_asked_for(numbers: list[str]) -> None:
    with pytest.raises(InvalidParameter) as expected:
        checked_numbers(numbers)
    checked = CheckedNumbers(numbers)
    assert checked == numbers
    for _ in range(2):
        with pytest.raises(InvalidParameter) as caught:
            checked.result()
        assert caught.value.message == expected.value.message


def test_what_was_checked_is_not_checked_again() -> None:
    value = {"NS": CheckedNumbers(["10", "9.0"])}
    assert canonical_value(value) == 4
    assert value == {"NS": ["9", "10"]}
    assert type(value["NS"]) is list


def test_numbers_larger_than_all_values_may_be_are_not_all_read() -> None:
    distinct = [f"{each}e50" for each in range(MAX_PLACEHOLDER_VALUES_SIZE // 4)]
    numbers = [*distinct, *distinct, "x"]
    found, size = checked_numbers(numbers)
    assert found is numbers
    assert size > MAX_PLACEHOLDER_VALUES_SIZE
