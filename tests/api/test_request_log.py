"""One line for each request, on standard error and for clients that follow the log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.servers import ROOT, RunningServer, environment, jedlik

ORDERS: dict[str, Any] = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def work(server: RunningServer) -> Any:
    client = server.client()
    client.create_table(**ORDERS)
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(20)]
    written = client.batch_write_item(RequestItems={"orders": puts})
    assert "ConsumedCapacity" not in written
    asked = client.get_item(
        TableName="orders", Key={"id": {"S": "1"}}, ReturnConsumedCapacity="TOTAL"
    )
    assert asked["ConsumedCapacity"]["CapacityUnits"] == 0.5
    found = client.scan(
        TableName="orders",
        FilterExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": "1"}},
    )
    assert found["Items"] == [{"id": {"S": "1"}}]
    assert "ConsumedCapacity" not in found
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName="nowhere", Key={"id": {"S": "1"}})
    client.put_item(TableName="orders", Item={"id": {"S": "1"}})
    return client


def test_lines_of_json(start_server: StartServer) -> None:
    server = start_server("--memory", "--log-requests", "json", "--explain")
    work(server)
    entries = [json.loads(line) for line in server.log().splitlines()]
    shown = [
        (each["operation"], each.get("table"), each.get("units"), each.get("items"),
         each.get("scanned"), each.get("error"))
        for each in entries
    ]  # fmt: skip
    assert shown == [
        ("CreateTable", "orders", None, None, None, None),
        ("BatchWriteItem", "orders", 20.0, 20, None, None),
        ("GetItem", "orders", 0.5, 1, None, None),
        ("Scan", "orders", 0.5, 1, 20, None),
        ("GetItem", "nowhere", None, None, None, "ResourceNotFoundException"),
        ("PutItem", "orders", 1.0, 1, None, None),
    ]
    assert entries[3]["hint"].endswith("the table has id as partition key: Query it")
    assert all(each["ms"] > 0 for each in entries)


def test_lines_of_text_without_colour(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--data", str(tmp_path / "data"), "--workers", "2", "--log-requests")
    try:
        client = server.client()
        client.create_table(**ORDERS)
        client.delete_table(TableName="orders")
        assert "CreateTable         orders  " in server.log()
        assert "\x1b" not in server.log()
    finally:
        server.stop()


@pytest.mark.one_process("each worker knows its own requests alone, so the call is refused")
def test_who_follows_a_server(tmp_path: Path) -> None:
    port_file = tmp_path / "admin-port"
    server = RunningServer(
        tmp_path, "--memory", "--admin-port", "0", "--admin-port-file", port_file
    )
    admin = f"http://127.0.0.1:{port_file.read_text().strip()}"
    following = subprocess.Popen(
        [sys.executable, "-m", "jedlik", "tail", "--admin", admin, "--once", "--json"],
        stdout=subprocess.PIPE, env=environment(), cwd=ROOT,
    )  # fmt: skip
    try:
        client = server.client()
        while following.poll() is None:
            client.list_tables()
        output, _ = following.communicate(timeout=30)
        assert json.loads(output.splitlines()[0])["operation"] == "ListTables"
        assert server.log() == ""
    finally:
        following.kill()
        server.kill()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--access-key", "a", "--secret-key", "b"), "start it with --admin-token"),
        (("--workers", "2"), "has 2 processes, and each knows its own requests alone"),
    ],
)
def test_what_is_not_shown(tmp_path: Path, options: tuple[str, ...], text: str) -> None:
    port_file = tmp_path / "admin-port"
    server = RunningServer(
        tmp_path, "--data", tmp_path / "data", "--admin-port", "0", "--admin-port-file", port_file,
        *options,
    )  # fmt: skip
    try:
        done = jedlik("tail", "--admin", f"http://127.0.0.1:{port_file.read_text().strip()}")
        assert done.returncode == 1
        assert text in done.stderr
    finally:
        server.kill()


def test_options_that_need_another(tmp_path: Path) -> None:
    assert "--log-requests or" in jedlik("serve", "--memory", "--explain").stderr
    assert jedlik("serve", "--log-requests", "xml").returncode == 2
    nowhere = jedlik("tail", "--admin", "http://127.0.0.1:1").stderr
    assert "http://127.0.0.1:1 does not answer: connection refused. A server has" in nowhere


def test_a_port_that_is_not_the_admin_listener(start_server: StartServer) -> None:
    done = jedlik("tail", "--admin", start_server("--memory").url)
    assert done.returncode == 1
    assert "is not the admin listener of a server. A server has one" in done.stderr
