"""GetItem."""

from __future__ import annotations

from jedlik.base.errors import ResourceNotFoundException
from jedlik.base.limits import READ_UNIT_SIZE
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.items.capacity import Consumption, read_units
from jedlik.services.dynamodb.operations.items.answers import (
    consumed_capacity,
    json_object,
    projected,
)
from jedlik.services.dynamodb.operations.items.expression_parameters import only_projection
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Value
from jedlik.values.canonical import canonical_item
from jedlik.values.stored import size_of


async def get_item(database: Database, payload: Payload) -> Body:
    """One item by its key, whole or projected; an empty object if it is missing."""
    projection = only_projection("GetItem", payload)
    try:
        table = await database.table(payload["TableName"])
    except ResourceNotFoundException:
        canonical_item(payload["Key"])  # what is wrong with a key in itself comes first
        raise
    key = table.key_of(payload["Key"])
    budget = table.budget
    partition = None if budget is None else budget.own.read.admit(key)
    consistent = payload.get("ConsistentRead")
    version, stored = await database.reader(consistent).read((CATALOG_VERSION, key))
    database.catalog.check(version, table)
    meter = table.meter
    small = meter.own.small_reads
    if small is not None and not consistent and (stored is None or len(stored) <= READ_UNIT_SIZE):
        small.times += 1  # as `read_item` would count it
    else:
        meter.own.read_item(stored, consistent or False)
    if meter.contributors is not None:
        meter.contributors.used(payload["Key"], _consumption(payload, stored).table)
    if partition is not None:
        partition.charge_read(stored, consistent)
    if payload.get("ReturnConsumedCapacity") is None:
        return b"{}" if stored is None else b'{"Item":%b}' % projected(stored, projection)
    members = [] if stored is None else [b'"Item":' + projected(stored, projection)]
    members += consumed_capacity(
        payload, payload["TableName"], lambda: _consumption(payload, stored)
    )
    return json_object(members)


def _consumption(payload: Payload, stored: Value) -> Consumption:
    size = 0 if stored is None else size_of(stored)
    return Consumption(read_units(size, consistent=payload.get("ConsistentRead") or False))
