"""A table as operations use it: its description, compiled once.

Makes the keys of items and of index entries, and refuses the key values that the service refuses.
The layouts are in `keyspaces`; limits on keys: developer guide, "Quotas", "Partition keys and sort
keys", and "Secondary indexes".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_ITEM_SIZE, MAX_PARTITION_KEY_SIZE, MAX_SORT_KEY_SIZE
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, counters_prefix, index_prefix
from jedlik.services.dynamodb.capacity.budget import TableBudget
from jedlik.services.dynamodb.capacity.units import write_units
from jedlik.services.dynamodb.metering.table_meter import UNMETERED
from jedlik.services.dynamodb.recording.expiry import OpenExpiry
from jedlik.services.dynamodb.recording.open_log import OpenLog
from jedlik.services.dynamodb.recording.open_stream import OpenStream
from jedlik.services.dynamodb.recording.replication_log import OpenReplication
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute
from jedlik.services.dynamodb.tables.model import ALL, TABLE_INDEX_ID, Index, Table
from jedlik.services.dynamodb.tables.replicas import EVENTUAL, STRONG
from jedlik.storage.engine import Value
from jedlik.values import stored
from jedlik.values.attribute import AttributeValue, Item, Key, type_of
from jedlik.values.canonical import ItemTooLarge, canonical_item
from jedlik.values.image import Image, same_item
from jedlik.values.keybytes import HASH_SIZE, closed_bytes, partition_hash, raw_bytes
from jedlik.values.sizes import item_size

_NOT_VALID = "One or more parameter values are not valid. "
_UPDATED_INDEX_KEY = "The update expression attempted to update the secondary index key"
_EMPTY = {"S": "string", "B": "binary"}

KEYS_ARE_SCALARS = (
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
)
"""Before `Key: name`, or `IndexKey: name` of an index."""

KEY_MISMATCH = "The provided key element does not match the schema"


class EmptyKeyValue(ValidationException):
    """Distinct from other invalid key values because it never cancels a transaction: the service
    finds it before the transaction begins."""


class OpenTable:
    """A table's description with its keys and indexes compiled.

    `version` is the version of the catalog at which it was read.
    """

    __slots__ = (
        "_has_string_key", "_index_keys", "_indexed_partition", "_indexes_by_name",
        "_key_attributes", "_local_indexes", "backfilling", "budget", "counters_prefix",
        "expiry", "id", "indexes", "is_plain", "is_self_contained", "is_strong", "key_names",
        "key_roles", "log", "meter", "model", "name", "partition", "prefix", "replication",
        "secondary", "sort", "streams", "vectors", "version",
    )  # fmt: skip

    def __init__(self, model: Table, version: Value = None) -> None:
        self.model = model
        self.version = version
        self.id = model.id
        self.name = model.name
        self.prefix = index_prefix(model.id, TABLE_INDEX_ID)
        self.counters_prefix = counters_prefix(model.id)
        self.partition = model.schema.partition[0]
        self.sort = model.schema.sort[0] if model.schema.sort else None
        self.key_names = model.schema.names
        self._key_attributes = model.schema.attributes
        self._has_string_key = all(each.kind == "S" for each in self._key_attributes)
        self.key_roles = model.schema.roles
        self._open_indexes(model)
        time_to_live = model.time_to_live
        self.streams = tuple(OpenStream(each) for each in model.streams if each.closed_at is None)
        """Those that record the table's changes."""
        self.expiry = (
            OpenExpiry(model.name, model.id, time_to_live)
            if time_to_live and time_to_live.enabled
            else None
        )
        self.meter = UNMETERED
        self.budget: TableBudget | None = None
        """What the table and its global indexes may still consume; None if unlimited."""
        self.log = None if model.log is None else OpenLog(model.id, model.log)
        """The log of the table's changes, while backups need one."""
        replicating = model.replication
        self.replication = (
            OpenReplication(model.id, replicating.log)
            if replicating is not None and replicating.consistency == EVENTUAL
            else None
        )
        """The versions of its items and the log of its writes, if the table has replicas that
        follow."""
        self.is_strong = replicating is not None and replicating.consistency == STRONG
        """Whether a write is one commit in all regions of the table."""
        self.is_self_contained = not (self.backfilling or self.log or self.is_strong)
        """Whether all effects of a write can be decided from the item and its version, the table's
        counters, the last numbers of its streams and its log, and `VectorReads`: see
        `single_write`."""
        self.is_plain = not (model.transition or model.sealed or model.filling or model.leaving)
        """Whether its items can be used without further checks."""

    def _open_indexes(self, model: Table) -> None:
        self.secondary = tuple(OpenIndex(self, index) for index in model.indexes)
        self.vectors = tuple(
            OpenVectorIndex(model.id, self.key_names, index) for index in model.vector_indexes
        )
        self.indexes: tuple[OpenIndex | OpenVectorIndex, ...] = (*self.secondary, *self.vectors)
        """All indexes whose entries follow from the items."""
        self.backfilling = tuple(index for index in self.indexes if index.model.backfilling)
        self._indexes_by_name = {index.name: index for index in self.secondary}
        self._local_indexes = [index for index in self.secondary if index.model.local]
        self._index_keys = [
            (attribute, position < len(index.model.schema.partition), index)
            for index in sorted(self.indexes, key=lambda index: index.name)
            for position, attribute in enumerate(index.key_attributes)
            if attribute.name not in self.key_names
        ]
        """In the order in which they are checked: if an attribute is a key of several indexes, the
        service reports the alphabetically first of them (answers of the service in public
        issues)."""
        self._indexed_partition = [
            index.name for index in self.secondary if self.partition in index.model.schema.sort
        ]
        """Indexes that have the partition key as a sort key, whose limit is lower."""

    def at(self, version: Value) -> OpenTable:
        """The same table, found unchanged at another version of the catalog."""
        table = object.__new__(OpenTable)
        for name in OpenTable.__slots__:
            setattr(table, name, getattr(self, name))
        table.version = version
        return table

    def index(self, name: str) -> OpenIndex | None:
        """The secondary index of that name."""
        return self._indexes_by_name.get(name)

    def vector_index(self, name: str) -> OpenVectorIndex | None:
        """The vector index of that name."""
        return next((index for index in self.vectors if index.name == name), None)

    def key_of(self, key: Key) -> bytes:
        """The store's key for a `Key` parameter, which is brought to canonical form.

        Raises ValidationException if it is not exactly the table's key.
        """
        if len(key) == len(self.key_names):
            plain = self._key_of_strings(key)
            if plain is not None:
                return plain
        canonical_item(key)
        if len(key) != len(self.key_names):
            raise ValidationException(KEY_MISMATCH)
        return self._key_of_matching(key)

    def _key_of_matching(self, item: Item) -> bytes:
        """The store's key of a canonical item or key; ValidationException where a key attribute is
        missing or of another type, with the text for a key."""
        for attribute in self._key_attributes:
            value = item.get(attribute.name)
            if value is None or attribute.kind not in value:
                raise ValidationException(KEY_MISMATCH)
        return self.key_of_canonical(item)

    def _key_of_strings(self, item: Item) -> bytes | None:
        """The store's key, if the key consists of strings and is plainly valid.

        This holds for nearly all keys: they are in canonical form and without errors. None if the
        key must be checked in full. A character has up to four bytes.
        """
        if not self._has_string_key:
            return None
        value = item.get(self.partition.name)
        if value is None or len(value) != 1:
            return None
        text = value.get("S")
        if type(text) is not str or not 0 < len(text) <= MAX_PARTITION_KEY_SIZE // 4:
            return None
        key = self.prefix + blake2b(text.encode(), digest_size=HASH_SIZE).digest()
        if self.sort is None:
            return key
        value = item.get(self.sort.name)
        if value is None or len(value) != 1:
            return None
        text = value.get("S")
        if type(text) is not str or not 0 < len(text) <= MAX_SORT_KEY_SIZE // 4:
            return None
        return key + text.encode()

    def key_of_item(self, item: Item) -> bytes:
        """The store's key of a canonical item that is to be put.

        Raises ValidationException if a key attribute is missing, empty, too long or of another
        type.
        """
        plain = self._key_of_strings(item)
        if plain is not None:
            return plain
        for attribute in self._key_attributes:
            value = item.get(attribute.name)
            if value is None:
                raise ValidationException.of_values(f"Missing the key {attribute.name} in the item")
            if attribute.kind not in value:
                raise ValidationException.of_values(
                    f"Type mismatch for key {attribute.name} "
                    f"expected: {attribute.kind} actual: {type_of(value)}"
                )
        return self.key_of_canonical(item)

    def key_of_batched_item(self, item: Item) -> bytes:
        """The same for a put of BatchWriteItem, whose key attributes get the errors of a `Key`
        parameter (answers of the service in public issues)."""
        return self._key_of_strings(item) or self._key_of_matching(item)

    def key_of_canonical(self, item: Item) -> bytes:
        """The store's key of an item or key whose key attributes are canonical and of their types.

        Raises ValidationException if one is empty or too long.
        """
        value = item[self.partition.name]
        _check_table_key(value, self.partition, is_partition=True)
        key = self.prefix + partition_hash((value,))
        if self.sort is None:
            return key
        return key + _check_table_key(item[self.sort.name], self.sort, is_partition=False)

    def check_key_value(
        self, value: AttributeValue, attribute: KeyAttribute, *, is_partition: bool
    ) -> None:
        """Refuse a value of the right type that no item can have: empty, or too long."""
        _check_table_key(value, attribute, is_partition=is_partition)

    def check_indexable(self, item: Item, size: int) -> None:
        """Refuse a canonical item, of `size` bytes, that is to be put and that the indexes cannot
        hold.

        Raises ValidationException: an index key attribute has the wrong type, is empty or too long,
        or the entries in local indexes are too large. A missing attribute is fine; the item is then
        not in that index.
        """
        for attribute, is_partition, index in self._index_keys:
            value = item.get(attribute.name)
            if value is not None:
                _check_index_key(value, attribute, index)
                _check_entry_length(value, attribute, index.name, is_partition=is_partition)
        if self._indexed_partition:
            self.check_key_indexable(item)
        for vectors in self.vectors:
            vectors.check_item(item)
        if self._local_indexes and not self.fits(item, size):
            raise ItemTooLarge

    def check_key_indexable(self, key: Key) -> None:
        """Refuse a canonical item or key whose partition key is too long for an index that has it
        as a sort key: "all writes to items that violate the new index's key schema will be
        rejected" (developer guide, "Managing global secondary indexes"). Raises
        ValidationException.
        """
        for index_name in self._indexed_partition:
            value = key[self.partition.name]
            _check_entry_length(value, self.partition, index_name, is_partition=False)

    def fits(self, item: Item, size: int) -> bool:
        """Whether a canonical item of `size` bytes, together with its entries in local indexes, is
        no larger than an item may be (developer guide, "Constraints", "Item size for tables with
        local secondary indexes")."""
        local = self._local_indexes
        # No entry is larger than its item, so small items need no further check.
        if size * (1 + len(local)) <= MAX_ITEM_SIZE:
            return True
        return size + sum(index.entry_size(item, size) for index in local) <= MAX_ITEM_SIZE

    def check_paths(self, led_into: Collection[str]) -> None:
        """Refuse paths into key attributes of the table and its indexes (answers of the service in
        public issues and tests). Raises ValidationException."""
        for name in self.key_names:
            if name in led_into:
                raise ValidationException(f"{KEYS_ARE_SCALARS}Key: {name}")
        for index in self.secondary:
            for name in index.model.schema.names:
                if name in led_into:
                    raise ValidationException(f"{KEYS_ARE_SCALARS}IndexKey: {name}")

    def check_assigned_index_keys(self, assigned: Item) -> None:
        """Refuse index keys of another type, or empty, among values that are known before the
        update reads its item.

        Except for empty values, the service's texts are those for items that are put. Raises
        ValidationException.
        """
        for attribute, _, index in self._index_keys:
            value = assigned.get(attribute.name)
            if value is not None:
                _check_index_key_type(value, attribute, index)
                if not value[attribute.kind]:
                    raise _empty_updated_index_key(attribute)

    def check_updated_index_keys(self, item: Item, updated: Collection[str]) -> None:
        """The same for an item whose attributes `updated` were changed by an update, once their
        values are known.

        The service has other texts for values that come from other attributes (developer guide,
        "Amazon DynamoDB transactions: how it works", list of validation errors).
        """
        for attribute, is_partition, _ in self._index_keys:
            if attribute.name in updated and attribute.name in item:
                _check_updated_index_key(item[attribute.name], attribute, is_partition)
        for index in self.vectors:
            if not index.read.isdisjoint(updated):
                index.check_item(item, updated)


class OpenIndex:
    """A secondary index of an open table."""

    def __init__(self, table: OpenTable, model: Index) -> None:
        self.model = model
        self.id = model.id
        self.name = model.name
        self.prefix = index_prefix(table.id, model.id)
        self.key_roles = model.schema.roles
        self.key_attributes = model.schema.attributes
        self.key_names = tuple(dict.fromkeys((*model.schema.names, *table.key_names)))
        """Key attributes of index and table, of which positions in the index consist."""
        self.projected = (
            None
            if model.projection.kind == ALL
            else frozenset((*self.key_names, *model.projection.attributes))
        )
        """Names of the attributes an entry has; None: all of the item's."""

    def wrong_type(self, attribute: KeyAttribute, value: AttributeValue) -> ValidationException:
        """The error for a value of another type than a key attribute has."""
        return ValidationException.of_values(
            f"Type mismatch for Index Key {attribute.name} Expected: {attribute.kind} "
            f"Actual: {type_of(value)} IndexName: {self.name}"
        )

    def entry_key(self, item: Item, item_key: bytes) -> bytes | None:
        """The key of a canonical item's entry, given the item's own key.

        None if the item is not in the index: a key attribute is missing, or (only in items
        written before the index was made) of a type or size that the index cannot hold.
        """
        partition = []
        for attribute in self.model.schema.partition:
            value = item.get(attribute.name)
            if value is None or not _indexable(value, attribute, MAX_PARTITION_KEY_SIZE):
                return None
            partition.append(value)
        sort = []
        for attribute in self.model.schema.sort:
            value = item.get(attribute.name)
            if value is None or not _indexable(value, attribute, MAX_SORT_KEY_SIZE):
                return None
            sort.append(closed_bytes(attribute.kind, value[attribute.kind]))
        return b"".join(
            (self.prefix, partition_hash(partition), *sort, item_key[INDEX_PREFIX_SIZE:])
        )

    def entry_value(self, item: Item, item_stored: bytes) -> bytes:
        """The stored bytes of a canonical item's entry: the projected attributes."""
        if self.projected is None:
            return item_stored
        kept = self._kept(item)
        return stored.encode(kept, item_size(kept))

    def entry_size(self, item: Item, size: int) -> int:
        """The size of the entry of a canonical item of `size` bytes; 0 if the item is not in the
        index."""
        if self.entry_key(item, b"") is None:
            return 0
        return size if self.projected is None else item_size(self._kept(item))

    def _kept(self, item: Item) -> Item:
        projected = self.projected or ()
        return {name: value for name, value in item.items() if name in projected}

    def check_key_value(
        self, value: AttributeValue, attribute: KeyAttribute, *, is_partition: bool
    ) -> None:
        """Refuse a value that no entry can have: of another type, empty, or too long."""
        _check_index_key(value, attribute, self)
        _check_length(raw_bytes(attribute.kind, value[attribute.kind]), is_partition=is_partition)

    def same_entry(self, one: bytes, other: bytes) -> bool:
        """Whether two values of an entry have the same attributes, in whatever order."""
        return same_item(Image(one), Image(other))

    def written_units(self, size: int) -> float:
        """Write units of a write to an entry of `size` bytes."""
        return write_units(size)

    def projects(self, names: Iterable[str]) -> bool:
        """Whether entries have all of these attributes, if the items do."""
        return self.projected is None or self.projected.issuperset(names)


def _indexable(value: AttributeValue, attribute: KeyAttribute, limit: int) -> bool:
    content = value.get(attribute.kind)
    return bool(content) and len(raw_bytes(attribute.kind, content or "")) <= limit


def _check_table_key(
    value: AttributeValue, attribute: KeyAttribute, *, is_partition: bool
) -> bytes:
    """The ordered bytes of a table's key attribute, unless it is empty or too long."""
    content = value[attribute.kind]
    if not content:
        raise EmptyKeyValue(
            f"{_NOT_VALID}The AttributeValue for a key attribute cannot contain an empty "
            f"{_EMPTY[attribute.kind]} value. Key: {attribute.name}"
        )
    raw = raw_bytes(attribute.kind, content)
    _check_length(raw, is_partition=is_partition)
    return raw


def _check_index_key(
    value: AttributeValue, attribute: KeyAttribute, index: OpenIndex | OpenVectorIndex
) -> None:
    _check_index_key_type(value, attribute, index)
    if not value[attribute.kind]:
        raise EmptyKeyValue(
            f"{_NOT_VALID}A value specified for a secondary index key is not supported. "
            f"The AttributeValue for a key attribute cannot contain an empty "
            f"{_EMPTY[attribute.kind]} value. IndexName: {index.name}, IndexKey: {attribute.name}"
        )


def _check_index_key_type(
    value: AttributeValue, attribute: KeyAttribute, index: OpenIndex | OpenVectorIndex
) -> None:
    if attribute.kind not in value:
        raise index.wrong_type(attribute, value)


def _check_entry_length(
    value: AttributeValue, attribute: KeyAttribute, index_name: str, *, is_partition: bool
) -> None:
    """Refuse a key attribute of an item that is too long for an entry of the index, in the words of
    the service's answers in public issues."""
    size = len(raw_bytes(attribute.kind, value[attribute.kind]))
    limit = MAX_PARTITION_KEY_SIZE if is_partition else MAX_SORT_KEY_SIZE
    if size > limit:
        raise ValidationException.of_values(
            f"Size limit exceeded for Index Key {attribute.name} Actual Size: {size} "
            f"bytes Max Size: {limit} bytes IndexName: {index_name}"
        )


def _check_length(raw: bytes, *, is_partition: bool) -> None:
    if is_partition and len(raw) > MAX_PARTITION_KEY_SIZE:
        raise ValidationException.of_values(
            f"Size of hashkey has exceeded the maximum size limit of{MAX_PARTITION_KEY_SIZE} bytes"
        )
    if not is_partition and len(raw) > MAX_SORT_KEY_SIZE:
        raise ValidationException.of_values(
            "Aggregated size of all range keys has exceeded the size limit of "
            f"{MAX_SORT_KEY_SIZE} bytes"
        )


def _check_updated_index_key(
    value: AttributeValue, attribute: KeyAttribute, is_partition: bool
) -> None:
    content = value.get(attribute.kind)
    if content is None:
        raise ValidationException(f"{_UPDATED_INDEX_KEY} to unsupported type")
    if not content:
        raise _empty_updated_index_key(attribute)
    limit = MAX_PARTITION_KEY_SIZE if is_partition else MAX_SORT_KEY_SIZE
    if len(raw_bytes(attribute.kind, content)) > limit:
        raise ValidationException(f"{_UPDATED_INDEX_KEY} beyond allowed size limits")


def _empty_updated_index_key(attribute: KeyAttribute) -> EmptyKeyValue:
    return EmptyKeyValue(
        f"{_NOT_VALID}The update expression attempted to update a secondary index key to a value "
        "that is not supported. The AttributeValue for a key attribute cannot contain an empty "
        f"{_EMPTY[attribute.kind]} value."
    )
