"""An engine above an engine: below it values are sealed, above it they are plain.

Everything that works with items goes through here, once there are tables with key rings, and knows
nothing of it. So there is one place where values are sealed, and none where it can be forgotten.
Most servers have no such table. Theirs is the engine itself, almost: a process looks whether there
are key rings whenever it finds that the catalog has moved on, and puts the view in between if so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from jedlik.crypto.errors import CorruptCiphertext, UnknownDataKey
from jedlik.kernel.catalog_version import ChecksCatalog
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.encryption.open_rings import KeyRingSnapshot
from jedlik.storage.engine import Changes, Engine, Page, Reads, Value, WriteTask

if TYPE_CHECKING:
    from jedlik.services.dynamodb.encryption.vault import Vault

ResultT = TypeVar("ResultT")


class DecryptingReads:
    """The reading half: of an engine, or of what else reads.

    `moved` is called with the version of key rings that were read again: the reader has to leave
    what it knows of an older one.
    """

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
                await self._look_again(before, error)

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
                await self._look_again(before, error)

    async def _look_again(self, before: KeyRingSnapshot, error: Exception) -> None:
        """Read the key rings again, `before` being those known when the read began.

        Raises `CorruptCiphertext` if they have not changed since: another read would be in vain.
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
                await self._look_again(before, error)

    def sealing(self, task: WriteTask[ResultT]) -> WriteTask[ResultT]:
        """A task as one of the engine below, whose values are sealed. It raises KeyRingsMoved if
        the commit is at another version than the key rings that are known."""
        return _PlainTask(task, self._vault.snapshot)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._engine.close()


class _TaskOfPicture:
    """A task for one snapshot of the key rings; if the commit is at another version than that,
    `KeyRingsMoved` is raised.

    So what is put is sealed by the rings that the commit sees: what slipped in with an old key
    behind a re-encryption, or plain behind the sealing of a store, could not be opened later.
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
    """The key rings may be others by now."""


class _PlainTask(_TaskOfPicture):
    """A task that is given plain values, and whose puts are sealed."""

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
    """What stands in for the engine if there are no key rings, at a version of the catalog.

    A reader of values that are sealed since finds the catalog's version moved as well. A reader
    that writes without looking at it would leave them plain, and is looked after here. `settled`
    finds out about key rings, and gives what is to be used from then on.
    """

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
            return await self._inner.write(_TaskOfPicture(task, self._none))
        except KeyRingsMoved:
            return await (await self._settled()).write(task)


class UnresolvedEngine:
    """What stands in for the engine until it is known whether there are key rings.

    `settled` finds that out, and gives what is to be used from then on.
    """

    def __init__(self, inner: Engine, settled: Callable[[], Awaitable[Engine]]) -> None:
        self._inner = inner
        self._settled = settled

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`."""
        return await (await self._settled()).read(keys)

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        """See `Engine.range`."""
        return await (await self._settled()).range(low, high, **options)

    async def write(self, task: WriteTask[ResultT]) -> ResultT:
        """See `Engine.write`."""
        return await (await self._settled()).write(task)

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
