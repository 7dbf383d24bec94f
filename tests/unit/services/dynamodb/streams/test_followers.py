"""Many followers of streams in one process: their leases, held together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from jedlik.kernel.keyspaces import lease_key
from jedlik.kernel.leases import Lease
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.streams.followers import LEASE_SECONDS, Followers
from jedlik.services.dynamodb.streams.stream_reader import StreamReader
from jedlik.storage.engine import Engine
from jedlik.storage.failures import StorageUnavailable
from tests.control_plane import ControlPlane

MANY = 1000


@dataclass(frozen=True)
class One:
    revision: str = "1"
    enabled: bool = True


class Reader(StreamReader):
    """Reads nothing, until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.task = asyncio.get_running_loop().create_task(self._stopping.wait())  # type: ignore[arg-type]


class Together:
    """An engine that holds writes back until many wait for it: one after the other never do."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting = 0
        self._all = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def write(self, task: Any) -> Any:
        self._waiting += 1
        if self._waiting % MANY == 0:
            self._all.set()
            self._all = asyncio.Event()
        else:
            await self._all.wait()
        return await self._engine.write(task)


class Thousand(Followers[One]):
    async def all(self) -> Mapping[str, One]:
        return {str(number): One() for number in range(MANY)}

    def lease_name(self, followed_id: str) -> str:
        return f"thousand/{followed_id}"

    def begin(self, _followed: One, _lease: Lease) -> StreamReader:
        return Reader()


def test_a_thousand_leases_are_renewed_in_one_go(plane: ControlPlane) -> None:
    clock = plane.clock

    async def ends(store: Store) -> list[float]:
        keys = [lease_key(f"thousand/{number}") for number in range(MANY)]
        return [orjson.loads(value or b"")["until"] for value in await store.engine.read(keys)]

    async def scenario() -> None:
        store = plane.database
        engine, store.engine = store.engine, Together(store.engine)  # type: ignore[assignment]
        try:
            followers = Thousand(store)
            async with asyncio.timeout(60):
                await followers.reconcile()
                assert await ends(store) == [clock.now() + LEASE_SECONDS] * MANY
                clock.advance(LEASE_SECONDS / 3)
                await followers.reconcile()
                assert await ends(store) == [clock.now() + LEASE_SECONDS] * MANY
                await followers.stop()
                assert await ends(store) == [0.0] * MANY
        finally:
            store.engine = engine

    plane.run(scenario())


class Unreachable(Followers[One]):
    looks = 0

    async def all(self) -> Mapping[str, One]:
        self.looks += 1
        raise StorageUnavailable("the database does not answer")

    def lease_name(self, followed_id: str) -> str:
        return followed_id

    def begin(self, _followed: One, _lease: Lease) -> StreamReader:
        return Reader()


def test_a_store_that_does_not_answer_is_a_line_and_no_traceback(
    plane: ControlPlane, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        followers = Unreachable(plane.database)
        followers.start()
        async with asyncio.timeout(60):
            while followers.looks < 2:
                followers.wake()
                await asyncio.sleep(0)
        await followers.stop()

    with caplog.at_level(logging.WARNING):
        plane.run(scenario())
    assert {record.exc_info for record in caplog.records} == {None}
    assert "the database does not answer" in caplog.text
