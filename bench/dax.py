"""What a cached read costs: GetItem and Query from DAX's caches beside GetItem over HTTP.

    python bench/dax.py [--seconds 2] [--rounds 8]

One process serves both doors; the sides take turns, and the processor time that the server spends
on a request is compared, which tells more than rates where load and server share cores. Load on DAX
comes from a program in C (dax_load.c), made here with cc.

Medians are shown, and how many requests a second the best turn had: that is what the server can do,
since what else the machine does only takes from a turn.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import programs
import sides
import workload
import wrk
from rich.console import Console
from sides import Running, Side
from verdict import exit_status

from jedlik.auth.authorization import Scope
from jedlik.auth.sigv4 import signing_key
from jedlik.dax.wire import cbor, methods
from jedlik.dax.wire.values import KeySchema, key_bytes

COST_TARGET = 0.5
"""The part of an HTTP GetItem's processor time that a cached GetItem or Query may cost."""
RATE_TARGET = 60_000
"""Requests a second of either in the best turn, from one process with 32 connections."""
P99_TARGET = 1000
"""Microseconds, at half the highest rate."""
HTTP, GET, QUERY, HALF = "GetItem, HTTP", "GetItem, cached", "Query, cached", "GetItem, half load"

_CONNECTIONS = 32
_SCHEMA = KeySchema(("pk", "sk"), ("S", "S"))
_SERVE = (
    *(sys.executable, "-m", "jedlik", "serve", "--port", "{port}", "--memory", "--dax"),
    *("--dax-port", "0", "--access-key", workload.ACCESS_KEY, "--secret-key", workload.SECRET_KEY),
)

Figures = dict[str, dict[str, float]]


def measure(seconds: int, rounds: int) -> Figures | None:
    """Rates, processor time of a request in microseconds and percentiles of each side, and the rate
    of its best turn; None where there is no C compiler."""
    side = Side("dax", "DAX", _SERVE)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        program = programs.compiled("dax_load", place)
        if program is None:
            return None
        with sides.all_running([side]) as (server,):
            turns = _turns(place, program, server, seconds, rounds)
    return {
        name: {
            **{key: statistics.median(turn[key] for turn in each) for key in each[0]},
            "best": max(turn["rate"] for turn in each),
        }
        for name, each in turns.items()
    }


def _turns(
    place: Path, program: Path, server: Running, seconds: int, rounds: int
) -> dict[str, list[dict[str, float]]]:
    script = place / "get.lua"
    workload.write_script(script, server.port, workload.named("get"))
    dax = _Dax(place, program, server.port)
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in (HTTP, GET, QUERY, HALF)}
    pid = server.process.pid
    for _ in range(rounds):
        turns[HTTP].append(wrk.drive_costed(script, server, seconds))
        for name in (GET, QUERY):
            turns[name].append(dax.drive(pid, name, seconds))
        turns[HALF].append(dax.drive(pid, GET, seconds, turns[GET][-1]["rate"] / 2))
    return turns


class _Dax:
    """Drives load on the first cluster of a server."""

    def __init__(self, place: Path, program: Path, port: int) -> None:
        self._place = place
        self._program = program
        client = boto3.client(
            "dax", endpoint_url=f"http://127.0.0.1:{port}", region_name=workload.REGION,
            aws_access_key_id=workload.ACCESS_KEY, aws_secret_access_key=workload.SECRET_KEY,
        )  # fmt: skip
        (cluster,) = client.describe_clusters()["Clusters"]
        self._port = cluster["ClusterDiscoveryEndpoint"]["Port"]
        for name, make in ((GET, _get), (QUERY, _query)):
            written = (make(number) for number in range(workload.ITEMS))
            programs.write_requests(place / name, written)

    def drive(self, pid: int, name: str, seconds: float, rate: float = 0.0) -> dict[str, float]:
        """One turn, at a rate or as fast as it goes."""
        greeting = self._place / "greeting"
        greeting.write_bytes(_greeting())
        began, idle = sides.processor_time(pid), time.monotonic()
        out = subprocess.run(
            [
                str(self._program), str(self._port), str(_CONNECTIONS), str(seconds), str(rate),
                str(greeting), str(self._place / name),
            ],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        used, took = sides.processor_time(pid) - began, time.monotonic() - idle
        reached, _, p99 = map(float, out.split())
        return {"rate": reached, "cost": used / (reached * took) * 1e6, "p99": p99}


def _get(number: int) -> bytes:
    table, key = workload.TABLE.encode(), key_bytes(workload.key(number), _SCHEMA)
    return methods.GET_ITEM.head + cbor.byte_string(table) + cbor.byte_string(key) + cbor.NULL


def _query(number: int) -> bytes:
    path = cbor.array([cbor.integer(18), cbor.text("pk")])
    value = cbor.array([cbor.integer(17), cbor.integer(0)])
    key = cbor.text(workload.key(number)["pk"]["S"])
    tree = cbor.array([cbor.integer(0), path, value])
    condition = cbor.array([cbor.integer(1), tree, cbor.array([key])])
    table = cbor.byte_string(workload.TABLE.encode())
    return methods.QUERY.head + table + cbor.byte_string(condition) + cbor.NULL


def _greeting() -> bytes:
    """What a connection begins with: hello, and who it is."""
    moment = datetime.now(UTC)
    date, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    nothing = hashlib.sha256(b"").hexdigest()
    canonical = (
        f"POST\n/\n\nhost:dax.amazonaws.com\nx-amz-date:{date}\n\nhost;x-amz-date\n{nothing}"
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    string = f"AWS4-HMAC-SHA256\n{date}\n{day}/{workload.REGION}/dax/aws4_request\n{hashed}"
    scope = Scope(workload.ACCESS_KEY, day, workload.REGION, "dax")
    signature = hmac.new(signing_key(workload.SECRET_KEY, scope), string.encode(), "sha256")
    hello = cbor.text("J7yne5G") + b"\x00" + cbor.NULL + cbor.mapping([]) + b"\x00"
    return b"".join(
        (
            hello, methods.AUTHORIZE.head, cbor.text(workload.ACCESS_KEY),
            cbor.text(signature.hexdigest()), cbor.byte_string(string.encode()), cbor.NULL,
            cbor.NULL,
        )
    )  # fmt: skip


def report(figures: Figures, console: Any) -> bool:
    """Print the figures; returns whether the targets are reached."""
    for name, each in figures.items():
        p99 = f", p99 {each['p99']:.0f} us" if "p99" in each else ""
        console.print(
            f"{name}: {each['rate']:,.0f} a second (best turn {each['best']:,.0f}), "
            f"{each['cost']:.1f} us each{p99}"
        )
    reached = True
    for name in (GET, QUERY):
        ratio, rate = figures[name]["cost"] / figures[HTTP]["cost"], figures[name]["best"]
        good = ratio <= COST_TARGET and rate >= RATE_TARGET
        reached = reached and good
        console.print(
            f"{name}: {ratio:.2f} of the processor time of a GetItem over HTTP (target "
            f"{COST_TARGET}), {rate:,.0f} a second in the best turn (target {RATE_TARGET:,}): "
            f"{_judged(good)}"
        )
    good = figures[HALF]["p99"] < P99_TARGET
    console.print(
        f"p99 at half the highest rate: {figures[HALF]['p99']:.0f} us (target {P99_TARGET}): "
        f"{_judged(good)}"
    )
    return reached and good


def _judged(good: bool) -> str:
    return "reached" if good else "not reached"


def main() -> int:
    parser = argparse.ArgumentParser(description="What reads from DAX's caches cost.")
    parser.add_argument("--seconds", type=int, default=2, help="of load per turn (default 2)")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each kind (default 8)")
    chosen = parser.parse_args()
    wrk.needed()
    figures = measure(chosen.seconds, chosen.rounds)
    if figures is None:
        sys.exit(programs.MISSING)
    return exit_status(reached=report(figures, Console(highlight=False)))


if __name__ == "__main__":
    sys.exit(main())
