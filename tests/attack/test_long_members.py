"""Members of hundreds of thousands of parts, to every API: refused, and others are served."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from typing import Any

import pytest

from tests.servers import UNSIGNED, RunningServer

METRICS = "GraniteServiceVersion20100801.PutMetricData"
EMPTY = ["{}"] * 400_000
NUMBERS = {str(number): {"x": 1} for number in range(200_000)}
WRONG = {
    "DynamoDB_20120810.Query": json.dumps({"TableName": "none", "QueryFilter": NUMBERS}),
    "DynamoDB_20120810.DeleteItem": json.dumps(
        {"TableName": "none", "Key": {"pk": {"S": "a"}}, "Expected": NUMBERS}
    ),
    METRICS: f'{{"Namespace":"n","MetricData":[{",".join(EMPTY)}]}}',
}
"""Nothing about them is as it should be, so that all of it is looked at."""


def call(
    server: RunningServer, target: str, body: bytes, **headers: str
) -> tuple[int, bytes, float]:
    """Status and body of an answer, and the seconds that it took."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    began = time.perf_counter()
    try:
        connection.request("POST", "/", body, {**UNSIGNED, "X-Amz-Target": target, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(), time.perf_counter() - began
    finally:
        connection.close()


@pytest.mark.parametrize("target", WRONG)
def test_others_do_not_wait_for_a_check(open_server: RunningServer, target: str) -> None:
    body = gzip.compress(WRONG[target].encode(), 1)
    done: list[tuple[int, bytes, float]] = []
    coding = {"Content-Encoding": "gzip"}
    long = threading.Thread(target=lambda: done.append(call(open_server, target, body, **coding)))
    long.start()
    waited = [0.0]
    while long.is_alive():
        waited.append(call(open_server, "DynamoDB_20120810.ListTables", b"{}")[2])
    status, _, took = done[0]
    assert status == 400
    # Checked on the event loop, it would take most of the time at once.
    assert max(waited) < 0.3 * took


def test_metrics_that_are_large_only_once_they_are_decompressed(
    open_server: RunningServer,
) -> None:
    body = gzip.compress(b'{"Namespace":"n","MetricData":[' + b"{}," * 5_000_000 + b"{}]}")
    assert len(body) < 20_000
    status, _, took = call(open_server, METRICS, body, **{"Content-Encoding": "gzip"})
    assert (status, took < 2) == (413, True)


@pytest.mark.parametrize(
    "target", ["TrentService.Encrypt", "AmazonDAXV3.CreateCluster", "AnyScaleFrontendService.X"]
)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_no_request_of_these_is_so_large(
    open_server: RunningServer, target: str, coding: str
) -> None:
    context: dict[str, Any] = {f"a{number}": "x" for number in range(60_000)}
    body = json.dumps({"KeyId": "x", "Plaintext": "", "EncryptionContext": context}).encode()
    sent = gzip.compress(body) if coding == "gzip" else body
    headers = {"Content-Type": "application/x-amz-json-1.1", "Content-Encoding": coding}
    status, answer, _ = call(open_server, target, sent, **headers)
    if target.endswith(".X") and coding == "gzip":
        assert status == 400  # the operation is looked at first
    else:
        assert (status, b"RequestEntityTooLarge" in answer) == (413, True)
