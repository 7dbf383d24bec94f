"""Lists of joined numbers equal the lists number by number."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jedlik.base.errors import ServiceError
from jedlik.base.limits import MAX_VECTOR_DIMENSIONS
from jedlik.values.canonical import canonical_item
from jedlik.values.joined_numbers import (
    MIN_BYTES,
    JoinedNumbers,
    has_joined,
    joined,
    joined_item,
    json_of,
    replace_marks,
)
from jedlik.values.number_lists import MIN_NUMBERS
from jedlik.values.sizes import item_size

COMPACT, SPACED = (",", ":"), (", ", ": ")

numbers = st.floats(-1, 1, width=32).map(repr) | st.integers(-999, 999).map(str)
vectors = st.lists(numbers, min_size=MIN_NUMBERS + 1, max_size=MIN_NUMBERS + 4)
odd_texts = st.sampled_from(["", ",", "1,2", "x", "\x7f", "1\x7f2", "\\u007f", "\\", "+1"]) | (
    st.sampled_from(['"},{"N":"', '5"},{"N":"6', "1e400"])
)
elements = (
    numbers.map(lambda text: {"N": text})
    | odd_texts.map(lambda text: {"N": text})
    | odd_texts.map(lambda text: {"S": text})
    | st.just({"N": "1", "S": "2"})
)
lists = st.lists(elements, max_size=4).map(lambda each: {"L": each})
values = (
    vectors.map(lambda texts: {"L": [{"N": text} for text in texts]})
    | st.tuples(vectors, elements, st.integers(0, 20)).map(lambda given: {"L": mixed(*given)})
    | lists
    | lists.map(lambda inner: {"M": {"inner": inner}})
    | lists.map(lambda inner: {"L": [inner, inner]})
    | odd_texts.map(lambda text: {"S": text})
)
items = st.dictionaries(st.sampled_from(["a", "b", "v", '"},{"N":"', "\x7f"]), values, max_size=4)


def mixed(texts: list[str], other: Any, place: int) -> list[Any]:
    found: list[Any] = [{"N": text} for text in texts]
    found.insert(place, other)
    return found


def joined_text(text: str) -> JoinedNumbers:
    return JoinedNumbers(text.encode(), text.count(",") + 1)


def is_json(content: bytes) -> bool:
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True


def apart(item: Any) -> Any:
    """An item with lists in place of what is joined."""
    return orjson.loads(orjson.dumps(item, json_of))


def judged(item: Any) -> Any:
    """What is said of an item, and what it is then."""
    try:
        return canonical_item(item), apart(item)
    except ServiceError as error:
        return type(error), error.message


@given(items, st.sampled_from([COMPACT, SPACED]), st.booleans())
def test_items_are_what_they_are_apart(item: Any, spaces: Any, ascii_only: bool) -> None:
    content = json.dumps(item, separators=spaces, ensure_ascii=ascii_only).encode()
    short = joined_item(content)
    assert apart(short) == item
    assert judged(short) == judged(item)


@given(vectors)
def test_sizes_are_those_of_lists(texts: list[str]) -> None:
    item = {"v": {"L": [{"N": text} for text in texts]}}
    short = joined_item(orjson.dumps(item))
    assert has_joined(short)
    size = canonical_item(item)
    assert canonical_item(short) == item_size(short) == item_size(item) == size
    assert list(short["v"]["L"]) == item["v"]["L"]
    assert len(short["v"]["L"]) == len(texts)


def test_short_and_very_long_lists_stay_lists() -> None:
    for count in (MIN_NUMBERS - 1, MAX_VECTOR_DIMENSIONS + 1):
        content = orjson.dumps({"v": {"L": [{"N": "5"}] * count}, "pad": {"S": "x" * MIN_BYTES}})
        assert not has_joined(joined_item(content))
    for count in (MIN_NUMBERS, MAX_VECTOR_DIMENSIONS):
        content = orjson.dumps({"v": {"L": [{"N": "5"}] * count}, "pad": {"S": "x" * MIN_BYTES}})
        assert has_joined(joined_item(content))


@pytest.mark.parametrize("text", ["\x7f", "\\u007F", "\\u007f"])
def test_what_a_client_writes_is_never_taken_for_a_join(text: str) -> None:
    for element in (f"{text}0", text, f"1{text}2"):
        first = f'{{"a":{{"L":[{{"N":"{element}"}}]}},"v":{{"L":['
        content = first.encode() + b",".join([b'{"N":"0.5"}'] * 20) + b"]}}"
        assert joined(content) is None
        assert not has_joined(joined_item(content))


def test_brackets_within_elements_end_no_list() -> None:
    vector = {"L": [{"N": "0.5"}] * MIN_NUMBERS}
    for other in ([{"N": "]"}], [{"N": "1"}, {"S": '"}]'}] * MIN_NUMBERS):
        item = {"a": {"L": other}, "v": vector}
        short = joined_item(orjson.dumps(item))
        assert has_joined(short)
        assert apart(short) == item


def test_a_list_elsewhere_is_not_found_again() -> None:
    content = orjson.dumps({"v": {"M": {"v": {"L": [{"N": "0.5"}] * 20}}}})
    found = joined(content)
    assert found is not None
    short, lists = found
    assert len(lists) == 1
    assert replace_marks(orjson.loads(short), lists) == 0


@example(["{", '"', "v", '"', ":"], ["}"])
@given(
    st.lists(st.sampled_from(['[{"N":"', '"},{"N":"', '"}]', '"', "1", "\\", "{", "}", ","])),
    st.lists(st.sampled_from(['"', "{", "}", "[", "]", ":", '"v":{"L":', '{"v":{"L":'])),
)
def test_broken_json_stays_broken(before: list[str], behind: list[str]) -> None:
    vector = ",".join(['{"N":"0.5"}'] * MIN_NUMBERS)
    content = f"{''.join(before)}[{vector}]{''.join(behind)}".encode()
    found = joined(content)
    assert found is None or is_json(found[0]) == is_json(content)


@given(st.text("05.-,e", min_size=1, max_size=12), st.integers(0, 40))
def test_plain_numbers_of_json_are_numbers(text: str, zeros: int) -> None:
    numbers = joined_text(text + "0" * zeros)
    try:
        orjson.loads(b"[%b]" % numbers.text)
    except orjson.JSONDecodeError:
        return
    if numbers.are_plain():
        assert numbers.canonical_size() > 0


def test_long_numbers_and_long_exponents_are_not_plain() -> None:
    for text in ("-0.5,12", "1e-5,12", "0.5,1.25E-05", "1e+10"):
        assert joined_text(text).are_plain()
    for text in ("1e-100,12", "12,1E+100", "1," + "1" * 39):
        assert not joined_text(text).are_plain()


def test_nothing_else_has_a_form_in_json() -> None:
    assert orjson.dumps(joined_text("1,2"), json_of) == b'[{"N":"1"},{"N":"2"}]'
    with pytest.raises(TypeError):
        orjson.dumps(object(), json_of)
