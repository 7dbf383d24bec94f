"""What size costs: the same requests to a small table and to a large one, bytes on disk, memory.

    python bench/size.py [--items 1000000] [--seconds 3] [--rounds 5]

Two servers run at once and are asked in turns, so that both meet the same moments of the machine.
Each has one table, with one index that everything is projected into.
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson
import sides
import workload
from http_load import HttpLoad
from programs import write_requests
from rich.console import Console
from sides import Running
from verdict import exit_status

TABLE: Final = "Sized"
INDEX: Final = "by-email"
SMALL: Final = workload.ITEMS
LEAST_RATE: Final = 0.9
"""Of that of the small table."""
MOST_ON_DISK: Final = 2.5
"""Bytes for each byte of an item as clients send it; the index has a second copy of it."""
MOST_GROWTH: Final = 1.1
"""Of the files, where half of the items are deleted and as many others put."""
TOGETHER: Final = 20
"""Items of one partition: what a Query reads."""
BATCH: Final = 25
BATCHES_AT_ONCE: Final = 1000
LOADERS: Final = 4
REQUESTS: Final = 3 * workload.REQUESTS
LOADS: Final = ("GetItem", "Query", "UpdateItem", "PutItem")

Body = dict[str, Any]


def key(number: int) -> Body:
    """The key of an item."""
    partition, place = divmod(number, TOGETHER)
    return {"pk": {"S": f"user#{partition:08d}"}, "sk": {"S": f"order#{place:04d}"}}


def item(number: int, turn: int = 0) -> Body:
    """An item; no two turns write the same."""
    return {**workload.item(number, turn), **key(number)}


def request(operation: str, number: int, turn: int) -> Body:
    """A request about an item."""
    body: Body = {"TableName": TABLE}
    match operation:
        case "GetItem":
            return {**body, "Key": key(number)}
        case "PutItem":
            return {**body, "Item": item(number, turn)}
        case "Query":
            return {
                **body,
                "KeyConditionExpression": "pk = :p",
                "ExpressionAttributeValues": {":p": key(number)["pk"]},
            }
    return {
        **body,
        "Key": key(number),
        "UpdateExpression": "SET turn = :turn",
        "ExpressionAttributeValues": {":turn": {"N": str(turn)}},
    }


class Sized:
    """A server with a table of this many items."""

    def __init__(self, server: Running, load: HttpLoad, place: Path, items: int) -> None:
        self.server = server
        self.items = items
        self._load = load
        self._place = place
        self._client = workload.client(server.url)

    def fill(self) -> float:
        """Make the table and its items; returns microseconds of processor time for each."""
        names = ("pk", "sk", "email")
        self._client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[{
                "IndexName": INDEX,
                "KeySchema": [{"AttributeName": "email", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }],
        )  # fmt: skip
        return self._write({"PutRequest": {"Item": item(each)}} for each in range(self.items))

    def replace_half(self) -> None:
        """Delete half of the items, and put as many others."""
        half = self.items // 2
        self._write({"DeleteRequest": {"Key": key(each)}} for each in range(half))
        others = range(self.items, self.items + half)
        self._write({"PutRequest": {"Item": item(each)}} for each in others)

    def _write(self, requests: Iterator[Body]) -> float:
        took, count = 0.0, 0
        while batches := [
            batch
            for _ in range(BATCHES_AT_ONCE)
            if (batch := [each for each, _ in zip(requests, range(BATCH), strict=False)])
        ]:
            before = self.server.processor_time()
            self._load.send(self.server.port, map(self._batch, batches), LOADERS)
            took += self.server.processor_time() - before
            count += sum(map(len, batches))
        return 1e6 * took / count

    def _batch(self, requests: list[Body]) -> bytes:
        body = {"RequestItems": {TABLE: requests}}
        return workload.raw(self.server.port, "BatchWriteItem", body)

    def prepare(self, operation: str) -> Path:
        """A file of requests of one operation, about items that are drawn. Each comes once a turn,
        with another value: writes that change nothing cost less."""
        draw = Random(7)
        numbers = [draw.randrange(self.items) for _ in range(REQUESTS // workload.TURNS)]
        file = self._place / f"{operation}-{self.items}"
        write_requests(
            file,
            (
                workload.raw(self.server.port, operation, request(operation, number, turn + 1))
                for turn in range(workload.TURNS)
                for number in numbers
            ),
        )
        return file

    def rate(self, file: Path, seconds: float) -> float:
        """Requests a second."""
        times = self._load.drive(self.server.port, file, seconds)
        assert not times.failed, times
        return times.rate

    def bytes_on_disk(self) -> int:
        """Of all files of the store."""
        files = (sides.DATA / self.server.side.name).rglob("*")
        return sum(512 * file.stat().st_blocks for file in files if file.is_file())

    def scan(self) -> tuple[float, int]:
        """Seconds that a Scan of all items takes, and the most memory that the process had."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        body: Body = {"TableName": TABLE}
        most, began = 0, time.monotonic()
        while True:
            headers, data = workload.signed(self.server.port, "Scan", body)
            connection.request("POST", "/", data, headers)
            answer = connection.getresponse().read()
            most = max(most, self.server.own_memory())
            last = answer.rpartition(b'"LastEvaluatedKey":')[2]
            if last == answer:
                connection.close()
                return time.monotonic() - began, most
            body["ExclusiveStartKey"] = orjson.loads(last.partition(b"}}")[0] + b"}}")


@contextmanager
def _running(name: str) -> Iterator[Running]:
    """A server without any tables."""
    place = sides.DATA / name
    shutil.rmtree(place, ignore_errors=True)
    server, _ = sides.start(replace(sides.jedlik_side("jedlik"), name=name), place)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def measure(items: int, seconds: float, rounds: int, console: Console) -> bool:
    """Print the figures; returns whether the targets are reached."""
    verdicts = []

    def line(title: str, value: float, good: bool, target: str) -> None:
        verdicts.append(good)
        console.print(f"{title}: {value:.3g}; target {target}{'' if good else ', missed'}")

    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        load = HttpLoad(place)
        with _running("small") as first, _running("large") as second:
            small = Sized(first, load, place, SMALL)
            large = Sized(second, load, place, items)
            for each in (small, large):
                console.print(f"{each.items:,} items: {each.fill():.3g} us each to load")
            for operation in LOADS:
                files = [(each, each.prepare(operation)) for each in (small, large)]
                rates: dict[Sized, list[float]] = {small: [], large: []}
                for _ in range(rounds):
                    for each, file in files:
                        rates[each].append(each.rate(file, seconds))
                ratio = statistics.median(rates[large]) / statistics.median(rates[small])
                line(f"{operation}, of the rate with {SMALL:,}", ratio, ratio >= LEAST_RATE,
                     f"{LEAST_RATE:g}")  # fmt: skip
            on_disk = large.bytes_on_disk()
            times = on_disk / (items * len(orjson.dumps(item(items))))
            line("Bytes on disk of each of an item", times, times <= MOST_ON_DISK,
                 f"{MOST_ON_DISK:g}")  # fmt: skip
            took, memory = large.scan()
            console.print(
                f"A Scan of all: {items / took:,.0f} items a second, {memory / 2**20:.0f} MiB of "
                "memory of the process's own"
            )
            large.replace_half()
            growth = large.bytes_on_disk() / on_disk
            line("Growth, half of the items replaced by others", growth, growth <= MOST_GROWTH,
                 f"{MOST_GROWTH:g}")  # fmt: skip
    return all(verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(description="What size costs.")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3, help="of each turn (default 3)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default 5)")
    chosen = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    reached = measure(chosen.items, chosen.seconds, chosen.rounds, console)
    return exit_status(reached=reached)


if __name__ == "__main__":
    sys.exit(main())
