"""Writes until it is killed, and prints the number of each write that is durable."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from jedlik.storage.engine import Changes, Value
from jedlik.storage.lmdb import LmdbEngine
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


async def main(directory: Path, first: int, name: str) -> None:
    engine = (
        LmdbEngine.open(directory) if name == "lmdb" else SqliteEngine.open(directory, bytes(32))
    )

    async def write(number: int) -> None:
        while True:
            os.write(1, b"%d\n" % await engine.write(Write(number)))
            number += WRITERS

    await asyncio.gather(*(write(first + place) for place in range(WRITERS)))


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
