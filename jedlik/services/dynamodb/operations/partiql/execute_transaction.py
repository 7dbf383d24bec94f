"""ExecuteTransaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import orjson

from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.base.places import Caller, Place
from jedlik.base.turns import Turns, each_in_turn
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import KEY_MISMATCH, OpenTable
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.items.idempotency import ClientToken
from jedlik.services.dynamodb.items.joint_reads import read_together
from jedlik.services.dynamodb.items.transactions import (
    NO_REASON,
    Reason,
    admit_reads,
    canceled,
    check_distinct,
    check_transaction_size,
    reason_of,
    stored_size,
    transact_write,
    transactional_read,
)
from jedlik.services.dynamodb.operations.items.answers import capacities_by_table
from jedlik.services.dynamodb.operations.items.transact_write_items import transaction_capacities
from jedlik.services.dynamodb.operations.partiql.parameters import check_parameters
from jedlik.services.dynamodb.operations.partiql.statement_reads import only_key, shown
from jedlik.services.dynamodb.operations.partiql.statement_writes import BoundWrite, plan_write
from jedlik.services.dynamodb.partiql.columns import Columns
from jedlik.services.dynamodb.partiql.key_terms import WrongKeyType
from jedlik.services.dynamodb.partiql.prepared import Prepared, prepare
from jedlik.services.dynamodb.partiql.statements import Delete, Exists, Select, Update
from jedlik.services.dynamodb.partiql.writes import NoSingleItem
from jedlik.storage.engine import Value
from jedlik.values.sizes import item_size

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ExecuteTransactionInput

_OPERATION = "ExecuteTransaction"
_KEY_ONLY = (
    "Select statements within ExecuteTransaction must specify the primary key in the where clause."
)
BoundT = TypeVar("BoundT")


class _Statement(NamedTuple):
    number: int
    request: Payload
    prepared: Prepared
    values: Values

    @property
    def table(self) -> str:
        """The table's name or ARN, as the statement has it."""
        return self.prepared.statement.table


class _TransactedRead(NamedTuple):
    key: bytes
    columns: Columns | None


async def execute_transaction(
    database: Database, payload: ExecuteTransactionInput, caller: Caller | None = None
) -> Body:
    """Up to 100 statements, all of which read one item or all of which write one or check it."""
    requests = payload["TransactStatements"]
    turns = Turns()
    for request in requests:
        check_parameters(request.get("Parameters"))
        if turns.over:  # a statement's parameters may have a megabyte of tiny values
            await turns.give_way()
    statements, tables, reasons = await _prepare_all(database, requests)
    reads = {isinstance(each.prepared.statement, Select) for each in statements}
    if len(reads) > 1:
        raise ValidationException(
            "ExecuteTransaction API does not support both read and write operations "
            "in the same request."
        )
    if len(tables) < len(reasons):
        raise canceled(reasons)
    if reads == {True}:
        return await _read(database, payload, statements, tables, caller)
    return await _write(database, payload, statements, tables, caller)


async def _prepare_all(
    database: Database, requests: Sequence[Payload]
) -> tuple[list[_Statement], list[OpenTable], list[Reason]]:
    """The statements, the tables that are there, and the reasons to cancel: missing tables.

    Clauses that transactions do not support are only refused where the table is there.
    """
    statements: list[_Statement] = []
    tables: list[OpenTable] = []
    reasons: list[Reason] = []
    turns = Turns()
    for number, request in enumerate(requests):
        if turns.over:
            await turns.give_way()
        each = _prepare(number, request)
        statements.append(each)
        try:
            tables.append(await database.table(each.table))
        except ResourceNotFoundException as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(NO_REASON)
            _check_clauses(each)
    return statements, tables, reasons


def _prepare(number: int, request: Payload) -> _Statement:
    try:
        prepared = prepare(request["Statement"])
        values = prepared.bind(request.get("Parameters"))
    except ValidationException as error:
        _refuse(number, error.message)
    return _Statement(number, request, prepared, values)


def _check_clauses(each: _Statement) -> None:
    number, statement = each.number, each.prepared.statement
    if isinstance(statement, Update | Delete) and statement.returning is not None:
        _refuse(number, "RETURNING clause is not supported in ExecuteTransaction.")
    if isinstance(statement, Select) and statement.index is not None:
        _refuse(number, "Reads on indices are not supported within transactions.")
    if isinstance(statement, Exists) and statement.select.index is not None:
        _refuse(number, "Operations on indices are not supported in transactions")


def _refuse(number: int, problem: str) -> NoReturn:
    raise ValidationException(f"Validation failed in TransactStatements[{number}]: {problem}")


async def _bind_all(
    statements: list[_Statement],
    tables: list[OpenTable],
    bind: Callable[[_Statement, OpenTable], BoundT],
) -> list[BoundT]:
    """All statements with their keys.

    An invalid statement refuses the request; a key that does not fit its table cancels the
    transaction (TransactionCanceledException).
    """
    bound: list[BoundT] = []
    reasons: list[Reason] = []
    turns = Turns()
    for each, table in zip(statements, tables, strict=True):
        if turns.over:
            await turns.give_way()
        try:
            bound.append(bind(each, table))
            reasons.append(NO_REASON)
        except (NoSingleItem, WrongKeyType):
            reasons.append(reason_of(ValidationException(KEY_MISMATCH)))
        except _ItemRefused as error:
            reasons.append(reason_of(error.error))
        except ValidationException as error:
            _refuse(each.number, error.message)
    if len(bound) < len(reasons):
        raise canceled(reasons)
    return bound


class _ItemRefused(Exception):
    """The item or key does not fit the table: a reason to cancel."""

    def __init__(self, error: ValidationException) -> None:
        self.error = error


# --- Reads ----------------------------------------------------------------------------------------


def _bind_read(each: _Statement, table: OpenTable) -> _TransactedRead:
    statement = each.prepared.statement
    assert isinstance(statement, Select)
    plan, key = only_key(each.prepared, statement, each.values, table)
    if key is None:
        raise ValidationException(_KEY_ONLY)
    try:
        return _TransactedRead(table.key_of_canonical(key), plan.columns)
    except ValidationException as error:
        raise _ItemRefused(error) from None


async def _read(
    database: Database,
    payload: Payload,
    statements: list[_Statement],
    tables: list[OpenTable],
    caller: Caller | None,
) -> Body:
    reads = await _bind_all(statements, tables, _bind_read)
    keys = [read.key for read in reads]
    check_distinct(keys)
    charge = admit_reads(list(zip(tables, keys, strict=True)), _OPERATION)
    with Place(database.long_reads, caller) as place:
        found = await read_together(database, tables, keys, place)
        charge(found)
        sizes = list(map(stored_size, found))
        check_transaction_size(sizes)
        responses = await each_in_turn(zip(found, reads, strict=True), _response)
    read = zip((each.table for each in statements), map(transactional_read, sizes), strict=True)
    capacities = capacities_by_table(payload, read, direction="Read")
    return orjson.dumps({"Responses": responses, **capacities})


def _response(found: tuple[Value, _TransactedRead]) -> dict[str, Any]:
    value, read = found
    return {} if value is None else {"Item": orjson.Fragment(shown(value, read.columns))}


# --- Writes ---------------------------------------------------------------------------------------


def _bind_write(each: _Statement, table: OpenTable) -> BoundWrite:
    bind = plan_write(each.request, each.prepared, each.values, table)
    try:
        return bind()
    except (NoSingleItem, WrongKeyType):
        raise
    except ValidationException as error:
        raise _ItemRefused(error) from None


async def _write(
    database: Database,
    payload: Payload,
    statements: list[_Statement],
    tables: list[OpenTable],
    caller: Caller | None,
) -> Body:
    text = payload.get("ClientRequestToken")
    token = None if text is None else ClientToken(text, payload, database.clock.now())
    bound = await _bind_all(statements, tables, _bind_write)
    check_transaction_size(item_size(each.item) for each in bound)
    writes = [each.write for each in bound]
    check_distinct([write.key for write in writes])
    outcomes = await transact_write(database, writes, token, _OPERATION, caller)
    capacities = transaction_capacities(payload, [each.table for each in statements], outcomes)
    return {"Responses": [], **capacities}
