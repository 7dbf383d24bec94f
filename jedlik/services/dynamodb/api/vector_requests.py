"""Requests with vectors, read without an object for each of their numbers (see
`values.joined_numbers`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from jedlik.base.errors import ServiceError
from jedlik.gateway.operation import Payload
from jedlik.values.joined_numbers import JoinedNumbers, joined, joined_numbers, take_up

Reader = Callable[[bytes], Payload | None]
"""The checked payload of a request's content; None if it is to be read like any other."""


def vector_reader(operation: str, check: Callable[[Any], dict[str, Any]]) -> Reader | None:
    """The reader of an operation that takes vectors, given the checker of its shape."""
    take = _OPERATIONS.get(operation)
    if take is None:
        return None

    def read(content: bytes) -> Payload | None:
        found = joined(content)
        if found is None:
            return None
        short, lists = found
        try:
            payload = check(orjson.loads(short))
        except (orjson.JSONDecodeError, ServiceError):
            return None  # what is wrong is said of the content as it came
        return payload if take(payload, lists) == len(lists) else None

    return read


def _put_item(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    return take_up(payload["Item"], lists)


def _batch_write_item(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    taken = 0
    for requests in payload["RequestItems"].values():
        for request in requests:
            put = request.get("PutRequest")
            if put is not None:
                taken += take_up(put["Item"], lists)
    return taken


def _transact_write_items(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    taken = 0
    for item in payload["TransactItems"]:
        put = item.get("Put")
        if put is not None:
            taken += take_up(put["Item"], lists)
    return taken


def _search_vectors(payload: dict[str, Any], lists: Sequence[JoinedNumbers]) -> int:
    numbers = joined_numbers(payload["SearchVector"], lists)
    if numbers is None:
        return 0
    payload["SearchVector"] = numbers
    return 1


_OPERATIONS: Final[dict[str, Callable[[dict[str, Any], Sequence[JoinedNumbers]], int]]] = {
    "BatchWriteItem": _batch_write_item,
    "PutItem": _put_item,
    "SearchVectors": _search_vectors,
    "TransactWriteItems": _transact_write_items,
}
"""Puts `JoinedNumbers` in place, and says how many."""
