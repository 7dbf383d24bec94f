"""Requests of DAX's protocol: from their arguments to the service's own parameters.

The result is a payload like the JSON of the service's API, so that everything that is checked there
is checked here too. For a projection only the top-level attributes are requested: the answer to a
client has the value of each path by its number, which could not be found in projected lists and
maps.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.dax.definitions import Definitions
from jedlik.dax.item_keys import item_key
from jedlik.dax.wire.cbor import MalformedCbor, Reader
from jedlik.dax.wire.expressions import ExpressionWriter, PathParts, projection_paths
from jedlik.dax.wire.values import KeySchema, key_bytes, key_of, read_item, read_members
from jedlik.services.dynamodb.database.open_table import KEYS_ARE_SCALARS
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.projection import compile_projection
from jedlik.values.attribute import Item

(
    _PROJECTION, _NAMES, _CONSISTENT, _CAPACITY, _CONDITION, _VALUES, _COLLECTIONS, _RETURN,
    _UPDATE, _START, _FILTER, _INDEX, _KEY_CONDITION, _LIMIT, _FORWARD, _SELECT, _SEGMENT,
    _SEGMENTS, _ITEMS, _TOKEN,
) = range(20)  # fmt: skip
_OPTIONS: Final = range(20)

_CAPACITIES: Final = {0: "NONE", 1: "TOTAL", 2: "INDEXES"}
_COLLECTION_METRICS: Final = {0: "NONE", 1: "SIZE"}
_RETURN_VALUES: Final = {1: "NONE", 2: "ALL_OLD", 3: "UPDATED_OLD", 4: "ALL_NEW", 5: "UPDATED_NEW"}
_ON_FAILURE: Final = {1: "NONE", 2: "ALL_OLD"}
_SELECTS: Final = {
    1: "ALL_ATTRIBUTES", 2: "ALL_PROJECTED_ATTRIBUTES", 3: "COUNT", 4: "SPECIFIC_ATTRIBUTES",
}  # fmt: skip
_NO_SELECT: Final = 1
"""Sent by Go's client if its caller has given no Select, even with a projection or an index. So
ALL_ATTRIBUTES is treated as no Select."""
_LONG: Final = 4096
"""Bytes of an item or expression that needs its own turn."""
_ACTIONS: Final = {2: "Put", 7: "Delete", 9: "Update", 12: "ConditionCheck"}

Payload = dict[str, Any]
"""A part that is being put together."""


@dataclass(slots=True)
class Part:
    """The subject of a request, or of one part of a batch or transaction: a table as the request
    names it and as the item cache does, its key schema, keys in the form of the service and of the
    wire, and the projection (None: whole items)."""

    table: str
    cached_as: str
    schema: KeySchema
    keys: list[Item] = field(default_factory=list)
    wire_keys: list[bytes] = field(default_factory=list)
    paths: list[PathParts] | None = None
    puts: list[Item | None] = field(default_factory=list)
    """For each key of a write: the item that it puts, None if it puts none."""
    owner: str = ""
    """Who owns the attribute lists that its items need (see `attribute_lists`)."""

    def add(self, key: Item, put: Item | None = None) -> None:
        """Add a key, and the item that is put under it."""
        self.keys.append(key)
        self.wire_keys.append(key_bytes(key, self.schema))
        self.puts.append(put)

    def item_key(self, item: Item) -> bytes:
        """The key of an item, or of one with that key, in the item cache."""
        return item_key(self.cached_as, key_bytes(item, self.schema))

    @property
    def item_keys(self) -> list[bytes]:
        """The keys of its items in the item cache."""
        return [item_key(self.cached_as, each) for each in self.wire_keys]


@dataclass(slots=True)
class ServiceCall:
    """A call of the service's API. A batch has a part for each table, a transaction for each item,
    anything else has one."""

    name: str
    payload: Payload
    parts: list[Part]
    consistent: bool = False

    @property
    def part(self) -> Part:
        """The one part of a call that has one."""
        return self.parts[0]


class RequestReader:
    """Reads the arguments of methods. Everything raises `MalformedCbor`, and the service's errors
    for invalid values, expressions and tables."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    async def get_item(self, reader: Reader) -> ServiceCall:
        """(table, key, options)"""
        part = await self._part(reader)
        part.add(key_of(reader.bytes(), part.schema))
        options = _options(reader)
        consistent = _flag(options, _CONSISTENT)
        payload: Payload = {"TableName": part.table, "Key": part.keys[0]}
        if consistent:
            payload["ConsistentRead"] = True
        _capacity(options, payload)
        _project(part, options.get(_PROJECTION), payload, ExpressionWriter())
        return ServiceCall("GetItem", payload, [part], consistent)

    async def put_item(self, reader: Reader) -> ServiceCall:
        """(table, key, item, options)"""
        part = await self._part(reader)
        key = key_of(reader.bytes(), part.schema)
        item = await self._item(key, reader.bytes())
        part.add(key, item)
        payload: Payload = {"TableName": part.table, "Item": item}
        return _write("PutItem", payload, part, _options(reader))

    async def delete_item(self, reader: Reader) -> ServiceCall:
        """(table, key, options)"""
        part = await self._part(reader)
        part.add(key_of(reader.bytes(), part.schema))
        payload: Payload = {"TableName": part.table, "Key": part.keys[0]}
        return _write("DeleteItem", payload, part, _options(reader))

    async def update_item(self, reader: Reader) -> ServiceCall:
        """(table, key, options)"""
        part = await self._part(reader)
        part.add(key_of(reader.bytes(), part.schema))
        payload: Payload = {"TableName": part.table, "Key": part.keys[0]}
        return _write("UpdateItem", payload, part, _options(reader))

    async def query(self, reader: Reader) -> ServiceCall:
        """(table, key condition or null, options)"""
        part = await self._part(reader)
        writer = ExpressionWriter()
        payload: Payload = {"TableName": part.table}
        if not reader.is_null():
            payload["KeyConditionExpression"] = writer.condition(reader.bytes())
        return _page("Query", payload, part, _options(reader), writer)

    async def scan(self, reader: Reader) -> ServiceCall:
        """(table, options)"""
        part = await self._part(reader)
        payload: Payload = {"TableName": part.table}
        return _page("Scan", payload, part, _options(reader), ExpressionWriter())

    async def batch_get_item(self, reader: Reader) -> ServiceCall:
        """({table: [consistent, projection or null, [keys]]}, options)"""
        tables: Payload = {}
        parts, consistent = [], False
        left = reader.map_length()
        while reader.more(left):
            left -= left > 0
            part = await self._next_part(reader, tables)
            reads_consistently, projection, keys = _triple(reader.value())
            consistent = consistent or reads_consistently
            request: Payload = {}
            for number, key in enumerate(keys):
                part.add(key_of(_bytes(key), part.schema))
                await _give_way(number)
            request["Keys"] = part.keys
            if reads_consistently:
                request["ConsistentRead"] = True
            _project(part, projection, request, ExpressionWriter())
            parts.append(part)
            tables[part.table] = request
        payload: Payload = {"RequestItems": tables}
        _capacity(_options(reader), payload)
        return ServiceCall("BatchGetItem", payload, parts, consistent)

    async def batch_write_item(self, reader: Reader) -> ServiceCall:
        """({table: [key, item or null, ...]}, options)"""
        tables: Payload = {}
        parts = []
        left = reader.map_length()
        while reader.more(left):
            left -= left > 0
            part = await self._next_part(reader, tables)
            pairs, requests = _list(reader.value()), []
            if len(pairs) % 2:
                raise MalformedCbor("a key of a batch has no item beside it")
            for at in range(0, len(pairs), 2):
                key = key_of(_bytes(pairs[at]), part.schema)
                await _give_way(at)
                if pairs[at + 1] is None:
                    part.add(key)
                    requests.append({"DeleteRequest": {"Key": key}})
                else:
                    item = await self._item(key, _bytes(pairs[at + 1]))
                    part.add(key, item)
                    requests.append({"PutRequest": {"Item": item}})
            parts.append(part)
            tables[part.table] = requests
        payload: Payload = {"RequestItems": tables}
        options = _options(reader)
        _capacity(options, payload)
        _collections(options, payload)
        return ServiceCall("BatchWriteItem", payload, parts)

    async def transact_get_items(self, reader: Reader) -> ServiceCall:
        """([tables], [keys], [projections or null] or null, options)"""
        tables, keys, projections = (reader.value() for _ in range(3))
        parts: list[Part] = []
        gets: list[Payload] = []
        for table, key, projection in _rows(_list(tables), keys, projections):
            part = await self._named(_name(table))
            await _give_way(len(gets), projection)
            part.add(key_of(_bytes(key), part.schema))
            get: Payload = {"TableName": part.table, "Key": part.keys[0]}
            _project(part, projection, get, ExpressionWriter())
            parts.append(part)
            gets.append({"Get": get})
        payload: Payload = {"TransactItems": gets}
        _capacity(_options(reader), payload)
        return ServiceCall("TransactGetItems", payload, parts, consistent=True)

    async def transact_write_items(self, reader: Reader) -> ServiceCall:
        """([operations], [tables], [keys], [items], null, [on failure], [conditions], [updates],
        options)"""
        operations, *columns = (reader.value() for _ in range(8))
        parts: list[Part] = []
        actions: list[Payload] = []
        for row in _rows(_list(operations), *columns):
            operation, table, key, item, _, on_failure, condition, update = row
            part = await self._named(_name(table))
            kind = _choice(_ACTIONS, operation)
            found = key_of(_bytes(key), part.schema)
            action: Payload = {"TableName": part.table}
            if kind == "Put":
                action["Item"] = await self._item(found, _bytes(item))
            else:
                action["Key"] = found
            part.add(found, action.get("Item"))
            writer = ExpressionWriter()
            if update is not None:
                action["UpdateExpression"] = writer.update(_bytes(update))
            if condition is not None:
                action["ConditionExpression"] = writer.condition(_bytes(condition))
            _placeholders(writer, action)
            if on_failure is not None:
                action["ReturnValuesOnConditionCheckFailure"] = _choice(_ON_FAILURE, on_failure)
            parts.append(part)
            await _give_way(len(actions), update, condition)
            actions.append({kind: action})
        payload: Payload = {"TransactItems": actions}
        options = _options(reader)
        _capacity(options, payload)
        _collections(options, payload)
        if _TOKEN in options:
            payload["ClientRequestToken"] = _name(options[_TOKEN])
        return ServiceCall("TransactWriteItems", payload, parts)

    async def _part(self, reader: Reader) -> Part:
        return await self._named(reader.text_or_bytes())

    async def _named(self, table: str) -> Part:
        schema = await self._definitions.key_schema(table)
        return Part(table, await self._definitions.cached_as(table), schema)

    async def _next_part(self, reader: Reader, tables: Payload) -> Part:
        """The next part of a batch that has these tables so far."""
        part = await self._part(reader)
        if part.table in tables:
            # The service would get only the last one, but the cache would trust all of them.
            raise MalformedCbor("a batch names a table twice")
        return part

    async def _item(self, key: Item, data: bytes) -> Item:
        reader = Reader(data)
        names = await self._definitions.list_names(reader.integer())
        await _give_way(1, data)
        if not key.keys().isdisjoint(names):
            # It would be written under one key, and cached as the item of another.
            raise MalformedCbor("an item's attributes have its key, which comes by itself")
        return {**key, **read_item(reader, names)}


async def _give_way(number: int, *parts: Any) -> None:
    """Let other requests take their turn, if many parts of the request were read before, or these
    are long."""
    if number & 127 == 127 or any(isinstance(each, bytes) and len(each) > _LONG for each in parts):
        await asyncio.sleep(0)


# --- Parameters that methods share --------------------------------------------------------------


def _write(name: str, payload: Payload, part: Part, options: dict[int, Any]) -> ServiceCall:
    writer = ExpressionWriter()
    if _UPDATE in options:
        payload["UpdateExpression"] = writer.update(_bytes(options[_UPDATE]))
    if _CONDITION in options:
        payload["ConditionExpression"] = writer.condition(_bytes(options[_CONDITION]))
    _placeholders(writer, payload)
    if _RETURN in options:
        payload["ReturnValues"] = _choice(_RETURN_VALUES, options[_RETURN])
    _capacity(options, payload)
    _collections(options, payload)
    return ServiceCall(name, payload, [part])


def _page(
    name: str, payload: Payload, part: Part, options: dict[int, Any], writer: ExpressionWriter
) -> ServiceCall:
    if _INDEX in options:
        payload["IndexName"] = _name(options[_INDEX])
    if _FILTER in options:
        payload["FilterExpression"] = writer.condition(_bytes(options[_FILTER]))
    if options.get(_SELECT, _NO_SELECT) != _NO_SELECT:
        payload["Select"] = _choice(_SELECTS, options[_SELECT])
    for option, member in ((_LIMIT, "Limit"), (_SEGMENT, "Segment"), (_SEGMENTS, "TotalSegments")):
        if option in options:
            payload[member] = _integer(options[option])
    if _FORWARD in options:
        payload["ScanIndexForward"] = _flag(options, _FORWARD)
    consistent = _flag(options, _CONSISTENT)
    if consistent:
        payload["ConsistentRead"] = True
    if options.get(_START) is not None:
        payload["ExclusiveStartKey"] = _start_key(_bytes(options[_START]), part, payload)
    _capacity(options, payload)
    _project(part, options.get(_PROJECTION), payload, writer)
    return ServiceCall(name, payload, [part], consistent)


def _start_key(data: bytes, part: Part, payload: Payload) -> Item:
    if "IndexName" not in payload:
        return key_of(data, part.schema)
    return read_members(Reader(data))


def _project(part: Part, projection: Any, payload: Payload, writer: ExpressionWriter) -> None:
    """Have the payload request the attributes that contain the paths of a projection."""
    if projection is not None:
        part.paths = projection_paths(_bytes(projection))
        whole = ExpressionWriter()
        text = whole.projection(part.paths)
        # Errors are reported for the paths, not for the attributes that are requested.
        led_into = compile_projection(text, Placeholders(whole.names or None)).led_into
        for name in part.schema.names:  # a cache does not know indexes
            if name in led_into:
                raise ValidationException(f"{KEYS_ARE_SCALARS}Key: {name}")
        tops = dict.fromkeys(parts[:1] for parts in part.paths)
        payload["ProjectionExpression"] = writer.projection(list(tops))
    _placeholders(writer, payload)


def _placeholders(writer: ExpressionWriter, payload: Payload) -> None:
    names = writer.names
    if names:
        payload["ExpressionAttributeNames"] = names
    if writer.values:
        payload["ExpressionAttributeValues"] = writer.values


def _capacity(options: dict[int, Any], payload: Payload) -> None:
    if _CAPACITY in options:
        payload["ReturnConsumedCapacity"] = _choice(_CAPACITIES, options[_CAPACITY])


def _collections(options: dict[int, Any], payload: Payload) -> None:
    if _COLLECTIONS in options:
        payload["ReturnItemCollectionMetrics"] = _choice(_COLLECTION_METRICS, options[_COLLECTIONS])


def _options(reader: Reader) -> dict[int, Any]:
    """Optional parameters by their numbers; if one comes twice, the last counts."""
    found = reader.value()
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(key in _OPTIONS for key in found):
        raise MalformedCbor("a request has parameters that are not known")
    return found


def _flag(options: dict[int, Any], option: int) -> bool:
    """A boolean, which some methods send as 0 or 1."""
    value = options.get(option, False)
    if value not in (0, 1):
        raise MalformedCbor("a boolean is missing")
    return bool(value)


def _choice(choices: dict[int, str], value: Any) -> str:
    chosen = choices.get(value) if type(value) is int else None
    if chosen is None:
        raise MalformedCbor("a parameter has a value that is not known")
    return chosen


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise MalformedCbor("an integer is missing")
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise MalformedCbor("a byte string is missing")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedCbor("an array is missing")
    return value


def _name(value: Any) -> str:
    """Text, as a text string or as its bytes."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise MalformedCbor("a text is not UTF-8") from None
    if not isinstance(value, str):
        raise MalformedCbor("a string is missing")
    return value


def _triple(value: Any) -> tuple[bool, Any, list[Any]]:
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[0], bool | None):
        raise MalformedCbor("a table of a batch has to have three parameters")
    return bool(value[0]), value[1], _list(value[2])


def _rows(first: list[Any], *columns: Any) -> list[tuple[Any, ...]]:
    """The rows of a table of columns, of which all but the first may be null."""
    filled = [first]
    for column in columns:
        filled.append([None] * len(first) if column is None else _list(column))
        if len(filled[-1]) != len(first):
            raise MalformedCbor("the arrays of a transaction differ in length")
    return list(zip(*filled, strict=True))
