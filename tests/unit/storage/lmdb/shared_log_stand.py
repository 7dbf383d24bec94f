"""A process that has the log which several share, and what a kill leaves of its directory."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from jedlik.storage.engine import Value
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.progress import Place
from jedlik.storage.lmdb.shared_log import SharedLog
from tests.unit.storage.lmdb.power_loss import rows_in

FEW_PAGES = 40


class Process:
    """A process that has the log."""

    def __init__(self, directory: Path, pages: int = FEW_PAGES) -> None:
        self.directory = directory
        self.environment = Environment(directory, 1 << 28, 1 << 28, flushes=False)
        self.log = SharedLog(self.environment, pages)

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


def rows_after_a_kill(process: Process) -> dict[bytes, bytes]:
    copy = process.directory.with_name("killed")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(process.directory, copy)
    return rows_in(copy)
