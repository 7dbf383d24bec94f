"""Numbers of a long list are what they are alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.values.canonical import canonical_value
from jedlik.values.number_lists import FEWEST_NUMBERS, fractions_size, numbers_size
from jedlik.values.numbers import canonical
from jedlik.values.sizes import number_size

texts = st.sampled_from(
    ["0", "1", "-1", "0.5", "-0.001", "12.25", "100", "1e-5", "+3", "007", "1.50", "-0",
     "0." + "1" * 38, "1" * 38]
) | st.integers(-999, 999).map(lambda each: str(each / 8))  # fmt: skip
fractions = st.from_regex(r"-?0\.0{0,4}[0-9]{0,30}[1-9]", fullmatch=True)
odd = st.sampled_from(["", ",", "1,2", "x", "1e200", "9" * 39, "\n1", "1\n", "0.1" + "2" * 40])


@given(st.lists(texts, min_size=FEWEST_NUMBERS, max_size=40), st.lists(odd, max_size=1))
def test_numbers_are_what_they_are_alone(good: list[str], bad: list[str]) -> None:
    alone: list[Any] = [{"N": text} for text in (*good, *bad)]
    together: Any = {"L": [{"N": text} for text in (*good, *bad)]}
    if bad:
        with pytest.raises(ValidationException) as expected:
            canonical_value(alone[-1], 2)
        with pytest.raises(ValidationException) as caught:
            canonical_value(together)
        assert caught.value.message == expected.value.message
    else:
        sizes = [canonical_value(element, 2) for element in alone]
        assert canonical_value(together) == sum(sizes) + len(sizes) + canonical_value({"L": []})
        assert together["L"] == alone


@given(st.lists(fractions, min_size=FEWEST_NUMBERS))
def test_fractions_have_the_sizes_that_they_have_alone(texts: list[str]) -> None:
    elements = [{"N": text} for text in texts]
    joined = ",".join(texts).encode()
    size = sum(map(number_size, texts))
    assert numbers_size(elements) == fractions_size(joined, len(texts)) == size


@given(
    st.lists(fractions, min_size=FEWEST_NUMBERS, max_size=20),
    st.text("05.-,eE+ \u0661", max_size=6) | st.sampled_from(["0." + "1" * 37, "0." + "1" * 36, "0." + "1" * 300]),
    st.integers(0, 20),
)
def test_one_other_among_fractions_is_what_it_is_alone(
    texts: list[str], other: str, place: int
) -> None:
    texts.insert(place, other)
    alone: list[Any] = [{"N": text} for text in texts]
    together: list[Any] = [{"N": text} for text in texts]
    sizes: list[int] = []
    try:
        sizes.extend(canonical_value(element, 2) for element in alone)
    except ServiceError as error:
        message = error.message
    if len(sizes) < len(texts):
        with pytest.raises(ServiceError) as caught:
            numbers_size(together)
        assert caught.value.message == message
        assert together == [{"N": text} for text in texts]
    else:
        assert numbers_size(together) == sum(sizes)
        assert together == alone


def test_the_first_that_is_wrong_is_what_is_wrong() -> None:
    elements = [{"N": text} for text in ("0.5", "x", "1e999", "0.1")]
    with pytest.raises(ServiceError) as caught:
        numbers_size(elements)
    with pytest.raises(ServiceError) as expected:
        canonical("x")
    assert caught.value.message == expected.value.message


@pytest.mark.parametrize("other", [{"N": "1", "S": "1"}, {}, None, "N", {"N": 1}, {"S": "1"}])
def test_a_list_with_something_else_is_no_list_of_numbers(other: Any) -> None:
    elements: list[Any] = [{"N": "1"} for _ in range(FEWEST_NUMBERS)]
    assert numbers_size(elements) == 2 * FEWEST_NUMBERS
    elements.append(other)
    assert numbers_size(elements) is None
    if other != {"S": "1"}:
        with pytest.raises(ServiceError):
            canonical_value({"L": elements})
