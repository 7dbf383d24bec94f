"""An engine above an engine: below it values are sealed, above it they are plain.

Everything that works with items goes through here, once there are tables with key rings, and knows
nothing of it. So there is one place where values are sealed, and none where it can be forgotten.
Most servers have no such table. Theirs is the engine itself: a process looks whether there are key
rings whenever it finds that the catalog has moved on, and puts the view in between if so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from jedlik.kms.unopened import UnknownDataKey, ValueBroken
from jedlik.storage.engine import Changes, Engine, Page, Reads, Value, WriteTask

if TYPE_CHECKING:
    from jedlik.database.vault import Vault

ResultT = TypeVar("ResultT")


class PlainReads:
    """The reading half: of an engine, or of what else reads."""

    def __init__(self, inner: Reads, vault: Vault) -> None:
        self._inner = inner
        self._vault = vault

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`. Raises AccessDeniedException where a key may not be used."""
        while True:
            values = await self._inner.read(keys)
            try:
                return _opened(self._vault, keys, values)
            except UnknownDataKey as error:
                await self._look_again(error)

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        """See `Engine.range`. Raises AccessDeniedException where a key may not be used."""
        beside = options.get("beside", ())
        while True:
            page = await self._inner.range(low, high, **options)
            try:
                rows = self._vault.opened_rows(page.rows)
                return Page(rows, _opened(self._vault, beside, page.beside), page.more)
            except UnknownDataKey as error:
                await self._look_again(error)

    async def _look_again(self, error: UnknownDataKey) -> None:
        """Read the key rings anew. Raises `ValueBroken` where that will not help."""
        if not await self._vault.load_newer():
            raise ValueBroken("a value is sealed with a key that is on no key ring") from error


class PlainView(PlainReads):
    """A whole engine."""

    def __init__(self, inner: Engine, vault: Vault) -> None:
        super().__init__(inner, vault)
        self._engine = inner

    async def write(self, task: WriteTask[ResultT]) -> ResultT:
        """See `Engine.write`. Raises AccessDeniedException where a key may not be used."""
        while True:
            try:
                return await self._engine.write(_PlainTask(task, self._vault))
            except UnknownDataKey as error:
                await self._look_again(error)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._engine.close()


class _PlainTask:
    """A task that is given plain values, and whose puts are sealed."""

    def __init__(self, task: WriteTask[ResultT], vault: Vault) -> None:
        self._task = task
        self._vault = vault
        self.keys = task.keys

    def decide(self, values: Sequence[Value]) -> Changes[Any]:
        sealed = self._vault.sealed
        changes = self._task.decide(_opened(self._vault, self.keys, values))
        return Changes(
            {
                key: None if value is None else sealed(key, value)
                for key, value in changes.values.items()
            },
            changes.result,
        )


class UnsettledView:
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


def _opened(vault: Vault, keys: Sequence[bytes], values: Sequence[Value]) -> list[Value]:
    opened = vault.opened
    return [
        None if value is None else opened(key, value)
        for key, value in zip(keys, values, strict=True)
    ]
