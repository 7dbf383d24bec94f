"""ADD, DELETE and list_append, for numbers, sets and lists.

Each element of a list takes at least one byte of the item. An expression may have a few hundred
`list_append`, and if each of them copied a long list, they would take a gigabyte before the item is
found to be too large. So the elements of an update's lists are counted, and lists with more of them
than an item can have are not made.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.values.attribute import AttributeValue
from jedlik.values.numbers import add
from jedlik.values.set_order import IN_ORDER

WRONG_TYPE: Final = "An operand in the update expression has an incorrect data type"


def added(
    value: AttributeValue | None, operand: AttributeValue, mismatch: str = WRONG_TYPE
) -> AttributeValue:
    """ADD: a sum, a union, or the operand if there was no value. Raises ValidationException with
    the text `mismatch` if the types differ."""
    if value is None:
        return operand
    kind, present, content = _matched(value, operand, mismatch)
    if kind == "N":
        return {"N": add(present, content)}
    return {kind: IN_ORDER[kind]({*present, *content})}


def deleted(
    value: AttributeValue | None, operand: AttributeValue, mismatch: str = WRONG_TYPE
) -> AttributeValue | None:
    """DELETE: the set without the elements; None if no element is left, or there was no set.

    Raises ValidationException with the text `mismatch` if the types differ.
    """
    if value is None:
        return None
    kind, present, content = _matched(value, operand, mismatch)
    gone = set(content)
    left = [element for element in present if element not in gone]
    return {kind: left} if left else None


def _matched(value: AttributeValue, operand: AttributeValue, mismatch: str) -> tuple[str, Any, Any]:
    """The type that both have, and the content of each."""
    ((kind, content),) = operand.items()
    present = value.get(kind)
    if present is None:
        raise ValidationException(mismatch)
    return kind, present, content


class ElementCount:
    """Counts the elements of the lists that one application of an update has made."""

    __slots__ = ("elements",)

    def __init__(self) -> None:
        self.elements = 0

    def joined(
        self, one: AttributeValue | None, other: AttributeValue | None, counted: tuple[bool, bool]
    ) -> AttributeValue:
        """The two lists joined. `counted` says which of them were made by this update, as in nested
        functions of PartiQL. Raises ValidationException if one of them is not a list."""
        if one is None or other is None or "L" not in one or "L" not in other:
            raise ValidationException(WRONG_TYPE)
        first, second = one["L"], other["L"]
        for each, is_counted in zip((first, second), counted, strict=True):
            if not is_counted:
                self.elements += len(each)
        return {"L": first + second} if self.elements <= MAX_ITEM_SIZE else _too_long()


@cache
def _too_long() -> AttributeValue:
    """A value that replaces a list too large for any item, and that is too large itself: so other
    errors of the update are found first, as with the list."""
    return {"L": [{"S": "-" * (MAX_ITEM_SIZE + 1)}]}
