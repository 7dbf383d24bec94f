"""Several nodes on one shared engine, and commands that work on it."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path

import pytest

from jedlik.kernel.rounds import POLL_SECONDS
from tests.cluster.wire import Wire
from tests.postgres import PostgresServer, make_directory, remove, shared_server
from tests.servers import RunningServer, jedlik
from tests.waiting import wait_until

TABLE = {
    "TableName": "things",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}
COUNT = {"TableName": "things", "Select": "COUNT"}


@pytest.fixture(scope="module")
def url() -> str:
    return shared_server().new_schema()


def start(scratch: Path, name: str, url: str, *options: str) -> RunningServer:
    own = scratch / name
    own.mkdir()
    return RunningServer(own, "--engine", url, *options)


def put(node: RunningServer, pk: str) -> None:
    status, answer = node.call("PutItem", {"TableName": "things", "Item": {"pk": {"S": pk}}})
    assert status == 200, answer


def get(node: RunningServer, path: str) -> int:
    connection = http.client.HTTPConnection(node.host, node.port, timeout=10)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.slow
def test_bulk_puts_and_kinesis_go_on_at_another_node(tmp_path: Path) -> None:
    """The node that does the work is killed; the other one continues it."""
    for name in ("bucket", "streams"):
        (tmp_path / name).mkdir()
    lines = [json.dumps({"Item": {"pk": {"S": f"{number}"}}}) for number in range(3000)]
    (tmp_path / "bucket" / "in").write_text("\n".join(lines))
    engine = shared_server().new_schema()
    places = ("--bucket", f"mine={tmp_path / 'bucket'}", "--kinesis-endpoint")
    options = (*places, str(tmp_path / "streams"))
    nodes = [start(tmp_path, name, engine, *options) for name in ("a", "b")]
    stream = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
    try:
        assert nodes[1].call("CreateTable", TABLE)[0] == 200
        enabled = {"TableName": "things", "StreamArn": stream}
        assert nodes[1].call("EnableKinesisStreamingDestination", enabled)[0] == 200
        begun = {
            "TableName": "things",
            "InputS3Configuration": {"S3Bucket": "mine", "InputFormat": "DYNAMODB_JSON"},
            "OutputS3Configuration": {"S3Bucket": "mine", "OutputType": ["ERROR"]},
        }
        _, answer = nodes[1].call("StartBulkPutItems", begun)
        arn = answer["BulkOperationDescription"]["BulkOperationArn"]
        nodes[0].kill()

        def ended() -> str | None:
            _, told = nodes[1].call("DescribeBulkOperation", {"BulkOperationArn": arn})
            status: str = told["BulkOperationDescription"]["BulkOperationStatus"]
            return None if status == "IN_PROGRESS" else status

        assert wait_until(ended) == "COMPLETED"
        assert nodes[1].call("Scan", {**COUNT, "ConsistentRead": True})[1]["Count"] == 3000
        file = tmp_path / "streams" / "changes.jsonl"

        def delivered() -> set[str]:
            records = map(json.loads, file.read_bytes().splitlines()) if file.exists() else ()
            return {each["dynamodb"]["Keys"]["pk"]["S"] for each in records}

        wait_until(lambda: len(delivered()) == 3000, "the delivery of all changes")
    finally:
        for node in nodes:
            node.kill()


def test_nodes_share_tables_and_items(tmp_path: Path, url: str) -> None:
    nodes = [start(tmp_path, "a", url), start(tmp_path, "b", url, "--workers", "2")]
    try:
        assert nodes[0].call("CreateTable", TABLE)[0] == 200
        for number in range(20):
            put(nodes[number % 2], str(number))
        for node in nodes:
            assert node.call("Scan", {**COUNT, "ConsistentRead": True})[1]["Count"] == 20
        assert nodes[1].call("DeleteTable", {"TableName": "things"})[0] == 200
        status, answer = nodes[0].call("Scan", COUNT)
        assert (status, answer["__type"].partition("#")[2]) == (400, "ResourceNotFoundException")
        assert [node.stop() for node in nodes] == [0, 0]
        assert "jedlik:" not in nodes[0].log()
    finally:
        for node in nodes:
            node.kill()


def test_reads_may_go_to_another_engine(tmp_path: Path, url: str) -> None:
    node = start(tmp_path, "reader", url, "--read-engine", url)
    try:
        assert node.call("CreateTable", {**TABLE, "TableName": "read"})[0] == 200
        item = {"TableName": "read", "Item": {"pk": {"S": "a"}}}
        assert node.call("PutItem", item)[0] == 200
        key = {"TableName": "read", "Key": {"pk": {"S": "a"}}}
        for consistent in (True, False):
            answer = node.call("GetItem", {**key, "ConsistentRead": consistent})
            assert answer == (200, {"Item": {"pk": {"S": "a"}}})
    finally:
        node.kill()


@pytest.mark.slow
def test_a_node_without_its_database_is_alive_and_not_ready(tmp_path: Path) -> None:
    directory = make_directory()
    database = PostgresServer(directory)
    node = None
    try:
        database.initialize()
        database.start()
        node = start(tmp_path, "node", database.url)
        assert node.call("CreateTable", TABLE)[0] == 200
        assert (get(node, "/healthcheck"), get(node, "/ready")) == (200, 200)
        database.kill()
        begin = time.monotonic()
        status, answer = node.call("PutItem", {"TableName": "things", "Item": {"pk": {"S": "a"}}})
        assert time.monotonic() - begin < 20
        assert (status, answer["__type"].partition("#")[2]) == (500, "InternalServerError")
        assert (get(node, "/healthcheck"), get(node, "/ready")) == (200, 503)
        database.start()
        wait_until(lambda: get(node, "/ready") == 200)
        put(node, "b")
    finally:
        if node is not None:
            node.kill()
        database.kill()
        remove(directory)


@pytest.mark.slow
def test_a_node_ends_in_time_while_its_database_hangs(tmp_path: Path) -> None:
    database = shared_server()
    wire = Wire(database.port)
    url = database.new_schema().replace(f":{database.port}/", f":{wire.port}/")
    node = start(tmp_path, "node", url, "--workers", "2")
    try:
        assert node.call("CreateTable", TABLE)[0] == 200
        wire.cut()
        # A request that hangs with it, and background work that is in the middle of a step.
        connection = http.client.HTTPConnection(node.host, node.port, timeout=30)
        headers = {
            "X-Amz-Target": "DynamoDB_20120810.PutItem",
            "Content-Type": "application/x-amz-json-1.0",
        }
        item = b'{"TableName": "things", "Item": {"pk": {"S": "a"}}}'
        connection.request("POST", "/", item, headers)
        time.sleep(POLL_SECONDS + 0.2)
        begin = time.monotonic()
        assert node.stop() == 0, node.log()
        assert time.monotonic() - begin < 11.0, node.log()
        connection.close()
    finally:
        node.kill()
        wire.mend()


def test_a_database_moves_between_engines(tmp_path: Path) -> None:
    url, data = shared_server().new_schema(), tmp_path / "copy"
    node = start(tmp_path, "node", url)
    try:
        assert node.call("CreateTable", TABLE)[0] == 200
        for number in range(30):
            put(node, str(number))
        assert node.stop() == 0
    finally:
        node.kill()
    there = jedlik("copy", url, data)
    assert there.returncode == 0, there.stderr
    assert "Copied and compared" in there.stdout
    again = jedlik("copy", data, url)
    assert again.returncode == 2
    assert "holds data already" in again.stderr
    back = jedlik("copy", data, shared_server().new_schema())
    assert back.returncode == 0, back.stderr
    for place in (url, data):
        checked = jedlik("verify", place)
        assert "No problem found" in checked.stdout, checked.stdout


def test_verify_engine_says_what_holds() -> None:
    server = shared_server()
    done = jedlik("verify-engine", server.url, "--seconds", "0.3")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "All of it holds." in done.stdout
    assert "DOES NOT HOLD" not in done.stdout
    left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'jedlik_check%'"
    assert server.execute(left) == "0"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--engine", "mysql://host/x"), 2, "must be a URL"),
        (("--engine", "postgresql://h/x", "--memory"), 2, "exclude each other"),
        (("--engine", "postgresql://h/x", "--durability", "relaxed"), 2, "synchronous_commit"),
        (("--read-engine", "postgresql://h/x"), 2, "needs --engine"),
    ],
)
def test_options_that_do_not_go_together(options: tuple[str, ...], code: int, said: str) -> None:
    done = jedlik("serve", "--port", "0", *options)
    assert done.returncode == code
    assert said in done.stderr


def test_a_login_that_is_refused_is_one_line() -> None:
    url = shared_server().url.replace("/postgres", "/nothing")
    done = jedlik("serve", "--port", "0", "--engine", url)
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert "nothing" in done.stderr
