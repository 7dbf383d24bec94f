"""The reference engine: a dict and a sorted list of its keys, simple enough to be obviously
correct.

For tests and for `--memory`. Everything happens on the event loop's thread, so each read is a
snapshot and a batch is applied between two turns of the loop.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jedlik.storage.engine import Page, ResultT_co, Row, Value, WriteTask
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.groupcommit import Gatherer, Waiting, decide


class MemorySnapshot(NamedTuple):
    """Everything in an engine at one moment."""

    values: dict[bytes, bytes]
    keys: list[bytes]


class MemoryEngine:
    """Ordered byte keys that are lost with the process. Same semantics as every other engine."""

    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}
        self._keys: list[bytes] = []
        self._gatherer = self.write_queue = Gatherer(self._commit)
        self._closed = False
        self._commits = 0

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`; never suspends."""
        self._check_open()
        return list(map(self._values.get, keys))

    async def range(
        self,
        low: bytes,
        high: bytes | None,
        *,
        limit: int | None = None,
        max_bytes: int | None = None,
        reverse: bool = False,
        also_read: Sequence[bytes] = (),
    ) -> Page:
        """See `Engine.range`; never suspends."""
        self._check_open()
        return _page(self._values, self._keys, low, high, limit, max_bytes, reverse, also_read)

    async def write(self, task: WriteTask[ResultT_co]) -> ResultT_co:
        """See `Engine.write`."""
        result: ResultT_co = await self._gatherer.join(task)
        return result

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._gatherer.close()
        self._closed = True

    def snapshot(self) -> MemorySnapshot:
        """The present state. To be called on the event loop's thread, like everything here."""
        self._check_open()
        return MemorySnapshot(self._values.copy(), self._keys.copy())

    def restore(self, snapshot: MemorySnapshot, kept: Mapping[bytes, Value]) -> None:
        """Restore everything except for the keys in `kept`, which get those values.

        Versions and counters are such keys: a version must never return, as anything cached under
        it would then count as valid for other data.
        """
        self._check_open()
        self._values, self._keys = snapshot.values.copy(), snapshot.keys.copy()
        for key, value in kept.items():
            self._put(key, value)

    def _check_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("the storage engine is closed")

    def state(self) -> int:
        """See `SnapshotEngine.state`."""
        return self._commits

    def hold(self) -> HeldSnapshot:
        """See `SnapshotEngine.hold`."""
        return HeldSnapshot(*self.snapshot())

    def _commit(self, batch: list[Waiting]) -> None:
        decided = decide([task for task, _ in batch], self._values.get)
        self._commits += 1
        for key, value in decided.changes.items():
            self._put(key, value)
        ran = len(decided.outcomes)
        rest = batch[ran:]
        self._gatherer.deliver(batch[:ran], decided.outcomes, not rest)
        if rest:
            self._commit(rest)

    def _put(self, key: bytes, value: Value) -> None:
        if value is None:
            if self._values.pop(key, None) is not None:
                del self._keys[bisect_left(self._keys, key)]
            return
        if key not in self._values:
            insort(self._keys, key)
        self._values[key] = value


class HeldSnapshot:
    """A copy of everything, for reading."""

    def __init__(self, values: dict[bytes, bytes], keys: list[bytes]) -> None:
        self._values = values
        self._keys = keys

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Reads.read`."""
        return list(map(self._values.get, keys))

    async def range(
        self,
        low: bytes,
        high: bytes | None,
        *,
        limit: int | None = None,
        max_bytes: int | None = None,
        reverse: bool = False,
        also_read: Sequence[bytes] = (),
    ) -> Page:
        """See `Reads.range`."""
        return _page(self._values, self._keys, low, high, limit, max_bytes, reverse, also_read)

    def release(self) -> None:
        """See `Snapshot`."""


def _page(
    values: dict[bytes, bytes],
    keys: list[bytes],
    low: bytes,
    high: bytes | None,
    limit: int | None,
    max_bytes: int | None,
    reverse: bool,
    also_read: Sequence[bytes],
) -> Page:
    first = bisect_left(keys, low)
    end = len(keys) if high is None else bisect_left(keys, high)
    places = range(end - 1, first - 1, -1) if reverse else range(first, end)
    rows: list[Row] = []
    size = 0
    more = False
    for place in places:
        if rows and (
            (limit is not None and len(rows) >= limit)
            or (max_bytes is not None and size >= max_bytes)
        ):
            more = True
            break
        key = keys[place]
        value = values[key]
        rows.append((key, value))
        size += len(value)
    return Page(rows, [values.get(key) for key in also_read], more)
