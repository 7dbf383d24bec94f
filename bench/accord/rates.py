"""How fast Cassandra's transactions are: python bench/accord/rates.py [--nodes 3] [--seconds 5]

Each kind of request runs at several numbers of clients, each of which waits for its answer before
it sends the next. Nodes, driver and clients share the machine. What every line says: requests a
second, the median and the 99th percentile in milliseconds, exchanges that were refused since a
stamp had changed, and errors by their kind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop
from drivers import DRIVERS, Driver
from nodes import options_of, ring_of
from statements import (
    BY_TOKEN,
    GET,
    GET_PLAIN,
    PUT,
    PUT_PLAIN,
    RANGE,
    RANGE_BACK,
    RANGE_INSIDE,
    exchange,
    schema,
    snapshot,
)

GROUPS: Final = 20
"""Sets of keys that each client exchanges, in turn."""
VALUE: Final = os.urandom(300)
ROWS: Final = 100
"""In each of the partitions that are read."""
READ: Final = 64
"""Partitions that are read."""
COPIES: Final = 64
"""Of what all compare, where there are several."""

Key = tuple[bytes, bytes]
One = Callable[[int, random.Random], Awaitable[bool]]
"""One request of a client, by the client's number; whether it did what it wanted."""


@dataclass
class Outcome:
    """What a kind of request did at a number of clients."""

    kind: str
    clients: int
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        self.latencies.sort()
        count = len(self.latencies)

        def at(share: float) -> float:
            return (
                round(self.latencies[min(count - 1, int(count * share))] * 1000, 1)
                if count
                else 0.0
            )

        return {
            "kind": self.kind,
            "clients": self.clients,
            "rate": round(count / self.seconds),
            "p50": at(0.5),
            "p99": at(0.99),
            "refused": self.refused,
            "errors": dict(self.errors),
        }


class Exchanges:
    """Exchanges of sets of keys that one client alone changes, whose stamps it knows."""

    def __init__(self, driver: Driver, name: str, count: int, spread: bool) -> None:
        self.driver, self.name, self.count, self.spread = driver, name, count, spread
        self.stamps: dict[tuple[int, int], bytes] = {}
        self.written = 0

    async def prepare(self) -> None:
        self.create = await self.driver.prepare(exchange(0, self.count, absent=True))
        self.swap = await self.driver.prepare(exchange(0, self.count))

    def keys(self, client: int, group: int) -> list[Key]:
        stem = f"{self.name}-{client}-{group}"
        return [
            (f"{stem}-{n if self.spread else 0}".encode(), b"%04d" % n) for n in range(self.count)
        ]

    async def one(self, client: int, draw: random.Random) -> bool:
        return await self.exchange(client, draw.randrange(GROUPS))

    async def exchange(self, client: int, group: int) -> bool:
        """Change the keys of a client's group if they are as the client knows them."""
        keys = self.keys(client, group)
        known = self.stamps.get((client, group))
        self.written += 1
        stamp = b"%d-%d" % (client, self.written)
        values = [part for key in keys for part in key]
        if known is not None:
            values += [known] * self.count
        for key in keys:
            values += [*key, VALUE, stamp]
        found = await self.driver.run(self.create if known is None else self.swap, values)
        kept = set(found[0]) if found else {None}
        if kept == {known}:
            self.stamps[client, group] = stamp
            return True
        if len(kept) == 1 and (only := kept.pop()) is not None:
            self.stamps[client, group] = only  # after an error whose outcome was unknown
        return False


class Trial:
    """All kinds of requests, on one driver."""

    def __init__(self, driver: Driver, seconds: float) -> None:
        self.driver, self.seconds = driver, seconds
        self.results: list[dict[str, Any]] = []

    async def fill(self, rows: int) -> None:
        """The rows that reads look for, and the one that everyone compares."""
        self.put = await self.driver.prepare(PUT)
        self.put_plain = await self.driver.prepare(PUT_PLAIN)
        for row in range(rows):  # across partitions: writes of one partition wait for each other
            for table in (self.put, self.put_plain):
                for some in range(0, READ, 16):
                    await asyncio.gather(
                        *(
                            self.driver.run(table, [*read_key(partition, row), VALUE, b"0"])
                            for partition in range(some, some + 16)
                        )
                    )
        for key in (*map(shared_key, range(COPIES)), HOT):
            await self.driver.run(self.put, [*key, b"", b"0"])

    async def measure(self, kind: str, clients: int, one: One, quiet: bool = False) -> None:
        """Keep a number of clients busy with one kind."""
        outcome = Outcome(kind, clients)
        end = time.perf_counter() + self.seconds

        async def work(client: int) -> None:
            draw = random.Random(client)
            while (began := time.perf_counter()) < end:
                try:
                    done = await one(client, draw)
                except Exception as error:  # of whatever class the driver has for it
                    outcome.errors[f"{type(error).__name__}: {str(error)[:80]}"] += 1
                    continue
                outcome.latencies.append(time.perf_counter() - began)
                outcome.refused += not done

        began = time.perf_counter()
        await asyncio.gather(*map(work, range(clients)))
        outcome.seconds = time.perf_counter() - began
        if not quiet:
            self.report(outcome.figures())

    def report(self, figures: dict[str, Any]) -> None:
        self.results.append(figures)
        sys.stdout.write(
            f"{figures['kind']:<46} {figures['clients']:>3} clients {figures['rate']:>6}/s"
            f"  p50 {figures['p50']:>7} p99 {figures['p99']:>7} ms"
            f"  refused {figures['refused']} errors {figures['errors']}\n"
        )
        sys.stdout.flush()

    async def kinds(self) -> dict[str, One]:
        """Requests by name, in the order in which they are measured."""
        found: dict[str, One] = {}
        for count, spread in ((1, False), (4, False), (4, True), (16, False), (16, True)):
            where = "" if count == 1 else " of own partitions" if spread else " of one partition"
            each = Exchanges(self.driver, f"x{count}{spread}", count, spread)
            await each.prepare()
            found[f"exchange {count} key{'s' * (count > 1)}{where}"] = each.one
        found["read, then exchange 1 key"] = await self.read_and_exchange()
        found["exchange 1 key, compare one that all compare"] = await self.sharing(1, 1)
        found["exchange 2 keys, compare one that all compare"] = await self.sharing(2, 1)
        found[f"exchange 2 keys, compare one of {COPIES}"] = await self.sharing(2, COPIES)
        found["exchange one hot key"] = await self.hot()
        found |= await self.reads()
        return found

    async def read_and_exchange(self) -> One:
        """As an engine does it that has not kept what it wrote last."""
        get, each = await self.driver.prepare(GET), Exchanges(self.driver, "rx", 1, False)
        await each.prepare()

        async def one(client: int, draw: random.Random) -> bool:
            group = draw.randrange(GROUPS)
            [key] = each.keys(client, group)
            found = await self.driver.run(get, key)
            if found:
                each.stamps[client, group] = found[0][1]
            return await each.exchange(client, group)

        return one

    async def sharing(self, changed: int, copies: int) -> One:
        """Own keys, and one of a few that all compare and no one changes: a catalog's version."""
        create = await self.driver.prepare(exchange(1, changed, absent=True))
        swap = await self.driver.prepare(exchange(1, changed))
        stamps: dict[tuple[int, int], bytes] = {}

        async def one(client: int, draw: random.Random) -> bool:
            group, version = draw.randrange(GROUPS), shared_key(draw.randrange(copies))
            keys = [(b"s%d-%d-%d-%d" % (copies, client, group, n), b"") for n in range(changed)]
            known, stamp = stamps.get((client, group)), b"%d" % draw.getrandbits(60)
            values = [*version, *(part for key in keys for part in key), b"0"]
            if known is not None:
                values += [known] * changed
            for key in keys:
                values += [*key, VALUE, stamp]
            found = await self.driver.run(create if known is None else swap, values)
            won = bool(found[0][1] == known)
            stamps[client, group] = stamp if won else found[0][1]
            return won

        return one

    async def hot(self) -> One:
        """All change one key; the value counts who won."""
        swap = await self.driver.prepare(exchange(0, 1))
        self.wins = 0
        seen: dict[int, bytes] = {}

        async def one(client: int, _: random.Random) -> bool:
            known = seen.get(client, b"0")
            new = b"%d" % (int(known) + 1)
            found = await self.driver.run(swap, [*HOT, known, *HOT, b"", new])
            won = bool(found[0][0] == known)
            self.wins += won
            seen[client] = new if won else found[0][0]
            return won

        return one

    async def reads(self) -> dict[str, One]:
        """Reads and plain writes."""
        driver = self.driver
        snap16 = await driver.prepare(snapshot(16))
        prepared = {text: await driver.prepare(text) for text in _READS.values()}

        def by_key(text: str) -> One:
            async def one(_: int, draw: random.Random) -> bool:
                key = read_key(draw.randrange(READ), draw.randrange(ROWS))
                return bool(await driver.run(prepared[text], key))

            return one

        def put(statement: Any) -> One:
            async def one(_: int, draw: random.Random) -> bool:
                key = read_key(draw.randrange(READ), draw.randrange(ROWS))
                await driver.run(statement, [*key, VALUE, b"0"])
                return True

            return one

        async def many(_: int, draw: random.Random) -> bool:
            keys = [read_key(at, draw.randrange(ROWS)) for at in draw.sample(range(READ), 16)]
            [row] = await driver.run(snap16, [part for key in keys for part in key])
            return None not in row

        by_token = await driver.prepare(BY_TOKEN)

        async def scan(_: int, draw: random.Random) -> bool:
            return bool(await driver.run(by_token, [draw.randrange(-(2**63), 2**62)]))

        return {
            **{name: by_key(text) for name, text in _READS.items()},
            "16 keys of own partitions, one moment": many,
            "100 rows by token (a range transaction)": scan,
            "insert": put(self.put),
            "insert into a plain table": put(self.put_plain),
        }


HOT: Final[Key] = (b"hot", b"")

_READS: Final = {
    "get": GET,
    "get, inside a transaction": snapshot(1),
    "get from a plain table": GET_PLAIN,
    "range of 20": RANGE,
    "range of 20, backwards": RANGE_BACK,
    "range of 20, inside a transaction": RANGE_INSIDE,
}


def shared_key(copy: int) -> Key:
    return b"shared-%d" % copy, b""


def read_key(partition: int, row: int) -> Key:
    return b"read-%d" % partition, b"%04d" % row


def busy(count: int, kinds: dict[str, One], wanted: list[str]) -> Iterator[tuple[str, One]]:
    """The kinds that were asked for; all if none was."""
    for name, one in kinds.items():
        asked = not wanted or any(each in name for each in wanted)
        if asked and (count <= 8 or "token" not in name):  # more would do nothing else
            yield name, one


async def run(options: argparse.Namespace, hosts: list[str]) -> list[dict[str, Any]]:
    """Warm up, then all kinds at all numbers of clients."""
    driver = DRIVERS[options.driver]()
    await driver.connect(hosts)
    try:
        for text in schema(options.replicas or len(hosts)):
            await driver.run(text)
        trial = Trial(driver, options.seconds)
        await trial.fill(0 if options.filled else ROWS)
        kinds = await trial.kinds()
        if options.warm:
            await warm(trial, kinds, options.warm)
        for clients in options.clients:
            for name, one in busy(clients, kinds, options.kinds):
                await trial.measure(name, clients, one)
        await check_hot_key(trial)
        return trial.results
    finally:
        await driver.close()


async def warm(trial: Trial, kinds: dict[str, One], seconds: float) -> None:
    """What compilers and caches need before figures mean something."""
    wanted = trial.seconds
    chosen = [one for name, one in kinds.items() if "token" not in name and "hot" not in name]
    trial.seconds = seconds / len(chosen)
    for one in chosen:
        await trial.measure("warming up", 32, one, quiet=True)
    trial.seconds = wanted


async def check_hot_key(trial: Trial) -> None:
    """The hot key counts exactly as many wins as were reported."""
    get = await trial.driver.prepare(GET)
    [(_, count)] = await trial.driver.run(get, HOT)
    sys.stdout.write(f"the hot key says {int(count)}, clients won {trial.wins}\n")


def main() -> None:
    """Start the nodes, measure, and print or keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    options_of(parser)
    parser.add_argument("--hosts", nargs="+", help="nodes that run already, instead of new ones")
    parser.add_argument("--filled", action="store_true", help="they have the rows to read already")
    parser.add_argument("--replicas", type=int, default=0, help="default: one on every node")
    parser.add_argument("--driver", choices=DRIVERS, default="acsylla")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm", type=float, default=40.0)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--kinds", nargs="*", default=[], help="parts of names of kinds")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    options = parser.parse_args()
    if options.hosts:
        figures = uvloop.run(run(options, options.hosts))
    else:
        with ring_of(options) as ring:
            figures = uvloop.run(run(options, ring.hosts))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
