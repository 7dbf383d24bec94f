"""How fast ImportTable is, into a data directory: items of some 100 bytes, DynamoDB JSON, gzip."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
import sides
import workload
from rich.console import Console
from sides import Side

TARGET = 20_000
"""Items a second, on two cores that do nothing else."""
ITEMS = 20 * workload.ITEMS
QUICK_ITEMS = 2 * workload.ITEMS
TABLE = "Imported"


def measure(items: int) -> float:
    """Items a second from the request until the table is ACTIVE."""
    with tempfile.TemporaryDirectory() as scratch:
        bucket = Path(scratch)
        for part in range(4):
            lines = b"".join(map(_line, range(part, items, 4)))
            (bucket / f"{part}.json.gz").write_bytes(gzip.compress(lines))
        command = (sys.executable, "-m", "jedlik", "serve", "--port", "{port}", "--data", "{data}",
                   "--bucket", f"bench={scratch}")  # fmt: skip
        with sides.all_running([Side("import", "import", command)]) as servers:
            return items / _seconds(servers[0].port)


def _line(number: int) -> bytes:
    item = {
        "pk": {"S": f"user-{number:08}"},
        "name": {"S": f"Somebody {number}"},
        "age": {"N": str(number % 90)},
        "address": {"M": {"city": {"S": "Budapest"}, "zip": {"S": f"{number % 10000:04}"}}},
    }
    return json.dumps({"Item": item}).encode() + b"\n"


def _seconds(port: int) -> float:
    dynamodb: Any = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=workload.REGION,
        aws_access_key_id=workload.ACCESS_KEY,
        aws_secret_access_key=workload.SECRET_KEY,
    )
    start = time.monotonic()
    begun = dynamodb.import_table(
        S3BucketSource={"S3Bucket": "bench"},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": TABLE,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    arn = begun["ImportTableDescription"]["ImportArn"]
    while True:
        told = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        if told["ImportStatus"] != "IN_PROGRESS":
            assert told["ImportStatus"] == "COMPLETED", told
            return time.monotonic() - start
        time.sleep(0.1)


def report(rate: float, console: Console) -> bool:
    """Print it; returns whether the target is reached."""
    good = rate >= TARGET
    colour = "green" if good else "red"
    console.print(f"ImportTable: {rate:,.0f} items a second; target [{colour}]{TARGET:,}[/]")
    return good
