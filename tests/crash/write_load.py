"""A write load on a server that may be killed at any moment, and a check of the data afterwards.

Every item's content follows from its key and a version, so a half-written item is detected. Each
writer has keys of its own, and one request at a time: afterwards a key has the last acknowledged
version, or that of the request without an answer; and a transaction without an answer was done for
all of its keys or for none.
"""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.servers import RunningServer, post
from tests.waiting import wait_until

TABLE = "Load"
KEYS = 200
"""Of each writer; many, so that a lost write is seldom hidden by a later one to the same key."""
SCHEMA: dict[str, Any] = {
    "TableName": TABLE,
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (
            ("pk", "S"), ("sk", "N"), ("colour", "S"), ("place", "S"), ("rank", "N"), ("day", "S"),
        )
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-day",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "day", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-colour",
            "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        },
        {
            "IndexName": "by-place",
            "KeySchema": [
                {"AttributeName": "place", "KeyType": "HASH"},
                {"AttributeName": "rank", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["version"]},
        },
    ],
}  # fmt: skip

INDEX_ON_VERSION: dict[str, Any] = {
    "IndexName": "by-version",
    "KeySchema": [{"AttributeName": "version", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}

Item = dict[str, Any]
Version = int | None
"""None: there is no such item."""


class ItemKey(NamedTuple):
    """The key of one of a writer's items."""

    pk: str
    sk: int

    def wire(self) -> Item:
        return {"pk": {"S": self.pk}, "sk": {"N": str(self.sk)}}


def attributes_of(key: ItemKey, version: int) -> Item:
    """An item's attributes besides its key; some versions are not in every index."""
    attributes = {
        "version": {"N": str(version)},
        "colour": {"S": ("red", "green", "blue")[version % 3]},
        "text": {"S": f"{key.pk}/{key.sk}/{version} " * (version % 40)},
    }
    if version % 2:
        attributes |= {"place": {"S": f"place {version % 5}"}, "rank": {"N": str(version % 7)}}
    if version % 5:
        attributes["day"] = {"S": f"day {version % 11}"}
    return attributes


OPTIONAL = ("place", "rank", "day")


def put_of(key: ItemKey, version: Version) -> Item:
    """A put of a batch or a transaction, without its table."""
    if version is None:
        return {"Key": key.wire()}
    return {"Item": {**key.wire(), **attributes_of(key, version)}}


class Pending(NamedTuple):
    """A request without an answer: the versions that it would write."""

    versions: dict[ItemKey, Version]
    atomic: bool


class Writer(threading.Thread):
    """Writes until its connection breaks. `acknowledged` and `pending` are what it knows then."""

    def __init__(self, server: RunningServer, number: int, seed: int) -> None:
        super().__init__(name=f"writer {number}")
        self._server = server
        self._draw = random.Random(seed)
        self._keys = [ItemKey(f"w{number}-{n % 3}", n) for n in range(KEYS)]
        self.acknowledged: dict[ItemKey, Version] = {}
        self.pending: Pending | None = None
        self.answers = 0
        self.failure: str | None = None

    def run(self) -> None:
        connection = self._server.connection()
        try:
            while self.failure is None:
                operation, payload, versions = self._next()
                self.pending = Pending(versions, operation == "TransactWriteItems")
                status, answer = post(connection, operation, payload)
                if status == 503:
                    return  # it is ending in good order
                if status != 200:
                    self.failure = f"{operation}: {status} {answer}"
                self.pending = None
                self.acknowledged |= versions
                self.answers += 1
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()

    def _next(self) -> tuple[str, Item, dict[ItemKey, Version]]:
        kind = self._draw.choice(("put", "put", "update", "delete", "batch", "transaction"))
        keys = self._draw.sample(self._keys, 3 if kind in ("batch", "transaction") else 1)
        versions: dict[ItemKey, Version] = {key: self._draw.randrange(1 << 30) for key in keys}
        if kind in ("delete", "batch", "transaction"):
            versions[keys[0]] = None
        if kind == "batch":
            requests = [
                {"DeleteRequest" if version is None else "PutRequest": put_of(key, version)}
                for key, version in versions.items()
            ]
            return "BatchWriteItem", {"RequestItems": {TABLE: requests}}, versions
        if kind == "transaction":
            actions = [
                {
                    "Delete" if version is None else "Put": {
                        "TableName": TABLE,
                        **put_of(key, version),
                    }
                }
                for key, version in versions.items()
            ]
            return "TransactWriteItems", {"TransactItems": actions}, versions
        key, version = keys[0], versions[keys[0]]
        if kind == "update":
            assert version is not None
            return "UpdateItem", {"TableName": TABLE, **update_of(key, version)}, versions
        operation = "DeleteItem" if version is None else "PutItem"
        return operation, {"TableName": TABLE, **put_of(key, version)}, versions


def await_load(writers: Sequence[Writer], answers: int) -> None:
    """Wait until the writers have that many answers in total, however long that takes.

    Returns immediately if one fails; the caller checks for that.
    """

    def loaded() -> bool:
        failed = any(writer.failure is not None for writer in writers)
        return failed or sum(writer.answers for writer in writers) >= answers

    wait_until(loaded, f"a load of {answers} answers")


def update_of(key: ItemKey, version: int) -> Item:
    """An update that gives the item exactly the attributes of its version."""
    attributes = attributes_of(key, version)
    absent = [name for name in OPTIONAL if name not in attributes]
    sets = ", ".join(f"#{name} = :{name}" for name in attributes)
    removes = ", ".join(f"#{name}" for name in absent)
    return {
        "Key": key.wire(),
        "UpdateExpression": f"SET {sets}" + (f" REMOVE {removes}" if removes else ""),
        "ExpressionAttributeNames": {f"#{name}": name for name in (*attributes, *absent)},
        "ExpressionAttributeValues": {f":{name}": value for name, value in attributes.items()},
    }


def stored_versions(server: RunningServer) -> dict[ItemKey, Version]:
    """The stored versions. Fails if an item is not whole."""
    versions: dict[ItemKey, Version] = {}
    request: Item = {"TableName": TABLE, "ConsistentRead": True}
    while True:
        status, page = server.call("Scan", request)
        assert status == 200, page
        for item in page["Items"]:
            key = ItemKey(item["pk"]["S"], int(item["sk"]["N"]))
            version = int(item["version"]["N"])
            assert item == {**key.wire(), **attributes_of(key, version)}, "half there"
            versions[key] = version
        if "LastEvaluatedKey" not in page:
            return versions
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def check_survived(
    before: dict[ItemKey, Version], writers: list[Writer], after: dict[ItemKey, Version]
) -> None:
    """Whether what is there `after` a death is what was acknowledged or on its way.

    `before` is what was there when the writers began.
    """
    expected = dict(before)
    for writer in writers:
        assert writer.failure is None, writer.failure
        expected |= writer.acknowledged
    for writer in writers:
        pending = writer.pending
        if pending is None:
            continue
        news = [after.get(key) == version for key, version in pending.versions.items()]
        olds = [after.get(key) == expected.get(key) for key in pending.versions]
        if pending.atomic:
            assert all(news) or all(olds), f"half a transaction: {pending} of {expected}"
        assert all(new or old for new, old in zip(news, olds, strict=True)), pending
        for key in pending.versions:
            expected[key] = after.get(key)
    lost = {
        key: (version, after.get(key))
        for key, version in expected.items()
        if after.get(key) != version
    }
    assert not lost, f"acknowledged, and there is something else: {lost}"
    strange = after.keys() - {key for key, version in expected.items() if version is not None}
    assert not strange, f"never written, or deleted: {strange}"
