"""How fast an engine is by itself: reads, ranges, and durable puts with 1, 32 and 128 writers.

    python bench/engine.py [--seconds 1.5] [--directory DIR] [--busy]
                           [--memory | --sealed]

`--busy` keeps the event loop fully occupied with reads meanwhile, as a loaded server's is.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import uvloop

from jedlik.storage.engine import Changes, Engine, Value
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.memory import MemoryEngine
from jedlik.storage.sqlite import SqliteEngine

ROWS = 10_000
VALUE = bytes(292)


class Put:
    """Reads a key and puts it, as a PutItem does; SQLite writes no page that stays the same."""

    __slots__ = ("keys",)

    def __init__(self, key: bytes) -> None:
        self.keys = (key,)

    def decide(self, values: Sequence[Value]) -> Changes[bool]:
        value = time.perf_counter_ns().to_bytes(8, "big") + VALUE
        return Changes({self.keys[0]: value}, values[0] is None)


def key(number: int) -> bytes:
    return b"table-and-index-%020d" % number


def step(operation: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never suspends, as the dispatcher does."""
    try:
        operation.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it suspended")


def microseconds(operation: Any, seconds: float) -> float:
    count = 0
    start = time.perf_counter()
    while (now := time.perf_counter()) - start < seconds:
        for _ in range(500):
            step(operation())
        count += 500
    return (now - start) / count * 1e6


async def puts(engine: Engine, writers: int, seconds: float, busy: bool) -> str:
    end = time.perf_counter() + seconds
    latencies: list[float] = []
    reads = 0

    async def write(seed: int) -> None:
        draw = random.Random(seed)
        while (start := time.perf_counter()) < end:
            await engine.write(Put(key(draw.randrange(ROWS))))
            latencies.append(time.perf_counter() - start)

    async def read() -> None:
        nonlocal reads
        while time.perf_counter() < end:
            for number in range(20):
                step(engine.read([key(number)]))
            reads += 20
            await asyncio.sleep(0)

    work = [write(seed) for seed in range(writers)]
    await asyncio.gather(*work, *([read()] if busy else []))
    latencies.sort()
    middle, late = latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
    beside = f", {reads / seconds:,.0f} reads/s beside" if busy else ""
    return (
        f"{len(latencies) / seconds:10,.0f} puts/s with {writers:3} writers "
        f"(p50 {middle * 1e3:.2f} ms, p99 {late * 1e3:.2f} ms{beside})"
    )


async def measure(engine: Engine, seconds: float, busy: bool) -> None:
    for first in range(0, ROWS, 1000):
        await asyncio.gather(*(engine.write(Put(key(n))) for n in range(first, first + 1000)))
    one = [key(ROWS // 2)]
    low, high = key(5000), key(6000)
    read = microseconds(lambda: engine.read(one), seconds / 3)
    print(f"{1e6 / read:10,.0f} gets/s ({read:.2f} us)")
    page = microseconds(lambda: engine.range(low, high, limit=20), seconds / 3)
    print(f"{1e6 / page:10,.0f} ranges of 20 rows/s ({page:.2f} us)")
    page = microseconds(lambda: engine.range(low, high, limit=20, reverse=True), seconds / 3)
    print(f"{1e6 / page:10,.0f} ranges of 20 rows/s backwards ({page:.2f} us)")
    for writers in (1, 32, 128):
        print(await puts(engine, writers, seconds, busy))
    await engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=1.5, help="per measurement")
    parser.add_argument("--directory", type=Path, help="where the store is made and left")
    parser.add_argument("--busy", action="store_true", help="keep the event loop busy with reads")
    parser.add_argument("--memory", action="store_true", help="the memory engine instead of LMDB")
    parser.add_argument("--sealed", action="store_true", help="the encrypted engine, SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jedlik-bench-") as temporary:
        directory = options.directory or Path(temporary)
        engine: Engine
        if options.memory:
            engine = MemoryEngine()
        elif options.sealed:
            engine = SqliteEngine.open(directory, bytes(32))
        else:
            engine = LoggedLmdbEngine.open(directory)
        uvloop.run(measure(engine, options.seconds, options.busy))


if __name__ == "__main__":
    main()
