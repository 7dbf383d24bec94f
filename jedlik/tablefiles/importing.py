"""A file to a table, by parallel batches of puts.

A refused batch is put again item by item, to find the invalid one. The recorded position is that up
to which all items are put: after an interruption some items are put again, which changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.errors import ServiceError
from jedlik.kernel.remote.service_error import name_of
from jedlik.tablefiles.exporting import Call
from jedlik.tablefiles.formats import BadItem
from jedlik.tablefiles.resuming import Resuming, are_counts
from jedlik.tablefiles.sampling import Selection
from jedlik.values.attribute import Item

BATCH: Final = 25
AT_ONCE: Final = 8
SHOWN: Final = 10
"""Invalid items whose errors are shown; all are counted."""
_PAUSE: Final = 0.05
_MAX_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class ImportTask:
    """The file and the table of an import."""

    table: str
    key_names: tuple[str, ...]
    selection: Selection


class Imported(NamedTuple):
    """The numbers of items put, of invalid ones, and of lines done before."""

    items: int
    wrong: int
    before: int


class _Batch(NamedTuple):
    """Items with different keys, from the line after `start` to the line `end`, and the number of
    invalid lines among these."""

    items: list[Item]
    start: int
    end: int
    wrong: int


class _Done(NamedTuple):
    """The result of a batch."""

    end: int
    items: int
    wrong: int


async def import_items(
    call: Call,
    items: Iterator[Item | BadItem],
    task: ImportTask,
    resuming: Resuming,
    complain: Callable[[str], None],
    progress: Callable[[int], None],
) -> Imported:
    """Put items. Raises FileError, and the errors of `call` that are not an item's fault."""
    state = resuming.found(_is_state) or {"lines": 0, "items": 0, "wrong": 0}
    importing = _Importing(call, task, resuming, state, complain, progress)
    before = state["lines"]
    await importing.run(items)
    resuming.over()
    return Imported(state["items"], state["wrong"], before)


def _is_state(state: dict[str, Any]) -> bool:
    return are_counts(state.get("lines"), state.get("items"), state.get("wrong"))


class _Importing:
    def __init__(
        self,
        call: Call,
        task: ImportTask,
        resuming: Resuming,
        state: dict[str, Any],
        complain: Callable[[str], None],
        progress: Callable[[int], None],
    ) -> None:
        self._call = call
        self._task = task
        self._resuming = resuming
        self._state = state
        self._complain = complain
        self._progress = progress
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._done: dict[int, _Done] = {}
        """Finished batches after an unfinished one, by their starts."""
        self._shown = 0
        self._put_items = state["items"]

    async def run(self, items: Iterator[Item | BadItem]) -> None:
        """Put everything. Raises the errors of calls that are not an item's fault."""
        try:
            async with asyncio.TaskGroup() as group:
                for batch in self._batches(items):
                    await self._slots.acquire()
                    group.create_task(self._put(batch))
                    await asyncio.sleep(0)
        finally:
            self._resuming.keep(self._state)

    def _batches(self, items: Iterator[Item | BadItem]) -> Iterator[_Batch]:
        task, selection = self._task, self._task.selection
        start = skipped = self._state["lines"]
        taken, number, wrong = self._state["items"], 0, 0
        batch: list[Item] = []
        keys: set[bytes] = set()
        for number, found in enumerate(items, 1):
            if number <= skipped:
                continue
            if selection.limit is not None and taken >= selection.limit:
                break
            if isinstance(found, BadItem):
                self._show(str(found))
                wrong += 1
                continue
            if not selection.wanted(found):
                continue
            item = selection.masked(found)
            key = orjson.dumps([item.get(name) for name in task.key_names])
            if len(batch) == BATCH or key in keys:
                yield _Batch(batch, start, number - 1, wrong)
                batch, keys, start, wrong = [], set(), number - 1, 0
            batch.append(item)
            keys.add(key)
            taken += 1
        if batch or wrong:
            yield _Batch(batch, start, number, wrong)

    async def _put(self, batch: _Batch) -> None:
        try:
            put = await self._put_all(batch.items) if batch.items else 0
        finally:
            self._slots.release()
        wrong = batch.wrong + len(batch.items) - put
        self._done[batch.start] = _Done(batch.end, put, wrong)
        state = self._state
        while (done := self._done.pop(state["lines"], None)) is not None:
            state["lines"] = done.end
            state["items"] += done.items
            state["wrong"] += done.wrong
        self._put_items += put
        self._progress(self._put_items)
        if self._resuming.is_due:
            self._resuming.keep(self._state)

    async def _put_all(self, items: list[Item]) -> int:
        """Put items; returns the number of valid ones."""
        try:
            await self._write(items)
        except ServiceError as error:
            if not _is_items_fault(error):
                raise
            if len(items) == 1:
                self._show(f"{self._shown_key(items[0])}: {error.message}")
                return 0
            return sum([await self._put_all([item]) for item in items])
        return len(items)

    async def _write(self, items: list[Item]) -> None:
        left: list[dict[str, Any]] = [{"PutRequest": {"Item": item}} for item in items]
        pause = _PAUSE
        while left:
            answer = await self._call("BatchWriteItem", {"RequestItems": {self._task.table: left}})
            left = answer.get("UnprocessedItems", {}).get(self._task.table, [])
            if left:
                await asyncio.sleep(pause)
                pause = min(_MAX_PAUSE, 2 * pause)

    def _shown_key(self, item: Item) -> str:
        """How messages call an item: by its key, as far as it has one."""
        names = self._task.key_names
        key = {name: item[name] for name in names if name in item}
        without = [name for name in names if name not in item]
        shown = f"item {orjson.dumps(key).decode()}" if key else "an item"
        return f"{shown} without {' and '.join(without)}" if without else shown

    def _show(self, text: str) -> None:
        if self._shown < SHOWN:
            self._complain(text)
        self._shown += 1


def _is_items_fault(error: ServiceError) -> bool:
    return name_of(error) in ("ValidationException", "SerializationException")
