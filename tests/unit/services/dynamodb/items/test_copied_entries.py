"""A data directory of format 5, in which the entries of all indexes are copies of items."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest

from jedlik.base.clock import SimulatedClock
from jedlik.base.ids import RandomIds
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.database_settings import DatabaseSettings
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from jedlik.storage.directory import PLAIN_FORMAT
from jedlik.storage.open import OpenStorage, StorageSettings, open_storage
from jedlik.values.keybytes import successor
from tests.control_plane import index
from tests.data.make_format_5 import ITEMS, item

ARCHIVE = Path(__file__).parents[4] / "data" / "format_5.tar.gz"
"""Made by `make_format_5.py` beside it."""
MADE = 1_795_909_100.0

ResultT = TypeVar("ResultT")


class Old:
    """The directory, open."""

    def __init__(self, directory: Path) -> None:
        self.runner = asyncio.Runner()
        self.storage: OpenStorage = open_storage(StorageSettings(directory))
        clock = SimulatedClock(MADE)
        settings = DatabaseSettings(transition_seconds=0.0)
        self.database = Database(self.storage.engine, clock, RandomIds(), settings=settings)

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.runner.run(coroutine)

    def call(self, operation: str, **payload: Any) -> Any:
        coroutine = OPERATIONS[operation](self.database, {"TableName": "copied", **payload})
        body = self.run(coroutine)
        return orjson.loads(body or b"{}") if isinstance(body, bytes) else body

    def scanned(self, index_name: str) -> list[int]:
        """The numbers of the items that are in an index with all their attributes."""
        found = self.call("Scan", IndexName=index_name)["Items"]
        current = {each["sk"]["N"]: each for each in self.call("Scan")["Items"]}
        assert all(each == current[each["sk"]["N"]] for each in found)
        return sorted(int(each["sk"]["N"]) for each in found)

    def sizes_of_entries(self, index_name: str) -> set[int]:
        """The bytes of the values that the store has for an index."""
        table = self.run(self.database.table("copied"))
        entries = table.index(index_name)
        assert entries is not None
        page = self.run(self.storage.engine.range(entries.prefix, successor(entries.prefix)))
        return {len(value) for _, value in page.rows}

    def problems(self) -> list[Finding]:
        """Those of tables; the server that made the archive kept metrics too."""
        found: list[Finding] = []
        self.run(Verification(self.storage.engine, found.append).run())
        return [each for each in found if each.place.startswith("table")]

    def maintain(self) -> None:
        loop = Maintenance(self.database)
        self.run(loop.run_once())
        self.run(loop.stop())


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Old]:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    directory = tmp_path / "data"
    assert (directory / "format").read_bytes() == b"jedlik data, format 5\n"
    old = Old(directory)
    assert (directory / "format").read_bytes() == b"jedlik data, format %d\n" % PLAIN_FORMAT
    yield old
    old.run(old.storage.close())
    old.runner.close()


def test_copies_are_read(old: Old) -> None:
    for name in ("by-kind", "by-rank"):
        assert old.scanned(name) == list(range(ITEMS))
        assert min(old.sizes_of_entries(name)) > 40
    query = {
        "IndexName": "by-kind",
        "KeyConditionExpression": "kind = :k AND #r < :r",
        "ExpressionAttributeNames": {"#r": "rank"},
        "ExpressionAttributeValues": {":k": {"S": "odd"}, ":r": {"N": "-6"}},
    }
    assert old.call("Query", **query)["Items"] == [item(number) for number in (11, 9, 7)]
    assert old.problems() == []


def test_copies_follow_their_items(old: Old) -> None:
    old.call("PutItem", Item={**item(3), "text": {"S": "another"}})
    old.call("PutItem", Item=item(20))
    old.call("DeleteItem", Key={name: item(4)[name] for name in ("pk", "sk")})
    old.call(
        "UpdateItem",
        Key={name: item(5)[name] for name in ("pk", "sk")},
        UpdateExpression="SET kind = :k REMOVE #t",
        ExpressionAttributeNames={"#t": "text"},
        ExpressionAttributeValues={":k": {"S": "prime"}},
    )
    for name in ("by-kind", "by-rank"):
        assert old.scanned(name) == [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 20]
        assert min(old.sizes_of_entries(name)) > 40
    assert old.problems() == []


def test_an_index_that_is_made_again_refers_to_items(old: Old) -> None:
    old.call("UpdateTable", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-kind"}}])
    old.maintain()
    kinds = [{"AttributeName": "kind", "AttributeType": "S"}]
    again = index("by-kind", "kind")
    updates = [{"Create": again}]
    old.call("UpdateTable", AttributeDefinitions=kinds, GlobalSecondaryIndexUpdates=updates)
    old.maintain()
    assert old.scanned("by-kind") == list(range(ITEMS))
    assert old.sizes_of_entries("by-kind") == {4}
    assert old.problems() == []
