"""Charging the write of one item to the budgets of its table, where capacity is enforced.

A global index without capacity blocks writes to its table (developer guide, "Throttling of global
secondary indexes"), but only those that change its entries. Which ones do is known only under the
lock of the commit, from the present item: so it is checked there (`check_indexes`). Nothing is
charged there, since a task may be decided more than once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.capacity.budget import Partition, TableBudget
from jedlik.services.dynamodb.capacity.refusals import refusal
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.index_entries import IndexWrite, write_entries
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.values.image import Image

_MIN_UNITS: Final = 1.0
"""The minimum units of a write, reserved until its actual units are known."""


class HeldBack(Exception):
    """Global indexes have no capacity for the changes of a write."""

    def __init__(self, budget: TableBudget, short: list[tuple[Partition, bytes]]) -> None:
        super().__init__()
        self._budget = budget
        self._short = short

    def shortage(self) -> ServiceError:
        """The error for the client."""
        return refusal(partition.shortage() for partition, _ in self._short)

    def refusal(self) -> ServiceError:
        """The same, after noting the shortage, which must not be done under the lock."""
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
    """Raise HeldBack if an index has no capacity for the change from `old` to `new`."""
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
    """The parts of a write's outcome that are charged."""

    @property
    def index_writes(self) -> Sequence[IndexWrite]: ...

    def table_units(self) -> float: ...


class Bill:
    """The charge for one write. Without a `budget` it is free.

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
        """Reserve the minimum of a write. Raises the client's error if there is no room."""
        if not self.is_admitted():
            raise self.refusal()
        return self

    def is_admitted(self) -> bool:
        """Reserve the minimum of a write; False if there is no room."""
        budget, partition = self._budget, self._partition
        if budget is None or partition is None:
            return True
        if not budget.has_room(partition, self._key):
            return False
        self.pay(_MIN_UNITS * self._factor)
        return True

    def refusal(self) -> ServiceError:
        """The error for a client whose write was not admitted."""
        assert self._partition is not None, "what is free is always admitted"
        return refusal((self._partition.shortage(),))

    def pay(self, units: float) -> None:
        """Pay the rest of `units`, which include the reserved minimum."""
        if self._partition is not None:
            self._partition.charge(units - self._paid)
            self._paid = units

    def pay_write(self, outcome: Written) -> None:
        """Pay for a write that took place, including its global indexes."""
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
    """Pay for an item that was read, or return the client's error if there is no room."""
    if budget is None:
        return None
    partition = budget.own.read.at(key)
    if not budget.has_room(partition, key):
        return refusal((partition.shortage(),))
    partition.charge(units)
    return None
