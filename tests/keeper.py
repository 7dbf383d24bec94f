"""A control plane with a key service, for tests of sealed values."""

from __future__ import annotations

from typing import Any

from jedlik.kernel.keyspaces import ITEMS, KEY_RINGS, RECORDS
from jedlik.services.dynamodb.background.re_encryption import ReEncryption
from jedlik.services.dynamodb.sealing.key_ring import KeyRing, decode
from jedlik.services.kms.operations.registry import OPERATIONS as KEY_OPERATIONS
from jedlik.storage.engine import Changes, Row, Value
from jedlik.values.keybytes import successor
from tests.control_plane import ControlPlane, attributes, index, on_demand

MARKER = "marker-in-a-value"
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


class Keeper(ControlPlane):
    """A control plane with a key service."""

    def key_service(self, operation: str, **payload: Any) -> dict[str, Any]:
        body = self.run(KEY_OPERATIONS[operation](self.database, payload))
        return body if isinstance(body, dict) else {}

    def new_key(self) -> str:
        return str(self.key_service("CreateKey")["KeyMetadata"]["KeyId"])

    def create(self, key: str | None, **members: Any) -> dict[str, Any]:
        specification: dict[str, Any] = {"Enabled": True}
        if key is not None:
            specification |= {"SSEType": "KMS", "KMSMasterKeyId": key}
        request = {
            **on_demand("music", "pk", "/sk"),
            "AttributeDefinitions": attributes("pk", "sk", "genre"),
            "GlobalSecondaryIndexes": [index("by-genre", "genre")],
            "StreamSpecification": STREAM,
            "SSESpecification": specification,
            **members,
        }
        created: dict[str, Any] = self.call("CreateTable", **request)["TableDescription"]
        return created

    def change(self, **specification: Any) -> dict[str, Any]:
        answer = self.call("UpdateTable", TableName="music", SSESpecification=specification)
        description: dict[str, Any] = answer["TableDescription"]
        return description

    def rows(self, *prefixes: bytes) -> list[Row]:
        """The stored rows, not decrypted."""
        store = self.database.store
        return [
            row
            for prefix in prefixes
            for row in self.run(store.range(prefix, successor(prefix))).rows
        ]

    def shows(self, text: str = MARKER) -> bool:
        return any(text.encode() in value for _, value in self.rows(ITEMS, RECORDS))

    def ring(self) -> KeyRing | None:
        rows = self.rows(KEY_RINGS)
        return decode(rows[0][1]) if rows else None

    def re_encrypt(self) -> None:
        worker = ReEncryption(self.database)
        self.run(worker.run_once())
        self.run(worker.stop())

    def records(self) -> list[dict[str, Any]]:
        arn = self.call("ListStreams")["Streams"][0]["StreamArn"]
        shards = self.call("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
        found = []
        for shard in shards:
            iterator = self.call(
                "GetShardIterator",
                StreamArn=arn,
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
            found += self.call("GetRecords", ShardIterator=iterator)["Records"]
        return found

    def fill(self, count: int = 5) -> None:
        self.put(*(item(number) for number in range(count)))

    def check_readable(self, count: int = 5) -> None:
        expected = [item(number) for number in range(count)]
        assert self.call("Scan", TableName="music")["Items"] == expected
        by_index = self.call("Scan", TableName="music", IndexName="by-genre")["Items"]
        assert sorted(each["sk"]["S"] for each in by_index) == [e["sk"]["S"] for e in expected]
        assert {"Item": expected[0]} == self.call("GetItem", TableName="music", Key=key_of(0))
        assert len(self.records()) == count


def item(number: int) -> dict[str, Any]:
    return {**key_of(number), "genre": {"S": f"g{number}"}, "text": {"S": MARKER}}


def key_of(number: int) -> dict[str, Any]:
    return {"pk": {"S": "one"}, "sk": {"S": f"{number:03}"}}


def arn(key: str) -> str:
    return f"arn:aws:kms:us-east-1:000000000000:key/{key}"


async def one_step(worker: ReEncryption) -> None:
    """A round that is stopped during its first step."""
    real = worker._step

    async def step(*arguments: Any) -> Any:
        worker._stopping.set()
        return await real(*arguments)

    worker._step = step  # type: ignore[method-assign, assignment]
    await worker.run_once()
    assert worker._lease is not None
    worker._stopping.clear()
    await worker.stop()


class Store:
    """Puts values unchanged."""

    keys: tuple[bytes, ...] = ()

    def __init__(self, values: dict[bytes, Value]) -> None:
        self._values = values

    def decide(self, _values: Any) -> Changes[None]:
        return Changes(self._values, None)
