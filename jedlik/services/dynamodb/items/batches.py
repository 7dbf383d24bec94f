"""Several writes in one commit, each of which succeeds or fails by itself.

A batch of PartiQL statements is not a transaction, but one commit serves it well: its statements
share the flush, and an operation that finds the catalog changed can be run again as a whole, since
nothing of it took place yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from jedlik.base.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    ServiceError,
    ValidationException,
)
from jedlik.services.dynamodb.items.write import ItemWrite, Outcome, WriteItems, write_task
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Changes, Value, WriteTask
from jedlik.values.stored import size_of


class Refusal(NamedTuple):
    """A write that did not take place, and the bytes of the item that was in its way."""

    error: ServiceError
    size: int


Result = Outcome | Refusal
"""What became of one write of a batch."""


class _BatchItems(WriteItems):
    """Writes that fail by themselves. `results` are those of all of them, of the time that the task
    was decided last."""

    results: Sequence[Result] = ()

    def _carry_out(
        self, carry_out: Callable[[ItemWrite, Value], Outcome], values: Sequence[Value]
    ) -> list[Outcome]:
        results: list[Result] = []
        for write, value in zip(self._writes, values, strict=True):
            try:
                results.append(carry_out(write, value))
            except (
                ConditionalCheckFailedException,
                DuplicateItemException,
                ValidationException,
            ) as error:
                results.append(Refusal(error, 0 if value is None else size_of(value)))
        self.results = results
        return [result for result in results if isinstance(result, Outcome)]


class _Batch:
    """The task: a batch, whose result is what became of each write."""

    def __init__(self, task: _BatchItems) -> None:
        self._task = task
        self.keys = task.keys

    def decide(self, values: Sequence[Value]) -> Changes[list[Result]]:
        changes, _ = self._task.decide(values)
        return Changes(changes, list(self._task.results))


async def write_batch(database: Database, writes: Sequence[ItemWrite]) -> list[Result]:
    """Write items of different keys in one commit; returns what became of each, in order.

    Raises CatalogChanged.
    """

    def make_task(
        foreseen: dict[bytes, Value], entries: Sequence[bytes]
    ) -> WriteTask[list[Result]]:
        return _Batch(_BatchItems(database, writes, foreseen, entries))

    return await write_task(database, writes, make_task)
