"""An item as stored and decoded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.values import stored
from jedlik.values.canonical import ItemTooLarge, canonical_item
from jedlik.values.image import Image, same_item
from jedlik.values.joined_numbers import MIN_BYTES, JoinedNumbers, has_joined

NUMBERS = [{"N": "1.5"}] * MIN_BYTES


def test_stored_bytes_are_decoded_once_and_on_demand() -> None:
    image = Image(stored.encode({"pk": {"S": "x"}}, 3))
    assert image.size == 3
    assert image.item == {"pk": {"S": "x"}}
    assert image.item is image.item


def test_an_item_is_stored_with_its_size() -> None:
    item = {"pk": {"S": "x"}}
    image = Image.of(item, canonical_item(item))
    assert (image.stored, image.size) == (stored.encode(item, 3), 3)
    assert image.item is item, "it has no list that could have been joined"


def test_long_lists_of_numbers_are_joined_only_for_those_who_ask() -> None:
    plain = {"pk": {"S": "x"}, "list": {"L": NUMBERS}}
    size = canonical_item(plain)
    image = Image(stored.encode({"pk": {"S": "x"}, "list": {"L": NUMBERS}}, size))
    assert has_joined(image.joined)
    again = Image.of(image.joined, size)
    assert type(again.joined["list"]["L"]) is JoinedNumbers
    assert again.stored == image.stored
    assert again.item == image.item == plain
    assert not has_joined(again.item)


def test_an_item_is_no_larger_than_an_item_may_be() -> None:
    assert Image.of({}, MAX_ITEM_SIZE).size == MAX_ITEM_SIZE
    with pytest.raises(ItemTooLarge):
        Image.of({}, MAX_ITEM_SIZE + 1)


scalars = st.sampled_from([{"S": "ab"}, {"S": "ba"}, {"N": "12"}, {"N": "21"}, {"BOOL": True}])
sets = st.permutations(["1", "2", "3"]).map(lambda texts: {"NS": texts[:2]})
values = scalars | sets | st.lists(scalars | sets, max_size=2).map(lambda each: {"L": each})
items = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


def meaning(value: Any) -> Any:
    if "NS" in value:
        return frozenset(value["NS"])
    return [meaning(each) for each in value["L"]] if "L" in value else value


def image(item: dict[str, Any]) -> Image:
    return Image.of(item, canonical_item(item))


@given(items, items, st.randoms(use_true_random=False))
def test_what_counts_as_the_same(one: Any, other: Any, draw: Any) -> None:
    names = [*other]
    draw.shuffle(names)
    other = {name: other[name] for name in names}
    wanted = {name: meaning(each) for name, each in one.items()} == {
        name: meaning(each) for name, each in other.items()
    }
    assert same_item(image(dict(one)), image(dict(other))) is wanted
