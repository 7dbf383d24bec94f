"""Tests an engine for `jedlik verify-engine`: does it keep the contract, alone and between nodes,
and how fast is it?

`make` opens an engine on the same store at each call, as different nodes would.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.contract import CHECKS, ContractBroken, Create, Mix, expect, run_check
from jedlik.storage.engine import Engine
from jedlik.storage.failures import StorageFailure

NODES: Final = 3
LOAD_SECONDS: Final = 3.0
CALLERS: Final = 32
CHECK_SECONDS: Final = 120.0

Make = Callable[[], Awaitable[Engine]]


class Verdict(NamedTuple):
    """A test, and its problem (None if it passed)."""

    name: str
    problem: str | None


class Speed(NamedTuple):
    """Calls a second, and their median and 99th percentile in milliseconds."""

    name: str
    rate: float
    p50: float
    p99: float


async def _no_update_lost(nodes: Sequence[Engine]) -> None:
    counter = b"trial counter"

    async def count(node: Engine) -> None:
        for _ in range(20):
            await node.write(Mix(counter))

    await asyncio.gather(*(count(node) for node in nodes for _ in range(3)))
    found = await nodes[0].read([counter])
    expect(found == [b"%d" % (60 * len(nodes))], f"{found[0]!r} of {60 * len(nodes)} updates")


async def _one_creator(nodes: Sequence[Engine]) -> None:
    for number in range(30):
        key = b"trial key %d" % number
        won = await asyncio.gather(*(node.write(Create(key, b"x")) for node in nodes))
        expect(won.count(True) == 1, f"{won.count(True)} nodes created the same key")


async def _seen_at_once(nodes: Sequence[Engine]) -> None:
    for number in range(30):
        writer, reader = random.sample(list(nodes), 2)
        value = b"%d" % number
        await writer.write(BlindWrite({b"trial value": value}))
        seen = await reader.read([b"trial value"])
        expect(seen == [value], "another node does not see what was acknowledged")


BETWEEN_NODES: Final = {
    "nodes lose no update to each other": _no_update_lost,
    "one of several nodes creates a key": _one_creator,
    "a node sees what another one wrote": _seen_at_once,
}


async def try_contract(make: Make, tell: Callable[[Verdict], None]) -> bool:
    """Run all tests and report each verdict to `tell`; returns whether all passed."""
    holds = True
    nodes = [await make() for _ in range(NODES)]
    try:
        for name in CHECKS:
            verdict = await _verdict(name, run_check(nodes[0], name, b"trial/", seed=1))
            holds = holds and verdict.problem is None
            tell(verdict)
        for name, check in BETWEEN_NODES.items():
            verdict = await _verdict(name, check(nodes))
            holds = holds and verdict.problem is None
            tell(verdict)
    finally:
        for node in nodes:
            await node.close()
    return holds


async def _verdict(name: str, check: Awaitable[None]) -> Verdict:
    try:
        await asyncio.wait_for(check, CHECK_SECONDS)
    except (ContractBroken, StorageFailure) as error:
        return Verdict(name, str(error) or type(error).__name__)
    except TimeoutError:
        return Verdict(name, f"it took more than {CHECK_SECONDS:.0f} seconds")
    return Verdict(name, None)


async def measure(make: Make, seconds: float = LOAD_SECONDS) -> list[Speed]:
    """A short load of single keys: durable updates, then reads."""
    engine = await make()
    keys = [b"load %d" % number for number in range(2000)]
    await engine.write(BlindWrite(dict.fromkeys(keys, b"0" * 200)))

    async def update(key: bytes) -> None:
        await engine.write(Mix(key, (), {}))

    async def read(key: bytes) -> None:
        await engine.read([key])

    try:
        await engine.write(BlindWrite(dict.fromkeys(keys, b"0")))
        return [
            await _load("updates", update, keys, seconds),
            await _load("reads", read, keys, seconds),
        ]
    finally:
        await engine.close()


async def _load(
    name: str, call: Callable[[bytes], Awaitable[None]], keys: Sequence[bytes], seconds: float
) -> Speed:
    taken: list[float] = []
    begin = time.perf_counter()
    end = begin + seconds

    async def caller() -> None:
        while (start := time.perf_counter()) < end:
            await call(random.choice(keys))  # noqa: S311  no secret
            taken.append(time.perf_counter() - start)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    taken.sort()
    p50, p99 = (1000 * taken[int(len(taken) * part)] for part in (0.5, 0.99))
    return Speed(name, len(taken) / (time.perf_counter() - begin), p50, p99)
