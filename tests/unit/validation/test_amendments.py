"""Texts that the model alone would not give, each beside what passes."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.validation import checker_for
from tests.unit.validation.minimal import minimal, structure_of

TABLE = {
    "TableName": "abc",
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
}
KEY = {"AttributeName": "a", "KeyType": "HASH"}
INDEX = {"IndexName": "ind", "Projection": {}}
DETECTED = "1 validation error detected: Value "


def message(operation: str, payload: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        checker_for(operation)(payload)
    return caught.value.message


def lacks(name: str) -> str:
    return f"{DETECTED}null at '{name}' failed to satisfy constraint: Member must not be null"


@pytest.mark.parametrize("name", ["KeySchema", "AttributeDefinitions"])
def test_a_new_table_is_defined_unless_it_is_a_copy(name: str) -> None:
    request = {key: value for key, value in TABLE.items() if key != name}
    assert message("CreateTable", request) == lacks(name[0].lower() + name[1:])
    assert checker_for("CreateTable")(request | {"GlobalTableSourceArn": "arn:aws:dynamodb:..."})


@pytest.mark.parametrize("count", [3, 4])
def test_tables_and_local_indexes_have_two_key_attributes_at_most(count: int) -> None:
    limit = "failed to satisfy constraint: Member must have length less than or equal to 2"
    schema = [KEY] * count
    refused = message("CreateTable", TABLE | {"KeySchema": schema})
    shown = ", ".join(["KeySchemaElement(attributeName=a, keyType=HASH)"] * count)
    assert refused == f"{DETECTED}'[{shown}]' at 'keySchema' {limit}"
    local = TABLE | {"LocalSecondaryIndexes": [INDEX | {"KeySchema": schema}]}
    refused = message("CreateTable", local)
    assert refused.endswith(f"'localSecondaryIndexes.1.member.keySchema' {limit}")
    assert checker_for("CreateTable")(TABLE | {"KeySchema": [KEY] * 2})
    # Global indexes may have more.
    assert checker_for("CreateTable")(
        TABLE | {"GlobalSecondaryIndexes": [INDEX | {"KeySchema": schema}]}
    )


@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTable"])
def test_table_classes_have_a_text_of_their_own(operation: str) -> None:
    assert message(operation, TABLE | {"TableClass": "CHEAP"}) == (
        "Invalid table-class parameter provided. Please try again with a valid table-class value: "
        "[STANDARD, STANDARD_INFREQUENT_ACCESS]."
    )
    assert checker_for(operation)(TABLE | {"TableClass": "STANDARD"})


def test_the_common_form_comes_before_texts_of_their_own() -> None:
    refused = message("UpdateTable", {"TableName": "ab", "TableClass": "CHEAP"})
    assert refused.startswith("1 validation error detected: Value 'ab' at 'tableName'")


def test_limits_of_query_and_scan_read_differently() -> None:
    least = "failed to satisfy constraint: Member must have value greater than or equal to 1"
    query, scan = (
        message("Query", {"TableName": "abc", "Limit": 0}),
        message("Scan", {"TableName": "abc", "Limit": 0}),
    )
    assert query == f"{DETECTED}at 'Limit' {least}"
    assert scan == f"{DETECTED}'0' at 'limit' {least}"
    assert checker_for("Query")({"TableName": "abc", "Limit": 1})


@pytest.mark.parametrize("operation", ["TagResource", "CreateTable"])
@pytest.mark.parametrize("tag", [{}, {"Key": ""}, {"Value": "x"}, {"Key": "x" * 200, "Value": ""}])
def test_tags_are_checked_by_the_operations(operation: str, tag: dict[str, str]) -> None:
    request = minimal(structure_of(operation)) | {"Tags": [tag]}
    assert checker_for(operation)(request) is request


@pytest.mark.parametrize(
    ("operation", "name", "value", "text"),
    [
        ("DescribeBackup", "BackupArn", "", "Invalid Backup ARN"),
        ("DeleteBackup", "BackupArn", "arn:x", "Invalid Backup ARN"),
        ("DescribeExport", "ExportArn", "", "Invalid Export ARN"),
        ("DescribeImport", "ImportArn", "", "Invalid Import ARN"),
        ("ExportTableToPointInTime", "TableArn", "", "Invalid TableArn: Invalid Table ARN"),
        ("DescribeGlobalTable", "GlobalTableName", "",
         (f"{DETECTED}'' at 'globalTableName' failed to satisfy constraint: "
         "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")),
        ("DescribeGlobalTable", "GlobalTableName", "ab",
         "TableName must be at least 3 characters long and at most 255 characters long"),
        ("DescribeContributorInsights", "IndexName", "ab",
         "IndexName must be at least 3 characters long and at most 255 characters long"),
        ("CreateTable", "SSESpecification", {"KMSMasterKeyId": ""},
         (f"{DETECTED}'' at 'sSESpecification.kMSMasterKeyId' failed to satisfy constraint: "
         "Member must have length greater than or equal to 1")),
    ],
)  # fmt: skip
def test_texts_of_their_own(operation: str, name: str, value: Any, text: str) -> None:
    request = minimal(structure_of(operation), whole=operation != "CreateTable")
    checker_for(operation)(request)
    assert message(operation, request | {name: value}) == text
