"""Transactions: any number of items of any tables, all or nothing.

Group commits are serializable: tasks are decided one after the other on what they read under lock.
So a transaction is just a write of several items whose errors are collected, instead of ending at
the first. Clients never see a conflict: an engine that cannot serialize two batches retries them
internally.

Developer guide, "Amazon DynamoDB transactions: how it works"; cancellation reasons: API reference,
"TransactWriteItems", Errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from jedlik.base.errors import (
    FailedCheck,
    ServiceError,
    TransactionCanceledException,
    ValidationException,
)
from jedlik.base.limits import MAX_TRANSACTION_SIZE
from jedlik.base.places import Caller
from jedlik.kernel.catalog_version import ChecksCatalog
from jedlik.services.dynamodb.capacity.budget import Partition
from jedlik.services.dynamodb.capacity.refusals import refusal
from jedlik.services.dynamodb.capacity.units import Consumption, read_units
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.bills import Bill, HeldBack
from jedlik.services.dynamodb.items.idempotency import ClientToken
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.write import (
    Commit,
    Outcome,
    WriteItems,
    commit_writes,
)
from jedlik.storage.engine import Changes, Value
from jedlik.values.stored import size_of

Reason = dict[str, Any]
"""A CancellationReason in wire form."""

NO_REASON: Reason = {"Code": "None"}


_CODES = {
    "ValidationException": "ValidationError",
    "ThrottlingException": "ThrottlingError",
}


def reason_of(error: ServiceError) -> Reason:
    """The cancellation reason for an item's error. The only detail it can have is the item (API
    reference, "CancellationReason")."""
    code = error.code()
    reason = {"Code": _CODES.get(code, code.removesuffix("Exception")), "Message": error.message}
    if "Item" in error.details:
        reason["Item"] = error.details["Item"]
    return reason


def canceled(reasons: Sequence[Reason]) -> TransactionCanceledException:
    """The error of a transaction with these reasons, in the order of the request's items."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=list(reasons),
    )


def check_distinct(keys: Sequence[bytes]) -> None:
    """Raise ValidationException if a transaction names one item twice."""
    if len(set(keys)) < len(keys):
        raise ValidationException(
            "Transaction request cannot include multiple operations on one item"
        )


def check_transaction_size(sizes: Iterable[int]) -> None:
    """Raise ValidationException if a transaction's items are larger than 4 MB together."""
    if sum(sizes) > MAX_TRANSACTION_SIZE:
        raise ValidationException("Transaction aggregate item size cannot exceed 4 MB")


def transactional_read(size: int) -> Consumption:
    """The units for reading an item of `size` bytes; a missing item takes a read too."""
    return Consumption(read_units(size, consistent=True, transactional=True))


def stored_size(item: Value) -> int:
    """Bytes of a stored item; 0 for a missing one."""
    return 0 if item is None else size_of(item)


class Repeat(NamedTuple):
    """The transaction had already taken place; `sizes` are those of its items, each of the larger
    of the images before and after."""

    sizes: Sequence[int]


def all_with_reasons(
    commit: Commit, writes: Sequence[ItemWrite], items: Sequence[Value]
) -> list[Outcome]:
    """All outcomes in order, or TransactionCanceledException with all errors; see `Policy`."""
    outcomes = []
    reasons = []
    for write, value in zip(writes, items, strict=True):
        try:
            outcomes.append(commit.write(write, value))
            reasons.append(NO_REASON)
        except HeldBack as held:
            reasons.append(reason_of(held.shortage()))
        except (FailedCheck, ValidationException) as error:
            reasons.append(reason_of(error))
    if len(outcomes) < len(reasons):
        raise canceled(reasons)
    return outcomes


class _Once(ChecksCatalog):
    """A transaction that takes place unless its token was used before."""

    def __init__(self, token: ClientToken, task: WriteItems[list[Outcome]]) -> None:
        self._token = token
        self._task = task
        self.keys = (*task.keys, token.key)

    def decide(self, values: Sequence[Value]) -> Changes[list[Outcome] | Repeat]:
        *own, record = values
        self._task.check_version(own)
        sizes = self._token.repeats(record)
        if sizes is not None:
            return Changes({}, Repeat(sizes or list(map(stored_size, self._task.items_of(own)))))
        changes, outcomes = self._task.decide(own)
        kept = self._token.changes(outcome.size for outcome in outcomes)
        return Changes({**changes, **kept}, outcomes)


async def transact_write(
    database: Database,
    writes: Sequence[ItemWrite],
    token: ClientToken | None,
    operation: str,
    caller: Caller | None,
) -> list[Outcome] | Repeat:
    """Write items of different keys, all or nothing, for a caller's operation.

    Raises TransactionCanceledException, IdempotentParameterMismatchException, CatalogChanged.
    """
    check_transactional(write.table for write in writes)
    bills = [Bill(write.table.budget, write.key, factor=2.0) for write in writes]
    _admit(bills)
    once = None if token is None else partial(_Once, token)
    outcomes = await commit_writes(database, writes, all_with_reasons, caller, once)
    if isinstance(outcomes, Repeat):
        for write, bill, size in zip(writes, bills, outcomes.sizes, strict=True):
            bill.pay(0.0)
            read = transactional_read(size)
            write.table.meter.count_reads(read, operation)
            if write.table.budget is not None:
                partition = write.table.budget.own.read.at(write.key)
                partition.charge(read.total)
    else:
        for bill, outcome in zip(bills, outcomes, strict=True):
            bill.pay_write(outcome)
            outcome.meter(operation, 2.0)
    return outcomes


def check_transactional(tables: Iterable[OpenTable]) -> None:
    """Refuse tables that are strongly consistent over regions: they take no transactions (developer
    guide, "Global tables: core concepts")."""
    if any(table.is_strong for table in tables):
        raise ValidationException(
            "Transactions are not supported on global tables with MultiRegionConsistency set to "
            "STRONG."
        )


def _admit(bills: Sequence[Bill]) -> None:
    """Raise TransactionCanceledException if there is not enough capacity for all writes."""
    refused = [not bill.is_admitted() for bill in bills]
    if any(refused):
        reasons = [
            reason_of(bill.refusal()) if short else NO_REASON
            for bill, short in zip(bills, refused, strict=True)
        ]
        for bill, short in zip(bills, refused, strict=True):
            if not short:
                bill.pay(0.0)
        raise canceled(reasons)


def admit_reads(
    reads: Sequence[tuple[OpenTable, bytes]], operation: str
) -> Callable[[Sequence[Value]], None]:
    """Raise TransactionCanceledException if there is not enough capacity for all items, given by
    tables and keys. Returns a function that charges for them once they are read."""
    check_transactional(table for table, _ in reads)
    partitions: list[Partition | None] = []
    reasons: list[Reason] = []
    for table, key in reads:
        budget = table.budget
        partition = None if budget is None else budget.own.read.at(key)
        short = budget is not None and partition is not None and not budget.has_room(partition, key)
        reasons.append(
            reason_of(refusal((partition.shortage(),))) if short and partition else NO_REASON
        )
        partitions.append(partition)
    if any(reason is not NO_REASON for reason in reasons):
        raise canceled(reasons)

    def charge(items: Sequence[Value]) -> None:
        for (table, _), partition, item in zip(reads, partitions, items, strict=True):
            read = transactional_read(stored_size(item))
            table.meter.count_reads(read, operation)
            if partition is not None:
                partition.charge(read.total)

    return charge
