"""A cluster in front of a database, without a server, called with raw bytes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import orjson

from jedlik.base.errors import ServiceError
from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.cache import TimesToLive
from jedlik.dax.cluster import Cluster
from jedlik.dax.errors import DaxError
from jedlik.dax.wire import cbor, methods
from jedlik.dax.wire.cbor import Reader
from jedlik.dax.wire.methods import Method
from jedlik.dax.wire.values import (
    KeySchema,
    item_bytes,
    key_bytes,
    other_names,
    read_item,
    value_bytes,
)
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from tests.control_plane import ControlPlane
from tests.unit.dax.requesting import request

SCHEMA = KeySchema(("p", "s"), ("S", "S"))
Item = dict[str, Any]
OWNER = "somebody"


def thing(p: str, s: str = "s", **others: str) -> Item:
    return {name: {"S": text} for name, text in {"p": p, "s": s, **others}.items()}


class PlainBackend:
    """The operations themselves. `calls` are their names; `hold` keeps the next one waiting, and
    `failure` makes it fail when it is done or instead."""

    def __init__(self, plane: ControlPlane) -> None:
        self._database = plane.database
        self.calls: list[str] = []
        self.payloads: list[Payload] = []
        self.hold: asyncio.Event | None = None
        self.held = asyncio.Event()
        self.failure: DaxError | None = None

    async def call(
        self, operation: str, payload: Payload, _hold: AsyncExitStack | None = None
    ) -> dict[str, Any]:
        hold = failure = None
        if operation != "DescribeTable":
            self.calls.append(operation)
            self.payloads.append(payload)
            hold, self.hold = self.hold, None
            failure, self.failure = self.failure, None
        try:
            checked = checker_for(operation)(orjson.loads(orjson.dumps(payload)))
            body = await OPERATIONS[operation](self._database, checked)
        except ServiceError as error:
            details = orjson.loads(orjson.dumps(error.details))
            raise DaxError(error.code(), error.message, error.status, details) from None
        if hold is not None:
            self.held.set()
            await hold.wait()
        if failure is not None:
            raise failure
        return orjson.loads(body) if isinstance(body, bytes) else body


class Caching:
    """A table `tab` with the key (p, s), and a cluster in front of it."""

    def __init__(
        self, plane: ControlPlane, lives: TimesToLive | None = None, memory: int = 1 << 20
    ) -> None:
        self.plane = plane
        self.backend = PlainBackend(plane)
        plane.run(
            self.backend.call(
                "CreateTable",
                {
                    "TableName": "tab",
                    "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [
                        {"AttributeName": "p", "KeyType": "HASH"},
                        {"AttributeName": "s", "KeyType": "RANGE"},
                    ],
                    "AttributeDefinitions": [
                        {"AttributeName": each, "AttributeType": "S"} for each in "ps"
                    ],
                },
            )
        )
        self.backend.calls.clear()
        lists = AttributeLists(plane.database)
        self.cluster = Cluster(
            "test", self.backend, lists, plane.clock, memory, lives or TimesToLive()
        )

    @property
    def calls(self) -> list[str]:
        """The operations that the database was asked for since the last look."""
        calls, self.backend.calls = self.backend.calls, []
        return calls

    async def ask(self, method: Method, *arguments: bytes) -> Any:
        """The answer, without the empty array in front of it, as Python has it."""
        raw = request(method, *arguments)
        call = await self.cluster.read(method, Reader(raw, len(method.head)), OWNER)
        reply = await self.cluster.operate(method, call, raw)
        reader = Reader(reply)
        assert reader.value() == []
        answer = [reader.value() for _ in iter(lambda: reader.at_end, True)]
        return answer[0] if len(answer) == 1 else answer

    async def item_of(self, value: bytes | None, key: Item) -> Item | None:
        """An item as the API has it, from its bytes in an answer."""
        if value is None:
            return None
        reader = Reader(value)
        names = await self.cluster._tables.list_names(reader.integer())
        return {**key, **read_item(reader, names)}

    async def get(
        self, p: str, s: str = "s", *, consistent: bool = False, table: str = "tab"
    ) -> Item | None:
        """GetItem."""
        key = thing(p, s)
        options = cbor.mapping([(cbor.integer(2), cbor.TRUE)]) if consistent else cbor.NULL
        answer = await self.ask(methods.GET_ITEM, cbor.text(table), wire_key(key), options)
        return await self.item_of((answer or {}).get(0), key)

    async def put(self, item: Item, options: bytes = cbor.NULL, table: str = "tab") -> Any:
        """PutItem."""
        names = other_names(item, SCHEMA)
        value = item_bytes(item, names, await self.cluster._tables.list_id(names, OWNER))
        return await self.ask(
            methods.PUT_ITEM, cbor.text(table), wire_key(item), cbor.byte_string(value), options
        )

    async def delete(self, p: str, s: str = "s") -> Any:
        """DeleteItem."""
        return await self.ask(methods.DELETE_ITEM, TABLE, wire_key(thing(p, s)), cbor.NULL)

    async def update(self, p: str, name: str, value: str, returned: int | None = None) -> Any:
        """UpdateItem that sets one attribute."""
        tree = cbor.array([path_action(name)])
        update = cbor.array([cbor.integer(1), tree, cbor.array([value_bytes({"S": value})])])
        pairs = [(cbor.integer(8), cbor.byte_string(update))]
        if returned is not None:
            pairs.append((cbor.integer(7), cbor.integer(returned)))
        return await self.ask(methods.UPDATE_ITEM, TABLE, wire_key(thing(p)), cbor.mapping(pairs))

    async def query(self, p: str, *, consistent: bool = False) -> list[str]:
        """The sort keys that a Query of a partition finds."""
        path = cbor.array([cbor.integer(18), cbor.text("p")])
        value = cbor.array([cbor.integer(17), cbor.integer(0)])
        tree = cbor.array([cbor.integer(0), path, value])
        condition = cbor.array([cbor.integer(1), tree, cbor.array([cbor.text(p)])])
        options = cbor.mapping([(cbor.integer(2), cbor.integer(int(consistent)))])
        answer = await self.ask(methods.QUERY, TABLE, cbor.byte_string(condition), options)
        return [Reader(key).value() + key[2:].decode() for key, _ in answer[7]]

    async def behind(self, operation: str, **payload: Any) -> Any:
        """Do something to the table that the cluster does not see."""
        body = await OPERATIONS[operation](self.plane.database, {"TableName": "tab", **payload})
        return orjson.loads(body) if isinstance(body, bytes) else body


TABLE = cbor.byte_string(b"tab")


def wire_key(item: Item) -> bytes:
    return cbor.byte_string(key_bytes(item, SCHEMA))


def path_action(name: str) -> bytes:
    path = cbor.array([cbor.integer(18), cbor.text(name)])
    return cbor.array([cbor.integer(19), path, cbor.array([cbor.integer(17), cbor.integer(0)])])
