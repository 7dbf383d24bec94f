"""Carrying out INSERT, UPDATE, DELETE and EXISTS: each becomes the write of one item.

An UPDATE needs the item to be there and is no upsert; a DELETE of an item that is not there has
nothing to do, whatever its condition (developer guide, "PartiQL update statements" and "PartiQL
delete statements").
"""

from __future__ import annotations

from typing import NamedTuple

import orjson

from jedlik.base.errors import ValidationException
from jedlik.database.actions import Action, Change, Check, Delete, Guard, Insert
from jedlik.database.image import Image
from jedlik.database.open_table import OpenTable
from jedlik.database.write import ItemWrite, Outcome
from jedlik.expressions import update as updates
from jedlik.expressions.condition import Condition
from jedlik.expressions.paths import Values
from jedlik.operations.operation import Payload
from jedlik.operations.update_item import check_key_untouched
from jedlik.partiql import statements
from jedlik.partiql.prepared import Prepared
from jedlik.partiql.writes import WritePlan, write_plan
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_item


class BoundWrite(NamedTuple):
    """A write with its values. `returning` is of the form `ALL OLD`."""

    write: ItemWrite
    item: Item
    """The item, or as much of it as is known: its key."""
    returning: str | None = None
    update: updates.Update | None = None

    def returned(self, outcome: Outcome) -> Item | None:
        """What RETURNING asks for of the outcome; None where there is nothing of it."""
        if self.returning is None:
            return None
        extent, state = self.returning.split()
        image = outcome.old if state == "OLD" else outcome.new
        if image is None:
            return None
        if extent == "ALL" or self.update is None:
            return image.item
        return self.update.image(image.item) or None


def bind_write(
    request: Payload, prepared: Prepared, values: Values, table: OpenTable
) -> BoundWrite:
    """The write that a statement with these values is on a table.

    Raises ValidationException; NoSingleItem and WrongKeyType where its WHERE clause does not give
    the key of an item.
    """
    statement = prepared.statement
    if isinstance(statement, statements.Insert):
        return _insert(statement, values, table)
    show_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    if isinstance(statement, statements.Update):
        plan = write_plan(prepared, statement.where, table.key_roles, values)
        guard = Guard(_if_there(plan, values, otherwise=False), show_item=show_item)
        assert plan.update is not None
        update = updates.Update(plan.update, values)
        key = plan.key(values)
        check_key_untouched(table, update)
        change = Change(table, key, update, guard)
        return _bound(table, key, change, statement.returning, update)
    if isinstance(statement, statements.Delete):
        plan = write_plan(prepared, statement.where, table.key_roles, values)
        guard = Guard(_if_there(plan, values, otherwise=True), show_item=show_item)
        return _bound(table, plan.key(values), Delete(guard), statement.returning)
    assert isinstance(statement, statements.Exists)
    plan = write_plan(prepared, statement.select.where, table.key_roles, values)
    condition = plan.filter
    if condition is None:
        raise ValidationException(NO_CONDITION)
    check = Check(
        Guard(Condition(condition.test, values, condition.attributes), show_item=show_item)
    )
    return _bound(table, plan.key(values), check)


NO_CONDITION = "EXISTS() must contain a single item read with additional condition"


def _bound(
    table: OpenTable,
    key: Item,
    action: Action,
    returning: str | None = None,
    update: updates.Update | None = None,
) -> BoundWrite:
    return BoundWrite(ItemWrite(table, table.key_of_canonical(key), action), key, returning, update)


def _insert(statement: statements.Insert, values: Values, table: OpenTable) -> BoundWrite:
    if statement.whole is None:
        item = {name: values[value] for name, value in statement.attributes}
    else:
        members = values[statement.whole].get("M")
        if members is None:
            raise ValidationException("Unsupported data type: Parameter under key root")
        item = dict(members)
    image = Image.of(item, canonical_item(item))
    key = table.key_of_item(item)
    table.check_index_keys(item)
    return BoundWrite(ItemWrite(table, key, Insert(image)), item)


def _if_there(plan: WritePlan, values: Values, *, otherwise: bool) -> Condition | None:
    """The condition of a write; `otherwise` is what it is worth where there is no item."""
    condition = plan.filter
    if condition is None:
        if otherwise:
            return None
        return Condition(lambda item, _values: bool(item), values, ())
    test = condition.test
    return Condition(
        lambda item, values: test(item, values) if item else otherwise, values, condition.attributes
    )


def items_member(item: Item | None) -> bytes:
    """The member Items of a statement that wrote."""
    return b'"Items":[]' if item is None else b'"Items":[' + orjson.dumps(item) + b"]"
