"""`jedlik mcp` through the SDK's own client, over stdio, against a running server."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from anyio.from_thread import start_blocking_portal

from jedlik.base.extras import install
from jedlik.modelling.examples import EXAMPLES
from tests.servers import ACCESS_KEY, ROOT, SECRET_KEY, RunningServer, environment

if TYPE_CHECKING:
    from mcp import Client

TABLE = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "user", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("user", "S"), ("at", "N"), ("status", "S"))
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-status",
            "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
TOKEN = "an-admin-token"
DELETE = 'DELETE FROM orders WHERE "user" = \'a\' AND "at" = 1'
READS = {
    "list_tables", "describe_table", "get_item", "query", "scan", "select", "explain",
    "check_model", "example_model", "manual",
}  # fmt: skip


class Agent:
    """A client of `jedlik mcp`, which calls one tool after another."""

    def __init__(self, portal: Any, client: Client) -> None:
        self._portal = portal
        self._client = client

    def tools(self) -> dict[str, Any]:
        """The tools by name."""
        return {each.name: each for each in self._portal.call(self._client.list_tools).tools}

    def call(self, name: str, /, **arguments: Any) -> Any:
        """A tool's result. Fails the test if the call fails."""
        result = self._portal.call(self._client.call_tool, name, arguments)
        assert not result.is_error, result.content
        given = result.structured_content
        return given["result"] if set(given) == {"result"} else given

    def failure(self, name: str, /, **arguments: Any) -> str:
        """The error text of a failing call."""
        result = self._portal.call(self._client.call_tool, name, arguments)
        assert result.is_error, result.content
        return "".join(each.text for each in result.content)


@contextmanager
def agent(server: RunningServer, *options: str, **variables: str) -> Iterator[Agent]:
    """The client of a process started as an agent's program starts it."""
    # Not at the top: it takes a second, which every run of pytest would pay that collects this.
    mcp = importlib.import_module("mcp")
    parameters = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "jedlik", "mcp", "--endpoint", server.url, *options],
        env=environment(PYTHONPATH=str(ROOT), **variables),
    )
    with start_blocking_portal() as portal:
        client: AbstractContextManager[Client] = portal.wrap_async_context_manager(
            mcp.Client(parameters)
        )
        with client as entered:
            yield Agent(portal, entered)


@pytest.fixture(scope="module")
def admin_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the port of the server's admin listener."""
    return tmp_path_factory.mktemp("mcp") / "admin"


@pytest.fixture(scope="module")
def server(admin_file: Path) -> Iterator[RunningServer]:
    """A server that requires signatures, with a user who may use one of its tables and scan
    another."""
    made = RunningServer(
        admin_file.parent, "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
        "--testing",
        "--admin-port", "0", "--admin-port-file", admin_file, "--admin-token", TOKEN,
    )  # fmt: skip
    client = made.client()
    client.create_table(**TABLE)
    for name in ("closed", "looked"):
        client.create_table(**{**TABLE, "TableName": name})
    for at in range(10):
        client.put_item(TableName="looked", Item={"user": {"S": "a"}, "at": {"N": str(at)}})
    for at in range(40):
        client.put_item(
            TableName="orders",
            Item={"user": {"S": "a"}, "at": {"N": str(at)},
                  "status": {"S": "open" if at < 2 else "sent"}},
        )  # fmt: skip
    yield made
    made.stop()


@pytest.fixture(scope="module")
def user(server: RunningServer) -> dict[str, str]:
    """The environment variables of a user, whose policies decide."""
    iam = server.client("iam")
    iam.create_user(UserName="agent")
    orders = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"
    allowed = [
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": [orders, f"{orders}/index/*"]},
        {"Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "dynamodb:Scan",
            "Resource": orders.replace("orders", "looked"),
        },
    ]
    iam.put_user_policy(
        UserName="agent",
        PolicyName="orders",
        PolicyDocument=orjson.dumps({"Version": "2012-10-17", "Statement": allowed}).decode(),
    )
    key = iam.create_access_key(UserName="agent")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


@pytest.fixture(scope="module")
def reader(server: RunningServer, user: dict[str, str]) -> Iterator[Agent]:
    with agent(server, **user) as made:
        yield made


@pytest.fixture(scope="module")
def writer(server: RunningServer, admin_file: Path) -> Iterator[Agent]:
    admin = f"http://127.0.0.1:{int(admin_file.read_text())}"
    variables = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                 "JEDLIK_ADMIN_TOKEN": TOKEN}  # fmt: skip
    with agent(server, "--allow-writes", "--admin", admin, **variables) as made:
        yield made


def test_without_more_no_tool_changes_anything(reader: Agent) -> None:
    tools = reader.tools()
    assert set(tools) == READS
    for each in tools.values():
        assert each.annotations.read_only_hint
        assert each.description


def test_tools_that_write_say_so(writer: Agent) -> None:
    tools = writer.tools()
    reads = {name for name, each in tools.items() if each.annotations.read_only_hint}
    assert reads == READS | {"advice", "list_snapshots"}
    destroys = {name for name, each in tools.items() if each.annotations.destructive_hint}
    assert destroys == {
        "put_item", "update_item", "delete_item", "execute_statement", "delete_table",
        "restore_snapshot", "delete_snapshot",
    }  # fmt: skip


def test_tables_are_listed_and_described(reader: Agent) -> None:
    assert reader.call("list_tables")["TableNames"] == ["closed", "looked", "orders"]
    assert reader.call("list_tables", start_after="orders")["TableNames"] == []
    described = reader.call("describe_table", table="orders")
    assert described["GlobalSecondaryIndexes"][0]["IndexName"] == "by-status"


def test_items_are_read_a_page_at_a_time(reader: Agent) -> None:
    key = {"user": {"S": "a"}, "at": {"N": "3"}}
    assert reader.call("get_item", table="orders", key=key)["Item"]["at"] == {"N": "3"}
    assert "Item" not in reader.call("get_item", table="orders", key={**key, "at": {"N": "99"}})
    asked: dict[str, Any] = {
        "table": "orders", "key_condition": "#u = :u AND #at > :at", "backwards": True,
        "names": {"#u": "user", "#at": "at"}, "values": {":u": {"S": "a"}, ":at": {"N": "30"}},
        "limit": 5,
    }  # fmt: skip
    page = reader.call("query", **asked)
    assert [each["at"]["N"] for each in page["Items"]] == ["39", "38", "37", "36", "35"]
    page = reader.call("query", **asked, start_key=page["LastEvaluatedKey"])
    assert [each["at"]["N"] for each in page["Items"]] == ["34", "33", "32", "31"]
    assert reader.call("scan", table="orders")["Count"] == 25
    found = reader.call(
        "select", statement='SELECT "at" FROM orders WHERE "user" = ? AND "at" = 7',
        parameters=[{"S": "a"}],
    )  # fmt: skip
    assert found["Items"] == [{"at": {"N": "7"}}]


@pytest.mark.parametrize(
    ("tool", "arguments", "text"),
    [
        ("scan", {"table": "orders", "limit": 101}, "limit"),
        ("scan", {"table": "orders", "limt": 3}, "limt"),
        ("scan", {}, "table"),
        ("scan", {"table": "orders", "index": "by-no"}, "ValidationException"),
        ("query", {"table": "orders", "key_condition": "nonsense("}, "ValidationException"),
        ("select", {"statement": DELETE}, "runs only SELECT"),
        ("select", {"statement": "not a statement"}, "ValidationException"),
        ("explain", {"operation": "DeleteItem", "parameters": {}}, "operation"),
        ("explain", {"operation": "ExecuteStatement",
                     "parameters": {"Statement": DELETE}},
         "runs only SELECT"),
        ("explain", {"operation": "ExecuteStatement", "parameters": {"Statement": [DELETE]}},
         "A statement is a text of up to 8192"),
        ("explain", {"operation": "Scan", "parameters": {"TableName": "orders", "Limit": 10**30}},
         "These arguments cannot be sent in a request: Integer exceeds 64-bit range"),
        ("select", {"statement": "SELECT * FROM orders; " + DELETE}, "ValidationException"),
        ("select", {"statement": "/* SELECT */ " + DELETE}, "runs only SELECT"),
        ("select", {"statement": "(" * 8193}, "A statement is a text of up to 8192"),
        ("scan", {"table": "orders", "filter": "null"}, "ValidationException"),
        ("scan", {"table": "orders", "index": "null"}, "ValidationException"),
        ("scan", {"table": "orders", "filter": '{"a": 1}'}, "ValidationException"),
        ("get_item", {"table": "../orders", "key": {}}, "ValidationException"),
        ("get_item", {"table": "orders", "key": "orders"}, "key"),
        ("get_item", {"table": "orders", "key": {"user": {"S": "x" * 10**6}, "at": {"N": "1"}}},
         "ValidationException"),
        ("manual", {"page": "../README"}, "no page ../README"),
        ("manual", {"page": "x" * 10**6}, "at most 100 characters"),
        ("example_model", {"name": "../shop"}, "'chat', 'game', 'shop' or 'telemetry'"),
        ("put_item", {"table": "orders", "item": {}}, "put_item"),
        ("check_model", {"model": {"ModelName": 3}}, ""),
        ("manual", {"page": "no-such"}, "no page no-such"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_changes_nothing(
    server: RunningServer, reader: Agent, tool: str, arguments: dict[str, Any], text: str
) -> None:
    assert text in reader.failure(tool, **arguments)
    assert server.client().scan(TableName="orders", Select="COUNT")["Count"] == 40


def test_a_read_is_explained(reader: Agent) -> None:
    wanted = {
        "TableName": "orders", "FilterExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": {":s": {"S": "open"}},
    }  # fmt: skip
    scanned = reader.call("explain", operation="Scan", parameters=wanted)
    assert (scanned["Count"], scanned["ScannedCount"], scanned["HasMore"]) == (2, 40, False)
    assert "index by-status has status as partition key: Query it" in scanned["Hint"]
    assert scanned["ConsumedCapacity"]["Table"]["CapacityUnits"] > 0
    queried = reader.call("explain", operation="Query", parameters={
        "TableName": "orders", "IndexName": "by-status", "KeyConditionExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": {":s": {"S": "open"}},
    })  # fmt: skip
    assert (queried["Count"], queried["ScannedCount"], queried["Hint"]) == (2, 2, None)
    statement = {"Statement": "SELECT * FROM orders WHERE \"user\" = 'a'"}
    explained = reader.call("explain", operation="ExecuteStatement", parameters=statement)
    assert explained["Count"] == 40


def test_explain_without_the_right_to_describe(reader: Agent) -> None:
    explained = reader.call("explain", operation="Scan", parameters={"TableName": "looked"})
    assert explained["Count"] == 10
    assert explained["Hint"].startswith("this Scan read 10 items of the whole table")
    assert "AccessDenied" in reader.failure("describe_table", table="looked")


def test_models_and_the_manual(reader: Agent) -> None:
    model = reader.call("example_model", name="shop")
    assert model == orjson.loads(EXAMPLES["shop"].read_bytes())
    assert set(EXAMPLES) == {"chat", "game", "shop", "telemetry"}
    assert reader.call("check_model", model=model)
    assert "differences: " in reader.call("manual")
    assert reader.call("manual", page="ttl").startswith("# Time to live")


def test_items_are_written(server: RunningServer, writer: Agent) -> None:
    key = {"user": {"S": "w"}, "at": {"N": "1"}}
    assert "Attributes" not in writer.call("put_item", table="orders", item=key)
    assert writer.failure(
        "put_item", table="orders", item=key, condition="attribute_not_exists(#u)",
        names={"#u": "user"},
    ).endswith("ConditionalCheckFailedException: The conditional request failed")  # fmt: skip
    updated = writer.call(
        "update_item", table="orders", key=key, update="SET note = :n", values={":n": {"S": "x"}}
    )
    assert updated["Attributes"] == {**key, "note": {"S": "x"}}
    writer.call("execute_statement", statement="INSERT INTO orders VALUE {'user': 'w', 'at': 2}")
    assert writer.call("delete_item", table="orders", key=key)["Attributes"]["note"] == {"S": "x"}
    writer.call("delete_item", table="orders", key={**key, "at": {"N": "2"}})
    assert server.client().scan(TableName="orders", Select="COUNT")["Count"] == 40


def test_a_condition_that_is_no_condition_does_not_become_none(writer: Agent) -> None:
    key = {"user": {"S": "w"}, "at": {"N": "1"}}
    for text in ("null", "true", '""', "[]"):
        failure = writer.failure("put_item", table="orders", item=key, condition=text)
        assert "ValidationException" in failure
    assert "Item" not in writer.call("get_item", table="orders", key=key)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("../../orders.csv", "user\nb\n", "does not match the schema"),
        ("a.yaml", "!!python/object/apply:os.getcwd []", "not valid YAML"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", '{"TableName": "x", "KeySchema": 1%s}' % ("0" * 30), "cannot be expressed"),
        ("", "user\nb\n", "not valid JSON"),
    ],
)  # fmt: skip
def test_hostile_seeds(writer: Agent, name: str, content: str, text: str) -> None:
    assert text in writer.failure("seed", name=name, content=content)
    assert writer.call("list_tables")["TableNames"] == ["closed", "looked", "orders"]


def test_snapshots_are_taken_and_restored(writer: Agent) -> None:
    assert writer.call("take_snapshot", name="before") == {"name": "before"}
    made = writer.call("seed", name="orders.csv", content="user,at:N\nb,3\n")
    assert made == {"tables": 0, "items": 1, "kept": 0, "notes": []}
    created = writer.call("create_table", definition={**TABLE, "TableName": "more"})
    assert (created["TableName"], created["TableStatus"]) == ("more", "ACTIVE")
    writer.call("delete_table", table="orders")
    assert writer.call("list_snapshots") == {"snapshots": ["before"]}
    writer.call("restore_snapshot", name="before")
    assert writer.call("list_tables")["TableNames"] == ["closed", "looked", "orders"]
    writer.call("delete_snapshot", name="before")
    assert "There is no snapshot 'before'" in writer.failure("restore_snapshot", name="before")
    assert writer.call("advice", days=1)["Days"] == 1


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("scan", {"table": "closed"}),
        ("describe_table", {"table": "closed"}),
        ("select", {"statement": "SELECT * FROM closed"}),
        ("explain", {"operation": "Scan", "parameters": {"TableName": "closed"}}),
    ],
)
def test_policies_decide(reader: Agent, tool: str, arguments: dict[str, Any]) -> None:
    assert "AccessDeniedException: User: arn:aws:iam::" in reader.failure(tool, **arguments)


def test_without_the_sdk_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    command = importlib.import_module("jedlik.cli.command")
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.delitem(sys.modules, "jedlik.cli.mcp.server", raising=False)
    said: list[str] = []
    monkeypatch.setattr(command, "complain", said.append)
    with pytest.raises(SystemExit) as ended:
        command.main(["mcp"])
    assert (ended.value.code, said) == (
        2,
        [f"jedlik mcp needs the protocol's SDK: {install('mcp')}"],
    )
