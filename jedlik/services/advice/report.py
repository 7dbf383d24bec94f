"""A report of all tables: the cost of each for a month, and the advice."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.kernel.metrics.flushing import store_recorded
from jedlik.kernel.metrics.heavy_hitters import together
from jedlik.kernel.metrics.points import DAY, HOUR
from jedlik.services.advice.cost import ON_DEMAND, PROVISIONED, Reckoning, by_operation
from jedlik.services.advice.prices import Prices
from jedlik.services.advice.rules import Facts, advice_on
from jedlik.services.advice.samples import take_sample
from jedlik.services.advice.traffic import Traffic, read_traffic
from jedlik.services.dynamodb.backups.store import backups_from, highest_key, lowest_key
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.metering.contributors import read_minutes
from jedlik.services.dynamodb.tables.descriptions import read_figures
from jedlik.services.dynamodb.tables.insights import all_rules
from jedlik.services.dynamodb.tables.model import Table

DEFAULT_DAYS: Final = 7
MAX_DAYS: Final = 60
_INFREQUENT: Final = "STANDARD_INFREQUENT_ACCESS"


async def make_report(
    database: Database, prices: Prices, days: int = DEFAULT_DAYS
) -> dict[str, Any]:
    """The report on the last `days`. Raises ValidationException."""
    if not 1 <= days <= MAX_DAYS:
        raise ValidationException(f"days must be between 1 and {MAX_DAYS}")
    await store_recorded(database)
    await database.store_contributors()
    now = database.clock.now()
    start = int(now - days * DAY) // HOUR * HOUR
    traffic = await read_traffic(database.engine, start, int(now) + HOUR)
    backed_up = {
        found.backup.table.name
        async for found in backups_from(database, lowest_key(None), highest_key(None))
    }
    tables, advice = [], []
    for table in await database.catalog.all():
        known = traffic.get(table.name, Traffic())
        facts = await _facts(database, table, known, prices, start, now)
        facts.backed_up |= table.name in backed_up
        tables.append(_line(facts))
        advice += advice_on(facts)
    advice.sort(key=lambda each: -(each.saves or 0.0))
    return {
        "Days": days,
        "Prices": prices.named(),
        "CostOfAMonth": round(sum(each["CostOfAMonth"]["Total"] for each in tables), 2),
        "Tables": tables,
        "Advice": [each.to_json() for each in advice],
    }


async def _facts(
    database: Database, table: Table, traffic: Traffic, prices: Prices, start: int, now: float
) -> Facts:
    figures, _ = await read_figures(database.engine, table.id)
    hours = (now - max(start, table.created_at)) / HOUR
    parts = (traffic.own, *traffic.indexes.values())
    size = sum(size for _, size in figures.values())
    reckoning = Reckoning(prices, parts, hours, size)
    infrequent = _class_of(table) == _INFREQUENT
    recovery = table.log is not None and table.log.recovery is not None
    if table.billing_mode == PROVISIONED:
        given = _provisioned(table)
        month = reckoning.provisioned(*given, infrequent=infrequent, recovery=recovery)
    else:
        month = reckoning.month(ON_DEMAND, infrequent=infrequent, recovery=recovery)
    return Facts(
        table, traffic, await take_sample(database, table, traffic.wanted), reckoning, hours, month,
        recovery, infrequent,
        {index.name: figures.get(index.id, (0, 0))[0] for index in table.indexes},
        {index.name: figures.get(index.id, (0, 0))[1] for index in table.indexes},
        await _heaviest(database, table, start, now),
    )  # fmt: skip


def _class_of(table: Table) -> str:
    summary = table.settings.get("TableClassSummary") or {}
    name: str = summary.get("TableClass", "STANDARD")
    return name


def _provisioned(table: Table) -> tuple[float, float]:
    found = [0.0, 0.0]
    for settings in (table.settings, *(i.settings for i in table.indexes if not i.local)):
        given = settings.get("ProvisionedThroughput") or {}
        found[0] += given.get("ReadCapacityUnits", 0)
        found[1] += given.get("WriteCapacityUnits", 0)
    return found[0], found[1]


async def _heaviest(
    database: Database, table: Table, start: float, now: float
) -> tuple[str, float] | None:
    """The partition key that consumed most and its share, if insights are on."""
    for rule in all_rules(table):
        if not rule.throttled and not rule.of_index and len(rule.names) == 1:
            minutes = await read_minutes(database.engine, rule.name, start, now)
            sketch = together(each for _, each in minutes)
            if sketch.total:
                ((key, weight),) = sketch.heaviest(1)
                return ", ".join(key), weight / sketch.total
    return None


def _line(facts: Facts) -> dict[str, Any]:
    month = facts.month
    return {
        "Table": facts.table.name,
        "BillingMode": facts.table.billing_mode,
        "TableClass": _class_of(facts.table),
        "HoursSeen": round(facts.hours, 1),
        "Units": {
            "Reads": round(facts.traffic.own.reads.total, 1),
            "Writes": round(facts.traffic.own.writes.total, 1),
            "Indexes": {
                name: {"Reads": round(part.reads.total, 1), "Writes": round(part.writes.total, 1)}
                for name, part in facts.traffic.indexes.items()
            },
        },
        "Requests": {name: round(count) for name, count in facts.traffic.operations.items()},
        "Operations": _operations(facts),
        "CostOfAMonth": {
            "Reads": round(month.reads, 2), "Writes": round(month.writes, 2),
            "Storage": round(month.storage, 2), "Recovery": round(month.recovery, 2),
            "Total": round(month.total, 2),
        },
    }  # fmt: skip


def _operations(facts: Facts) -> dict[str, dict[str, float]]:
    """Units and cost of each operation, the most expensive first."""
    traffic = facts.traffic
    costs = by_operation(
        facts.month, traffic.read_by, traffic.written_by, facts.reckoning.consumed()
    )
    return {
        name: {
            "Reads": round(traffic.read_by.get(name, 0.0), 1),
            "Writes": round(traffic.written_by.get(name, 0.0), 1),
            "CostOfAMonth": round(cost, 2),
        }
        for name, cost in sorted(costs.items(), key=lambda each: -each[1])
    }
