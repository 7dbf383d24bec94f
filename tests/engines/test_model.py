"""Programs of reads, ranges and concurrent tasks, made by hypothesis, against a plain dict."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.contract import Mix, Model, Refused, contents
from jedlik.storage.engine import Engine
from jedlik.storage.lmdb.reads import LmdbReads
from jedlik.storage.sqlite import SqliteEngine
from tests.engines.makers import MAKERS, Maker
from tests.properties import examples

COUNTER = b"\x80counter"
LENGTHS = (0, 1, 2, 3, 507, 508, 509, 510, 511, 512, 513, 514, 1011, 1012, 1013, 1014, 1514, 4000)

keys = st.builds(
    lambda fill, length, tail: fill * length + tail,
    st.sampled_from([b"\0", b"a", b"\xff"]),
    st.sampled_from(LENGTHS),
    st.binary(max_size=2) | st.sampled_from([b"", b"\0", b"\xff", b"a"]),
)
values = st.none() | st.binary(max_size=12) | st.just(b"v" * 5000)
tasks = st.builds(
    Mix,
    counter=st.just(COUNTER),
    reads=st.lists(keys, max_size=3, unique=True),
    puts=st.dictionaries(keys, values, max_size=4),
    refuses=st.sampled_from([False] * 5 + [True]),
)
writes = st.lists(tasks, min_size=1, max_size=6)
ranges = st.fixed_dictionaries(
    {
        "low": st.just(b"") | keys,
        "high": st.none() | keys,
        "limit": st.none() | st.integers(1, 5),
        "max_bytes": st.none() | st.integers(1, 6000),
        "reverse": st.booleans(),
    }
)
steps = writes | ranges | st.lists(keys, max_size=4).map(tuple) | st.just("reopen")
programs = st.lists(steps, max_size=12)


async def perform(program: list[Any], maker: Maker) -> None:
    engine, model = maker(), Model()
    for step in program:
        if step == "reopen":
            if maker.lasting:
                await engine.close()
                engine = maker()
        elif isinstance(step, list):
            await _write(engine, model, step)
        elif isinstance(step, tuple):
            assert await engine.read(step) == [model.values.get(key) for key in step]
        else:
            also_read = [COUNTER, step["low"]]
            page = await engine.range(**step, also_read=also_read)
            assert (page.rows, page.more) == model.range(**step)
            assert page.also_read == [model.values.get(key) for key in also_read]
    assert await contents(engine, b"") == sorted(model.values.items())
    backward = await engine.range(b"", None, reverse=True)
    assert backward.rows == sorted(model.values.items(), reverse=True)
    if isinstance(engine, LmdbReads | SqliteEngine):
        assert engine.problems() == []
    await engine.close()


async def _write(engine: Engine, model: Model, step: list[Mix]) -> None:
    results = await asyncio.gather(*map(engine.write, step), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Refused):
            raise result
    model.replay(step, results)


@pytest.mark.parametrize("name", MAKERS)
@examples(40)
@given(program=programs)
def test_engine_does_what_a_dict_does(name: str, program: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(perform(program, MAKERS[name](Path(directory))))


@pytest.mark.parametrize("name", ["logged-relaxed"])
@examples(60)
@given(
    stored=st.dictionaries(keys, st.just(b"v"), max_size=30), deleted=st.sets(st.integers(0, 29))
)
def test_deleting_everything_leaves_nothing(
    name: str, stored: dict[bytes, bytes], deleted: set[int]
) -> None:
    """Nodes that become empty go away: both databases end up empty."""

    async def run(directory: Path) -> None:
        engine: Any = MAKERS[name](directory)()
        some = {key for place, key in enumerate(stored) if place in deleted}
        await engine.write(Mix(COUNTER, (), stored))
        await engine.write(Mix(COUNTER, (), dict.fromkeys(some)))
        left = await contents(engine, b"")
        assert {key for key, _ in left} == stored.keys() - some | {COUNTER}
        await engine.write(Mix(COUNTER, (), dict.fromkeys(stored)))
        assert engine.state()  # for which LMDB's file has to have all changes
        environment = engine._environment
        with environment.env.begin() as txn:
            assert txn.stat(environment.rows)["entries"] == 1  # the counter
            assert txn.stat(environment.longs)["entries"] == 0
        await engine.close()

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(Path(directory)))
