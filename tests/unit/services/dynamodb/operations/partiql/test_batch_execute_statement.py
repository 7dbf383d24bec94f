"""BatchExecuteStatement: statements that succeed or fail by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_plane import ControlPlane, attributes, index, keys, on_demand

KEY_ONLY = (
    "Select statements within BatchExecuteStatement must specify the primary key "
    "in the where clause."
)


@pytest.fixture
def table(plane: ControlPlane) -> ControlPlane:
    wide = index("wide", "a")
    wide["KeySchema"] = keys("a", "b")
    plane.call(
        "CreateTable",
        **on_demand(
            "t",
            "pk",
            AttributeDefinitions=attributes("pk", "a", "b"),
            GlobalSecondaryIndexes=[index("narrow", "a"), wide],
        ),
    )
    for name in "xy":
        plane.call("PutItem", TableName="t", Item={"pk": {"S": name}, "n": {"N": "1"}})
    return plane


def batch(plane: ControlPlane, *statements: str | dict[str, Any], **members: Any) -> Any:
    requests = [each if isinstance(each, dict) else {"Statement": each} for each in statements]
    return plane.call("BatchExecuteStatement", Statements=requests, **members)


def errors(plane: ControlPlane, *statements: str | dict[str, Any]) -> list[Any]:
    return [response.get("Error") for response in batch(plane, *statements)["Responses"]]


def test_reads_of_one_snapshot(table: ControlPlane) -> None:
    answer = batch(
        table,
        "SELECT * FROM t WHERE pk = 'x'",
        "SELECT n FROM t WHERE pk IN ['y']",
        "SELECT * FROM t WHERE pk = 'none'",
        ReturnConsumedCapacity="TOTAL",
    )
    item = {"pk": {"S": "x"}, "n": {"N": "1"}}
    assert answer["Responses"] == [
        {"TableName": "t", "Item": item},
        {"TableName": "t", "Item": {"n": {"N": "1"}}},
        {"TableName": "t"},
    ]
    assert answer["ConsumedCapacity"] == [{"TableName": "t", "CapacityUnits": 1.5}]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT * FROM t WHERE n = 1", KEY_ONLY),
        ("SELECT * FROM t", KEY_ONLY),
        ("SELECT * FROM t WHERE pk = 'x' AND n = 1", KEY_ONLY),
        ("SELECT * FROM t WHERE pk = 'x' AND pk = 'y'", KEY_ONLY),
        ("SELECT * FROM t WHERE pk IN ['x', 'y']", KEY_ONLY),
        ('SELECT * FROM "t"."narrow" WHERE a = 1', KEY_ONLY),
        (
            'SELECT * FROM "t"."wide" WHERE a = 1',
            (
                "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
                "multi-attribute RANGE keys."
            ),
        ),
        ('SELECT * FROM "t"."nope" WHERE a = 1', "The table does not have the specified index"),
        (
            "EXISTS(SELECT * FROM t WHERE pk = 'x')",
            "EXISTS can only be used in ExecuteTransaction write requests.",
        ),
        (
            "SELECT * FROM t WHERE",
            "Statement wasn't well formed, can't be processed: Unexpected term",
        ),
        (
            "SELECT * FROM t WHERE pk = ?",
            "Number of parameters in request and statement don't match.",
        ),
    ],
)
def test_statements_fail_by_themselves(table: ControlPlane, statement: str, message: str) -> None:
    answer = batch(table, statement, "SELECT * FROM t WHERE pk = 'x'")["Responses"]
    assert answer[0]["Error"] == {"Code": "ValidationError", "Message": message}
    assert answer[1]["Item"]["pk"] == {"S": "x"}


def test_writes_fail_by_themselves(table: ControlPlane) -> None:
    failed = "UPDATE t SET n = 2 WHERE pk = 'y' AND n = 5"
    found = errors(
        table,
        "INSERT INTO t VALUE {'pk': 'new'}",
        "INSERT INTO t VALUE {'pk': 'x'}",
        "UPDATE t SET n = 2 WHERE pk = 'z' AND n = 5",
        {"Statement": failed, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        "DELETE FROM nope WHERE pk = 'x'",
        {"Statement": "UPDATE t SET n = ? WHERE pk = 'y'", "Parameters": [{"SS": []}]},
    )
    assert [error and error["Code"] for error in found] == [
        None,
        "DuplicateItem",
        "ConditionalCheckFailed",
        "ConditionalCheckFailed",
        "ResourceNotFound",
        "ValidationError",
    ]
    assert "Item" not in found[2]
    assert found[3]["Item"] == {"pk": {"S": "y"}, "n": {"N": "1"}}
    pks = {item["pk"]["S"] for item in table.call("Scan", TableName="t")["Items"]}
    assert pks == {"x", "y", "new"}


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE t SET n = 2 WHERE pk = 'x'", "DELETE FROM t WHERE pk = 'x'"],
        ["INSERT INTO t VALUE {'pk': 'new'}", "UPDATE t SET n = 2 WHERE pk = 'new'"],
        ["SELECT * FROM t WHERE pk = 'x'", "SELECT n FROM t WHERE pk IN ['x']"],
    ],
)
def test_no_item_twice(table: ControlPlane, statements: list[str]) -> None:
    error = table.refusal(
        "BatchExecuteStatement", Statements=[{"Statement": each} for each in statements]
    )
    assert error.message == "Provided list of item keys contains duplicates"
    assert table.table("t")["ItemCount"] == 2


def test_capacity_has_one_entry_for_a_table(table: ControlPlane) -> None:
    """Failed statements count in the total, and nothing is said where none succeeded."""
    failed = "UPDATE t SET n = 2 WHERE pk = 'y' AND n = 5"
    answer = batch(
        table,
        "INSERT INTO t VALUE {'pk': 'new'}",
        failed,
        "DELETE FROM nope WHERE pk = 'x'",
        "DELETE FROM t WHERE pk = 'x'",
        ReturnConsumedCapacity="INDEXES",
    )
    (consumed,) = answer["ConsumedCapacity"]
    assert consumed["TableName"] == "t"
    assert consumed["Table"] == {"CapacityUnits": 2.0}
    assert consumed["CapacityUnits"] == 3.0
    assert "ConsumedCapacity" not in batch(table, failed, ReturnConsumedCapacity="INDEXES")


def test_an_empty_returning_gives_no_item(table: ControlPlane) -> None:
    answer = batch(table, "UPDATE t REMOVE n WHERE pk = 'x' RETURNING MODIFIED NEW *")
    assert answer == {"Responses": [{"TableName": "t"}]}


def test_reads_and_writes_do_not_mix(table: ControlPlane) -> None:
    error = table.refusal(
        "BatchExecuteStatement",
        Statements=[
            {"Statement": "SELECT * FROM t WHERE pk = 'x'"},
            {"Statement": "DELETE FROM t WHERE pk = 'x'"},
        ],
    )
    assert "does not support both read and write operations" in error.message
    assert table.call("GetItem", TableName="t", Key={"pk": {"S": "x"}})["Item"]


def test_a_batch_of_failures_only(table: ControlPlane) -> None:
    assert [error["Code"] for error in errors(table, "nonsense", "more")] == ["ValidationError"] * 2
