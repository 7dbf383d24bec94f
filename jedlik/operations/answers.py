"""Parts of answers that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from jedlik.database.capacity import NONE, Consumption
from jedlik.database.keyspaces import ITEM_SORT_OFFSET
from jedlik.database.open_table import OpenTable
from jedlik.database.write import ItemWrite
from jedlik.expressions.projection import Projection
from jedlik.operations.operation import Payload
from jedlik.values.attribute import Item
from jedlik.values.stored import decode, wire


def json_object(members: Iterable[bytes]) -> bytes:
    """The body with these members, each of the form `"Name":value`."""
    return b"{" + b",".join(members) + b"}"


def consumed_capacity(payload: Payload, consumption: Callable[[], Consumption]) -> list[bytes]:
    """The member ConsumedCapacity, if ReturnConsumedCapacity asks for it.

    Few requests do, so `consumption` adds the units up only when called.
    """
    mode = payload.get("ReturnConsumedCapacity")
    if mode is None or mode == NONE:
        return []
    return [b'"ConsumedCapacity":' + orjson.dumps(consumption().wire(mode))]


def consumed_capacities(
    payload: Payload, consumptions: Iterable[Consumption], *, direction: str | None = None
) -> dict[str, Any]:
    """The same for operations on several tables: a list with one entry per table."""
    mode = payload.get("ReturnConsumedCapacity", NONE)
    if mode in (NONE, None):
        return {}
    return {"ConsumedCapacity": [each.wire(mode, direction=direction) for each in consumptions]}


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
    payload: Payload, written: Iterable[tuple[ItemWrite, Item]]
) -> dict[str, Any]:
    """The same for operations on several items: one entry for every collection written to.

    `written` are the writes, each with the item or key that the request names.
    """
    if payload.get("ReturnItemCollectionMetrics") != "SIZE":
        return {}
    found: dict[str, dict[bytes, Any]] = {}
    for write, item in written:
        metrics = item_collection_metrics(write.table, item)
        if metrics is not None:
            found.setdefault(write.table.name, {})[write.key[:ITEM_SORT_OFFSET]] = metrics
    return {"ItemCollectionMetrics": {name: list(each.values()) for name, each in found.items()}}


def projected(stored: bytes, projection: Projection | None) -> bytes:
    """The JSON of a stored item, or of the part of it that is selected."""
    if projection is None:
        return wire(stored)
    return orjson.dumps(projection.apply(decode(stored)))


def attributes(item: Item | None) -> list[bytes]:
    """The member Attributes; left out where there are none."""
    return [b'"Attributes":' + orjson.dumps(item)] if item else []
