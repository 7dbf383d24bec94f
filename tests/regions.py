"""Regions of one process, for tests of replication: their clocks and the network are simulated."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import orjson

from jedlik.base.ids import RandomIds
from jedlik.kernel.arns import Arns
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import REPLICATION_LOG
from jedlik.kernel.leases import Lease, acquire
from jedlik.services.dynamodb.background.background import table_jobs
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.operations.global_tables.control import handle
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.recording.versions import ItemVersion, decode_version
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Greeting,
    LinkDown,
    Receipt,
    Welcome,
)
from jedlik.services.dynamodb.replication.local_link import LocalLink
from jedlik.services.dynamodb.replication.membership import upkeep_job
from jedlik.services.dynamodb.replication.sending import Progress, TableSender
from jedlik.services.dynamodb.tables.replicas import Replica, Replication
from jedlik.storage.memory import MemoryEngine
from tests.control_plane import on_demand
from tests.simulated_clock import SimulatedClock

ResultT = TypeVar("ResultT")
Wire = dict[str, dict[str, Any]]
TABLE = "music"


class Network:
    """Delivers messages; `late` are batches still in transit."""

    def __init__(self) -> None:
        self.cut: set[tuple[str, str]] = set()
        self.fate = "deliver"
        self.late: list[tuple[str, Batch]] = []


class SimulatedLink(LocalLink):
    """The link from one region to another over the simulated network."""

    def __init__(self, origin: str, target: Region, network: Network) -> None:
        super().__init__(target.database, handle)
        self._way = (origin, target.name)
        self._target = target
        self._network = network

    async def control(self, message: dict[str, Any]) -> dict[str, Any]:
        self.database = self._target.database
        if self._way in self._network.cut:
            raise LinkDown("cut")
        return await super().control(message)

    async def greet(self, greeting: Greeting) -> Welcome:
        self.database = self._target.database
        if self._way in self._network.cut:
            raise LinkDown("cut")
        return await super().greet(greeting)

    async def send(self, batch: Batch) -> Receipt:
        network = self._network
        self.database = self._target.database
        if self._way in network.cut or network.fate == "lose":
            raise LinkDown("lost")
        if network.fate == "late":
            network.late.append((self._target.name, batch))
            raise LinkDown("no answer yet")
        receipt = await super().send(batch)
        if network.fate == "twice":
            await super().send(batch)
        if network.fate == "unanswered":
            raise LinkDown("no answer")
        return receipt


class Region:
    """One region: a store that outlives its process."""

    def __init__(self, name: str, clock: SimulatedClock) -> None:
        self.name = name
        self.clock = clock
        self.engine = MemoryEngine()
        self.filled: list[tuple[str, str]] = []
        self.restart()

    def copy(self) -> MemoryEngine:
        """A copy of the current store."""
        copy = MemoryEngine()
        copy._values, copy._keys = dict(self.engine._values), list(self.engine._keys)
        return copy

    def restart(self, store: MemoryEngine | None = None) -> None:
        """Forget everything but the store, or use a copy's instead."""
        self.engine = store or self.engine
        self.database = Database(self.engine, self.clock, RandomIds(), Arns(region=self.name))
        self.senders: dict[str, TableSender] = {}
        self.lease: Lease | None = None

    async def note_filled(self, table: str, region: str) -> None:
        self.filled.append((table, region))

    async def held(self) -> Lease:
        if self.lease is None:
            now = self.clock.now()
            owner = self.database.ids.uuid()
            self.lease = await acquire(
                self.engine, "replication", owner, now, 10**9, lambda _owner: True
            )
        assert self.lease is not None
        return self.lease


class World:
    """Regions with one table each, all of them replicas of each other."""

    def __init__(self, *names: str, skews: Sequence[float] = (), max_pending: int = 10**6) -> None:
        self.runner = asyncio.Runner()
        self.network = Network()
        self.max_pending = max_pending
        self.left_out: set[str] = set()
        """Regions without which the others were started."""
        self.regions: dict[str, Region] = {}
        for name, skew in zip(names, [*skews, *[0.0] * len(names)], strict=False):
            self.run(self._make(name, skew))

    async def _make(self, name: str, skew: float) -> None:
        self.regions[name] = Region(name, SimulatedClock(1_700_000_000.0 + skew))

    def close(self) -> None:
        self.runner.close()

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.runner.run(coroutine)

    def call(self, region: str, operation: str, **payload: Any) -> dict[str, Any]:
        """The answer of an operation in a region."""
        wire = orjson.dumps({"TableName": TABLE, **payload})
        database = self.regions[region].database
        while True:
            try:
                body = self.run(OPERATIONS[operation](database, orjson.loads(wire)))
            except CatalogChanged:
                continue
            return dict(
                orjson.loads(body or b"{}" if isinstance(body, bytes) else orjson.dumps(body))
            )

    def create(self, region: str, **more: Any) -> None:
        """Create the table in a region, without replicas."""
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        request = {**on_demand(), "StreamSpecification": stream, **more}
        self.call(region, "CreateTable", **request)

    def join(self, region: str, *replicas: Replica) -> None:
        """Set the replicas of a region's table; without `replicas` it has none."""

        def change(draft: CatalogDraft) -> None:
            table = draft.existing(TABLE)
            before = table.replication
            log = draft.new_id() if before is None else before.log
            draft.put(replace(table, replication=Replication(log, replicas=replicas)))
            if before is None:
                draft.values |= upkeep_job(table, self.regions[region].clock.now()).puts()

        self.run(self.regions[region].database.catalog.change((TABLE,), change))

    def replicate(self, **more: Any) -> None:
        """Create the table in all regions, each with the others as replicas."""
        for name in self.regions:
            self.create(name, **more)
        for name in self.regions:
            self.join(name, *(Replica(other, "ACTIVE") for other in self.regions if other != name))

    def sender(self, origin: str, target: str) -> TableSender:
        """The sender from one region to another."""
        region = self.regions[origin]
        if target not in region.senders:
            link = SimulatedLink(origin, self.regions[target], self.network)
            region.senders[target] = TableSender(
                region.database, link, TABLE, region.note_filled, self.max_pending
            )
        return region.senders[target]

    def send(self, origin: str, target: str, delay: float = 0.0) -> Progress | None:
        """One step; None if the other region could not be reached."""

        async def step() -> Progress | None:
            sender = self.sender(origin, target)
            while True:
                await self.regions[origin].database.catalog.refresh()
                try:
                    return await sender.step(await self.regions[origin].held(), delay)
                except CatalogChanged:
                    continue
                except LinkDown:
                    sender.forget()
                    return None

        return self.run(step())

    def settle(self) -> None:
        """Send until there is nothing more to send."""
        for origin in self.regions:
            for target in self.regions:
                while origin != target and (done := self.send(origin, target)) and done.more:
                    pass

    def advance(self, seconds: float) -> None:
        """Advance the time in all regions."""
        for region in self.regions.values():
            region.clock.advance(seconds)

    def run_jobs(self, region: str) -> None:
        """Do the due work in a region."""
        self.regions[region].database.links = {
            name: SimulatedLink(region, other, self.network)
            for name, other in self.regions.items()
            if name != region and name not in self.left_out
        }

        async def run() -> None:
            jobs = table_jobs(self.regions[region].database)
            await jobs.run_once()
            await jobs.stop()

        self.run(run())

    def table(self, region: str) -> OpenTable:
        """The open table of a region."""

        async def find() -> OpenTable | None:
            await self.regions[region].database.catalog.refresh()
            return await self.regions[region].database.catalog.find(TABLE)

        found = self.run(find())
        assert found is not None
        return found

    def items(self, region: str) -> dict[str, Wire]:
        """The items of a region by their partition keys."""
        items = self.call(region, "Scan")["Items"]
        return {item["pk"]["S"]: item for item in items}

    def version(self, region: str, key: str) -> ItemVersion | None:
        """The version of an item in a region."""
        table = self.table(region)
        assert table.replication is not None
        at = table.replication.version_key(table.key_of({"pk": {"S": key}}))
        (stored,) = self.run(self.regions[region].engine.read((at,)))
        return decode_version(stored)

    def waiting(self, region: str) -> int:
        """The number of rows in a region's log."""
        high = REPLICATION_LOG + b"\xff" * 8
        return len(self.run(self.regions[region].engine.range(REPLICATION_LOG, high)).rows)


@contextmanager
def replicated(*names: str, greeted: bool = True) -> Iterator[World]:
    """Regions with an empty table each, which have been `greeted` by each other."""
    world = World(*names)
    world.replicate()
    if greeted:
        world.settle()
    yield world
    world.close()
