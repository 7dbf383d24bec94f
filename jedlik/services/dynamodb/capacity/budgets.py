"""The budgets of one process, for all tables whose capacity is enforced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal
from weakref import WeakValueDictionary

from jedlik.base.limits import MAX_TABLE_CAPACITY_UNITS
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.capacity.budget import ResourceBudget, TableBudget
from jedlik.services.dynamodb.capacity.exchange import Exchange
from jedlik.services.dynamodb.capacity.limits import limits_of
from jedlik.services.dynamodb.capacity.refusals import Metered, Shortage
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, Index, Table

CapacityMode = Literal["counted", "enforced"]

COUNTED: Final = "counted"
ENFORCED: Final = "enforced"
CAPACITY_TAG: Final = "jedlik:capacity"
"""The tag of a table that overrides the server's setting."""
CAPACITY_MODES: Final = (COUNTED, ENFORCED)


class Budgets:
    """Budgets by table id, kept while they are in use. `short` is called with every shortage."""

    def __init__(
        self,
        exchange: Exchange,
        arns: Arns,
        mode: CapacityMode = COUNTED,
        quota: int = MAX_TABLE_CAPACITY_UNITS,
        short: Callable[[Shortage], None] = lambda _shortage: None,
    ) -> None:
        self.mode: CapacityMode = mode
        self.exchange = exchange
        self._arns = arns
        self._quota = quota
        self._on_short = short
        self._tables: WeakValueDictionary[int, TableBudget] = WeakValueDictionary()

    def of(self, table: Table, tag: str | None) -> TableBudget | None:
        """The budgets of a table by its present description; None if its capacity is only counted.

        `tag` is the value of its tag CAPACITY_TAG; if that is not a mode, it is ignored.
        """
        mode = tag if tag in CAPACITY_MODES else self.mode
        if mode == COUNTED:
            return None
        on_demand = table.billing_mode == PAY_PER_REQUEST
        own = Metered(self._arns.table_arn(table.name), False, on_demand)
        limits = limits_of(table.settings, table.billing_mode, self._quota)
        budget = self._tables.get(table.id)
        if budget is None:
            exchange = self.exchange
            budget = TableBudget(table.id, own, limits, exchange.add, self._short)
            self._tables[table.id] = budget
        else:
            budget.own.take(own, limits)
        self._take_indexes(budget, table)
        return budget

    def _short(self, shortage: Shortage) -> None:
        self.exchange.hurry()
        self._on_short(shortage)

    def _take_indexes(self, budget: TableBudget, table: Table) -> None:
        indexes = {}
        for index in table.indexes:
            if not index.local:
                indexes[index.name] = self._index(budget, table, index)
        budget.indexes = indexes
        if not budget.asleep:
            self.exchange.hurry()  # new limits apply immediately

    def _index(self, budget: TableBudget, table: Table, index: Index) -> ResourceBudget:
        on_demand = table.billing_mode == PAY_PER_REQUEST
        metered = Metered(self._arns.index_arn(table.name, index.name), True, on_demand)
        limits = limits_of(index.settings, table.billing_mode, self._quota)
        known = budget.indexes.get(index.name)
        if known is not None and known.id == index.id:
            known.take(metered, limits)
            return known
        made = ResourceBudget(budget, index.id, metered, limits)
        if not budget.asleep:
            for balance in made.balances():
                balance.lend()
        return made
