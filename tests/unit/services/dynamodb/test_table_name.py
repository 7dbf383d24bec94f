"""Names and ARNs of tables, valid and invalid."""

from __future__ import annotations

import pytest

from jedlik.base.errors import SerializationException, ValidationException
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.table_name import TableNameOrArn

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/"
MIN_1 = "Member must have length greater than or equal to 1"
MIN_3 = "Member must have length greater than or equal to 3"
MAX = "Member must have length less than or equal to 255"
PATTERN = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"


@pytest.mark.parametrize(
    "name", ["abc", "a" * 255, "A-b_c.9", "...", f"{ARN}abc", f"{ARN}{'a' * 255}"]
)
@pytest.mark.parametrize("shortest", [1, 3])
def test_valid_names_are_accepted(name: str, shortest: int) -> None:
    shape = TableNameOrArn(shortest)
    assert shape.accepts(name)
    assert shape.accepts(name), "a remembered name is still good"
    assert shape.broken(name) == []


@pytest.mark.parametrize(
    ("name", "tables", "items"),
    [
        ("", [MIN_3, PATTERN], [MIN_1]),
        ("a", [MIN_3], [MIN_3]),
        ("ab", [MIN_3], [MIN_3]),
        ("a;", [MIN_3, PATTERN], [MIN_3, PATTERN]),
        ("abc;", [PATTERN], [PATTERN]),
        ("abc\n", [PATTERN], [PATTERN]),
        ("tablé", [PATTERN], [PATTERN]),
        ("a" * 256, [MAX], [MAX]),
        ("foo:bar", [PATTERN], [PATTERN]),
    ],
)
def test_invalid_names_are_refused(name: str, tables: list[str], items: list[str]) -> None:
    assert [text for _, text in TableNameOrArn(3).broken(name)] == tables
    assert [text for _, text in TableNameOrArn(1).broken(name)] == items
    assert not TableNameOrArn(1).accepts(name)


@pytest.mark.parametrize(
    ("arn", "start"),
    [
        ("arn:", "Valid ARN format is "),
        ("arn:aws:dynamodb:eu-west-1:123456789012:", "Valid ARN format is "),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table", "Valid ARN format is "),
        (f"{ARN}ab", "Valid ARN format is "),
        (f"{ARN}{'a' * 256}", "Valid ARN format is "),
        (f"{ARN}abc/index/i", "Valid ARN format is "),
        ("arn:aws:dynamodb:eu-west-1:123456789012:stream/abc", "Invalid resource type in 'arn:"),
        (f"{ARN}{'a' * 1024}", "Member must have length less than or equal to 1024"),
    ],
)
def test_invalid_arns_are_refused(arn: str, start: str) -> None:
    ((_, text),) = TableNameOrArn(3).broken(arn)
    assert text.startswith(start)
    assert not TableNameOrArn(3).accepts(arn)


def message(operation: str, payload: object) -> str:
    with pytest.raises(ValidationException) as caught:
        checker_for(operation)(payload)
    return caught.value.message


def test_the_text_of_a_bad_arn_stands_alone() -> None:
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:stream/abc"
    assert message("DescribeTable", {"TableName": arn}) == (
        f"1 validation error detected: Invalid resource type in '{arn}'"
    )


@pytest.mark.parametrize("operation", ["DescribeTable", "DeleteTable", "UpdateTable"])
def test_operations_on_tables(operation: str) -> None:
    assert message(operation, {"TableName": "ab"}) == (
        f"1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: "
        f"{MIN_3}"
    )
    assert message(operation, {}) == (
        "The parameter 'TableName' is required but was not present in the request"
    )
    assert checker_for(operation)({"TableName": f"{ARN}abc"})


def test_a_new_table_has_no_arn() -> None:
    request = {
        "TableName": f"{ARN}abc",
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
    }
    assert message("CreateTable", request).endswith(PATTERN)
    assert checker_for("CreateTable")(request | {"TableName": "abc"})


def test_table_names_are_keys_in_batches() -> None:
    request = {"RequestItems": {"ab": {"Keys": [{"a": {"S": "x"}}]}}}
    assert message("BatchGetItem", request).endswith(
        f"at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: "
        f"[{MAX}, {MIN_3}, {PATTERN}]"
    )
    request["RequestItems"][f"{ARN}abc"] = request["RequestItems"].pop("ab")
    assert checker_for("BatchGetItem")(request) is request


def test_a_name_is_a_string() -> None:
    with pytest.raises(SerializationException) as caught:
        checker_for("GetItem")({"TableName": 123})
    assert caught.value.message == "NUMBER_VALUE cannot be converted to String"


def test_only_so_many_names_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jedlik.services.dynamodb.table_name._REMEMBERED", 2)
    shape = TableNameOrArn(3)
    assert all(shape.accepts(f"table{i}") for i in range(5))
    assert all(shape.accepts(f"table{i}") for i in range(5))
