"""A process that has the log which several share, and what a kill leaves of its directory."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from jedlik.storage.engine import Changes, Value
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.overlapping import OverlappingCommits
from jedlik.storage.lmdb.pending import Pending
from jedlik.storage.lmdb.progress import Place
from jedlik.storage.lmdb.shared_log import SharedLog
from tests.unit.storage.lmdb.power_loss import rows_in

FEW_PAGES = 40


class Process:
    """A process that has the log."""

    def __init__(self, directory: Path, pages: int = FEW_PAGES, *, flushes: bool = True) -> None:
        self.directory = directory
        self.environment = Environment(directory, 1 << 28, 1 << 28)
        self.log = SharedLog(self.environment, pages, flushes=flushes)

    def commit(self, changes: dict[bytes, Value]) -> None:
        with self.environment.writing() as txn:
            self.log.commit(txn, changes)

    @property
    def place(self) -> Place:
        with self.environment.env.begin() as txn:
            place = self.environment.place(txn)
        assert place is not None
        return place

    def lose_snapshots(self, draw: random.Random | None = None) -> None:
        """As if the process that has them had died; with `draw`, some of them."""
        for begun, keeper in self.log._kept:
            if draw is None or draw.random() < 0.5:
                begun.is_over.set()
                keeper.join()

    def finish_checkpoint(self) -> None:
        """Wait until no checkpoint is being made."""
        assert self.log._turn.take(wait=True)
        self.log._turn.end()

    def close(self) -> None:
        try:
            self.log.close()
        finally:
            self.environment.close()


class Put:
    """A task that puts what it was given."""

    def __init__(self, changes: dict[bytes, Value], keys: Sequence[bytes] = ()) -> None:
        self.keys = keys
        self.values: Sequence[Value] = ()
        self._changes = changes

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self.values = values
        return Changes(self._changes, None)


class Overlapping(Process):
    """A process that has the log with others, all of which have the environment of the first."""

    def __init__(
        self, directory: Path, first: Process | None = None, *, flushes: bool = True
    ) -> None:
        if first is None:
            super().__init__(directory, flushes=flushes)
        else:
            self.directory, self.environment = directory, first.environment
            self.log = SharedLog(self.environment, FEW_PAGES, flushes=flushes)
        self.commits = OverlappingCommits(self.environment, self.log)
        self.under_way: Pending | None = None

    def begin(self, changes: dict[bytes, Value]) -> bool:
        """Log a commit; False if it has to be made alone."""
        logged = self.commits.log([Put(changes)], 1 << 20)
        if logged is None:
            return False
        self.under_way = logged.pending
        return True

    def end(self) -> None:
        """Flush and publish it."""
        under_way, self.under_way = self.under_way, None
        assert under_way is not None
        try:
            self.log.log.flush()
        except OSError as error:
            raise self.commits.drop(under_way, error) from error
        self.commits.publish(under_way)

    def write(self, changes: dict[bytes, Value]) -> None:
        """Make a commit from its beginning to its end, as often as it takes."""
        (outcome,) = self.commits.commit(lambda: [Put(changes)])
        assert outcome.error is None

    def land(self) -> None:
        """As if it had died with a commit under way."""
        self.commits._flights.land()

    def seen(self) -> dict[bytes, bytes]:
        """What it sees."""
        with self.commits.tail.begin() as txn:
            return applied(dict(txn.cursor()), self.commits.tail.changes)

    def stored(self) -> dict[bytes, bytes]:
        """What LMDB's file has."""
        with self.environment.env.begin(self.environment.rows) as txn:
            return dict(txn.cursor())


def failing(error: Exception) -> Callable[..., None]:
    """A step that raises this."""

    def fail(*_: object) -> None:
        raise error

    return fail


def applied(rows: dict[bytes, bytes], changes: dict[bytes, Value]) -> dict[bytes, bytes]:
    result: dict[bytes, Value] = {**rows, **changes}
    return {key: value for key, value in result.items() if value is not None}


def short(changes: dict[bytes, Value]) -> dict[bytes, Value]:
    """Those whose keys are rows as they are."""
    return {key: value for key, value in changes.items() if 0 < len(key) < 500}


def rows_after_a_kill(process: Process) -> dict[bytes, bytes]:
    copy = process.directory.with_name("killed")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(process.directory, copy)
    return rows_in(copy)
