"""The settings of tables in use and of the account, recorded every five minutes.

Only tables that this process has used recently are recorded, so that the cost does not grow with
the number of tables. Every process that uses a table records the same values; that makes no
difference to averages, minima and maxima, for which these metrics are documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from jedlik.base.clock import Clock
from jedlik.kernel.metrics.metric import PERCENT, Metric
from jedlik.kernel.metrics.recorder import Gauge, Metrics
from jedlik.services.dynamodb.metering.metric_names import INDEX, TABLE, metric
from jedlik.services.dynamodb.metering.table_meter import TableMeters
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, Table
from jedlik.services.dynamodb.tables.quotas import Quotas

INTERVAL: Final = 300
_DIRECTIONS: Final = ("Read", "Write")


class SettingsMeter:
    """Records the settings of the tables of one process; to be called often."""

    def __init__(self, metrics: Metrics, meters: TableMeters, clock: Clock, quotas: Quotas) -> None:
        self._quotas = quotas
        self._metrics = metrics
        self._meters = meters
        self._now = clock.now
        self._last = 0

    def __call__(self) -> None:
        turn = int(self._now()) // INTERVAL
        tables = [each.model for each in self._meters.in_use() if each.model is not None]
        if turn == self._last or not tables:
            return
        self._last = turn
        for named, value in (*_of_account(tables, self._quotas), *_of_tables(tables)):
            self._metrics.distribution(named, Gauge).add(value)


def _of_tables(tables: list[Table]) -> Iterator[tuple[Metric, float]]:
    for table in tables:
        on_demand = table.billing_mode == PAY_PER_REQUEST
        yield from _of_resource(table.settings, on_demand, {TABLE: table.name})
        for index in table.indexes:
            if not index.local:
                dimensions = {TABLE: table.name, INDEX: index.name}
                yield from _of_resource(index.settings, on_demand, dimensions)


def _of_resource(
    settings: dict[str, Any], on_demand: bool, dimensions: dict[str, str]
) -> Iterator[tuple[Metric, float]]:
    for direction in _DIRECTIONS:
        if on_demand:
            given = settings.get("OnDemandThroughput") or {}
            units = given.get(f"Max{direction}RequestUnits")
            name = f"OnDemandMax{direction}RequestUnits"
        else:
            units = _provisioned(settings, direction)
            name = f"Provisioned{direction}CapacityUnits"
        if units is not None and units > 0:
            yield metric(name, **dimensions), units


def _provisioned(settings: dict[str, Any], direction: str) -> int:
    given: int = (settings.get("ProvisionedThroughput") or {}).get(f"{direction}CapacityUnits", 0)
    return given


def _of_account(tables: list[Table], quotas: Quotas) -> Iterator[tuple[Metric, float]]:
    for direction in _DIRECTIONS:
        yield metric(f"AccountMax{direction}s"), quotas.account
        yield metric(f"AccountMaxTableLevel{direction}s"), quotas.table
        units = [
            _provisioned(settings, direction)
            for table in tables
            if table.billing_mode != PAY_PER_REQUEST
            for settings in (table.settings, *(i.settings for i in table.indexes if not i.local))
        ]
        if units:
            of_account = 100.0 * sum(units) / quotas.account
            yield metric(f"AccountProvisioned{direction}CapacityUtilization", PERCENT), of_account
            of_table = 100.0 * max(units) / quotas.table
            yield metric(f"MaxProvisionedTable{direction}CapacityUtilization", PERCENT), of_table
