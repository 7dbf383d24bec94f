"""Nodes die under load, and nothing may be lost: python bench/accord/kills.py [--rounds 3]

Three nodes, every row on all of them. Writers count registers up; every count puts a line into the
register's log, in a partition of its own and in the same transaction, that names who did it. Movers
carry amounts between accounts of different partitions. Readers look at registers, logs and accounts
all the while. Meanwhile one node after the other is killed with SIGKILL and started again.

Wrong is, and named at the end:

- a write that was acknowledged and is not in the log, or is there under another number (lost);
- a line of the log of a write that was refused, or that never was (phantom);
- a register whose log has gaps, or that says another number than its log (torn);
- a read that gives less than was acknowledged before it began (stale);
- a sum of all accounts, read as of one moment, that is another than at the beginning (torn).

A write whose answer did not come may be there or not, and is looked for once more after a pause.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import uvloop
from drivers import DRIVERS, Driver
from nodes import Ring, options_of, ring_of
from statements import GET, PUT, ROWS, exchange, schema, snapshot

REGISTERS: Final = 6
ACCOUNTS: Final = 8
START: Final = 1000
PAUSE: Final = 15.0
"""Seconds between a kill, the start after it, and the next kill: longer than Accord's recovery."""

LOG: Final = f"SELECT c, s FROM {ROWS} WHERE p = ? AND c > ? LIMIT 5000"


@dataclass
class History:
    """What clients saw."""

    acknowledged: list[dict[int, bytes]] = field(
        default_factory=lambda: [{} for _ in range(REGISTERS)]
    )
    """By register the writer of each number that was acknowledged."""
    unknown: list[dict[bytes, int]] = field(default_factory=lambda: [{} for _ in range(REGISTERS)])
    """By register the writes without an answer, with the number that they were to make."""
    wrong: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    last: float = field(default_factory=time.monotonic)
    worst: float = 0.0
    """The longest time between two writes that were acknowledged."""

    def acknowledge(self, register: int, number: int, writer: bytes) -> None:
        other = self.acknowledged[register].setdefault(number, writer)
        if other != writer:
            self.wrong.append(f"register {register}: {number} was won by {other!r} and {writer!r}")
        now = time.monotonic()
        self.worst = max(self.worst, now - self.last)
        self.last = now

    def highest(self, register: int) -> int:
        return max(self.acknowledged[register], default=0)


class Load:
    """Clients of all kinds until told to stop."""

    def __init__(self, driver: Driver, think: float) -> None:
        self.driver, self.think = driver, think
        self.history, self.stopping = History(), False

    async def begin(self) -> None:
        put = await self.driver.prepare(PUT)
        self.get = await self.driver.prepare(GET)
        self.log = await self.driver.prepare(LOG)
        self.count = await self.driver.prepare(counting())
        self.move = await self.driver.prepare(exchange(0, 2))
        self.look = await self.driver.prepare(snapshot(ACCOUNTS))
        for register in range(REGISTERS):
            await self.driver.run(put, [b"register-%d" % register, b"", b"", b"0"])
        for account in range(ACCOUNTS):
            amount = b"%d" % START
            await self.driver.run(put, [b"account-%d" % account, b"", amount, amount + b"/start"])

    async def run(self, clients: int) -> None:
        kinds = (self.writer, self.mover, self.reader, self.auditor)
        await asyncio.gather(
            *(self.client(kinds[number % len(kinds)], number) for number in range(clients))
        )

    async def client(self, kind: Any, number: int) -> None:
        draw = random.Random(number)
        while not self.stopping:
            try:
                await kind(draw, number)
                self.history.done[kind.__name__] += 1
                await asyncio.sleep(self.think)
            except Exception as error:  # of whatever class the driver has for it
                self.history.errors[f"{type(error).__name__}: {str(error)[:70]}"] += 1
                await asyncio.sleep(0.05)

    async def writer(self, draw: random.Random, number: int) -> None:
        register = draw.randrange(REGISTERS)
        [(_, seen)] = await self.driver.run(self.get, [b"register-%d" % register, b""])
        new = int(seen) + 1
        name = b"%d-%d" % (number, draw.getrandbits(48))
        self.history.unknown[register][name] = new
        won = await self.attempt(register, seen, new, name)
        del self.history.unknown[register][name]
        if won:
            self.history.acknowledge(register, new, name)

    async def attempt(self, register: int, seen: bytes, new: int, name: bytes) -> bool:
        here, there = (b"register-%d" % register, b""), (b"log-%d" % register, b"%08d" % new)
        found = await self.driver.run(
            self.count,
            [*here, *there, seen, *here, b"", b"%d" % new, *there, b"", name],
        )
        return bool(found[0][0] == seen and found[0][1] is None)

    async def mover(self, draw: random.Random, number: int) -> None:
        pair = [b"account-%d" % at for at in draw.sample(range(ACCOUNTS), 2)]
        rows = [(await self.driver.run(self.get, [key, b""]))[0] for key in pair]
        amount = draw.randrange(10)
        after = [int(rows[0][0]) - amount, int(rows[1][0]) + amount]
        stamp = b"%d-%d" % (number, draw.getrandbits(48))
        values: list[Any] = [pair[0], b"", pair[1], b"", rows[0][1], rows[1][1]]
        for key, each in zip(pair, after, strict=True):
            values += [key, b"", b"%d" % each, b"%d/" % each + stamp]
        await self.driver.run(self.move, values)

    async def reader(self, draw: random.Random, number: int) -> None:
        register = draw.randrange(REGISTERS)
        floor = self.history.highest(register)
        [(_, seen)] = await self.driver.run(self.get, [b"register-%d" % register, b""])
        if int(seen) < floor:
            self.history.wrong.append(
                f"register {register}: client {number} read {int(seen)} after {floor}"
            )
        tail = await self.driver.run(self.log, [b"log-%d" % register, b"%08d" % (floor - 1)])
        if floor and (not tail or int(tail[0][0]) != floor):
            self.history.wrong.append(f"log {register}: {floor} is missing, found {tail[:1]}")

    async def auditor(self, draw: random.Random, number: int) -> None:
        keys = [part for at in range(ACCOUNTS) for part in (b"account-%d" % at, b"")]
        [row] = await self.driver.run(self.look, keys)
        total = sum(int(amount) for amount in row[::2])
        if total != START * ACCOUNTS:
            self.history.wrong.append(f"accounts: client {number} saw a sum of {total}")
        if any(not row[at + 1].startswith(row[at] + b"/") for at in range(0, len(row), 2)):
            self.history.wrong.append("accounts: value and stamp of different writes")
        await asyncio.sleep(draw.random() * 0.05)

    async def check(self) -> None:
        """Registers and logs against what clients saw."""
        history = self.history
        for register in range(REGISTERS):
            [(_, seen)] = await self.driver.run(self.get, [b"register-%d" % register, b""])
            log: dict[int, bytes] = {}
            after = b""
            while rows := await self.driver.run(self.log, [b"log-%d" % register, after]):
                log |= {int(number): writer for number, writer in rows}
                after = rows[-1][0]
            if sorted(log) != list(range(1, int(seen) + 1)):
                history.wrong.append(f"register {register} says {seen!r}, its log {len(log)} lines")
            known = history.acknowledged[register]
            history.wrong += [
                f"lost: register {register}, {number} by {writer!r}; log: {log.get(number)!r}"
                for number, writer in known.items()
                if log.get(number) != writer
            ]
            found = 0
            for number, writer in log.items():
                if number not in known:
                    found += 1
                    if history.unknown[register].get(writer) != number:
                        history.wrong.append(f"phantom: register {register}, {number} {writer!r}")
            sys.stdout.write(
                f"register {register}: {int(seen)}, acknowledged {len(known)}, without an answer"
                f" {len(history.unknown[register])}, of which {found} are there\n"
            )
        for _ in range(10):  # a node less makes some requests fail for a while
            try:
                await self.auditor(random.Random(), -1)
            except Exception as error:  # of whatever class the driver has for it
                self.history.errors[f"at the end: {type(error).__name__}"] += 1
                await asyncio.sleep(2)
            else:
                return
        history.wrong.append("the accounts cannot be read any more")


def counting() -> str:
    """Count a register up, and put the line of its log that must not be there yet."""
    return (
        "BEGIN TRANSACTION\n"
        f"LET a = (SELECT s FROM {ROWS} WHERE p = ? AND c = ?);\n"
        f"LET b = (SELECT s FROM {ROWS} WHERE p = ? AND c = ?);\n"
        "SELECT a.s, b.s;\n"
        "IF a.s = ? AND b IS NULL THEN\n"
        f"INSERT INTO {ROWS} (p, c, v, s) VALUES (?, ?, ?, ?);\n"
        f"INSERT INTO {ROWS} (p, c, v, s) VALUES (?, ?, ?, ?);\n"
        "END IF\n"
        "COMMIT TRANSACTION"
    )


async def run(ring: Ring, options: argparse.Namespace) -> int:
    """Load, kills, checks; how many things were wrong."""
    driver = DRIVERS[options.driver]()
    await driver.connect(ring.hosts)
    for text in schema(ring.count):
        await driver.run(text)
    load = Load(driver, options.think)
    await load.begin()
    running = asyncio.create_task(load.run(options.clients))
    await asyncio.sleep(options.pause)
    for number in range(options.rounds):
        if not await kill_one(ring, load, ring.count - number % ring.count, options.pause):
            break  # another one less, and the rest would be no majority
    load.stopping = True
    await running
    await asyncio.sleep(options.pause)
    await load.check()
    say("checked", load)
    wrong = load.history.wrong
    sys.stdout.write(f"errors of clients: {dict(load.history.errors)}\n")
    sys.stdout.write("".join(f"WRONG {each}\n" for each in wrong[:40]))
    sys.stdout.write(f"{len(wrong)} wrong\n")
    await driver.close()
    return len(wrong)


async def kill_one(ring: Ring, load: Load, node: int, pause: float) -> bool:
    """Kill a node and start it again; whether it came back."""
    say(f"killing node {node}", load)
    load.history.worst = 0.0
    ring.kill(node)
    await asyncio.sleep(pause)
    say(f"without node {node}; longest time without a write {load.history.worst:.1f} s", load)
    load.history.worst = 0.0
    began = time.monotonic()
    ring.start(node)
    try:
        await asyncio.to_thread(ring.wait, node)
    except (RuntimeError, TimeoutError) as error:
        say(f"node {node} does not start again", load)
        sys.stdout.write(f"{error}\n")
        return False
    await asyncio.sleep(pause)
    took = time.monotonic() - began - pause
    worst = load.history.worst
    say(f"node {node} started in {took:.0f} s; longest time without a write {worst:.1f} s", load)
    return True


def say(what: str, load: Load) -> None:
    sys.stdout.write(
        f"{what}: {dict(load.history.done)}, {sum(load.history.errors.values())} errors,"
        f" {len(load.history.wrong)} wrong\n"
    )
    sys.stdout.flush()


def main() -> int:
    """Start three nodes and break them."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    options_of(parser)
    parser.set_defaults(nodes=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--think", type=float, default=0.0, help="seconds between two requests")
    parser.add_argument("--pause", type=float, default=PAUSE)
    parser.add_argument("--driver", choices=DRIVERS, default="acsylla")
    options = parser.parse_args()
    with ring_of(options) as ring:
        wrong = uvloop.run(run(ring, options))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
