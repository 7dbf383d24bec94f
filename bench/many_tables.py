"""What ten thousand tables cost: memory, start-up, looking at them, and making more beside a load.

python bench/many_tables.py [--tables 10000] [--seconds 10]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import sides
import workload
from http_load import HttpLoad, Times
from programs import write_requests
from rich.console import Console
from sides import Running
from verdict import exit_status

START_TARGET: Final = 0.5
"""Seconds from the spawn to the first answer."""
MEMORY_TARGET: Final = 10.0
"""KiB of the process's own for each table."""
LOOK_TARGET: Final = 5.0
"""Milliseconds of ListTables and DescribeTable, as boto3 takes them: the median."""
P99_TARGET: Final = 10.0
"""Milliseconds of GetItem at 60% of the highest rate while tables are made."""
MADE: Final = 30.0
"""Tables a second, made by the program in C: boto3 would take a processor of the same machine."""
_LOOKS: Final = 200
_REQUESTS: Final = 2000
_MAKERS: Final = 8


def definition(name: str) -> dict[str, Any]:
    """A table that is like all others."""
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def create_all(server: Running, count: int) -> None:
    """Create this many, some at a time."""
    clients = [workload.client(server.url) for _ in range(_MAKERS)]

    def make(which: int) -> None:
        for number in range(which, count, _MAKERS):
            clients[which].create_table(**definition(f"table-{number:05}"))

    with ThreadPoolExecutor(_MAKERS) as threads:
        list(threads.map(make, range(_MAKERS)))


def milliseconds(call: Callable[[], Any]) -> float:
    """The median time of a call."""
    times = []
    for _ in range(_LOOKS):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def beside_load(
    server: Running, load: HttpLoad, place: Path, seconds: float
) -> tuple[Times, Times]:
    """The times of GetItem at 60% of the highest rate, alone and while tables are made."""
    get = workload.named("get")
    file = place / "gets"
    numbers = range(_REQUESTS)
    write_requests(file, (workload.raw_request(server.port, get, number) for number in numbers))
    most = load.drive(server.port, file, min(seconds, 3)).rate
    tables = place / "tables"
    names = (f"later-{number:05}" for number in range(round(2 * seconds * MADE)))
    write_requests(
        tables, (workload.raw(server.port, "CreateTable", definition(name)) for name in names)
    )
    alone = load.drive(server.port, file, seconds, most * 0.6)
    with ThreadPoolExecutor(1) as other:
        making = other.submit(load.drive, server.port, tables, seconds, MADE, 1)
        times = load.drive(server.port, file, seconds, most * 0.6)
        assert not making.result().failed
        return alone, times


def measure(tables: int, seconds: float, console: Console) -> bool:
    """Print the figures; returns whether the targets are reached."""
    verdicts = []

    def line(title: str, value: float, unit: str, target: float, more: str = "") -> None:
        good = value <= target
        verdicts.append(good)
        missed = "" if good else ", missed"
        console.print(f"{title}: {value:.3g} {unit}{more}; target {target:g} {unit}{missed}")

    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        load = HttpLoad(place)
        durable = sides.jedlik_side("jedlik")
        with sides.all_running([durable]) as (server,):
            before, own_before = server.memory(), server.own_memory()
            create_all(server, tables)
            mapped = (server.memory() - before) * 1024 / tables
            own = (server.own_memory() - own_before) / 1024 / tables
            mapped_too = f" ({mapped:.3g} with what it maps of the store's file)"
            line(f"{tables:,} tables", own, "KiB of memory each", MEMORY_TARGET, mapped_too)
            client = workload.client(server.url)
            client.describe_table(TableName="table-00000")
            line("ListTables", milliseconds(client.list_tables), "ms", LOOK_TARGET)
            described = milliseconds(lambda: client.describe_table(TableName="table-00007"))
            line("DescribeTable", described, "ms", LOOK_TARGET)
            alone, times = beside_load(server, load, place, seconds)
            more = (
                f" at {times.rate:,.0f} a second while {MADE:g} tables a second came "
                f"({alone.p99:.3g} ms without)"
            )
            line("GetItem, p99", times.p99, "ms", P99_TARGET, more)
            server.stop()
            again, took = sides.start(durable, sides.DATA / durable.name)
            line("Start-up", took, "s", START_TARGET)
            again.stop()
        shutil.rmtree(sides.DATA, ignore_errors=True)
    return all(verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(description="What ten thousand tables cost.")
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10, help="of load (default 10)")
    chosen = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    return exit_status(reached=measure(chosen.tables, chosen.seconds, console))


if __name__ == "__main__":
    sys.exit(main())
