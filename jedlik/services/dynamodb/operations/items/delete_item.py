"""DeleteItem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.base.places import Caller
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.items.actions import Delete
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.single_write import write_item
from jedlik.services.dynamodb.operations.items.answers import (
    BEFORE_OR_NOTHING,
    before,
    written,
    wrong_return_values,
)
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    only_expected,
    only_guard,
)
from jedlik.services.dynamodb.operations.items.first_errors import check_before_expressions
from jedlik.services.dynamodb.operations.items.key_tables import table_of_key

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DeleteItemInput


async def delete_item(
    database: Database, payload: DeleteItemInput, caller: Caller | None = None
) -> Body:
    """Delete an item, which may be missing. ReturnValues may ask for the old item."""
    try:
        if payload.get("ReturnValues") not in BEFORE_OR_NOTHING:
            raise wrong_return_values()
        if payload.get("Expected"):
            guard = await only_expected("DeleteItem", payload)
        else:
            guard = only_guard("DeleteItem", payload)
    except ValidationException:
        check_before_expressions("DeleteItem", payload, payload["Key"])
        raise
    name = payload["TableName"]
    table = database.ready.get(name) or await table_of_key(database, name, payload["Key"])
    key = table.key_of(payload["Key"])
    outcome = await write_item(database, ItemWrite(table, key, Delete(guard)), "DeleteItem", caller)
    return written(payload, table, payload["Key"], outcome, before(payload, outcome))
