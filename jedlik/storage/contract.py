"""The contract of engines, as checks that need nothing but an engine.

The test suite runs them on the engines of this package, and users can run them on their own shared
engine. All keys have a prefix given by the caller, so that a store in use can be checked; the
checks leave nothing behind. The same seed makes the same checks.

The last check is the strongest: a random walk of concurrent tasks. Each task also increments a
number, so that its result shows the order in which the engine claims to have run them; if they are
replayed in that order on a dict, every task must have the same result, and the dict the same
contents as the engine.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Changes, Engine, Page, Row, Value
from jedlik.storage.failures import OutcomeUnknown, StorageFailure

LENGTHS: Final = (0, 1, 2, 255, 500, *range(506, 516), *range(1008, 1018), 1516, 2048, 4000)
"""Lengths of keys near the limits of engines."""


class ContractBroken(Exception):
    """An engine broke the contract; the text says how."""


class Refused(Exception):
    """The error of tasks that fail deliberately."""


@dataclass
class Mix:
    """A task that reads `reads` and puts `puts`, or fails, and notes its place in the order. Its
    result is the count under `counter`, and the values that it read.
    """

    counter: bytes
    reads: Sequence[bytes] = ()
    puts: Mapping[bytes, Value] = field(default_factory=dict)
    refuses: bool = False

    @property
    def keys(self) -> Sequence[bytes]:
        return (self.counter, *self.reads)

    def decide(self, values: Sequence[Value]) -> Changes[tuple[int, list[Value]]]:
        if self.refuses:
            raise Refused
        count = int(values[0] or b"0")
        changed = {**self.puts, self.counter: b"%d" % (count + 1)}
        return Changes(changed, (count, list(values[1:])))


@dataclass
class Create:
    """Puts a value if the key is missing; the result is whether it did."""

    key: bytes
    value: bytes

    @property
    def keys(self) -> Sequence[bytes]:
        return (self.key,)

    def decide(self, values: Sequence[Value]) -> Changes[bool]:
        return Changes({} if values[0] is not None else {self.key: self.value}, values[0] is None)


class Model:
    """The contract in its simplest form: a dict."""

    def __init__(self, values: Mapping[bytes, bytes] | None = None) -> None:
        self.values = dict(values or {})

    def apply(self, puts: Mapping[bytes, Value]) -> None:
        for key, value in puts.items():
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value

    def range(
        self,
        low: bytes,
        high: bytes | None,
        limit: int | None = None,
        max_bytes: int | None = None,
        reverse: bool = False,
    ) -> tuple[list[Row], bool]:
        """The rows, and whether there were more."""
        rows = sorted(
            (
                row
                for row in self.values.items()
                if low <= row[0] and (high is None or row[0] < high)
            ),
            reverse=reverse,
        )
        size = 0
        for count, (_, value) in enumerate(rows, start=1):
            size += len(value)
            if (limit is not None and count >= limit) or (
                max_bytes is not None and size >= max_bytes
            ):
                return rows[:count], count < len(rows)
        return rows, False

    def replay(self, tasks: Sequence[Mix], results: Sequence[Any]) -> None:
        """Run the tasks in the order that their results show. Raises `ContractBroken` if that is
        impossible."""
        ran = [pair for pair in zip(tasks, results, strict=True) if not _refused(*pair)]
        for task, (count, seen) in sorted(ran, key=lambda pair: int(pair[1][0])):
            expect(
                int(self.values.get(task.counter, b"0")) == count,
                f"two tasks ran on the same state, the one that was counted {count}",
            )
            found = [self.values.get(key) for key in task.reads]
            expect(found == seen, "a task read other values than those before it left")
            self.apply({**task.puts, task.counter: b"%d" % (count + 1)})


def _refused(task: Mix, result: Any) -> bool:
    expect(task.refuses == isinstance(result, Refused), f"a task ended with {result!r}")
    return task.refuses


def expect(holds: bool, otherwise: str) -> None:
    """Raise `ContractBroken` with this text unless the condition holds."""
    if not holds:
        raise ContractBroken(otherwise)


def end_of(prefix: bytes) -> bytes | None:
    """The least key that is greater than all with `prefix`; None if there is no such key."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None


async def contents(engine: Engine, prefix: bytes) -> list[Row]:
    """All rows with a prefix, read page by page as users of engines do."""
    rows: list[Row] = []
    low, high = prefix, end_of(prefix)
    while True:
        page = await engine.range(low, high, limit=1000)
        rows += page.rows
        if not page.more:
            return rows
        low = page.rows[-1][0] + b"\0"


async def clean(engine: Engine, prefix: bytes) -> None:
    """Delete all rows with a prefix."""
    keys = [key for key, _ in await contents(engine, prefix)]
    if keys:
        await engine.write(BlindWrite(dict.fromkeys(keys)))


Check = Callable[[Engine, bytes, random.Random], Awaitable[None]]


async def _reads(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    a, b, absent = prefix + b"a", prefix + b"b", prefix + b"c"
    large = draw.randbytes(3_000_000)
    await engine.write(BlindWrite({a: b"", b: large}))
    expect(await engine.read([]) == [], "a read of no keys gives no values")
    got = await engine.read([b, absent, a, b])
    expect(got == [large, None, b"", large], "values come in the order of the keys")
    await engine.write(BlindWrite({a: None, absent: None, b: b"small"}))
    expect(await engine.read([a, b]) == [None, b"small"], "a delete or an overwrite did not last")


async def _key_lengths(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    model = Model()
    for length in LENGTHS:
        for tail in (b"", b"\0", b"\0\0", b"\x01", b"\xff"):
            for fill in (b"k", b"\0", b"\xff"):
                model.values[prefix + fill * length + tail] = b"%d" % length
    keys = list(model.values)
    draw.shuffle(keys)
    await asyncio.gather(*(engine.write(BlindWrite({key: model.values[key]})) for key in keys))
    expect(await contents(engine, prefix) == sorted(model.values.items()), "order is not exact")
    got = await engine.read(keys)
    expect(got == [model.values[key] for key in keys], "a key of some length reads wrong")
    for low, high in zip(draw.sample(keys, 60), draw.sample(keys, 60), strict=True):
        for reverse in (False, True):
            await _compare(engine, model, low, high, {"reverse": reverse, "limit": 20})
    gone = keys[::2]
    await engine.write(BlindWrite(dict.fromkeys(gone)))
    model.apply(dict.fromkeys(gone))
    expect(await contents(engine, prefix) == sorted(model.values.items()), "deletes went wrong")


async def _ranges(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    model = Model({prefix + b"%03d" % n: bytes(draw.randrange(4)) for n in range(60)})
    await engine.write(BlindWrite(model.values))
    also_read = prefix + b"beside"
    await engine.write(BlindWrite({also_read: b"here"}))
    bounds = [prefix, prefix + b"02", prefix + b"030", prefix + b"059", prefix + b"06"]
    for low in bounds:
        for high in bounds:
            for limit in (None, 1, 7, 60):
                for max_bytes in (None, 1, 10):
                    for reverse in (False, True):
                        options = {"limit": limit, "max_bytes": max_bytes, "reverse": reverse}
                        await _compare(engine, model, low, high, options)
    page = await engine.range(
        prefix, prefix + b"001", also_read=[also_read, prefix + b"none", also_read]
    )
    expect(page.also_read == [b"here", None, b"here"], "the values beside a range are wrong")
    open_end = await engine.range(prefix + b"059", None, limit=2)
    expect(open_end.rows[0][0] == prefix + b"059", "a range without an upper end goes wrong")


async def _compare(
    engine: Engine, model: Model, low: bytes, high: bytes | None, options: dict[str, Any]
) -> Page:
    page = await engine.range(low, high, **options)
    rows, more = model.range(low, high, **options)
    expect(page.rows == rows, f"range {low[:40]!r} to {high and high[:40]!r} {options}: wrong rows")
    expect(page.more == more, f"range {low[:40]!r} to {high and high[:40]!r} {options}: wrong more")
    return page


async def _failing_task(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    counter = prefix + b"counter"
    tasks = [
        Mix(counter, (), {prefix + b"%d" % n: b"x"}, refuses=draw.random() < 0.4) for n in range(30)
    ]
    results = await asyncio.gather(*map(engine.write, tasks), return_exceptions=True)
    for number, (task, result) in enumerate(zip(tasks, results, strict=True)):
        expect(_refused(task, result) == task.refuses, "the wrong task failed")
        put = await engine.read([prefix + b"%d" % number])
        expect(put == [None if task.refuses else b"x"], "a failing task is not alone or not undone")
    kept = await engine.read([counter])
    succeeded = sum(not task.refuses for task in tasks)
    expect(kept == [b"%d" % succeeded], "a write next to a failing one was lost")


async def _one_creator(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    for length in (3, 600):
        key = prefix + draw.randbytes(length)
        tasks = [Create(key, b"%d" % n) for n in range(20)]
        won = await asyncio.gather(*map(engine.write, tasks))
        expect(won.count(True) == 1, f"{won.count(True)} tasks created the same key")
        kept = await engine.read([key])
        expect(kept == [tasks[won.index(True)].value], "the creator's value was replaced")


async def _snapshots(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    pair = [prefix + b"left", prefix + b"right" * 200]
    done = False

    async def write() -> None:
        nonlocal done
        for n in range(40):
            value = b"%d" % n * draw.randint(1, 50)
            await engine.write(BlindWrite(dict.fromkeys(pair, value)))
            expect(await engine.read(pair) == [value, value], "an acknowledged write is not there")
        done = True

    async def read() -> None:
        while not done:
            left, right = await engine.read(pair)
            expect(left == right, "a read mixes two states")
            page = await engine.range(prefix, end_of(prefix), also_read=pair)
            values = {value for _, value in page.rows} | {
                v for v in page.also_read if v is not None
            }
            expect(len(values) <= 1, "a range and the values beside it mix two states")
            await _turn()

    await asyncio.gather(write(), read())


async def _abandoned_caller(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    keys = [prefix + draw.randbytes(5) for _ in range(3)]
    cancelled = asyncio.ensure_future(engine.write(BlindWrite({keys[0]: b"1"})))
    by_hand = engine.write(BlindWrite({keys[1]: b"2"}))
    other = asyncio.ensure_future(engine.write(BlindWrite({keys[2]: b"3"})))
    loop = asyncio.get_running_loop()
    waits = by_hand.send(None)
    expect(asyncio.isfuture(waits), "a write waits for something that is not a future")
    expect(waits.get_loop() is loop, "a write waits for a future of another loop")
    by_hand.close()
    await _turn()
    cancelled.cancel()
    await other
    await engine.write(BlindWrite({}))
    got = await engine.read(keys)
    expect(got[1:] == [b"2", b"3"], "a caller that went away took a write along")
    expect(got[0] in (None, b"1"), "a cancelled write is half there")


async def _random_walk(engine: Engine, prefix: bytes, draw: random.Random) -> None:
    counter = prefix + b"counter"
    keys = [prefix + bytes([draw.randrange(3)]) * n for n in (1, 2, 510, 511, 513, 1013, 1500)]
    keys += [prefix + draw.randbytes(draw.randrange(3)) for _ in range(10)]
    model = Model()
    for _ in range(30):
        tasks = [_random_task(draw, counter, keys) for _ in range(draw.randrange(1, 12))]
        results = await asyncio.gather(*map(engine.write, tasks), return_exceptions=True)
        for result in results:
            if isinstance(result, StorageFailure) and not isinstance(result, OutcomeUnknown):
                raise result
        model.replay(tasks, results)
        low, high = draw.choice(keys), draw.choice([*keys, end_of(prefix)])
        options = {
            "limit": draw.choice([None, 1, 3]),
            "max_bytes": draw.choice([None, 2, 50]),
            "reverse": draw.random() < 0.5,
        }
        if high is not None:
            await _compare(engine, model, low, high, options)
    expect(await contents(engine, prefix) == sorted(model.values.items()), "the end state is wrong")


def _random_task(draw: random.Random, counter: bytes, keys: Sequence[bytes]) -> Mix:
    puts: dict[bytes, Value] = {
        key: None if draw.random() < 0.3 else draw.randbytes(draw.randrange(20))
        for key in draw.sample(keys, draw.randrange(4))
    }
    reads = list(dict.fromkeys(draw.sample(keys, draw.randrange(4))))
    return Mix(counter, reads, puts, refuses=draw.random() < 0.15)


async def _turn() -> None:
    await asyncio.sleep(0)


CHECKS: Final[dict[str, Check]] = {
    "reads": _reads,
    "keys of any length": _key_lengths,
    "ranges": _ranges,
    "a failing task fails alone": _failing_task,
    "one creator wins": _one_creator,
    "snapshots": _snapshots,
    "a caller may go away": _abandoned_caller,
    "random walk": _random_walk,
}
"""Every check by name."""


async def run_check(engine: Engine, name: str, prefix: bytes, seed: int) -> None:
    """Run one check; raises `ContractBroken`, or what the engine raised."""
    await clean(engine, prefix)
    try:
        await CHECKS[name](engine, prefix, random.Random(seed))  # noqa: S311  no secrets
    finally:
        await clean(engine, prefix)
