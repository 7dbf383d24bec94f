"""BatchGetItem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from jedlik.base.errors import ResourceNotFoundException, ServiceError, ValidationException
from jedlik.base.limits import MAX_BATCH_GET_KEYS, MAX_BATCH_GET_SIZE
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.expressions.parameters import check_one_language
from jedlik.services.dynamodb.expressions.projection import Projection
from jedlik.services.dynamodb.items.bills import pay_read
from jedlik.services.dynamodb.items.capacity import Consumption, read_units
from jedlik.services.dynamodb.items.open_table import OpenTable
from jedlik.services.dynamodb.operations.items.answers import consumed_capacities, projected
from jedlik.services.dynamodb.operations.items.expression_parameters import only_projection
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Value
from jedlik.values.attribute import Key
from jedlik.values.canonical import canonical_item
from jedlik.values.stored import size_of

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import BatchGetItemInput

_DUPLICATES = "Provided list of item keys contains duplicates"


class _Part(NamedTuple):
    """What the request asks of one table; `name` is as the request has it."""

    name: str
    request: Payload
    table: OpenTable
    projection: Projection | None
    keys: list[bytes]


async def batch_get_item(database: Database, payload: BatchGetItemInput) -> Body:
    """Up to 100 items of any tables, from one snapshot.

    Keys whose items would make the answer larger than 16 MB, or for which capacity does not
    suffice, come back in UnprocessedKeys; where it suffices for none of them that is an error.
    """
    requests = payload["RequestItems"]
    if sum(len(request["Keys"]) for request in requests.values()) > MAX_BATCH_GET_KEYS:
        raise ValidationException("Too many items requested for the BatchGetItem call")
    check_one_language("BatchGetItem", requests.values())
    projections = [only_projection("BatchGetItem", request) for request in requests.values()]
    try:
        parts = [
            await _part(database, name, request, projection)
            for (name, request), projection in zip(requests.items(), projections, strict=True)
        ]
    except ResourceNotFoundException:
        for request in requests.values():
            _check_keys(request["Keys"])  # what is wrong with keys in themselves comes first
        raise
    consistent = any(part.request.get("ConsistentRead") for part in parts)
    version, *values = await database.reader(consistent).read(
        (CATALOG_VERSION, *(key for part in parts for key in part.keys))
    )
    database.catalog.check(version, *(part.table for part in parts))
    return _answer(payload, parts, values)


async def _part(
    database: Database, name: str, request: Payload, projection: Projection | None
) -> _Part:
    table = await database.table(name)
    keys = [table.key_of(key) for key in request["Keys"]]
    if len(set(keys)) < len(keys):
        raise ValidationException(_DUPLICATES)
    if projection is not None and projection.led_into:
        table.check_paths(projection.led_into)
    return _Part(name, request, table, projection, keys)


def _check_keys(keys: list[Key]) -> None:
    """The checks of keys that need no table."""
    for key in keys:
        canonical_item(key)
    if len({orjson.dumps(key, option=orjson.OPT_SORT_KEYS) for key in keys}) < len(keys):
        raise ValidationException(_DUPLICATES)


def _answer(payload: Payload, parts: list[_Part], values: list[Value]) -> Body:
    responses: list[bytes] = []
    unprocessed: dict[str, Any] = {}
    consumptions: list[tuple[str, Consumption]] = []
    refusals: list[ServiceError] = []
    room = MAX_BATCH_GET_SIZE
    values.reverse()
    for part in parts:
        consistent = part.request.get("ConsistentRead") or False
        consumption = Consumption()
        items: list[bytes] = []
        left_over = []
        for wire_key, key in zip(part.request["Keys"], part.keys, strict=True):
            stored = values.pop()
            size = 0 if stored is None else size_of(stored)
            if room < size:
                room = 0
                left_over.append(wire_key)
                continue
            units = read_units(size, consistent=consistent)
            refused = pay_read(part.table.budget, key, units)
            if refused is not None:
                refusals.append(refused)
                left_over.append(wire_key)
                continue
            room -= size
            consumption.table += units
            contributors = part.table.meter.contributors
            if contributors is not None and contributors.due():
                contributors.used(wire_key, units)
            if stored is not None:
                items.append(projected(stored, part.projection))
        if left_over:
            unprocessed[part.name] = {**part.request, "Keys": left_over}
        responses.append(orjson.dumps(part.name) + b":[" + b",".join(items) + b"]")
        consumptions.append((part.name, consumption))
        part.table.meter.take_reads(consumption, "BatchGetItem")
    if refusals and len(refusals) == sum(len(part.keys) for part in parts):
        raise refusals[0]
    rest = {"UnprocessedKeys": unprocessed, **consumed_capacities(payload, consumptions)}
    return b'{"Responses":{' + b",".join(responses) + b"}," + orjson.dumps(rest)[1:]
