"""Parts of answers that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson

from jedlik.base.errors import InvalidParameter
from jedlik.gateway.operation import Payload
from jedlik.kernel.keyspaces import ITEM_SORT_OFFSET
from jedlik.services.dynamodb.capacity.units import NONE, Consumption
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.projection import Projection
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.write import Outcome
from jedlik.values.attribute import Item
from jedlik.values.stored import HEADER_SIZE, decode

BEFORE_OR_NOTHING: Final = (None, "ALL_OLD", "NONE")
"""The values of ReturnValues for a put or a delete (API reference, PutItem and DeleteItem)."""


def wrong_return_values() -> InvalidParameter:
    """The error for any other value of ReturnValues."""
    return InvalidParameter("ReturnValues can only be ALL_OLD or NONE")


def json_object(members: Iterable[bytes]) -> bytes:
    """The body with these members, each of the form `"Name":value`."""
    return b"{" + b",".join(members) + b"}"


def consumed_capacity(
    payload: Payload, table: str, consumption: Callable[[], Consumption]
) -> list[bytes]:
    """The member ConsumedCapacity, if ReturnConsumedCapacity asks for it.

    `table` is the table's name or ARN, as in the request. Few requests need it, so `consumption`
    adds up the units only when called.
    """
    mode = payload.get("ReturnConsumedCapacity")
    if mode is None or mode == NONE:
        return []
    return [b'"ConsumedCapacity":' + orjson.dumps(consumption().wire(table, mode))]


def consumed_capacities(
    payload: Payload,
    consumptions: Iterable[tuple[str, Consumption]],
    *,
    direction: str | None = None,
) -> dict[str, Any]:
    """The same for operations on several tables: a list with one entry for each consumption.

    Each comes with its table, as in the request; `consumptions` is only iterated if the request
    asks for it.
    """
    mode = payload.get("ReturnConsumedCapacity", NONE)
    if mode in (NONE, None):
        return {}
    entries = [each.wire(table, mode, direction=direction) for table, each in consumptions]
    return {"ConsumedCapacity": entries}


def capacities_by_table(
    payload: Payload,
    consumptions: Iterable[tuple[str, Consumption]],
    *,
    direction: str | None = None,
) -> dict[str, Any]:
    """The same with one entry for each table."""

    def tables() -> Iterable[tuple[str, Consumption]]:
        sums: dict[str, Consumption] = {}
        for table, each in consumptions:
            sums.setdefault(table, Consumption()).add(each)
        yield from sums.items()

    return consumed_capacities(payload, tables(), direction=direction)


def item_collection_metrics(table: OpenTable, item: Item) -> dict[str, Any] | None:
    """ItemCollectionMetrics of a write; None for a table without local indexes.

    Item collections have no size limit here, so the estimate is always the lowest one.
    """
    if not any(index.local for index in table.model.indexes):
        return None
    name = table.partition.name
    return {"ItemCollectionKey": {name: item[name]}, "SizeEstimateRangeGB": [0.0, 1.0]}


def collection_metrics(payload: Payload, table: OpenTable, item: Item) -> list[bytes]:
    """The member ItemCollectionMetrics, if ReturnItemCollectionMetrics asks for it."""
    if payload.get("ReturnItemCollectionMetrics") != "SIZE":
        return []
    metrics = item_collection_metrics(table, item)
    return [] if metrics is None else [b'"ItemCollectionMetrics":' + orjson.dumps(metrics)]


def collections_metrics(
    payload: Payload, written: Iterable[tuple[str, ItemWrite, Item]]
) -> dict[str, Any]:
    """The same for operations on several items: one entry for every collection written to.

    `written` are the writes, each after its table and before the item or key, both as in the
    request.
    """
    if payload.get("ReturnItemCollectionMetrics") != "SIZE":
        return {}
    found: dict[str, dict[bytes, Any]] = {}
    for table, write, item in written:
        metrics = item_collection_metrics(write.table, item)
        if metrics is not None:
            found.setdefault(table, {})[write.key[:ITEM_SORT_OFFSET]] = metrics
    return {"ItemCollectionMetrics": {name: list(each.values()) for name, each in found.items()}}


def projected(stored: bytes, projection: Projection | None) -> bytes:
    """The JSON of a stored item, or of the part of it that is selected."""
    if projection is None:
        return stored[HEADER_SIZE:]
    return orjson.dumps(projection.apply(decode(stored)))


def before(payload: Payload, outcome: Outcome) -> Item | None:
    """The item that a put or a delete found, if ReturnValues asks for it."""
    if payload.get("ReturnValues") == "ALL_OLD" and outcome.old is not None:
        return outcome.old.item
    return None


def written(
    payload: Payload, table: OpenTable, key: Item, outcome: Outcome, shown: Item | None
) -> bytes:
    """The answer to a write of one item: the attributes `shown`, and other members that the request
    asks for. `key` has at least the key's attributes."""
    members = attributes(shown)
    if payload.get("ReturnConsumedCapacity") is not None:
        members += consumed_capacity(payload, payload["TableName"], outcome.consumption)
    if payload.get("ReturnItemCollectionMetrics") is not None:
        members += collection_metrics(payload, table, key)
    return json_object(members)


def attributes(item: Item | None) -> list[bytes]:
    """The member Attributes; left out if it is empty."""
    return [b'"Attributes":' + orjson.dumps(item)] if item else []
