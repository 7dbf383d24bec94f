"""Checks of attribute values made early, in a thread, for requests with very many values.

Operations check the values of their requests on the event loop, where a list of a million numbers
holds everything for a second. So the same checks are made here first, and the values remember how
they ended (`values.checked_value`). A value that is missed here, or that the operation checks under
other limits, is only checked later than it might have been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from jedlik.base.errors import ServiceError
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.gateway.operation import Payload
from jedlik.values.attribute import AttributeValue
from jedlik.values.canonical import (
    ValueBudget,
    canonical_item,
    canonical_placeholders,
    canonical_value,
)
from jedlik.values.checked_value import CheckedValue

_NAMED_VALUES: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "Item": canonical_item,
    "Key": canonical_item,
    "ExclusiveStartKey": canonical_item,
    "ExpressionAttributeValues": canonical_placeholders,
}
"""Members with values by their names, and their checks."""
_CONDITIONS: Final = ("Expected", "KeyConditions", "QueryFilter", "ScanFilter")


def check_early(payload: Payload) -> None:
    """Check the values of a payload. What is wrong is left for the operation to find."""
    for part in _parts(payload):
        for name, check in _NAMED_VALUES.items():
            values = part.get(name)
            if values:
                _remember(values, values)
                with suppress(ServiceError):
                    check(values)
        parameters = part.get("Parameters") or []
        _check_together(_remember(parameters, range(len(parameters))))
        for name in _CONDITIONS:
            _check_together(_arguments((part.get(name) or {}).values()))
        for update in (part.get("AttributeUpdates") or {}).values():
            with suppress(ServiceError):
                for value in _remember(update, update.keys() & {"Value"}):
                    canonical_value(value, 1, MAX_ITEM_SIZE)


def _parts(payload: Payload) -> Iterator[Payload]:
    """A payload, and the parts of a batch or transaction, each of which may have the members that
    have values."""
    yield payload
    for statements in ("Statements", "TransactStatements"):
        yield from payload.get(statements) or ()
    for action in payload.get("TransactItems") or ():
        yield from action.values()
    for requests in (payload.get("RequestItems") or {}).values():
        if isinstance(requests, dict):
            yield from ({"Key": key} for key in requests["Keys"])
        else:
            for request in requests:
                yield from request.values()


def _arguments(conditions: Iterable[dict[str, Any]]) -> Iterator[AttributeValue]:
    """The values of legacy conditions, in the order in which they are checked."""
    for condition in conditions:
        arguments = condition.get("AttributeValueList") or []
        yield from _remember(arguments, range(len(arguments)))
        yield from _remember(condition, condition.keys() & {"Value"})


def _remember(container: Any, places: Iterable[Any]) -> list[AttributeValue]:
    """Let the values at some places of a list or map remember their checks; returns them."""
    remembering: list[AttributeValue] = []
    for place in places:
        value = container[place]
        if isinstance(value, dict):
            container[place] = CheckedValue(value)
            remembering.append(container[place])
    return remembering


def _check_together(values: Iterable[AttributeValue]) -> None:
    """Check values that have one budget."""
    budget = ValueBudget()
    with suppress(ServiceError):
        for value in values:
            budget.canonical(value)
