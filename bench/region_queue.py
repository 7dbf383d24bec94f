"""What waits for a region, measured: python bench/region_queue.py [--changes 1000000]

That many changes of different items are written to a table whose replica is away, and are then sent
to it, between two stores on the disk in this process. How long that takes, and how much memory of
its own the process has while a tenth has been sent and at most: a queue of any length drains in
memory that does not grow.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))  # where a test imports this file

from verdict import exit_status

sys.path.insert(0, str(Path(__file__).parents[1]))

from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.kernel.arns import Arns
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.leases import acquire
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.replication.local_link import LocalLink
from jedlik.services.dynamodb.replication.sending import TableSender
from jedlik.services.dynamodb.tables.replicas import Replica, Replication
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine

US, EU = "us-east-1", "eu-west-1"
TABLE: Final = "queue"
WRITERS: Final = 8
ITEMS_A_CALL: Final = 25
FOLDS: Final = 0.01
"""The share of writes after which measurements are summed up."""
GROWTH: Final = 1.25
"""How much more memory the end of a queue may take than its beginning."""


class Drained(NamedTuple):
    """Seconds of writing and of sending; MiB of the process's own after a tenth and at most; how
    many items came."""

    writing: float
    sending: float
    early: float
    most: float
    items: int


def own_memory() -> float:
    """Memory that is this process's alone, in MiB; pages of mapped files are not."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None, "this takes Linux"
    return int(found[1]) / 1024


async def call(database: Database, operation: str, payload: dict[str, Any]) -> Any:
    """An operation's answer."""
    while True:
        try:
            return await OPERATIONS[operation](database, payload)
        except CatalogChanged:
            continue


def fold(database: Database) -> None:
    """Sum up what was measured, as a server does every second."""
    if random.random() < FOLDS:
        database.metrics.fold()


async def made(place: Path, region: str, other: str) -> Database:
    """A region with the table, whose replica is in the other one."""
    engine = LoggedLmdbEngine.open(place, "relaxed")
    database = Database(engine, SystemClock(), RandomIds(), Arns(region=region))
    await call(database, "CreateTable", {
        "TableName": TABLE,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    })  # fmt: skip

    def join(draft: CatalogDraft) -> None:
        replicas = (Replica(other, "ACTIVE"),)
        replication = Replication(draft.new_id(), group="group", replicas=replicas)
        draft.put(replace(draft.existing(TABLE), replication=replication))

    await database.catalog.change((TABLE,), join)
    return database


async def write(database: Database, changes: int) -> None:
    """Write that many items."""
    starts = itertools.count(0, ITEMS_A_CALL)

    async def writer() -> None:
        for start in starts:
            if start >= changes:
                return
            keys = range(start, min(start + ITEMS_A_CALL, changes))
            puts = [{"PutRequest": {"Item": {"pk": {"S": f"item{key}"}, "v": {"N": "1"}}}}
                    for key in keys]  # fmt: skip
            await call(database, "BatchWriteItem", {"RequestItems": {TABLE: puts}})
            fold(database)

    await asyncio.gather(*(writer() for _ in range(WRITERS)))


async def drain(scratch: Path, changes: int) -> Drained:
    """Fill a queue, and send it; `scratch` has an empty directory for each region."""
    us, eu = [await made(scratch / region, region, other) for region, other in ((US, EU), (EU, US))]
    began = time.monotonic()
    await write(us, changes)
    writing = time.monotonic() - began
    lease = await acquire(us.engine, "sender", "bench", us.clock.now(), 10**9, lambda _owner: True)
    assert lease is not None

    async def filled(_table: str, _region: str) -> None: ...

    sender = TableSender(us, LocalLink(eu), TABLE, filled, 10**12)
    began = time.monotonic()
    early = most = 0.0
    rows = 0
    more = True
    while more:
        more = (await sender.step(lease)).more
        for each in (us, eu):
            each.metrics.fold()
        rows += 1024  # a page of the log at most
        most = max(most, own_memory())
        if rows <= changes / 10:
            early = most
    sending = time.monotonic() - began
    table = await eu.catalog.find(TABLE)
    assert table is not None
    items = (await call(eu, "DescribeTable", {"TableName": TABLE}))["Table"]["ItemCount"]
    for each in (us, eu):
        await each.engine.close()
    return Drained(writing, sending, early, most, items)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for region in (US, EU):
            (Path(scratch) / region).mkdir()
        drained = asyncio.run(drain(Path(scratch), arguments.changes))
    print(
        f"{arguments.changes:,} changes written in {drained.writing:.0f} s and sent in "
        f"{drained.sending:.0f} s; {drained.items:,} came; {drained.early:.0f} MiB after a tenth, "
        f"{drained.most:.0f} MiB at most"
    )
    met = drained.items == arguments.changes and drained.most <= GROWTH * drained.early
    print("the target is met" if met else f"the target is missed: {GROWTH} times the tenth's")
    return exit_status(reached=met)


if __name__ == "__main__":
    sys.exit(main())
