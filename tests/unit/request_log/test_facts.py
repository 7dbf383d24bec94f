"""What is read of a request before its sender is known."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from jedlik.gateway.exchange import Request
from jedlik.request_log.facts import Facts


def facts(body: bytes, coding: bytes | None = None) -> Facts:
    headers = {b"x-amz-target": b"DynamoDB_20120810.PutItem"}
    if coding is not None:
        headers[b"content-encoding"] = coding
    return Facts(Request(b"POST", b"/", headers, body, body, b"id"))


@pytest.mark.parametrize("coding", [None, b"gzip"])
def test_a_request_is_read(coding: bytes | None) -> None:
    body = orjson.dumps({"TableName": "t", "Item": {"p": {"S": "x" * 500_000}}})
    assert facts(gzip.compress(body) if coding else body, coding).tables == ["t"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"TableName": "t"}' + b" " * 15_000_000,
        b'{"TableName": "t", "p": "' + b"x" * 15_000_000 + b'"}',
    ],
)
def test_what_inflates_is_not_read(body: bytes) -> None:
    sent = gzip.compress(body)
    assert facts(sent, b"gzip").payload == {}
    assert facts(sent, b"gzip, gzip").tables == []


@pytest.mark.parametrize(
    "payload",
    [
        {"Statement": "SELECT * FROM t " + " " * 1_000_000},
        {"Statements": [{"Statement": "SELECT * FROM t " + " " * 8000}] * 100},
    ],
)
def test_long_statements_are_not_read(payload: dict[str, Any]) -> None:
    name = b"D.ExecuteStatement" if "Statement" in payload else b"D.BatchExecuteStatement"
    body = orjson.dumps(payload)
    long = Facts(Request(b"POST", b"/", {b"x-amz-target": name}, body, body, b"id"))
    assert long.tables == []


def test_a_batch_of_usual_statements_is_read() -> None:
    body = orjson.dumps({"Statements": [{"Statement": "SELECT * FROM t WHERE a = 1"}] * 25})
    target = {b"x-amz-target": b"D.BatchExecuteStatement"}
    assert Facts(Request(b"POST", b"/", target, body, body, b"id")).tables == ["t"]


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b""])
def test_what_is_not_compressed_as_it_says(coding: bytes) -> None:
    assert facts(b"{}", coding).payload == {}


TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/source"


@pytest.mark.parametrize(
    ("operation", "payload", "tables"),
    [
        (
            "RestoreTableFromBackup",
            {"TargetTableName": "target", "BackupArn": f"{TABLE}/backup/01-02"},
            ["source", "target"],
        ),
        (
            "RestoreTableToPointInTime",
            {"TargetTableName": "target", "SourceTableName": "source"},
            ["source", "target"],
        ),
        (
            "RestoreTableToPointInTime",
            {"TargetTableName": "target", "SourceTableArn": TABLE},
            ["source", "target"],
        ),
        ("ExportTableToPointInTime", {"TableArn": TABLE, "S3Bucket": "b"}, ["source"]),
        ("DescribeExport", {"ExportArn": f"{TABLE}/export/01-02"}, ["source"]),
        ("ImportTable", {"TableCreationParameters": {"TableName": "target"}}, ["target"]),
        ("DescribeImport", {"ImportArn": f"{TABLE}/import/01-02"}, ["source"]),
        ("DescribeBackup", {"BackupArn": f"{TABLE}/backup/01-02"}, ["source"]),
        ("ListExports", {}, []),
        ("ImportTable", {"TableCreationParameters": "target"}, []),
        ("GetItem", {"TargetTableName": "target", "TableArn": TABLE}, []),
    ],
)
def test_tables_that_have_other_members(
    operation: str, payload: dict[str, Any], tables: list[str]
) -> None:
    body = orjson.dumps(payload)
    target = {b"x-amz-target": b"D." + operation.encode()}
    assert Facts(Request(b"POST", b"/", target, body, body, b"id")).tables == tables
