"""A process that writes is killed again and again: what it acknowledged is there, nothing is half.

Each write puts three keys (one of them long) and moves a marker that says which write was last; the
child prints a write's number when it is durable. After each kill the store is read whole.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jedlik.storage.contract import contents
from tests.crash.engine_child import opened

CHILD = Path(__file__).with_name("engine_child.py")
KILLS = int(os.environ.get("JEDLIK_TEST_KILLS", "50"))
WRITERS = 16


def rows_of(number: int) -> dict[bytes, bytes]:
    """What write `number` puts, apart from its writer's marker."""
    text = b"%d" % number
    return {
        b"a" + text: text * 50,
        b"b" * 600 + text: text,
        b"c" + text + bytes(508 - len(text)): b"",
    }


def acknowledged(directory: Path, name: str, first: int, seconds: float) -> set[int]:
    """Let a child write from number `first` on, kill it, and say what it acknowledged."""
    command = [sys.executable, str(CHILD), str(directory), str(first), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        head = child.stdout.readline()  # it is at work from here on
        assert head
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)
        lines = (head + child.stdout.read()).split(b"\n")
    return {int(line) for line in lines[:-1]}  # the last one may be cut off


async def stored(directory: Path, name: str) -> tuple[set[int], dict[bytes, bytes]]:
    """The numbers of the writes that are there, each checked to be whole, and the markers."""
    engine = opened(directory, name)
    rows = dict(await contents(engine, b""))
    await engine.close()
    markers = {key: rows.pop(key) for key in list(rows) if key.startswith(b"marker")}
    numbers = {int(key[1:]) for key in rows if key.startswith(b"a")}
    expected = {key: value for number in numbers for key, value in rows_of(number).items()}
    assert rows == expected, "a write is half there"
    return numbers, markers


@pytest.mark.crash
@pytest.mark.parametrize("name", ["logged", "shared", "sqlite"])
def test_no_acknowledged_write_is_lost(tmp_path: Path, name: str) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    known: set[int] = set()
    for _ in range(KILLS):
        first = max(known, default=-1) + 1
        known |= acknowledged(tmp_path, name, first, draw.uniform(0, 0.1))
        numbers, markers = asyncio.run(stored(tmp_path, name))
        assert known <= numbers, f"lost: {sorted(known - numbers)}"
        for marker, value in markers.items():
            writer = int(marker.removeprefix(b"marker"))
            last = max(number for number in numbers if number % WRITERS == writer)
            assert int(value) == last, "a marker and the rows of its write differ"
        known = numbers
    assert len(known) > KILLS
