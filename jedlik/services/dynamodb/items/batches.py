"""Several writes in one commit, each of which succeeds or fails by itself.

A batch of PartiQL statements is not a transaction, but one commit serves it well: its statements
share the flush, and an operation that finds the catalog changed can be run again as a whole, since
nothing of it took place yet. Statements of one item see each other's changes in the order of the
batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jedlik.base.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    ServiceError,
    TransactionConflictException,
    ValidationException,
)
from jedlik.services.dynamodb.items.bills import Bill, HeldBack
from jedlik.services.dynamodb.items.capacity import write_units
from jedlik.services.dynamodb.items.image import Image
from jedlik.services.dynamodb.items.write import ItemWrite, Outcome, WriteItems, write_task
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Changes, Value, WriteTask

Result = Outcome | ServiceError
"""What became of one write of a batch."""
_Decided = Result | HeldBack


class _BatchItems(WriteItems):
    """Writes that fail by themselves. WriteItems knows the first one of each item, whose keys are
    to be read; `results` are those of all of them, of the time that the task was decided last."""

    def __init__(
        self,
        database: Database,
        writes: Sequence[ItemWrite],
        foreseen: dict[bytes, Value],
        entries: Sequence[bytes],
    ) -> None:
        self._all = writes
        self.results: list[_Decided] = []
        super().__init__(database, _firsts(writes), foreseen, entries)

    def _carry_out(
        self, carry_out: Callable[[ItemWrite, Value], Outcome], values: Sequence[Value]
    ) -> list[Outcome]:
        current = {write.key: value for write, value in zip(self._writes, values, strict=True)}
        changed: set[bytes] = set()
        results: list[_Decided] = []
        outcomes: list[Outcome] = []
        for write in self._all:
            if write.key in changed and write.table.backfilling:
                # Whether entries of its new state are there is not known before the commit.
                results.append(TransactionConflictException())
                continue
            try:
                outcome = carry_out(write, current[write.key])
            except (
                ConditionalCheckFailedException,
                DuplicateItemException,
                HeldBack,
                ValidationException,
            ) as error:
                results.append(error)
                continue
            changed.add(write.key)
            current[write.key] = _stored(outcome.new)
            results.append(outcome)
            outcomes.append(outcome)
        self.results = results
        return outcomes


def _stored(image: Image | None) -> Value:
    return None if image is None else image.stored


def _firsts(writes: Sequence[ItemWrite]) -> list[ItemWrite]:
    firsts: dict[bytes, ItemWrite] = {}
    for write in writes:
        firsts.setdefault(write.key, write)
    return list(firsts.values())


class _Batch:
    """The task: a batch, whose result is what became of each write."""

    def __init__(self, task: _BatchItems) -> None:
        self._task = task
        self.keys = task.keys

    def decide(self, values: Sequence[Value]) -> Changes[list[_Decided]]:
        changes, _ = self._task.decide(values)
        return Changes(changes, self._task.results)


async def write_batch(database: Database, writes: Sequence[ItemWrite]) -> list[Result]:
    """Write items in one commit; returns the outcome of each, or why it was not written.

    Raises CatalogChanged.
    """
    bills = [Bill(write.table.budget, write.key) for write in writes]
    refused = [None if bill.is_admitted() else bill.refusal() for bill in bills]
    admitted = [write for write, refusal in zip(writes, refused, strict=True) if refusal is None]

    def make_task(
        foreseen: dict[bytes, Value], entries: Sequence[bytes]
    ) -> WriteTask[list[_Decided]]:
        return _Batch(_BatchItems(database, admitted, foreseen, entries))

    decided = iter(await write_task(database, admitted, make_task) if admitted else ())
    return [
        _paid(bill, next(decided)) if refusal is None else refusal
        for bill, refusal in zip(bills, refused, strict=True)
    ]


def _paid(bill: Bill, decided: _Decided) -> Result:
    """What became of a write, once it has paid for that."""
    if isinstance(decided, HeldBack):
        bill.pay(0.0)
        return decided.refusal()
    if isinstance(decided, Outcome):
        bill.pay_write(decided)
        decided.meter()
    elif isinstance(decided, ConditionalCheckFailedException):
        bill.pay(write_units(decided.item_size))
    return decided
