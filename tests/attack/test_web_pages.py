"""Web pages and a server that accepts any credentials: DNS rebinding and foreign origins."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.servers import UNSIGNED, RunningServer

JSON = {**UNSIGNED, "X-Amz-Target": "DynamoDB_20120810.ListTables"}
FORM = {**UNSIGNED, "Content-Type": "application/x-www-form-urlencoded"}
KMS = {
    **UNSIGNED,
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "TrentService.ListKeys",
}
CONSOLE = [
    ("GET", "/console/", {}, b""),
    ("GET", "/console", {}, b""),
    ("POST", "/console/models/check", {"Content-Type": "application/json"}, b"{}"),
]


def json_target(target: str) -> dict[str, str]:
    """Headers of a request to an API of JSON."""
    return {**UNSIGNED, "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}


OTHERS = [
    ("POST", "/", json_target("AmazonDAXV3.DescribeClusters"), b"{}"),
    ("POST", "/", json_target("GraniteServiceVersion20100801.ListMetrics"), b"{}"),
    ("POST", "/", json_target("AnyScaleFrontendService.DescribeScalableTargets"), b"{}"),
    ("POST", "/", json_target("DynamoDBStreams_20120810.ListStreams"), b"{}"),
    ("POST", "/", {**FORM, "Origin": "null"}, b"Action=GetCallerIdentity&Version=2011-06-15"),
    ("GET", "/?Action=ListUsers&Version=2010-05-08", UNSIGNED, b""),
    ("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", UNSIGNED, b"\xa0"),
]
REQUESTS = [
    ("POST", "/", JSON, b"{}"),
    ("POST", "/", {**JSON, "Content-Type": "application/json"}, b"{}"),
    ("POST", "/", KMS, b"{}"),
    ("POST", "/", FORM, b"Action=ListUsers&Version=2010-05-08"),
    ("GET", "/2015-03-31/functions/", UNSIGNED, b""),
    ("GET", "/2015-03-31/event-source-mappings/", UNSIGNED, b""),
    ("GET", "/", {}, b""),
    ("GET", "/ready", {}, b""),
    ("OPTIONS", "/", {"Access-Control-Request-Method": "POST"}, b""),
]


def ask(
    server: RunningServer, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(("method", "path", "headers", "body"), REQUESTS)
@pytest.mark.parametrize(
    "foreign", [{"Host": "rebound.example:8000"}, {"Origin": "http://x.example"}]
)
def test_foreign_pages(
    open_server: RunningServer, method: str, path: str, headers: dict[str, str], body: bytes,
    foreign: dict[str, str],
) -> None:  # fmt: skip
    status, answer = ask(open_server, method, path, {**headers, **foreign}, body)
    assert status == 403
    assert json.loads(answer)["__type"].endswith("#AccessDeniedException")
    assert b"example" not in answer


@pytest.mark.parametrize(("method", "path", "headers", "body"), CONSOLE + OTHERS)
@pytest.mark.parametrize(
    "foreign",
    [
        {"Host": "rebound.example:8000"},
        {"Host": "localhost.rebound.example"},
        {"Host": "localhost:8000@rebound.example"},
        {"Host": "127.0.0.1.rebound.example"},
        {"Host": "[::1].rebound.example"},
        {"Origin": "http://localhost.x.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost@x.example"},
    ],
    ids=str,
)
def test_foreign_pages_of_other_apis(
    open_server: RunningServer, method: str, path: str, headers: dict[str, str], body: bytes,
    foreign: dict[str, str],
) -> None:  # fmt: skip
    status, answer = ask(open_server, method, path, {**headers, **foreign}, body)
    assert status in (400, 403, 404), answer
    assert b"Metrics" not in answer
    assert b"<html" not in answer


@pytest.mark.parametrize(("method", "path", "headers", "body"), REQUESTS[:-1])
def test_everybody_else(
    open_server: RunningServer, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    status, _ = ask(open_server, method, path, headers, body)
    assert status == 200


def test_a_closed_server_has_names_that_it_does_not_know_of(closed_server: RunningServer) -> None:
    status, _ = ask(closed_server, "GET", "/", {"Host": "db.example.com"}, b"")
    assert status == 200
