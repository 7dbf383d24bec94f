"""ExecuteTransaction: statements that succeed or fail together."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from jedlik.base.errors import ServiceError
from tests.control_plane import ControlPlane, on_demand

KEY_ONLY = (
    "Select statements within ExecuteTransaction must specify the primary key in the where clause."
)
MISMATCH = "The provided key element does not match the schema"
X = "pk = 'x' AND sk = '1'"


@pytest.fixture
def table(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **on_demand("t", "pk", "/sk"))
    for name in "xy":
        item = {"pk": {"S": name}, "sk": {"S": "1"}, "n": {"N": "1"}}
        plane.call("PutItem", TableName="t", Item=item)
    return plane


def requests(statements: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [each if isinstance(each, dict) else {"Statement": each} for each in statements]


def transact(plane: ControlPlane, *statements: Any, **members: Any) -> Any:
    return plane.call("ExecuteTransaction", TransactStatements=requests(statements), **members)


def refusal(plane: ControlPlane, *statements: Any, **members: Any) -> ServiceError:
    return plane.refusal("ExecuteTransaction", TransactStatements=requests(statements), **members)


def reasons(plane: ControlPlane, *statements: Any) -> list[Any]:
    error = refusal(plane, *statements)
    assert error.code() == "TransactionCanceledException", error.message
    found: list[Any] = orjson.loads(orjson.dumps(error.details["CancellationReasons"]))
    return found


def value(plane: ControlPlane, name: str) -> Any:
    item = plane.call("GetItem", TableName="t", Key={"pk": {"S": name}, "sk": {"S": "1"}})["Item"]
    return item["n"]["N"]


def test_reads_of_a_transaction_and_their_cost(table: ControlPlane) -> None:
    answer = transact(
        table,
        f"SELECT n FROM t WHERE {X}",
        "SELECT * FROM t WHERE pk IN ['y'] AND sk = '9'",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == [{"Item": {"n": {"N": "1"}}}, {}]
    assert answer["ConsumedCapacity"] == [
        {"TableName": "t", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    ]


def test_writes_all_or_nothing(table: ControlPlane) -> None:
    add = "UPDATE t SET n = n + 1 WHERE pk = 'y' AND sk = '1'"
    assert transact(table, f"DELETE FROM t WHERE {X}", add) == {"Responses": []}
    assert value(table, "y") == "2"
    assert reasons(table, add, f"UPDATE t SET n = 1 WHERE {X}") == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    assert value(table, "y") == "2"


def test_exists_is_a_condition_of_the_transaction(table: ControlPlane) -> None:
    add = "UPDATE t SET n = n + 1 WHERE pk = 'y' AND sk = '1'"
    transact(table, f"EXISTS(SELECT * FROM t WHERE {X} AND n = 1)", add)
    transact(table, "EXISTS(SELECT * FROM t WHERE pk = 'z' AND sk = '1' AND n IS MISSING)", add)
    found = reasons(
        table,
        {
            "Statement": f"EXISTS(SELECT * FROM t WHERE {X} AND n > 1)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
        add,
    )
    assert [reason["Code"] for reason in found] == ["ConditionalCheckFailed", "None"]
    assert found[0]["Item"]["n"] == {"N": "1"}
    assert value(table, "y") == "3"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            f"SELECT * FROM t WHERE {X} foo",
            ("Statement wasn't well formed, can't be processed: "
            "Unexpected token after expression"),
        ),
        (f"SELECT * FROM t WHERE {X} AND n = 1", KEY_ONLY),
        (f"SELECT * FROM t WHERE {X} AND pk = 'y'", KEY_ONLY),
        ("SELECT * FROM t WHERE pk = 'x'", KEY_ONLY),
        ("SELECT * FROM t WHERE pk IN ['a', 'b'] AND sk = '1'", KEY_ONLY),
        (
            "SELECT * FROM t WHERE pk IN ['x', 'x'] AND sk = '1'",
            "Overlapping conditions with range keys are not supported in where clause",
        ),
        (
            "SELECT * FROM \"t\".\"i\" WHERE pk = 'x'",
            "Reads on indices are not supported within transactions.",
        ),
        (
            f"DELETE FROM t WHERE {X} RETURNING ALL OLD *",
            "RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            f"EXISTS(SELECT * FROM t WHERE {X})",
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            "EXISTS(SELECT * FROM t WHERE pk IN ['x'] AND sk = '1' AND n = 1)",
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            f"UPDATE t SET n = n + [1] WHERE {X}",
            ("Incorrect operand type for operator or function; "
            "operator or function: +, operand type: L"),
        ),
        (
            "SELECT * FROM t WHERE pk = 'x' AND sk = ?",
            "Number of parameters in request and statement don't match.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_statement_refuses_the_request(
    table: ControlPlane, statement: str, message: str
) -> None:
    error = refusal(table, statement)
    assert (error.code(), error.message) == (
        "ValidationException",
        f"Validation failed in TransactStatements[0]: {message}",
    )


def test_parameters_come_first_and_without_a_number(table: ControlPlane) -> None:
    wrong = {"Statement": "nonsense", "Parameters": [{"N": "abc"}]}
    assert refusal(table, "nonsense too", wrong).message == (
        "The parameter cannot be converted to a numeric value: abc"
    )


def test_keys_that_do_not_fit_cancel(table: ControlPlane) -> None:
    update = "UPDATE t SET a = 1 WHERE "
    found = reasons(
        table,
        f"{update}pk = 'x'",
        f"{update}pk IN ['x'] AND sk = '1'",
        f"{update}{X} AND pk = 'y'",
        f"{update}pk = 'x' AND sk = 1",
        f"{update}{X}",
        "INSERT INTO t VALUE {'pk': 'x'}",
    )
    assert [reason["Code"] for reason in found] == [
        *["ValidationError"] * 4, "None", "ValidationError",
    ]  # fmt: skip
    assert [reason.get("Message") for reason in found[:5]] == [*[MISMATCH] * 4, None]
    assert found[5]["Message"].endswith("Missing the key sk in the item")
    assert reasons(table, "SELECT * FROM t WHERE pk = 'x' AND sk = 1")[0]["Message"] == MISMATCH


def test_tables_that_are_missing_cancel(table: ControlPlane) -> None:
    assert reasons(table, f"SELECT * FROM t WHERE {X}", f"SELECT * FROM nope WHERE {X}") == [
        {"Code": "None"},
        {"Code": "ResourceNotFound", "Message": "Requested resource not found"},
    ]


def test_clauses_of_statements_are_only_checked_where_the_table_is(table: ControlPlane) -> None:
    missing = f"UPDATE nope SET a = 1 WHERE {X} RETURNING ALL NEW *"
    assert [
        reason["Code"] for reason in reasons(table, missing, f"DELETE FROM nope WHERE {X}")
    ] == ["ResourceNotFound", "ResourceNotFound"]
    assert [
        reason["Code"]
        for reason in reasons(
            table, f"SELECT * FROM t WHERE {X}", f'SELECT * FROM "nope"."i" WHERE {X}'
        )
    ] == ["None", "ResourceNotFound"]
    assert refusal(table, missing, f"DELETE FROM t WHERE {X} RETURNING ALL OLD *").message == (
        "Validation failed in TransactStatements[1]: "
        "RETURNING clause is not supported in ExecuteTransaction."
    )


def test_no_item_twice_and_no_mix(table: ControlPlane) -> None:
    read = f"SELECT * FROM t WHERE {X}"
    twice = "Transaction request cannot include multiple operations on one item"
    assert refusal(table, read, f"SELECT n FROM t WHERE {X}").message == twice
    assert refusal(table, f"DELETE FROM t WHERE {X}", f"UPDATE t SET n = 1 WHERE {X}").message == (
        twice
    )
    assert refusal(table, read, f"DELETE FROM t WHERE {X}").message == (
        "ExecuteTransaction API does not support both read and write operations "
        "in the same request."
    )


def test_a_token_makes_it_happen_once(table: ControlPlane) -> None:
    add = {
        "Statement": f"UPDATE t SET n = n + ? WHERE {X}",
        "Parameters": [{"N": "1.0"}],
    }
    for _ in range(2):
        assert transact(table, add, ClientRequestToken="once") == {"Responses": []}
    assert value(table, "x") == "2"
    other = {**add, "Parameters": [{"N": "2"}]}
    error = refusal(table, other, ClientRequestToken="once")
    assert error.code() == "IdempotentParameterMismatchException"
    table.clock.advance(601)
    transact(table, other, ClientRequestToken="once")
    assert value(table, "x") == "4"


def test_inserts_of_taken_keys_cancel(table: ControlPlane) -> None:
    assert reasons(table, "INSERT INTO t VALUE {'pk': 'x', 'sk': '1'}") == [
        {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
    ]
