"""The legacy parameter AttributeUpdates, turned into an `Update`.

Each attribute has an action, PUT if none is named, and usually a value. Attribute names are
literal: a dot in one is only a dot (API reference, data type "AttributeValueUpdate").
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any, Final

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.services.dynamodb.expressions.parsing.syntax import Parts
from jedlik.services.dynamodb.expressions.paths import PathTree, Values
from jedlik.services.dynamodb.expressions.updates.adding import ElementCount, added, deleted
from jedlik.services.dynamodb.expressions.updates.effects import Compute
from jedlik.services.dynamodb.expressions.updates.update import Update, UpdatePlan
from jedlik.services.dynamodb.expressions.value_checks import ValueChecks
from jedlik.values.attribute import SET_TYPES, AttributeValue, Item, type_of
from jedlik.values.canonical import (
    UPDATED_TOO_LARGE,
    ItemTooLarge,
    canonical_value,
    check_attribute_name,
)
from jedlik.values.sizes import string_size

_MISMATCH: Final = "Type mismatch for attribute to update"
_ADDABLE: Final = frozenset(["N", "L", *SET_TYPES])

_NO_CHECKS: Final = ValueChecks(frozenset(), ())


def update_steps(updates: Mapping[str, Mapping[str, Any]]) -> Generator[None, None, Update]:
    """The update of AttributeUpdates, made an attribute at a time.

    Values are checked and converted to canonical form in place. All values of PUT will be in the
    item, so together they may not be larger than an item. Raises ValidationException.
    """
    room = MAX_ITEM_SIZE
    tree = PathTree[Compute]()
    paths: list[Parts] = []
    assigned: list[tuple[str, Callable[[Values], AttributeValue]]] = []
    for name, update in updates.items():
        check_attribute_name(name)
        path: Parts = (name,)
        is_put = update.get("Action") in (None, "PUT")
        compute, size = _compute(name, update, room if is_put else MAX_ITEM_SIZE)
        if is_put:
            room -= size + string_size(name)
            if room < 0:
                raise ItemTooLarge(UPDATED_TOO_LARGE)
        tree.insert(path, compute)
        paths.append(path)
        if update.get("Action") != "DELETE":
            value: AttributeValue = update["Value"]
            assigned.append((name, partial(_given, value)))
        yield
    creates = not updates or any(update.get("Action") != "DELETE" for update in updates.values())
    values = {name: update["Value"] for name, update in updates.items() if update.get("Value")}
    plan = UpdatePlan(
        tree,
        tuple(paths),
        frozenset(),
        _NO_CHECKS,
        creates=creates,
        assigned=tuple(assigned),
        uses=tuple((name, 1) for name in values),
    )
    return Update(plan, values)


def _given(value: AttributeValue, _values: Values) -> AttributeValue:
    return value


def _nothing(_item: Item, _values: Values, _count: ElementCount) -> None:
    return None


def _compute(name: str, update: Mapping[str, Any], room: int) -> tuple[Compute, int]:
    """The effect of an update on its attribute, and the size of its value, which may have `room`
    bytes."""
    action = update.get("Action") or "PUT"
    value: AttributeValue | None = update.get("Value")
    if value is None:
        if action != "DELETE":
            raise InvalidParameter.of_values(
                "Only DELETE action is allowed when no attribute value is specified"
            )
        return _nothing, 0
    try:
        size = canonical_value(value, 1, room)
    except ItemTooLarge:
        raise ItemTooLarge(UPDATED_TOO_LARGE) from None
    operand: AttributeValue = value
    kind = type_of(operand)
    if action == "PUT":
        return lambda _item, _values, _count: operand, size
    if action == "DELETE":
        if kind not in SET_TYPES:
            raise InvalidParameter.of_values(
                f"DELETE action with value is not supported for the type {kind}"
            )
        return lambda item, _values, _count: deleted(item.get(name), operand, _MISMATCH), size
    if kind not in _ADDABLE:
        raise InvalidParameter.of_values(f"ADD action is not supported for the type {kind}")
    return lambda item, _values, _count: _added(item, name, operand), size


def _added(item: Item, name: str, operand: AttributeValue) -> AttributeValue:
    present = item.get(name)
    if present is not None and "L" in present and "L" in operand:
        return {"L": present["L"] + operand["L"]}
    return added(present, operand, _MISMATCH)
