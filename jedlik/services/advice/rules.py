"""The advice: a function for each kind, with the observation, the change and its saving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from jedlik.services.advice.better_index import better_read
from jedlik.services.advice.cost import (
    ON_DEMAND,
    PROVISIONED,
    RESERVED,
    Month,
    Reckoning,
    by_operation,
)
from jedlik.services.advice.samples import Entries, Sample
from jedlik.services.advice.traffic import Dropped, Traffic
from jedlik.services.dynamodb.tables.model import KEYS_ONLY, Table

_HOURS_TO_JUDGE: Final = 24
"""Hours of traffic before something is reported as never used, or as cheaper in another way."""
_FEW_SCANS: Final = 10
_THROWN_AWAY: Final = 0.9
_MIN_SCANNED: Final = 1000
_HOT_KEY: Final = 0.5
_LARGE: Final = 300 * 1024
_WIDE_SPREAD: Final = 20
_MIN_SAMPLED: Final = 20
_MIN_SAVING: Final = 0.1
"""Share of the cost that a change has to save."""
_CENT: Final = 0.01


@dataclass(frozen=True, slots=True)
class Advice:
    """`saves` is the saving in a month by the list of prices; None if it is not money, or
    unknown."""

    kind: str
    table: str
    seen: str
    do: str
    saves: float | None = None
    index: str | None = None

    def to_json(self) -> dict[str, Any]:
        """In the form of reports."""
        found: dict[str, Any] = {
            "Kind": self.kind, "Table": self.table, "Seen": self.seen, "Do": self.do,
        }  # fmt: skip
        if self.index is not None:
            found["Index"] = self.index
        if self.saves is not None:
            found["SavesAMonth"] = round(self.saves, 2)
        return found


@dataclass(slots=True)
class Facts:
    """All that is known of a table. `index_items` and `index_sizes` are entries and their bytes, by
    the index's name; `heaviest` has, if Contributor Insights are on, the partition key that
    consumed most and its share."""

    table: Table
    traffic: Traffic
    sample: Sample
    reckoning: Reckoning
    hours: float
    month: Month
    backed_up: bool
    infrequent: bool
    index_items: dict[str, int]
    index_sizes: dict[str, int]
    heaviest: tuple[str, float] | None = None


def _scan(facts: Facts) -> Iterator[Advice]:
    scans = facts.traffic.operations.get("Scan", 0.0)
    queries = facts.traffic.operations.get("Query", 0.0)
    scanned = facts.traffic.scanned.get("Scan", 0.0)
    if scans >= _FEW_SCANS and scanned:
        returned = facts.traffic.returned.get("Scan", 0.0)
        # A Scan whose results are all used is not a problem.
        if returned <= (1 - _THROWN_AWAY) * scanned and scanned >= _MIN_SCANNED:
            yield Advice(
                "scan", facts.table.name,
                f"{scans:,.0f} Scans read {scanned:,.0f} items and returned {returned:,.0f} "
                f"(and there were {queries:,.0f} Queries).",
                _better(facts, "Scan"),
                _thrown_away(facts, "Scan"),
            )  # fmt: skip


def _better(facts: Facts, operation: str) -> str:
    dropped = facts.traffic.most_dropped(operation) or Dropped(operation, None, (), ())
    return better_read(facts.table, dropped)


def _thrown_away(facts: Facts, operation: str) -> float | None:
    """The cost for a month of reading items that an operation's filters dropped."""
    units = facts.traffic.read_by.get(operation)
    if units is None:
        return None
    cost = by_operation(facts.month, {operation: units}, {}, facts.reckoning.consumed())[operation]
    returned, scanned = facts.traffic.returned.get(operation, 0.0), facts.traffic.scanned[operation]
    return cost * (1 - returned / scanned)


def _filters(facts: Facts) -> Iterator[Advice]:
    scanned = facts.traffic.scanned.get("Query", 0.0)
    returned = facts.traffic.returned.get("Query", 0.0)
    if scanned >= _MIN_SCANNED and returned <= (1 - _THROWN_AWAY) * scanned:
        yield Advice(
            "filter", facts.table.name,
            f"Filters of Queries threw {1 - returned / scanned:.0%} of {scanned:,.0f} items away "
            "after they were read and paid for.",
            _better(facts, "Query"),
            _thrown_away(facts, "Query"),
        )  # fmt: skip


def _hot_partitions(facts: Facts) -> Iterator[Advice]:
    for index, part in ((None, facts.traffic.own), *facts.traffic.indexes.items()):
        if part.hot:
            yield Advice(
                "hot-partition", facts.table.name,
                f"{part.hot:,.0f} reads and writes were throttled since their partition was hot.",
                "Spread the key over more values (a suffix to write to, which reads ask for in "
                "turn), or cache its reads; Contributor Insights tell which key it is.",
                index=index,
            )  # fmt: skip


def _hot_keys(facts: Facts) -> Iterator[Advice]:
    if facts.heaviest is not None and facts.heaviest[1] >= _HOT_KEY:
        key, share = facts.heaviest
        yield Advice(
            "hot-key", facts.table.name,
            f"The partition key {key!r} took {share:.0%} of what was consumed.",
            "Spread it over more values, or cache its reads.",
        )  # fmt: skip


def _unread_indexes(facts: Facts) -> Iterator[Advice]:
    if facts.hours < _HOURS_TO_JUDGE:
        return
    for index in facts.table.indexes:
        part = facts.traffic.indexes.get(index.name)
        if index.local or (part is not None and part.reads.total):
            continue
        items = facts.index_items.get(index.name, 0)
        written = 0.0 if part is None else part.writes.total
        if items or written:
            yield Advice(
                "unread-index", facts.table.name,
                f"Nothing was read from the index in {facts.hours:,.0f} hours; writes to it took "
                f"{written:,.0f} units, and it holds {items:,} items.",
                "Delete it, unless something reads it more rarely than that.",
                index=index.name,
            )  # fmt: skip


def _wide_projections(facts: Facts) -> Iterator[Advice]:
    if facts.hours < _HOURS_TO_JUDGE:
        return
    for index in facts.table.indexes:
        entries = facts.sample.entries.get(index.name)
        if entries is None or entries.narrow_size > (1 - _MIN_SAVING) * entries.size:
            continue
        wanted = sorted(entries.attributes)
        names = ", ".join(wanted)
        kind, only = (f"INCLUDE {names}", f"only {names}") if wanted else (KEYS_ONLY, "nothing")
        yield Advice(
            "wide-projection", facts.table.name,
            f"Its projection is {index.projection.kind}, and in {facts.hours:,.0f} hours reads of "
            f"it wanted {only} besides keys: "
            f"{1 - entries.narrow_size / entries.size:.0%} of its bytes were not asked for.",
            f"Make an index with the projection {kind}, read that one, and delete this.",
            _narrower(facts, index.name, entries),
            index=index.name,
        )  # fmt: skip


def _narrower(facts: Facts, index: str, entries: Entries) -> float:
    """The saving for a month with entries of only the attributes that are read."""
    stored = facts.reckoning.storage(facts.index_sizes.get(index, 0), infrequent=facts.infrequent)
    saved = stored * (1 - entries.narrow_size / entries.size)
    part, (_, written) = facts.traffic.indexes.get(index), facts.reckoning.consumed()
    if part is not None and written:
        cost = facts.month.writes * part.writes.total / written
        saved += cost * (1 - entries.narrow_units / entries.units)
    return saved


def _sizes(facts: Facts) -> Iterator[Advice]:
    sample = facts.sample
    if not sample.sizes:
        return
    largest, median = sample.sizes[-1], sample.size_at(0.5)
    if largest >= _LARGE:
        yield Advice(
            "large-item", facts.table.name,
            f"Of {len(sample.sizes):,} items the largest has {largest:,} bytes; the limit is "
            "409,600.",
            "Keep what is large in an object store, or in items of its own below the same "
            "partition key.",
        )  # fmt: skip
    elif len(sample.sizes) >= _MIN_SAMPLED and sample.size_at(0.99) >= _WIDE_SPREAD * median:
        yield Advice(
            "size-spread", facts.table.name,
            f"Half of {len(sample.sizes):,} items have up to {median:,} bytes, one in a hundred "
            f"{sample.size_at(0.99):,} or more.",
            "Reads of small attributes pay for the large ones: keep those in items of their own.",
        )  # fmt: skip


def _time_to_live(facts: Facts) -> Iterator[Advice]:
    for count, what, do in (
        (facts.sample.ttl_milliseconds, "in milliseconds", "Write it in seconds since 1970"),
        (facts.sample.ttl_no_number, "that is not a number", "Write it as a number (N)"),
    ):
        if count:
            yield Advice(
                "ttl", facts.table.name,
                f"{count:,} of {len(facts.sample.sizes):,} items have a time to live {what}.",
                f"{do}: these items never expire.",
            )  # fmt: skip


def _names(facts: Facts) -> Iterator[Advice]:
    sample = facts.sample
    if len(sample.sizes) >= _MIN_SAMPLED and sample.names > sample.total - sample.names:
        yield Advice(
            "long-names", facts.table.name,
            f"Names of attributes are {sample.names / sample.total:.0%} of the bytes of "
            f"{len(sample.sizes):,} items.",
            "Shorten them: every item is stored, read and written with them.",
        )  # fmt: skip


def _protection(facts: Facts) -> Iterator[Advice]:
    if not facts.table.deletion_protection:
        yield Advice(
            "no-deletion-protection", facts.table.name, "Anyone who may DeleteTable can delete it.",
            "UpdateTable with DeletionProtectionEnabled.",
        )  # fmt: skip
    if not facts.backed_up:
        yield Advice(
            "no-backup", facts.table.name,
            "It has no backup, and point-in-time recovery is off.",
            "UpdateContinuousBackups, or CreateBackup.",
        )  # fmt: skip


def _modes(facts: Facts) -> Iterator[Advice]:
    if facts.hours < _HOURS_TO_JUDGE or facts.month.total < _CENT:
        return
    now = facts.table.billing_mode
    before = facts.month.total - facts.month.recovery
    for mode in (ON_DEMAND, PROVISIONED, RESERVED):
        if mode == now == ON_DEMAND or (mode == RESERVED and facts.infrequent):
            continue
        month = facts.reckoning.month(mode, infrequent=facts.infrequent)
        if month.total < (1 - _MIN_SAVING) * before:
            yield Advice(
                "capacity-mode", facts.table.name,
                f"Reads and writes cost {before - month.storage:,.2f} a month, {now}.",
                f"Make it {mode}: {month.reads + month.writes:,.2f}{_figures(facts, mode)}.",
                before - month.total,
            )  # fmt: skip


def _figures(facts: Facts, mode: str) -> str:
    if mode == ON_DEMAND:
        return ""
    reads = facts.reckoning.bounds(facts.traffic.own.reads)
    writes = facts.reckoning.bounds(facts.traffic.own.writes)
    return (
        f", auto scaled at 70 % within {reads.least:,} and {reads.most:,} read units and "
        f"{writes.least:,} and {writes.most:,} write units"
    )


def _table_class(facts: Facts) -> Iterator[Advice]:
    if facts.hours < _HOURS_TO_JUDGE or facts.month.total < _CENT:
        return
    mode = facts.table.billing_mode
    other = facts.reckoning.month(mode, infrequent=not facts.infrequent)
    same = facts.reckoning.month(mode, infrequent=facts.infrequent)
    if other.total < (1 - _MIN_SAVING) * same.total:
        name = "STANDARD" if facts.infrequent else "STANDARD_INFREQUENT_ACCESS"
        yield Advice(
            "table-class", facts.table.name,
            f"Storage costs {same.storage:,.2f}, reads and writes {same.reads + same.writes:,.2f} "
            "a month.",
            f"Make its table class {name}.",
            same.total - other.total,
        )  # fmt: skip


RULES: Final[dict[str, Callable[[Facts], Iterator[Advice]]]] = {
    "scan": _scan,
    "filter": _filters,
    "hot-partition": _hot_partitions,
    "hot-key": _hot_keys,
    "unread-index": _unread_indexes,
    "wide-projection": _wide_projections,
    "sizes": _sizes,
    "ttl": _time_to_live,
    "long-names": _names,
    "protection": _protection,
    "capacity-mode": _modes,
    "table-class": _table_class,
}
KINDS: Final = (
    "scan", "filter", "hot-partition", "hot-key", "unread-index", "wide-projection", "large-item",
    "size-spread", "ttl", "long-names", "no-deletion-protection", "no-backup", "capacity-mode",
    "table-class",
)  # fmt: skip
"""All kinds of advice."""


def advice_on(facts: Facts) -> list[Advice]:
    """All advice on a table."""
    return [advice for rule in RULES.values() for advice in rule(facts)]
