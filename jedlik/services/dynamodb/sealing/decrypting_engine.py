"""An engine on top of an engine: below it, values are sealed; above it, they are plain.

If there are tables with key rings, all code that works with items uses this engine without knowing
it. So values are sealed in one place only, and no code can forget it. Most servers have no such
table, and use the engine below almost directly: whenever a process finds that the catalog has
changed, it checks whether there are key rings, and only then puts this engine in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from jedlik.crypto.errors import CorruptCiphertext, UnknownDataKey
from jedlik.kernel.catalog_version import ChecksCatalog
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.sealing.open_rings import KeyRingSnapshot
from jedlik.storage.engine import Changes, Engine, Page, Reads, Value, WriteTask

if TYPE_CHECKING:
    from jedlik.services.dynamodb.sealing.vault import Vault

ResultT = TypeVar("ResultT")


class DecryptingReads:
    """The reading half, on an engine or other reads. `moved` is called with the version of key
    rings that were read again: the reader has to drop everything from an older version."""

    def __init__(self, inner: Reads, vault: Vault, moved: Callable[[Value], None]) -> None:
        self._inner = inner
        self._vault = vault
        self._moved = moved

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`. Raises the error of `key_denied` if a key may not be used."""
        while True:
            before = self._vault.snapshot
            values = await self._inner.read(keys)
            try:
                return _opened(self._vault.snapshot, keys, values)
            except UnknownDataKey as error:
                await self._refresh(before, error)

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        """See `Engine.range`. Raises the error of `key_denied` if a key may not be used."""
        also_read = options.get("also_read", ())
        while True:
            before = self._vault.snapshot
            page = await self._inner.range(low, high, **options)
            snapshot = self._vault.snapshot
            try:
                rows = snapshot.opened_rows(page.rows)
                return Page(rows, _opened(snapshot, also_read, page.also_read), page.more)
            except UnknownDataKey as error:
                await self._refresh(before, error)

    async def _refresh(self, before: KeyRingSnapshot, error: Exception) -> None:
        """Read the key rings again; `before` are those that were known when the read began.

        Raises `CorruptCiphertext` if they have not changed since: another read would not help.
        """
        snapshot = await self._vault.load()
        if snapshot.version == before.version:
            # A node of an older version does not note which rings it changes.
            snapshot = await self._vault.load(all_again=True)
        self._moved(snapshot.version)
        if snapshot.version == before.version and snapshot.has_rings_of(before):
            raise CorruptCiphertext(
                "a value is sealed with a key that is on no key ring"
            ) from error


class DecryptingEngine(DecryptingReads):
    """A whole engine."""

    def __init__(self, inner: Engine, vault: Vault, moved: Callable[[Value], None]) -> None:
        super().__init__(inner, vault, moved)
        self._engine = inner

    async def write(self, task: WriteTask[ResultT]) -> ResultT:
        """See `Engine.write`. Raises the error of `key_denied` if a key may not be used."""
        while True:
            before = self._vault.snapshot
            try:
                return await self._engine.write(_PlainTask(task, before))
            except (KeyRingsMoved, UnknownDataKey) as error:
                await self._refresh(before, error)

    def sealing(self, task: WriteTask[ResultT]) -> WriteTask[ResultT]:
        """The task for the engine below, whose values are sealed. It raises KeyRingsMoved if the
        commit is at another version than the known key rings."""
        return _PlainTask(task, self._vault.snapshot)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._engine.close()


class _SnapshotTask:
    """A task for one snapshot of the key rings; raises `KeyRingsMoved` if the commit is at another
    version.

    So values are sealed by the rings that the commit sees. A value that was put with an old key
    after a re-encryption, or plain after the sealing of a store, could not be opened later.
    """

    def __init__(self, task: WriteTask[ResultT], snapshot: KeyRingSnapshot) -> None:
        self._task = task
        self._snapshot = snapshot
        self.keys = (CATALOG_VERSION, *task.keys)

    def decide(self, values: Sequence[Value]) -> Changes[Any]:
        version, *stored = values
        if version != self._snapshot.version:
            raise KeyRingsMoved
        return self._decide(stored)

    def _decide(self, values: Sequence[Value]) -> Changes[Any]:
        return self._task.decide(values)


class KeyRingsMoved(Exception):
    """The key rings may have changed."""


class _PlainTask(_SnapshotTask):
    """A task that gets plain values, and whose puts are sealed."""

    def _decide(self, values: Sequence[Value]) -> Changes[Any]:
        sealed = self._snapshot.sealed
        changes = self._task.decide(_opened(self._snapshot, self._task.keys, values))
        return Changes(
            {
                key: None if value is None else sealed(key, value)
                for key, value in changes.values.items()
            },
            changes.result,
        )


class PlaintextEngine:
    """Replaces the engine while there are no key rings, at a version of the catalog. A reader of
    values that were sealed later finds that the catalog's version has changed too. A writer that
    does not check the version would write plain values, so this engine checks it. `settled` reads
    whether there are key rings, and returns the engine to use from then on."""

    def __init__(
        self, inner: Engine, version: Value, settled: Callable[[], Awaitable[Engine]]
    ) -> None:
        self._inner = inner
        self._none = KeyRingSnapshot(version)
        self._settled = settled
        self.read = inner.read
        self.range = inner.range
        self.close = inner.close

    def write(self, task: WriteTask[ResultT]) -> Coroutine[Any, Any, ResultT]:
        """See `Engine.write`. Raises the error of `key_denied` if a key may not be used."""
        return self._inner.write(task) if isinstance(task, ChecksCatalog) else self._watched(task)

    async def _watched(self, task: WriteTask[ResultT]) -> ResultT:
        try:
            return await self._inner.write(_SnapshotTask(task, self._none))
        except KeyRingsMoved:
            return await (await self._settled()).write(task)


class UnresolvedReads:
    """Replaces what is read from until it is known whether there are key rings. `settled` reads
    that, and returns what to use from then on."""

    def __init__(self, settled: Callable[[], Awaitable[Reads]]) -> None:
        self._settled = settled

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`."""
        return await (await self._settled()).read(keys)

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        """See `Engine.range`."""
        return await (await self._settled()).range(low, high, **options)


class UnresolvedEngine(UnresolvedReads):
    """The same for a whole engine."""

    def __init__(self, inner: Engine, settled: Callable[[], Awaitable[Engine]]) -> None:
        super().__init__(settled)
        self._inner = inner
        self._settled_engine = settled

    async def write(self, task: WriteTask[ResultT]) -> ResultT:
        """See `Engine.write`."""
        return await (await self._settled_engine()).write(task)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._inner.close()


def _opened(
    snapshot: KeyRingSnapshot, keys: Sequence[bytes], values: Sequence[Value]
) -> list[Value]:
    opened = snapshot.opened
    return [
        None if value is None else opened(key, value)
        for key, value in zip(keys, values, strict=True)
    ]
