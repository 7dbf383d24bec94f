"""Reading a page: what Query and Scan have in common.

A page ends with the item with which it reaches 1 MB (sizes before filtering), with `limit` items,
or at the end of the span. Developer guide, "Paginating table query results"; capacity: "Read
consistency and capacity": the sum of all sizes read is rounded up once, and items that a local
index has to fetch from its table are rounded up one by one. Both count, rounded up, towards the
1 MB of the page ("Local secondary indexes", "Read capacity units").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import orjson

from jedlik.base.limits import MAX_PAGE_SIZE, READ_UNIT_SIZE
from jedlik.base.places import Caller, Place
from jedlik.base.turns import Turns, in_turns
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.capacity.budget import Partition, ResourceBudget
from jedlik.services.dynamodb.capacity.units import Consumption, read_units
from jedlik.services.dynamodb.database.database import LONG_DECODED, LONG_READ, Database
from jedlik.services.dynamodb.expressions.conditions.condition import Condition
from jedlik.services.dynamodb.items.key_ranges import Source, Span
from jedlik.services.dynamodb.items.long_decisions import PART
from jedlik.storage.engine import Value
from jedlik.values.attribute import Item, Key
from jedlik.values.stored import decode, size_of, sizes_of, wires

_ALSO_READ = (CATALOG_VERSION,)
_MAX_FETCHED: Final = MAX_PAGE_SIZE // READ_UNIT_SIZE
"""The most items that one page may have to fetch: each counts as at least one read unit."""
_FETCHED_AT_ONCE: Final = 16
"""Items that are fetched together: 6.4 MB at most. Their entries do not show how long they are."""

_RUN: Final = 512
"""Rows that are read, filtered and joined before the next ones are read, which takes a millisecond
or less: a page of tiny items has 200,000 of them. The memory of a run is freed with it."""

_LONG: Final = 128 * 1024
"""Bytes of an item, times the tests of a filter, and those of the request's values (`PART`). Above
this, filtering takes longer than one turn may, and is done one test at a time."""

_MAX_FILTERING: Final = 1 << 30
"""Such bytes of values for all items of a page, which then ends, some two seconds after it began: a
filter may search the values of its request a hundred times for each of 20,000 tiny items."""


class Selection(Protocol):
    """The part of each item to return: an expression's projection or a statement's columns.
    `top_level` are the attributes that it reads."""

    @property
    def top_level(self) -> tuple[str, ...]: ...

    def apply(self, item: Item) -> Item:
        """A new item with the selected parts."""
        ...


@dataclass(slots=True)
class PageRequest:
    """The request of an operation such as Query. `after` is the position to start after. `fetch`:
    the items themselves are wanted, though the source is a local index that has only a part of
    them. `held`: the size of the parts of the same answer that were read before."""

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
    held: int = 0


@dataclass(slots=True)
class PageAnswer:
    """Items as JSON, in runs that are already joined by commas (empty if only the count was
    requested), and where to continue.

    `size` is the number of bytes read, by the service's accounting.
    """

    runs: list[bytes]
    count: int
    scanned: int
    size: int
    last_key: Key | None
    consumption: Consumption


class _Read(NamedTuple):
    """The rows read for a page: their number, the last one, their size and consumption, and whether
    the page ended before the span did."""

    scanned: int
    last: bytes | None
    size: int
    stopped: bool
    consumption: Consumption


async def read_page(database: Database, request: PageRequest, caller: Caller | None) -> PageAnswer:
    """Read, filter and project one page. Raises CatalogChanged, and the errors for exceeded
    capacity: a page begins if its first partition has capacity left, and is then read whole."""
    with Place(database.long_reads, caller) as place:
        return await read_part(database, request, place)


async def read_part(database: Database, request: PageRequest, place: Place) -> PageAnswer:
    """The same for a part of an answer, whose place is that of the whole answer."""
    partition = _partition_of(request)
    shown = _Shown(database, request, place)
    read = await (_fetch if request.fetch else _read)(database, request, shown)
    request.source.table.meter.count_reads(read.consumption, request.operation)
    if partition is not None:
        partition.charge(read.consumption.total)
    if shown.turns.over:  # joining a long answer needs a turn of its own
        await shown.turns.give_way()
    last_key = None
    if read.stopped and read.last is not None:
        last_key = request.source.key_in(decode(read.last))
    _note(request, shown.dropped)
    return PageAnswer(shown.runs, shown.count, read.scanned, read.size, last_key, read.consumption)


class _Taker(Protocol):
    """Receives runs of rows' values as they are read; `turns` are those of the work on the page,
    and `place` is its own."""

    @property
    def turns(self) -> Turns: ...

    @property
    def place(self) -> Place: ...

    @property
    def most(self) -> int:
        """How many further rows may be added; the page ends at 0."""
        ...

    async def add(self, stored: list[bytes]) -> None: ...


class _Entries:
    """All rows that were read from an index whose entries refer to items."""

    def __init__(self, turns: Turns, place: Place) -> None:
        self.turns = turns
        self.place = place
        self.most = _RUN
        self.found: list[bytes] = []

    async def add(self, stored: list[bytes]) -> None:
        self.found += stored


class _Shown:
    """The results of a page, in runs, from the items that were read."""

    __slots__ = (
        "_condition", "_decoded", "_left", "_projection", "_silent", "_weight", "count", "dropped",
        "place", "runs", "turns",
    )  # fmt: skip

    def __init__(self, database: Database, request: PageRequest, place: Place) -> None:
        self.place = place
        self._decoded = database.decoded
        self.runs: list[bytes] = []
        self.count = 0
        self.dropped = 0
        self.turns = Turns()
        self._condition = request.filter
        self._projection = request.projection
        self._silent = request.count_only
        self._weight = 0 if request.filter is None else PART * request.filter.weight
        self._left = _MAX_FILTERING

    @property
    def most(self) -> int:
        """See `_Taker`; one at least of a page."""
        if not self._weight:
            return _RUN
        return min(_RUN, -(-self._left // self._weight))

    async def add(self, stored: list[bytes]) -> None:
        """Add the results from further items."""
        kept = stored
        if self._condition is not None:
            kept = await self._filtered(self._condition, stored)
            self.dropped += len(stored) - len(kept)
        self.count += len(kept)
        if kept and not self._silent:
            self.runs.append(await self._run(kept))

    async def _filtered(self, condition: Condition, stored: list[bytes]) -> list[bytes]:
        kept = []
        turns, weight = self.turns, self._weight
        self._left -= weight * len(stored)
        for value in stored:
            if len(value) * condition.tests + weight > _LONG:
                holds = await self._holds(condition, value)
            else:
                holds = condition.matches(decode(value))
            if holds:
                kept.append(value)
            if turns.over:
                await turns.give_way()
        return kept

    async def _holds(self, condition: Condition, value: bytes) -> bool:
        if len(value) <= LONG_DECODED:
            return await in_turns(condition.steps(decode(value)), self.turns)
        async with self._decoded.taken(self.place.caller):
            return await in_turns(condition.steps(decode(value)), self.turns)

    async def _run(self, stored: list[bytes]) -> bytes:
        projection = self._projection
        if projection is None:
            return b",".join(wires(stored))
        shown = []
        turns = self.turns
        for value in stored:
            shown.append(orjson.dumps(projection.apply(decode(value))))
            if turns.over:
                await turns.give_way()
        return b",".join(shown)


def _note(request: PageRequest, dropped: int) -> None:
    """Note how the table was read, for `jedlik advise`."""
    shapes, index = request.source.table.meter.read_shapes, request.source.index
    if shapes is None:
        return
    condition, selection = request.filter, request.projection
    if condition is not None and dropped:
        name = None if index is None else index.name
        shapes.count_dropped(
            request.operation, name, condition.equals, condition.attributes, dropped
        )
    if index is not None and not index.model.local:
        selected = None if selection is None else selection.top_level
        if request.count_only:
            selected = ()
        shapes.count_index_read(
            index.name, selected, () if condition is None else condition.attributes
        )


def _partition_of(request: PageRequest) -> Partition | None:
    """The partition where the page begins; None if capacity is not enforced."""
    source = request.source
    table = source.table.budget
    if table is None:
        return None
    resource: ResourceBudget | None = table.own
    if source.index is not None and not source.index.model.local:
        resource = table.indexes.get(source.index.name)
    if resource is None:  # the index was deleted during this request: the read will notice
        return None
    # A scan's span begins before any hash.
    return resource.read.admit((request.after or request.span.low) + b"\x00")


async def _read(database: Database, request: PageRequest, shown: _Shown) -> _Read:
    scanned, last, size, stopped = await _read_rows(database, request, request.limit, shown)
    consumption = _consumption(request.source, size, consistent=request.consistent)
    return _Read(scanned, last, size, stopped, consumption)


async def _read_rows(
    database: Database, request: PageRequest, limit: int | None, taker: _Taker
) -> tuple[int, bytes | None, int, bool]:
    """Read rows, run after run. Returns their number, the last one's value, their total size, and
    whether the page ended before the span did."""
    low, high = _rest(request)
    count = size = 0
    last = None
    turns = taker.turns
    while True:
        most = taker.most if limit is None else min(limit - count, taker.most)
        run = await _run(database, request, Span(low, high), most, request.held + size, taker.place)
        values, sizes = run.values, run.sizes
        size += sum(sizes)
        full = size >= MAX_PAGE_SIZE
        if full:
            while size - sizes[-1] >= MAX_PAGE_SIZE:
                size -= sizes.pop()
            del values[len(sizes) :]
        if values:
            count += len(values)
            last = values[-1]
            await taker.add(values)
        if full or (limit is not None and count >= limit):
            return count, last, size, True
        if not run.more:
            return count, last, size, False
        if taker.most <= 0:
            return count, last, size, True
        if request.reverse:
            high = run.last
        else:
            low = run.last + b"\x00"
        if turns.over:
            await turns.give_way()


def _rest(request: PageRequest) -> Span:
    """The part of the span that begins where the request does."""
    low, high = request.span
    after = request.after
    if after is None:
        return request.span
    if request.reverse:
        return Span(low, after if high is None else min(high, after))
    return Span(max(low, after + b"\x00"), high)


class _Run(NamedTuple):
    """Rows that were read together: their values and sizes, the last one's key, and whether there
    are more."""

    values: list[bytes]
    sizes: list[int]
    last: bytes
    more: bool


async def _run(
    database: Database, request: PageRequest, span: Span, most: int, held: int, place: Place
) -> _Run:
    """The next rows of an answer that has `held` bytes so far. Takes its place once it is long."""
    while True:
        page = await database.reader(request.consistent).range(
            *span,
            limit=most,
            max_bytes=MAX_PAGE_SIZE,
            reverse=request.reverse,
            also_read=_ALSO_READ,
        )
        if page.also_read[0] != request.source.table.version:
            database.catalog.check(page.also_read[0], request.source.table)
        values = [value for _, value in page.rows]
        sizes = sizes_of(values)
        is_long = held + sum(sizes) > LONG_READ
        if is_long and not place.is_taken and not await place.keep(page.rows, values):
            continue
        return _Run(values, sizes, page.rows[-1][0] if page.rows else b"", page.more)


def _consumption(source: Source, size: int, *, consistent: bool) -> Consumption:
    units = read_units(size, consistent=consistent)
    if source.index is None:
        return Consumption(units)
    consumption = Consumption()
    consumption.add_index(source.index.name, local=source.index.model.local, units=units)
    return consumption


async def _fetch(database: Database, request: PageRequest, shown: _Shown) -> _Read:
    """A page of a local index with the items that its entries refer to."""
    table = request.source.table
    limit = min(request.limit or _MAX_FETCHED, _MAX_FETCHED)
    entries = _Entries(shown.turns, shown.place)
    _, _, _, stopped = await _read_rows(database, request, limit, entries)
    found = entries.found
    keys = []
    for entry in found:
        attributes = decode(entry)
        keys.append(table.key_of({name: attributes[name] for name in table.key_names}))
    if not shown.place.is_taken:  # the items may be far larger than their entries
        await shown.place.keep()
    page = _Fetched(found)
    for at in range(0, len(keys), _FETCHED_AT_ONCE):
        some = keys[at : at + _FETCHED_AT_ONCE]
        version, *items = await database.engine.read((CATALOG_VERSION, *some))
        database.catalog.check(version, table)
        page.add(items)
        if page.is_full:
            break
    del found[page.count :]
    await shown.add(page.items)
    item_units = page.item_units
    consumption = _consumption(request.source, page.entries_size, consistent=request.consistent)
    consumption.table += item_units if request.consistent else item_units / 2
    last = found[-1] if found else None
    return _Read(len(found), last, page.size, stopped or page.is_full, consumption)


class _Fetched:
    """The items to which entries of a local index refer, up to the one that ends the page."""

    __slots__ = ("_entries", "count", "entries_size", "item_units", "items", "size")

    def __init__(self, entries: list[bytes]) -> None:
        self._entries = entries
        self.items: list[bytes] = []
        self.count = 0
        """Entries whose items are here."""
        self.entries_size = 0
        self.item_units = 0.0
        self.size = 0

    @property
    def is_full(self) -> bool:
        """Whether the page ends here."""
        return self.size >= MAX_PAGE_SIZE

    def add(self, items: Sequence[Value]) -> None:
        """Add the items of the next entries."""
        for item in items:
            if self.is_full:
                return
            self.entries_size += size_of(self._entries[self.count])
            self.count += 1
            # An item may have been deleted since its entry was read, and the entry with it.
            if item is not None:
                self.items.append(item)
                self.item_units += read_units(size_of(item), consistent=True)
            units = read_units(self.entries_size, consistent=True) + self.item_units
            self.size = int(units) * READ_UNIT_SIZE
