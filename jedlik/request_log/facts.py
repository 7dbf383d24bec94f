"""The contents of a request of DynamoDB's API, unchecked.

For logs and deliberate faults, which read requests outside the API, before authentication. Only
servers with these features enabled parse a request twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.errors import ServiceError
from jedlik.base.limits import KIB, MIB
from jedlik.gateway.content import undone
from jedlik.gateway.exchange import Request
from jedlik.request_log.recording import operation_of
from jedlik.services.dynamodb.partiql.prepared import prepare
from jedlik.services.dynamodb.partiql.statements import Exists

BATCHES: Final = ("BatchGetItem", "BatchWriteItem")
TRANSACTIONS: Final = ("ExecuteTransaction", "TransactGetItems", "TransactWriteItems")

_NAMING: Final = {
    "DeleteBackup": ("BackupArn",),
    "DescribeBackup": ("BackupArn",),
    "DescribeExport": ("ExportArn",),
    "DescribeImport": ("ImportArn",),
    "DescribeStream": ("StreamArn",),
    "ExportTableToPointInTime": ("TableArn",),
    "GetShardIterator": ("StreamArn",),
    "ListExports": ("TableArn",),
    "ListImports": ("TableArn",),
    "RestoreTableFromBackup": ("BackupArn", "TargetTableName"),
    "RestoreTableToPointInTime": ("SourceTableName", "SourceTableArn", "TargetTableName"),
}
"""The members by which operations name their tables, sources first, where it is not `TableName`."""
_STATEMENT_OPERATIONS: Final = ("BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction")
_MAX_INFLATED: Final = MIB
"""A longer compressed input is not read here, since its sender is unknown."""
_MAX_STATEMENTS: Final = 64 * KIB
"""Characters of a request's statements that are read here, at some microseconds each, in which all
other requests wait. A batch of 25 statements of usual length has a tenth."""
_CREDENTIAL: Final = b"Credential="


class Part(NamedTuple):
    """One item that a request names: its table, the index that is read, and its key, or the whole
    item if it is put."""

    table: str
    index_name: str | None
    key: Mapping[str, Any]


class Facts:
    """The contents of one request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.operation = operation_of(request)

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The input; empty if it cannot be parsed, or is compressed and long."""
        request = self.request
        coding = request.headers.get(b"content-encoding")
        try:
            body = (
                request.content if coding is None else undone(request.body, coding, _MAX_INFLATED)
            )
            given = orjson.loads(body)
        except (orjson.JSONDecodeError, ServiceError):
            return {}
        return given if isinstance(given, dict) else {}

    @cached_property
    def parts(self) -> list[Part]:
        """The items that it names, in its order; one without a key if it only names a table."""
        try:
            return list(_parts(self.operation, self.payload))
        except (AttributeError, KeyError, TypeError, ValueError):
            return []  # malformed: the server will report it

    @property
    def tables(self) -> list[str]:
        """The names of its tables, each once."""
        return list(dict.fromkeys(part.table for part in self.parts))

    @cached_property
    def caller(self) -> str:
        """The access key in its signature, not verified."""
        header = self.request.headers.get(b"authorization", b"")
        return header.partition(_CREDENTIAL)[2].partition(b"/")[0].decode("latin-1")


def with_payload(request: Request, payload: dict[str, Any]) -> Request:
    """A request with another input. Its signature is still that of the original."""
    return Request(
        request.method, request.target, request.headers, request.body, orjson.dumps(payload),
        request.request_id, request.client, request.secure, request.point,
    )  # fmt: skip


def table_name(given: str) -> str:
    """The name of a table from its name, its ARN, or the ARN of something that belongs to it, such
    as an index or a backup."""
    return given.rpartition(":table/")[2].partition("/")[0]


def _parts(operation: str, payload: dict[str, Any]) -> Iterator[Part]:
    """Only from members that the operation has: the server ignores others."""
    if operation in BATCHES:
        yield from _parts_of_batch(payload)
    elif operation in _STATEMENT_OPERATIONS:
        texts = statements(payload)
        if sum(map(len, texts)) <= _MAX_STATEMENTS:
            yield from map(_part_of_statement, texts)
    elif operation in TRANSACTIONS:
        for item in payload["TransactItems"]:
            for action in item.values():
                yield _part(action)
    elif operation in _NAMING:
        for member in _NAMING[operation]:
            if member in payload:
                yield Part(table_name(payload[member]), None, {})
    elif operation == "ImportTable":
        yield _part(payload["TableCreationParameters"])
    elif "TableName" in payload:
        yield _part(payload)


def _parts_of_batch(payload: dict[str, Any]) -> Iterator[Part]:
    for name, requests in payload["RequestItems"].items():
        for key in batch_keys(requests):
            yield Part(table_name(name), None, key if isinstance(key, dict) else {})


def batch_keys(requests: Any) -> Iterator[Any]:
    """The keys, or whole items, of one table's part of a batch."""
    if isinstance(requests, dict):
        yield from requests["Keys"]
        return
    for request in requests:
        put, delete = request.get("PutRequest"), request.get("DeleteRequest")
        yield put["Item"] if put else delete["Key"]


def statements(payload: dict[str, Any]) -> list[str]:
    """The PartiQL statements in a request."""
    if "Statement" in payload:
        return [payload["Statement"]]
    several = payload.get("Statements") or payload.get("TransactStatements") or ()
    return [each["Statement"] for each in several]


def _part(action: dict[str, Any]) -> Part:
    key = action.get("Key") or action.get("Item") or {}
    read = key if isinstance(key, dict) else {}
    return Part(table_name(action["TableName"]), action.get("IndexName"), read)


def _part_of_statement(text: str) -> Part:
    try:
        parsed = prepare(text).statement
    except ServiceError:
        return Part("", None, {})
    read = parsed.select if isinstance(parsed, Exists) else parsed
    return Part(table_name(read.table), getattr(read, "index", None), {})
