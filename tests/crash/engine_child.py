"""Writes until it is killed, and prints the number of each write that is durable."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from jedlik.storage.engine import Changes, Engine, Value
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.recovery import recover
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from jedlik.storage.sqlite import SqliteEngine

WRITERS = 16


class Write:
    """Puts the rows of one number and moves the writer's marker."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.keys = (b"marker%d" % (number % WRITERS),)

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        assert int(values[0] or -1) < self.number
        text = b"%d" % self.number
        rows = {
            b"a" + text: text * 50,
            b"b" * 600 + text: text,
            b"c" + text + bytes(508 - len(text)): b"",
            self.keys[0]: text,
        }
        return Changes(rows, self.number)


def opened(directory: Path, name: str) -> Engine:
    """The engine of that name, as it is in use."""
    if name == "sqlite":
        return SqliteEngine.open(directory, bytes(32))
    if name == "shared":
        recover(directory)
        return SharedLmdbEngine.share(directory, pages=200)
    return LoggedLmdbEngine.open(directory, pages=200)


async def main(directory: Path, first: int, name: str) -> None:
    engine = opened(directory, name)

    async def write(number: int) -> None:
        while True:
            os.write(1, b"%d\n" % await engine.write(Write(number)))
            number += WRITERS

    await asyncio.gather(*(write(first + place) for place in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
