"""LMDB's file and the log of its commits, in a process that has both to itself.

What the log has, and was answered, goes to LMDB a little later, many changes by one commit: that
writes the upper pages of the trees once for all of them, and once what was put twice. Until then it
is `unstored`, and reads look there first (see `reads`). Where disk or map are nearly full each
write is stored before it is answered, so that it can be refused.

Commits to LMDB are not flushed; the log is. Once they have written many pages a checkpoint is made
of them, on a thread of its own, while further commits go on (see `checkpoint`):

    between two commits   open a snapshot, note the meta pages, let the log go on in its other file
    on the thread         flush LMDB's file, write the checkpoint, give up the snapshot before

Pages that commits free are not reused before the second checkpoint after that, so LMDB's file is
larger than it would be by the pages of two of them.

Nothing is made of all that before the first write. Closing flushes the file and ends the log.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import lmdb

from jedlik.storage.disk import NO_ROOM
from jedlik.storage.engine import Value, WriteTask
from jedlik.storage.failures import (
    OutcomeUnknown,
    StorageFailure,
    StorageFull,
    StorageUnavailable,
)
from jedlik.storage.groupcommit import Decided, decide
from jedlik.storage.lmdb.checkpoint import (
    MAX_WRITTEN,
    PAGES,
    Checkpoint,
    CheckpointFile,
    meta_pages,
    note_closed,
    pages_of,
)
from jedlik.storage.lmdb.commit_log import (
    MAX_UNSTORED,
    MAX_UNSTORED_BYTES,
    CommitLog,
    files,
    value_bytes,
)
from jedlik.storage.lmdb.environment import ATTEMPTS, DATA_FILE, Environment, failure


class LoggedLmdbStore:
    """See `LoggedStore`. `pages` is for tests that want many checkpoints."""

    def __init__(self, environment: Environment, *, flushes: bool, pages: int = PAGES) -> None:
        self.flushes = flushes
        self._environment = environment
        self._begin = environment.env.begin
        self._rows = environment.rows
        self._pages = pages
        self._max_written = MAX_WRITTEN * pages
        self._written = 0
        self.unstored: dict[bytes, Value] = {}
        """What is in the log, and was answered, and is not yet in LMDB's file."""
        self._unstored_bytes = 0
        self._number = 0
        """Records of the log that LMDB's file has once `unstored` is in it."""
        self._has_room = False
        """Whether `unstored` is certain to find room in LMDB's file."""
        self._storing = threading.Lock()
        self._is_stuck = False
        """Whether `unstored` could not be stored all the same."""
        self.data_file = os.open(environment.directory / DATA_FILE, os.O_RDONLY | os.O_CLOEXEC)
        """LMDB's file, of which this reads only the meta pages."""
        self._log: CommitLog | None = None
        self._checkpoints: CheckpointFile | None = None
        self._snapshot: lmdb.Transaction[bytes] | None = None
        self._checkpointing: threading.Thread | None = None
        self._needs_checkpoint = False
        """Whether one comes before the next commit: the log is not what it should be on the disk,
        or no snapshot keeps the pages of the last checkpoint."""
        self._broken: str | None = None
        """Why no commit can be made durable any more. Not the exception: one that is raised again
        and again keeps the frames that it has passed, with the tasks in them."""

    def decide(
        self, tasks: Sequence[WriteTask[Any]], max_bytes: int, pending: Mapping[bytes, Value]
    ) -> Decided:
        """See `LoggedStore.decide`."""
        reason: lmdb.Error | None = None
        for _ in range(ATTEMPTS):
            try:
                return decide(tasks, self._reader(pending), max_bytes)
            except lmdb.Error as error:
                reason = error
                self._environment.recover(error)
        raise StorageUnavailable(f"the map keeps changing: {reason}")

    def _reader(self, pending: Mapping[bytes, Value]) -> Callable[[bytes], Value]:
        # Copied before the transaction begins: what is stored meanwhile is in one of them at least.
        recent = dict(self.unstored)
        stored = self._environment.reader(self._begin(self._rows))
        if not recent and not pending:
            return stored
        return lambda key: (
            pending[key] if key in pending else recent[key] if key in recent else stored(key)
        )

    @property
    def is_ready(self) -> bool:
        """See `LoggedStore.is_ready`."""
        return (
            self._log is not None
            and not self._needs_checkpoint
            and not self._is_stuck
            and max(self._written, self._log.blocks) < self._max_written
        )

    def make_ready(self) -> None:
        """See `LoggedStore.make_ready`."""
        self._await_checkpoint()
        self._must_be_sound()
        log = self._log or self._start()
        self._catch_up_or_raise()
        if self._needs_checkpoint:
            self._renew(log)

    @property
    def files(self) -> Sequence[int]:
        """See `LoggedStore.files`."""
        return [] if self._log is None else self._log.files

    def log(self, changes: Mapping[bytes, Value]) -> int:
        """See `LoggedStore.log`."""
        self._must_be_sound()
        assert self._log is not None, "it is ready"
        try:
            self._log.append(changes)
        except OutcomeUnknown:
            self._needs_checkpoint = True
            raise
        except StorageFull:
            # After a checkpoint the log goes on at the start of its other file, and so after two
            # at the start of this one.
            self._needs_checkpoint = self._log.has_room_elsewhere
            raise
        return self._log.place

    def log_durably(self, changes: Mapping[bytes, Value]) -> None:
        """See `LoggedStore.log_durably`."""
        self.log(changes)
        assert self._log is not None, "it is ready"
        if self.flushes:
            try:
                self._log.flush()
            except OSError as error:
                raise self.forget(error) from error

    def forget(self, reason: OSError) -> StorageFailure:
        """See `LoggedStore.forget`."""
        assert self._log is not None, "it was logged"
        try:
            self._log.withdraw()
        except OutcomeUnknown as error:
            self._needs_checkpoint = True
            return error
        return _failure(reason)

    def store(self, changes: Mapping[bytes, Value]) -> bool:
        """See `LoggedStore.store`."""
        size = value_bytes(changes)
        if self._has_room and size < MAX_UNSTORED_BYTES:
            self._store_later(changes, size)
        elif not (self.catch_up() and self._store_now(changes)):
            return False
        if self._is_due and self._checkpointing is None and self._broken is None:
            self._begin_checkpoint()
        return True

    @property
    def is_behind(self) -> bool:
        """See `LoggedStore.is_behind`."""
        return bool(self.unstored)

    def catch_up(self) -> bool:
        """See `LoggedStore.catch_up`."""
        if not self.unstored:
            return True
        if not self._storing.acquire(blocking=False):
            return False
        try:
            self._commit_unstored()
        except Exception:  # what it means is found out before the next write
            self._is_stuck = True
            return False
        finally:
            self._storing.release()
        return True

    def store_anyhow(self, changes: Mapping[bytes, Value]) -> None:
        """See `LoggedStore.store_anyhow`."""
        assert self._log is not None, "it was logged"
        log = self._log
        at_limit = False
        try:
            self._catch_up_or_raise()
        except BaseException:
            log.withdraw()
            raise
        for _ in range(ATTEMPTS):
            self._number = log.number
            try:
                self._commit(changes)
            except lmdb.Error as error:
                log.withdraw()
                problem = self._environment.commit_failure(error)
                if at_limit or not isinstance(problem, StorageFull):
                    raise problem from error
                at_limit = not (isinstance(error, lmdb.MapFullError) and self._grow())
                # What commits since the last checkpoint freed can be used after the next one.
                self._renew(log)
                self.log_durably(changes)
            except BaseException:
                log.withdraw()
                raise
            else:
                return
        log.withdraw()
        raise StorageUnavailable("the map keeps changing")

    def flush(self) -> None:
        """See `LoggedStore.flush`."""
        try:
            if self._log is not None:
                self._log.flush_both()
        except OSError as error:
            self._needs_checkpoint = True  # another flush says nothing of what this one lost
            raise _failure(error) from error

    def close(self) -> None:
        """Flush the file, so that it needs no log, and let go of all files."""
        self._await_checkpoint()
        if self._log is not None and self._broken is None:
            with contextlib.suppress(StorageFailure, OSError):  # it is recovered when next opened
                self._catch_up_or_raise()
                self._environment.sync()
                directory = self._environment.directory
                note_closed(directory)
                for file in files(directory):
                    file.unlink()
        for opened in (self._log, self._checkpoints):
            if opened is not None:
                opened.close()
        os.close(self.data_file)
        self._environment.close()

    def _store_later(self, changes: Mapping[bytes, Value], size: int) -> None:
        assert self._log is not None, "it was logged"
        self.unstored.update(changes)
        self._unstored_bytes += size
        self._number = self._log.number
        if len(self.unstored) >= MAX_UNSTORED or self._unstored_bytes >= MAX_UNSTORED_BYTES:
            self.catch_up()

    def _store_now(self, changes: Mapping[bytes, Value]) -> bool:
        assert self._log is not None, "it was logged"
        self._number = self._log.number
        try:
            self._commit(changes)
        except Exception:  # what it means is found out when it is tried again
            return False
        return True

    def _catch_up_or_raise(self) -> None:
        """Store what is not yet. May take long."""
        with self._storing:
            try:
                if self.unstored:
                    self._commit_unstored()
            except lmdb.Error as error:
                raise self._environment.commit_failure(error) from error
            self._is_stuck = False

    def _commit_unstored(self) -> None:
        self._commit(self.unstored)
        self._unstored_bytes = 0
        # Only now, when reads find it in LMDB: some look for it here while a thread does this.
        self.unstored.clear()

    def _commit(self, changes: Mapping[bytes, Value]) -> None:
        assert self._log is not None, "it was logged"
        txn = self._begin(self._rows, None, True)
        try:
            self._environment.apply(txn, changes)
            self._environment.note(txn, self._log.generation, self._number)
            txn.commit()
        except BaseException:
            with contextlib.suppress(lmdb.Error):
                txn.abort()
            raise
        self._written += pages_of(changes)
        self._has_room = self._environment.has_room()

    # --- Checkpoints ----------------------------------------------------------------------------

    def _start(self) -> CommitLog:
        """Make the first checkpoint, and a log."""
        directory = self._environment.directory
        self._environment.sync()
        snapshot = self._open_snapshot()
        log: CommitLog | None = None
        try:
            log = CommitLog(directory, random.getrandbits(48))
            first = self._checkpoint_of(log, meta_pages(self.data_file))
            self._checkpoints = CheckpointFile(directory, first)
        except OSError as error:
            snapshot.abort()
            if log is not None:
                log.close()
            raise _failure(error) from error
        self._log, self._snapshot = log, snapshot
        self._has_room = self._environment.has_room()
        return log

    @property
    def _is_due(self) -> bool:
        assert self._log is not None, "there were commits"
        return max(self._written, self._log.blocks) > self._pages

    def _next(self, log: CommitLog) -> tuple[lmdb.Transaction[bytes], Checkpoint]:
        """Begin a checkpoint: no commit may be under way, nor another checkpoint, and all that the
        log has is stored."""
        assert not self.unstored
        snapshot = self._open_snapshot()
        try:
            metas = meta_pages(self.data_file)
        except OSError as error:
            snapshot.abort()
            raise _failure(error) from error
        log.next_generation()
        self._written = 0
        return snapshot, self._checkpoint_of(log, metas)

    def _checkpoint_of(self, log: CommitLog, metas: bytes) -> Checkpoint:
        return Checkpoint(log.generation, log.number, metas, is_strict=self.flushes)

    def _finish(self, snapshot: lmdb.Transaction[bytes], checkpoint: Checkpoint) -> None:
        """Make a checkpoint durable. If that fails, the one before it and the logs of both hold
        everything, but no flush of this process can be relied on any more."""
        assert self._checkpoints is not None, "there is a first one"
        try:
            self._environment.sync()
            self._checkpoints.write(checkpoint)
        except (StorageFailure, OSError) as error:
            self._broken = f"the store could not be flushed: {error}"
            snapshot.abort()
            raise StorageUnavailable(self._broken) from error
        before, self._snapshot = self._snapshot, snapshot
        if before is not None:
            before.abort()

    def _begin_checkpoint(self) -> None:
        assert self._log is not None, "there were commits"
        if not self.catch_up():
            return
        try:
            snapshot, checkpoint = self._next(self._log)
        except StorageFailure:  # the next commit tries it again
            return
        self._checkpointing = threading.Thread(
            target=self._checkpoint, args=(snapshot, checkpoint), name="jedlik-checkpoint",
            daemon=True,
        )  # fmt: skip
        try:
            self._checkpointing.start()
        except RuntimeError:  # no thread can be started
            self._checkpoint(snapshot, checkpoint)

    def _checkpoint(self, snapshot: lmdb.Transaction[bytes], checkpoint: Checkpoint) -> None:
        try:
            with contextlib.suppress(StorageFailure):  # the next write is told
                self._finish(snapshot, checkpoint)
        finally:
            self._checkpointing = None

    def _await_checkpoint(self) -> None:
        thread = self._checkpointing
        if thread is not None:
            thread.join()

    def _renew(self, log: CommitLog) -> None:
        """Make a whole checkpoint now. What the log could not take back is forgotten with it."""
        self._await_checkpoint()
        self._must_be_sound()  # else the logs that the last checkpoint needs would be overwritten
        self._finish(*self._next(log))
        self._needs_checkpoint = False

    def _grow(self) -> bool:
        """Make the map larger, if it may be. That ends snapshots, so no commit may follow before
        the next checkpoint."""
        self._await_checkpoint()
        self._needs_checkpoint = True
        if self._snapshot is not None:
            self._snapshot.abort()
            self._snapshot = None
        try:
            self._environment.grow()
        except StorageFull:
            return False
        return True

    def _must_be_sound(self) -> None:
        if self._broken is not None:
            raise StorageUnavailable(self._broken)

    def _open_snapshot(self) -> lmdb.Transaction[bytes]:
        try:
            return self._begin(self._rows)
        except lmdb.Error as error:
            raise failure(error) from error


def _failure(error: OSError) -> StorageFailure:
    if error.errno in NO_ROOM:
        return StorageFull(f"no room left for a checkpoint: {error}")
    return StorageUnavailable(f"no checkpoint can be made: {error}")
