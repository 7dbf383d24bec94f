"""What counting and enforcing cost a signed GetItem, in processor time of one process.

    python bench/metering.py [--rounds 15]

Three servers' worth of requests take turns in this process, without sockets (see `stages`): one
that records no metrics of its tables and requests, one that does, and one that enforces the table's
capacity on top. Each turn compares them with each other; medians of the ratios are printed, which
other work of the machine moves little.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import stages
import workload

from jedlik.auth.sigv4 import Verifier
from jedlik.base.clock import SystemClock
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.metering.request_meter import RequestMeter
from jedlik.services.dynamodb.metering.table_meter import UNMETERED
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.tables.database import Database

TARGET = 0.03
"""What each may add to the time of a request."""
_REQUESTS = 1000
_BARE, _METERED, _ENFORCED = "neither", "metered", "enforced"


def requests() -> list[bytes]:
    """Signed GetItems, as bytes."""
    (get,) = (load for load in workload.LOADS if load.name == "get")
    return [workload.raw_request(8000, get, n * 7 % workload.ITEMS, 1) for n in range(_REQUESTS)]


def front(database: Database) -> Callable[[bytes], None]:
    """What takes requests' bytes for a database."""
    verifier = Verifier({workload.ACCESS_KEY: workload.SECRET_KEY}.get, SystemClock())
    made = stages.connection(Service(database, verifier))

    def take(data: bytes) -> None:
        made.data_received(data)

    take(requests()[0])
    if b"HTTP/1.1 200" not in made._transport.written:
        raise SystemExit(made._transport.written.decode())
    return take


def lend(database: Database) -> None:
    """Give what a settlement would: nothing settles here, and refusals are not to be measured."""
    budget = database.ready[workload.TABLE].budget
    assert budget is not None, "its capacity is enforced"
    for balance in budget.balances():
        balance.lend()


async def fronts() -> tuple[dict[str, Callable[[bytes], None]], Callable[[], None]]:
    """The three sides, and what gives the enforced one its capacity again."""
    found: dict[str, Callable[[bytes], None]] = {}
    timings = RequestMeter.timings
    RequestMeter.timings = lambda *_: None  # type: ignore[method-assign]
    bare = await stages.filled()
    (await bare.table(workload.TABLE)).meter = UNMETERED
    found[_BARE] = front(bare)
    RequestMeter.timings = timings  # type: ignore[method-assign]
    found[_METERED] = front(await stages.filled())
    enforced = await stages.filled()
    arn = enforced.names.table_arn(workload.TABLE)
    tags = [{"Key": "jedlik:capacity", "Value": "enforced"}]
    await OPERATIONS["TagResource"](enforced, {"ResourceArn": arn, "Tags": tags})
    most = {"ReadCapacityUnits": 40_000, "WriteCapacityUnits": 1000}
    change = {"TableName": workload.TABLE, "BillingMode": "PROVISIONED"}
    await OPERATIONS["UpdateTable"](enforced, {**change, "ProvisionedThroughput": most})
    found[_ENFORCED] = front(enforced)
    return found, partial(lend, enforced)


def turn(take: Callable[[bytes], None], raw: list[bytes]) -> float:
    """One turn's processor time in microseconds a request."""
    began = time.process_time()
    for each in raw:
        take(each)
    return (time.process_time() - began) / len(raw) * 1e6


async def main() -> None:
    parser = argparse.ArgumentParser(description="What counting and enforcing cost a GetItem.")
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    (sides, settle), raw = await fronts(), requests()
    for take in sides.values():
        turn(take, raw)
    gc.collect()
    gc.freeze()
    turns = []
    for _ in range(chosen.rounds):
        settle()
        turns.append({name: turn(take, raw) for name, take in sides.items()})
    for name in sides:
        cost = statistics.median(each[name] for each in turns)
        sys.stdout.write(f"GetItem, {name:<9} {cost:6.2f} µs\n")
    for name, before in ((_METERED, _BARE), (_ENFORCED, _METERED)):
        added = statistics.median(each[name] / each[before] - 1 for each in turns)
        verdict = "as wanted" if added <= TARGET else f"more than {TARGET:.0%}"
        sys.stdout.write(f"{name} adds {added:+.1%} to {before}: {verdict}\n")


if __name__ == "__main__":
    asyncio.run(main())
