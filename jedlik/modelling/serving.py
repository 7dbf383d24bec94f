"""How an access pattern is served: by a GetItem, a Query or a Scan, with its problems.

Limits of partitions: DynamoDB developer guide, "Best practices for designing and using partition
keys effectively". Reads of indexes: "Using Global Secondary Indexes in DynamoDB".
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from jedlik.modelling.costs import (
    WRITE_BYTES,
    index_bytes,
    is_in,
    read_bytes,
    read_units,
    units,
    units_of,
)
from jedlik.modelling.model import AccessPattern, Entity, Index, Model, Table

PARTITION_READS: Final = 3000
PARTITION_WRITES: Final = 1000
"""Units a second of one partition, and so of one key."""
_WARM: Final = 0.5
"""The share of a partition's limit from which on a key is reported."""
_WASTEFUL: Final = 0.5
"""A filter that keeps less than this share drops most of what is paid for."""


class Grade(IntEnum):
    """How well something is served."""

    GOOD = 0
    AMBER = 1
    RED = 2


class Finding(NamedTuple):
    """A problem. `about` names the access pattern, entity or table."""

    grade: Grade
    about: str
    text: str


class Serving(NamedTuple):
    """How an access pattern is served."""

    pattern: AccessPattern
    by: str
    findings: list[Finding]
    units: float

    @property
    def grade(self) -> Grade:
        """The worst of its findings."""
        return max((found.grade for found in self.findings), default=Grade.GOOD)


def serve(model: Model, pattern: AccessPattern) -> Serving:
    """How a pattern is served, and all its problems."""
    entity = model.entity(pattern.entity)
    table = model.table(entity.table)
    index = table.index(pattern.index)
    if index is None:
        names = ", ".join(each.name for each in table.indexes if each.name) or "it has none"
        text = f"table {table.name} has no index {pattern.index} ({names})"
        return Serving(pattern, "-", [Finding(Grade.RED, pattern.name, text)], 0.0)
    check = _writes if pattern.is_write else _scan if pattern.operation == "Scan" else _keyed
    found = [
        Finding(grade, pattern.name, text) for grade, text in check(model, table, index, pattern)
    ]
    by = f"{index.name or table.name}, {pattern.operation}"
    return Serving(pattern, by, found, units_of(model, pattern))


_Found = Iterator[tuple[Grade, str]]


def _scan(model: Model, table: Table, index: Index, pattern: AccessPattern) -> _Found:
    read = read_units(pattern, read_bytes(model, pattern, index))
    cost = f"each time {read:,.0f} units for all that is in {index.name or table.name}"
    if index.name is not None:
        yield Grade.AMBER, f"reads a whole index, {cost}; good only as long as it is sparse"
        return
    yield Grade.RED, f"needs a Scan, {cost}; {_suggestion(pattern)}"


def _suggestion(pattern: AccessPattern) -> str:
    wanted = ", ".join((*pattern.key, *pattern.filtered))
    if not wanted:
        return "give the items a key that this pattern can ask for"
    return f"an index whose partition key is made from {wanted} would serve it by a Query"


def _keyed(model: Model, table: Table, index: Index, pattern: AccessPattern) -> _Found:
    entity = model.entity(pattern.entity)
    problem = _wrong_key(table, index, pattern) or _never_found(index, entity, pattern)
    if problem:
        yield Grade.RED, problem
        return
    if pattern.consistent and index.name is not None and not index.is_local:
        yield Grade.RED, "global secondary indexes refuse consistent reads"
    if pattern.filtered and pattern.keeps < _WASTEFUL:
        text = (
            f"its filter throws {1 - pattern.keeps:.0%} of what is read and paid for away; "
            f"a key made from {', '.join(pattern.filtered)} would not"
        )
        yield Grade.AMBER, text
    lacking = [] if index.projected is None else sorted({*pattern.wanted} - index.projected)
    if lacking:
        more = "fetches each item again from the table" if index.is_local else "needs a second read"
        yield Grade.AMBER, f"{index.name} does not project {', '.join(lacking)}: it {more}"
    yield from _heat(index, pattern, units_of(model, pattern), PARTITION_READS)


def _wrong_key(table: Table, index: Index, pattern: AccessPattern) -> str | None:
    where = index.name or f"table {table.name}"
    partition = pattern.key.get(index.partition)
    if partition is None or partition.kind != "=":
        others = [
            each.name or table.name
            for each in table.indexes
            if each.partition in pattern.key and pattern.key[each.partition].kind == "="
        ]
        hint = f"; {', '.join(others)} has one that it does" if others else ""
        hint = hint or f"; {_suggestion(pattern)}"
        return f"does not say the partition key {index.partition} of {where}{hint}"
    strange = [name for name in pattern.key if name not in index.keys]
    if strange:
        return f"{strange[0]} is not a key of {where}; {_suggestion(pattern)}"
    if pattern.operation == "GetItem":
        if index.name is not None:
            return "GetItem reads no indexes: a Query of the index does"
        missing = [
            name for name in index.keys if name not in pattern.key or pattern.key[name].kind != "="
        ]
        if missing:
            return f"GetItem needs all of the key: {missing[0]} is missing"
    return None


def _never_found(index: Index, entity: Entity, pattern: AccessPattern) -> str | None:
    if not is_in(index, entity):
        missing = next(key for key in index.keys if key not in entity.keys)
        return f"{entity.name} has no {missing}, so no item of it is in {index.name}"
    for name, condition in pattern.key.items():
        if condition.kind in ("=", "begins_with"):
            asked, made = condition.templates[0], entity.keys[name]
            if not asked.overlaps(made):
                return f"asks for {name} {asked.text}, where {entity.name} has {made.text}"
    return None


def _writes(model: Model, table: Table, _index: Index, pattern: AccessPattern) -> _Found:
    entity = model.entity(pattern.entity)
    for index in table.indexes:
        if is_in(index, entity):
            each = units(index_bytes(index, entity), WRITE_BYTES)
            yield from _heat(index, pattern, each, PARTITION_WRITES, entity)


def _heat(
    index: Index, pattern: AccessPattern, each: float, limit: int, entity: Entity | None = None
) -> _Found:
    """The load of the index's busiest key, compared with the limit of one partition."""
    if entity is not None:
        template = entity.keys[index.partition]
    else:
        template = pattern.key[index.partition].templates[0]
    hottest = 1.0 if template.is_constant else pattern.hottest
    heat = hottest * pattern.per_second * each
    if heat > limit * _WARM:
        grade = Grade.RED if heat > limit else Grade.AMBER
        where = index.name or "the table"
        text = (
            f"{index.partition} {template.text} is a hot key of {where}: {heat:,.0f} units a "
            f"second of the {limit:,} that one partition has; add a shard number to the key"
        )
        yield grade, text
