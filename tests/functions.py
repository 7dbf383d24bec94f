"""Functions and mappings for tests: packages, handlers, a table with a stream."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

ROLE = "arn:aws:iam::000000000000:role/function"

TRUSTS_LAMBDA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
"""A role's trust policy as in Lambda's guide, "Defining Lambda function permissions"."""


def package(source: str, name: str = "handler.py", **others: str) -> bytes:
    """A deployment package with one module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, source)
        for other, text in others.items():
            archive.writestr(other, text)
    return buffer.getvalue()


def create_function(client: Any, source: str, **members: Any) -> str:
    """Create a Python function under a new name; its module is `handler`, its function too."""
    name = f"f-{uuid.uuid4().hex[:12]}"
    given = {
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "handler.handler",
        "Code": {"ZipFile": package(source)},
        "Timeout": 10,
        **members,
    }
    client.create_function(FunctionName=name, **given)
    return name


def create_table(dynamodb: Any, view_type: str = "NEW_AND_OLD_IMAGES") -> tuple[str, str]:
    """Create a table with a stream; returns its name and the stream's ARN."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type},
    )
    return name, dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]


RECORDER = """
import json, os

def handler(event, context):
    lines = []
    for record in event["Records"]:
        change = record["dynamodb"]
        image = change.get("NewImage") or change.get("OldImage") or {}
        lines.append([change["Keys"]["pk"]["S"], image.get("n", {}).get("N"), record["eventName"]])
    with open(os.environ["OUT"], "a") as out:
        out.write("".join(json.dumps(line) + "\\n" for line in lines))
"""
"""Writes key, attribute `n` and event name of every record to the file OUT."""


def lines_of(path: Path) -> list[Any]:
    """The JSON lines of a file that may be missing; an incomplete last line is omitted."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text().rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]
