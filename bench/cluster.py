"""Nodes on one shared engine, measured: python bench/cluster.py [--seconds 5] [--rounds 3]

A real PostgreSQL on this machine (fsync and synchronous_commit on), one node and several in turn,
and a client that keeps 32 connections busy: UpdateItem that changes an indexed attribute of a table
with three global indexes, and GetItem. Client, nodes and PostgreSQL share the machine's cores. Then
UpdateItems of one node at 60% of its rate, each timed from when it was due (see http_load.c).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvloop
import workload
from http_load import HttpLoad, Times
from programs import write_requests
from verdict import exit_status

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.postgres import PostgresServer, make_directory, remove
from tests.servers import UNSIGNED, RunningServer

TABLE = "bench"
CONNECTIONS = 32
INDEXED = ("a", "b", "c")


class Target(NamedTuple):
    """What one node has to reach, in requests a second, and several nodes as a multiple of it."""

    rate: float
    several: float


UPDATE: Final = "UpdateItem, 3 indexes"
TARGETS: Final = {UPDATE: Target(4_000.0, 1.1), "GetItem": Target(6_000.0, 0.9)}
P99_TARGET: Final = 25.0
"""Milliseconds of UpdateItem at `SHARE` of the rate of one node."""
SHARE: Final = 0.6
_REQUESTS: Final = 20_000
"""Different updates at a fixed rate, which are sent again and again: the next one of an item always
has another value."""


@dataclass
class Load:
    """Requests of one kind, each made when it is sent."""

    name: str
    operation: str
    number: int = field(default_factory=time.monotonic_ns)  # no round writes what another wrote
    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def payload(self, draw: random.Random) -> dict[str, Any]:
        """The next request."""
        self.number += 1
        key = {"pk": {"S": f"item{draw.randrange(workload.ITEMS)}"}}
        if self.operation == "GetItem":
            return {"TableName": TABLE, "Key": key, "ConsistentRead": True}
        return {
            "TableName": TABLE,
            "Key": key,
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": f"a{self.number}"}},
        }


class Client(asyncio.Protocol):
    """One connection that always has one request on its way."""

    def __init__(self, load: Load, draw: random.Random, end: float) -> None:
        self.load, self.draw, self.end = load, draw, end
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        if self.sent >= self.end:
            self.transport.close()
            self.done.set_result(None)
            return
        self.transport.write(request(self.load.operation, self.load.payload(self.draw)))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.buffer.lower().find(b"content-length: ")
        length = int(self.buffer[at + 16 : self.buffer.find(b"\r\n", at)])
        if len(self.buffer) < head + 4 + length:
            return
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            self.load.errors += 1
        self.buffer = b""
        self.load.seconds.append(time.perf_counter() - self.sent)
        self.send()


HEAD = "".join(f"{name}: {value}\r\n" for name, value in UNSIGNED.items())


def request(operation: str, payload: dict[str, Any]) -> bytes:
    """A whole HTTP request."""
    body = json.dumps(payload)
    return (
        f"POST / HTTP/1.1\r\nHost: localhost\r\n{HEAD}X-Amz-Target: DynamoDB_20120810.{operation}"
        f"\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def measure(nodes: list[RunningServer], load: Load, seconds: float) -> None:
    """Keep the connections busy, spread over the nodes."""
    loop = asyncio.get_running_loop()
    draw = random.Random(1)
    end = time.perf_counter() + seconds
    clients = []
    for number in range(CONNECTIONS):
        node = nodes[number % len(nodes)]
        _, client = await loop.create_connection(
            lambda: Client(load, draw, end), node.host, node.port
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))


def make_table(node: RunningServer) -> None:
    """The table with its indexes and items."""
    client = node.client()
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", *INDEXED)
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": f"by-{name}",
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name in INDEXED
        ],
    )
    for start in range(0, workload.ITEMS, 25):
        puts = [
            {
                "PutRequest": {
                    "Item": {
                        "pk": {"S": f"item{number}"},
                        **{name: {"S": f"{name}{number}"} for name in INDEXED},
                        "text": {"S": "x" * 100},
                    }
                }
            }
            for number in range(start, start + 25)
        ]
        client.batch_write_item(RequestItems={TABLE: puts})


def paced(node: RunningServer, scratch: Path, rate: float, seconds: float) -> Times:
    """The times of UpdateItem at a rate."""
    load = Load(UPDATE, "UpdateItem")
    draw = random.Random(2)
    file = scratch / "updates"
    write_requests(file, (request(load.operation, load.payload(draw)) for _ in range(_REQUESTS)))
    return HttpLoad(scratch).drive(node.port, file, seconds, rate, CONNECTIONS)


def report(rounds: list[Load], nodes: int, seconds: float) -> float:
    """Print the round in the middle; returns its requests a second."""
    load = sorted(rounds, key=lambda load: len(load.seconds))[len(rounds) // 2]
    taken = sorted(load.seconds)
    rate = len(taken) / seconds
    p50, p99 = (1000 * taken[int(len(taken) * part)] for part in (0.5, 0.99))
    print(
        f"{load.name:<24} {nodes} node{'s' if nodes > 1 else ' '}  {rate:>9,.0f} a second"
        f"   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms"
        f"   errors {sum(each.errors for each in rounds)}"
    )
    return rate


def missed(rates: dict[tuple[str, int], float], nodes: int, times: Times) -> list[str]:
    """What was not reached."""
    found = []
    for name, target in TARGETS.items():
        if rates[name, 1] < target.rate:
            found.append(f"{name} misses its target of {target.rate:,.0f} a second on one node")
        if nodes > 1 and rates[name, nodes] < target.several * rates[name, 1]:
            found.append(f"{name} misses {target.several:g} times that on {nodes} nodes")
    if times.p99 > P99_TARGET or times.failed:
        found.append(f"{UPDATE} misses {P99_TARGET:g} ms at {SHARE:.0%}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=2)
    arguments = parser.parse_args()
    directory = make_directory()
    database = PostgresServer(directory, {"max_wal_size": "4GB"})
    nodes: list[RunningServer] = []
    loads: dict[tuple[str, int], list[Load]] = {}
    try:
        database.initialize()
        database.start()
        for _ in range(arguments.nodes):
            scratch = Path(tempfile.mkdtemp(prefix="node-", dir=directory))
            nodes.append(RunningServer(scratch, "--engine", database.url))
        make_table(nodes[0])
        for _ in range(arguments.rounds):
            for name in TARGETS:
                for count in (1, arguments.nodes):
                    load = Load(name, name.partition(",")[0])
                    uvloop.run(measure(nodes[:count], load, arguments.seconds))
                    loads.setdefault((name, count), []).append(load)
        rates = {
            (name, count): report(rounds, count, arguments.seconds)
            for (name, count), rounds in loads.items()
        }
        rate = SHARE * rates[UPDATE, 1]
        times = paced(nodes[0], directory, rate, arguments.seconds)
        print(
            f"{UPDATE:<24} 1 node   {times.rate:>9,.0f} a second   p50 {times.p50:6.1f} ms   "
            f"p99 {times.p99:6.1f} ms   at {SHARE:.0%}"
        )
    finally:
        for node in nodes:
            node.kill()
        database.kill()
        remove(directory)
    problems = missed(rates, arguments.nodes, times)
    print("\n".join(problems))
    return exit_status(reached=not problems)


if __name__ == "__main__":
    sys.exit(main())
