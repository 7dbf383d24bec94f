"""How fast a table is loaded: BatchWriteItem, 25 items each, flushed before it is answered; first
new ones, which grow the table, and then the same ones again.

    python bench/bulk.py [--items 200000] [--rounds 3]

A server with one process and one with two, in turns; the client that sends requests made beforehand
over 8 connections shares the machine's processors with them.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import sides
import workload
from http_load import HttpLoad
from rich.console import Console
from sides import Running
from verdict import exit_status

TARGET: Final = 60_000
"""Items a second, on two cores."""
TABLE: Final = "Loaded"
BATCH: Final = 25
CONNECTIONS: Final = 8
WORKERS: Final = (1, 2)
KINDS: Final = ("new", "replaced")

Body = dict[str, Any]


def item(number: int) -> Body:
    """A new item of about 150 bytes."""
    return {
        "pk": {"S": f"user#{number:08d}"},
        "name": {"S": f"Name {number}"},
        "visits": {"N": str(number)},
        "text": {"S": f"{number:060d}"},
        "tags": {"L": [{"S": "first"}, {"S": "second"}]},
    }


def batches(server: Running, first: int, items: int) -> Iterator[bytes]:
    """Requests that put this many items from number `first` on."""
    for begin in range(first, first + items, BATCH):
        puts = [{"PutRequest": {"Item": item(number)}} for number in range(begin, begin + BATCH)]
        yield workload.raw(server.port, "BatchWriteItem", {"RequestItems": {TABLE: puts}})


def load_once(server: Running, load: HttpLoad, first: int, items: int) -> float:
    """Items a second."""
    return BATCH * load.send(server.port, batches(server, first, items), CONNECTIONS).rate


def started(workers: int) -> Running:
    """A server with a table."""
    side = sides.durable_side(workers)
    place = sides.DATA / f"bulk-{workers}"
    shutil.rmtree(place, ignore_errors=True)
    server, _ = sides.start(replace(side, name=place.name), place)
    client = workload.client(server.url)
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=TABLE)
    return server


def measure(items: int, rounds: int, console: Console) -> bool:
    """Print the figures; returns whether the target is reached."""
    servers = {workers: started(workers) for workers in WORKERS}
    rates: dict[tuple[str, int], list[float]] = {}
    try:
        with tempfile.TemporaryDirectory() as scratch:
            load = HttpLoad(Path(scratch))
            for turn in range(rounds):
                for workers, server in servers.items():
                    for kind in KINDS:
                        rate = load_once(server, load, turn * items, items)
                        rates.setdefault((kind, workers), []).append(rate)
    finally:
        for server in servers.values():
            server.stop()
        shutil.rmtree(sides.DATA, ignore_errors=True)
    reached = {each: statistics.median(turns) for each, turns in rates.items()}
    for (kind, workers), rate in sorted(reached.items()):
        processes = "1 process" if workers == 1 else f"{workers} processes"
        console.print(f"{kind} items, {processes}: {rate:,.0f} a second")
    best = max(reached[KINDS[0], workers] for workers in WORKERS)
    console.print(f"target {TARGET:,} {KINDS[0]}: {'reached' if best >= TARGET else 'missed'}")
    return best >= TARGET


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast a table is loaded.")
    parser.add_argument("--items", type=int, default=200_000, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each (default 3)")
    chosen = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    return exit_status(reached=measure(chosen.items, chosen.rounds, console))


if __name__ == "__main__":
    sys.exit(main())
