"""BatchGetItem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from jedlik.base.errors import ResourceNotFoundException, ServiceError, ValidationException
from jedlik.base.limits import MAX_BATCH_GET_KEYS, MAX_BATCH_GET_SIZE, MIB
from jedlik.base.places import Caller, Place
from jedlik.base.turns import Turns
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.capacity.units import Consumption, read_units
from jedlik.services.dynamodb.database.database import LONG_BATCH, LONG_READ, Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.parameters import check_one_language
from jedlik.services.dynamodb.expressions.projection import Projection
from jedlik.services.dynamodb.items.bills import pay_read
from jedlik.services.dynamodb.operations.items.answers import consumed_capacities, projected
from jedlik.services.dynamodb.operations.items.expression_parameters import only_projection
from jedlik.storage.engine import Value
from jedlik.values.attribute import Key
from jedlik.values.canonical import canonical_item
from jedlik.values.stored import size_of

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import BatchGetItemInput

_DUPLICATES = "Provided list of item keys contains duplicates"
_FIRST_KEYS: Final = 10
"""Keys that are read before any sizes of items are known: 27 MB at most."""
_PIECE: Final = 2 * MIB
"""Stored bytes that are read together after those."""
_LARGE: Final = 4096
"""Stored bytes of an item after which to check whether other requests have waited long enough."""
_MAX_ANSWER: Final = 3 * MAX_BATCH_GET_SIZE
"""Bytes of items in an answer. Their text is longer than the size that counts towards the 16 MB:
usually twice for numbers, and seven times for lists of NULL."""


class _Part(NamedTuple):
    """The request's part for one table; `name` is as in the request."""

    name: str
    request: Payload
    table: OpenTable
    projection: Projection | None
    keys: list[bytes]
    consistent: bool


async def batch_get_item(
    database: Database, payload: BatchGetItemInput, caller: Caller | None = None
) -> Body:
    """Up to 100 items of any tables; small ones from one snapshot.

    Keys whose items would make the answer larger than 16 MB, or for which capacity does not
    suffice, are returned in UnprocessedKeys; if it suffices for none of them, that is an error.
    """
    requests = payload["RequestItems"]
    if sum([len(request["Keys"]) for request in requests.values()]) > MAX_BATCH_GET_KEYS:
        raise ValidationException("Too many items requested for the BatchGetItem call")
    check_one_language("BatchGetItem", requests.values())
    projections = [only_projection("BatchGetItem", request) for request in requests.values()]
    try:
        parts = [
            await _part(database, name, request, projection)
            for (name, request), projection in zip(requests.items(), projections, strict=True)
        ]
    except ResourceNotFoundException:
        for request in requests.values():
            _check_keys(request["Keys"])  # errors of the keys themselves come first
        raise
    consistent = any(part.consistent for part in parts)
    with Place(database.long_reads, caller) as place:
        values = await _values(database, parts, consistent, place)
        if values is not None:
            return await _answer(payload, parts, values)
    async with database.long_batches.taken(caller):  # while waiting, no items are in memory
        values = await _values(database, parts, consistent, None)
        return await _answer(payload, parts, values or [])


async def _part(
    database: Database, name: str, request: Payload, projection: Projection | None
) -> _Part:
    table = await database.table(name)
    keys = [table.key_of(key) for key in request["Keys"]]
    if len(set(keys)) < len(keys):
        raise ValidationException(_DUPLICATES)
    if projection is not None and projection.led_into:
        table.check_paths(projection.led_into)
    return _Part(name, request, table, projection, keys, bool(request.get("ConsistentRead")))


def _check_keys(keys: list[Key]) -> None:
    """The checks of keys that need no table."""
    for key in keys:
        canonical_item(key)
    if len({orjson.dumps(key, option=orjson.OPT_SORT_KEYS) for key in keys}) < len(keys):
        raise ValidationException(_DUPLICATES)


async def _values(
    database: Database, parts: list[_Part], consistent: bool, place: Place | None
) -> list[Value] | None:
    """The stored items, in the order of the keys: read in pieces, with other requests served in
    between, and only as many as fit into an answer. None if they are too long for a `place`."""
    keys = [key for part in parts for key in part.keys]
    tables = [part.table for part in parts]
    values: list[Value] = []
    turns = Turns()
    count, size, held = _FIRST_KEYS, 0, 0
    while size <= MAX_BATCH_GET_SIZE:
        some = keys[len(values) : len(values) + count]
        version, *found = await database.reader(consistent).read((CATALOG_VERSION, *some))
        database.catalog.check(version, *tables)
        values += found
        held += sum([len(value) for value in found if value is not None])
        if place is not None and held > LONG_READ:
            if held > LONG_BATCH:
                return None
            if not (place.is_taken or await place.keep(found, values)):
                count, size, held = _FIRST_KEYS, 0, 0
                continue
        if len(values) == len(keys):
            break
        size += sum([size_of(value) for value in found if value is not None])
        count = max(1, _PIECE * len(values) // max(1, held))
        if turns.over:
            await turns.give_way()
    return values


async def _answer(payload: Payload, parts: list[_Part], values: list[Value]) -> Body:
    """The answer; keys without values are unprocessed. Raises the first refusal if every key was
    refused."""
    answer = _Answer(values)
    for part in parts:
        await answer.add(part)
    refusals = answer.refusals
    if refusals and len(refusals) == sum(len(part.keys) for part in parts):
        raise refusals[0]
    return answer.body(payload)


class _Answer:
    """An answer that grows part by part, until it is full. Takes the `values` of all parts, in the
    order of their keys, and drops each of them once it is written."""

    __slots__ = ("_consumptions", "_left", "_pieces", "_room", "_turns", "_unprocessed",
                 "_values", "refusals")  # fmt: skip

    def __init__(self, values: list[Value]) -> None:
        values.reverse()
        self._values = values
        self._room = MAX_BATCH_GET_SIZE  # in bytes of the service's accounting
        self._left = _MAX_ANSWER  # in bytes of text
        self._pieces: list[bytes] = []
        self._unprocessed: dict[str, Any] = {}
        self._consumptions: list[tuple[str, Consumption]] = []
        self.refusals: list[ServiceError] = []
        self._turns = Turns()

    async def add(self, part: _Part) -> None:
        """Add a part's items, and to UnprocessedKeys those of its keys that found no room or no
        capacity."""
        pieces = self._pieces
        pieces.append((b"," if pieces else b"") + orjson.dumps(part.name) + b":[")
        values, separator, unprocessed = self._values, b"", []
        consumption = Consumption()
        for wire_key, key in zip(part.request["Keys"], part.keys, strict=True):
            stored = values.pop() if values else None
            size = 0 if stored is None else size_of(stored)
            if self._room < size or self._left < 0:
                self._close()
                unprocessed.append(wire_key)
                continue
            refused = _pay(part, wire_key, key, size, consumption)
            if refused is not None:
                self.refusals.append(refused)
                unprocessed.append(wire_key)
                continue
            self._room -= size
            if stored is not None:
                item = projected(stored, part.projection)
                pieces += (separator, item)
                separator = b","
                self._left -= len(item)
                if len(stored) > _LARGE and self._turns.over:
                    await self._turns.give_way()
        pieces.append(b"]")
        self._consumptions.append((part.name, consumption))
        part.table.meter.count_reads(consumption, "BatchGetItem")
        if unprocessed:
            self._unprocessed[part.name] = {**part.request, "Keys": unprocessed}

    def _close(self) -> None:
        """Take no more items, however small, and drop those that are left."""
        self._values.clear()
        self._room = -1

    def body(self, payload: Payload) -> Body:
        """The whole answer, joined once: it may be tens of megabytes."""
        capacities = consumed_capacities(payload, self._consumptions)
        rest = orjson.dumps({"UnprocessedKeys": self._unprocessed, **capacities})
        return b"".join((b'{"Responses":{', *self._pieces, b"},", rest[1:]))


def _pay(
    part: _Part, wire_key: Key, key: bytes, size: int, consumption: Consumption
) -> ServiceError | None:
    """Pay for an item of `size` bytes and count it, or return the client's error if there is no
    capacity."""
    units = read_units(size, consistent=part.consistent)
    table = part.table
    if table.budget is not None:
        refused = pay_read(table.budget, key, units)
        if refused is not None:
            return refused
    consumption.table += units
    contributors = table.meter.contributors
    if contributors is not None and contributors.due():
        contributors.count_use(wire_key, units)
    return None
