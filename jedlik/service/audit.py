"""The audit log: who asked for what, when, and with which outcome, in CloudTrail's record form.

One line of JSON per event, appended by one write each, so that the lines of several workers never
mix. Management events always; data events (reads and writes of items and stream records) on
request. Of items nothing is kept: no key, no attribute, no expression, only which table was asked
for. CloudTrail user guide, "CloudTrail record contents".

Files are called after the day (UTC), and a part's number once one has reached its size:

    2026-01-31.jsonl, 2026-01-31.1.jsonl, 2026-01-31.2.jsonl, ...

They are only ever appended to; to keep or to delete old ones is left to whoever runs the server.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from jedlik.auth.authorization import TOKEN, read_claim, read_scope
from jedlik.base.clock import Clock
from jedlik.base.errors import ServiceError
from jedlik.base.ids import Ids
from jedlik.database.names import Names
from jedlik.service.exchange import Answer, Reply, Request

log = logging.getLogger(__name__)

PART_SIZE: Final = 64 * 1024 * 1024
DATA_EVENTS: Final = frozenset(
    (
        "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem",
        "ExecuteStatement", "ExecuteTransaction", "GetItem", "GetRecords", "GetShardIterator",
        "PutItem", "Query", "Scan", "SearchVectors", "TransactGetItems", "TransactWriteItems",
        "UpdateItem",
    )
)  # fmt: skip
_READ_ONLY: Final = (
    "Batch", "Describe", "Get", "List", "Query", "Scan", "Search", "Simulate", "TransactGet",
)  # fmt: skip
_WRITES: Final = ("BatchWriteItem", "BatchExecuteStatement")
_SHOWN: Final = ("TableName", "IndexName", "StreamArn", "Limit", "Select", "ReturnValues")
"""What is kept of the parameters of a data event."""
_MAX_TEXT: Final = 1024
_CODE: Final = re.compile(rb"<Code>(\w+)</Code><Message>([^<]*)</Message>").search

Whoami = Callable[[str, bytes | None], dict[str, Any]]
"""CloudTrail's userIdentity of an access key and a session token."""


class AuditFile:
    """Appends lines to files of a directory. Raises OSError where it cannot be made."""

    def __init__(self, directory: Path, part_size: int = PART_SIZE) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._part_size = part_size
        self._day = ""
        self._part = 0
        self._descriptor = -1

    def append(self, day: str, line: bytes) -> None:
        """Append a line to the file of a day (like 2026-01-31)."""
        if day != self._day:
            self._open(day, 0)
        while os.fstat(self._descriptor).st_size >= self._part_size:
            self._open(day, self._part + 1)
        os.write(self._descriptor, line)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._day = -1, ""

    def _open(self, day: str, part: int) -> None:
        self.close()
        name = f"{day}.{part}.jsonl" if part else f"{day}.jsonl"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self._directory / name, flags, 0o600)
        self._day, self._part = day, part


class Trail:
    """Writes a record of each request that it watches."""

    def __init__(
        self,
        file: AuditFile,
        names: Names,
        clock: Clock,
        ids: Ids,
        whoami: Whoami,
        *,
        data_events: bool = False,
    ) -> None:
        self._file = file
        self._names = names
        self._now = clock.now
        self._ids = ids
        self._whoami = whoami
        self._data_events = data_events

    def watch(self, request: Request, reply: Reply) -> Reply:
        """The reply to use instead: it writes the record, then answers."""
        target = request.headers.get(b"x-amz-target")
        name = "" if target is None else target.decode("latin-1").partition(".")[2]
        if name in DATA_EVENTS and not self._data_events:
            return reply

        def answer(given: Answer) -> None:
            try:
                self._write(request, name, given)
            except OSError as error:
                log.error("the audit log cannot be written: %s", error)
            except Exception:
                log.exception("a record of the audit log could not be made")
            reply(given)

        return answer

    def _write(self, request: Request, name: str, answer: Answer) -> None:
        moment = datetime.fromtimestamp(self._now(), UTC)
        parameters = _form(request) if not name else _json(request)
        service = "dynamodb"
        if not name:
            service = "sts" if parameters.get("Version") == "2011-06-15" else "iam"
            name = str(parameters.get("Action"))[:_MAX_TEXT]
        record = {
            "eventVersion": "1.11",
            "userIdentity": self._identity(request),
            "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": self._names.region,
            "sourceIPAddress": request.client,
            "userAgent": request.headers.get(b"user-agent", b"").decode("latin-1")[:_MAX_TEXT],
            **_failure(answer),
            "requestParameters": _parameters(name, parameters),
            "responseElements": None,
            "requestID": request.request_id.decode("latin-1"),
            "eventID": self._ids.uuid(),
            "readOnly": name.startswith(_READ_ONLY) and name not in _WRITES,
            **self._resources(parameters),
            "eventType": "AwsApiCall",
            "managementEvent": name not in DATA_EVENTS,
            "recipientAccountId": self._names.account,
            "eventCategory": "Data" if name in DATA_EVENTS else "Management",
        }
        if request.point is not None:
            record["vpcEndpointId"] = request.point.vpc_endpoint
        self._file.append(moment.strftime("%Y-%m-%d"), orjson.dumps(record) + b"\n")

    def _identity(self, request: Request) -> dict[str, Any]:
        try:
            access_key = read_scope(read_claim(request).credential)[0].access_key
        except ServiceError:
            return {"type": "Unknown"}
        return self._whoami(access_key[:128], request.headers.get(TOKEN))

    def _resources(self, parameters: dict[str, Any]) -> dict[str, Any]:
        table = parameters.get("TableName")
        if not isinstance(table, str):
            return {}
        arn = table if table.startswith("arn:") else self._names.table_arn(table)
        resource = {"accountId": self._names.account, "type": "AWS::DynamoDB::Table", "ARN": arn}
        return {"resources": [resource]}


def _json(request: Request) -> dict[str, Any]:
    try:
        parameters = orjson.loads(request.content)
    except orjson.JSONDecodeError:
        return {}
    return parameters if isinstance(parameters, dict) else {}


def _form(request: Request) -> dict[str, Any]:
    return dict(parse_qsl(request.content.decode("latin-1"), keep_blank_values=True))


def _parameters(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    shown = parameters
    if name in DATA_EVENTS:
        shown = {key: parameters[key] for key in _SHOWN if key in parameters}
        tables = parameters.get("RequestItems")
        if isinstance(tables, dict):
            shown["RequestItems"] = list(tables)
    return {key[:1].lower() + key[1:]: _short(value) for key, value in shown.items()}


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 64 * _MAX_TEXT:
        return value[: 64 * _MAX_TEXT]
    return value


def _failure(answer: Answer) -> dict[str, str]:
    if answer.status < 400:
        return {}
    found = _CODE(answer.body)
    if found:
        return {"errorCode": found[1].decode(), "errorMessage": found[2].decode()}
    try:
        body = orjson.loads(answer.body)
        return {
            "errorCode": str(body["__type"]).rpartition("#")[2],
            "errorMessage": str(body.get("message") or body.get("Message") or "")[:_MAX_TEXT],
        }
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {"errorCode": str(answer.status)}
