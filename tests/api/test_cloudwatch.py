"""CloudWatch over the wire, in each protocol of its clients."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jedlik.services.cloudwatch.wire import cbor
from tests.servers import RunningServer

TARGET = "GraniteServiceVersion20100801"


def send(
    server: RunningServer,
    path: str,
    headers: dict[str, str],
    body: bytes,
    service: str = "monitoring",
) -> Any:
    connection = http.client.HTTPConnection(server.host, server.port)
    connection.request("POST", path, body, {**headers, "Host": f"{server.host}:{server.port}",
        "X-Amz-Date": "20240101T000000Z", "Authorization": (
            f"AWS4-HMAC-SHA256 Credential=AKIA/20240101/us-east-1/{service}/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}")})  # fmt: skip
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def test_an_unknown_operation_in_each_protocol(running_server: RunningServer) -> None:
    text = "Nonsense is not available in this version of Jedlik; see docs/differences.md"
    status, headers, content = send(
        running_server, f"/service/{TARGET}/operation/Nonsense",
        {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, b"\xa0",
    )  # fmt: skip
    assert (status, headers["smithy-protocol"]) == (400, "rpc-v2-cbor")
    assert headers["x-amzn-query-error"] == "InvalidAction;Sender"
    assert cbor.decode(content) == {
        "__type": "com.amazon.coral.service#UnknownOperationException", "message": text,
    }  # fmt: skip
    status, headers, content = send(
        running_server, "/",
        {"X-Amz-Target": f"{TARGET}.Nonsense", "Content-Type": "application/x-amz-json-1.0"}, b"{}",
    )  # fmt: skip
    assert (status, headers["x-amzn-query-error"]) == (400, "InvalidAction;Sender")
    assert text.encode() in content
    status, headers, content = send(
        running_server, "/", {"Content-Type": "application/x-www-form-urlencoded"},
        b"Action=Nonsense&Version=2010-08-01",
    )  # fmt: skip
    assert (status, headers["Content-Type"]) == (400, "text/xml")
    assert b"<Code>InvalidAction</Code><Message>" + text.encode() in content


def test_forms_of_iam_still_go_there(running_server: RunningServer) -> None:
    status, _, content = send(
        running_server, "/", {"Content-Type": "application/x-www-form-urlencoded"},
        b"Action=GetCallerIdentity&Version=2011-06-15", "sts",
    )  # fmt: skip
    assert (status, b"<GetCallerIdentityResult>" in content) == (200, True)


def test_the_installed_client_is_understood(running_server: RunningServer) -> None:
    client = running_server.client("cloudwatch")
    with pytest.raises(ClientError) as caught:
        client.list_dashboards()
    client.close()
    assert caught.value.response["Error"]["Code"] == "InvalidAction"
