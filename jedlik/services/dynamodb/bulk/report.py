"""The report of a bulk operation: lines in files of the output bucket, and a summary.

    [PREFIX/]AWSDynamoDB/ID/_started
                            manifest-summary.json          counts, and the files
                            error/NUMBER.json              lines that could not be put
                            condition-check-failure/NUMBER.json
                                                           lines whose condition was false

Lines are stored in the commit of their step, under the table's id, and written to a file when there
are enough of them: `NUMBER` is that of the first one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from jedlik.kernel.arns import Arns
from jedlik.kernel.buckets.bucket import output_folder
from jedlik.services.dynamodb.bulk.model import BulkOperation
from jedlik.services.dynamodb.bulk.operations import arn_of
from jedlik.storage.engine import Row
from jedlik.values.attribute import Item

ERROR: Final = "ERROR"
UNMET: Final = "CONDITION_CHECK_FAILURE"
_FOLDERS: Final = {ERROR: "error", UNMET: "condition-check-failure"}


def folder(operation: BulkOperation) -> str:
    """The folder of a report's files."""
    return (
        output_folder(operation.request["OutputS3Configuration"].get("S3KeyPrefix")) + operation.id
    )


def error_line(arns: Arns, operation: BulkOperation, key: str, index: int, text: str) -> bytes:
    """A line that could not be put, in the form of the reports of imports."""
    return orjson.dumps(
        {
            "Type": ERROR,
            "itemS3Pointer": _pointer(operation, key, index),
            "bulkOperationArn": arn_of(arns, operation),
            "errorMessages": [text],
        }
    )


def unmet_line(
    arns: Arns,
    operation: BulkOperation,
    key: str,
    index: int,
    item: Item,
    existing: orjson.Fragment | None,
) -> bytes:
    """A line whose condition was false, with the present item."""
    line: dict[str, Any] = {
        "Type": UNMET,
        "itemS3Pointer": _pointer(operation, key, index),
        "bulkOperationArn": arn_of(arns, operation),
        "Item": item,
    }
    if existing is not None:
        line["ExistingItem"] = existing
    return orjson.dumps(line)


def _pointer(operation: BulkOperation, key: str, index: int) -> dict[str, Any]:
    bucket = operation.request["InputS3Configuration"]["S3Bucket"]
    return {"bucket": bucket, "key": key, "itemIndex": index}


def files_of(operation: BulkOperation, rows: Iterable[Row]) -> dict[tuple[str, str], list[bytes]]:
    """Stored lines by the files to which they go: type and key, and the lines."""
    files: dict[tuple[str, str], list[bytes]] = {}
    for _, stored in rows:
        line = orjson.loads(stored)
        kind = line.pop("Type")
        key = f"{folder(operation)}/{_FOLDERS[kind]}/{operation.filed:010}.json"
        files.setdefault((kind, key), []).append(orjson.dumps(line) + b"\n")
    return files


def summary(arns: Arns, operation: BulkOperation) -> bytes:
    """manifest-summary.json of an operation that has ended."""
    return orjson.dumps(
        {
            "bulkOperationArn": arn_of(arns, operation),
            "status": operation.status,
            "startTime": _time(operation.start),
            "endTime": _time(operation.end or operation.start),
            "tableArn": arns.table_arn(operation.table_name),
            "tableId": operation.table_uuid,
            "processedItemCount": operation.processed,
            "failedItemCount": operation.failed,
            "conditionCheckFailureCount": operation.unmet,
            "outputFiles": [
                {"outputType": kind, "s3Key": key, "itemCount": count}
                for kind, key, count in operation.files
            ],
        }
    )


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
