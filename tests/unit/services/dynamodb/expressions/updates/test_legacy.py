"""AttributeUpdates: what each action does, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.turns import at_once
from jedlik.services.dynamodb.expressions.updates.legacy import update_steps
from jedlik.services.dynamodb.expressions.updates.update import Update
from jedlik.values.canonical import ItemTooLarge

ITEM: dict[str, Any] = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "1"}]},
    "m": {"M": {"x": {"N": "1"}}},
}


def legacy_update(updates: dict[str, Any]) -> Update:
    return at_once(update_steps(updates))


@pytest.mark.parametrize(
    ("name", "update", "expected"),
    [
        ("s", {"Value": {"S": "x"}}, {"S": "x"}),
        ("s", {"Value": {"S": "x"}, "Action": "PUT"}, {"S": "x"}),
        ("q", {"Value": {"N": "1.0"}, "Action": "PUT"}, {"N": "1"}),
        ("m.x", {"Value": {"N": "2"}}, {"N": "2"}),
        ("s", {"Action": "DELETE"}, None),
        ("q", {"Action": "DELETE"}, None),
        ("ss", {"Action": "DELETE", "Value": {"SS": ["b", "c"]}}, {"SS": ["a"]}),
        ("ss", {"Action": "DELETE", "Value": {"SS": ["b", "a"]}}, None),
        ("q", {"Action": "DELETE", "Value": {"SS": ["b"]}}, None),
        ("n", {"Action": "ADD", "Value": {"N": "-7"}}, {"N": "-2"}),
        ("q", {"Action": "ADD", "Value": {"N": "7"}}, {"N": "7"}),
        ("ss", {"Action": "ADD", "Value": {"SS": ["b", "c"]}}, {"SS": ["a", "b", "c"]}),
        ("l", {"Action": "ADD", "Value": {"L": [{"S": "x"}]}}, {"L": [{"N": "1"}, {"S": "x"}]}),
        ("q", {"Action": "ADD", "Value": {"L": [{"S": "x"}]}}, {"L": [{"S": "x"}]}),
    ],
)
def test_an_action_changes_only_its_attribute(
    name: str, update: dict[str, Any], expected: Any
) -> None:
    before = copy.deepcopy(ITEM)
    new = legacy_update({name: update}).apply(ITEM)
    assert before == ITEM
    assert new.get(name) == expected
    assert (name in new) is (expected is not None)
    assert {k: v for k, v in new.items() if k != name} == {
        k: v for k, v in ITEM.items() if k != name
    }


def test_paths_and_images() -> None:
    update = legacy_update({"s": {"Value": {"S": "x"}}, "a.b": {"Action": "DELETE"}})
    assert update.attributes == ("s", "a.b")
    assert update.paths == (("s",), ("a.b",))
    assert update.image(ITEM) == {"s": {"S": "hello"}}
    assert update.image(update.apply(ITEM)) == {"s": {"S": "x"}}
    assert legacy_update({}).apply(ITEM) == ITEM


INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("update", "problem"),
    [
        ({}, f"{INVALID}Only DELETE action is allowed when no attribute value is specified"),
        (
            {"Action": "ADD"},
            f"{INVALID}Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            {"Action": "DELETE", "Value": {"S": "x"}},
            f"{INVALID}DELETE action with value is not supported for the type S",
        ),
        (
            {"Action": "ADD", "Value": {"S": "x"}},
            f"{INVALID}ADD action is not supported for the type S",
        ),
        ({"Value": {"N": "x"}}, "The parameter cannot be converted to a numeric value: x"),
    ],
)
def test_texts_for_invalid_actions(update: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationException) as caught:
        legacy_update({"a": update})
    assert caught.value.message == problem


@pytest.mark.parametrize(
    ("name", "action", "value"),
    [
        ("s", "ADD", {"N": "1"}),
        ("ss", "ADD", {"NS": ["1"]}),
        ("n", "DELETE", {"NS": ["1"]}),
        ("l", "ADD", {"N": "1"}),
        ("n", "ADD", {"L": []}),
    ],
)
def test_type_mismatches(name: str, action: str, value: Any) -> None:
    update = legacy_update({name: {"Action": action, "Value": value}})
    with pytest.raises(ValidationException) as caught:
        update.apply(ITEM)
    assert caught.value.message == "Type mismatch for attribute to update"


def test_only_what_puts_something_creates_an_item() -> None:
    delete = {"Action": "DELETE"}
    put = {"Value": {"S": "x"}}
    assert legacy_update({}).creates
    assert legacy_update({"a": put}).creates
    assert legacy_update({"a": delete, "b": put}).creates
    assert not legacy_update({"a": delete, "b": delete}).creates


def test_attribute_names_have_1_to_65535_bytes() -> None:
    """Developer guide, "Supported data types and naming rules"."""
    for update in ({"Value": {"S": "x"}}, {"Action": "DELETE"}):
        with pytest.raises(ValidationException, match=r"^Empty attribute name$"):
            legacy_update({"": update})
    with pytest.raises(
        ValidationException, match=r"^1 validation error detected: Attribute name is too large"
    ):
        legacy_update({"é" * 32768: {"Value": {"S": "x"}}})
    longest = "é" * 32767 + "x"
    assert longest in legacy_update({longest: {"Value": {"S": "x"}}}).apply(ITEM)


def test_what_is_put_has_the_room_of_an_item() -> None:
    """However many attributes there are, they are looked at until the item would be too large."""
    small = {f"k{number}": {"Value": {"S": "x" * 1_000}} for number in range(400)}
    assert len(legacy_update(small).attributes) == 400
    seen = {**small, "last": {"Value": {"S": "x" * 10_000}}, "bad": {"Value": {"N": "x"}}}
    with pytest.raises(ItemTooLarge, match="Item size to update has exceeded"):
        legacy_update(seen)
    deleted = {f"k{number}": {"Action": "DELETE"} for number in range(90_000)}
    assert not legacy_update(deleted).creates
