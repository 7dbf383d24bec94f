"""Answers of DAX's protocol, from the service's JSON.

An answer is an empty array, then the result of the method: for operations on items usually a map of
numbered members. Items are without their key attributes, which the client has, or gets separately.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from jedlik.base.turns import Turns
from jedlik.dax.calls import Part, ServiceCall
from jedlik.dax.definitions import Definitions
from jedlik.dax.wire import cbor
from jedlik.dax.wire.cbor import Reader
from jedlik.dax.wire.expressions import PathParts, values_at
from jedlik.dax.wire.values import (
    KeySchema,
    index_key_bytes,
    item_bytes,
    key_bytes,
    other_names,
    read_item,
    value_bytes,
)
from jedlik.values.attribute import Item

Result = dict[str, Any]
"""The members of an answer of the service's API."""

SUCCESS: Final = cbor.EMPTY_ARRAY
NOTHING: Final = SUCCESS + cbor.NULL
"""The answer of an operation without a result, such as a GetItem that found no item."""
_FOUND: Final = b"\x80\xbf\x00"
"""The beginning of the answer to a GetItem that found an item; after it comes a break."""

_ITEM, _CAPACITY, _ATTRIBUTES, _COLLECTIONS = 0, 1, 2, 3
_ITEMS, _COUNT, _LAST_KEY, _SCANNED = 7, 8, 9, 10
_UNITS, _READ_UNITS, _WRITE_UNITS, _TABLE_NAME, _TABLE, _GLOBAL, _LOCAL = range(1, 8)

_UPDATED: Final = ("UPDATED_OLD", "UPDATED_NEW")


class ReplyWriter:
    """Writes answers; `definitions` assigns ids to attribute lists."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    # --- Items ------------------------------------------------------------------------------------

    async def item(self, item: Item, part: Part) -> bytes:
        """A whole item as a byte string."""
        names = other_names(item, part.schema)
        list_id = await self._definitions.list_id(names, part.owner)
        return cbor.byte_string(item_bytes(item, names, list_id))

    async def _wanted(self, item: Item, part: Part) -> bytes:
        """An item, or what is projected of it."""
        if part.paths is None:
            return await self.item(item, part)
        return _projected(item, part.paths)

    async def keyed(self, item: Item, part: Part) -> list[bytes]:
        """An item with its key in front, or what is projected of it."""
        if part.paths is not None:
            return [_projected(item, part.paths)]
        key = cbor.byte_string(key_bytes(item, part.schema))
        return [key, await self.item(item, part)]

    async def cached_item(self, key: Item, reply: bytes) -> Item | None:
        """The item in the answer to a GetItem for a whole one; None if it found no item."""
        if reply == NOTHING:
            return None
        reader = Reader(Reader(found_item(reply)).bytes())
        return {**key, **read_item(reader, await self._definitions.list_names(reader.integer()))}

    # --- Operations on one item ------------------------------------------------------------------

    async def get_item(self, item: Item | None, part: Part, capacity: Any = None) -> bytes:
        """The answer to a GetItem."""
        members = []
        if item is not None:
            members.append((_ITEM, await self._wanted(item, part)))
        return _answer(members + _single_capacity(capacity))

    async def write(self, call: ServiceCall, result: Result) -> bytes:
        """The answer to a PutItem, UpdateItem or DeleteItem."""
        members = []
        attributes = result.get("Attributes")
        if attributes:
            if call.payload.get("ReturnValues") in _UPDATED:
                written = await self._updated(attributes, call.part.owner)
            else:
                written = await self.item(attributes, call.part)
            members.append((_ATTRIBUTES, written))
        members += _single_capacity(result.get("ConsumedCapacity"))
        metrics = result.get("ItemCollectionMetrics")
        if metrics is not None:
            members.append((_COLLECTIONS, _collection(metrics)))
        return _answer(members)

    async def _updated(self, attributes: Item, owner: str) -> bytes:
        """Some attributes: the id of their list, and their values by their positions in it."""
        names = tuple(sorted(attributes))
        list_id = cbor.integer(await self._definitions.list_id(names, owner))
        values = [
            (cbor.integer(at), value_bytes(attributes[name])) for at, name in enumerate(names)
        ]
        return cbor.byte_string(list_id + cbor.open_mapping(values))

    # --- Pages -----------------------------------------------------------------------------------

    async def page(self, call: ServiceCall, result: Result, *, capacity: bool = True) -> bytes:
        """The answer to a Query or Scan, with or without what it consumed."""
        part = call.part
        members = []
        if "Items" in result:
            items, turns = [], Turns()
            for item in result["Items"]:
                pieces = await self.keyed(item, part)
                items.append(pieces[0] if part.paths is not None else cbor.array(pieces))
                if turns.over:  # an item may have a hundred thousand tiny values
                    await turns.give_way()
            members.append((_ITEMS, cbor.array(items)))
        members.append((_COUNT, cbor.integer(result["Count"])))
        members.append((_SCANNED, cbor.integer(result["ScannedCount"])))
        last = result.get("LastEvaluatedKey")
        if last is not None:
            indexed = "IndexName" in call.payload
            key = index_key_bytes(last) if indexed else key_bytes(last, part.schema)
            members.append((_LAST_KEY, cbor.byte_string(key)))
        if capacity:
            members += _single_capacity(result.get("ConsumedCapacity"))
        return _answer(members)

    # --- Batches and transactions ----------------------------------------------------------------

    def batch_get(
        self,
        call: ServiceCall,
        written: dict[str, list[bytes]],
        unread: dict[str, list[Item]],
        capacity: Any,
    ) -> bytes:
        """The answer to a BatchGetItem: keys and items (see `keyed`), and keys that were not read,
        by table."""
        schemas = {part.table: part for part in call.parts}
        responses = [(cbor.text(table), cbor.array(pieces)) for table, pieces in written.items()]
        keys = [
            (cbor.text(table), cbor.array(_wire_keys(left, schemas[table].schema)))
            for table, left in unread.items()
        ]
        both = cbor.array([cbor.mapping(responses), cbor.mapping(keys)])
        return SUCCESS + both + cbor.array([_capacity_bytes(each) for each in capacity or ()])

    def batch_write(self, result: Result) -> bytes:
        """The answer to a BatchWriteItem, which never has unprocessed items (see `cluster`)."""
        capacities = [_capacity_bytes(each) for each in result.get("ConsumedCapacity") or ()]
        return SUCCESS + cbor.mapping([]) + cbor.array(capacities) + _collections_by_table(result)

    async def transact_get(self, call: ServiceCall, result: Result) -> bytes:
        """The answer to a TransactGetItems."""
        responses, turns = [], Turns()
        for part, response in zip(call.parts, result["Responses"], strict=True):
            if turns.over:
                await turns.give_way()
            item = response.get("Item")
            responses.append(cbor.NULL if item is None else await self._wanted(item, part))
        return SUCCESS + cbor.array([cbor.array(responses), _capacity_maps(result)])

    def transact_write(self, result: Result) -> bytes:
        """The answer to a TransactWriteItems."""
        return SUCCESS + cbor.array(
            [cbor.EMPTY_ARRAY, _capacity_maps(result), _collections_by_table(result)]
        )


def found(item: bytes) -> bytes:
    """The answer to a GetItem that found a whole item, which is written already."""
    return _answer([(_ITEM, item)])


def found_item(reply: bytes) -> bytes:
    """The item in an answer by `found`."""
    return reply[len(_FOUND) : -len(cbor.BREAK)]


# --- Discovery and definitions --------------------------------------------------------------------


def key_schema(schema: KeySchema) -> bytes:
    """The answer to defineKeySchema."""
    pairs = zip(schema.names, schema.types, strict=True)
    return SUCCESS + cbor.mapping([(cbor.text(name), cbor.text(kind)) for name, kind in pairs])


def attribute_list(names: Iterable[str]) -> bytes:
    """The answer to defineAttributeList."""
    return SUCCESS + cbor.array([cbor.text(name) for name in names])


def attribute_list_id(list_id: int) -> bytes:
    """The answer to defineAttributeListId."""
    return SUCCESS + cbor.integer(list_id)


def endpoints(hostname: str, address: bytes, port: int, zone: str) -> bytes:
    """The answer to endpoints: the one node that leads, by name and packed IP address."""
    members = (
        cbor.integer(1), cbor.text(hostname), cbor.byte_string(address), cbor.integer(port),
        cbor.integer(1), cbor.text(zone), cbor.integer(0),
    )  # fmt: skip
    node = cbor.mapping([(cbor.integer(number), each) for number, each in enumerate(members)])
    return SUCCESS + cbor.array([node])


# --- Parts of answers -----------------------------------------------------------------------------


def _answer(members: list[tuple[int, bytes]]) -> bytes:
    if not members:
        return NOTHING
    # Java's client takes a map with a length for no answer at all, and waits for ever.
    return SUCCESS + cbor.open_mapping([(cbor.integer(number), each) for number, each in members])


def _projected(item: Item, paths: list[PathParts]) -> bytes:
    found = values_at(item, paths)
    return cbor.mapping([(cbor.integer(at), value_bytes(value)) for at, value in found.items()])


def _wire_keys(keys: list[Item], schema: KeySchema) -> list[bytes]:
    return [cbor.byte_string(key_bytes(key, schema)) for key in keys]


def _single_capacity(capacity: Any) -> list[tuple[int, bytes]]:
    return [] if capacity is None else [(_CAPACITY, _capacity_bytes(capacity))]


def _capacity_bytes(capacity: Result) -> bytes:
    """Table, units, units of the table itself, of global and of local indexes, in a byte string."""
    table = capacity.get("Table")
    written = cbor.text(capacity["TableName"]) + cbor.double(capacity["CapacityUnits"])
    written += cbor.NULL if table is None else cbor.double(table["CapacityUnits"])
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        indexes = capacity.get(member)
        if indexes is None:
            written += cbor.NULL
            continue
        written += cbor.mapping(
            [
                (cbor.text(name), cbor.double(each["CapacityUnits"]))
                for name, each in indexes.items()
            ]
        )
    return cbor.byte_string(written)


def _capacity_maps(result: Result) -> bytes:
    capacities = result.get("ConsumedCapacity") or ()
    return cbor.array([cbor.open_mapping(_capacity_members(each)) for each in capacities])


def _capacity_members(capacity: Result) -> list[tuple[bytes, bytes]]:
    """The same of a transaction, as a map's."""
    members = []
    for number, member in (
        (_UNITS, "CapacityUnits"), (_READ_UNITS, "ReadCapacityUnits"),
        (_WRITE_UNITS, "WriteCapacityUnits"),
    ):  # fmt: skip
        if member in capacity:
            members.append((cbor.integer(number), cbor.double(capacity[member])))
    if "TableName" in capacity:
        members.append((cbor.integer(_TABLE_NAME), cbor.text(capacity["TableName"])))
    if "Table" in capacity:
        members.append((cbor.integer(_TABLE), cbor.mapping(_capacity_members(capacity["Table"]))))
    for number, member in ((_GLOBAL, "GlobalSecondaryIndexes"), (_LOCAL, "LocalSecondaryIndexes")):
        if member in capacity:
            indexes = [
                (cbor.text(name), cbor.mapping(_capacity_members(each)))
                for name, each in capacity[member].items()
            ]
            members.append((cbor.integer(number), cbor.mapping(indexes)))
    return members


def _collection(metrics: Result) -> bytes:
    """A partition key and two sizes in GB, in a byte string."""
    ((_, value),) = metrics["ItemCollectionKey"].items()
    low, high = metrics["SizeEstimateRangeGB"]
    return cbor.byte_string(value_bytes(value) + cbor.double(low) + cbor.double(high))


def _collections_by_table(result: Result) -> bytes:
    tables = result.get("ItemCollectionMetrics") or {}
    return cbor.mapping(
        [
            (cbor.text(table), cbor.array([_collection(each) for each in metrics]))
            for table, metrics in tables.items()
        ]
    )
