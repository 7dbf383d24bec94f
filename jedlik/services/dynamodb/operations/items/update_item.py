"""UpdateItem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.base.loading import load
from jedlik.base.places import Caller
from jedlik.base.turns import in_turns
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.updates.charge import MAX_UNCHARGED_SIZE
from jedlik.services.dynamodb.expressions.updates.update import Update, compile_update
from jedlik.services.dynamodb.items.actions import UpdateAction
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.single_write import write_item
from jedlik.services.dynamodb.items.write import Outcome
from jedlik.services.dynamodb.operations.items.answers import written
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    expected_guard,
    guard,
    placeholders_of,
)
from jedlik.services.dynamodb.operations.items.first_errors import check_before_expressions
from jedlik.services.dynamodb.operations.items.key_tables import table_of_key
from jedlik.values.attribute import Item
from jedlik.values.canonical import UPDATED_TOO_LARGE

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import UpdateItemInput


async def update_item(
    database: Database, payload: UpdateItemInput, caller: Caller | None = None
) -> Body:
    """Change attributes of an item, or create it; ReturnValues may ask for old or new values."""
    try:
        placeholders = placeholders_of("UpdateItem", payload)
        text = payload.get("UpdateExpression")
        if text is not None:
            update: Update | None = compile_update(text, placeholders)
        elif payload.get("AttributeUpdates"):
            update = await _legacy_update(payload)
        else:
            update = None
        if payload.get("Expected"):
            condition = await expected_guard(payload)
        else:
            condition = guard(payload, placeholders)
        placeholders.check_all_used()
    except ValidationException:
        check_before_expressions("UpdateItem", payload, payload["Key"])
        raise
    name = payload["TableName"]
    table = database.ready.get(name) or await table_of_key(database, name, payload["Key"])
    key = table.key_of(payload["Key"])
    check_updated_keys(table, update)
    if placeholders.values_size > MAX_UNCHARGED_SIZE and update is not None:
        _check_charge(update)
    change = UpdateAction(table, payload["Key"], update, condition)
    outcome = await write_item(database, ItemWrite(table, key, change), "UpdateItem", caller)
    shown = _returned(payload.get("ReturnValues"), update, outcome)
    return written(payload, table, payload["Key"], outcome, shown)


async def _legacy_update(payload: Payload) -> Update:
    await load("jedlik.services.dynamodb.expressions.updates.legacy")
    from jedlik.services.dynamodb.expressions.updates.legacy import update_steps  # noqa: PLC0415

    return await in_turns(update_steps(payload["AttributeUpdates"]))


def check_updated_keys(table: OpenTable, update: Update | None) -> None:
    """Raise ValidationException if an update would change a key attribute, gives an index's key
    attribute a value that the index cannot hold, or has a path into either of them."""
    if update is None:
        return
    attributes = update.attributes
    for name in table.key_names:
        if name in attributes:
            raise ValidationException.of_values(
                f"Cannot update attribute {name}. This attribute is part of the key"
            )
    if table.indexes:
        table.check_assigned_index_keys(update.assigned())
    if update.led_into:
        table.check_paths(update.led_into)


def _check_charge(update: Update) -> None:
    if update.charge() > MAX_ITEM_SIZE:
        raise ValidationException(UPDATED_TOO_LARGE)


def _returned(wanted: str | None, update: Update | None, outcome: Outcome) -> Item | None:
    """The attributes that ReturnValues asks for."""
    old, new = outcome.old, outcome.new
    match wanted:
        case "ALL_OLD":
            return None if old is None else old.item
        case "ALL_NEW":
            return None if new is None else new.item
        case "UPDATED_OLD" if update is not None and old is not None:
            return update.image(old.item)
        case "UPDATED_NEW" if update is not None and new is not None:
            return update.image(new.item)
    return None
