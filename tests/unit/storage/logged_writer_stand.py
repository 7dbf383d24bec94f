"""A store and a disk for the writer with a log, which note what is done and fail on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Value, WriteTask
from jedlik.storage.failures import (
    StorageFailure,
    StorageFull,
)
from jedlik.storage.flushes import Done
from jedlik.storage.groupcommit import Decided, decide
from jedlik.storage.logged_writer import LoggedWriter

COUNT = b"count"


class Store:
    """In memory, and a list of all that was done."""

    def __init__(self) -> None:
        self.flushes = True
        self.files = (7, 8)
        self.data_file = 9
        self.is_ready = True
        self.rows: dict[bytes, bytes] = {}
        self.logged: list[dict[bytes, Value]] = []
        self.steps: list[str] = []
        self.fails: dict[str, StorageFailure] = {}
        self.forgets: StorageFailure | None = None
        self.quick = True
        self.is_behind = False
        self.catches_up = True
        self.seconds = 0.0
        self.now = 0.0
        self.flushed = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    def decide(
        self, tasks: Sequence[WriteTask[Any]], max_bytes: int, pending: Mapping[bytes, Value]
    ) -> Decided:
        self._step(f"decide {len(tasks)}")
        self.now += self.seconds
        get = lambda key: pending[key] if key in pending else self.rows.get(key)  # noqa: E731
        return decide(tasks, get, max_bytes)

    def make_ready(self) -> None:
        self._step("make ready")
        self.is_ready = True

    def log(self, changes: Mapping[bytes, Value]) -> int:
        self._step("log")
        self.logged.append(dict(changes))
        return 1

    def log_durably(self, changes: Mapping[bytes, Value]) -> None:
        self._step("log durably")
        self.logged.append(dict(changes))

    def forget(self, reason: OSError) -> StorageFailure:
        self._step("forget")
        self.logged.pop()
        return self.forgets or StorageFull(str(reason))

    def store(self, changes: Mapping[bytes, Value]) -> bool:
        self._step("store")
        if self.quick:
            self._put(changes)
        return self.quick

    def store_anyhow(self, changes: Mapping[bytes, Value]) -> None:
        self._step("store anyhow")
        self._put(changes)

    def catch_up(self) -> bool:
        self._step("catch up")
        self.is_behind = not self.catches_up
        return self.catches_up

    def flush(self) -> None:
        self._step("flush")
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.flushed.set)

    def timer(self) -> float:
        return self.now

    def _put(self, changes: Mapping[bytes, Value]) -> None:
        for key, value in changes.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value

    def _step(self, name: str) -> None:
        self.steps.append(name)
        failure = self.fails.pop(name, None)
        if failure is not None:
            raise failure


class Disk:
    """Flushes that end when they are told to."""

    def __init__(self) -> None:
        self.done: Done | None = None
        self.error: OSError | None = None
        """How a flush ended that the loop did not wait for."""
        self.places: list[int] = []
        self.is_closed = False
        self.at_once = False

    def start(self, place: int, done: Done, *, alone: bool = False) -> None:
        assert self.done is None, "one at a time"
        assert not alone, "no other process writes the file out"
        self.places.append(place)
        if self.at_once:
            asyncio.get_running_loop().call_soon(done, None)
        else:
            self.done = done

    def end(self, error: OSError | None = None) -> None:
        assert self.done is not None
        done, self.done = self.done, None
        done(error)

    def finish(self) -> OSError | None:
        self.done = None
        return self.error

    def close(self) -> None:
        self.is_closed = True


class Stand:
    """A writer over such a store and disk."""

    def __init__(self) -> None:
        self.store = Store()
        self.disk = Disk()
        self.writer = LoggedWriter(self.store, lambda *_: self.disk, self.store.timer)

    def write(self, task: Any = None) -> asyncio.Future[Any]:
        return self.writer.gatherer.join(task or Mix(COUNT))

    async def begun(self, *tasks: Any) -> list[asyncio.Future[Any]]:
        """Write, and wait until that is decided."""
        writes = [self.write(task) for task in tasks or (None,)]
        await turns()
        return writes


async def turns() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


def run(test: Callable[[Stand], Coroutine[Any, Any, None]]) -> None:
    stand = Stand()

    async def whole() -> None:
        async with asyncio.timeout(30):
            await test(stand)

    asyncio.run(whole())
