"""The values of condition keys for a PartiQL statement.

Developer guide, "IAM security policies with PartiQL for DynamoDB": dynamodb:LeadingKeys,
dynamodb:Attributes and, for statements that name no partition, dynamodb:FullTableScan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jedlik.auth.policy.facts import Values
from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.api.request_parts import (
    ORDINALS,
    UNREADABLE,
    enclosing_operation,
    first_parts,
    partition_of,
    reported_capacity,
    text_of,
)
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.operations.partiql.parameters import check_parameters
from jedlik.services.dynamodb.partiql.prepared import Prepared, prepare
from jedlik.services.dynamodb.partiql.reads import read_plan
from jedlik.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Update
from jedlik.services.dynamodb.partiql.writes import write_plan
from jedlik.services.iam.authorization.requests import AuthorizationRequest


def leading_keys(part: AuthorizationRequest) -> Values | None:
    """The partition keys that a statement names; None if it reads all of them."""
    if part.table is None:
        return None
    try:
        prepared, values = _bound(part)
        return _leading(prepared, values, part.table)
    except (ServiceError, KeyError, TypeError):
        return (UNREADABLE,)


def _leading(prepared: Prepared, values: dict[str, Any], table: OpenTable) -> Values | None:
    statement = prepared.statement
    name = table.partition.name
    match statement:
        case Insert(whole=None):
            found = [
                values[value] for attribute, value in statement.attributes if attribute == name
            ]
        case Insert():
            found = [values[str(statement.whole)].get("M", {}).get(name)]
        case Update() | Delete():
            plan = write_plan(prepared, statement.where, table.key_roles, values)
            found = [plan.key(values)[name]]
        case Exists():
            plan = write_plan(prepared, statement.select.where, table.key_roles, values)
            found = [plan.key(values)[name]]
        case Select():
            index = None if statement.index is None else table.index(statement.index)
            roles = table.key_roles if index is None else index.model.schema.roles
            branches = read_plan(prepared, statement, roles, values).branches
            found = [values[branch.partition] for branch in branches]
    return tuple(dict.fromkeys(map(text_of, found))) or None


def _bound(part: AuthorizationRequest) -> tuple[Prepared, dict[str, Any]]:
    prepared = prepare(part.request["Statement"])
    parameters = [dict(each) for each in part.request.get("Parameters") or ()]
    check_parameters(parameters)
    return prepared, prepared.bind(parameters)


def attributes(part: AuthorizationRequest) -> Values | None:
    """The attributes that a statement names."""
    try:
        prepared, values = _bound(part)
    except (ServiceError, TypeError):
        return (UNREADABLE,)
    statement = prepared.statement
    names = list(first_parts(statement))
    if isinstance(statement, Exists):
        statement = statement.select
    if isinstance(statement, Select):
        names += [str(column.parts[0]) for column in statement.columns or ()]
        names += [ordering.attribute for ordering in statement.order]
    if isinstance(statement, Insert):
        names += [name for name, _ in statement.attributes]
        if statement.whole is not None:
            names += values[statement.whole].get("M", {})
    return tuple(dict.fromkeys(prepared.names.get(name, name) for name in names)) or None


def select(part: AuthorizationRequest) -> Values | None:
    """Which attributes of its items a SELECT returns."""
    prepared = prepare(part.request["Statement"])
    statement = prepared.statement
    if not isinstance(statement, Select):
        return None
    return ("ALL_ATTRIBUTES" if statement.columns is None else "SPECIFIC_ATTRIBUTES",)


def full_table_scan(part: AuthorizationRequest) -> Values | None:
    """Whether a SELECT names no partition."""
    if not isinstance(prepare(part.request["Statement"]).statement, Select):
        return None
    return ("true" if leading_keys(part) is None else "false",)


_RETURNING: Final = {
    "ALL NEW": "ALL_NEW",
    "ALL OLD": "ALL_OLD",
    "MODIFIED NEW": "UPDATED_NEW",
    "MODIFIED OLD": "UPDATED_OLD",
}
"""The ReturnValues that a RETURNING clause is equivalent to."""


def return_values(part: AuthorizationRequest) -> Values | None:
    """What a write, or a check in a transaction, returns of its item: through RETURNING, or if its
    condition fails. As for the operations on items (see `request_parts`)."""
    statement = prepare(part.request["Statement"]).statement
    if isinstance(statement, Select):
        return None
    found = {str(part.request.get("ReturnValuesOnConditionCheckFailure") or "NONE")}
    if isinstance(statement, Update | Delete) and statement.returning is not None:
        found.add(_RETURNING[statement.returning])
    return tuple(sorted(found - {"NONE"})) or ("NONE",)


def _nth(position: int) -> Callable[[AuthorizationRequest], Values | None]:
    """The values of one of several partition attributes. Only the first is read from statements:
    the values of the others are not known, so they allow nothing."""

    def find(part: AuthorizationRequest) -> Values | None:
        if position == 0:
            return leading_keys(part)
        if part.table is None:
            return None
        index = getattr(prepare(part.request["Statement"]).statement, "index", None)
        schema = partition_of(part.table, index)
        return (UNREADABLE,) if position < len(schema) else None

    return find


CONDITION_KEYS: Final[dict[str, Callable[[AuthorizationRequest], Values | None]]] = {
    "dynamodb:leadingkeys": leading_keys,
    **{
        f"dynamodb:{name}partitionkeyvalues": _nth(position)
        for position, name in enumerate(ORDINALS)
    },
    "dynamodb:attributes": attributes,
    "dynamodb:select": select,
    "dynamodb:returnvalues": return_values,
    "dynamodb:fulltablescan": full_table_scan,
    "dynamodb:returnconsumedcapacity": reported_capacity,
    "dynamodb:enclosingoperation": enclosing_operation,
}
"""By condition key in lower case."""
