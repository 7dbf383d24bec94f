"""DynamoDB's condition keys for PartiQL statements."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.services.dynamodb.api import request_parts, statements
from jedlik.services.dynamodb.database.open_table import OpenTable
from tests.unit.services.dynamodb.api.keyed_table import keyed_table, part


@pytest.fixture(scope="module")
def table() -> OpenTable:
    return keyed_table()


def of_statement(table: OpenTable, key: str, text: str, *parameters: Any) -> Any:
    request = {"Statement": text, "Parameters": list(parameters)}
    find = statements.CONDITION_KEYS[f"dynamodb:{key}"]
    return find(part("PartiQLSelect", request, table))


@pytest.mark.parametrize(
    ("text", "parameters", "leading", "scans", "names"),
    [
        ("SELECT * FROM t", (), None, ("true",), None),
        ("SELECT a FROM t WHERE pk = 1", (), ("1",), ("false",), {"a", "pk"}),
        ("SELECT * FROM t WHERE pk IN [1, 2]", (), ("1", "2"), ("false",), {"pk"}),
        ("SELECT * FROM t WHERE pk = ?", ({"N": "3.0"},), ("3",), ("false",), {"pk"}),
        ("SELECT * FROM t WHERE pk = ?", ({"N": "3", "S": None},), ("3",), ("false",), {"pk"}),
        ("SELECT * FROM t WHERE pk = ?", ({"N": "3", "S": "x"},), ("",), ("false",), {""}),
        ("SELECT * FROM t WHERE v = 1", (), None, ("true",), {"v"}),
        ("SELECT a FROM t WHERE pk = 1 ORDER BY sk", (), ("1",), ("false",), {"a", "pk", "sk"}),
        ("INSERT INTO t VALUE {'pk': 4, 'sk': 's'}", (), ("4",), None, {"pk", "sk"}),
        ("UPDATE t SET a = b WHERE pk = 5 AND sk = 's'", (), ("5",), None, {"a", "b", "pk", "sk"}),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's'", (), ("6",), None, {"pk", "sk"}),
        ("DELETE FROM t WHERE sk = 's'", (), ("",), None, {"sk"}),
    ],
)
def test_condition_keys_of_statements(
    table: OpenTable, text: str, parameters: tuple[Any, ...], leading: Any, scans: Any, names: Any
) -> None:
    assert of_statement(table, "leadingkeys", text, *parameters) == leading
    assert of_statement(table, "fulltablescan", text, *parameters) == scans
    found = of_statement(table, "attributes", text, *parameters)
    assert (None if found is None else set(found)) == names


@pytest.mark.parametrize(
    ("text", "on_failure", "expected"),
    [
        ("SELECT * FROM t", "ALL_OLD", None),
        ("INSERT INTO t VALUE {'pk': 4, 'sk': 's'}", None, ("NONE",)),
        ("INSERT INTO t VALUE {'pk': 4, 'sk': 's'}", "ALL_OLD", ("ALL_OLD",)),
        ("EXISTS(SELECT * FROM t WHERE pk = 1 AND sk = 's')", "ALL_OLD", ("ALL_OLD",)),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's'", None, ("NONE",)),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's'", "ALL_OLD", ("ALL_OLD",)),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's' RETURNING ALL OLD *", None, ("ALL_OLD",)),
        ("UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's'", "NONE", ("NONE",)),
        ("UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING ALL OLD *", None, ("ALL_OLD",)),
        ("UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING all new *", None, ("ALL_NEW",)),
        (
            "UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING MODIFIED OLD *",
            None,
            ("UPDATED_OLD",),
        ),
        (
            "UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING MODIFIED NEW *",
            "ALL_OLD",
            ("ALL_OLD", "UPDATED_NEW"),
        ),
    ],
)
def test_what_statements_return_of_items(
    table: OpenTable, text: str, on_failure: str | None, expected: Any
) -> None:
    request = {"Statement": text, "ReturnValuesOnConditionCheckFailure": on_failure}
    find = statements.CONDITION_KEYS["dynamodb:returnvalues"]
    assert find(part("PartiQLUpdate", request, table)) == expected


def test_statements_have_every_key_that_operations_on_items_have() -> None:
    assert request_parts.CONDITION_KEYS.keys() <= statements.CONDITION_KEYS.keys()
    assert statements.CONDITION_KEYS.keys() - request_parts.CONDITION_KEYS.keys() == {
        "dynamodb:fulltablescan"
    }


def test_partition_attributes_of_statements(table: OpenTable) -> None:
    text = "SELECT a FROM t WHERE pk = 1"
    assert of_statement(table, "firstpartitionkeyvalues", text) == ("1",)
    assert of_statement(table, "secondpartitionkeyvalues", text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM t", ("ALL_ATTRIBUTES",)),
        ("SELECT a FROM t", ("SPECIFIC_ATTRIBUTES",)),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's'", None),
    ],
)
def test_what_a_select_returns(table: OpenTable, text: str, expected: Any) -> None:
    assert of_statement(table, "select", text) == expected


def test_a_statement_on_an_index_is_read_by_the_keys_of_the_index(table: OpenTable) -> None:
    text = """SELECT * FROM t."by_g" WHERE g = 'x' AND h = 'y'"""
    assert of_statement(table, "leadingkeys", text) == ("x",)
    assert of_statement(table, "secondpartitionkeyvalues", text) == ("",)
    assert of_statement(table, "leadingkeys", "SELECT * FROM t WHERE g = 'x'") is None


def test_what_cannot_be_read_has_values_that_no_policy_allows(table: OpenTable) -> None:
    assert of_statement(table, "leadingkeys", "SELECT") == ("",)
    assert of_statement(table, "attributes", "SELECT * FROM t WHERE pk = ?") == ("",)
