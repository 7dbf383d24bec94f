"""What a write of one item pays out of its table's budgets, where capacity is enforced.

A global index without room holds writes to its table back (developer guide, "Throttling of global
secondary indexes"), though only those that change its entries. Which those are is known under the
lock of the commit, from the item as it is: so that is where it is looked at (`check_indexes`), and
nowhere else; nothing is charged there, since a task may be decided more than once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.capacity.budget import Partition, TableBudget
from jedlik.services.dynamodb.capacity.refusals import refusal
from jedlik.services.dynamodb.items.image import Image
from jedlik.services.dynamodb.items.index_entries import IndexWrite, write_entries
from jedlik.services.dynamodb.items.open_table import OpenTable
from jedlik.services.dynamodb.items.statistics import Tally
from jedlik.services.dynamodb.vectors.entries import OpenVectorIndex

_LEAST: Final = 1.0
"""Units that every write takes at least, reserved until it is known what it takes."""


class HeldBack(Exception):
    """Global indexes have no room for what a write does to them."""

    def __init__(self, budget: TableBudget, short: list[tuple[Partition, bytes]]) -> None:
        super().__init__()
        self._budget = budget
        self._short = short

    def shortage(self) -> ServiceError:
        """What the client is answered."""
        return refusal(partition.shortage() for partition, _ in self._short)

    def refusal(self) -> ServiceError:
        """The same, and the shortage is noted, which is not to be done under the lock."""
        for partition, key in self._short:
            self._budget.refuse(partition, key)
        return self.shortage()


def check_indexes(
    table: OpenTable,
    budget: TableBudget,
    key: bytes,
    old: Image | None,
    new: Image | None,
    presence: Mapping[bytes, bool],
) -> None:
    """Raise HeldBack if an index has no room for what `old` becoming `new` does to it."""
    if not any(index.write.is_short for index in budget.indexes.values()):
        return
    short = []
    for index, _, entry_key in write_entries(table, key, old, new, {}, Tally(), presence):
        resource = budget.indexes.get(index.name)
        if resource is not None:
            partition = resource.write.at(entry_key)
            if not partition.has_room:
                short.append((partition, entry_key))
    if short:
        raise HeldBack(budget, short)


class Written(Protocol):
    """What is looked at of a write that took place."""

    @property
    def index_writes(self) -> Sequence[IndexWrite]: ...

    def table_units(self) -> float: ...


class Bill:
    """What one write pays. Without a `budget` it is free.

    `factor` is 2 in transactions, for the table only.
    """

    __slots__ = ("_budget", "_factor", "_key", "_paid", "_partition")

    def __init__(self, budget: TableBudget | None, key: bytes, factor: float = 1.0) -> None:
        self._budget = budget
        self._key = key
        self._factor = factor
        self._partition = None if budget is None else budget.own.write.at(key)
        self._paid = 0.0

    def admit(self) -> Bill:
        """Reserve the least that a write takes; raises what a client is answered without room."""
        if not self.is_admitted():
            raise self.refusal()
        return self

    def is_admitted(self) -> bool:
        """Reserve the least that a write takes; False without room."""
        budget, partition = self._budget, self._partition
        if budget is None or partition is None:
            return True
        if not budget.has_room(partition, self._key):
            return False
        self.pay(_LEAST * self._factor)
        return True

    def refusal(self) -> ServiceError:
        """What a client is answered that was not admitted."""
        assert self._partition is not None, "what is free is always admitted"
        return refusal((self._partition.shortage(),))

    def pay(self, units: float) -> None:
        """Have paid `units` altogether."""
        if self._partition is not None:
            self._partition.charge(units - self._paid)
            self._paid = units

    def pay_write(self, outcome: Written) -> None:
        """Pay for a write that took place, its global indexes too."""
        budget = self._budget
        if budget is None:
            return
        own = outcome.table_units() * self._factor
        for index, units, entry_key in outcome.index_writes:
            if isinstance(index, OpenVectorIndex):
                continue
            resource = budget.indexes.get(index.name)
            if resource is None:
                own += units
            else:
                resource.write.at(entry_key).charge(units)
        self.pay(own)


def pay_read(budget: TableBudget | None, key: bytes, units: float) -> ServiceError | None:
    """Pay for an item that was read, or return what a client is answered without room."""
    if budget is None:
        return None
    partition = budget.own.read.at(key)
    if not budget.has_room(partition, key):
        return refusal((partition.shortage(),))
    partition.charge(units)
    return None
