"""Which parameters of a request may be combined: expressions, their placeholders, legacy
parameters.

A request has either expressions or legacy parameters. Only the legacy `KeyConditions` may be
combined with a FilterExpression or ProjectionExpression. Errors list parameters in a fixed order
for each operation (API reference, "PutItem" and its neighbours; developer guide, "Legacy
conditional parameters").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.services.dynamodb.expressions.forms import Form

_KEY_CONDITIONS: Final = "KeyConditions"
_KEY_CONDITION_EXPRESSION: Final = "KeyConditionExpression"
_FILTERS: Final = ("Expected", "QueryFilter", "ScanFilter")
_UNHEEDED: Final = frozenset(("Get", "Put", "Delete"))
"""Actions of transactions that may have placeholders without any expression (answers of the
service in public issues)."""


class _Rules(NamedTuple):
    """The parameters of an operation in the order in which errors list them."""

    expressions: tuple[str, ...]
    with_values: tuple[str, ...]
    legacy: tuple[str, ...]
    has_no_legacy: Callable[[Iterable[str]], bool]
    watched: frozenset[str]
    """All parameters except expressions: a request without any of these is valid."""


def _rules(expressions: str, legacy: str) -> _Rules:
    texts = tuple(expressions.split())
    olds = tuple(legacy.split())
    return _Rules(
        expressions=texts,
        with_values=tuple(text for text in texts if text != "ProjectionExpression"),
        legacy=olds,
        has_no_legacy=frozenset(olds).isdisjoint,
        watched=frozenset([*olds, "ExpressionAttributeNames", "ExpressionAttributeValues"]),
    )


_WRITE: Final = _rules("ConditionExpression", "Expected ConditionalOperator")
_READ: Final = _rules("ProjectionExpression", "AttributesToGet")
_UPDATE: Final = _rules(
    "UpdateExpression ConditionExpression", "AttributeUpdates Expected ConditionalOperator"
)

_OPERATIONS: Final = {
    "GetItem": _READ,
    "BatchGetItem": _READ,
    "Get": _rules("ProjectionExpression", ""),
    "PutItem": _WRITE,
    "DeleteItem": _WRITE,
    "Put": _rules("ConditionExpression", ""),
    "Delete": _rules("ConditionExpression", ""),
    "ConditionCheck": _rules("ConditionExpression", ""),
    "UpdateItem": _UPDATE,
    "Update": _rules("UpdateExpression ConditionExpression", ""),
    "Query": _rules(
        "ProjectionExpression FilterExpression KeyConditionExpression",
        "AttributesToGet QueryFilter ConditionalOperator KeyConditions",
    ),
    "SearchVectors": _rules("ProjectionExpression SearchConditionExpression", ""),
    "Scan": _rules(
        "ProjectionExpression FilterExpression", "AttributesToGet ScanFilter ConditionalOperator"
    ),
}


def check_parameters(operation: str, request: Mapping[str, Any]) -> None:
    """Raise ValidationException if the parameters of a request cannot be combined.

    `operation` is the operation's name, `BatchGetItem` also for one table's part of that request,
    and `Get`, `Put`, `Update`, `Delete` or `ConditionCheck` for one action of a transaction.
    """
    rules = _OPERATIONS[operation]
    if rules.watched.isdisjoint(request):
        return
    expressions = _expressions(rules, request)
    if request.get("ConditionalOperator") is not None:
        _check_conditional_operator(request)
    if expressions or operation not in _UNHEEDED:
        _check_placeholders(rules, expressions, request)


def form_of(operation: str, request: Mapping[str, Any]) -> Form | None:
    """The form of a request, for `check_parameters` and its expressions; None for one with legacy
    parameters, or with more placeholders than expressions can use. `operation` is as
    `check_parameters` takes it.

    Missing and null members give the same form.
    """
    rules = _OPERATIONS[operation]
    if not rules.has_no_legacy(request):
        return None
    names = request.get("ExpressionAttributeNames")
    values = request.get("ExpressionAttributeValues")
    if len(names or ()) + len(values or ()) > MAX_EXAMINED_PARTS:
        return None
    return (
        operation,
        tuple(map(request.get, rules.expressions)),
        None if names is None else tuple(names.items()),
        None if values is None else tuple(values),
    )


def check_one_language(operation: str, parts: Collection[Mapping[str, Any]]) -> None:
    """Raise ValidationException if one part of a request has expressions, another legacy
    parameters: the rule is about the whole request, also of BatchGetItem.

    `operation` is as `check_parameters` takes it.
    """
    rules = _OPERATIONS[operation]
    if all(map(rules.has_no_legacy, parts)):
        return
    _expressions(
        rules, {name: value for part in parts for name, value in part.items() if value is not None}
    )


def _expressions(rules: _Rules, request: Mapping[str, Any]) -> list[str]:
    """The expressions of a request; ValidationException if it has legacy parameters beside them."""
    expressions = [name for name in rules.expressions if request.get(name) is not None]
    if not expressions:
        return expressions
    legacy = [name for name in rules.legacy if request.get(name) is not None]
    if _KEY_CONDITIONS in legacy and _KEY_CONDITION_EXPRESSION not in expressions:
        legacy.remove(_KEY_CONDITIONS)
    if legacy:
        raise InvalidParameter(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(legacy)}}} "
            f"Expression parameters: {{{', '.join(expressions)}}}"
        )
    return expressions


def _check_conditional_operator(request: Mapping[str, Any]) -> None:
    conditions = max(len(request.get(name) or ()) for name in _FILTERS)
    if not conditions:
        raise InvalidParameter("ConditionalOperator cannot be used without Filter or Expected")
    if conditions < 2:
        raise InvalidParameter(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


def _check_placeholders(rules: _Rules, expressions: list[str], request: Mapping[str, Any]) -> None:
    if not expressions and request.get("ExpressionAttributeNames") is not None:
        raise InvalidParameter(
            "ExpressionAttributeNames can only be specified when using expressions"
        )
    if (
        request.get("ExpressionAttributeValues") is not None
        and rules.with_values
        and not any(name in rules.with_values for name in expressions)
    ):
        missing = " and ".join(rules.with_values)
        verb = "are" if len(rules.with_values) > 1 else "is"
        problem = "ExpressionAttributeValues can only be specified when using expressions"
        # Writes have left the rest out since 2026.
        newer = problem if "ConditionExpression" in rules.expressions else None
        raise InvalidParameter(f"{problem}: {missing} {verb} null", newer)
