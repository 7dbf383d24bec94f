"""Several processes on one store, and one that dies in the middle."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage.contract import Mix
from tests.engines.makers import MAKERS

CHILD = Path(__file__).with_name("child.py")
COUNTER = b"counter"


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(CHILD), *map(str, arguments)], **options)


SHARED = pytest.mark.parametrize("name", ["shared", "sqlite"])


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
