"""Engines that share LMDB's file and a log."""

from __future__ import annotations

import asyncio
import errno
import random
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.contract import Mix
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.commit_log import BLOCK
from jedlik.storage.lmdb.published import Published
from jedlik.storage.lmdb.recovery import needs_recovery, recover, settle
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from tests.engines.small_disk import PART, fill
from tests.properties import examples
from tests.unit.storage.lmdb.power_loss import rows_in, some_changes
from tests.unit.storage.lmdb.shared_log_stand import Overlapping, applied, failing, short

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


@examples(50)
@given(seed=st.integers(0, 1 << 32))
def test_with_relaxed_durability_a_power_failure_leaves_an_earlier_state(seed: int) -> None:
    draw = random.Random(seed)
    with TemporaryDirectory() as scratch:
        directory = Path(scratch) / "store"
        directory.mkdir()
        first = Overlapping(directory, flushes=False)
        processes = [first, Overlapping(directory, first, flushes=False)]
        states: list[dict[bytes, bytes]] = [{}]
        for _ in range(draw.randrange(1, 60)):
            process = draw.choice(processes)
            changes = short(some_changes(draw)) or {b"any": b"1"}
            process.write(changes)
            states.append(applied(states[-1], changes))
            if draw.random() < 0.2:
                process.commits.catch_up()
        first.finish_checkpoint()
        aside = Path(scratch) / "aside"
        shutil.copytree(directory, aside)
        place = first.place
        with (aside / f"log.{place.generation & 1}").open("r+b") as log:
            kept = BLOCK * draw.randrange(place.end // BLOCK + 2)
            log.seek(kept)
            log.write(bytes(place.end + 64 * BLOCK))
        recover(aside)
        assert rows_in(aside) in states
        processes[1].log.close()
        first.close()


def test_without_room_for_its_files_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "full")
    monkeypatch.setattr(Published, "__init__", failing(full))
    with pytest.raises(DataDirectoryError, match="no room left to open the store"):
        SharedLmdbEngine.share(tmp_path)
    monkeypatch.undo()
    asyncio.run(SharedLmdbEngine.share(tmp_path).close())
