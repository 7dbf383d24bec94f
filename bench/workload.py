"""The load: one table of 10,000 items, and signed requests that wrk replays.

Every request is signed by botocore, so that a server that verifies signatures does all of its work.
Requests are drawn with a fixed seed: all sides answer the same ones.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

TABLE = "bench"
STREAMED = "bench-streamed"
"""A table like the other one, with a stream of new and old images."""
RECOVERED = "bench-recovered"
"""A table like the other one, with point-in-time recovery."""
ENFORCED = "bench-enforced"
"""A table like the other one, whose capacity is enforced: as much as a table can have."""
ITEMS = int(os.environ.get("BENCH_ITEMS", "10000"))
"""Figures are of 10,000 items; with fewer one can see that everything works (`smoke.py`)."""
COLLECTIONS = ITEMS // 100
COLLECTION_SIZE = 50
REQUESTS = min(3000, ITEMS)
"""How many different requests a script holds; wrk goes round them.

They are for half as many items, in two turns: a put of the second turn writes something else than
that of the first, so that no server can tell that there is nothing to do.
"""
TURNS = 2

REGION = "us-east-1"
# The example pair of AWS's own documentation: no secret of anybody's.
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

KEYS = (ACCESS_KEY, SECRET_KEY)

Body = dict[str, Any]


def key(number: int) -> Body:
    """The key of one of the items."""
    return {"pk": {"S": f"user#{number:08d}"}, "sk": {"S": f"order#{number % 10:04d}"}}


def item(number: int, turn: int = 0, padding: int = 0) -> Body:
    """An item of about 200 bytes, or of `padding` bytes more; no two turns write the same."""
    whole = {
        **key(number),
        "turn": {"N": str(turn)},
        "name": {"S": f"name {number}"},
        "age": {"N": str(number % 90)},
        "email": {"S": f"user{number}@example.com"},
        "tags": {"SS": ["a", "b", "c"]},
        "profile": {"M": {"city": {"S": "Lyon"}, "score": {"N": "3.25"}, "active": {"BOOL": True}}},
    }
    return {**whole, "pad": {"S": "x" * padding}} if padding else whole


def _get(number: int, _turn: int) -> tuple[str, Body]:
    return "GetItem", {"TableName": TABLE, "Key": key(number), "ConsistentRead": True}


def _get_enforced(number: int, _turn: int) -> tuple[str, Body]:
    """Eventually consistent, for more reads than that would be throttled."""
    return "GetItem", {"TableName": ENFORCED, "Key": key(number), "ConsistentRead": False}


def _put(number: int, turn: int) -> tuple[str, Body]:
    return "PutItem", {"TableName": TABLE, "Item": item(number, turn)}


def _put_1k(number: int, turn: int) -> tuple[str, Body]:
    return "PutItem", {"TableName": TABLE, "Item": item(number, turn, padding=800)}


def _put_streamed(number: int, turn: int) -> tuple[str, Body]:
    return "PutItem", {"TableName": STREAMED, "Item": item(number, turn)}


def _put_recovered(number: int, turn: int) -> tuple[str, Body]:
    return "PutItem", {"TableName": RECOVERED, "Item": item(number, turn)}


def _update(number: int, _turn: int) -> tuple[str, Body]:
    return "UpdateItem", {
        "TableName": TABLE,
        "Key": key(number),
        "UpdateExpression": "SET #n = :n ADD visits :one",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {"#n": "name"},
        "ExpressionAttributeValues": {":n": {"S": f"n{number}"}, ":one": {"N": "1"}},
        "ReturnValues": "UPDATED_NEW",
    }


def _query(number: int, _turn: int) -> tuple[str, Body]:
    return "Query", {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :p AND begins_with(sk, :s)",
        "ExpressionAttributeValues": {
            ":p": {"S": f"coll#{number % COLLECTIONS:04d}"},
            ":s": {"S": "order#"},
        },
        "Limit": 20,
    }


def _mixed(number: int, turn: int) -> tuple[str, Body]:
    return _put(number, turn) if number % 10 == 0 else _get(number, turn)


def _select(number: int, _turn: int) -> tuple[str, Body]:
    """What `_get` asks, as a statement."""
    return "ExecuteStatement", {
        "Statement": f'SELECT * FROM "{TABLE}" WHERE pk = ? AND sk = ?',
        "Parameters": list(key(number).values()),
        "ConsistentRead": True,
    }


def _transact(number: int, turn: int) -> tuple[str, Body]:
    """Three puts, of items that no other load writes next to each other."""
    numbers = (number, (number + ITEMS // 3) % ITEMS, (number + 2 * ITEMS // 3) % ITEMS)
    puts = [{"Put": {"TableName": TABLE, "Item": item(each, turn)}} for each in numbers]
    return "TransactWriteItems", {"TransactItems": puts}


@dataclass(frozen=True)
class Load:
    """One kind of request: what it makes of an item's number and of the turn, 1 or 2.

    `target` is the rate to reach, as a multiple of the peer's. `ours` says that no peer is asked.
    """

    name: str
    title: str
    request: Callable[[int, int], tuple[str, Body]]
    target: float | None = None
    ours: bool = False


LOADS = (
    Load("get", "GetItem", _get, 2.0),
    Load("enforced", "GetItem, capacity enforced", _get_enforced, ours=True),
    Load("put", "PutItem", _put, 2.0),
    Load("stream", "PutItem, with a stream", _put_streamed, ours=True),
    Load("recovery", "PutItem, with recovery", _put_recovered, ours=True),
    Load("put1k", "PutItem, 1 KB", _put_1k),
    Load("update", "UpdateItem, condition", _update, 2.0),
    Load("query", "Query of 20 items", _query, 3.0),
    Load("mixed", "9 GetItem : 1 PutItem", _mixed),
    Load("transact", "TransactWriteItems, 3 puts", _transact, 2.5),
    Load("select", "PartiQL SELECT by key", _select),
)


def client(url: str, service: str = "dynamodb") -> Any:
    """A boto3 client of the server at `url`; whom its certificate is by is of no interest here."""
    return boto3.client(
        service,
        endpoint_url=url,
        verify=False,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"max_attempts": 0}),
    )


def fill(url: str, *, streamed: bool, table_key: bool = False) -> None:
    """Make the table and its items, and with `streamed` those that only we have; with `table_key`,
    encrypted under a key of the key service."""
    dynamodb = client(url)
    settings = {"SSESpecification": {"Enabled": True}} if table_key else {}
    _fill(dynamodb, TABLE, **settings)
    if streamed:
        view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        _fill(dynamodb, STREAMED, StreamSpecification=view, **settings)
        _fill(dynamodb, RECOVERED, **settings)
        recovery = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(
            TableName=RECOVERED, PointInTimeRecoverySpecification=recovery
        )
        most = {"ReadCapacityUnits": 40_000, "WriteCapacityUnits": 40_000}
        _fill(dynamodb, ENFORCED, BillingMode="PROVISIONED", ProvisionedThroughput=most, **settings)
        table = dynamodb.describe_table(TableName=ENFORCED)["Table"]
        tags = [{"Key": "jedlik:capacity", "Value": "enforced"}]
        dynamodb.tag_resource(ResourceArn=table["TableArn"], Tags=tags)


def _fill(dynamodb: Any, name: str, **settings: Any) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        **{"BillingMode": "PAY_PER_REQUEST", **settings},
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    items = list(rows())
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": row}} for row in items[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={name: puts})


def rows() -> Iterator[Body]:
    """All items: those that are read and written one by one, and the collections."""
    for number in range(ITEMS):
        yield item(number)
    for collection in range(COLLECTIONS):
        for number in range(COLLECTION_SIZE):
            place = {"pk": {"S": f"coll#{collection:04d}"}, "sk": {"S": f"order#{number:06d}"}}
            yield {**item(number), **place}


def signed(
    port: int, operation: str, body: Body, keys: tuple[str, str] = KEYS
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a signed request, Content-Length included."""
    data = json.dumps(body).encode()
    request = AWSRequest(
        "POST",
        f"http://127.0.0.1:{port}/",
        data=data,
        headers={
            "Host": f"127.0.0.1:{port}",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        },
    )
    SigV4Auth(Credentials(*keys), "dynamodb", REGION).add_auth(request)
    return {**dict(request.headers.items()), "Content-Length": str(len(data))}, data


_REPLAY = """
local i = 0
function init() i = math.random(#R) end
function request() i = i % #R + 1; return R[i] end
local bad = 0
function response(status, headers, body)
  if status ~= 200 then bad = bad + 1; if bad < 3 then print(status, body) end end
end
"""


def named(name: str) -> Load:
    """The load of that name."""
    return next(load for load in LOADS if load.name == name)


def raw_request(
    port: int, load: Load, number: int, turn: int = 1, keys: tuple[str, str] = KEYS
) -> bytes:
    """The bytes of a signed request about one of the items."""
    return raw(port, *load.request(number, turn), keys)


def raw(port: int, operation: str, body: Body, keys: tuple[str, str] = KEYS) -> bytes:
    """The bytes of a signed request."""
    headers, data = signed(port, operation, body, keys)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + data


def write_script(path: Path, port: int, load: Load, keys: tuple[str, str] = KEYS) -> None:
    """Write a wrk script that replays requests of one load against the server on `port`."""
    draw = random.Random(7)
    lines = ["R = {}"]
    numbers = draw.sample(range(ITEMS), REQUESTS // TURNS)
    for number, turn in ((number, turn) for turn in range(TURNS) for number in numbers):
        text = raw_request(port, load, number, turn + 1, keys).decode()
        lines.append("R[#R+1] = " + json.dumps(text))
    path.write_text("\n".join(lines) + _REPLAY, encoding="utf-8")
