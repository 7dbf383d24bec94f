"""A line of a bulk put's input as a write of its item, under its condition.

A line has `Item` and, if it is conditional, `ConditionExpression` with `ExpressionAttributeNames`
and `ExpressionAttributeValues`, like PutItem. The service's documentation of the form was not
available in full: these names are the API's own.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.conditions.condition import compile_condition
from jedlik.services.dynamodb.expressions.parameters import check_parameters
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.items.actions import ConditionGuard, Put
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.transfers.ion_input import Record
from jedlik.values.canonical import canonical_item, canonical_placeholders
from jedlik.values.image import Image

CONDITION: Final = "ConditionExpression"
_MEMBERS: Final = frozenset(
    ("Item", CONDITION, "ExpressionAttributeNames", "ExpressionAttributeValues")
)
_UNCONDITIONAL: Final = ConditionGuard(None)
_PLAIN_MEMBERS: Final = 2
"""The table's name and the item, for a record without a condition."""


class LineWrite(NamedTuple):
    """The write that a line requests."""

    write: ItemWrite
    image: Image


class CheckedLine(NamedTuple):
    """A line whose members are as in PutItem, and its item's size."""

    members: Record
    size: int


class LineReader:
    """Makes writes from the lines for one table."""

    def __init__(self, table: OpenTable) -> None:
        self._table = table
        self._check = checker_for("PutItem")

    def checked(self, record: Record) -> CheckedLine:
        """A line's record, checked, which may be done in a thread. Raises ValidationException and
        the like."""
        unknown = record.keys() - _MEMBERS
        if unknown:
            raise ValidationException(f"The line has a member that is not known: {min(unknown)}")
        read = self._check({"TableName": self._table.name, **record})
        return CheckedLine(read, canonical_item(read["Item"]))

    def write(self, line: CheckedLine) -> LineWrite:
        """The write of a line. Raises ValidationException and the like."""
        members, size = line
        item = members["Item"]
        key = self._table.key_of_item(item)
        self._table.check_indexable(item, size)
        image = Image.of(item, size)
        return LineWrite(ItemWrite(self._table, key, Put(image, _guard(members))), image)


def _guard(record: Record) -> ConditionGuard:
    if len(record) == _PLAIN_MEMBERS:
        return _UNCONDITIONAL
    check_parameters("PutItem", record)
    values = record.get("ExpressionAttributeValues")
    size = 0 if values is None else canonical_placeholders(values)
    placeholders = Placeholders(record.get("ExpressionAttributeNames"), values, size)
    text = record.get(CONDITION)
    condition = None if text is None else compile_condition(text, placeholders)
    placeholders.check_all_used()
    return ConditionGuard(condition, show_item=True)
