"""Copies of directories that other processes have open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.hot_copy import hot_copy
from jedlik.storage.lmdb.environment import Environment

WORKER = """
import asyncio, sys
from pathlib import Path
from jedlik.storage.contract import Mix
from jedlik.storage.lmdb import shared_writer
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine

async def write():
    shared_writer.CATCH_UP = 1000.0
    engine = SharedLmdbEngine.share(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        await engine.write(Mix(b"count"))
    print("answered", flush=True)
    sys.stdin.read()

asyncio.run(write())
"""


@pytest.mark.parametrize("commits", [0, 1, 2, 20])
def test_what_is_in_the_log_alone_is_in_the_copy(tmp_path: Path, commits: int) -> None:
    directory = DataDirectory.open(tmp_path / "data")
    command = [sys.executable, "-c", WORKER, str(directory.store), str(commits)]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"answered\n"
        hot_copy(tmp_path / "data", tmp_path / "copy")
    finally:
        worker.kill()
        worker.communicate()
        directory.close()
    copy = Environment(tmp_path / "copy" / "store")
    with copy.env.begin(copy.rows) as txn:
        assert copy.reader(txn)(b"count") == (b"%d" % commits if commits else None)
    copy.close()
