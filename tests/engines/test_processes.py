"""Several processes on one store, and one that dies in the middle."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.lmdb.engine import LmdbEngine
from tests.engines.makers import MAKERS

CHILD = Path(__file__).with_name("child.py")
COUNTER = b"counter"


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(CHILD), *map(str, arguments)], **options)


SHARED = pytest.mark.parametrize("name", ["lmdb", "shared", "sqlite"])


@SHARED
def test_processes_lose_no_update_to_each_other(tmp_path: Path, name: str) -> None:
    async def count() -> None:
        engine = MAKERS[name](tmp_path)()
        children = [start("count", tmp_path, 80, name) for _ in range(2)]
        mine = 0
        while mine < 80 or any(child.poll() is None for child in children):
            await asyncio.gather(*(engine.write(Mix(COUNTER)) for _ in range(8)))
            mine += 8
        assert [child.returncode for child in children] == [0, 0]
        assert await engine.read([COUNTER]) == [b"%d" % (mine + 160)]
        await engine.close()

    asyncio.run(count())


def test_a_map_that_another_process_grew_is_taken_over(tmp_path: Path) -> None:
    async def read_and_write() -> None:
        engine = LmdbEngine.open(tmp_path, map_size=1 << 20)
        await engine.write(Mix(COUNTER))
        assert start("grow", tmp_path, 30).wait(30) == 0
        large = [b"large%d" % number for number in range(30)]
        assert await engine.read(large) == [bytes(100_000)] * 30
        page = await engine.range(b"large", b"m")
        assert len(page.rows) == 30
        await engine.write(Mix(COUNTER, (), {b"large30": bytes(100_000)}))
        assert start("grow", tmp_path, 60).wait(30) == 0
        # The writer meets the new size first this time.
        count, _ = await engine.write(Mix(COUNTER))
        assert count == 1 + 30 + 1 + 60
        await engine.close()

    asyncio.run(read_and_write())


@SHARED
def test_the_write_lock_of_a_killed_process_is_free(tmp_path: Path, name: str) -> None:
    async def write() -> None:
        engine = MAKERS[name](tmp_path)()
        await engine.write(Mix(COUNTER))
        assert start("die", tmp_path, name).wait(30) == -9
        half = b"half1" if name == "sqlite" else b"half"
        count, seen = await asyncio.wait_for(engine.write(Mix(COUNTER, (half,))), 30)
        assert (count, seen) == (1, [None])
        await engine.close()

    asyncio.run(write())
