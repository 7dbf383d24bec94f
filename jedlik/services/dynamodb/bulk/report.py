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
from jedlik.kernel.places.bucket import output_folder
from jedlik.services.dynamodb.bulk.kept import arn_of
from jedlik.services.dynamodb.bulk.model import BulkOperation
from jedlik.storage.engine import Row
from jedlik.values.attribute import Item

ERROR: Final = "ERROR"
UNMET: Final = "CONDITION_CHECK_FAILURE"
_FOLDERS: Final = {ERROR: "error", UNMET: "condition-check-failure"}


def folder(found: BulkOperation) -> str:
    """The folder of a report's files."""
    return output_folder(found.request["OutputS3Configuration"].get("S3KeyPrefix")) + found.id


def error_line(arns: Arns, found: BulkOperation, key: str, index: int, text: str) -> bytes:
    """A line that could not be put, in the form of the reports of imports."""
    return orjson.dumps(
        {
            "Type": ERROR,
            "itemS3Pointer": _pointer(found, key, index),
            "bulkOperationArn": arn_of(arns, found),
            "errorMessages": [text],
        }
    )


def unmet_line(
    arns: Arns, found: BulkOperation, key: str, index: int, item: Item, existing: Item | None
) -> bytes:
    """A line whose condition was false, with the present item."""
    line: dict[str, Any] = {
        "Type": UNMET,
        "itemS3Pointer": _pointer(found, key, index),
        "bulkOperationArn": arn_of(arns, found),
        "Item": item,
    }
    if existing is not None:
        line["ExistingItem"] = existing
    return orjson.dumps(line)


def _pointer(found: BulkOperation, key: str, index: int) -> dict[str, Any]:
    bucket = found.request["InputS3Configuration"]["S3Bucket"]
    return {"bucket": bucket, "key": key, "itemIndex": index}


def files_of(found: BulkOperation, rows: Iterable[Row]) -> dict[tuple[str, str], list[bytes]]:
    """Stored lines by the files to which they go: type and key, and the lines."""
    files: dict[tuple[str, str], list[bytes]] = {}
    for _, stored in rows:
        line = orjson.loads(stored)
        kind = line.pop("Type")
        key = f"{folder(found)}/{_FOLDERS[kind]}/{found.filed:010}.json"
        files.setdefault((kind, key), []).append(orjson.dumps(line) + b"\n")
    return files


def summary(arns: Arns, found: BulkOperation) -> bytes:
    """manifest-summary.json of an operation that has ended."""
    return orjson.dumps(
        {
            "bulkOperationArn": arn_of(arns, found),
            "status": found.status,
            "startTime": _time(found.start),
            "endTime": _time(found.end or found.start),
            "tableArn": arns.table_arn(found.table_name),
            "tableId": found.table_uuid,
            "processedItemCount": found.processed,
            "failedItemCount": found.failed,
            "conditionCheckFailureCount": found.unmet,
            "outputFiles": [
                {"outputType": kind, "s3Key": key, "itemCount": count}
                for kind, key, count in found.files
            ],
        }
    )


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
