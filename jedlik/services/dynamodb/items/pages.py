"""Reading a page: what Query and Scan have in common.

A page ends with the item that makes it 1 MB (sizes before filtering), with `limit` items, or at the
end of the span. Developer guide, "Paginating table query results"; capacity: "Read consistency and
capacity": the sum of what was read is rounded up once, and items that a local index has to fetch
from its table are rounded up one by one. Rounded up like that, both count to the 1 MB of the page
("Local secondary indexes", "Read capacity units").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import orjson

from jedlik.base.limits import MAX_PAGE_SIZE, READ_UNIT_SIZE
from jedlik.base.turns import Turns
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.capacity.budget import Partition, ResourceBudget
from jedlik.services.dynamodb.expressions.condition import Condition
from jedlik.services.dynamodb.expressions.stepwise import Steps
from jedlik.services.dynamodb.items.capacity import Consumption, read_units
from jedlik.services.dynamodb.items.key_ranges import Source, Span
from jedlik.services.dynamodb.tables.database import Database
from jedlik.values.attribute import Item, Key
from jedlik.values.stored import decode, size_of, sizes_of, wires

_ALSO_READ = (CATALOG_VERSION,)
_MAX_FETCHED: Final = MAX_PAGE_SIZE // READ_UNIT_SIZE
"""Items that one page may have to fetch: each counts for a read unit at least."""

_RUN: Final = 4096
"""Rows that are read, and items that are joined, in one piece: a millisecond or two. A page of tiny
items has 200,000 of them."""

_LONG: Final = 128 * 1024
"""Bytes of an item, times the tests that a filter makes of it: from here on it takes more than the
slice of a turn, and is made a test at a time."""


class Selection(Protocol):
    """What to show of each item: an expression's projection or a statement's columns.
    `top_level` are the attributes that it reads."""

    @property
    def top_level(self) -> tuple[str, ...]: ...

    def apply(self, item: Item) -> Item:
        """A new item with what is to be shown."""
        ...


@dataclass(slots=True)
class PageRequest:
    """What an operation such as Query asks for. `after` is the position to start behind; `fetch`
    says that the items themselves are wanted though the source is a local index with a part of
    them."""

    operation: str
    source: Source
    span: Span
    consistent: bool
    limit: int | None = None
    after: bytes | None = None
    reverse: bool = False
    filter: Condition | None = None
    projection: Selection | None = None
    count_only: bool = False
    fetch: bool = False


@dataclass(slots=True)
class PageAnswer:
    """Items as JSON, in runs that have commas in them already (empty where only their number was
    asked for), and where to go on.

    `size` are the bytes that were read, in the service's accounting.
    """

    runs: list[bytes]
    count: int
    scanned: int
    size: int
    last_key: Key | None
    consumption: Consumption


class _EntryPage(NamedTuple):
    """What was read for a page: what the source has, and what is to be shown of it."""

    found: list[bytes]
    shown: list[bytes]
    size: int
    stopped: bool
    consumption: Consumption


async def read_page(database: Database, request: PageRequest) -> PageAnswer:
    """Read, filter and project one page. Raises CatalogChanged, and what is refused for want of
    capacity: a page begins as long as its first partition has room, and then is read whole."""
    partition = _partition_of(request)
    read = await (_fetch if request.fetch else _read)(database, request)
    request.source.table.meter.take_reads(read.consumption, request.operation)
    if partition is not None:
        partition.charge(read.consumption.total)
    found = read.found
    last_key = request.source.key_in(decode(found[-1])) if read.stopped and found else None
    turns = Turns()
    kept = read.shown
    if request.filter is not None:
        kept = await _filtered(request.filter, kept, turns)
    _note(request, len(read.shown) - len(kept))
    runs = [] if request.count_only else await _projected(request, kept, turns)
    return PageAnswer(runs, len(kept), len(found), read.size, last_key, read.consumption)


def _note(request: PageRequest, dropped: int) -> None:
    """Note how the table was read, for advice."""
    reading, index = request.source.table.meter.reading, request.source.index
    if reading is None:
        return
    condition, selection = request.filter, request.projection
    if condition is not None and dropped:
        name = None if index is None else index.name
        reading.dropped(request.operation, name, condition.equals, condition.attributes, dropped)
    if index is not None and not index.model.local:
        selected = None if selection is None else selection.top_level
        if request.count_only:
            selected = ()
        reading.index_read(index.name, selected, () if condition is None else condition.attributes)


def _partition_of(request: PageRequest) -> Partition | None:
    """The partition where the page begins; None where capacity is not enforced."""
    source = request.source
    table = source.table.budget
    if table is None:
        return None
    resource: ResourceBudget | None = table.own
    if source.index is not None and not source.index.model.local:
        resource = table.indexes.get(source.index.name)
    if resource is None:  # the index was deleted while this request went on: the read will notice
        return None
    # A scan's span begins before any hash.
    return resource.read.admit((request.after or request.span.low) + b"\x00")


async def _read(database: Database, request: PageRequest) -> _EntryPage:
    found, size, stopped = await _read_rows(database, request, request.limit)
    consumption = _consumption(request.source, size, consistent=request.consistent)
    return _EntryPage(found, found, size, stopped, consumption)


async def _read_rows(
    database: Database, request: PageRequest, limit: int | None
) -> tuple[list[bytes], int, bool]:
    """The rows' values, their size, and whether the page ended before the span did."""
    low, high = request.span
    if request.after is not None:
        if request.reverse:
            high = request.after if high is None else min(high, request.after)
        else:
            low = max(low, request.after + b"\x00")
    table = request.source.table
    found: list[bytes] = []
    size = 0
    turns = Turns()
    while True:
        page = await database.reader(request.consistent).range(
            low,
            high,
            limit=_RUN if limit is None else min(limit - len(found), _RUN),
            max_bytes=MAX_PAGE_SIZE,
            reverse=request.reverse,
            also_read=_ALSO_READ,
        )
        if page.also_read[0] != table.version:
            database.catalog.check(page.also_read[0], table)
        values = [value for _, value in page.rows]
        sizes = sizes_of(values)
        read = sum(sizes)
        if size + read >= MAX_PAGE_SIZE:
            for value, its_size in zip(values, sizes, strict=True):
                found.append(value)
                size += its_size
                if size >= MAX_PAGE_SIZE:
                    return found, size, True
        found += values
        size += read
        if limit is not None and len(found) >= limit:
            return found, size, True
        if not page.more:
            return found, size, False
        if request.reverse:
            high = page.rows[-1][0]
        else:
            low = page.rows[-1][0] + b"\x00"
        if turns.over:
            await turns.give_way()


def _consumption(source: Source, size: int, *, consistent: bool) -> Consumption:
    units = read_units(size, consistent=consistent)
    if source.index is None:
        return Consumption(units)
    consumption = Consumption()
    consumption.add_index(source.index.name, local=source.index.model.local, units=units)
    return consumption


async def _fetch(database: Database, request: PageRequest) -> _EntryPage:
    """A page of a local index with the items that its entries stand for."""
    table = request.source.table
    limit = min(request.limit or _MAX_FETCHED, _MAX_FETCHED)
    found, _, stopped = await _read_rows(database, request, limit)
    keys = []
    for entry in found:
        attributes = decode(entry)
        keys.append(table.key_of({name: attributes[name] for name in table.key_names}))
    version, *items = await database.engine.read((CATALOG_VERSION, *keys))
    database.catalog.check(version, table)
    shown = []
    entries_size = size = 0
    item_units = 0.0
    for number, (entry, item) in enumerate(zip(found, items, strict=True), start=1):
        entries_size += size_of(entry)
        # Between the two snapshots an item may have gone; its entry is then as good as gone too.
        if item is not None:
            shown.append(item)
            item_units += read_units(size_of(item), consistent=True)
        units = read_units(entries_size, consistent=True) + item_units
        size = int(units) * READ_UNIT_SIZE
        if size >= MAX_PAGE_SIZE:
            stopped = True
            del found[number:]
            break
    consumption = _consumption(request.source, entries_size, consistent=request.consistent)
    consumption.table += item_units if request.consistent else item_units / 2
    return _EntryPage(found, shown, size, stopped, consumption)


async def _filtered(condition: Condition, stored: list[bytes], turns: Turns) -> list[bytes]:
    kept = []
    for value in stored:
        if len(value) * condition.tests > _LONG:
            holds = await _in_turns(condition.steps(decode(value)), turns)
        else:
            holds = condition.matches(decode(value))
        if holds:
            kept.append(value)
        if turns.over:
            await turns.give_way()
    return kept


async def _in_turns(steps: Steps, turns: Turns) -> bool:
    """Run a long condition."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return bool(done.value)
        if turns.over:
            await turns.give_way()


async def _projected(request: PageRequest, stored: list[bytes], turns: Turns) -> list[bytes]:
    """What is to be shown of the items, in runs."""
    runs = []
    for start in range(0, len(stored), _RUN):
        runs.append(await _run(request, stored[start : start + _RUN], turns))
        if turns.over:
            await turns.give_way()
    return runs


async def _run(request: PageRequest, stored: Sequence[bytes], turns: Turns) -> bytes:
    projection = request.projection
    if projection is None:
        return b",".join(wires(stored))
    shown = []
    for value in stored:
        shown.append(orjson.dumps(projection.apply(decode(value))))
        if turns.over:
            await turns.give_way()
    return b",".join(shown)
