"""Several writes in one commit, each of which succeeds or fails by itself.

A batch of PartiQL statements is not a transaction, but one commit serves it well: its statements
share the flush, and an operation that finds the catalog changed can be run again as a whole, since
nothing of it took place yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from jedlik.base.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    ServiceError,
    ValidationException,
)
from jedlik.services.dynamodb.items.bills import Bill, HeldBack
from jedlik.services.dynamodb.items.capacity import write_units
from jedlik.services.dynamodb.items.write import ItemWrite, Outcome, WriteItems, write_task
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Changes, Value, WriteTask
from jedlik.values.stored import size_of


class Refusal(NamedTuple):
    """A write that did not take place, and the bytes of the item that was in its way; None where
    none was looked at."""

    error: ServiceError
    size: int | None

    def units(self) -> float:
        """The write units that it took all the same: those of a condition that was false."""
        checked = isinstance(self.error, ConditionalCheckFailedException | DuplicateItemException)
        return write_units(self.size or 0) if checked else 0.0


Result = Outcome | Refusal
"""What became of one write of a batch."""
_Decided = Result | HeldBack


class _BatchItems(WriteItems):
    """Writes that fail by themselves. `results` are those of all of them, of the time that the task
    was decided last."""

    results: Sequence[_Decided] = ()

    def _carry_out(
        self, carry_out: Callable[[ItemWrite, Value], Outcome], values: Sequence[Value]
    ) -> list[Outcome]:
        results: list[_Decided] = []
        for write, value in zip(self._writes, values, strict=True):
            try:
                results.append(carry_out(write, value))
            except HeldBack as held:
                results.append(held)
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

    def decide(self, values: Sequence[Value]) -> Changes[list[_Decided]]:
        changes, _ = self._task.decide(values)
        return Changes(changes, list(self._task.results))


class Journal(Protocol):
    """What is noted in the commit of a batch, once it is known what became of its writes."""

    @property
    def keys(self) -> Sequence[bytes]:
        """What it reads."""
        ...

    def changes(self, values: Sequence[Value], results: Sequence[Result]) -> Mapping[bytes, Value]:
        """What it writes; what it raises cancels the batch. Pure."""
        ...


class _JournaledBatch:
    """The task: a batch of writes that pay for nothing, and its journal."""

    def __init__(self, task: _BatchItems, journal: Journal) -> None:
        self._task = task
        self._journal = journal
        self.keys = (*task.keys, *journal.keys)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        own = len(self._task.keys)
        changes, _ = self._task.decide(values[:own])
        results = [each for each in self._task.results if not isinstance(each, HeldBack)]
        assert len(results) == len(self._task.results), "nothing holds back what pays nothing"
        noted = self._journal.changes(values[own:], results)
        return Changes({**changes, **noted}, None)


async def write_journaled(
    database: Database, writes: Sequence[ItemWrite], journal: Journal
) -> None:
    """Write items of different keys, of tables without budgets, with their journal in one commit.

    Raises CatalogChanged and what the journal raises.
    """

    def make_task(prefetched: dict[bytes, Value], entries: Sequence[bytes]) -> WriteTask[None]:
        return _JournaledBatch(_BatchItems(database, writes, prefetched, entries), journal)

    await write_task(database, writes, make_task)


async def write_batch(database: Database, writes: Sequence[ItemWrite]) -> list[Result]:
    """Write items of different keys in one commit; returns what became of each, in order.

    Raises CatalogChanged.
    """
    bills = [Bill(write.table.budget, write.key) for write in writes]
    refused = [None if bill.is_admitted() else bill.refusal() for bill in bills]
    admitted = [write for write, refusal in zip(writes, refused, strict=True) if refusal is None]

    def make_task(
        prefetched: dict[bytes, Value], entries: Sequence[bytes]
    ) -> WriteTask[list[_Decided]]:
        return _Batch(_BatchItems(database, admitted, prefetched, entries))

    decided = iter(await write_task(database, admitted, make_task) if admitted else ())
    return [
        _paid(bill, next(decided)) if refusal is None else Refusal(refusal, None)
        for bill, refusal in zip(bills, refused, strict=True)
    ]


def _paid(bill: Bill, decided: _Decided) -> Result:
    """What became of a write, once it has paid for that."""
    if isinstance(decided, HeldBack):
        bill.pay(0.0)
        return Refusal(decided.refusal(), None)
    if isinstance(decided, Outcome):
        bill.pay_write(decided)
        decided.meter()
    else:
        bill.pay(decided.units())
    return decided
