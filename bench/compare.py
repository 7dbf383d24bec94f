"""What became dearer than the baseline: python bench/compare.py [--keep]

The processor time of requests is measured as in `stages`: in this process, without sockets or disk.
It is told apart from the machine's speed by a yardstick, a piece of work of the same kind (calls,
dictionaries, JSON, hashes) that takes turns with the loads: what `baseline.json` keeps is how many
yardsticks a request costs. Of many short turns the least counts: what else the machine does only
adds to a turn. Loads that cost over 10% more than in the baseline are named, and the command fails.

`--keep` writes the baseline: in the commit that makes something cheaper, or dearer for a reason.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
import stages
import workload
from verdict import exit_status

from jedlik.auth.sigv4 import Verifier
from jedlik.base import turns
from jedlik.base.clock import SystemClock
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS

BASELINE: Final = Path(__file__).parent / "baseline.json"
TOLERATED: Final = 1.10
"""How many times its cost in the baseline a load may cost."""
LOADS: Final = (
    "get",
    "enforced",
    "put",
    "put1k",
    "stream",
    "update",
    "query",
    "transact",
    "select",
)
_REQUESTS: Final = 400
_STRIDES: Final = 1500
_BODY: Final = orjson.dumps({"TableName": "bench", "Item": workload.item(1)})


class _Piece:
    """A piece of the yardstick's work."""

    __slots__ = ("body", "found")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.found: dict[str, Any] = {}

    def work(self) -> bytes:
        item = orjson.loads(self.body)["Item"]
        for name, value in item.items():
            ((kind, content),) = value.items()
            self.found[name] = (kind, len(content))
        digest = hashlib.sha256(self.body).digest()
        return b"%b %d %b" % (digest, len(self.found), orjson.dumps(item))


def yardstick() -> float:
    """Microseconds of the processor that a fixed piece of work takes now."""
    began = time.process_time()
    for _ in range(_STRIDES):
        _Piece(_BODY).work()
    return (time.process_time() - began) / _STRIDES * 1e6


async def database_of_loads() -> Database:
    """A database with the tables of all loads, filled."""
    database = await stages.filled()
    settings = {
        workload.STREAMED: {
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        },
        workload.ENFORCED: {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": {"ReadCapacityUnits": 40_000, "WriteCapacityUnits": 40_000},
        },
    }
    model = (await database.table(workload.TABLE)).model
    for name, own in settings.items():
        schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
        schema.append({"AttributeName": "sk", "KeyType": "RANGE"})
        kinds = [{"AttributeName": each, "AttributeType": "S"} for each in model.schema.names]
        table = {"TableName": name, "KeySchema": schema, "AttributeDefinitions": kinds, **own}
        await OPERATIONS["CreateTable"](database, table)
        for number in range(workload.ITEMS):
            await database.table(name)
            put = {"TableName": name, "Item": workload.item(number)}
            await OPERATIONS["PutItem"](database, put)
    tags = [{"Key": "jedlik:capacity", "Value": "enforced"}]
    arn = database.arns.table_arn(workload.ENFORCED)
    await OPERATIONS["TagResource"](database, {"ResourceArn": arn, "Tags": tags})
    return database


def costs(database: Database, rounds: int) -> dict[str, float]:
    """Yardsticks that a request of each load costs."""
    verifier = Verifier({workload.ACCESS_KEY: workload.SECRET_KEY}.get, SystemClock())
    front = stages.connection(Service(database, verifier))
    loads = {load.name: load for load in workload.LOADS}
    raw = {name: _requests(loads[name]) for name in LOADS}
    least = dict.fromkeys(LOADS, math.inf)
    stride = math.inf
    for _ in range(rounds):
        for name, requests in raw.items():
            stride = min(stride, yardstick())
            cost = _microseconds(front.data_received, requests, database.metrics.fold)
            if b"HTTP/1.1 200" not in front._transport.written:
                raise SystemExit(front._transport.written.decode())
            least[name] = min(least[name], cost)
    return {name: cost / stride for name, cost in least.items()}


def _requests(load: workload.Load) -> list[bytes]:
    return [
        workload.raw_request(8000, load, number * 7 % workload.ITEMS, turn + 1)
        for turn in range(workload.TURNS)
        for number in range(_REQUESTS // workload.TURNS)
    ]


def _microseconds(
    take: Callable[[bytes], None], requests: list[bytes], every_second: Callable[[], None]
) -> float:
    began = time.process_time()
    for each in requests:
        take(each)
    every_second()
    return (time.process_time() - began) / len(requests) * 1e6


async def measured(rounds: int, baseline: dict[str, float]) -> dict[str, float]:
    """What all loads cost; once more where that is too much, lest it was the machine."""
    database = await database_of_loads()
    gc.collect()
    gc.freeze()  # as the server does once it is up
    now = costs(database, rounds)
    if any(cost > TOLERATED * baseline.get(name, cost) for name, cost in now.items()):
        again = costs(database, rounds)
        now = {name: min(cost, again[name]) for name, cost in now.items()}
    return now


def report(now: dict[str, float], baseline: dict[str, float]) -> list[str]:
    """Print all loads; returns those that cost too much."""
    dearer = []
    for name, cost in now.items():
        before = baseline.get(name)
        ratio = math.nan if before is None else cost / before
        line = f"{name:<10} {cost:6.2f} yardsticks"
        sys.stdout.write(f"{line}, {ratio:5.2f} times the baseline\n" if before else f"{line}\n")
        if ratio > TOLERATED:
            dearer.append(f"{name} ({ratio - 1:+.0%})")
    return dearer


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare requests' costs with the baseline.")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--keep", action="store_true", help="make what is measured the baseline")
    chosen = parser.parse_args()
    # However busy the machine: nothing else waits here for which a page could give way.
    turns.FIRST_SLICE_SECONDS = math.inf  # type: ignore[misc]
    python = ".".join(platform.python_version_tuple()[:2])
    baseline: dict[str, Any] = {"python": python}
    if BASELINE.exists():
        baseline = json.loads(BASELINE.read_text())
    if baseline["python"] != python:
        sys.stdout.write(f"The baseline is of Python {baseline['python']}, this is {python}.\n")
    before = baseline.get("costs", {})
    with asyncio.Runner() as runner:
        now = runner.run(measured(chosen.rounds, before))
    dearer = report(now, before)
    if chosen.keep:
        kept = {"python": python, "costs": {name: round(cost, 3) for name, cost in now.items()}}
        BASELINE.write_text(json.dumps(kept, indent=2) + "\n")
        return 0
    if dearer:
        sys.stdout.write(f"Over the target of {TOLERATED:.2f}: {', '.join(dearer)}\n")
    return exit_status(reached=not dearer)


if __name__ == "__main__":
    sys.exit(main())
