"""The record of a discarded batch."""

from __future__ import annotations

import json

from jedlik.services.lambda_.runtime.invocation import UNHANDLED, Invocation
from jedlik.services.lambda_.triggers.failures import (
    RETRIES_EXHAUSTED,
    TOO_OLD,
    Discarded,
    failure_record,
)
from tests.unit.services.lambda_.triggers.deliveries import ARN, record


def told(**members):
    discarded = Discarded(
        [record(1, 1_700_000_000.5), record(2, 1_700_000_002.0)],
        RETRIES_EXHAUSTED,
        3,
        Invocation("last", b"{}", UNHANDLED),
    )
    made = failure_record(
        discarded._replace(**members),
        function_arn="arn:aws:lambda:us-east-1:000000000000:function:f",
        stream_arn=ARN,
        shard_id="shardId-1",
        request_id="own",
        now=1_700_000_010.25,
    )
    return json.loads(made)


def test_the_services_form():
    failure = told()
    assert json.loads(failure.pop("payload"))["Records"][0]["n"] == 1
    assert failure == {
        "requestContext": {
            "requestId": "last",
            "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": "2023-11-14T22:13:30.250Z",
        "DDBStreamBatchInfo": {
            "shardId": "shardId-1",
            "startSequenceNumber": "100000000000000000001",
            "endSequenceNumber": "100000000000000000002",
            "approximateArrivalOfFirstRecord": "2023-11-14T22:13:20Z",
            "approximateArrivalOfLastRecord": "2023-11-14T22:13:22Z",
            "batchSize": 2,
            "streamArn": ARN,
        },
    }


def test_records_that_were_never_delivered_have_no_response():
    failure = told(condition=TOO_OLD, attempts=0, invocation=None)
    assert "responseContext" not in failure
    assert failure["requestContext"]["requestId"] == "own"


def test_a_function_that_did_not_fail_has_a_null_for_its_error():
    """Where it is items of its batch that failed, time and again."""
    response = told(invocation=Invocation("last", b"{}", None))["responseContext"]
    assert response["functionError"] is None
