"""One of several processes that share a log: writes, and prints the number of each write that is
durable. DIRECTORY PLACE FIRST: numbers begin at FIRST.

It dies now and then between any two steps of a commit or of a checkpoint, or ends in good order.
Checkpoints are frequent and their flushes long. What LMDB's file was when it was flushed for a
checkpoint is kept beside the directory, as flushed/GENERATION; and how far a generation's log was
flushed, in the size of flushed/log.GENERATION.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from jedlik.storage.engine import Changes, Value
from jedlik.storage.failures import OutcomeUnknown, StorageFull
from jedlik.storage.flushes import FlushLost
from jedlik.storage.lmdb import shared_log, tail
from jedlik.storage.lmdb.checkpoint import Checkpoint, write_checkpoint
from jedlik.storage.lmdb.commit_log import CommitLog
from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.lmdb.overlapping import Logged
from jedlik.storage.lmdb.published import Published
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from jedlik.storage.lmdb.shared_writer import SharedWriter

KEYS: Final = 40
"""Of each process; its writes go round them."""
MAP: Final = 1 << 28
SIZES: Final = (0, 10, 300, 300, 2500, 6000)
IN_COMMITS: Final = 0.002
IN_CHECKPOINTS: Final = 0.02
LONGEST_FLUSH: Final = 0.5


def rows_of(place: int, number: int) -> dict[bytes, bytes]:
    """What a write puts."""
    key, text = b"%d-%d" % (place, number % KEYS), b"%d" % number
    return {key: text + b" " * SIZES[number % len(SIZES)], b"long" * 150 + key: text}


class Write:
    keys: Sequence[bytes] = ()

    def __init__(self, place: int, number: int) -> None:
        self._rows: dict[bytes, Value] = {**rows_of(place, number)}
        self._number = number

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        assert not values
        return Changes(self._rows, self._number)


def die_sometimes(chance: float) -> None:
    if random.random() < chance:
        os.kill(os.getpid(), signal.SIGKILL)


def dying(step: Callable[..., Any], chance: float, failure: Exception | None = None) -> Any:
    """A step before and after which the process may die, and which may fail."""

    def taken(*arguments: Any) -> Any:
        die_sometimes(chance)
        if failure is not None and random.random() < chance:
            raise failure
        result = step(*arguments)
        die_sometimes(chance)
        return result

    return taken


def endanger(flushed: Path) -> None:
    """Have the steps of this process go wrong, and keep what checkpoints flush."""
    full = OSError(errno.ENOSPC, "No space left on device")
    sync = dying(Environment.sync, IN_CHECKPOINTS)
    write = dying(write_checkpoint, IN_CHECKPOINTS)
    copy = flushed / f"process.{os.getpid()}"

    def sync_slowly(environment: Environment) -> None:
        time.sleep(random.choice((0.0, random.uniform(0.0, LONGEST_FLUSH))))
        shutil.copyfile(environment.directory / DATA_FILE, copy)
        sync(environment)

    def write_and_keep(directory: Path, checkpoint: Checkpoint) -> None:
        copy.rename(flushed / str(checkpoint.generation))
        write(directory, checkpoint)

    flush, flushed_by_process = CommitLog.flush, SharedWriter._flushed

    def note(generation: int, end: int) -> None:
        file = os.open(flushed / f"log.{generation}", os.O_RDWR | os.O_CREAT)
        fcntl.flock(file, fcntl.LOCK_EX)
        os.ftruncate(file, max(end, os.fstat(file).st_size))
        os.close(file)

    def flush_and_note(log: CommitLog) -> None:
        generation, end = log.generation, log.end
        flush(log)
        note(generation, end)

    def note_and_go_on(writer: SharedWriter, logged: Logged, error: OSError | None) -> None:
        die_sometimes(IN_COMMITS)
        assert logged.pending is not None
        if error is None:
            note(logged.pending.place.generation, logged.pending.end)
        failed = random.choice((full, FlushLost())) if random.random() < IN_COMMITS else error
        flushed_by_process(writer, logged, failed)
        die_sometimes(IN_COMMITS)

    steps: list[tuple[object, str, Callable[..., Any]]] = [
        (CommitLog, "append", dying(CommitLog.append, IN_COMMITS, StorageFull("full"))),
        (CommitLog, "flush", dying(flush_and_note, IN_COMMITS, full)),
        (SharedWriter, "_flushed", note_and_go_on),
        (Published, "advance", dying(Published.advance, IN_COMMITS)),
        (Environment, "note_place", dying(Environment.note_place, IN_COMMITS)),
        (Environment, "sync", sync_slowly),
        (shared_log, "write_checkpoint", write_and_keep),
    ]
    for where, name, step in steps:
        setattr(where, name, step)


async def main(directory: Path, place: int, first: int) -> None:
    tail.MAX_UNSTORED = random.choice((1, 10, 128))  # type: ignore[attr-defined]
    endanger(directory.with_name("flushed"))
    engine = SharedLmdbEngine.share(directory, map_size=MAP, pages=random.choice((10, 40)))

    async def write(number: int) -> None:
        while True:
            try:
                os.write(1, b"%d\n" % await engine.write(Write(place, number)))
            except (StorageFull, OutcomeUnknown):
                if random.random() < 0.5:
                    engine._log.make_room()
            number += KEYS

    writers = [asyncio.create_task(write(first + each)) for each in range(random.choice((1, 4)))]
    await asyncio.wait(writers, timeout=random.uniform(0.05, 1.5))
    for writer in writers:
        writer.cancel()
    await asyncio.wait(writers)
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
