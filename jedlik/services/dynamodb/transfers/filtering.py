"""Which items an export contains, and which parts of them: FilterSpecification.

API reference, "FilterSpecification": key condition, filter and projection in the syntax of Query.
A key condition is tested item by item like any other condition, since the table against which it
was checked may have been deleted when the items are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.condition import (
    Condition,
    check_no_key_attributes,
    compile_condition,
)
from jedlik.services.dynamodb.expressions.conditions.key_condition import compile_key_condition
from jedlik.services.dynamodb.expressions.parameters import check_parameters
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.projection import Projection, compile_projection
from jedlik.services.dynamodb.tables.key_schema import KeySchema
from jedlik.services.dynamodb.transfers.data_files import Change
from jedlik.storage.engine import Value
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_placeholders
from jedlik.values.sizes import item_size
from jedlik.values.stored import decode, encode

_KEYS = "KeyConditionExpression"
_FILTER = "FilterExpression"


class ExportFilter:
    """The filter of a FilterSpecification. Raises ValidationException if it cannot be read."""

    def __init__(self, specification: Mapping[str, Any]) -> None:
        placeholders = _placeholders(specification)
        self._conditions: list[Condition] = [
            compile_condition(specification[name], placeholders, name)
            for name in (_KEYS, _FILTER)
            if specification.get(name) is not None
        ]
        text = specification.get("ProjectionExpression")
        self._projection: Projection | None = (
            None if text is None else compile_projection(text, placeholders)
        )
        placeholders.check_all_used()

    def item(self, stored: bytes) -> Value:
        """The exported part of a stored item; None if it does not match."""
        item = decode(stored)
        return self._shown(stored, item) if self._matches(item) else None

    def change(self, change: Change) -> Change | None:
        """The exported part of a change; None if neither image matches."""
        images = [None if each is None else decode(each) for each in (change.old, change.new)]
        if not any(each is not None and self._matches(each) for each in images):
            return None
        old, new = (
            None if stored is None or item is None else self._shown(stored, item)
            for stored, item in zip((change.old, change.new), images, strict=True)
        )
        return change._replace(old=old, new=new, keyed=change.new or change.old)

    def _matches(self, item: Item) -> bool:
        return all(condition.matches(item) for condition in self._conditions)

    def _shown(self, stored: bytes, item: Item) -> bytes:
        if self._projection is None:
            return stored
        kept = self._projection.apply(item)
        return encode(kept, item_size(kept))


def check_filter(specification: Mapping[str, Any], schema: KeySchema) -> None:
    """Refuse a FilterSpecification that does not fit a table's keys. Raises ValidationException."""
    if not specification:
        raise ValidationException(
            "Invalid Request: Invalid FilterSpecification: The specification can not be empty"
        )
    check_parameters("Query", specification)
    ExportFilter(specification)
    text = specification.get(_KEYS)
    if text is None:
        return
    placeholders = _placeholders(specification)
    compile_key_condition(text, placeholders).match(schema.roles)
    if specification.get(_FILTER) is not None:
        condition = compile_condition(specification[_FILTER], placeholders, _FILTER)
        check_no_key_attributes(condition, schema.names, _FILTER)


def _placeholders(specification: Mapping[str, Any]) -> Placeholders:
    values = specification.get("ExpressionAttributeValues")
    size = 0 if values is None else canonical_placeholders(values)
    return Placeholders(specification.get("ExpressionAttributeNames"), values, size)
