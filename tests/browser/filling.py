"""What the console's server is filled with."""

from __future__ import annotations

import gzip
import io
import json
import random
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from tests.servers import RunningServer

ITEMS = 10_000
BATCH = 25
XSS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg onload=window.hacked=1>',
    "javascript:window.hacked=1",
    "{{constructor.constructor('window.hacked=1')()}}",
    "<iframe srcdoc='<script>parent.hacked=1</script>'>",
    "</textarea><script>window.hacked=1</script>",
    "</style><script>window.hacked=1</script>",
    "${window.hacked=1}",
    "<a href='javascript:window.hacked=1'>x</a>",
)
OF_OBJECTS = ("constructor", "__proto__", "toString", "hasOwnProperty")
"""Names that every object of JavaScript's has, and that an attribute may have as well."""
EXACT = "0.12345678901234567890123456789012345678"
ORDERS: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": each, "AttributeType": "S"} for each in ("PK", "SK", "Status", "PlacedAt")
    ],
    "GlobalSecondaryIndexes": [{
        "IndexName": "byStatus",
        "KeySchema": [
            {"AttributeName": "Status", "KeyType": "HASH"},
            {"AttributeName": "PlacedAt", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }],
}  # fmt: skip
"""What a table for `orders` is created with."""
CODE = """
def handler(event, context):
    print("got", len(event["Records"]))
    return len(event["Records"])
"""


def orders(count: int) -> Iterator[dict[str, Any]]:
    """Items of a single-table design: users with a profile, an address and orders."""
    drawn = random.Random(1)
    made = user = 0
    while made < count:
        user += 1
        key = {"S": f"USER#{user}"}
        items: list[dict[str, Any]] = [
            {"PK": key, "SK": {"S": "PROFILE"}, "Name": {"S": drawn.choice(["Ann", "Ben", "Cora"])},
             "Email": {"S": f"user{user}@example.com"}, "Interests": {"SS": ["books", "music"]}},
            {"PK": key, "SK": {"S": "ADDR#home"}, "City": {"S": drawn.choice(["Győr", "Oslo"])}},
        ]  # fmt: skip
        items += [
            {
                "PK": key, "SK": {"S": f"ORDER#{user * 100 + number}"},
                "Status": {"S": drawn.choice(["OPEN", "PAID", "SHIPPED"])},
                "PlacedAt": {"S": f"2026-{drawn.randint(1, 11):02}-{drawn.randint(1, 28):02}"},
                "Total": {"N": f"{drawn.randint(100, 50_000) / 100:.2f}"},
                "Lines": {"L": [{"M": {"Sku": {"S": f"A-{number}"}, "Count": {"N": "2"}}}]},
                "Gift": {"BOOL": drawn.random() < 0.5},
            }
            for number in range(drawn.randint(1, 16))
        ]  # fmt: skip
        for item in items[: count - made]:
            made += 1
            yield item


def put_all(client: Any, table: str, items: Iterator[dict[str, Any]], width: int = 8) -> None:
    """Write items, this many batches at a time; no more than these are in memory."""
    taking = threading.Lock()

    def take() -> list[dict[str, Any]]:
        with taking:
            return list(islice(items, BATCH))

    def write() -> None:
        while batch := take():
            puts = [{"PutRequest": {"Item": item}} for item in batch]
            client.batch_write_item(RequestItems={table: puts})

    with ThreadPoolExecutor(width) as pool:
        for done in [pool.submit(write) for _ in range(width)]:
            done.result()


def make_orders(client: Any, name: str, **more: Any) -> None:
    """A table for `orders`, with an index of orders by their status."""
    client.create_table(TableName=name, **ORDERS, **more)


def import_orders(
    client: Any, name: str, items: Iterator[dict[str, Any]], bucket: Path, bucket_name: str
) -> None:
    """The same with very many items in it: imported, which takes a fraction of the time."""
    with gzip.open(bucket / "orders.json.gz", "wt", compresslevel=1, encoding="utf-8") as file:
        file.writelines(json.dumps({"Item": item}) + "\n" for item in items)
    begun = client.import_table(
        S3BucketSource={"S3Bucket": bucket_name},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={"TableName": name, **ORDERS},
    )
    arn = begun["ImportTableDescription"]["ImportArn"]
    while True:
        described = client.describe_import(ImportArn=arn)["ImportTableDescription"]
        if described["ImportStatus"] != "IN_PROGRESS":
            break
        time.sleep(0.2)
    assert described["ImportStatus"] == "COMPLETED", described


def fill(server: RunningServer) -> None:
    """Everything that the tests look at."""
    client = server.client()
    make_orders(
        client, "Orders",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip
    put_all(client, "Orders", orders(ITEMS))
    client.create_table(
        TableName="Music",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Artist", "AttributeType": "S"}],
    )
    for text in XSS:
        item = {
            "Artist": {"S": text},
            text: {"S": text},
            "More": {"M": {text: {"L": [{"S": text}]}}},
        }
        client.put_item(TableName="Music", Item=item)
    client.put_item(TableName="Music", Item={"Artist": {"S": "exact"}, "Number": {"N": EXACT}})
    client.update_contributor_insights(TableName="Orders", ContributorInsightsAction="ENABLE")
    for number in range(60):
        key = {"PK": {"S": f"USER#{number % 6 + 1}"}, "SK": {"S": "PROFILE"}}
        client.get_item(TableName="Orders", Key=key)
    _functions(server, client)
    _users(server)


def _functions(server: RunningServer, client: Any) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("watch.py", CODE)
    functions = server.client("lambda")
    functions.create_function(
        FunctionName="watch", Runtime="python3.11", Handler="watch.handler",
        Code={"ZipFile": archive.getvalue()}, Role="arn:aws:iam::000000000000:role/any",
    )  # fmt: skip
    stream = client.describe_table(TableName="Orders")["Table"]["LatestStreamArn"]
    functions.create_event_source_mapping(
        FunctionName="watch", EventSourceArn=stream, StartingPosition="LATEST"
    )


def _users(server: RunningServer) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "*"},
            {"Effect": "Deny", "Action": "dynamodb:Query",
             "Resource": "arn:aws:dynamodb:*:*:table/Orders/index/*"},
        ],
    }  # fmt: skip
    iam.put_user_policy(
        UserName="ann", PolicyName="orders-own", PolicyDocument=json.dumps(policy, indent=2)
    )
    iam.create_user(UserName="ben")
