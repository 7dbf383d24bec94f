"""Updates applied to one item, for the tests of this folder."""

from __future__ import annotations

import copy
from typing import Any

from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.updates.update import Update, compile_update

ITEM: dict[str, Any] = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1"]},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}, {"N": "3"}]},
    "m": {"M": {"a": {"N": "1"}, "l": {"L": [{"M": {"x": {"S": "y"}}}]}, "s": {"SS": ["q"]}}},
}
MISSING = "The provided expression refers to an attribute that does not exist in the item"


def compiled(text: str, names: dict[str, str] | None = None, **values: Any) -> Update:
    placeholders = Placeholders(names, {f":{k}": v for k, v in values.items()} or None)
    update = compile_update(text, placeholders)
    placeholders.check_all_used()
    return update


def changed(text: str, item: dict[str, Any] = ITEM, **values: Any) -> dict[str, Any]:
    """The new item; the old one must be as it was."""
    before = copy.deepcopy(item)
    new = compiled(text, **values).apply(item)
    assert item == before
    assert new is not item
    return new


def difference(text: str, item: dict[str, Any] = ITEM, **values: Any) -> dict[str, Any]:
    """Attributes that the update changed; None for those that are gone."""
    new = changed(text, item, **values)
    return {name: new.get(name) for name in [*item, *new] if new.get(name) != item.get(name)}


def numbers(*some: int) -> dict[str, Any]:
    return {"L": [{"N": str(number)} for number in some]}


ONE, X = {"N": "1"}, {"S": "x"}
