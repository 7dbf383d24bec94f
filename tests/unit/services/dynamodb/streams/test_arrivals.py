"""Waiting at the present ends of shards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from jedlik.kernel.keyspaces import record_number_key
from jedlik.services.dynamodb.streams import arrivals
from jedlik.services.dynamodb.streams.arrivals import Arrivals
from jedlik.services.dynamodb.streams.reading import find_stream, read_records
from jedlik.services.dynamodb.streams.stream_reader import Stopping, StreamReader
from jedlik.services.dynamodb.streams.streams import encode
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Engine
from jedlik.storage.failures import StorageUnavailable
from tests.control_plane import ControlPlane
from tests.streams import streamed

WAITING = 300


class Reads:
    """An engine that counts reads, and fails as long as it should."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.count = 0
        self.fails = False
        self.again = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def read(self, keys: Any) -> Any:
        self.count += 1
        self.again.set()
        if self.fails:
            raise StorageUnavailable("the disk is gone")
        return await self._engine.read(keys)


class Scene:
    """A table with a stream of one shard, which has been read to its end."""

    def __init__(self, plane: ControlPlane) -> None:
        streamed(plane)
        self.plane = plane
        self.label = plane.table()["LatestStreamLabel"]

    async def begin(self) -> None:
        database = self.plane.database
        self.stream = await find_stream(database, "music", self.label)
        self.page = await read_records(database, self.stream, 0, 1)
        self.reads = Reads(database.engine)
        database.engine = cast("Engine", self.reads)
        self.arrivals = Arrivals(database)
        self.reader = StreamReader()
        self.reader._stopped = asyncio.ensure_future(self.reader._stopping.wait())

    def wait(self) -> asyncio.Task[None]:
        shard = self.stream.shards[0]
        waiting = self.arrivals.wait(self.stream, shard, self.page, self.reader.pause)
        return asyncio.ensure_future(waiting)

    async def ticks(self, count: int = 3) -> None:
        for _ in range(count):
            self.reads.again.clear()
            await self.reads.again.wait()

    async def store(self, key: bytes, value: bytes) -> None:
        await self.plane.database.engine.write(BlindWrite({key: value}))

    async def woken(self, *waiting: asyncio.Task[None]) -> list[BaseException | None]:
        async with asyncio.timeout(30):
            return await asyncio.gather(*waiting, return_exceptions=True)


@pytest.fixture
def scene(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(arrivals, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(arrivals, "MAX_SECONDS", 3600.0)
    return Scene(plane)


def test_one_look_is_for_all_who_wait_and_a_record_wakes_them(scene: Scene) -> None:
    async def scenario() -> None:
        await scene.begin()
        waiting = [scene.wait() for _ in range(WAITING)]
        await scene.ticks()
        assert scene.reads.count < WAITING
        assert not any(task.done() for task in waiting)
        await scene.store(record_number_key(scene.stream.id, 0), (1).to_bytes(8, "big"))
        assert await scene.woken(*waiting) == [None] * WAITING

    scene.plane.run(scenario())


def test_a_stream_that_is_described_otherwise_wakes_too(scene: Scene) -> None:
    async def scenario() -> None:
        await scene.begin()
        waiting = scene.wait()
        await scene.ticks()
        assert not waiting.done()
        await scene.store(scene.stream.key, encode(replace(scene.stream, next_shard=9)))
        assert await scene.woken(waiting) == [None]

    scene.plane.run(scenario())


def test_a_store_that_fails_wakes_so_that_readers_meet_the_failure(scene: Scene) -> None:
    async def scenario() -> None:
        await scene.begin()
        waiting = scene.wait()
        await scene.ticks()
        scene.reads.fails = True
        assert await scene.woken(waiting) == [None]
        scene.reads.fails = False
        again = scene.wait()
        await scene.ticks()
        assert not again.done()
        again.cancel()

    scene.plane.run(scenario())


def test_a_reading_that_is_to_end_does_not_wait(scene: Scene) -> None:
    async def scenario() -> None:
        await scene.begin()
        waiting = scene.wait()
        await scene.ticks()
        scene.reader._stopping.set()
        (ended,) = await scene.woken(waiting)
        assert type(ended) is Stopping
        seen = scene.arrivals._task
        assert seen is not None
        await asyncio.wait_for(seen, 30)  # nothing is left to look for

    scene.plane.run(scenario())


def test_arrivals_survive_a_change_of_event_loop(scene: Scene) -> None:
    async def left_waiting() -> None:
        await scene.begin()
        scene.wait()
        await scene.ticks()

    async def scenario() -> None:
        scene.reader = StreamReader()
        scene.reader._stopped = asyncio.ensure_future(scene.reader._stopping.wait())
        waiting = scene.wait()
        await scene.store(record_number_key(scene.stream.id, 0), (1).to_bytes(8, "big"))
        assert await scene.woken(waiting) == [None]

    asyncio.run(left_waiting())
    asyncio.run(scenario())
