"""The expressions of a request: which parameters it has, their placeholders, old forms and new.

API reference: every operation's parameters ...Expression, ExpressionAttributeNames and
ExpressionAttributeValues, and developer guide, "Legacy conditional parameters".
"""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.database.actions import Guard
from jedlik.expressions import (
    Condition,
    Placeholders,
    check_not_mixed,
    compile_condition,
    compile_expected,
)
from jedlik.operations.operation import Payload
from jedlik.values.canonical import canonical_placeholders

_PLACEHOLDERS = ("ExpressionAttributeNames", "ExpressionAttributeValues")
_UNCONDITIONAL = Guard(None)


def placeholders_of(
    payload: Payload, with_values: tuple[str, ...], without_values: tuple[str, ...] = ()
) -> Placeholders:
    """The placeholders of a request whose expressions are given by the parameters named.

    `with_values` can use values, `without_values` only names. Raises ValidationException where
    there are placeholders but no expression that could use them.
    """
    names = payload.get("ExpressionAttributeNames")
    values = payload.get("ExpressionAttributeValues")
    if names is None and values is None:
        return Placeholders()
    with_values_given = any(payload.get(name) is not None for name in with_values)
    if not with_values_given:
        if not any(payload.get(name) is not None for name in without_values):
            _refuse(_PLACEHOLDERS[0] if names is not None else _PLACEHOLDERS[1], with_values)
        if values is not None:
            _refuse(_PLACEHOLDERS[1], with_values)
    if values is not None:
        canonical_placeholders(values)
    return Placeholders(names, values)


def _refuse(parameter: str, expressions: tuple[str, ...]) -> None:
    text = f"{parameter} can only be specified when using expressions"
    if parameter == "ExpressionAttributeValues" and expressions:
        verb = "is" if len(expressions) == 1 else "are"
        text += f": {' and '.join(expressions)} {verb} null"
    raise ValidationException(text)


def condition_of(payload: Payload, placeholders: Placeholders) -> Condition | None:
    """The condition of a write: ConditionExpression, or what Expected says."""
    text = payload.get("ConditionExpression")
    if text is not None:
        return compile_condition(text, placeholders)
    return compile_expected(payload)


def guard(payload: Payload, condition: Condition | None) -> Guard:
    """The guard for a write's condition."""
    if condition is None:
        return _UNCONDITIONAL
    show_item = payload.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return Guard(condition, show_item=show_item)


def guard_of(payload: Payload) -> Guard:
    """The guard of PutItem and DeleteItem, whose only expression is their condition."""
    if len(payload) == 2:
        return _UNCONDITIONAL
    check_not_mixed(payload)
    placeholders = placeholders_of(payload, ("ConditionExpression",))
    condition = condition_of(payload, placeholders)
    placeholders.check_all_used()
    return guard(payload, condition)
