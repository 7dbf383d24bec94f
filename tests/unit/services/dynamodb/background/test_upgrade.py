"""A data directory written in format 1 is upgraded, and its due work continues."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest

from jedlik.base.ids import RandomIds
from jedlik.kernel.due_work import due_jobs
from jedlik.kernel.keyspaces import ITEMS, STREAMS
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.background.background import table_jobs
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.background.upgrade import upgrade
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from jedlik.storage.directory.format_file import PLAIN_FORMAT
from jedlik.storage.open import OpenStorage, StorageSettings, open_storage
from tests.simulated_clock import SimulatedClock

ARCHIVE = Path(__file__).parents[4] / "data" / "format_1.tar.gz"
"""Made by `make_format_1.py` beside it."""
MADE = 1_795_909_100.0
"""After the archive was made, and before anything of it expires."""
DAY = 86_400

ResultT = TypeVar("ResultT")


class Old:
    """The directory, open."""

    def __init__(self, directory: Path) -> None:
        self.clock = SimulatedClock(MADE)
        self.runner = asyncio.Runner()
        self.storage: OpenStorage = open_storage(StorageSettings(directory))
        self.database = Database(self.storage.engine, self.clock, RandomIds())

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.runner.run(coroutine)

    def work(self) -> None:
        async def work() -> None:
            for loop in (Maintenance(self.database), table_jobs(self.database)):
                await loop.run_once()
                await loop.stop()

        self.run(work())

    def call(self, operation: str, **payload: Any) -> Any:
        body = self.run(OPERATIONS[operation](self.database, payload))
        return orjson.loads(body) if isinstance(body, bytes) else body

    def keys(self) -> set[str]:
        return {each["pk"]["S"] for each in self.call("Scan", TableName="sessions")["Items"]}

    def streams(self) -> list[str]:
        rows = self.run(all_rows(self.storage.engine, STREAMS))
        return sorted(orjson.loads(value)["table_name"] for _, value in rows)

    def findings(self) -> list[Finding]:
        found: list[Finding] = []
        self.run(Verification(self.storage.engine, found.append).run())
        return found


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    subprocess.run(("tar", "-xf", ARCHIVE, "-C", tmp_path), check=True)
    assert (tmp_path / "data" / "format").read_bytes() == b"jedlik data, format 1\n"
    return tmp_path / "data"


@pytest.fixture
def old(directory: Path) -> Iterator[Old]:
    old = Old(directory)
    yield old
    old.run(old.storage.close())
    old.runner.close()


def test_what_expires_after_the_upgrade_goes(old: Old) -> None:
    old.run(upgrade(old.database))
    old.work()
    assert old.keys() == {"s0", "s1", "s2"}
    old.clock.advance(1_900_000_000 - MADE)
    old.work()
    assert old.keys() == {"s0", "s1", "s2"}, "its second is not over"
    old.clock.advance(1)
    old.work()
    assert old.keys() == {"s0", "s2"}
    old.clock.advance(4_000_000_001 - old.clock.now())
    old.work()
    assert old.keys() == {"s0"}, "what expired more than five years ago stays"


def test_streams_are_trimmed_and_forgotten(old: Old) -> None:
    old.run(upgrade(old.database))
    old.work()
    assert old.streams() == ["closed", "going", "sessions"]
    old.clock.advance(DAY)
    for _ in range(3):  # rotated, and a minute later without its shards of before
        old.work()
        old.clock.advance(DAY)
    assert old.streams() == ["sessions"]


def test_deletions_that_were_going_on_end(old: Old) -> None:
    old.run(upgrade(old.database))
    assert old.call("ListTables")["TableNames"] == ["closed", "going", "sessions"]
    old.work()
    assert old.call("ListTables")["TableNames"] == ["closed", "sessions"]
    assert len(old.run(all_rows(old.storage.engine, ITEMS))) == 4 + 3, "items and entries"


def test_nothing_is_wrong_with_it(old: Old, directory: Path) -> None:
    assert old.findings() == []
    old.run(upgrade(old.database))
    assert old.findings() == []
    assert (directory / "format").read_bytes() == b"jedlik data, format %d\n" % PLAIN_FORMAT


def test_a_store_is_upgraded_once(old: Old) -> None:
    old.run(upgrade(old.database))
    old.work()
    before = old.run(due_jobs(old.storage.engine, 5e9, 100))
    old.run(upgrade(old.database))
    assert old.run(due_jobs(old.storage.engine, 5e9, 100)) == before != []
