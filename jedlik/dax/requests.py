"""Requests of DAX's protocol: from their arguments to the service's own parameters.

The result is a payload like the JSON of the service's API, so that everything that is checked there
is checked here too. For a projection only the top-level attributes are requested: the answer to a
client has the value of each path by its number, which could not be found in projected lists and
maps.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.dax.arguments import (
    OPTIONS,
    array,
    byte_string,
    choice,
    flag,
    integer,
    read_options,
    rows,
    table_request,
    text,
)
from jedlik.dax.calls import Part, Payload, ServiceCall
from jedlik.dax.definitions import Definitions
from jedlik.dax.wire.cbor import MalformedCbor, Reader
from jedlik.dax.wire.expressions import ExpressionWriter, projection_paths
from jedlik.dax.wire.values import key_of, read_item, read_members
from jedlik.services.dynamodb.database.open_table import KEYS_ARE_SCALARS
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.projection import compile_projection
from jedlik.values.attribute import Item

(
    _PROJECTION, _NAMES, _CONSISTENT, _CAPACITY, _CONDITION, _VALUES, _COLLECTIONS, _RETURN,
    _UPDATE, _START, _FILTER, _INDEX, _KEY_CONDITION, _LIMIT, _FORWARD, _SELECT, _SEGMENT,
    _SEGMENTS, _ITEMS, _TOKEN,
) = OPTIONS  # fmt: skip

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


class RequestReader:
    """Reads the arguments of methods. Everything raises `MalformedCbor`, and the service's errors
    for invalid values, expressions and tables."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    async def get_item(self, reader: Reader) -> ServiceCall:
        """(table, key, options)"""
        part, payload = await self._keyed(reader)
        options = read_options(reader)
        consistent = flag(options, _CONSISTENT)
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
        return _write("PutItem", payload, part, read_options(reader))

    async def delete_item(self, reader: Reader) -> ServiceCall:
        """(table, key, options)"""
        part, payload = await self._keyed(reader)
        return _write("DeleteItem", payload, part, read_options(reader))

    async def update_item(self, reader: Reader) -> ServiceCall:
        """(table, key, options)"""
        part, payload = await self._keyed(reader)
        return _write("UpdateItem", payload, part, read_options(reader))

    async def query(self, reader: Reader) -> ServiceCall:
        """(table, key condition or null, options)"""
        part = await self._part(reader)
        writer = ExpressionWriter()
        payload: Payload = {"TableName": part.table}
        if not reader.is_null():
            payload["KeyConditionExpression"] = writer.condition(reader.bytes())
        return _page("Query", payload, part, read_options(reader), writer)

    async def scan(self, reader: Reader) -> ServiceCall:
        """(table, options)"""
        part = await self._part(reader)
        payload: Payload = {"TableName": part.table}
        return _page("Scan", payload, part, read_options(reader), ExpressionWriter())

    async def batch_get_item(self, reader: Reader) -> ServiceCall:
        """({table: [consistent, projection or null, [keys]]}, options)"""
        tables: Payload = {}
        parts, consistent = [], False
        left = reader.map_length()
        while reader.more(left):
            left -= left > 0
            part = await self._next_part(reader, tables)
            reads_consistently, projection, keys = table_request(reader.value())
            consistent = consistent or reads_consistently
            request: Payload = {}
            for number, key in enumerate(keys):
                part.add(key_of(byte_string(key), part.schema))
                await _give_way(number)
            request["Keys"] = part.keys
            if reads_consistently:
                request["ConsistentRead"] = True
            _project(part, projection, request, ExpressionWriter())
            parts.append(part)
            tables[part.table] = request
        payload: Payload = {"RequestItems": tables}
        _capacity(read_options(reader), payload)
        return ServiceCall("BatchGetItem", payload, parts, consistent)

    async def batch_write_item(self, reader: Reader) -> ServiceCall:
        """({table: [key, item or null, ...]}, options)"""
        tables: Payload = {}
        parts = []
        left = reader.map_length()
        while reader.more(left):
            left -= left > 0
            part = await self._next_part(reader, tables)
            pairs, requests = array(reader.value()), []
            if len(pairs) % 2:
                raise MalformedCbor("a key of a batch has no item beside it")
            for at in range(0, len(pairs), 2):
                key = key_of(byte_string(pairs[at]), part.schema)
                await _give_way(at)
                if pairs[at + 1] is None:
                    part.add(key)
                    requests.append({"DeleteRequest": {"Key": key}})
                else:
                    item = await self._item(key, byte_string(pairs[at + 1]))
                    part.add(key, item)
                    requests.append({"PutRequest": {"Item": item}})
            parts.append(part)
            tables[part.table] = requests
        payload: Payload = {"RequestItems": tables}
        options = read_options(reader)
        _capacity(options, payload)
        _collections(options, payload)
        return ServiceCall("BatchWriteItem", payload, parts)

    async def transact_get_items(self, reader: Reader) -> ServiceCall:
        """([tables], [keys], [projections or null] or null, options)"""
        tables, keys, projections = (reader.value() for _ in range(3))
        parts: list[Part] = []
        gets: list[Payload] = []
        for table, key, projection in rows(array(tables), keys, projections):
            part = await self._named(text(table))
            await _give_way(len(gets), projection)
            part.add(key_of(byte_string(key), part.schema))
            get: Payload = {"TableName": part.table, "Key": part.keys[0]}
            _project(part, projection, get, ExpressionWriter())
            parts.append(part)
            gets.append({"Get": get})
        payload: Payload = {"TransactItems": gets}
        _capacity(read_options(reader), payload)
        return ServiceCall("TransactGetItems", payload, parts, consistent=True)

    async def transact_write_items(self, reader: Reader) -> ServiceCall:
        """([operations], [tables], [keys], [items], null, [on failure], [conditions], [updates],
        options)"""
        operations, *columns = (reader.value() for _ in range(8))
        parts: list[Part] = []
        actions: list[Payload] = []
        for row in rows(array(operations), *columns):
            operation, table, key, item, _, on_failure, condition, update = row
            part = await self._named(text(table))
            kind = choice(_ACTIONS, operation)
            found = key_of(byte_string(key), part.schema)
            action: Payload = {"TableName": part.table}
            if kind == "Put":
                action["Item"] = await self._item(found, byte_string(item))
            else:
                action["Key"] = found
            part.add(found, action.get("Item"))
            writer = ExpressionWriter()
            if update is not None:
                action["UpdateExpression"] = writer.update(byte_string(update))
            if condition is not None:
                action["ConditionExpression"] = writer.condition(byte_string(condition))
            _placeholders(writer, action)
            if on_failure is not None:
                action["ReturnValuesOnConditionCheckFailure"] = choice(_ON_FAILURE, on_failure)
            parts.append(part)
            await _give_way(len(actions), update, condition)
            actions.append({kind: action})
        payload: Payload = {"TransactItems": actions}
        options = read_options(reader)
        _capacity(options, payload)
        _collections(options, payload)
        if _TOKEN in options:
            payload["ClientRequestToken"] = text(options[_TOKEN])
        return ServiceCall("TransactWriteItems", payload, parts)

    async def _part(self, reader: Reader) -> Part:
        return await self._named(reader.text_or_bytes())

    async def _keyed(self, reader: Reader) -> tuple[Part, Payload]:
        """The part of a request for one item, which begins with table and key, and its payload."""
        part = await self._part(reader)
        part.add(key_of(reader.bytes(), part.schema))
        return part, {"TableName": part.table, "Key": part.keys[0]}

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
        payload["UpdateExpression"] = writer.update(byte_string(options[_UPDATE]))
    if _CONDITION in options:
        payload["ConditionExpression"] = writer.condition(byte_string(options[_CONDITION]))
    _placeholders(writer, payload)
    if _RETURN in options:
        payload["ReturnValues"] = choice(_RETURN_VALUES, options[_RETURN])
    _capacity(options, payload)
    _collections(options, payload)
    return ServiceCall(name, payload, [part])


def _page(
    name: str, payload: Payload, part: Part, options: dict[int, Any], writer: ExpressionWriter
) -> ServiceCall:
    if _INDEX in options:
        payload["IndexName"] = text(options[_INDEX])
    if _FILTER in options:
        payload["FilterExpression"] = writer.condition(byte_string(options[_FILTER]))
    if options.get(_SELECT, _NO_SELECT) != _NO_SELECT:
        payload["Select"] = choice(_SELECTS, options[_SELECT])
    for option, member in ((_LIMIT, "Limit"), (_SEGMENT, "Segment"), (_SEGMENTS, "TotalSegments")):
        if option in options:
            payload[member] = integer(options[option])
    if _FORWARD in options:
        payload["ScanIndexForward"] = flag(options, _FORWARD)
    consistent = flag(options, _CONSISTENT)
    if consistent:
        payload["ConsistentRead"] = True
    if options.get(_START) is not None:
        payload["ExclusiveStartKey"] = _start_key(byte_string(options[_START]), part, payload)
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
        part.paths = projection_paths(byte_string(projection))
        whole = ExpressionWriter()
        projected = whole.projection(part.paths)
        # Errors are reported for the paths, not for the attributes that are requested.
        led_into = compile_projection(projected, Placeholders(whole.names or None)).led_into
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
        payload["ReturnConsumedCapacity"] = choice(_CAPACITIES, options[_CAPACITY])


def _collections(options: dict[int, Any], payload: Payload) -> None:
    if _COLLECTIONS in options:
        payload["ReturnItemCollectionMetrics"] = choice(_COLLECTION_METRICS, options[_COLLECTIONS])
