"""Engines that share LMDB's file and a log."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from jedlik.storage.contract import Mix
from jedlik.storage.lmdb.recovery import needs_recovery, settle
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from tests.engines.small_disk import PART, fill

COUNT = b"count"


def test_commits_flush_the_log_alone(tmp_path: Path) -> None:
    async def write() -> None:
        engine = SharedLmdbEngine.share(tmp_path)
        assert not engine._environment.env.flags()["sync"]
        await engine.write(Mix(COUNT))
        assert await engine.read([COUNT]) == [b"1"]
        await engine.close()

    asyncio.run(write())
    assert needs_recovery(tmp_path)
    settle(tmp_path)
    assert not needs_recovery(tmp_path)


def test_the_map_does_not_grow(tmp_path: Path) -> None:
    """Snapshots on checkpoints would end with the map that they are on."""

    async def write() -> None:
        engine = SharedLmdbEngine.share(tmp_path, map_size=1 << 20)
        stored, _ = await fill(engine)
        assert 1 <= stored < 10
        assert engine._environment.env.info()["map_size"] == 1 << 20
        for number in range(stored):
            gone = {b"%d-%d" % (number, part): None for part in range(4)}
            await engine.write(Mix(b"other", (), gone))
        await engine.write(Mix(COUNT, (), {b"0-0": PART}))
        assert await engine.read([b"0-0"]) == [PART]
        await engine.close()

    asyncio.run(write())


DIES = """
import asyncio, os, sys
from pathlib import Path
from jedlik.storage.contract import Mix
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine

async def write():
    await SharedLmdbEngine.share(Path(sys.argv[1])).write(Mix(b"count"))
    print(os.getpid(), flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(write())
"""


def test_snapshots_of_the_dead_are_forgotten(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DIES, str(tmp_path)]
    died = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()

    async def share() -> None:
        engine = SharedLmdbEngine.share(tmp_path)
        readers = engine._environment.env.readers().split()
        await engine.close()
        assert died.isdigit()
        assert died not in readers

    asyncio.run(share())


LITTLE_ADDRESS_SPACE = """
import asyncio, resource, sys
from pathlib import Path
from jedlik.storage.contract import Mix
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine

async def write():
    engine = SharedLmdbEngine.share(Path(sys.argv[1]))
    await engine.write(Mix(b"count"))
    await engine.close()
    print(engine._environment._limit)

resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
asyncio.run(write())
"""


def test_the_map_is_smaller_where_the_system_refuses_it(tmp_path: Path) -> None:
    """As under `ulimit -v`."""
    command = [sys.executable, "-c", LITTLE_ADDRESS_SPACE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert 1 << 30 <= int(done.stdout) < 8 << 30
