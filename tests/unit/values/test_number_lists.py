"""Numbers of a long list are the same as alone."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import InvalidParameter, ServiceError, ValidationException
from jedlik.values.canonical import canonical_value
from jedlik.values.number_lists import (
    MIN_NUMBERS,
    canonical_numbers,
    canonical_texts,
    fractions_size,
    numbers_size,
    plain_size,
)
from jedlik.values.number_sizes import number_size
from jedlik.values.numbers import canonical

texts = st.sampled_from(
    ["0", "1", "-1", "0.5", "-0.001", "12.25", "100", "1e-5", "+3", "007", "1.50", "-0",
     "0." + "1" * 38, "1" * 38]
) | st.integers(-999, 999).map(lambda each: str(each / 8))  # fmt: skip
fractions = st.from_regex(r"-?0\.0{0,4}[0-9]{0,30}[1-9]", fullmatch=True)
wholes = st.from_regex(r"-?[1-9][0-9]{0,8}0{0,6}", fullmatch=True)
decimals = st.from_regex(r"-?(0|[1-9][0-9]{0,5})\.0{0,4}[0-9]{0,9}[1-9]", fullmatch=True)
odd = st.sampled_from(["", ",", "1,2", "x", "1e200", "9" * 39, "\n1", "1\n", "0.1" + "2" * 40])


@given(st.lists(texts, min_size=MIN_NUMBERS, max_size=40), st.lists(odd, max_size=1))
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


@given(st.lists(st.text("0019.-", max_size=6) | fractions, min_size=1, max_size=4))
def test_what_is_taken_for_fractions_are_such(texts: list[str]) -> None:
    size = fractions_size(",".join(texts).encode(), len(texts))
    if size is not None:
        assert [canonical(text) for text in texts] == texts
        assert size == sum(map(number_size, texts))
        assert all(abs(float(text)) < 1 for text in texts)


@given(st.lists(fractions, min_size=MIN_NUMBERS))
def test_fractions_have_the_sizes_that_they_have_alone(texts: list[str]) -> None:
    elements = [{"N": text} for text in texts]
    joined = ",".join(texts).encode()
    size = sum(map(number_size, texts))
    assert numbers_size(elements) == fractions_size(joined, len(texts)) == size


@given(st.lists(wholes) | st.lists(wholes | st.just("0") | decimals))
def test_plain_numbers_have_the_sizes_that_they_have_alone(texts: list[str]) -> None:
    canonical_texts = [text for text in texts if canonical(text) == text]
    if canonical_texts:
        size = plain_size(",".join(canonical_texts).encode(), len(canonical_texts))
        assert size == sum(map(number_size, canonical_texts)) or (
            size is None and any(text.endswith("0") for text in canonical_texts)
        )


@given(st.lists(st.text("001259.-,", max_size=6), min_size=1, max_size=4))
def test_what_is_taken_for_plain_numbers_are_such(texts: list[str]) -> None:
    joined = ",".join(texts)
    count = joined.count(",") + 1
    size = plain_size(joined.encode(), count)
    if size is not None:
        alone = joined.split(",")
        assert [canonical(text) for text in alone] == alone
        assert size == sum(map(number_size, alone))


@given(st.lists(st.floats(-1e5, 1e5), min_size=MIN_NUMBERS), st.integers(0, 9))
def test_numbers_with_zeros_at_their_ends_are_what_they_are_alone(
    numbers: list[float], digits: int
) -> None:
    texts = [f"{number:.{digits}f}" for number in numbers]
    spelled, size = canonical_numbers(",".join(texts).encode(), len(texts))
    assert spelled.decode().split(",") == list(map(canonical, texts))
    assert size == sum(map(number_size, map(canonical, texts)))


@pytest.mark.parametrize("zeros", [62, 63, 64, 65, 1_000_000])
def test_any_number_of_zeros_is_taken_off_in_a_moment(zeros: int) -> None:
    texts = ["0.5"] * MIN_NUMBERS
    began = time.process_time()
    for long in (f"2.5{zeros * '0'}", f"2.{zeros * '0'}", f"{zeros * '0'}2.5"):
        spelled, size = canonical_numbers(",".join((*texts, long)).encode(), len(texts) + 1)
        assert spelled.decode().split(",") == [*texts, canonical(long)]
        assert size == 2 * len(texts) + number_size(canonical(long))
    assert time.process_time() - began < 5, "one pass for each zero would take hours"


@given(
    st.lists(fractions, min_size=MIN_NUMBERS, max_size=20),
    st.text("05.-,eE+ \u0661", max_size=6)
    | st.sampled_from(["0." + "1" * 37, "0." + "1" * 36, "0." + "1" * 300]),
    st.integers(0, 20),
)
def test_a_different_number_among_fractions_is_treated_as_alone(
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
    elements: list[Any] = [{"N": "1"} for _ in range(MIN_NUMBERS)]
    assert numbers_size(elements) == 2 * MIN_NUMBERS
    elements.append(other)
    assert numbers_size(elements) is None
    if other != {"S": "1"}:
        with pytest.raises(ServiceError):
            canonical_value({"L": elements})


def test_long_numbers_are_checked_one_by_one() -> None:
    texts = ["0." + "0" * 300_000 + str(number) for number in range(50)]
    began = time.process_time()
    with pytest.raises(InvalidParameter, match="underflow"):
        canonical_texts(texts, ",".join(texts))
    assert time.process_time() - began < 0.1
    texts = ["0" * 300 + str(number) for number in range(1, 51)]
    spelled, size = canonical_texts(texts, ",".join(texts))
    assert spelled == [str(number) for number in range(1, 51)]
    assert size == sum(map(number_size, spelled))
