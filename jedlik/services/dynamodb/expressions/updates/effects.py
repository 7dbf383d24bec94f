"""The effects of an update on an item: closures that compute values and edit maps and lists.

They are compiled before the types of operands are checked, since the service finds errors of paths
first. So what those checks refuse is compiled too, into closures that are never called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    Action,
    FunctionCall,
    Operand,
    Path,
    Value,
)
from jedlik.services.dynamodb.expressions.paths import Values, getter, resolve
from jedlik.services.dynamodb.expressions.updates.adding import (
    WRONG_TYPE,
    ElementCount,
    added,
    deleted,
)
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.numbers import add, subtract

Compute = Callable[[Item, Values, ElementCount], AttributeValue | None]
"""Returns the new value of a path; None to remove it. Raises ValidationException."""

Edit = Callable[[AttributeValue | None, Item, Values, ElementCount], AttributeValue]
"""Returns a map or list with its changes; raises if it is missing or of another type."""

_INVALID_PATH = "The document path provided in the update expression is invalid for update"
_MISSING = "The provided expression refers to an attribute that does not exist in the item"


def compute_of(action: Action, names: Mapping[str, str]) -> Compute:
    """What an action makes of its path."""
    if action.operand is None:
        return lambda _item, _values, _count: None
    if action.section == "SET":
        return _operand(action.operand, names)
    assert isinstance(action.operand, Value)
    name = action.operand.name
    get = getter(resolve(action.path.parts, names))
    combine = added if action.section == "ADD" else deleted
    return lambda item, values, _count: combine(get(item, values), values[name])


def _operand(operand: Operand, names: Mapping[str, str]) -> Compute:
    """The value of an operand of SET, which must not be missing."""
    if isinstance(operand, Value):
        name = operand.name
        return lambda _item, values, _count: values[name]
    if isinstance(operand, FunctionCall):
        return _call(operand, names)
    get = getter(resolve(operand.parts, names))

    def read(item: Item, values: Values, _count: ElementCount) -> AttributeValue:
        value = get(item, values)
        if value is None:
            raise ValidationException(_MISSING)
        return value

    return read


def _call(call: FunctionCall, names: Mapping[str, str]) -> Compute:
    if len(call.operands) != 2:
        # Refused by the checks that follow; there is nothing to compile.
        return lambda _item, _values, _count: None
    first, second = call.operands
    right = _operand(second, names)
    if call.function == "if_not_exists":
        if not isinstance(first, Path):
            return right  # refused by the checks too
        get = getter(resolve(first.parts, names))
        return lambda item, values, count: get(item, values) or right(item, values, count)
    left = _operand(first, names)
    if call.function == "list_append":
        counted = (_is_append(first), _is_append(second))
        return lambda item, values, count: count.joined(
            left(item, values, count), right(item, values, count), counted
        )
    arithmetic = add if call.function == "+" else subtract

    def calculate(item: Item, values: Values, count: ElementCount) -> AttributeValue:
        one, other = left(item, values, count), right(item, values, count)
        if one is None or other is None or "N" not in one or "N" not in other:
            raise ValidationException(WRONG_TYPE)
        return {"N": arithmetic(one["N"], other["N"])}

    return calculate


def _is_append(operand: Operand) -> bool:
    return isinstance(operand, FunctionCall) and operand.function == "list_append"


# --- Maps and lists -------------------------------------------------------------------------------


def edit_of(tree: dict[str | int, Any]) -> Edit:
    """The changes of one map or list: nested dicts by the parts of the paths below it, with a
    `Compute` at the end of each."""
    if type(next(iter(tree))) is int:
        return _edit_list(tree)
    return _edit_map(tree)


def _edit_map(tree: dict[str | int, Any]) -> Edit:
    steps = [(str(name), node) for name, node in tree.items() if type(node) is not dict]
    edits = [(str(name), edit_of(node)) for name, node in tree.items() if type(node) is dict]

    def edit(
        value: AttributeValue | None, item: Item, values: Values, count: ElementCount
    ) -> AttributeValue:
        members = None if value is None else value.get("M")
        if members is None:
            raise ValidationException(_INVALID_PATH)
        new = members.copy()
        for name, compute in steps:
            member = compute(item, values, count)
            if member is None:
                new.pop(name, None)
            else:
                new[name] = member
        for name, inner in edits:
            new[name] = inner(members.get(name), item, values, count)
        return {"M": new}

    return edit


def _edit_list(tree: dict[str | int, Any]) -> Edit:
    steps = [
        (int(index), edit_of(node) if type(node) is dict else None, node)
        for index, node in sorted(tree.items(), key=lambda pair: int(pair[0]))
    ]

    def edit(
        value: AttributeValue | None, item: Item, values: Values, count: ElementCount
    ) -> AttributeValue:
        elements = None if value is None else value.get("L")
        if elements is None:
            raise ValidationException(_INVALID_PATH)
        new: list[AttributeValue | None] = elements.copy()
        for index, inner, compute in steps:
            element = elements[index] if index < len(elements) else None
            if inner is not None:
                new[index] = inner(element, item, values, count)
                continue
            element = compute(item, values, count)
            if index < len(elements):
                new[index] = element
            else:
                new.append(element)
        return {"L": [element for element in new if element is not None]}

    return edit
