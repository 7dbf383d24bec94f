"""What worker processes cost and give: the same requests to one process and to several.

    python bench/workers.py [--workers 2] [--connections 32] [--loads get,query,put] [--seconds 3]
                            [--rounds 5]

Both have the same number of connections. The load shares the machine's cores with the servers, so
how much more requests N processes answer than one says little unless there are more cores than
that. What a request costs them says more: as long as it is the same, N processes answer N times as
many where they have N cores.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import sides
import workload
import wrk
from rich.console import Console
from sides import Running
from verdict import exit_status

LOADS: Final = "get,query,put"
CONNECTIONS: Final = 32
LEAST_SHARE: Final = 0.85
"""Of what a core answers by itself, that it answers beside others: reads."""
READS: Final = ("get", "query")


class Turn(NamedTuple):
    """Requests a second, and microseconds of processor time of all processes for each."""

    rate: float
    cost: float


def turn(server: Running, script: Path, seconds: int, connections: int) -> Turn:
    """One turn of the load at a server."""
    before = server.all_processor_time()
    rate = wrk.drive(script, server.url, seconds, connections)["rate"]
    return Turn(rate, 1e6 * (server.all_processor_time() - before) / rate / seconds)


def started(workers: int) -> Running:
    """A server with the table of the loads."""
    side = sides.durable_side(workers)
    place = sides.DATA / f"workers-{workers}"
    shutil.rmtree(place, ignore_errors=True)
    server, _ = sides.start(side, place)
    workload.fill(server.url, streamed=False)
    return server


def measure(
    counts: tuple[int, int],
    loads: list[workload.Load],
    seconds: int,
    rounds: int,
    connections: int,
) -> dict[tuple[str, int], list[Turn]]:
    """The turns of each load with each number of processes."""
    servers: dict[int, Running] = {}
    turns: dict[tuple[str, int], list[Turn]] = {}
    try:
        for count in counts:
            servers[count] = started(count)
        with tempfile.TemporaryDirectory() as scratch:
            for load in loads:
                scripts = {}
                for count, server in servers.items():
                    scripts[count] = Path(scratch) / f"{load.name}-{count}.lua"
                    workload.write_script(scripts[count], server.port, load)
                for _ in range(rounds):
                    for count, server in servers.items():
                        taken = turn(server, scripts[count], seconds, connections)
                        turns.setdefault((load.name, count), []).append(taken)
    finally:
        for server in servers.values():
            server.stop()
        shutil.rmtree(sides.DATA, ignore_errors=True)
    return turns


def median(turns: list[Turn]) -> Turn:
    """The median of the rates and of the costs."""
    rates, costs = zip(*turns, strict=True)
    return Turn(statistics.median(rates), statistics.median(costs))


def verdict(
    turns: dict[tuple[str, int], list[Turn]],
    counts: tuple[int, int],
    loads: list[workload.Load],
    console: Console,
) -> bool:
    """Print the figures; returns whether reads reach the target."""
    reached = True
    for load in loads:
        one, many = (median(turns[load.name, count]) for count in counts)
        for count, found in zip(counts, (one, many), strict=True):
            processes = "1 process" if count == 1 else f"{count} processes"
            console.print(
                f"{load.title}, {processes}: {found.rate:,.0f} a second, "
                f"{found.cost:.1f} us of processor time each"
            )
        share = one.cost / many.cost
        line = f"  {many.rate / one.rate:.2f} of the rate; a core does {share:.2f} of what it did"
        if load.name in READS:
            reached &= share >= LEAST_SHARE
            line += f" (target {LEAST_SHARE}: {'reached' if share >= LEAST_SHARE else 'missed'})"
        console.print(line)
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description="What worker processes cost and give.")
    parser.add_argument("--workers", type=int, default=2, help="processes of the larger side")
    parser.add_argument(
        "--connections", type=int, default=CONNECTIONS, help=f"to either (default {CONNECTIONS})"
    )
    parser.add_argument("--loads", default=LOADS, help=f"names of loads (default {LOADS})")
    parser.add_argument("--seconds", type=int, default=3, help="of one turn (default 3)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default 5)")
    chosen = parser.parse_args()
    wrk.needed()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    loads = [workload.named(name) for name in chosen.loads.split(",")]
    counts = 1, chosen.workers
    turns = measure(counts, loads, chosen.seconds, chosen.rounds, chosen.connections)
    return exit_status(reached=verdict(turns, counts, loads, console))


if __name__ == "__main__":
    sys.exit(main())
