"""GetItem."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.base.limits import READ_UNIT_SIZE
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.capacity.units import Consumption, read_units
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.items.answers import (
    consumed_capacity,
    json_object,
    projected,
)
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    only_projection,
    selects_all,
)
from jedlik.services.dynamodb.operations.items.first_errors import check_before_expressions
from jedlik.services.dynamodb.operations.items.key_tables import table_of_key
from jedlik.storage.engine import Value
from jedlik.values.stored import size_of

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import GetItemInput


async def get_item(database: Database, payload: GetItemInput) -> Body:
    """One item by its key, whole or projected; an empty object if it is missing."""
    try:
        projection = None if selects_all(payload) else only_projection("GetItem", payload)
    except ValidationException:
        check_before_expressions("GetItem", payload, payload["Key"])
        raise
    name = payload["TableName"]
    table = database.ready.get(name) or await table_of_key(database, name, payload["Key"])
    key = table.key_of(payload["Key"])
    if projection is not None and projection.led_into:
        table.check_paths(projection.led_into)
    budget = table.budget
    partition = None if budget is None else budget.own.read.admit(key)
    consistent = payload.get("ConsistentRead") or False
    reads = database.engine if consistent else database.eventual
    version, stored = await reads.read((CATALOG_VERSION, key))
    if version != table.version:
        database.catalog.check(version, table)
    meter = table.meter
    own = meter.own
    small = own.small_consistent_reads if consistent else own.small_reads
    if small is not None and (stored is None or len(stored) <= READ_UNIT_SIZE):
        # Counts like the meter and charges like `charge_read`, without calling them.
        small.times += 1
        if partition is not None:
            partition.left -= small.value
            partition.whole.left -= small.value
    else:
        own.get_item(stored, consistent)
        if partition is not None:
            partition.charge_read(stored, consistent)
    if meter.contributors is not None and meter.contributors.due():
        meter.contributors.count_use(payload["Key"], _consumption(payload, stored).table)
    if payload.get("ReturnConsumedCapacity") is None:
        return b"{}" if stored is None else b'{"Item":%b}' % projected(stored, projection)
    members = [] if stored is None else [b'"Item":' + projected(stored, projection)]
    members += consumed_capacity(payload, name, partial(_consumption, payload, stored))
    return json_object(members)


def _consumption(payload: Payload, stored: Value) -> Consumption:
    size = 0 if stored is None else size_of(stored)
    return Consumption(read_units(size, consistent=payload.get("ConsistentRead") or False))
