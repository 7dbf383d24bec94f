"""Several writes in one commit, each of which succeeds or fails by itself.

A batch of PartiQL statements is not a transaction, but is written in one commit all the same: its
statements share the flush, and an operation that finds the catalog changed can be run again as a
whole, since nothing was written yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from jedlik.base.errors import FailedCheck, ServiceError, ValidationException
from jedlik.base.places import Caller
from jedlik.kernel.catalog_version import ChecksCatalog
from jedlik.services.dynamodb.capacity.units import write_units
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.items.bills import Bill, HeldBack
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.write import (
    Commit,
    Outcome,
    WriteItems,
    commit_writes,
)
from jedlik.storage.engine import Changes, Value


class Refusal(NamedTuple):
    """A write that was refused."""

    error: ServiceError

    def units(self) -> float:
        """The write units that it took nevertheless, if the present item was the reason."""
        error = self.error
        return write_units(error.item_size) if isinstance(error, FailedCheck) else 0.0


Result = Outcome | Refusal
"""The result of one write of a batch."""
_Decided = Result | HeldBack


def each_by_itself(
    commit: Commit, writes: Sequence[ItemWrite], items: Sequence[Value]
) -> list[_Decided]:
    """The result of each write; see `Policy`. The second write of an item finds it as the first one
    left it."""
    decided: list[_Decided] = []
    for write, value in zip(writes, items, strict=True):
        try:
            decided.append(commit.write(write, value))
        except HeldBack as held:
            decided.append(held)
        except (FailedCheck, ValidationException) as error:
            decided.append(Refusal(error))
    return decided


class Journal(Protocol):
    """What is noted in the commit of a batch, given the results of its writes."""

    @property
    def keys(self) -> Sequence[bytes]:
        """What it reads."""

    def changes(self, values: Sequence[Value], results: Sequence[Result]) -> Mapping[bytes, Value]:
        """What it writes; what it raises cancels the batch. Pure."""


class _Journaled(ChecksCatalog):
    """A batch of writes that are not charged, and its journal."""

    def __init__(self, journal: Journal, task: WriteItems[list[_Decided]]) -> None:
        self._task = task
        self._journal = journal
        self.keys = (*task.keys, *journal.keys)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        own = len(self._task.keys)
        changes, decided = self._task.decide(values[:own])
        noted = self._journal.changes(values[own:], _of_free(decided))
        return Changes({**changes, **noted}, None)


def _of_free(decided: Sequence[_Decided]) -> list[Result]:
    """The results of writes that are not charged."""
    results = [each for each in decided if not isinstance(each, HeldBack)]
    assert len(results) == len(decided), "nothing holds back what pays nothing"
    return results


async def write_journaled(
    database: Database, writes: Sequence[ItemWrite], journal: Journal
) -> None:
    """Write items of different keys, of tables without budgets, with their journal in one commit.

    Raises CatalogChanged and what the journal raises.
    """
    await commit_writes(database, writes, each_by_itself, None, partial(_Journaled, journal))


async def write_batch(
    database: Database, writes: Sequence[ItemWrite], operation: str, caller: Caller | None
) -> list[Result]:
    """Write items of different keys in one commit, for a caller's operation; returns their
    results in order.

    Raises CatalogChanged.
    """
    if all(write.table.budget is None for write in writes):
        results = _of_free(await commit_writes(database, writes, each_by_itself, caller))
        for write, result in zip(writes, results, strict=True):
            _meter(write, result, operation)
        return results
    bills = [Bill(write.table.budget, write.key) for write in writes]
    refused = [None if bill.is_admitted() else bill.refusal() for bill in bills]
    admitted = [write for write, refusal in zip(writes, refused, strict=True) if refusal is None]
    decided = iter(
        await commit_writes(database, admitted, each_by_itself, caller) if admitted else ()
    )
    return [
        _paid(write, bill, next(decided), operation) if refusal is None else Refusal(refusal)
        for write, bill, refusal in zip(writes, bills, refused, strict=True)
    ]


def _meter(write: ItemWrite, result: Result, operation: str) -> None:
    """Count the units that a write consumed."""
    if isinstance(result, Outcome):
        result.meter(operation)
    elif units := result.units():
        write.table.meter.own.writes[operation](units)


def _paid(write: ItemWrite, bill: Bill, decided: _Decided, operation: str) -> Result:
    """The result of a write, once it is charged."""
    if isinstance(decided, HeldBack):
        bill.pay(0.0)
        return Refusal(decided.refusal())
    if isinstance(decided, Outcome):
        bill.pay_write(decided)
    else:
        bill.pay(decided.units())
    _meter(write, decided, operation)
    return decided
