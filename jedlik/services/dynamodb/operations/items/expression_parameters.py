"""The expressions of a request, in the new form or in the legacy one.

Each operation first checks which parameters go together (`expressions.parameters`), then compiles
its expressions, and last checks that all placeholders were used. API reference: every operation's
parameters ...Expression, and developer guide, "Legacy conditional parameters".
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import InvalidParameter
from jedlik.base.loading import load
from jedlik.base.turns import in_turns
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.expressions.conditions.condition import Condition, compile_condition
from jedlik.services.dynamodb.expressions.forms import plans_of
from jedlik.services.dynamodb.expressions.parameters import check_parameters, form_of
from jedlik.services.dynamodb.expressions.placeholders import (
    MAX_UNCHECKED_SIZE,
    Placeholders,
    check_placeholder_keys,
)
from jedlik.services.dynamodb.expressions.projection import (
    Projection,
    compile_projection,
    project_attributes,
)
from jedlik.services.dynamodb.items.actions import ConditionGuard
from jedlik.values.canonical import canonical_placeholders

UNCONDITIONAL: Final = ConditionGuard(None)

# Most requests have no expression at all, and need no further checks.
is_unconditional = frozenset(
    (
        "ConditionExpression",
        "ConditionalOperator",
        "Expected",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
    )
).isdisjoint
"""Whether a write has no parameters for `only_guard`."""
selects_all = frozenset(
    (
        "AttributesToGet",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ProjectionExpression",
    )
).isdisjoint
"""Whether a read has no parameters for `only_projection`."""


def placeholders_of(operation: str, payload: Payload) -> Placeholders:
    """The placeholders of a request, after a check that its parameters go together.

    `operation` is as `check_parameters` takes it. Raises ValidationException.
    """
    names = payload.get("ExpressionAttributeNames")
    values = payload.get("ExpressionAttributeValues")
    form = form_of(operation, payload)
    plans = None if form is None else plans_of(form)
    if plans is None:
        check_parameters(operation, payload)
    try:
        size = 0 if values is None else canonical_placeholders(values)
    except InvalidParameter:
        check_placeholder_keys(names, values)
        raise
    if plans is not None and size <= MAX_UNCHECKED_SIZE:
        return Placeholders.of_form(plans, names, values, size)
    return Placeholders(names, values, size, form)


def guard(payload: Payload, placeholders: Placeholders) -> ConditionGuard:
    """The condition of a write, from ConditionExpression, as a guard."""
    text = payload.get("ConditionExpression")
    if text is not None:
        condition = compile_condition(text, placeholders)
        return _showing(condition, payload)
    return UNCONDITIONAL


async def expected_guard(payload: Payload) -> ConditionGuard:
    """The condition of a write, from Expected, which is not empty, as a guard."""
    # Support for legacy parameters is loaded only for clients that send some.
    await load("jedlik.services.dynamodb.expressions.conditions.legacy")
    from jedlik.services.dynamodb.expressions.conditions.legacy import (  # noqa: PLC0415
        expected_steps,
    )

    steps = expected_steps(payload["Expected"], payload.get("ConditionalOperator"))
    return _showing(await in_turns(steps), payload)


def _showing(condition: Condition, payload: Payload) -> ConditionGuard:
    show_item = payload.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return ConditionGuard(condition, show_item=show_item)


def only_guard(operation: str, payload: Payload) -> ConditionGuard:
    """The guard of a write that has no other expression."""
    if is_unconditional(payload):
        return UNCONDITIONAL
    placeholders = placeholders_of(operation, payload)
    found = guard(payload, placeholders)
    if found is not UNCONDITIONAL:
        placeholders.check_all_used()
    return found


async def only_expected(operation: str, payload: Payload) -> ConditionGuard:
    """The guard of a write that has Expected, which is not empty, and no other expression."""
    placeholders = placeholders_of(operation, payload)
    found = await expected_guard(payload)
    placeholders.check_all_used()
    return found


def projection(payload: Payload, placeholders: Placeholders) -> Projection | None:
    """The selection of ProjectionExpression or AttributesToGet; None: everything."""
    text = payload.get("ProjectionExpression")
    if text is not None:
        return compile_projection(text, placeholders)
    names = payload.get("AttributesToGet")
    return None if names is None else project_attributes(names)


def only_projection(operation: str, payload: Payload) -> Projection | None:
    """The projection of a read that has no other expression."""
    if selects_all(payload):
        return None
    placeholders = placeholders_of(operation, payload)
    found = projection(payload, placeholders)
    if found is not None:
        placeholders.check_all_used()
    return found


def page_filter(payload: Payload, placeholders: Placeholders) -> Condition | None:
    """The filter of Query or Scan, from FilterExpression."""
    text = payload.get("FilterExpression")
    return None if text is None else compile_condition(text, placeholders, "FilterExpression")


async def legacy_page_filter(payload: Payload, parameter: str) -> Condition:
    """The filter of Query or Scan, from QueryFilter or ScanFilter, which is not empty."""
    from jedlik.services.dynamodb.expressions.conditions.legacy import (  # noqa: PLC0415
        filter_steps,
    )

    steps = filter_steps(payload[parameter], payload.get("ConditionalOperator"))
    return await in_turns(steps)
