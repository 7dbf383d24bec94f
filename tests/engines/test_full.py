"""No room left: writes fail whole, reads go on, and writes work again once there is room."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.environment import LOCK_FILE_SIZE
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from tests.engines.own_mounts import OWN_MOUNTS
from tests.engines.small_disk import COUNTER, PART, check_whole, fill

CHILD = Path(__file__).with_name("child.py")


@pytest.mark.parametrize("name", ["logged", "shared", "sqlite"])
def test_a_file_that_may_not_grow(tmp_path: Path, name: str) -> None:
    """With a real limit of the kernel's, in a process of its own."""
    arguments = [sys.executable, str(CHILD), "fill", str(tmp_path), str(2_000_000), name]
    done = subprocess.run(arguments, capture_output=True, timeout=60, check=True)
    seen = json.loads(done.stdout)
    assert seen["stored"] >= 5
    assert seen["failures"] == 40 - seen["stored"] > 0
    assert seen["rows"] == 4 * seen["stored"] + 2, "a failed write is half there"
    assert seen["first"]
    assert seen["counter"] == seen["stored"] + 1
    assert seen["after"] == seen["stored"] + 1


def test_a_map_at_its_limit(tmp_path: Path) -> None:
    async def run() -> None:
        engine = LoggedLmdbEngine.open(tmp_path, map_size=1 << 18, map_limit=3 << 20)
        stored, last = await fill(engine)
        assert stored == last + 1 >= 5, "the map grew up to its limit first"
        await check_whole(engine, stored)
        for number in range(stored // 2):
            gone = {b"%d-%d" % (number, part): None for part in range(4)}
            await engine.write(Mix(b"other", (), gone))
        await engine.write(Mix(COUNTER, (), {b"0-0": PART}))
        assert await engine.read([b"0-0"]) == [PART]
        await engine.close()

    asyncio.run(run())


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system has no /proc")
def test_a_map_without_address_space_to_grow(tmp_path: Path) -> None:
    """The old map stays in use, so reads go on."""
    arguments = [sys.executable, str(CHILD), "cramp", str(tmp_path), str(64 << 20)]
    done = subprocess.run(arguments, capture_output=True, timeout=60, text=True)
    assert done.returncode == 0, done.stderr
    assert 100 < int(done.stdout) < 2000


SCENARIOS = [
    "logged_full_and_extended",
    "logged_full_before_opening",
    "logged_full_when_opened_again",
    "logged_full_when_recovered",
    "shared_full_and_extended",
    "shared_full_before_opening",
    "shared_full_when_opened_again",
    "sqlite_full_and_extended",
    "sqlite_full_before_opening",
    "read_only",
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_small_disk(scenario: str, tmp_path: Path) -> None:
    """With real file systems, in a process that has mounts of its own: none is left behind."""
    if not shutil.which("unshare") or subprocess.run([*OWN_MOUNTS, "true"]).returncode:
        pytest.skip("this system gives a process no mounts of its own")
    script = Path(__file__).with_name("small_disk.py")
    command = [*OWN_MOUNTS, sys.executable, str(script), scenario, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    if done.returncode == 77:
        pytest.skip("mounting is not permitted")
    assert done.returncode == 0, done.stderr


def test_the_lock_file_is_wholly_allocated(tmp_path: Path) -> None:
    asyncio.run(LoggedLmdbEngine.open(tmp_path).close())
    lock = (tmp_path / "lock.mdb").stat()
    assert lock.st_size == LOCK_FILE_SIZE
    assert lock.st_blocks * 512 >= LOCK_FILE_SIZE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.mdb", "lock.mdb"]


def test_a_process_opens_a_store_once(tmp_path: Path) -> None:
    engine = LoggedLmdbEngine.open(tmp_path)
    with pytest.raises(DataDirectoryError, match="already open"):
        LoggedLmdbEngine.open(tmp_path)
    asyncio.run(engine.close())
    asyncio.run(LoggedLmdbEngine.open(tmp_path).close())
