"""Reads of both engines on LMDB."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import lmdb
import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.lmdb.engine import LmdbEngine
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine

COUNT = b"count"
Either = LmdbEngine | LoggedLmdbEngine

both = pytest.mark.parametrize("kind", [LmdbEngine, LoggedLmdbEngine])


def run(test: Callable[[Any], Coroutine[Any, Any, None]], engine: Either) -> None:
    async def whole() -> None:
        await test(engine)
        await engine.close()

    asyncio.run(whole())


def step(operation: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that does not suspend."""
    try:
        operation.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it suspended")


@both
def test_reads_never_suspend_and_need_no_loop(tmp_path: Path, kind: type[Either]) -> None:
    async def write(engine: Either) -> None:
        await engine.write(Mix(COUNT, (), {b"k" * 600: b"v"}))

    run(write, kind.open(tmp_path))
    engine = kind.open(tmp_path)
    assert step(engine.read([COUNT])) == [b"1"]
    assert step(engine.read([COUNT, b"k" * 600, b""])) == [b"1", b"v", None]
    assert len(step(engine.range(b"", None)).rows) == 2
    step(engine.close())


@both
def test_reads_go_on_while_the_map_is_replaced(tmp_path: Path, kind: type[Either]) -> None:
    """Growing the map ends read transactions under way; no one may notice."""

    async def test(engine: Either) -> None:
        done = False

        async def write() -> None:
            nonlocal done
            for number in range(60):
                await engine.write(Mix(COUNT, (), {b"%d" % number: bytes(100_000)}))
            done = True

        async def read() -> int:
            reads = 0
            while not done:
                for _ in range(200):
                    step(engine.read([COUNT]))
                    page = step(engine.range(b"0", b"9", limit=3))
                    assert all(len(value) == 100_000 for _, value in page.rows)
                reads += 200
                await asyncio.sleep(0)
            return reads

        _, reads = await asyncio.gather(write(), read())
        assert reads

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        run(test, kind.open(tmp_path, "relaxed", map_size=1 << 16))
    finally:
        sys.setswitchinterval(interval)


@both
def test_reads_that_cannot_recover_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Either]
) -> None:
    def corrupted(*arguments: Any) -> Any:
        raise lmdb.CorruptedError("page")

    async def test(engine: Either) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(engine, "_begin", corrupted)
            with pytest.raises(StorageUnavailable, match="page"):
                await engine.read([COUNT])
            with pytest.raises(StorageUnavailable, match="page"):
                await engine.range(b"", None)
        assert await engine.read([COUNT]) == [None]

    run(test, kind.open(tmp_path))
