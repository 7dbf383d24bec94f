"""Texts that do not follow from the model, each with its counter-case."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.amendments import HIDDEN_MEMBERS
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.shapes import SHAPES
from tests.unit.services.dynamodb.minimal import minimal, structure_of

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


def test_a_page_of_insights_has_a_lower_limit() -> None:
    for few in (-(2**31), -1, 0):
        refused = message("ListContributorInsights", {"MaxResults": few})
        assert refused.endswith("Member must have value greater than or equal to 1")
    assert checker_for("ListContributorInsights")({"MaxResults": 1})


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
        ("ExportTableToPointInTime", "S3Prefix", "",
         (f"{DETECTED}'' at 's3Prefix' failed to satisfy constraint: Member must have length "
          "greater than or equal to 1")),
        ("ImportTable", "ClientToken", None,
         ("1 validation error detected: Value null at 'clientToken' failed to satisfy constraint: "
          "Member must not be null")),
        ("ImportTable", "InputFormatOptions", {"Csv": {"Delimiter": "##"}},
         ("2 validation errors detected: Value '##' at 'inputFormatOptions.csv.delimiter' failed "
          "to satisfy constraint: Member must have length less than or equal to 1; Value '##' at "
          "'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must satisfy "
          "regular expression pattern: [,;:|\\t ]")),
        ("DescribeGlobalTable", "GlobalTableName", "",
         "TableName must be at least 3 characters long and at most 255 characters long"),
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


KEY_VALUE = {"a": {"S": "x"}}
LESS = "failed to satisfy constraint: Member must have length less than or equal to"
MORE = "failed to satisfy constraint: Member must have length greater than or equal to"


@pytest.mark.parametrize(
    ("request_items", "text"),
    [
        ({}, f"{DETECTED}at 'RequestItems' {MORE} 1"),
        ({"my.tbl": {"Keys": []}}, f"{DETECTED}at 'RequestItems.my.tbl.member.Keys' {MORE} 1"),
        (
            {"tbl": {"Keys": [KEY_VALUE] * 101}},
            f"{DETECTED}at 'RequestItems.tbl.member.Keys' {LESS} 100",
        ),
        ({"tbl": {}}, lacks("requestItems.tbl.member.keys")),
    ],
)
def test_limits_of_batch_get_item(request_items: Any, text: str) -> None:
    assert message("BatchGetItem", {"RequestItems": request_items}) == text
    assert checker_for("BatchGetItem")({"RequestItems": {"tbl": {"Keys": [KEY_VALUE] * 100}}})


PUT = {"PutRequest": {"Item": {}}}
VALUES = (
    "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length "
    "less than or equal to 25, Member must have length greater than or equal to 1]"
)


@pytest.mark.parametrize(
    ("request_items", "text"),
    [
        ({}, "The requestItems parameter is required for BatchWriteItem"),
        ({"tbl": []}, f"{DETECTED}'{{tbl=[]}}' at 'requestItems' {VALUES}"),
        (
            {"tbl": [PUT] * 26},
            f"{DETECTED}'{{tbl=["
            + ", ".join(
                [("WriteRequest(putRequest=PutRequest(item={}, workloadProfileName=null), "
                 "deleteRequest=null)")] * 26
            )
            + f"]}}' at 'requestItems' {VALUES}",
        ),
    ],
)  # fmt: skip
def test_limits_of_batch_write_item(request_items: Any, text: str) -> None:
    assert message("BatchWriteItem", {"RequestItems": request_items}) == text
    assert checker_for("BatchWriteItem")({"RequestItems": {"tbl": [PUT] * 25}})


def test_too_many_tables_are_not_called_missing() -> None:
    tables = {f"table{i}": [PUT] for i in range(26)}
    refused = message("BatchWriteItem", {"RequestItems": tables})
    assert refused.endswith(f"at 'requestItems' {LESS} 25")


def test_hidden_members_are_of_structures_of_the_model_and_not_in_it() -> None:
    for name, hidden in HIDDEN_MEMBERS.items():
        members = {member[0].lower() for member in SHAPES["DynamoDB_20120810"][name][1]}
        assert members
        assert not members & {member.lower() for member in hidden}


@pytest.mark.parametrize(
    ("operation", "name", "first", "second"),
    [
        ("ListTables", "ExclusiveStartTableName", "pattern", "length"),
        ("Query", "IndexName", "length", "pattern"),
    ],
)
def test_whether_pattern_or_length_comes_first(
    operation: str, name: str, first: str, second: str
) -> None:
    refused = message(operation, minimal(structure_of(operation)) | {name: ""})
    assert 0 < refused.index(first) < refused.index(second)
