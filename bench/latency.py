"""How long requests take at a fixed rate, alone and while the server is busy with other work.

    python bench/latency.py [--items 1000000] [--seconds 60] [--works scan,backfill,...]

Seven GetItems to three PutItems on one table, durable, at 30 and 60% of the rate that the server
reaches with them. Each request's time counts from when it was due (see http_load.c), so a stall
shows in every request that it delayed. Then at 60% while a table of `--items` items is read,
copied, indexed, expired or deleted, with what another client or the server itself does about it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import sides
import workload
from http_load import HttpLoad, Times
from programs import write_requests
from rich.console import Console
from rich.table import Table
from sides import Running
from verdict import exit_status

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.functions import TRUSTS_LAMBDA, package

BIG: Final = "Big"
P99_TARGET, P999_TARGET = 5.0, 10.0
"""Milliseconds at 60% of the highest rate, with nothing else to do."""
BUSY_P99_TARGET: Final = 10.0
"""Milliseconds at 60% while other work goes on."""
_BATCH: Final = 25
_BATCHES_AT_ONCE: Final = 4000
_REQUESTS: Final = 2000
_PAGES: Final = 200
_SCAN_SECONDS: Final = 0.5
_LOOKS: Final = 0.2
"""Seconds between two looks whether work is done."""
_READS: Final = 0.05
"""Seconds after which a slow reader takes what it has for all that comes."""
_LONG_AGO: Final = "1000000000"
_ALLOWS_ALL: Final = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
_FUNCTION: Final = "taker"
_HANDLER: Final = "def handler(event, context):\n    return {}\n"

Work = Callable[["Bench", threading.Event], None]


def _key(number: int) -> str:
    return f"big#{number:09d}"


class Bench:
    """A server with the loaded table and the big one."""

    def __init__(self, server: Running, load: HttpLoad, place: Path, items: int) -> None:
        self.server = server
        self.client: Any = workload.client(server.url)
        self.load = load
        self.items = items
        self._mixed = place / "mixed"
        write_requests(self._mixed, self._requests("get", "put"))
        self._streamed = place / "streamed"
        write_requests(self._streamed, self._requests("get", "stream"))
        self.pages = place / "pages"
        write_requests(self.pages, map(self._page, range(0, items, max(1, items // _PAGES))))

    def _page(self, number: int) -> bytes:
        """A Scan from one item on."""
        start = {"pk": {"S": _key(number)}}
        body = {"TableName": BIG, "ExclusiveStartKey": start}
        return workload.raw(self.server.port, "Scan", body)

    def _requests(self, read: str, written: str) -> Iterator[bytes]:
        for turn in range(workload.TURNS):
            for number in range(_REQUESTS // workload.TURNS):
                load = workload.named(written if number % 10 in (2, 5, 8) else read)
                place = number * 7 % workload.ITEMS
                yield workload.raw_request(self.server.port, load, place, turn + 1)

    def fill(self) -> None:
        """Make the big table, whose items expired long ago, and put its items."""
        self.client.create_table(
            TableName=BIG,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        numbers = range(0, self.items, _BATCH)
        for start in range(0, len(numbers), _BATCHES_AT_ONCE):
            chunk = numbers[start : start + _BATCHES_AT_ONCE]
            self.load.send(self.server.port, map(self._puts, chunk), 8)

    def make_function(self) -> None:
        """Make the function of the trigger, with which the server loads what runs functions."""
        roles = workload.client(self.server.url, "iam")
        role = roles.create_role(RoleName="taker", AssumeRolePolicyDocument=TRUSTS_LAMBDA)
        roles.put_role_policy(
            RoleName="taker", PolicyName="all", PolicyDocument=json.dumps(_ALLOWS_ALL)
        )
        workload.client(self.server.url, "lambda").create_function(
            FunctionName=_FUNCTION,
            Runtime="python3.12",
            Handler="handler.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": package(_HANDLER)},
        )

    def _puts(self, first: int) -> bytes:
        items = (
            {**workload.item(number), "pk": {"S": _key(number)}, "ttl": {"N": _LONG_AGO}}
            for number in range(first, first + _BATCH)
        )
        body = {"RequestItems": {BIG: [{"PutRequest": {"Item": item}} for item in items]}}
        return workload.raw(self.server.port, "BatchWriteItem", body)

    def most(self, seconds: float) -> float:
        """Requests a second that the server reaches."""
        return self.load.drive(self.server.port, self._mixed, seconds).rate

    def at(self, rate: float, seconds: float, *, streamed: bool = False) -> Times:
        """The times of requests at a rate."""
        file = self._streamed if streamed else self._mixed
        return self.load.drive(self.server.port, file, seconds, rate)

    def during(self, work: Work, rate: float, seconds: float, *, streamed: bool = False) -> Times:
        """The times of requests while other work goes on, which ends with them or before."""
        over = threading.Event()
        with ThreadPoolExecutor(1) as other:
            going_on = other.submit(work, self, over)
            try:
                times = self.at(rate, seconds, streamed=streamed)
            finally:
                over.set()
            going_on.result()
        return times


def scan(bench: Bench, over: threading.Event) -> None:
    """Another client reads page after page of the table, as fast as the server gives them: a
    program in C, since boto3 would be busy for longer than the server, on the same machine."""
    while not over.is_set():
        bench.load.drive(bench.server.port, bench.pages, _SCAN_SECONDS, connections=1)


def slow_scan(bench: Bench, over: threading.Event) -> None:
    """Eight other clients ask for pages and read them slowly."""
    request = workload.raw(bench.server.port, "Scan", {"TableName": BIG})
    with contextlib.ExitStack() as closing:
        readers = []
        for _ in range(8):
            reader = socket.create_connection(("127.0.0.1", bench.server.port))
            reader.settimeout(_READS)
            readers.append(closing.enter_context(reader))
            reader.sendall(request)
        while not over.wait(0.05):
            for reader in readers:
                try:
                    reader.recv(16_384)
                except TimeoutError:  # that was all of the page
                    reader.sendall(request)


def back_up(bench: Bench, _over: threading.Event) -> None:
    """A backup of the big table is made."""
    made = bench.client.create_backup(TableName=BIG, BackupName="whole")
    arn = made["BackupDetails"]["BackupArn"]
    while True:
        described = bench.client.describe_backup(BackupArn=arn)["BackupDescription"]
        if described["BackupDetails"]["BackupStatus"] == "AVAILABLE":
            return
        time.sleep(_LOOKS)


def index(bench: Bench, _over: threading.Event) -> None:
    """An index of the big table is made, and backfilled."""
    added = {
        "IndexName": "by-sk",
        "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    bench.client.update_table(
        TableName=BIG,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": added}],
    )
    # To its end, whatever the load does meanwhile: a table may not be deleted before.
    while True:
        (made,) = bench.client.describe_table(TableName=BIG)["Table"]["GlobalSecondaryIndexes"]
        if made["IndexStatus"] == "ACTIVE":
            return
        time.sleep(_LOOKS)


def trigger(bench: Bench, over: threading.Event) -> None:
    """A function is run with what is written meanwhile."""
    functions = workload.client(bench.server.url, "lambda")
    table = bench.client.describe_table(TableName=workload.STREAMED)["Table"]
    mapping = functions.create_event_source_mapping(
        FunctionName=_FUNCTION,
        EventSourceArn=table["LatestStreamArn"],
        StartingPosition="LATEST",
    )
    over.wait()
    functions.delete_event_source_mapping(UUID=mapping["UUID"])


def expire(bench: Bench, over: threading.Event) -> None:
    """The big table's items, which are all expired, are deleted by the server."""
    bench.client.update_time_to_live(
        TableName=BIG, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    over.wait()


def delete(bench: Bench, over: threading.Event) -> None:
    """The big table is deleted."""
    bench.client.delete_table(TableName=BIG)
    over.wait()


WORKS: Final[dict[str, Work]] = {
    "scan": scan,
    "slow-scan": slow_scan,
    "backup": back_up,
    "trigger": trigger,
    "backfill": index,
    "ttl": expire,
    "delete": delete,
}
"""In this order: the last ones leave nothing of the table."""


def measure(items: int, seconds: float, works: list[str], console: Console) -> bool:
    """Print the times of all of it; returns whether the targets are reached."""
    table = Table("", "a second", "p50", "p99", "p99.9", "longest", "target of p99")
    reached = True

    def row(title: str, times: Times, p99: float, p999: float = float("inf")) -> None:
        nonlocal reached
        good = times.p99 < p99 and times.p999 < p999 and not times.failed
        reached = reached and good
        figures = (f"{each:.2f}" for each in (times.p50, times.p99, times.p999, times.longest))
        verdict = f"{p99:g} ms" if good else f"{p99:g} ms, missed"
        failed = f", {times.failed} failed" if times.failed else ""
        table.add_row(title, f"{times.rate:,.0f}{failed}", *figures, verdict)
        console.print(f"  {title}: p99 {times.p99:.2f} ms", style="dim")

    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        load = HttpLoad(place)
        durable = sides.jedlik_side("jedlik")
        with sides.all_running([durable]) as (server,):
            bench = Bench(server, load, place, items)
            began = time.monotonic()
            bench.fill()
            bench.make_function()
            console.print(f"  {items:,} items put in {time.monotonic() - began:.0f} s", style="dim")
            most = bench.most(min(seconds, 5))
            row(f"at 30% of {most:,.0f} a second", bench.at(most * 0.3, seconds), P99_TARGET)
            row("at 60%", bench.at(most * 0.6, seconds), P99_TARGET, P999_TARGET)
            for name in works:
                streamed = name == "trigger"
                times = bench.during(WORKS[name], most * 0.6, seconds, streamed=streamed)
                row(f"at 60%, {name}", times, BUSY_P99_TARGET)
    console.print(table)
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description="How long requests take at a fixed rate.")
    parser.add_argument("--items", type=int, default=1_000_000, help="of the big table")
    parser.add_argument("--seconds", type=float, default=60, help="of load per turn (default 60)")
    parser.add_argument("--works", default=",".join(WORKS), help="only these, by commas")
    chosen = parser.parse_args()
    works = chosen.works.split(",")
    unknown = set(works) - set(WORKS)
    if unknown:
        parser.error(f"unknown work: {', '.join(sorted(unknown))}")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    return exit_status(reached=measure(chosen.items, chosen.seconds, works, console))


if __name__ == "__main__":
    sys.exit(main())
