"""Lists that an update makes: counted, and no longer than an item may be."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.services.dynamodb.expressions.updates.adding import ElementCount
from tests.unit.services.dynamodb.expressions.updates.applying import MISSING, changed

EMPTY: Any = {"S": ""}
"""A byte of an item, as an element of a list."""
HALF: Any = {"L": [EMPTY] * (MAX_ITEM_SIZE // 2)}
ITEM: Any = {"pk": {"S": "p"}, "l": HALF}


def test_lists_beyond_an_item_are_not_copied() -> None:
    text = "SET " + ", ".join(f"a{at} = list_append(l, l)" for at in range(150))
    new = changed(text, ITEM)
    lengths = [len(value["L"]) for name, value in new.items() if name.startswith("a")]
    assert lengths == [MAX_ITEM_SIZE] + [1] * 149
    assert len(new["a1"]["L"][0]["S"]) > MAX_ITEM_SIZE
    assert new["a1"] is new["a149"]


def test_what_else_is_wrong_comes_first() -> None:
    with pytest.raises(ValidationException) as caught:
        changed("SET a = list_append(l, l), b = list_append(l, l), c = gone", ITEM)
    assert caught.value.message == MISSING


def test_lists_in_maps_and_lists_count_too() -> None:
    item = {**ITEM, "m": {"M": {}}, "o": {"L": [EMPTY]}}
    new = changed("SET m.a = list_append(l, l), o[0] = list_append(l, l)", item)
    assert len(new["m"]["M"]["a"]["L"]) == MAX_ITEM_SIZE
    assert len(new["o"]["L"][0]["L"]) == 1


def test_each_update_counts_for_itself() -> None:
    for _ in range(2):
        assert len(changed("SET l = list_append(l, l)", ITEM)["l"]["L"]) == MAX_ITEM_SIZE


def test_a_list_made_for_another_counts_once() -> None:
    count, nothing = ElementCount(), {"L": []}
    inner = count.joined(HALF, nothing, (False, False))
    for _ in range(20):
        inner = count.joined(inner, nothing, (True, False))
    assert inner == HALF
    assert count.elements == len(HALF["L"])
    count.joined(HALF, HALF, (False, False))
    assert len(count.joined(nothing, nothing, (False, False))["L"]) == 1
