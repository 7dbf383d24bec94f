"""The record of a discarded batch, for its on-failure destination.

In the service's form (developer guide, "Retain discarded records for a DynamoDB event source"),
with the event itself under `payload`, as the service sends it to buckets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson

from jedlik.services.lambda_.model import LATEST
from jedlik.services.lambda_.runtime.invocation import Invocation
from jedlik.services.lambda_.triggers.gathering import Record, event_of

RETRIES_EXHAUSTED: Final = "RetryAttemptsExhausted"
TOO_OLD: Final = "RecordAgeExceeded"


class Discarded(NamedTuple):
    """Records that will not be delivered again, and why. `invocation` is the last one, if any."""

    records: Sequence[Record]
    condition: str
    attempts: int
    invocation: Invocation | None


def failure_record(
    discarded: Discarded,
    *,
    function_arn: str,
    stream_arn: str,
    shard_id: str,
    request_id: str,
    now: float,
) -> bytes:
    """The JSON of the record, at `now` in seconds. `request_id` is for batches that were never
    delivered."""
    records, condition, attempts, invocation = discarded
    report: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id if invocation is None else invocation.request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        }
    }
    if invocation is not None:
        # Null without an error of the function, for example if items of a batch failed.
        report["responseContext"] = {
            "statusCode": 200,
            "executedVersion": LATEST,
            "functionError": invocation.error,
        }
    report["version"] = "1.0"
    report["timestamp"] = _moment(now, "milliseconds")
    report["DDBStreamBatchInfo"] = {
        "shardId": shard_id,
        "startSequenceNumber": records[0].sequence_number,
        "endSequenceNumber": records[-1].sequence_number,
        "approximateArrivalOfFirstRecord": _moment(records[0].time, "seconds"),
        "approximateArrivalOfLastRecord": _moment(records[-1].time, "seconds"),
        "batchSize": len(records),
        "streamArn": stream_arn,
    }
    report["payload"] = event_of(records).decode()
    return orjson.dumps(report)


def _moment(seconds: float, precision: str) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
