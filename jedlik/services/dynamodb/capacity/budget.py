"""Budgets, which operations check before they work and charge afterwards.

A budget is what this process may still spend of a table's or an index's capacity, in one direction,
until it settles with the other processes (see `ledger`). Checking compares two numbers and charging
subtracts from them: no clock, no lock, no store. A request is admitted as long as anything is left,
and pays its actual cost, so a budget may become negative; the debt must be paid before another
request is admitted. The service does the same, since the cost of an item is known only once it is
read.

A table that is not in use sleeps: it has returned its capacity, and its budgets are zero. So its
next request is about to be refused, which wakes it with a short credit. The first settlement takes
the credit back.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from jedlik.base.limits import READ_UNIT_SIZE
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, ITEM_SORT_OFFSET
from jedlik.services.dynamodb.capacity.limits import PARTITION_READ, PARTITION_WRITE, Limit, Limits
from jedlik.services.dynamodb.capacity.refusals import READ, WRITE, Metered, Shortage, refusal
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.storage.engine import Value
from jedlik.values.keybytes import HASH_SIZE
from jedlik.values.stored import size_of

CREDIT_SECONDS: Final = 0.25
"""The credit of a process before its first settlement, in seconds of the table's capacity."""
_SAMPLES: Final = 64
"""Refused keys that are kept, to find out where to split a hot partition."""


class Balance:
    """What this process may spend of one bucket that all processes share.

    `left` is what it may still spend, `granted` what it had after the last settlement, and `credit`
    the part that was not granted yet. `refused` counts requests that found nothing left.
    """

    __slots__ = ("credit", "granted", "left", "limit", "name", "refused")

    def __init__(self, name: str, limit: Limit) -> None:
        self.name = name
        self.limit = limit
        self.left = self.granted = self.credit = 0.0
        self.refused = 0

    def lend(self) -> None:
        """Add the credit of a process that has not settled yet."""
        self.credit = self.granted = self.left = max(1.0, self.limit.rate * CREDIT_SECONDS)


class Partition(Balance):
    """A range of hashes from `start` on, in one direction."""

    __slots__ = ("samples", "start", "whole")

    def __init__(self, whole: Budget, start: bytes) -> None:
        limit = PARTITION_READ if whole.direction == READ else PARTITION_WRITE
        super().__init__(f"{whole.name}@{start.hex()}", limit)
        self.whole = whole
        self.start = start
        self.samples: list[bytes] = []

    def charge(self, units: float) -> None:
        """Pay `units` for what was done in this partition."""
        self.left -= units
        self.whole.left -= units

    def charge_read(self, stored: Value, consistent: bool | None) -> None:
        """Pay for the read of an item, as it is stored.

        Nearly all items are so small that it suffices to look at the number of their stored bytes,
        which is never less than their size (see `values.stored`).
        """
        if stored is None or len(stored) <= READ_UNIT_SIZE:
            units = 1.0 if consistent else 0.5
        else:
            units = -(-size_of(stored) // READ_UNIT_SIZE) * (1.0 if consistent else 0.5)
        self.left -= units
        self.whole.left -= units

    @property
    def has_room(self) -> bool:
        """Whether a request would be admitted now."""
        return self.left > 0.0 and self.whole.left > 0.0

    def shortage(self) -> Shortage:
        """What ran out, if something has."""
        whole = self.whole
        cause = whole.cause if whole.left <= 0.0 else self.limit.cause
        return Shortage(whole.resource, whole.direction, cause)

    def note_refusal(self, key: bytes) -> None:
        """Count a request for `key` that found no room here."""
        whole = self.whole
        if whole.left <= 0.0:
            whole.refused += 1
        elif len(self.samples) < _SAMPLES:
            self.samples.append(key[INDEX_PREFIX_SIZE:ITEM_SORT_OFFSET])
        if self.left <= 0.0:
            self.refused += 1


class Budget(Balance):
    """The budget of a table or a global index in one direction."""

    __slots__ = ("_by_byte", "_starts", "cause", "direction", "partitions", "resource", "table")

    def __init__(
        self, table: TableBudget, name: str, resource: Metered, direction: str, limit: Limit
    ) -> None:
        super().__init__(name, limit)
        self.table = table
        self.resource = resource
        self.direction = direction
        self.cause = limit.cause
        self._starts: list[bytes] = []
        self._by_byte: list[Partition | None] = []
        self.partitions: list[Partition] = []

    def at(self, key: bytes) -> Partition:
        """The partition of an item's or entry's key in the store, which has at least one byte of
        the hash."""
        hashed = key[INDEX_PREFIX_SIZE:ITEM_SORT_OFFSET]
        return self.partitions[bisect_right(self._starts, hashed) - 1]

    def admit(self, key: bytes) -> Partition:
        """The partition to charge for an access to `key`. Raises the client's error if there is no
        room."""
        partition = self._by_byte[key[INDEX_PREFIX_SIZE]] or self.at(key)
        if partition.left <= 0.0 or self.left <= 0.0:
            self.table.find_room(partition, key)
        return partition

    def cut(self, starts: list[bytes]) -> Iterator[Partition]:
        """Divide into partitions that begin at `starts`, the first of which is empty; yields the
        new ones."""
        known = {partition.start: partition for partition in self.partitions}
        partitions = []
        for start in starts:
            partition = known.get(start)
            if partition is None:
                partition = Partition(self, start)
                yield partition
            partitions.append(partition)
        self.partitions, self._starts = partitions, starts
        self._by_byte = [self._whole_byte(byte) for byte in range(256)]

    def _whole_byte(self, byte: int) -> Partition | None:
        """The partition of all hashes that begin with a byte; None if there are several."""
        first = bisect_right(self._starts, bytes((byte,)) + bytes(HASH_SIZE - 1))
        last = bisect_right(self._starts, bytes((byte,)) + b"\xff" * (HASH_SIZE - 1))
        return self.partitions[first - 1] if first == last else None

    @property
    def is_short(self) -> bool:
        """Whether any key would find no room."""
        return self.left <= 0.0 or any(each.left <= 0.0 for each in self.partitions)

    def balances(self) -> Iterator[Balance]:
        """Its own and its partitions'."""
        yield self
        yield from self.partitions


class ResourceBudget:
    """Both directions of a table or of a global index, by the id of its entries' keys."""

    def __init__(self, table: TableBudget, id_: int, resource: Metered, limits: Limits) -> None:
        self.id = id_
        self.name = name = f"{id_}:"
        self.read = Budget(table, f"{name}r", resource, READ, limits.read)
        self.write = Budget(table, f"{name}w", resource, WRITE, limits.write)
        self.splits: frozenset[bytes] = frozenset()
        self.even = 0
        self.partition(limits.partitions, ())

    def take(self, resource: Metered, limits: Limits) -> None:
        """Use other limits from now on."""
        for budget, limit in ((self.read, limits.read), (self.write, limits.write)):
            budget.resource = resource
            if budget.limit != limit:
                budget.limit = limit
                budget.cause = limit.cause
        self.partition(max(self.even, limits.partitions), ())

    def partition(self, count: int, splits: Iterable[bytes]) -> None:
        """Divide into `count` partitions of equal size, and at `splits` and earlier splits."""
        more = self.splits.union(splits)
        if count == self.even and more == self.splits:
            return
        self.even, self.splits = count, more
        for budget in (self.read, self.write):
            awake = not budget.table.asleep
            for new in budget.cut(_starts(count, more)):
                if awake:
                    new.lend()

    def balances(self) -> Iterator[Balance]:
        """Those of both directions."""
        yield from self.read.balances()
        yield from self.write.balances()


def _starts(count: int, splits: Iterable[bytes]) -> list[bytes]:
    """The beginnings of `count` equal partitions, and of those split off because of heat."""
    even = (part * 256**HASH_SIZE // count for part in range(1, count))
    return [b"", *sorted({*(start.to_bytes(HASH_SIZE, "big") for start in even), *splits})]


class TableBudget:
    """The budgets of a table and its global indexes; `own` is the table's.

    `woken` is called with the table when it wakes, `short` with a shortage when a request is
    refused.
    """

    def __init__(
        self,
        table_id: int,
        resource: Metered,
        limits: Limits,
        woken: Callable[[TableBudget], None],
        short: Callable[[Shortage], None],
    ) -> None:
        self.id = table_id
        self.asleep = True
        self.measured = -math.inf
        """When the size of the table was last measured, in seconds since the epoch."""
        self._woken = woken
        self._short = short
        self.own = ResourceBudget(self, TABLE_INDEX_ID, resource, limits)
        self.indexes: dict[str, ResourceBudget] = {}
        """Global indexes by their names."""

    def resources(self) -> Iterator[ResourceBudget]:
        """The table and its indexes."""
        yield self.own
        yield from self.indexes.values()

    def balances(self) -> Iterator[Balance]:
        """All of them."""
        for resource in self.resources():
            yield from resource.balances()

    def find_room(self, partition: Partition, key: bytes) -> None:
        """Raise the client's error, unless the table was only asleep."""
        if self.has_room(partition, key):
            return
        raise refusal((partition.shortage(),))

    def has_room(self, partition: Partition, key: bytes) -> bool:
        """Whether there is room; wakes a sleeping table. A lack of room counts as a
        refusal."""
        if partition.has_room:
            return True
        if self.asleep:
            self.wake()
            return True
        self.refuse(partition, key)
        return False

    def refuse(self, partition: Partition, key: bytes) -> None:
        """Count a request for `key` that found no room in `partition`."""
        partition.note_refusal(key)
        self._short(partition.shortage())

    def wake(self) -> None:
        """Start spending, on credit until the first settlement."""
        self.asleep = False
        for balance in self.balances():
            balance.lend()
        self._woken(self)

    def sleep(self) -> None:
        """Stop spending until woken."""
        self.asleep = True
        for balance in self.balances():
            balance.left = balance.granted = balance.credit = 0.0
