"""The manifests of an export and their checksums, in the layout of the service.

Developer guide, "DynamoDB table export output format". Checksums are MD5 in base64, in a separate
file next to each manifest.

    [PREFIX/]AWSDynamoDB/ID/_started
                            manifest-files.json, manifest-files.md5
                            manifest-summary.json, manifest-summary.md5
                            data/NAME.json.gz              of a full export
             AWSDynamoDB/data/NAME.json.gz                 of an incremental one
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from jedlik.kernel.arns import Arns
from jedlik.kernel.buckets.bucket import output_folder
from jedlik.services.dynamodb.transfers.model import INCREMENTAL_EXPORT, Export
from jedlik.services.dynamodb.transfers.names import transfer_arn

_FULL_VERSION: Final = "2020-06-30"
_INCREMENTAL_VERSION: Final = "2023-08-01"


def folder(export: Export) -> str:
    """The folder of an export's manifests."""
    return f"{_above(export)}{export.id}"


def _above(export: Export) -> str:
    return output_folder(export.request.get("S3Prefix"))


def data_key(export: Export, number: int, suffix: str) -> str:
    """The name of the data file with that number, the same each time it is written."""
    name = hashlib.blake2b(f"{export.id}/{number}".encode(), digest_size=13).hexdigest()
    if export.kind == INCREMENTAL_EXPORT:
        return f"{_above(export)}data/{name}{suffix}"
    return f"{folder(export)}/data/{name}{suffix}"


def checksum(content: bytes) -> bytes:
    """The contents of a manifest's checksum file."""
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest())


def summary(arns: Arns, export: Export, end: float) -> bytes:
    """manifest-summary.json of an export that ends at `end`."""
    request = export.request
    incremental = export.kind == INCREMENTAL_EXPORT
    times: dict[str, Any] = {"exportTime": _time(export.moment)}
    if incremental:
        times = {
            "exportFromTime": _time(export.from_moment or 0.0),
            "exportToTime": _time(export.moment),
        }
    members = {
        "version": _INCREMENTAL_VERSION if incremental else _FULL_VERSION,
        "exportArn": transfer_arn(arns, "export", export.table_name, export.id),
        "startTime": _time(export.start),
        "endTime": _time(end),
        "tableArn": arns.table_arn(export.table_name),
        "tableId": export.table_uuid,
        **times,
        "s3Bucket": request["S3Bucket"],
        "s3Prefix": request.get("S3Prefix"),
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{folder(export)}/manifest-files.json",
        "billedSizeBytes": export.size,
        "itemCount": export.items,
        "outputFormat": export.form,
    }
    if incremental:
        members["outputView"] = export.view
    members["exportType"] = export.kind
    return orjson.dumps(members)


def _time(moment: float) -> str:
    seconds, milliseconds = divmod(round(moment * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"
