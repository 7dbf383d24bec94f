"""Carrying out a SELECT: as the read of one item, as pages of item collections, or as a scan.

The partitions or ranges of a SELECT are read one after the other, each in its own snapshot; a page
may end within any of them, and `NextToken` says where. Developer guide, "PartiQL select statements
for DynamoDB"; texts are those of the live service.
"""

from __future__ import annotations

import hashlib

import orjson

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_PAGE_SIZE
from jedlik.base.places import Caller, Place
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.capacity.refusals import Throttled
from jedlik.services.dynamodb.capacity.units import Consumption, read_units
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenIndex, OpenTable
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.items.key_ranges import Source
from jedlik.services.dynamodb.items.pages import PageRequest, read_part
from jedlik.services.dynamodb.operations.items.answers import consumed_capacity, json_object
from jedlik.services.dynamodb.operations.items.reading import readable_index
from jedlik.services.dynamodb.operations.partiql.next_token import Position, read_token, write_token
from jedlik.services.dynamodb.operations.partiql.statement_ranges import Ranges, Read
from jedlik.services.dynamodb.partiql.columns import Columns
from jedlik.services.dynamodb.partiql.conditions import Filter
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.reads import ReadPlan, read_plan
from jedlik.services.dynamodb.partiql.statements import Select
from jedlik.storage.engine import Value
from jedlik.validation.java import hash_order
from jedlik.values.attribute import Key
from jedlik.values.stored import decode, size_of, wire

_OPERATION = "ExecuteStatement"
_INVALID_NEXT = "Invalid NextToken"
_MANY_PARTITIONS_PAGE = 10
"""Items in a page of a SELECT with several partitions (guide, "PartiQL ... logical operators")."""


async def select(
    database: Database,
    payload: Payload,
    prepared: Prepared,
    values: Values,
    table: OpenTable,
    caller: Caller | None,
) -> Body:
    """Carry out a SELECT."""
    statement = prepared.statement
    assert isinstance(statement, Select)
    if statement.index is None:
        plan = read_plan(prepared, statement, table.key_roles, values)
        if plan.key and payload.get("NextToken") is None:
            key = table.key_of_canonical({name: values[value] for name, value in plan.key})
            partition = None if table.budget is None else table.budget.own.read.admit(key)
            version, stored = await database.reader(payload.get("ConsistentRead")).read(
                (CATALOG_VERSION, key)
            )
            database.catalog.check(version, table)
            units = _item_units(payload, stored)
            table.meter.own.reads[_OPERATION](units)
            if partition is not None:
                partition.charge(units)
            item = _item(plan, values, stored)
            table.meter.count_returned(_OPERATION, int(bool(item)))
            return _item_body(payload, statement.table, item, units)
        source = Source(table, None)
    else:
        source = _index(database, table, statement.index, payload)
        plan = read_plan(prepared, statement, source.key_roles, values)
        _check_projected(source, plan, values)
    return await _Pages(database, payload, prepared, values, source, plan).read(caller)


def _item(plan: ReadPlan, values: Values, stored: Value) -> bytes:
    """The result of a SELECT that can find only one item; empty if it finds none."""
    if stored is not None:
        condition = plan.branches[0].filter
        if condition is None or condition.test(decode(stored), values):
            return shown(stored, plan.columns)
    return b""


def _item_body(payload: Payload, table: str, item: bytes, units: float) -> bytes:
    """The answer of a SELECT that can find only one item."""
    if not payload.get("ReturnConsumedCapacity"):
        return b'{"Items":[' + item + b"]}"
    members = consumed_capacity(payload, table, lambda: Consumption(units))
    return json_object([b'"Items":[' + item + b"]", *members])


def _item_units(payload: Payload, stored: Value) -> float:
    size = 0 if stored is None else size_of(stored)
    return read_units(size, consistent=payload.get("ConsistentRead") or False)


def shown(stored: bytes, columns: Columns | None) -> bytes:
    """The JSON of a stored item, or of its selected columns."""
    return wire(stored) if columns is None else orjson.dumps(columns.apply(decode(stored)))


def only_key(
    prepared: Prepared, statement: Select, values: Values, table: OpenTable
) -> tuple[ReadPlan, Key | None]:
    """The plan of a SELECT and the key of the item it reads.

    No key if it may read several items, or has other conditions than the key, which reads in
    batches and transactions must not.
    """
    plan = read_plan(prepared, statement, table.key_roles, values)
    if not plan.key or not plan.only_key:
        if len(plan.branches) > 1:
            Ranges(Source(table, None), plan, values).all()
        return plan, None
    if any(values[one] != values[other] for one, other in plan.repeats):
        return plan, None
    return plan, {name: values[value] for name, value in plan.key}


# --- Indexes --------------------------------------------------------------------------------------


def find_index(database: Database, table: OpenTable, name: str) -> OpenIndex:
    """The index of that name, if statements can read it."""
    index = readable_index(database, table, name)
    if index is None:
        raise ValidationException("The table does not have the specified index")
    schema = index.model.schema
    if len(schema.partition) > 1 or len(schema.sort) > 1:
        raise ValidationException(
            "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
            "multi-attribute RANGE keys."
        )
    return index


def _index(database: Database, table: OpenTable, name: str, payload: Payload) -> Source:
    index = find_index(database, table, name)
    source = Source(table, index)
    if source.is_global and payload.get("ConsistentRead"):
        raise ValidationException(
            "Strongly consistent read is not supported on Global Secondary Indexes"
        )
    return source


def _check_projected(source: Source, plan: ReadPlan, values: Values) -> None:
    """Refuse columns that a global index does not have, and filters on attributes that an index
    does not have."""
    index = source.index
    assert index is not None
    projected = index.projected
    if projected is None:
        return
    if plan.columns is not None and source.is_global:
        missing = [name for name in plan.columns.top_level if name not in projected]
        if missing:
            raise ValidationException.of_values(
                f"Global secondary index {index.name} does not project [{', '.join(missing)}]"
            )
    condition = _checked_filter(source, plan, values)
    if condition is not None:
        unknown = [name for name in condition.attributes if name not in projected]
        if unknown:
            raise ValidationException.of_values(
                f"Secondary index {index.name} does not project one or more filter "
                f"attributes: [{', '.join(hash_order(unknown))}]"
            )


def _checked_filter(source: Source, plan: ReadPlan, values: Values) -> Filter | None:
    """The filter that must not read what an index does not have.

    Of several reads, the service looks at one; how it chooses is not documented. In all its answers
    that are known (Floci's tests of PartiQL's edge cases, September 2026), it is that of the
    partition whose key has the lowest MD5.
    """
    branches = plan.branches
    if len(branches) > 1:
        ranges = Ranges(source, plan, values)
        ranges.all()  # refused first if they overlap
        return min(branches, key=lambda branch: _spread(ranges.raw_partition(branch))).filter
    return branches[0].filter if branches else None


def _spread(partition: bytes) -> bytes:
    return hashlib.md5(partition, usedforsecurity=False).digest()


# --- Pages ----------------------------------------------------------------------------------------


class _Pages:
    """A SELECT of any number of items, read until a page is full."""

    def __init__(
        self,
        database: Database,
        payload: Payload,
        prepared: Prepared,
        values: Values,
        source: Source,
        plan: ReadPlan,
    ) -> None:
        self._database = database
        self._payload = payload
        self._values = values
        self._source = source
        self._plan = plan
        self._request = (prepared.text, payload.get("Parameters"), source.prefix)
        self._runs: list[bytes] = []
        self._count = 0
        self._table = prepared.statement.table
        self._consumption = Consumption()

    async def read(self, caller: Caller | None) -> Body:
        """The page that the request asks for, as the answer's body."""
        reads = Ranges(self._source, self._plan, self._values).all()
        start = read_token(self._payload.get("NextToken"), self._request)
        if start is not None and start.read >= len(reads):
            raise ValidationException(_INVALID_NEXT)
        with Place(self._database.long_reads, caller) as place:
            return await self._answer(reads, start or Position(0, None), place)

    async def _answer(self, reads: list[Read], start: Position, place: Place) -> Body:
        stopped = await self._read_from(reads, start, place)
        self._source.table.meter.count_returned(_OPERATION, self._count)
        members = [b'"Items":[' + b",".join(self._runs) + b"]"]
        if stopped is not None:
            members.append(b'"NextToken":' + orjson.dumps(write_token(stopped, self._request)))
            if stopped.key is not None:
                members.append(b'"LastEvaluatedKey":' + orjson.dumps(stopped.key))
        members += consumed_capacity(self._payload, self._table, lambda: self._consumption)
        return json_object(members)

    async def _read_from(self, reads: list[Read], start: Position, place: Place) -> Position | None:
        """Read from `start` on; returns where the page ended, unless that was the end. What was
        found in some ranges is held while the next ones are read, so all have one place."""
        limit = self._limit()
        size = 0
        after: Key | None = start.key
        for number in range(start.read, len(reads)):
            try:
                request = self._page(reads[number], limit, after, size)
                page = await read_part(self._database, request, place)
            except Throttled:
                if number == start.read:
                    raise
                return Position(number, None)
            after = None
            self._runs += page.runs
            self._count += page.count
            self._consumption.add(page.consumption)
            if page.last_key is not None:
                return Position(number, page.last_key)
            size += page.size
            if limit is not None:
                limit -= page.scanned
            full = size >= MAX_PAGE_SIZE or limit == 0
            if full and number + 1 < len(reads):
                return Position(number + 1, None)
        return None

    def _limit(self) -> int | None:
        limit: int | None = self._payload.get("Limit")
        partitions = {branch.partition for branch in self._plan.branches}
        if len(partitions) < 2:
            return limit
        return _MANY_PARTITIONS_PAGE if limit is None else min(limit, _MANY_PARTITIONS_PAGE)

    def _page(self, read: Read, limit: int | None, after: Key | None, held: int) -> PageRequest:
        source, columns = self._source, self._plan.columns
        position = None
        if after is not None:
            position = _position(source, after)
            if position not in read.span:
                raise ValidationException(_INVALID_NEXT)
        index = source.index
        fetch = index is not None and columns is not None and not index.projects(columns.top_level)
        return PageRequest(
            _OPERATION,
            source,
            read.span,
            self._payload.get("ConsistentRead") or False,
            limit,
            position,
            self._plan.order.descending,
            read.filter,
            columns,
            fetch=fetch,
            held=held,
        )


def _position(source: Source, after: Key) -> bytes:
    try:
        return source.position(after, mismatch=_INVALID_NEXT, wrong_type=_INVALID_NEXT)
    except ValidationException:  # it is no key of this source
        raise ValidationException(_INVALID_NEXT) from None
