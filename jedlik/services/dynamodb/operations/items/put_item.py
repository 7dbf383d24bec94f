"""PutItem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.base.places import Caller
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.expressions.parameters import check_parameters
from jedlik.services.dynamodb.items.actions import Put
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.single_write import write_item
from jedlik.services.dynamodb.operations.items.answers import (
    BEFORE_OR_NOTHING,
    before,
    written,
    wrong_return_values,
)
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    UNCONDITIONAL,
    is_unconditional,
    only_expected,
    only_guard,
)
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import PutItemInput


async def put_item(database: Database, payload: PutItemInput, caller: Caller | None = None) -> Body:
    """Create or replace an item; ReturnValues may ask for the old one."""
    item = payload["Item"]
    try:
        size = canonical_item(item)
        if payload.get("ReturnValues") not in BEFORE_OR_NOTHING:
            raise wrong_return_values()
        image = Image.of(item, size)
    except ValidationException:
        check_parameters("PutItem", payload)  # their errors come first
        raise
    if is_unconditional(payload):
        guard = UNCONDITIONAL
    elif payload.get("Expected"):
        guard = await only_expected("PutItem", payload)
    else:
        guard = only_guard("PutItem", payload)
    name = payload["TableName"]
    table = database.ready.get(name) or await database.table(name)
    key = table.key_of_item(item)
    table.check_indexable(item, size)
    outcome = await write_item(
        database, ItemWrite(table, key, Put(image, guard)), "PutItem", caller
    )
    if len(payload) == 2:
        return b"{}"
    return written(payload, table, item, outcome, before(payload, outcome))
