"""Measure Jedlik beside a peer, all in one run: `make bench`, or python bench/run.py --help.

Load comes from wrk: one thread, 32 connections, every request signed (see workload). A machine's
speed drifts, so the sides take turns at every load (A B C A B C ...) and the medians are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import access
import dax
import imports
import metering
import sides
import vectors
import workload
import wrk
from rich.console import Console
from rich.table import Table
from sides import Running, Side
from wrk import drive

COLD_START_TARGET = 0.35
IDLE_MEMORY_TARGET = 70.0
STREAM_TARGET = 0.8
"""The part of a PutItem's rate that is left once its table has a stream."""
RECOVERY_TARGET = 0.8
"""The part of a PutItem's rate that is left once its table has point-in-time recovery."""
ENFORCED_TARGET = 0.97
"""The part of a GetItem's rate that is left once its table's capacity is enforced."""

Figures = dict[str, dict[str, Any]]
"""Load name to side name to figures."""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Jedlik beside a peer, all in one run.")
    parser.add_argument("--quick", action="store_true", help="one short turn per side and load")
    parser.add_argument("--seconds", type=int, default=5, help="of load per turn (default 5)")
    parser.add_argument("--rounds", type=int, default=3, help="turns per side (default 3)")
    parser.add_argument("--loads", default="", help="only these, by commas: get,put,query,...")
    parser.add_argument(
        "--workers",
        type=int,
        default=2,
        help="worker processes of Jedlik's second side (default 2)",
    )
    parser.add_argument("--no-peer", action="store_true", help="measure Jedlik alone")
    parser.add_argument(
        "--secured", action="store_true", help="measure TLS and both kinds of encryption as well"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.seconds, chosen.rounds = min(chosen.seconds, 2), 1
    return chosen


def measure_loads(chosen: argparse.Namespace, servers: list[Running], console: Console) -> Figures:
    """All loads on all servers, turn by turn."""
    wanted = chosen.loads.split(",") if chosen.loads else [load.name for load in workload.LOADS]
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as scratch:
        for load in workload.LOADS:
            if load.name not in wanted:
                continue
            scripts = {}
            asked = [server for server in servers if server.side.ours or not load.ours]
            for server in asked:
                scripts[server.side.name] = Path(scratch) / f"{load.name}-{server.side.name}.lua"
                workload.write_script(scripts[server.side.name], server.port, load)
                drive(scripts[server.side.name], server.url, 1)  # warm
            turns: dict[str, list[dict[str, float]]] = {server.side.name: [] for server in asked}
            for number in range(chosen.rounds):
                for server in asked:
                    console.print(
                        f"  {load.title}: {server.side.title}, turn {number + 1}", style="dim"
                    )
                    turns[server.side.name].append(
                        drive(scripts[server.side.name], server.url, chosen.seconds)
                    )
            figures[load.name] = {name: _medians(each) for name, each in turns.items()}
    return figures


def _medians(turns: list[dict[str, float]]) -> dict[str, Any]:
    rates = [turn["rate"] for turn in turns]
    return {
        "rate": statistics.median(rates),
        "p99_ms": statistics.median(turn["p99"] for turn in turns),
        "rates": rates,
    }


def measure_starts(chosen: argparse.Namespace, taking_part: list[Side]) -> Figures:
    """Cold start in seconds and idle memory in MiB, in turns."""
    starts: dict[str, list[float]] = {side.name: [] for side in taking_part}
    memory: dict[str, list[float]] = {side.name: [] for side in taking_part}
    for _ in range(3 if chosen.quick else 7):
        for side in taking_part:
            shutil.rmtree(sides.DATA, ignore_errors=True)
            server, seconds = sides.start(side, sides.DATA)
            time.sleep(0.5)
            starts[side.name].append(seconds)
            memory[side.name].append(server.memory())
            server.stop()
    shutil.rmtree(sides.DATA, ignore_errors=True)
    return {
        "cold_start_s": {name: statistics.median(each) for name, each in starts.items()},
        "idle_mib": {name: statistics.median(each) for name, each in memory.items()},
    }


def report(loads: Figures, starts: Figures, taking_part: list[Side], console: Console) -> bool:
    """Print the table; returns whether every target that was measured is reached."""
    peer = any(not side.ours for side in taking_part)
    table = Table(title="Requests a second (99th percentile in ms)", title_justify="left")
    table.add_column("")
    for side in taking_part:
        table.add_column(side.title, justify="right")
    if peer:
        table.add_column("ratio", justify="right")
        table.add_column("of the workers", justify="right")
        table.add_column("target", justify="right")
    reached = True
    for load in workload.LOADS:
        if load.name not in loads:
            continue
        row = [load.title]
        for side in taking_part:
            one = loads[load.name].get(side.name)
            row.append(f"{one['rate']:,.0f} ({one['p99_ms']:.1f})" if one else "")
        if peer and not load.ours:
            ratio = loads[load.name]["jedlik"]["rate"] / loads[load.name]["peer"]["rate"]
            row.append(_judged(f"{ratio:.2f}x", load.target is None or ratio >= load.target))
            many = loads[load.name]["workers"]["rate"] / loads[load.name]["peer"]["rate"]
            row.append(f"{many:.2f}x")
            row.append("" if load.target is None else f"{load.target}x")
            reached = reached and (load.target is None or ratio >= load.target)
        table.add_row(*row)
    console.print(table)
    for plain, other, title, target in (
        ("put", "stream", "PutItem with a stream", STREAM_TARGET),
        ("put", "recovery", "PutItem with point-in-time recovery", RECOVERY_TARGET),
        ("get", "enforced", "GetItem with capacity enforced", ENFORCED_TARGET),
    ):
        if plain in loads and other in loads:
            left = loads[other]["jedlik"]["rate"] / loads[plain]["jedlik"]["rate"]
            good = left >= target
            reached = reached and good
            console.print(
                f"{title}: {left:.2f} of the rate without; target {_judged(f'{target}', good)}"
            )
    for name, title, unit, target in (
        ("cold_start_s", "Cold start to the first answer", "s", COLD_START_TARGET),
        ("idle_mib", "Idle memory", "MiB", IDLE_MEMORY_TARGET),
    ):
        values = starts[name]
        texts = [f"{side.title}: {values[side.name]:.3g} {unit}" for side in taking_part]
        good = values["jedlik"] < target
        reached = reached and good
        console.print(f"{title}: {'; '.join(texts)}; target {_judged(f'{target:g} {unit}', good)}")
    return reached


def _judged(text: str, good: bool) -> str:
    return f"[green]{text}[/]" if good else f"[red]{text}, missed[/]"


def main() -> None:
    chosen = options()
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    wrk.needed()
    taking_part = sides.jedlik_sides(chosen.workers)
    if chosen.secured:
        taking_part += sides.secured_sides()
    peer = None if chosen.no_peer else sides.peer_side()
    if peer is not None:
        taking_part.append(peer)
    with sides.all_running(taking_part) as servers:
        loads = measure_loads(chosen, servers, console)
    controlled = access.measure(chosen.seconds, chosen.rounds)
    cached = dax.measure(chosen.seconds, chosen.rounds)
    metered = metering.measure(chosen.seconds, 2 if chosen.quick else metering.ROUNDS)
    imported = imports.measure(imports.QUICK_ITEMS if chosen.quick else imports.ITEMS)
    count = vectors.QUICK_VECTORS if chosen.quick else vectors.VECTORS
    searched = vectors.measure(count, chosen.seconds, peer=not chosen.no_peer)
    starts = measure_starts(chosen, taking_part)
    reached = report(loads, starts, taking_part, console)
    reached = access.report(controlled, console) and reached
    reached = imports.report(imported, console) and reached
    reached = vectors.report(searched, console) and reached
    if cached is not None:
        reached = dax.report(cached, console) and reached
    reached = metering.report(metered, console) and reached
    if chosen.json is not None:
        machine = {
            "python": platform.python_version(),
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
        }
        figures = {"machine": machine, "loads": loads, "access": controlled, "dax": cached}
        figures |= {"import_items": imported, "vectors": searched, **starts}
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if not reached:
        console.print("Not every target is reached.", style="red")


if __name__ == "__main__":
    main()
