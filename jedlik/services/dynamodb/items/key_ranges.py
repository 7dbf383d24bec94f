"""Where a Query or Scan reads: a table's items or an index's entries, as spans of keys.

Both are ordered the same way, partition hash first and sort key bytes after it; but an item's sort
key bytes end its key, while in an entry each sort attribute is closed and the item's own key
follows (see `keyspaces` and `values.keybytes`). That difference is all that this file hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.open_table import KEY_MISMATCH, OpenIndex, OpenTable
from jedlik.services.dynamodb.expressions.conditions.key_condition import KeyCondition
from jedlik.services.dynamodb.tables.key_schema import KeySchema
from jedlik.values.attribute import AttributeValue, Key
from jedlik.values.canonical import canonical_item
from jedlik.values.keybytes import (
    HASH_SIZE,
    closed_bytes,
    open_bytes,
    partition_hash,
    raw_bytes,
    successor,
)

START_INVALID = "The provided starting key is invalid"

_HASHES = 1 << 8 * HASH_SIZE


class Span(NamedTuple):
    """Keys from `low` up to, but not including, `high` (None: to the end)."""

    low: bytes
    high: bytes | None

    def __contains__(self, key: object) -> bool:
        return isinstance(key, bytes) and self.low <= key and (self.high is None or key < self.high)


class Source:
    """What is read: `index`, or the items of `table` itself where it is None."""

    __slots__ = ("index", "key_names", "key_roles", "prefix", "schema", "table")

    def __init__(self, table: OpenTable, index: OpenIndex | None) -> None:
        self.table = table
        self.index = index
        self.prefix = table.prefix if index is None else index.prefix
        self.key_names = table.key_names if index is None else index.key_names
        self.key_roles = table.key_roles if index is None else index.key_roles
        self.schema: KeySchema = table.model.schema if index is None else index.model.schema

    @property
    def is_global(self) -> bool:
        """Whether this is a global index."""
        return self.index is not None and not self.index.model.local

    def whole(self) -> Span:
        """All items or entries."""
        return Span(self.prefix, successor(self.prefix))

    def segment(self, number: int, count: int) -> Span:
        """The part that one of `count` parallel scanners reads; parts are of the same breadth."""
        low, high = (
            self.prefix + (part * _HASHES // count).to_bytes(HASH_SIZE + 1, "big")[1:]
            for part in (number, number + 1)
        )
        return Span(low, successor(self.prefix) if number + 1 == count else high)

    def check_values(self, condition: KeyCondition) -> None:
        """Refuse a key condition with values that no key has. Raises ValidationException."""
        check = self.table.check_key_value if self.index is None else self.index.check_key_value
        for attribute, value in zip(self.schema.partition, condition.partition, strict=True):
            check(value, attribute, is_partition=True)
        sort = self.schema.sort
        for attribute, value in zip(sort, condition.equals, strict=False):
            check(value, attribute, is_partition=False)
        if condition.range is not None:
            for value in condition.range[1]:
                check(value, sort[len(condition.equals)], is_partition=False)

    def matching(self, condition: KeyCondition) -> Span:
        """What a key condition selects."""
        partition = self.prefix + partition_hash(condition.partition)
        if self.index is None:
            return self._matching_items(partition, condition)
        sort = self.schema.sort
        for attribute, value in zip(sort, condition.equals, strict=False):
            partition += closed_bytes(attribute.kind, value[attribute.kind])
        if condition.range is None:
            return Span(partition, successor(partition))
        operator, operands = condition.range
        kind = sort[len(condition.equals)].kind
        values = [operand[kind] for operand in operands]
        if operator == "begins_with":
            stem = partition + open_bytes(kind, values[0])
            return Span(stem, successor(stem))
        firsts = [partition + closed_bytes(kind, value) for value in values]
        return _compared(operator, partition, firsts, [successor(first) for first in firsts])

    def _matching_items(self, partition: bytes, condition: KeyCondition) -> Span:
        if self.table.sort is None:
            return Span(partition, partition + b"\x00")
        kind = self.table.sort.kind
        operator, operands = condition.range or ("=", condition.equals)
        if not operands:
            return Span(partition, successor(partition))
        keys = [partition + raw_bytes(kind, operand[kind]) for operand in operands]
        if operator == "begins_with":
            return Span(keys[0], successor(keys[0]))
        return _compared(operator, partition, keys, [key + b"\x00" for key in keys])

    def with_partition(self, position: bytes, condition: KeyCondition) -> bytes:
        """A position moved into the partition that a key condition selects."""
        partition = self.prefix + partition_hash(condition.partition)
        return partition + position[len(partition) :]

    def position(self, key: Key, *, mismatch: str, wrong_type: str) -> bytes:
        """The place in the source that an ExclusiveStartKey means.

        Raises ValidationException, as `check_start` does.
        """
        canonical_item(key)
        if len(key) == len(self.key_names) and all(name in key for name in self.key_names):
            own = {name: key[name] for name in self.table.key_names}
            try:
                item_key = self.table.key_of(own)
            except ValidationException as error:
                if error.message != KEY_MISMATCH:
                    raise
            else:
                place = item_key if self.index is None else self.index.entry_key(key, item_key)
                if place is not None:
                    return place
        self.check_start(key, mismatch=mismatch, wrong_type=wrong_type)
        raise ValidationException(f"{START_INVALID}: {KEY_MISMATCH}")

    def check_start(self, key: Key, *, mismatch: str, wrong_type: str) -> None:
        """Raise ValidationException for an ExclusiveStartKey that is no key of what is read.

        The text is `mismatch` if it has not as many attributes as the keys of table and index
        together, or lacks one of what is read, and `wrong_type` if one of these is of another type.
        The table's attributes in the key of an index are not looked at.
        """
        if len(key) != len(self.key_names):
            raise ValidationException(mismatch)
        for attribute in (*self.schema.partition, *self.schema.sort):
            value = key.get(attribute.name)
            if value is None:
                raise ValidationException(mismatch)
            if attribute.kind not in value:
                raise ValidationException(wrong_type)

    def key_in(self, item: dict[str, AttributeValue]) -> Key:
        """The key attributes of an item or entry, for LastEvaluatedKey."""
        return {name: item[name] for name in self.key_names}


def _compared(
    operator: str, partition: bytes, firsts: Sequence[bytes], afters: Sequence[bytes | None]
) -> Span:
    """The span of a comparison; `firsts` and `afters` bound the keys equal to each operand."""
    match operator:
        case "=":
            return Span(firsts[0], afters[0])
        case "<":
            return Span(partition, firsts[0])
        case "<=":
            return Span(partition, afters[0])
        case ">":
            return Span(afters[0] or b"", successor(partition))
        case ">=":
            return Span(firsts[0], successor(partition))
        case "BETWEEN":
            return Span(firsts[0], afters[1])
    raise AssertionError(operator)
