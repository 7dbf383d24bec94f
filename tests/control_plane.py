"""A database on the memory engine, for tests that call operations without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import orjson
import pytest

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.base.ids import RandomIds
from jedlik.crypto.root_key import RootKey
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.background.background import table_jobs
from jedlik.services.dynamodb.capacity.budgets import COUNTED, CapacityMode
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.settings import DatabaseSettings
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.storage.memory import MemoryEngine
from jedlik.values.keybytes import successor
from tests.simulated_clock import SimulatedClock

Payload = dict[str, Any]
ResultT = TypeVar("ResultT")

INVALID = "One or more parameter values were invalid: "


class ControlPlane:
    """Calls operations as a dispatcher does, and moves the clock."""

    root_key: RootKey | None = None
    """The root key of databases from the next restart on."""

    def __init__(
        self,
        transition_seconds: float = 0.0,
        capacity: CapacityMode = COUNTED,
        quotas: Quotas | None = None,
    ) -> None:
        self.clock = SimulatedClock(1_700_000_000.25)
        self.woken = 0
        self._runner = asyncio.Runner()
        self._transition_seconds = transition_seconds
        self._capacity: CapacityMode = capacity
        self._quotas = quotas
        self._engine = self.run(_engine())
        self.restart()

    def restart(self) -> None:
        """Forget everything but the store, as a new process does."""
        self.database = Database(
            self._engine,
            self.clock,
            RandomIds(),
            settings=DatabaseSettings(
                self._transition_seconds,
                root_key=self.root_key,
                capacity=self._capacity,
                quotas=self._quotas,
            ),
        )
        self.database.wake_workers = self._wake

    def _wake(self) -> None:
        self.woken += 1

    def close(self) -> None:
        self._runner.close()

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run a coroutine to its end on this database's event loop."""
        return self._runner.run(coroutine)

    def run_jobs(self) -> None:
        """Do all work of tables and streams that is due now, in a process that then ends."""

        async def run() -> None:
            jobs = table_jobs(self.database)
            await jobs.run_once()
            await jobs.stop()

        self.run(run())

    def call(self, operation: str, **payload: Any) -> Payload:
        """The answer to an operation, repeated while it finds the catalog changed."""
        wire = orjson.dumps(payload)
        while True:
            try:
                body = self.run(OPERATIONS[operation](self.database, orjson.loads(wire)))
            except CatalogChanged:
                continue
            # Some answers are empty.
            answer: Payload = orjson.loads(
                body or b"{}" if isinstance(body, bytes) else orjson.dumps(body)
            )
            return answer

    def refusal(self, operation: str, **payload: Any) -> ServiceError:
        """The error an operation answers with."""
        with pytest.raises(ServiceError) as raised:
            self.call(operation, **payload)
        return raised.value

    def invalid(self, operation: str, **payload: Any) -> str:
        """The text of the ValidationException an operation answers with, without its head."""
        error = self.refusal(operation, **payload)
        assert type(error) is ValidationException
        return error.message.removeprefix(INVALID)

    def pass_seconds(self, seconds: float) -> None:
        """Advance the clock, and settle consumed capacity with the store."""
        self.clock.advance(seconds)
        self.run(self.database.budgets.exchange.settle())

    def store_is_empty_under(self, prefix: bytes) -> bool:
        """Whether no key begins with `prefix`; may be called while the loop runs."""
        coroutine = self._engine.range(prefix, successor(prefix), limit=1)
        try:
            coroutine.send(None)
        except StopIteration as done:
            return not done.value.rows
        raise AssertionError("reads of the memory engine never suspend")

    def put(self, *items: dict[str, dict[str, Any]], table: str = "music") -> None:
        """Put items in wire form."""
        for item in items:
            self.call("PutItem", TableName=table, Item=item)

    def table(self, name: str = "music") -> Payload:
        """The answer of DescribeTable."""
        described: Payload = self.call("DescribeTable", TableName=name)["Table"]
        return described


async def _engine() -> MemoryEngine:
    return MemoryEngine()


def keys(*names: str) -> list[dict[str, str]]:
    """A KeySchema: `pk` is a HASH, `/sk` a RANGE attribute."""
    return [
        {"AttributeName": name.lstrip("/"), "KeyType": "RANGE" if name[0] == "/" else "HASH"}
        for name in names
    ]


def attributes(*names: str) -> list[dict[str, str]]:
    """AttributeDefinitions: `pk` is a string, `n:N` a number."""
    parts = [name.partition(":") for name in names]
    return [{"AttributeName": name, "AttributeType": kind or "S"} for name, _, kind in parts]


def units(read: int, write: int) -> dict[str, int]:
    """A ProvisionedThroughput."""
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def index(name: str, *key_names: str, kind: str | None = "ALL", **members: Any) -> Payload:
    """A secondary index."""
    projection = {} if kind is None else {"ProjectionType": kind}
    included = members.pop("include", None)
    if included is not None:
        projection = {**projection, "NonKeyAttributes": included}
    return {
        "IndexName": name,
        "KeySchema": keys(*key_names),
        "Projection": projection,
        **members,
    }


def on_demand(name: str = "music", *key_names: str, **members: Any) -> Payload:
    """A CreateTable request for an on-demand table; the key is `pk` by default."""
    chosen = key_names or ("pk",)
    return {
        "TableName": name,
        "AttributeDefinitions": attributes(*(key.lstrip("/") for key in chosen)),
        "KeySchema": keys(*chosen),
        "BillingMode": "PAY_PER_REQUEST",
        **members,
    }


def provisioned(name: str = "music", *key_names: str, **members: Any) -> Payload:
    """A CreateTable request for a table with 5 read and 6 write units."""
    request = on_demand(name, *key_names)
    del request["BillingMode"]
    return {**request, "ProvisionedThroughput": units(5, 6), **members}


def update(plane: ControlPlane, **members: Any) -> Payload:
    """What UpdateTable answers for the table `music`."""
    description: Payload = plane.call("UpdateTable", TableName="music", **members)[
        "TableDescription"
    ]
    return description
