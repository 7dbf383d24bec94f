"""The requests of the console's Traffic page, and who may make them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.api.making import make
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer


def get(server: RunningServer, path: str, keys: tuple[str, str] | None = None) -> tuple[int, Any]:
    target = f"/console/traffic/{path}"
    request = AWSRequest("GET", f"{server.url}{target}")
    if keys is not None:
        SigV4Auth(Credentials(*keys), "cloudtrail", "us-east-1").add_auth(request)
    connection = server.connection()
    connection.request("GET", target, headers=dict(request.headers.items()))
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return answer.status, body


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that is called over HTTP even with --dax: the log does not have DAX's requests."""
    server = RunningServer(tmp_path_factory.mktemp("traffic"), "--memory")
    yield server
    server.kill()


@pytest.mark.one_process("each worker knows its own requests alone, so the call is refused")
def test_requests_with_the_service_s_text_and_a_hint(open_server: RunningServer) -> None:
    client = open_server.client()
    table = make(client, "id")
    for number in range(12):
        client.put_item(TableName=table, Item={"id": {"S": str(number)}})
    status, first = get(open_server, "requests")
    assert (status, first["requests"]) == (200, [])
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(
            TableName=table, Item={"id": {"S": "1"}},
            ConditionExpression="attribute_not_exists(#i)", ExpressionAttributeNames={"#i": "id"},
        )  # fmt: skip
    client.scan(
        TableName=table, FilterExpression="id = :i",
        ExpressionAttributeValues={":i": {"S": "secret"}},
    )  # fmt: skip
    _, news = get(open_server, f"requests?after={first['last']}")
    failed, scanned = (each for each in news["requests"] if each["table"] == table)
    assert failed["error"] == "ConditionalCheckFailedException"
    assert failed["message"] == "The conditional request failed"
    assert failed["text"] == "only if attribute_not_exists(id)"
    assert failed["key"] == {"id": "="}
    assert (scanned["scanned"], scanned["text"]) == (12, "keep where id = :i")
    assert "this Scan read 12 items" in scanned["hint"]
    assert "secret" not in json.dumps(news)
    _, later = get(open_server, f"requests?after={news['last']}")
    assert [each for each in later["requests"] if each["table"] == table] == []


def test_advice_is_the_report_of_the_command(open_server: RunningServer) -> None:
    table = make(open_server.client(), "id")
    status, report = get(open_server, "advice")
    assert status == 200
    assert table in [each["Table"] for each in report["Tables"]]
    assert report["Days"] == 7


@pytest.mark.one_process("each worker knows its own requests alone, so the call is refused")
def test_a_server_that_knows_its_callers_asks_their_policies(start_server: StartServer) -> None:
    server = start_server("--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    for path in ("requests", "advice"):
        assert get(server, path)[0] == 400
        assert get(server, path, (ACCESS_KEY, "wrong"))[0] == 400
        assert get(server, path, (ACCESS_KEY, SECRET_KEY))[0] == 200
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    made = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = (made["AccessKeyId"], made["SecretAccessKey"])
    assert get(server, "requests", ann)[1]["__type"].endswith("AccessDeniedException")
    iam.put_user_policy(
        UserName="ann", PolicyName="watch",
        PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"}
            ],
        }),
    )  # fmt: skip
    assert get(server, "requests", ann)[0] == 200
    assert get(server, "advice", ann)[1]["__type"].endswith("AccessDeniedException")


def test_who_looks_at_requests_is_recorded(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(
        "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
        "--audit-log", tmp_path,
    )  # fmt: skip
    get(server, "requests", (ACCESS_KEY, SECRET_KEY))
    get(server, "requests", (ACCESS_KEY, "wrong"))
    assert server.stop() == 0
    (file,) = tmp_path.glob("*.jsonl")
    seen = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(each["eventName"], each["userIdentity"]["type"]) for each in seen] == [
        ("LookupEvents", "Root"), ("LookupEvents", "Unknown"),
    ]  # fmt: skip


def test_several_processes_know_too_little(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    status, body = get(server, "requests")
    assert status == 400
    assert "2 processes" in body["message"]
    assert get(server, "advice")[0] == 200
