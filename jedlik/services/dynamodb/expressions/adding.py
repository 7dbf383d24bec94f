"""ADD and DELETE: what they make of a number or a set."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.values.attribute import AttributeValue
from jedlik.values.numbers import add
from jedlik.values.set_order import IN_ORDER

WRONG_TYPE: Final = "An operand in the update expression has an incorrect data type"


def added(
    value: AttributeValue | None, operand: AttributeValue, mismatch: str = WRONG_TYPE
) -> AttributeValue:
    """ADD: a sum, a union, or the operand where there was nothing.

    Raises ValidationException with the text `mismatch` where the types differ.
    """
    if value is None:
        return operand
    kind, present, content = _matched(value, operand, mismatch)
    if kind == "N":
        return {"N": add(present, content)}
    return {kind: IN_ORDER[kind]({*present, *content})}


def deleted(
    value: AttributeValue | None, operand: AttributeValue, mismatch: str = WRONG_TYPE
) -> AttributeValue | None:
    """DELETE: the set without the elements; None where none is left or there was no set.

    Raises ValidationException with the text `mismatch` where the types differ.
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
