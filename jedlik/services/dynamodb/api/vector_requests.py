"""Requests with vectors, parsed without an object for each of their numbers (see
`values.joined_numbers`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from jedlik.base.errors import ServiceError
from jedlik.gateway.operation import Payload
from jedlik.values.joined_numbers import JoinedNumbers, joined, joined_numbers, replace_marks

Reader = Callable[[bytes], Payload | None]
"""The checked payload of a request's content; None if it is to be parsed like any other."""


_Replace = Callable[[dict[str, Any], Sequence[JoinedNumbers]], int]
"""Replaces the marks in a payload by their `JoinedNumbers`, and returns how many there were."""


def vector_reader(operation: str, check: Callable[[Any], dict[str, Any]]) -> Reader | None:
    """The reader of an operation that takes vectors, given the checker of its shape."""
    replace = _OPERATIONS.get(operation)
    if replace is None:
        return None

    def read(content: bytes) -> Payload | None:
        found = joined(content)
        if found is None:
            return None
        short, lists = found
        try:
            payload = check(orjson.loads(short))
            replaced = replace(payload, lists)
        except (orjson.JSONDecodeError, ServiceError):
            return None  # the error must be about the content as it came
        return payload if replaced == len(lists) else None

    return read


def _put_item(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    return replace_marks(payload["Item"], lists)


def _batch_write_item(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    replaced = 0
    for requests in payload["RequestItems"].values():
        for request in requests:
            put = request.get("PutRequest")
            if put is not None:
                replaced += replace_marks(put["Item"], lists)
    return replaced


def _transact_write_items(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    replaced = 0
    for item in payload["TransactItems"]:
        put, update = item.get("Put"), item.get("Update")
        if put is not None:
            replaced += replace_marks(put["Item"], lists)
        if update is not None:
            replaced += _update_item(update, lists)
    return replaced


def _update_item(request: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    """Only in values that replace attributes: anything else may need the single numbers."""
    # Loaded only for clients that send expressions.
    from jedlik.services.dynamodb.expressions.updates.update import replacements_of  # noqa: PLC0415

    text, values = request.get("UpdateExpression"), request.get("ExpressionAttributeValues")
    if text is None or values is None:
        return 0
    condition = request.get("ConditionExpression") or ""
    names = [name for name in replacements_of(text) if name in values and name not in condition]
    return replace_marks({name: values[name] for name in names}, lists)


def _execute_statement(request: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    """Only in values that are inserted, or replace attributes."""
    # PartiQL likewise.
    from jedlik.services.dynamodb.expressions.parsing.syntax import replacements  # noqa: PLC0415
    from jedlik.services.dynamodb.partiql.prepared import prepare  # noqa: PLC0415
    from jedlik.services.dynamodb.partiql.statements import Insert, Update  # noqa: PLC0415

    parameters = request.get("Parameters")
    prepared = prepare(request["Statement"])
    statement = prepared.statement
    if parameters is None or not isinstance(statement, Insert | Update):
        return 0
    if isinstance(statement, Insert):
        names = {value for _, value in statement.attributes}
    else:
        names = replacements(statement.actions)
    given = dict(zip(prepared.parameters, parameters, strict=False))
    return replace_marks({name: given[name] for name in names if name in given}, lists)


def _each_of(member: str, replace: _Replace) -> _Replace:
    return lambda payload, lists: sum(replace(each, lists) for each in payload[member])


def _search_vectors(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    numbers = joined_numbers(payload["SearchVector"], lists)
    if numbers is None:
        return 0
    payload["SearchVector"] = numbers
    return 1


_OPERATIONS: Final[dict[str, _Replace]] = {
    "BatchExecuteStatement": _each_of("Statements", _execute_statement),
    "BatchWriteItem": _batch_write_item,
    "ExecuteStatement": _execute_statement,
    "ExecuteTransaction": _each_of("TransactStatements", _execute_statement),
    "PutItem": _put_item,
    "SearchVectors": _search_vectors,
    "TransactWriteItems": _transact_write_items,
    "UpdateItem": _update_item,
}
