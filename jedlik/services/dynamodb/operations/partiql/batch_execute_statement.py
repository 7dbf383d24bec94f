"""BatchExecuteStatement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.base.places import Caller, Place
from jedlik.base.turns import Turns
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.capacity.units import Consumption, read_units
from jedlik.services.dynamodb.database.database import LONG_BATCH, Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.items.batches import Refusal, write_batch
from jedlik.services.dynamodb.items.bills import pay_read
from jedlik.services.dynamodb.items.joint_reads import read_together
from jedlik.services.dynamodb.operations.items.answers import capacities_by_table
from jedlik.services.dynamodb.operations.partiql.parameters import check_parameters
from jedlik.services.dynamodb.operations.partiql.statement_reads import find_index, only_key, shown
from jedlik.services.dynamodb.operations.partiql.statement_writes import BoundWrite, plan_write
from jedlik.services.dynamodb.partiql.columns import Columns
from jedlik.services.dynamodb.partiql.prepared import Prepared, prepare
from jedlik.services.dynamodb.partiql.statements import Exists, Select
from jedlik.storage.engine import Value
from jedlik.values.stored import size_of

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import BatchExecuteStatementInput

_OPERATION = "BatchExecuteStatement"
_KEY_ONLY = (
    "Select statements within BatchExecuteStatement must specify the primary key "
    "in the where clause."
)


class _StatementRead(NamedTuple):
    table: OpenTable
    key: bytes
    columns: Columns | None
    consistent: bool


_Bound = _StatementRead | BoundWrite | ServiceError


async def batch_execute_statement(
    database: Database, payload: BatchExecuteStatementInput, caller: Caller | None = None
) -> Body:
    """Up to 25 statements, all of which read one item or all of which write one.

    Each succeeds or fails by itself. Reads see one snapshot; writes share one commit.
    """
    requests = payload["Statements"]
    statements = []
    turns = Turns()
    for request in requests:
        statements.append(_prepare(request))
        if turns.over:  # it may be long, or its parameters a megabyte of tiny values
            await turns.give_way()
    _check_kinds(statements)
    responses: list[dict[str, Any]] = [{} for _ in requests]
    bound: list[_Bound] = []
    for request, prepared, response in zip(requests, statements, responses, strict=True):
        if turns.over:
            await turns.give_way()
        try:
            if isinstance(prepared, ServiceError):
                raise prepared
            statement, values = prepared
            table = await database.table(statement.statement.table)
            response["TableName"] = table.name
            bound.append(_bind(database, request, statement, values, table))
        except ServiceError as error:
            bound.append(error)
    _check_distinct(bound)
    names = [
        "" if isinstance(each, ServiceError) else each[0].statement.table for each in statements
    ]
    reads = [each for each in bound if isinstance(each, _StatementRead)]
    if not reads:
        return _answer(payload, responses, await _write(database, bound, responses, names, caller))
    with Place(database.long_reads, caller) as place:
        found = await _values(database, reads, place)
        if sum(len(value) for value in found if value is not None) <= LONG_BATCH:
            return _answer(payload, responses, await _read(bound, found, responses, names))
    found.clear()
    # While it waits for the next place, it holds nothing of what was read.
    async with database.long_batches.taken(caller):
        found = await _values(database, reads, None)
        return _answer(payload, responses, await _read(bound, found, responses, names))


def _answer(
    payload: BatchExecuteStatementInput,
    responses: list[dict[str, Any]],
    consumptions: list[tuple[str, Consumption]],
) -> Body:
    if all("Error" in response for response in responses):
        consumptions = []
    capacities = capacities_by_table(payload, consumptions) if consumptions else {}
    return orjson.dumps({"Responses": responses, **capacities})


def _check_distinct(bound: list[_Bound]) -> None:
    """Raise ValidationException if two statements are about one item."""
    keys = [
        each.key if isinstance(each, _StatementRead) else each.write.key
        for each in bound
        if not isinstance(each, ServiceError)
    ]
    if len(set(keys)) < len(keys):
        raise ValidationException("Provided list of item keys contains duplicates")


def _prepare(request: Payload) -> tuple[Prepared, Values] | ServiceError:
    try:
        parameters = request.get("Parameters")
        check_parameters(parameters)
        prepared = prepare(request["Statement"])
        if isinstance(prepared.statement, Exists):
            raise ValidationException(
                "EXISTS can only be used in ExecuteTransaction write requests."
            )
        return prepared, prepared.bind(parameters)
    except ServiceError as error:
        return error


def _check_kinds(statements: list[tuple[Prepared, Values] | ServiceError]) -> None:
    kinds = {
        isinstance(each[0].statement, Select)
        for each in statements
        if not isinstance(each, ServiceError)
    }
    if len(kinds) > 1:
        raise ValidationException(
            "BatchExecuteStatement API does not support both read and write operations "
            "in the same request."
        )


def _bind(
    database: Database, request: Payload, prepared: Prepared, values: Values, table: OpenTable
) -> _Bound:
    statement = prepared.statement
    if not isinstance(statement, Select):
        return plan_write(request, prepared, values, table)()
    if statement.index is not None:
        find_index(database, table, statement.index)
        raise ValidationException(_KEY_ONLY)
    plan, key = only_key(prepared, statement, values, table)
    if key is None:
        raise ValidationException(_KEY_ONLY)
    consistent = request.get("ConsistentRead") or False
    return _StatementRead(table, table.key_of_canonical(key), plan.columns, consistent)


async def _values(
    database: Database, reads: list[_StatementRead], place: Place | None
) -> list[Value]:
    """The stored items, all from one snapshot."""
    tables, keys = [read.table for read in reads], [read.key for read in reads]
    return await read_together(database, tables, keys, place)


async def _read(
    bound: list[_Bound],
    found: list[Value],
    responses: list[dict[str, Any]],
    names: list[str],
) -> list[tuple[str, Consumption]]:
    found.reverse()
    consumptions = []
    turns = Turns()
    for each, response, table in zip(bound, responses, names, strict=True):
        if isinstance(each, ServiceError):
            response["Error"] = _error(each)
            continue
        assert isinstance(each, _StatementRead)
        if turns.over:
            await turns.give_way()
        value = found.pop()
        size = 0 if value is None else size_of(value)
        units = read_units(size, consistent=each.consistent)
        refused = pay_read(each.table.budget, each.key, units)
        if refused is not None:
            response["Error"] = _error(refused)
            continue
        each.table.meter.own.reads[_OPERATION](units)
        consumptions.append((table, Consumption(units)))
        if value is not None:
            response["Item"] = orjson.Fragment(shown(value, each.columns))
    return consumptions


async def _write(
    database: Database,
    bound: list[_Bound],
    responses: list[dict[str, Any]],
    names: list[str],
    caller: Caller | None,
) -> list[tuple[str, Consumption]]:
    writes = [each.write for each in bound if isinstance(each, BoundWrite)]
    if not writes:  # nothing else checks whether an outdated catalog caused the refusals
        (version,) = await database.engine.read((CATALOG_VERSION,))
        database.catalog.check(version)
    results = iter(await write_batch(database, writes, _OPERATION, caller) if writes else [])
    consumptions = []
    for each, response, table in zip(bound, responses, names, strict=True):
        if not isinstance(each, BoundWrite):
            assert isinstance(each, ServiceError)
            response["Error"] = _error(each)
            continue
        result = next(results)
        if isinstance(result, Refusal):
            response["Error"] = _error(result.error)
            consumptions.append((table, Consumption(failed=result.units())))
            continue
        consumptions.append((table, result.consumption()))
        item = each.returned(result)
        if item is not None:
            response["Item"] = item
    return consumptions


def _error(error: ServiceError) -> dict[str, Any]:
    """The error of one statement, in the form of BatchStatementError."""
    code = error.code().removesuffix("Exception")
    code = {"Validation": "ValidationError", "Throttling": "ThrottlingError"}.get(code, code)
    item = {"Item": error.details["Item"]} if "Item" in error.details else {}
    return {"Code": code, "Message": error.message, **item}
