"""Timing and counting requests, by table and operation, where they are dispatched.

The usual request costs one lookup by its table's name and one append. The first request with a name
takes a slower way, and so does every request that names its tables elsewhere: batches, transactions
and statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jedlik.base.errors import ConditionalCheckFailedException, FailedCheck, ServiceError
from jedlik.gateway.operation import Payload
from jedlik.kernel.arns import Arns
from jedlik.kernel.metrics.metric import MILLISECONDS
from jedlik.kernel.metrics.recorder import Metrics, Timing
from jedlik.services.dynamodb.capacity.refusals import Throttled
from jedlik.services.dynamodb.capacity.units import write_units
from jedlik.services.dynamodb.metering.metric_names import metric
from jedlik.services.dynamodb.metering.table_meter import Add, TableMeters

TIMED: Final = frozenset(
    (
        "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement",
        "ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems",
        "TransactWriteItems", "UpdateItem",
    )
)  # fmt: skip
"""Operations that read or write items. GetRecords is timed where its stream is known."""

Timings = dict[str | None, Add]
"""Where to add the nanoseconds of a request, by its TableName as the request has it."""

_MAX_NAMES: Final = 10_000


class RequestMeter:
    """Times and counts the requests of one process."""

    def __init__(self, metrics: Metrics, arns: Arns, meters: TableMeters) -> None:
        self._metrics = metrics
        self._meters = meters
        self._arns = arns
        self._timings: dict[str, Timings] = {}
        metrics.on_forget(self._forget)

    def timings(self, operation: str) -> Timings | None:
        """Where an operation's requests are timed; None if they are not."""
        return self._timings.setdefault(operation, {}) if operation in TIMED else None

    def _forget(self) -> None:
        for timings in self._timings.values():
            timings.clear()

    def time(self, operation: str, payload: Payload, nanoseconds: int) -> None:
        """Time a request that succeeded and whose table's name is not in `timings` yet."""
        given = payload.get("TableName")
        for table in self._tables(payload):
            timed = metric(
                "SuccessfulRequestLatency", MILLISECONDS, TableName=table, Operation=operation
            )
            add = self._metrics.distribution(timed, Timing).add
            add(nanoseconds)
            timings = self._timings[operation]
            if given is not None:
                if len(timings) >= _MAX_NAMES:
                    timings.clear()  # an ARN can have any region in it, so one caller can fill them
                timings[given] = add

    def count_refusal(
        self, operation: str | None, payload: Payload | None, error: ServiceError
    ) -> None:
        """Count a request that was answered with an error; the operation and the checked payload
        are None if the request did not get that far."""
        metrics = self._metrics
        is_condition = isinstance(error, ConditionalCheckFailedException)
        if error.status < 500 and not is_condition and not isinstance(error, Throttled):
            # First, as it needs no tables: to find those, statements are read again.
            metrics.record(metric("UserErrors"), 1.0)
            if not isinstance(error, FailedCheck):
                return
        tables = [] if payload is None or operation not in TIMED else self._tables(payload)
        if isinstance(error, FailedCheck):
            for table in tables:
                if is_condition:
                    metrics.record(metric("ConditionalCheckFailedRequests", TableName=table), 1.0)
                units = write_units(error.item_size)
                self._meters.named(table).own.writes[str(operation)](units)
        elif isinstance(error, Throttled):
            for table in tables:
                counted = metric("ThrottledRequests", TableName=table, Operation=str(operation))
                metrics.record(counted, 1.0)
                self._contribute(table, payload)
        else:
            for table in tables:
                counted = metric("SystemErrors", TableName=table, Operation=str(operation))
                metrics.record(counted, 1.0)

    def _contribute(self, table: str, payload: Payload | None) -> None:
        """Count the key of a throttled request for one item."""
        contributors = self._meters.named(table).contributors
        item = None if payload is None else payload.get("Key") or payload.get("Item")
        if contributors is not None and item is not None:
            contributors.count_throttling(item)

    def _tables(self, payload: Payload) -> list[str]:
        """The names of all tables that a request of a timed operation names."""
        try:
            found = dict.fromkeys(map(self._arns.table_name, _named(payload)))
        except ServiceError:
            return []
        return list(found)


def _named(payload: Payload) -> Iterator[str]:
    if "TableName" in payload:
        yield payload["TableName"]
    elif "RequestItems" in payload:
        yield from payload["RequestItems"]
    elif "Statement" in payload:
        yield _table_of(payload)
    for each in payload.get("Statements") or payload.get("TransactStatements") or ():
        yield _table_of(each)
    for each in payload.get("TransactItems") or ():
        yield from (part["TableName"] for part in each.values() if part is not None)


def _table_of(statement: Mapping[str, Any]) -> str:
    # Where there are statements, they were parsed before, so this is loaded already.
    from jedlik.services.dynamodb.partiql.prepared import prepare  # noqa: PLC0415
    from jedlik.services.dynamodb.partiql.statements import Exists  # noqa: PLC0415

    parsed = prepare(statement["Statement"]).statement
    return parsed.select.table if isinstance(parsed, Exists) else parsed.table
