"""ExecuteStatement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.base.places import Caller
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.items.single_write import write_item
from jedlik.services.dynamodb.operations.items.answers import consumed_capacity, json_object
from jedlik.services.dynamodb.operations.partiql.parameters import check_parameters
from jedlik.services.dynamodb.operations.partiql.statement_reads import select
from jedlik.services.dynamodb.operations.partiql.statement_writes import items_member, plan_write
from jedlik.services.dynamodb.partiql.prepared import prepare
from jedlik.services.dynamodb.partiql.statements import Exists, Select

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ExecuteStatementInput


async def execute_statement(
    database: Database, payload: ExecuteStatementInput, caller: Caller | None = None
) -> Body:
    """One PartiQL statement: a page of items, or a write of one item."""
    parameters = payload.get("Parameters")
    check_parameters(parameters)
    prepared = prepare(payload["Statement"])
    values = prepared.bind(parameters)
    statement = prepared.statement
    if type(statement) is Exists:
        raise ValidationException("EXISTS can only be used in ExecuteTransaction write requests.")
    table = database.ready.get(statement.table) or await database.table(statement.table)
    if type(statement) is Select:
        return await select(database, payload, prepared, values, table, caller)
    bound = plan_write(payload, prepared, values, table)()
    outcome = await write_item(database, bound.write, "ExecuteStatement", caller)
    members = [items_member(bound.returned(outcome))]
    members += consumed_capacity(payload, statement.table, outcome.consumption)
    return json_object(members)
