"""The controls of test suites over HTTP, for any language."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.servers import RunningServer, jedlik

ORDERS: dict[str, Any] = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
TOKEN = "a-token-of-the-suite"


class Suite:
    """A server with an admin port that a suite controls."""

    def __init__(self, scratch: Path, *options: str | Path) -> None:
        port_file = scratch / "admin-port"
        self.server = RunningServer(
            scratch, "--testing", "--admin-port", "0", "--admin-port-file", port_file, *options
        )
        self.port = int(port_file.read_text())

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        content = body if isinstance(body, str) or body is None else json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body=content, headers=headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        return answer.status, told

    def done(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        status, told = self.call(method, path, body)
        assert status == 200, told
        return told


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    suite = Suite(tmp_path_factory.mktemp("suite"), "--memory")
    yield suite
    suite.server.kill()


@pytest.fixture
def suite(shared: Suite) -> Suite:
    shared.done("POST", "/testing/reset")
    shared.server.client().create_table(**ORDERS)
    return shared


def put(suite: Suite, **attributes: Any) -> None:
    suite.server.client().put_item(TableName="orders", Item=attributes)


def count(suite: Suite) -> int:
    scanned: int = suite.server.client().scan(TableName="orders")["Count"]
    return scanned


def test_snapshots_by_name(suite: Suite) -> None:
    put(suite, id={"S": "kept"})
    name = suite.done("POST", "/testing/snapshots")["name"]
    assert suite.done("POST", "/testing/snapshots", {"name": "base"}) == {"name": "base"}
    put(suite, id={"S": "gone"})
    suite.done("POST", "/testing/restore", {"name": "base"})
    assert count(suite) == 1
    suite.server.client().delete_table(TableName="orders")
    suite.done("POST", "/testing/restore", {"name": name})
    assert count(suite) == 1
    assert {name, "base"} <= set(suite.done("GET", "/testing/snapshots")["snapshots"])
    suite.done("DELETE", f"/testing/snapshots?name={name}")
    status, told = suite.call("POST", "/testing/restore", {"name": name})
    assert status == 400
    assert told["__type"].endswith("#ResourceNotFoundException")


def test_a_reset_removes_all_tables(suite: Suite) -> None:
    suite.done("POST", "/testing/reset")
    assert suite.server.client().list_tables()["TableNames"] == []


def test_seeds_are_sent_as_files(suite: Suite) -> None:
    told = suite.done("POST", "/testing/seed?name=orders.csv", "id,total:N\na,1\nb,2\n")
    assert told == {"tables": 0, "items": 2, "kept": 0, "notes": []}
    assert count(suite) == 2
    status, told = suite.call("POST", "/testing/seed?name=orders.json", "{}")
    assert status == 400
    assert told["message"].startswith("orders.json: neither a CloudFormation")


def test_the_clock_goes_forward_and_what_is_due_has_happened(suite: Suite) -> None:
    client = suite.server.client()
    expires = {"Enabled": True, "AttributeName": "until"}
    client.update_time_to_live(TableName="orders", TimeToLiveSpecification=expires)
    put(suite, id={"S": "short"}, until={"N": str(int(time.time()) + 3600)})
    put(suite, id={"S": "long"}, until={"N": str(int(time.time()) + 86400 * 300)})
    before = suite.done("GET", "/testing/clock")
    after = suite.done("POST", "/testing/clock", {"advance": 7200})
    assert after["settled"]
    assert after["ahead"] == before["ahead"] + 7200
    assert [item["id"]["S"] for item in client.scan(TableName="orders")["Items"]] == ["long"]
    moment = client.describe_table(TableName="orders")["Table"]["CreationDateTime"]
    suite.done("POST", "/testing/clock", {"to": f"{moment.year + 2}-03-01"})
    assert count(suite) == 0
    for refused in ({"advance": -1}, {"to": "yesterday"}, {"to": 0}, {"advance": 1e12}, {},
                    {"advance": True}, {"forward": 3}, {"advance": 1, "to": 2}):  # fmt: skip
        assert suite.call("POST", "/testing/clock", refused)[0] == 400, refused


def test_connections_and_signatures_live_in_the_present(suite: Suite) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", suite.server.port)
    for _ in range(2):
        connection.request("GET", "/")
        date = connection.getresponse()
        date.read()
        suite.done("POST", "/testing/clock", {"advance": 86400 * 30})
    assert str(time.gmtime().tm_year) in str(date.headers["Date"])
    connection.close()


def test_requests_are_recorded(suite: Suite) -> None:
    suite.done("DELETE", "/testing/requests")
    put(suite, id={"S": "a"})
    client = suite.server.client()
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.scan(TableName="nowhere")
    first, second = suite.done("GET", "/testing/requests")["requests"]
    assert first["operation"] == "PutItem"
    assert first["parameters"] == {"TableName": "orders", "Item": {"id": {"S": "a"}}}
    assert (first["status"], first["error"]) == (200, None)
    assert (second["operation"], second["error"]) == ("Scan", "ResourceNotFoundException")
    path = f"/testing/requests?operation=Scan&after={first['number']}&limit=1"
    assert suite.done("GET", path)["requests"] == [second]
    assert suite.call("GET", "/testing/requests?after=-1")[0] == 400
    assert suite.call("GET", "/testing/requests?since=1")[0] == 400


@pytest.mark.parametrize(
    "body", ["3", "{", '{"name": 1}', '{"names": "x"}', '{"name": null}', "\\" * 9, "[" * 10_000]
)
def test_input_that_is_none_changes_nothing(suite: Suite, body: str) -> None:
    for path in ("/testing/snapshots", "/testing/restore", "/testing/reset", "/testing/clock"):
        status, told = suite.call("POST", path, body)
        assert (status, told["__type"].rpartition("#")[2]) == (400, "ValidationException")
    assert suite.call("POST", f"/testing/seed?name={quote('a/../b.json')}", body)[0] == 400
    assert suite.server.client().list_tables()["TableNames"] == ["orders"]


def test_faults_by_rules(suite: Suite) -> None:
    rule = {"operation": "PutItem", "times": 1, "error": "InternalServerError"}
    (number,) = suite.done("POST", "/testing/faults", rule)["ids"]
    client = suite.server.client()
    with pytest.raises(client.exceptions.InternalServerError):
        put(suite, id={"S": "a"})
    put(suite, id={"S": "a"})
    told = suite.done("GET", "/testing/faults")
    assert told == {"rules": [{"id": number, **rule, "matched": 2, "struck": 1}], "seed": 0}
    ids = suite.done("PUT", "/testing/faults", {"seed": 3, "rules": [rule, {"delay": 1}]})["ids"]
    assert len(ids) == 2
    suite.done("DELETE", f"/testing/faults?id={ids[0]}")
    assert suite.call("DELETE", f"/testing/faults?id={ids[0]}")[0] == 400
    assert [each["id"] for each in suite.done("GET", "/testing/faults")["rules"]] == ids[1:]
    for wrong in ({"throttel": True}, [3], "{", ["x"] * 2000):
        assert suite.call("POST", "/testing/faults", wrong)[0] == 400
    suite.done("POST", "/testing/reset")
    assert suite.done("GET", "/testing/faults")["rules"] == []


def test_no_web_page_controls_a_server(suite: Suite) -> None:
    for headers in (
        {"Host": "evil.example.com"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        status, told = suite.call("POST", "/testing/reset", **headers)
        assert status >= 400
        assert told["__type"].endswith("#AccessDeniedException")
    assert suite.server.client().list_tables()["TableNames"] == ["orders"]


def test_a_server_with_credentials_takes_a_token(tmp_path: Path) -> None:
    keys = ("--access-key", "AKIA", "--secret-key", "s3cret")
    refused = jedlik("serve", "--memory", "--port", "0", "--testing", "--admin-port", "0", *keys)
    assert refused.returncode == 2
    assert "add --admin-token" in refused.stderr
    suite = Suite(tmp_path, "--data", tmp_path / "data", "--admin-token", TOKEN, *keys)
    try:
        for given in ({}, {"Authorization": "Bearer other"}, {"Authorization": f"Basic {TOKEN}"}):
            assert suite.call("GET", "/testing/clock", **given)[0] == 401
        known = {"Authorization": f"bearer {TOKEN}"}
        assert suite.call("POST", "/testing/clock", {"advance": 86400}, **known)[0] == 200
        suite.server.credentials = ("AKIA", "s3cret")
        assert suite.server.client().list_tables()["TableNames"] == []
        status, told = suite.call("POST", "/testing/snapshots", **known)
        assert (status, "--memory" in told["message"]) == (400, True)
    finally:
        suite.server.kill()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--testing",), "--testing needs --admin-port"),
        (("--admin-token", "x"), "--admin-token needs --admin-port"),
        (("--admin-port", "0", "--admin-token", "ä ö"), "as headers can carry them"),
        (("--testing", "--admin-port", "0", "--workers", "2"), "servers of one process"),
    ],
)
def test_options_that_do_not_go_together(
    tmp_path: Path, options: tuple[str, ...], text: str
) -> None:
    done = jedlik("serve", "--data", tmp_path, "--port", "0", *options)
    assert done.returncode == 2
    assert text in done.stderr


def test_without_the_option_there_are_no_such_calls(tmp_path: Path) -> None:
    port_file = tmp_path / "admin-port"
    server = RunningServer(
        tmp_path, "--memory", "--admin-port", "0", "--admin-port-file", port_file
    )
    connection = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text()))
    connection.request("POST", "/testing/reset")
    assert connection.getresponse().status == 404
    connection.close()
    assert f"http://127.0.0.1:{port_file.read_text().strip()} (/metrics)" in server.output()
    server.stop()
    assert not port_file.exists()
