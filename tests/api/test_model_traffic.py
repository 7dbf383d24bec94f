"""`jedlik model check` with the traffic of a server."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from jedlik.modelling.examples import EXAMPLES
from tests.conftest import StartServer
from tests.servers import free_port, jedlik

PROFILE = {"PK": {"S": "CUSTOMER#1"}, "SK": {"S": "PROFILE"}}


def ask(client: Any) -> None:
    """Make requests of some of the shop's patterns, and a Scan of none."""
    client.put_item(TableName="Shop", Item=PROFILE)
    client.get_item(TableName="Shop", Key=PROFILE)
    client.query(
        TableName="Shop", KeyConditionExpression="#p = :p AND begins_with(SK, :s)",
        ExpressionAttributeNames={"#p": "PK"},
        ExpressionAttributeValues={":p": {"S": "CUSTOMER#1"}, ":s": {"S": "ORDER#"}},
    )  # fmt: skip
    client.scan(TableName="Shop")


def make_shop(client: Any) -> None:
    key = {"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")]
    client.create_table(
        TableName="Shop", KeySchema=list(key), AttributeDefinitions=types,
        BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip


def checked(*options: str | Path) -> tuple[int, Any]:
    done = jedlik("model", "check", EXAMPLES["shop"], "--json", *options)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["traffic"]


def look_at(code: int, traffic: Any) -> None:
    assert code == 1
    (bad,) = [each for each in traffic["findings"] if each["grade"] == "red"]
    assert (bad["about"], bad["text"].split(",")[0]) == ("Scan Shop", "1 request")
    seen = {each["name"]: each["requests"] for each in traffic["patterns"]}
    assert seen["a product"] == 1
    assert seen["a customer's orders, newest first"] == 1
    never = [each["about"] for each in traffic["findings"] if "was never requested" in each["text"]]
    assert never


def test_a_log_says_what_was_asked_for(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--memory", "--log-requests", "json")
    make_shop(server.client())
    ask(server.client())
    log = tmp_path / "requests.log"
    log.write_text("a line of something else\n" + server.log())
    look_at(*checked("--traffic", log))
    text = jedlik("model", "check", EXAMPLES["shop"], "--traffic", log)
    assert "seen  a product" in text.stdout
    assert "bad   Scan Shop: 1 request" in text.stdout


@pytest.mark.one_process("each worker knows its own requests alone, so the call is refused")
def test_a_running_server_is_watched(start_server: StartServer) -> None:
    port = free_port()
    server = start_server("--memory", "--admin-port", str(port))
    client = server.client()
    make_shop(client)
    endpoint = f"http://127.0.0.1:{port}"
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            ask(client)
            time.sleep(0.2)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        code, traffic = checked("--admin", endpoint, "--seconds", "1")
    finally:
        over.set()
        worker.join()
    assert code == 1
    assert traffic["missed"] == 0
    assert "Scan Shop" in [each["about"] for each in traffic["findings"]]


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("nothing\n", (), "has no line of"),
        ("", ("--admin", "http://127.0.0.1:1"), "not both"),
    ],
)
def test_what_is_no_traffic(
    tmp_path: Path, content: str, options: tuple[str, ...], says: str
) -> None:
    log = tmp_path / "x.log"
    log.write_text(content)
    done = jedlik("model", "check", EXAMPLES["shop"], "--traffic", log, *options)
    assert done.returncode == 2
    assert says in done.stderr
