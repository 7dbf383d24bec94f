"""Processes that share a log die between any two steps, one after the other and then all together;
and of the last ones the power fails too: of LMDB's pages that were not flushed some are there, some
are not, and some are torn. What was acknowledged is there each time."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest

from jedlik.storage.lmdb.checkpoint import read_checkpoint
from jedlik.storage.lmdb.commit_log import BLOCK, files
from jedlik.storage.lmdb.environment import DATA_FILE
from tests.crash.sharing_child import KEYS, rows_of
from tests.unit.storage.lmdb.power_loss import rows_in, some_pages

CHILD = Path(__file__).with_name("sharing_child.py")
ROUNDS = int(os.environ.get("JEDLIK_TEST_KILLS", "50")) // 2
PROCESSES = 3


class Sharer:
    """A process at its place, and those that follow it there."""

    def __init__(self, directory: Path, place: int) -> None:
        self._directory = directory
        self._place = place
        self._first = 0
        self.acknowledged: dict[int, int] = {}
        """By key, the last number."""
        self.starts = 0

    def start(self) -> None:
        command = [sys.executable, str(CHILD), str(self._directory), str(self._place)]
        self._answers = (self._directory.parent / f"answers-{self._place}").open("w+b")
        self._process = subprocess.Popen([*command, str(self._first)], stdout=self._answers)
        self.starts += 1

    def go_on(self) -> None:
        """Let another process follow one that has ended."""
        if self._process.poll() is not None:
            assert self._process.returncode in (0, -9)
            self._take(self._answers)
            self.start()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.wait()
        self._take(self._answers)

    def _take(self, answers: IO[bytes]) -> None:
        answers.seek(0)
        *lines, _ = answers.read().split(b"\n")  # the last one may be cut off
        answers.close()
        for number in map(int, lines):
            key = number % KEYS
            self.acknowledged[key] = max(number, self.acknowledged.get(key, -1))
        last = max(self.acknowledged.values(), default=0)
        self._first = (max(last, self._first) // KEYS + 2) * KEYS

    def lost(self, rows: dict[bytes, bytes]) -> list[tuple[int, int]]:
        """The numbers that were acknowledged, and those that are there, where these are earlier."""
        lost = []
        for key, number in self.acknowledged.items():
            found = int(rows.get(b"%d-%d" % (self._place, key), b"-1"))
            if found < number:
                lost.append((number, found))
            for name, value in rows_of(self._place, found).items():
                assert found < 0 or rows[name] == value, "half there"
        return lost


def after_a_power_failure(directory: Path, draw: random.Random) -> Path:
    """A copy of the directory that lacks some of what was not flushed."""
    copy = directory.with_name("failed")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory, copy)
    last = read_checkpoint(copy)
    if last is not None:
        flushed = directory.with_name("flushed") / str(last.generation)
        now = (copy / DATA_FILE).read_bytes()
        (copy / DATA_FILE).write_bytes(some_pages(draw, flushed.read_bytes(), now))
        for generation in (last.generation, last.generation + 1):
            lose_blocks(copy, generation, directory.with_name("flushed"), draw)
    return copy


def lose_blocks(copy: Path, generation: int, flushed: Path, draw: random.Random) -> None:
    """Of a generation's log, some of those that were not flushed."""
    note = flushed / f"log.{generation}"
    log = files(copy)[generation & 1]
    kept = note.stat().st_size if note.exists() else 0
    with log.open("r+b") as stream:
        for at in range(kept, log.stat().st_size, BLOCK):
            if draw.random() < 0.5:
                stream.seek(at)
                stream.write(bytes(BLOCK))


@pytest.mark.crash
def test_no_acknowledged_write_is_lost(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    directory = tmp_path / "store"
    directory.mkdir()
    sharers = [Sharer(directory, place) for place in range(PROCESSES)]
    for _ in range(ROUNDS):
        flushed = tmp_path / "flushed"
        shutil.rmtree(flushed, ignore_errors=True)
        flushed.mkdir()
        for sharer in sharers:
            sharer.start()
        end = time.monotonic() + draw.uniform(0.5, 3)
        while time.monotonic() < end:
            time.sleep(0.02)
            for sharer in sharers:
                sharer.go_on()
        for sharer in draw.sample(sharers, PROCESSES):
            sharer.kill()
        for sharer in sharers:
            sharer.end()
        for left in (after_a_power_failure(directory, draw), directory):
            rows = rows_in(left)
            assert [sharer.lost(rows) for sharer in sharers] == [[]] * PROCESSES
    assert sum(sharer.starts for sharer in sharers) > PROCESSES * ROUNDS
