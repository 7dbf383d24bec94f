"""The entries of a vector index, maintained like those of other indexes in the commit of every
write.

An entry's key is the index's prefix, the hash of its HASH attribute (16 zeros if the search schema
has none), and the item's own key. Its value is

    offset 0  4 bytes  its size in the service's accounting, big-endian: of the projected
                       attributes, and of the vector its name and 4 bytes a dimension
           4  n bytes  the projected attributes without the vector: canonical wire JSON
       4 + n  4 bytes  a dimension: the vector, as 32-bit floats, little-endian

so that a search reads vectors without parsing, and copies its results into answers.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Final

import orjson

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_PARTITION_KEY_SIZE
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, index_prefix
from jedlik.services.dynamodb.recording.vector_log import VectorLog
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute
from jedlik.services.dynamodb.tables.model import ALL, VectorIndex
from jedlik.values.attribute import AttributeValue, Item, type_of
from jedlik.values.floats import (
    FLOAT_SIZE,
    is_element,
    vector_bytes,
    wire_vector,
)
from jedlik.values.image import Image, same_item
from jedlik.values.joined_numbers import JoinedNumbers, json_of
from jedlik.values.keybytes import HASH_SIZE, partition_hash, raw_bytes
from jedlik.values.numbers import parts
from jedlik.values.sizes import item_size, string_size
from jedlik.values.stored import HEADER_SIZE, size_of

WHOLE_INDEX: Final = bytes(HASH_SIZE)
"""Used as the hash of the partition in indexes without a HASH attribute."""

MIN_WRITTEN_BYTES: Final = 1024
"""The fewest VectorWriteRequestBytes that a write consumes on an index (answers of the service)."""

_INVALID: Final = "One or more parameter values were invalid. "
_NOT_VALID: Final = (
    "One or more parameter values are not valid. One or more parameter values were invalid . "
)
"""The service begins some of its texts with one, some with the other (its answers, as quoted in
public issues)."""
_RANGE: Final = "[-3.4028235E38, 3.4028235E38]"


class OpenVectorIndex:
    """A vector index of an open table."""

    def __init__(self, table_id: int, key_names: tuple[str, ...], model: VectorIndex) -> None:
        self.model = model
        self.id = model.id
        self.name = model.name
        self.prefix = index_prefix(table_id, model.id)
        self.log = VectorLog(table_id, model.id)
        self.partition = model.schema.partition[0] if model.schema.partition else None
        self.key_attributes = model.schema.partition
        """The attributes that an item must have in the form of keys."""
        self.filters = {attribute.name: attribute for attribute in model.schema.sort}
        self.projected = (
            None
            if model.projection.kind == ALL
            else frozenset((*key_names, *model.schema.names, *model.projection.attributes))
            - {model.vector}
        )
        """Names of the attributes an entry has besides the vector; None: all of the item's. The
        vector is part of every entry: KEYS_ONLY projects the table's key, the vector and the
        attributes of the search schema (developer guide, "Vector search")."""
        self.vector_size = FLOAT_SIZE * model.dimensions
        """Bytes of a vector."""
        self.read = frozenset((model.vector, *model.schema.names))
        """The attributes that determine whether and where an item is in the index."""
        self._accounted = string_size(model.vector) + self.vector_size
        self._packed: tuple[tuple[Any, bytes], ...] = ()
        """The last packed vectors, each with its source list: a write needs those of the new and
        the old item several times."""

    # --- Writes -----------------------------------------------------------------------------------

    def entry_key(self, item: Item, item_key: bytes) -> bytes | None:
        """The key of a canonical item's entry, given the item's own key.

        None if the item is not in the index: it has no vector or no HASH attribute, or (only in
        items written before the index was made) one that the index cannot hold.
        """
        vector = item.get(self.model.vector)
        if vector is None or self._problem(vector) is not None:
            return None
        if any(
            name in item and attribute.kind not in item[name]
            for name, attribute in self.filters.items()
        ):
            return None
        partition = WHOLE_INDEX
        if self.partition is not None:
            value = item.get(self.partition.name)
            if value is None or not _is_partition(value, self.partition):
                return None
            partition = partition_hash((value,))
        return self.prefix + partition + item_key[INDEX_PREFIX_SIZE:]

    def only_place(self, item_key: bytes) -> bytes | None:
        """The key that the entry of an item has if it exists, given the item's key; None if that
        depends on its HASH attribute."""
        if self.partition is not None:
            return None
        return self.prefix + WHOLE_INDEX + item_key[INDEX_PREFIX_SIZE:]

    def entry_value(self, item: Item, item_stored: bytes) -> bytes:  # noqa: ARG002
        """The stored bytes of the entry of a canonical item that is in the index."""
        kept = self._kept(item)
        packed = self._pack(item[self.model.vector]["L"])
        size = self.accounted_size(kept).to_bytes(HEADER_SIZE, "big")
        return size + orjson.dumps(kept, json_of) + packed

    def _pack(self, elements: list[Any] | JoinedNumbers) -> bytes:
        """`vector_bytes` of the elements of a canonical item, which do not change any more."""
        if type(elements) is JoinedNumbers:
            return vector_bytes(elements)  # kept by its own cache
        for known, packed in self._packed:
            if known is elements:
                return packed
        packed = vector_bytes(elements)
        self._packed = (*self._packed[-1:], (elements, packed))
        return packed

    def same_entry(self, one: bytes, other: bytes) -> bool:
        """Whether two values of an entry have the same attributes, in whatever order."""
        end = -self.vector_size
        return one[end:] == other[end:] and same_item(Image(one[:end]), Image(other[:end]))

    def written_units(self, size: int) -> float:
        """VectorWriteRequestBytes of a write to an entry of `size` bytes."""
        return float(max(size, MIN_WRITTEN_BYTES))

    def accounted_size(self, attributes: Item) -> int:
        """The size of an entry with these projected attributes, in the service's accounting."""
        return item_size(attributes) + self._accounted

    def _kept(self, item: Item) -> Item:
        projected, vector = self.projected, self.model.vector
        if projected is None:
            return {name: value for name, value in item.items() if name != vector}
        return {name: value for name, value in item.items() if name in projected}

    # --- Refusals ---------------------------------------------------------------------------------

    def check_item(self, item: Item, updated: Container[str] | None = None) -> None:
        """Refuse a canonical item whose vector or filters the index cannot hold; for an update,
        only the attributes `updated`, since values older than the index are allowed. Raises
        ValidationException.

        A missing attribute is fine: without a vector the item is not in the index, and without
        the attribute of a filter no search with that filter finds it.
        """
        name = self.model.vector
        if name in item and (updated is None or name in updated):
            problem = self._problem(item[name])
            if problem is not None:
                raise ValidationException(f"{problem} IndexName: {self.name}")
        for name, attribute in self.filters.items():
            value = item.get(name)
            if value is None or attribute.kind in value:
                continue
            if updated is None or name in updated:
                raise self.wrong_type(attribute, value)

    def wrong_type(self, attribute: KeyAttribute, value: AttributeValue) -> ValidationException:
        """The error for a value of another type than an attribute of the search schema has."""
        return ValidationException(
            f"{_INVALID}Attribute '{attribute.name}' type mismatch. Expected: {attribute.kind}, "
            f"Actual: {type_of(value)}. IndexName: {self.name}"
        )

    def _problem(self, vector: AttributeValue) -> str | None:
        """Why a value is not a vector, in the words of the service's answers."""
        name, dimensions = self.model.vector, self.model.dimensions
        elements = vector.get("L")
        if elements is None:
            return (
                f"{_NOT_VALID}Invalid type for parameter {name}, Expected: L, "
                f"Actual: {type_of(vector)}."
            )
        if len(elements) != dimensions:
            return (
                f"{_NOT_VALID}Invalid size for parameter {name}, Expected: {dimensions}, "
                f"Actual: {len(elements)}."
            )
        try:
            self._pack(elements)
        except ValueError:
            wrong = ((at, each) for at, each in enumerate(elements) if not is_element(each))
            place, element = next(wrong)
            return _element_problem(f"{name}[{place}]", element)
        return None

    # --- Searches ---------------------------------------------------------------------------------

    def partition_prefix(self, value: AttributeValue | None) -> bytes:
        """The prefix of the keys of a partition's entries; of all entries for None."""
        return self.prefix + (WHOLE_INDEX if value is None else partition_hash((value,)))

    def packed_vector(self, entry: bytes) -> bytes:
        """The vector of an entry."""
        return entry[-self.vector_size :]

    def attributes_json(self, entry: bytes) -> bytes:
        """The projected attributes of an entry, as JSON."""
        return entry[HEADER_SIZE : -self.vector_size]

    def attributes_size(self, entry: bytes) -> int:
        """Bytes of the projected attributes of an entry, in the service's accounting."""
        return size_of(entry) - self._accounted

    def attributes(self, entry: bytes) -> Item:
        """The projected attributes of an entry, without the vector."""
        found: Item = orjson.loads(self.attributes_json(entry))
        return found

    def whole(self, entry: bytes) -> Item:
        """The projected attributes of an entry, with the vector as the index has it."""
        return {**self.attributes(entry), self.model.vector: wire_vector(self.packed_vector(entry))}


def _is_partition(value: AttributeValue, attribute: KeyAttribute) -> bool:
    content = value.get(attribute.kind)
    return bool(content) and len(raw_bytes(attribute.kind, content or "")) <= MAX_PARTITION_KEY_SIZE


def _element_problem(name: str, element: AttributeValue) -> str:
    number = element.get("N")
    if number is None:
        return (
            f"{_INVALID}Invalid type for parameter {name}, Expected: 32-bit floating point number, "
            f"Actual: {type_of(element)}."
        )
    return (
        f"{_NOT_VALID}Invalid value for parameter {name}, Value: {_scientific(number)} is outside "
        f"valid range {_RANGE}."
    )


def _scientific(number: str) -> str:
    """A canonical number above one as the service writes those that are too large: -4E+38."""
    negative, digits, exponent = parts(number)
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{'-' if negative else ''}{digits[0]}{fraction}E+{exponent - 1}"
