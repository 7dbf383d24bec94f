"""The clients of DAX for other languages, through a running server.

The scenario is one file. Each of its steps is done twice: by the client on one table, through the
cluster, and over HTTP on another table with the same history; the answers have to be equal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.conftest import Connect
from tests.clients.dax_endpoint import endpoint, key, keyed_table
from tests.clients.drivers import Driver, Json
from tests.clients.equality import ordered
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer

SCENARIO: Final = json.loads((Path(__file__).parent / "scenarios" / "items.json").read_text())
_MAY_BE_LEFT_OUT: Final = (
    "Items", "ItemCollectionMetrics", "UnprocessedItems", "UnprocessedKeys",
)  # fmt: skip
"""Where they are empty; clients differ in that."""


@pytest.fixture(scope="module")
def dax_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("clients")
    server = RunningServer(scratch, "--data", scratch / "data", "--dax", "--dax-port", "0")
    yield server
    server.end_well()


# --- The scenario -------------------------------------------------------------------------------


@pytest.mark.parametrize("through", ["dax", "http"])
def test_every_step_is_answered_as_over_http(
    through: str, dax_server: RunningServer, connect: Connect
) -> None:
    """Both by the client of DAX and by that of DynamoDB."""
    driver = connect(endpoint(dax_server) if through == "dax" else dax_server.url)
    own, other = keyed_table(dax_server), keyed_table(dax_server)
    different = {}
    for step in SCENARIO:
        found = driver.ask(step["operation"], filled(step, own))
        status, expected = dax_server.call(step["operation"], filled(step, other))
        if "error" in step:
            answer, expected = found.get("error", found), error_of(expected)
            assert (status, expected["code"]) == (400, step["error"]), step["step"]
            same = is_same_error(answer, expected)
        else:
            assert status == 200, (step["step"], expected)
            answer, expected = (
                plain(found.get("output", found), step, own),
                plain(expected, step, other),
            )
            same = answer == expected
        if not same:
            different[step["step"]] = {"by the client": answer, "over HTTP": expected}
    different_lines = [f"{name}: {json.dumps(each)}" for name, each in different.items()]
    assert not different, "\n".join(different_lines)


def filled(step: Json, table: str) -> Json:
    text = json.dumps(step["input"]).replace('"TABLE"', json.dumps(table))
    found: Json = json.loads(text.replace("LARGE", "x" * step.get("large", 0)))
    return found


def plain(answer: Json, step: Json, table: str) -> Any:
    """An answer without the parts that may differ between two tables, two clients or two orders of
    sets."""
    if step.get("count") and "Count" in answer:
        return answer["Count"], answer["ScannedCount"], "LastEvaluatedKey" in answer
    kept = {name: value for name, value in answer.items() if value or name not in _MAY_BE_LEFT_OUT}
    return ordered(
        json.loads(json.dumps(kept).replace(table, "TABLE")), step.get("unordered", False)
    )


def error_of(answer: Json) -> Json:
    found = {"code": answer["__type"].partition("#")[2], "message": answer.get("message")}
    if "CancellationReasons" in answer:
        found["reasons"] = answer["CancellationReasons"]
    return found


def is_same_error(found: Json, expected: Json) -> bool:
    """Whether a client has the same error. If the client refuses the request itself, its text may
    be its own."""
    reasons = [[each["Code"] for each in error.get("reasons", ())] for error in (found, expected)]
    return found.get("code") == expected["code"] and reasons[0] == reasons[1]


# --- Connections --------------------------------------------------------------------------------


def test_ten_thousand_items(dax_server: RunningServer, connect: Connect) -> None:
    driver = connect(endpoint(dax_server))
    table = keyed_table(dax_server)
    for start in range(0, 10_000, 25):
        puts = [
            {"PutRequest": {"Item": {**key("many", n), "v": {"S": f"value {n}"}}}}
            for n in range(start, start + 25)
        ]
        answer = driver.ask("BatchWriteItem", {"RequestItems": {table: puts}})
        assert not answer["output"].get("UnprocessedItems")
    query: Json = {
        "TableName": table, "KeyConditionExpression": "p = :p",
        "ExpressionAttributeValues": {":p": {"S": "many"}}, "Limit": 3000,
    }  # fmt: skip
    numbers: list[int] = []
    while True:
        page = driver.ask("Query", query)["output"]
        numbers += [int(item["s"]["N"]) for item in page["Items"]]
        if not page.get("LastEvaluatedKey"):
            break
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert numbers == list(range(10_000))
    found = driver.ask("GetItem", {"TableName": table, "Key": key("many", 9999)})["output"]
    assert found["Item"]["v"] == {"S": "value 9999"}


def test_a_node_that_comes_back(start_server: StartServer, connect: Connect) -> None:
    """Clients reconnect by themselves, and the attribute lists that they know are still valid."""
    first = start_server("--dax", "--dax-port", "0")
    url, table = endpoint(first), keyed_table(first)
    driver = connect(url)
    item = {**key("a"), "v": {"S": "1"}, "w": {"S": "2"}}
    assert "output" in driver.ask("PutItem", {"TableName": table, "Item": item})
    assert first.stop() == 0
    assert "error" in driver.ask("GetItem", {"TableName": table, "Key": key("a")})
    second = start_server("--dax", "--dax-port", url.rpartition(":")[2])
    changed = {**key("a"), "v": {"S": "3"}, "w": {"S": "4"}}
    second.client().put_item(TableName=table, Item=changed)
    assert _once_it_answers(driver, table)["Item"] == changed


def _once_it_answers(driver: Driver, table: str) -> Json:
    deadline = time.monotonic() + 60
    while True:
        answer = driver.ask("GetItem", {"TableName": table, "Key": key("a")})
        if "output" in answer:
            found: Json = answer["output"]
            return found
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)


def test_encrypted_connections(start_server: StartServer, connect: Connect, tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    server = start_server(
        "--tls", "auto", "--tls-directory", folder, "--dax", "--dax-port", "0",
        "--dax-tls-port", "0", trust=folder / "ca.pem",
    )  # fmt: skip
    table = keyed_table(server)
    url = endpoint(server, "jedlik-tls")
    assert url.startswith("daxs://")
    driver = connect(url, trust=folder / "ca.pem")
    assert "output" in driver.ask("PutItem", {"TableName": table, "Item": key("a")})
    found = driver.ask("GetItem", {"TableName": table, "Key": key("a")})["output"]
    assert found["Item"] == key("a")


def test_wrong_credentials(start_server: StartServer, connect: Connect) -> None:
    server = start_server(
        "--dax", "--dax-port", "0", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    table = keyed_table(server)
    right = connect(endpoint(server))
    assert "output" in right.ask("GetItem", {"TableName": table, "Key": key("a")})
    wrong = connect(endpoint(server), (ACCESS_KEY, "wrong"))
    with pytest.raises((RuntimeError, AssertionError)):  # one client fails at once, one later
        assert "output" in wrong.ask("GetItem", {"TableName": table, "Key": key("a")})
