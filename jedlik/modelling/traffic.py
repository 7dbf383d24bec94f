"""A model compared with a server's traffic: which patterns are requested, and what else.

A request log has the operation, table, index and operators on key attributes, but no values. So
patterns that differ only in values (a customer's profile, a product) are the same in it, and are
counted together. Requests in batches, transactions and statements cannot be distinguished: they may
belong to any pattern of their table, and a pattern seen only there is reported so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from jedlik.modelling.model import AccessPattern, Model
from jedlik.modelling.serving import Finding, Grade

_SINGLE: Final = ("DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
_READS: Final = ("GetItem", "Query", "Scan")
_SEVERAL: Final[Mapping[str, tuple[str, ...]]] = {
    "BatchGetItem": ("GetItem",),
    "TransactGetItems": ("GetItem",),
    "BatchWriteItem": ("DeleteItem", "PutItem"),
    "TransactWriteItems": ("DeleteItem", "PutItem", "UpdateItem"),
    "BatchExecuteStatement": _SINGLE,
    "ExecuteStatement": _SINGLE,
    "ExecuteTransaction": _SINGLE,
}
"""What operations for several items, or of PartiQL, may do to one."""
_MAX_WAYS: Final = 1000
"""Distinct ways that are counted; a log with more of them is not one of a program."""


@dataclass(frozen=True, slots=True)
class Way:
    """A form of request. `key` has each key attribute with its operator, sorted; None if that is
    not known, or is always the whole key."""

    operation: str
    table: str
    index: str = ""
    key: tuple[tuple[str, str], ...] | None = None

    def __str__(self) -> str:
        where = f"{self.table}.{self.index}" if self.index else self.table
        by = " and ".join(f"{name} {how}" for name, how in self.key or ())
        return f"{self.operation} {where}{f' by {by}' if by else ''}"


@dataclass(slots=True)
class Traffic:
    """Counts of requests for a model's tables. `of_others` are those of other tables and of other
    operations, `missed` those not recorded, `units` the consumption of each way."""

    ways: Counter[Way] = field(default_factory=Counter)
    units: dict[Way, float] = field(default_factory=dict)
    several: Counter[tuple[str, str]] = field(default_factory=Counter)
    of_others: int = 0
    missed: int = 0


def count_traffic(model: Model, entries: Iterable[Mapping[str, Any]]) -> Traffic:
    """The traffic in a request log's entries, each in the form of `Entry.members`."""
    traffic = Traffic()
    known = {table.name for table in model.tables}
    for entry in entries:
        operation, given = str(entry.get("operation")), entry.get("table")
        tables = known.intersection(given.split(",")) if isinstance(given, str) else set()
        if operation in _SEVERAL:
            for table in tables:
                traffic.several[operation, table] += 1
        if operation in _SINGLE and tables:
            way = _way(operation, tables.pop(), entry)
            if way in traffic.ways or len(traffic.ways) < _MAX_WAYS:
                traffic.ways[way] += 1
                units = entry.get("units")
                if isinstance(units, int | float):
                    traffic.units[way] = traffic.units.get(way, 0.0) + units
        elif operation not in _SEVERAL or not tables:
            traffic.of_others += 1
    return traffic


def _way(operation: str, table: str, entry: Mapping[str, Any]) -> Way:
    index, key = entry.get("index"), entry.get("key")
    asked = None
    if operation == "Query" and isinstance(key, Mapping):
        asked = tuple(sorted((str(name), str(how)) for name, how in key.items()))
    return Way(operation, table, index if isinstance(index, str) else "", asked)


def way_of(model: Model, pattern: AccessPattern) -> Way:
    """The way of a pattern's requests."""
    table = model.entity(pattern.entity).table
    index = pattern.index or "" if pattern.operation in _READS else ""
    asked = None
    if pattern.operation == "Query":
        asked = tuple(sorted((name, condition.kind) for name, condition in pattern.key.items()))
    return Way(pattern.operation, table, index, asked)


class Sighting(NamedTuple):
    """How often a pattern was requested, together with those that are `alike` in a log. `perhaps`
    counts batches, transactions and statements that may have contained it."""

    pattern: AccessPattern
    requests: int
    alike: list[str]
    perhaps: int


class Comparison(NamedTuple):
    """The result of comparing traffic with a model."""

    traffic: Traffic
    sightings: list[Sighting]
    findings: list[Finding]

    @property
    def grade(self) -> Grade:
        """The worst of its findings."""
        return max((found.grade for found in self.findings), default=Grade.GOOD)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "requests": self.traffic.ways.total() + self.traffic.several.total(),
            "ofOthers": self.traffic.of_others,
            "missed": self.traffic.missed,
            "patterns": [
                {
                    "name": each.pattern.name,
                    "requests": each.requests,
                    "alike": each.alike,
                    "perhaps": each.perhaps,
                }
                for each in self.sightings
            ],
            "findings": [
                {"grade": each.grade.name.lower(), "about": each.about, "text": each.text}
                for each in self.findings
            ],
        }


def compare(model: Model, traffic: Traffic) -> Comparison:
    """Compare a model's patterns with the requests."""
    asked = [(pattern, way_of(model, pattern)) for pattern in model.patterns]
    sightings, findings = [], []
    for pattern, way in asked:
        alike = [each.name for each, other in asked if other == way and each is not pattern]
        seen = Sighting(pattern, _requests(traffic, way), alike, _perhaps(traffic, way))
        sightings.append(seen)
        if not seen.requests:
            findings.append(Finding(Grade.AMBER, pattern.name, _never(seen)))
    named = {way for _, way in asked} | {replace(way, key=None) for _, way in asked}
    for way, count in traffic.ways.most_common():
        if way not in named:
            requests = f"{count:,} request{'' if count == 1 else 's'}"
            grade = Grade.RED if way.operation == "Scan" else Grade.AMBER
            units = f"{traffic.units.get(way, 0.0):,.1f} units"
            text = f"{requests}, {units}; no access pattern names this"
            findings.append(Finding(grade, str(way), text))
    findings.sort(key=lambda found: -found.grade)
    return Comparison(traffic, sightings, findings)


def _requests(traffic: Traffic, way: Way) -> int:
    """Requests in this way, and those whose operators on keys are not in the log."""
    unclear = replace(way, key=None)
    return traffic.ways[way] + (traffic.ways[unclear] if unclear != way else 0)


def _perhaps(traffic: Traffic, way: Way) -> int:
    return sum(
        count
        for (operation, table), count in traffic.several.items()
        if table == way.table and way.operation in _SEVERAL[operation]
    )


def _never(seen: Sighting) -> str:
    if not seen.perhaps:
        return "was never requested"
    several = "batch or the like" if seen.perhaps == 1 else "batches or the like"
    return f"was never requested on its own; {seen.perhaps:,} {several} may include it"
