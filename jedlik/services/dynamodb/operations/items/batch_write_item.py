"""BatchWriteItem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_BATCH_WRITE_REQUESTS
from jedlik.base.places import Caller
from jedlik.base.turns import Turns
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.capacity.refusals import Throttled
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.actions import ConditionGuard, Delete, Put
from jedlik.services.dynamodb.items.batches import Refusal, Result, write_batch
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.write import Outcome
from jedlik.services.dynamodb.operations.items.answers import (
    capacities_by_table,
    collections_metrics,
)
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import BatchWriteItemInput

_UNCONDITIONAL = ConditionGuard(None)


class _Request(NamedTuple):
    """One put or delete, and its item or key; `table` is as in the request."""

    table: str
    write: ItemWrite
    item: Item


async def batch_write_item(
    database: Database, payload: BatchWriteItemInput, caller: Caller | None = None
) -> Body:
    """Up to 25 puts and deletes of any tables, unconditionally.

    All are made in one commit, which is more than the service promises. Those for which capacity
    does not suffice are in UnprocessedItems; if it suffices for none of them, that is an error.
    """
    requests = payload["RequestItems"]
    if sum(map(len, requests.values())) > MAX_BATCH_WRITE_REQUESTS:
        raise ValidationException("Too many items requested for the BatchWriteItem call")
    images = []
    turns = Turns()
    for request in chain.from_iterable(requests.values()):
        images.append(_image(request))
        if turns.over:  # an item may have a hundred thousand tiny values
            await turns.give_way()
    images.reverse()
    writes: list[_Request] = []
    for name, group in requests.items():
        table = await database.table(name)
        of_table = [_Request(name, *_write(table, request, images.pop())) for request in group]
        if len({request.write.key for request in of_table}) < len(of_table):
            raise ValidationException("Provided list of item keys contains duplicates")
        writes += of_table
    results = await write_batch(
        database, [request.write for request in writes], "BatchWriteItem", caller
    )
    unprocessed = _unprocessed(requests, results)
    consumptions = (
        (request.table, result.consumption())
        for request, result in zip(writes, results, strict=True)
        if isinstance(result, Outcome)
    )
    return {
        "UnprocessedItems": unprocessed,
        **collections_metrics(payload, writes),
        **capacities_by_table(payload, consumptions),
    }


def _unprocessed(
    requests: Mapping[str, Sequence[Mapping[str, Any]]], results: Sequence[Result]
) -> dict[str, list[Mapping[str, Any]]]:
    """The requests that were refused because of capacity. Raises any other error, and that of the
    first request if all were refused."""
    left: dict[str, list[Mapping[str, Any]]] = {}
    errors = [result.error for result in results if isinstance(result, Refusal)]
    if not errors:
        return left
    if len(errors) == len(results) or not all(isinstance(each, Throttled) for each in errors):
        raise errors[0]
    found = iter(results)
    for name, group in requests.items():
        refused = [request for request in group if isinstance(next(found), Refusal)]
        if refused:
            left[name] = refused
    return left


def _image(request: Mapping[str, Any]) -> Image | None:
    """The item of a put, checked; None for a delete."""
    put, delete = request.get("PutRequest"), request.get("DeleteRequest")
    if (put is None) is (delete is None):  # the text is the same for neither (dynalite's tests)
        raise ValidationException(
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes"
        )
    if put is None:
        canonical_item(request["DeleteRequest"]["Key"])
        return None
    return Image.of(put["Item"], canonical_item(put["Item"]))


def _write(
    table: OpenTable, request: Mapping[str, Any], image: Image | None
) -> tuple[ItemWrite, Item]:
    if image is None:
        key = request["DeleteRequest"]["Key"]
        return ItemWrite(table, table.key_of(key), Delete(_UNCONDITIONAL)), key
    item = image.joined
    key = table.key_of_batched_item(item)
    table.check_indexable(item, image.size)
    return ItemWrite(table, key, Put(image, _UNCONDITIONAL)), item
