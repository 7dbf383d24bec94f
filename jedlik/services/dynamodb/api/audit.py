"""What the audit log records of calls of DynamoDB's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from jedlik.gateway.audit.trail import Event, Resource, given_members
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.inputs import OPERATIONS

DATA_EVENTS: Final = frozenset(
    (
        "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem",
        "ExecuteStatement", "ExecuteTransaction", "GetItem", "GetRecords", "GetShardIterator",
        "PutItem", "Query", "Scan", "SearchVectors", "TransactGetItems", "TransactWriteItems",
        "UpdateItem",
    )
)  # fmt: skip
_OPERATIONS: Final = frozenset(target.partition(".")[2] for target in OPERATIONS)
_READ_ONLY: Final = ("Batch", "Describe", "Get", "List", "Query", "Scan", "TransactGet", "Search")
_WRITES: Final = ("BatchWriteItem", "BatchExecuteStatement")
_SHOWN: Final = ("TableName", "IndexName", "StreamArn", "Limit", "Select", "ReturnValues")
"""What is kept of the parameters of a data event."""
_TABLES: Final = (
    "TableName", "TableArn", "SourceTableName", "SourceTableArn", "TargetTableName",
)  # fmt: skip
"""Parameters that name tables by their names or ARNs."""


class TableEvents:
    """DynamoDB developer guide, "Logging DynamoDB operations by using AWS CloudTrail"."""

    def is_data(self, request: Request) -> bool:
        """Whether the call reads or writes items or stream records."""
        return _operation(request) in DATA_EVENTS

    def describe(self, request: Request, _answer: Answer, arns: Arns) -> Event:
        """The event; its resource is the table that the request names."""
        name = _operation(request)
        given = given_members(request)
        read_only = name.startswith(_READ_ONLY) and name not in _WRITES
        return Event("dynamodb", name, read_only, _shown(name, given), _resources(given, arns))


EVENTS: Final = TableEvents()


def _operation(request: Request) -> str:
    target = request.headers.get(b"x-amz-target")
    return "" if target is None else target.decode("latin-1").partition(".")[2]


def _shown(name: str, given: dict[str, Any]) -> dict[str, Any]:
    if name not in _OPERATIONS:
        return {}  # whatever it may carry
    if name not in DATA_EVENTS:
        return _without_values(given)
    shown: dict[str, Any] = {key: given[key] for key in _SHOWN if key in given}
    tables = given.get("RequestItems")
    if isinstance(tables, dict):
        shown["RequestItems"] = list(tables)
    return shown


def _without_values(given: dict[str, Any]) -> dict[str, Any]:
    """The input without the values in an export's filter, which are values of items; its
    expressions are logged."""
    wanted = given.get("FilterSpecification")
    if not isinstance(wanted, dict) or "ExpressionAttributeValues" not in wanted:
        return given
    values = wanted["ExpressionAttributeValues"]
    names = sorted(values) if isinstance(values, dict) else []
    return {**given, "FilterSpecification": {**wanted, "ExpressionAttributeValues": names}}


def _resources(given: dict[str, Any], arns: Arns) -> Iterator[Resource]:
    made = given.get("TableCreationParameters")  # of ImportTable
    imported = made.get("TableName") if isinstance(made, dict) else None
    for name in (*(given.get(member) for member in _TABLES), imported):
        if isinstance(name, str):
            arn = name if name.startswith("arn:") else arns.table_arn(name)
            yield Resource("AWS::DynamoDB::Table", arn)
