"""Carrying out INSERT, UPDATE, DELETE and EXISTS: each becomes the write of one item.

An UPDATE requires that the item exists, and is not an upsert; a DELETE of a missing item has no
effect, whatever its condition (developer guide, "PartiQL update statements" and "PartiQL delete
statements").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import orjson

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.conditions.condition import Condition
from jedlik.services.dynamodb.expressions.parsing import syntax
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.expressions.updates import update as updates
from jedlik.services.dynamodb.items.actions import (
    Action,
    Check,
    ConditionGuard,
    Delete,
    Insert,
    UpdateAction,
)
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.write import Outcome
from jedlik.services.dynamodb.operations.items.update_item import check_updated_keys
from jedlik.services.dynamodb.partiql import statements
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.writes import WritePlan, write_plan
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image
from jedlik.values.nesting import NestingTooDeep


class BoundWrite(NamedTuple):
    """A write with its values. `returning` is of the form `ALL OLD`."""

    write: ItemWrite
    item: Item
    """The item, or its key if no more is known."""
    returning: str | None = None
    update: updates.Update | None = None

    def returned(self, outcome: Outcome) -> Item | None:
        """The part of the outcome that RETURNING asks for; None if it is empty."""
        if self.returning is None:
            return None
        extent, state = self.returning.split()
        image = outcome.old if state == "OLD" else outcome.new
        if image is None:
            return None
        if extent == "ALL" or self.update is None:
            return image.item
        return self.update.image(image.item) or None


Bind = Callable[[], BoundWrite]
"""Makes the write of a statement that was checked. Raises ValidationException if item and table
do not fit: NoSingleItem and WrongKeyType if the WHERE clause does not give the key of an item.
"""


def plan_write(request: Payload, prepared: Prepared, values: Values, table: OpenTable) -> Bind:
    """Check a statement that writes; returns the function that makes its write.

    `request` is the member of the request with the statement. ValidationException for an invalid
    statement or invalid values.
    """
    statement = prepared.statement
    if isinstance(statement, statements.Insert):
        item = _item(statement, values)
        return lambda: _insert(item, table)
    where = _where(statement)
    plan = write_plan(prepared, where, table.key_roles, values)
    show_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    if isinstance(statement, statements.Update):
        guard = ConditionGuard(_condition(plan, values, of_missing=False), show_item=show_item)
        returning = statement.returning
        return lambda: _change(table, plan, values, guard, returning)
    if isinstance(statement, statements.Delete):
        guard = ConditionGuard(_condition(plan, values, of_missing=True), show_item=show_item)
        returning = statement.returning
        return lambda: _keyed(table, plan.key(values), Delete(guard), returning)
    condition = plan.filter
    if condition is None or not plan.complete:
        raise ValidationException(
            "EXISTS() must contain a single item read with additional condition"
        )
    check = Check(ConditionGuard(condition.with_values(values), show_item=show_item))
    return lambda: _keyed(table, plan.key(values), check)


def _where(statement: statements.Statement) -> syntax.ConditionTree | None:
    if isinstance(statement, statements.Exists):
        return statement.select.where
    assert isinstance(statement, statements.Update | statements.Delete)
    return statement.where


def _keyed(
    table: OpenTable,
    key: Item,
    action: Action,
    returning: str | None = None,
    update: updates.Update | None = None,
) -> BoundWrite:
    return BoundWrite(ItemWrite(table, table.key_of_canonical(key), action), key, returning, update)


class _StatementUpdate(UpdateAction):
    """The update of a statement, whose items that are nested too deeply have a shorter text than
    those of UpdateItem (Floci's tests of PartiQL's edge cases, September 2026)."""

    __slots__ = ()

    def changed(self, old: Image | None, /) -> Image | None:
        """See Guarded."""
        try:
            return super().changed(old)
        except NestingTooDeep:
            raise NestingTooDeep("Nesting Levels have exceeded supported limits") from None


def _change(
    table: OpenTable, plan: WritePlan, values: Values, guard: ConditionGuard, returning: str | None
) -> BoundWrite:
    assert plan.update is not None
    update = updates.Update(plan.update, values)
    key = plan.key(values)
    check_updated_keys(table, update)
    action = _StatementUpdate(table, key, update, guard)
    return _keyed(table, key, action, returning, update)


def _item(statement: statements.Insert, values: Values) -> Item:
    if statement.whole is None:
        return {name: values[value] for name, value in statement.attributes}
    members = values[statement.whole].get("M")
    if members is None:
        raise ValidationException("Unsupported data type: Parameter under key root")
    return dict(members)


def _insert(item: Item, table: OpenTable) -> BoundWrite:
    image = Image.of(item, canonical_item(item))
    key = table.key_of_item(item)
    table.check_indexable(item, image.size)
    return BoundWrite(ItemWrite(table, key, Insert(image)), item)


def _condition(plan: WritePlan, values: Values, *, of_missing: bool) -> Condition | None:
    """The condition of a write; `of_missing` is whether it holds for a missing item."""
    if plan.filter is not None:
        return plan.filter.with_values(values, of_missing=of_missing)
    if of_missing:
        return None
    return Condition(lambda item, _values: bool(item), values, ())


def items_member(item: Item | None) -> bytes:
    """The member Items of a statement that wrote."""
    return b'"Items":[]' if item is None else b'"Items":[' + orjson.dumps(item) + b"]"
