"""The legacy parameter AttributeUpdates, turned into an `Update`.

Each attribute has an action, PUT if none is named, and usually a value. Attribute names are taken
as they are: a dot in one is a dot (API reference, data type "AttributeValueUpdate").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.services.dynamodb.expressions.paths import PathTree, Values
from jedlik.services.dynamodb.expressions.syntax import Parts
from jedlik.services.dynamodb.expressions.update import Compute, Update, UpdatePlan, added, deleted
from jedlik.services.dynamodb.expressions.value_checks import ValueChecks
from jedlik.values.attribute import SET_TYPES, AttributeValue, Item, type_of
from jedlik.values.canonical import (
    UPDATED_TOO_LARGE,
    ItemTooLarge,
    canonical_value,
    check_attribute_name,
)

_MISMATCH: Final = "Type mismatch for attribute to update"
_ADDABLE: Final = frozenset(["N", "L", *SET_TYPES])

_NO_CHECKS: Final = ValueChecks(frozenset(), ())
_NO_VALUES: Final[Values] = {}


def legacy_update(updates: Mapping[str, Mapping[str, Any]]) -> Update:
    """The update of AttributeUpdates.

    Values are checked and brought to canonical form in place. Raises ValidationException.
    """
    tree = PathTree[Compute]()
    paths: list[Parts] = []
    assigned: list[tuple[str, Callable[[Values], AttributeValue]]] = []
    for name, update in updates.items():
        check_attribute_name(name)
        path: Parts = (name,)
        tree.insert(path, _compute(name, update))
        paths.append(path)
        if update.get("Action") != "DELETE":
            value: AttributeValue = update["Value"]
            assigned.append((name, partial(_given, value)))
    creates = not updates or any(update.get("Action") != "DELETE" for update in updates.values())
    plan = UpdatePlan(tree, tuple(paths), frozenset(), _NO_CHECKS, creates, tuple(assigned))
    return Update(plan, _NO_VALUES)


def _given(value: AttributeValue, _values: Values) -> AttributeValue:
    return value


def _compute(name: str, update: Mapping[str, Any]) -> Compute:
    action = update.get("Action") or "PUT"
    value: AttributeValue | None = update.get("Value")
    if value is None:
        if action != "DELETE":
            raise InvalidParameter.of_values(
                "Only DELETE action is allowed when no attribute value is specified"
            )
        return lambda _item, _values: None
    try:
        canonical_value(value, 1, MAX_ITEM_SIZE)
    except ItemTooLarge:
        raise ItemTooLarge(UPDATED_TOO_LARGE) from None
    operand: AttributeValue = value
    kind = type_of(operand)
    if action == "PUT":
        return lambda _item, _values: operand
    if action == "DELETE":
        if kind not in SET_TYPES:
            raise InvalidParameter.of_values(
                f"DELETE action with value is not supported for the type {kind}"
            )
        return lambda item, _values: deleted(item.get(name), operand, _MISMATCH)
    if kind not in _ADDABLE:
        raise InvalidParameter.of_values(f"ADD action is not supported for the type {kind}")
    return lambda item, _values: _added(item, name, operand)


def _added(item: Item, name: str, operand: AttributeValue) -> AttributeValue:
    present = item.get(name)
    if present is not None and "L" in present and "L" in operand:
        return {"L": present["L"] + operand["L"]}
    return added(present, operand, _MISMATCH)
