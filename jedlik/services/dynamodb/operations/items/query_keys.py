"""Which of several errors in the keys of a Query is reported.

The service takes the key attributes of what is read in their order, and for each looks first at the
starting key, then at the condition; the other attributes of an index's starting key come last
(dynalite's tests of Query, which ran against it). What it does for keys of several partition or
sort attributes is not known.
"""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.open_table import KEY_MISMATCH
from jedlik.services.dynamodb.expressions.conditions.key_condition import (
    NOT_SUPPORTED,
    WRONG_TYPE,
    KeyConditions,
    check_indexable,
    check_number,
    missed,
)
from jedlik.services.dynamodb.items.key_ranges import START_INVALID, Source
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute
from jedlik.values.attribute import AttributeValue, Key

Terms = dict[str, tuple[str, list[AttributeValue]]]


def check_keys_in_order(source: Source, keys: KeyConditions, start: Key | None) -> None:
    """Raise ValidationException for the first error of a Query's starting key, which is canonical,
    and its key conditions, of which something is wrong."""
    if start is not None and len(start) != len(source.key_names):
        raise ValidationException(START_INVALID)
    schema = source.schema
    if len(schema.partition) > 1 or len(schema.sort) > 1:
        return
    terms = keys.terms
    attributes = (*schema.partition, *schema.sort)
    for attribute in attributes:
        if start is not None:
            _check_start(attribute, start)
        is_partition = attribute is attributes[0]
        if is_partition:
            check_number(len(terms), len(attributes))
        _check_condition(attribute, terms, is_partition=is_partition)
    if start is not None and source.index is not None:
        _check_table_key(source, start)


def _check_start(attribute: KeyAttribute, start: Key) -> None:
    value = start.get(attribute.name)
    if value is None:
        raise ValidationException(START_INVALID)
    if attribute.kind not in value:
        raise ValidationException(KEY_MISMATCH)


def _check_condition(attribute: KeyAttribute, terms: Terms, *, is_partition: bool) -> None:
    if attribute.name not in terms:
        if is_partition or len(terms) > 1:
            raise missed(attribute.name)
        return
    operator, values = terms[attribute.name]
    check_indexable(operator)
    if any(attribute.kind not in value for value in values):
        raise ValidationException.of_values(WRONG_TYPE)
    if is_partition and operator != "=":
        raise ValidationException(NOT_SUPPORTED)


def _check_table_key(source: Source, start: Key) -> None:
    schema = source.table.model.schema
    for attribute in (*schema.partition, *schema.sort):
        if attribute.kind not in start.get(attribute.name, {}):
            raise ValidationException(f"{START_INVALID}: {KEY_MISMATCH}")
