"""TransactGetItems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from jedlik.base.errors import ValidationException
from jedlik.base.places import Caller, Place
from jedlik.base.turns import each_in_turn
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.projection import Projection
from jedlik.services.dynamodb.items.joint_reads import read_together
from jedlik.services.dynamodb.items.transactions import (
    NO_REASON,
    Reason,
    admit_reads,
    canceled,
    check_distinct,
    check_transaction_size,
    reason_of,
    stored_size,
    transactional_read,
)
from jedlik.services.dynamodb.operations.items.answers import capacities_by_table, projected
from jedlik.services.dynamodb.operations.items.expression_parameters import only_projection
from jedlik.services.dynamodb.operations.items.first_errors import check_before_expressions
from jedlik.values.canonical import canonical_item

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import TransactGetItemsInput


async def transact_get_items(
    database: Database, payload: TransactGetItemsInput, caller: Caller | None = None
) -> Body:
    """Up to 100 items of any tables, as they are at one moment."""
    gets = [item["Get"] for item in payload["TransactItems"]]
    projections = await each_in_turn(gets, _projection)
    tables = [await database.table(get["TableName"]) for get in gets]
    keys = _keys(gets, tables)
    charge = admit_reads(list(zip(tables, keys, strict=True)), "TransactGetItems")
    with Place(database.long_reads, caller) as place:
        values = await read_together(database, tables, keys, place)
        charge(values)
        sizes = list(map(stored_size, values))
        for get, table, size in zip(gets, tables, sizes, strict=True):
            contributors = table.meter.contributors
            if contributors is not None and contributors.due():
                contributors.count_use(get["Key"], transactional_read(size).total)
        check_transaction_size(sizes)
        responses = await each_in_turn(zip(values, projections, strict=True), _response)
    read = zip((get["TableName"] for get in gets), map(transactional_read, sizes), strict=True)
    rest = orjson.dumps(capacities_by_table(payload, read, direction="Read"))
    ending = b"}" if rest == b"{}" else b"," + rest[1:]
    return b'{"Responses":[' + b",".join(responses) + b"]" + ending


def _projection(get: Payload) -> Projection | None:
    """The projection of a read, with its key checked."""
    try:
        projection = only_projection("Get", get)
    except ValidationException:
        check_before_expressions("Get", get, get["Key"])
        raise
    canonical_item(get["Key"])
    return projection


def _response(read: tuple[bytes | None, Projection | None]) -> bytes:
    """The result of one read: an empty object also if nothing of the item is selected.

    That is the API's rule for transactions ("if the requested item has no projected attributes, the
    corresponding ItemResponse object is an empty Map"); GetItem answers with an empty Item.
    """
    value, projection = read
    item = b"{}" if value is None else projected(value, projection)
    return item if item == b"{}" else b'{"Item":' + item + b"}"


def _keys(gets: Sequence[Payload], tables: list[OpenTable]) -> list[bytes]:
    """The store's keys. Raises TransactionCanceledException if a key does not fit its table."""
    keys: list[bytes] = []
    reasons: list[Reason] = []
    for get, table in zip(gets, tables, strict=True):
        try:
            keys.append(table.key_of(get["Key"]))
            reasons.append(NO_REASON)
        except ValidationException as error:
            reasons.append(reason_of(error))
    if len(keys) < len(reasons):
        raise canceled(reasons)
    check_distinct(keys)
    return keys
