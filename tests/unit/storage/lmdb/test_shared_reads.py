"""Reads of processes that share a log see what any of them has published, all of it together."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.contract import Mix
from jedlik.storage.lmdb import shared_writer
from jedlik.storage.lmdb.checkpoint import PAGES
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from jedlik.storage.lmdb.tail import Tail
from jedlik.storage.memory import MemoryEngine
from tests.properties import examples

KEYS = [b"%d" % number for number in range(8)] + [b"long" * 150 + b"%d" % n for n in range(3)]
Use = Callable[[SharedLmdbEngine, SharedLmdbEngine], Awaitable[None]]


def run(directory: Path, use: Use) -> None:
    """Use two engines that share a directory, as processes do, on LMDB's file of one of them."""

    async def used() -> None:
        environment = Environment(directory, 1 << 28, grows=False)
        first, second = (SharedLmdbEngine(environment, PAGES) for _ in range(2))
        try:
            await use(first, second)
        finally:
            await second._writer.close()
            second._commits.close()
            await first.close()

    asyncio.run(used())


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes to LMDB's file by itself."""
    monkeypatch.setattr(shared_writer, "CATCH_UP", 3600.0)


@examples(60)
@given(seed=st.integers(0, 1 << 32))
def test_it_is_as_if_there_were_one_store(seed: int) -> None:
    draw = random.Random(seed)

    async def use(*engines: SharedLmdbEngine) -> None:
        reference = MemoryEngine()
        for _ in range(draw.randrange(1, 40)):
            engine = draw.choice(engines)
            keys = draw.sample(KEYS, draw.randrange(1, 4))
            if draw.random() < 0.5:
                changes = {key: draw.choice((None, b"", b"v" * draw.randrange(99))) for key in keys}
                for each in (engine, reference):
                    await each.write(Mix(b"count", (), changes))
            with ExitStack() as left:
                if draw.random() < 0.3:  # the other process puts its changes into the file
                    (other,) = {*engines} - {engine}
                    left.enter_context(other._commits._storing.taken())
                low, high = sorted(draw.sample(KEYS, 2))
                options: dict[str, Any] = {
                    "limit": draw.choice((None, 1, 3)),
                    "max_bytes": draw.choice((None, 50)),
                    "reverse": draw.random() < 0.5,
                    "also_read": draw.sample(KEYS, draw.randrange(2)),
                }
                assert await engine.read(keys) == await reference.read(keys)
                page = await engine.range(low, high, **options)
                assert page == await reference.range(low, high, **options)

    with TemporaryDirectory() as scratch:
        run(Path(scratch), use)


def test_a_read_stores_nothing(tmp_path: Path) -> None:
    async def use(first: SharedLmdbEngine, second: SharedLmdbEngine) -> None:
        for key in (b"a", b"b"):
            await first.write(Mix(b"count", (), {key: b"1"}))
        assert (await second.range(b"c", b"count")).rows == []
        assert (await second.range(b"b", b"count", also_read=[b"a"])) == (
            [(b"b", b"1")],
            [b"1"],
            False,
        )
        assert len(second._commits.tail.changes) == 2

    run(tmp_path, use)


def test_the_state_changes_with_each_commit(tmp_path: Path) -> None:
    async def use(first: SharedLmdbEngine, second: SharedLmdbEngine) -> None:
        states = [second.state()]
        for engine in (first, second, first):
            await engine.write(Mix(b"count"))
            states.append(second.state())
        assert states == sorted(set(states))
        assert first.state() == states[-1]

    run(tmp_path, use)


def test_a_snapshot_has_what_was_published(tmp_path: Path) -> None:
    async def use(first: SharedLmdbEngine, second: SharedLmdbEngine) -> None:
        for number in range(3):
            await first.write(Mix(b"count"))
            held = second.hold()
            await first.write(Mix(b"other"))
            assert await held.read([b"count", b"other"]) == [
                b"%d" % (number + 1),
                b"%d" % number if number else None,
            ]
            held.release()

    run(tmp_path, use)


def test_a_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, failures = Tail.begin, [lmdb.BadRslotError("slot")]

    def fails(tail: Tail) -> lmdb.Transaction[bytes]:
        if failures:
            raise failures.pop()
        return begin(tail)

    async def use(first: SharedLmdbEngine, second: SharedLmdbEngine) -> None:
        await first.write(Mix(b"count"))
        monkeypatch.setattr(second, "_begin_now", lambda: fails(second._commits.tail))
        assert await second.read([b"count"]) == [b"1"]
        failures.append(lmdb.BadRslotError("slot"))
        assert (await second.range(b"a", None)).rows == [(b"count", b"1")]

    run(tmp_path, use)


def test_rows_of_the_file_and_of_the_tail_are_put_together(tmp_path: Path) -> None:
    async def use(first: SharedLmdbEngine, second: SharedLmdbEngine) -> None:
        await first.write(Mix(b"count", (), {b"a": b"1", b"b": b"2", b"c": b"3"}))
        assert second._commits.catch_up()
        await first.write(Mix(b"count", (), {b"b": None, b"bb": b"4"}))
        page = await second.range(b"a", b"c", also_read=[b"count"])
        assert page.rows == [(b"a", b"1"), (b"bb", b"4")]
        assert page.also_read == [b"2"]

    run(tmp_path, use)
