"""Reads of the engines on LMDB."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Engine
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.read_only import ReadOnlyLmdbEngine
from jedlik.storage.lmdb.reads import LmdbReads, Recent
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from tests.properties import examples

COUNT = b"count"


def run(
    test: Callable[[LoggedLmdbEngine], Coroutine[Any, Any, None]], engine: LoggedLmdbEngine
) -> None:
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


@pytest.mark.parametrize(
    "opened", [LoggedLmdbEngine.open, SharedLmdbEngine.share, ReadOnlyLmdbEngine.open]
)
def test_reads_never_suspend_and_need_no_loop(
    tmp_path: Path, opened: Callable[[Path], Engine]
) -> None:
    async def write(engine: LoggedLmdbEngine) -> None:
        await engine.write(Mix(COUNT, (), {b"k" * 600: b"v"}))

    run(write, LoggedLmdbEngine.open(tmp_path))
    engine = opened(tmp_path)
    assert step(engine.read([COUNT])) == [b"1"]
    assert step(engine.read([COUNT, b"k" * 600, b""])) == [b"1", b"v", None]
    assert len(step(engine.range(b"", None)).rows) == 2
    step(engine.close())


def test_reads_go_on_while_the_map_is_replaced(tmp_path: Path) -> None:
    """Growing the map ends read transactions under way; no one may notice."""

    async def test(engine: LoggedLmdbEngine) -> None:
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
        run(test, LoggedLmdbEngine.open(tmp_path, "relaxed", map_size=1 << 16))
    finally:
        sys.setswitchinterval(interval)


def test_reads_that_cannot_recover_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def corrupted(*arguments: Any) -> Any:
        raise lmdb.CorruptedError("page")

    async def test(engine: LoggedLmdbEngine) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(engine, "_begin", corrupted)
            with pytest.raises(StorageUnavailable, match="page"):
                await engine.read([COUNT])
            with pytest.raises(StorageUnavailable, match="page"):
                await engine.range(b"", None)
        assert await engine.read([COUNT]) == [None]

    run(test, LoggedLmdbEngine.open(tmp_path))


keys = st.builds(
    lambda part, times: b"%d" % part * times, st.integers(0, 30), st.sampled_from((1, 1, 1, 300))
)
values = st.binary(max_size=20)


@examples(600)
@given(
    stored=st.dictionaries(keys, values),
    recent=st.dictionaries(keys, st.none() | values),
    low=keys | st.just(b""),
    high=st.none() | keys,
    limit=st.none() | st.integers(1, 5),
    max_bytes=st.none() | st.integers(1, 60),
    reverse=st.booleans(),
    also_read=st.lists(keys, max_size=3),
)
def test_rows_that_are_not_stored_yet_are_read_among_the_others(
    stored: dict[bytes, bytes],
    recent: dict[bytes, bytes | None],
    low: bytes,
    high: bytes | None,
    limit: int | None,
    max_bytes: int | None,
    reverse: bool,
    also_read: list[bytes],
) -> None:
    with TemporaryDirectory() as directory:
        environment = Environment(Path(directory), map_size=1 << 20)
        with environment.env.begin(environment.rows, write=True) as txn:
            environment.apply(txn, stored)
        over = LmdbReads(environment, Recent(recent, lambda: False))
        asked = {"limit": limit, "max_bytes": max_bytes, "reverse": reverse, "also_read": also_read}
        page = step(over.range(low, high, **asked))
        single = step(over.read([*recent, low]))
        with environment.env.begin(environment.rows, write=True) as txn:
            environment.apply(txn, recent)
        plain = LmdbReads(environment)
        assert page == step(plain.range(low, high, **asked))
        assert single == step(plain.read([*recent, low]))
        environment.close()
