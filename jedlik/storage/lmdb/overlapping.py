"""Commits of processes that share a log, which overlap.

What one process has logged the next one reads from the log, and decides over it, while the first
one is still flushed. What is flushed is put into LMDB's file, by the first process that comes to
it, and only then does anyone see it:

    process 1   decide, append | flush          | put 1, answer
    process 2                  | decide, append | flush          | put 2, answer
    locks       the log's        the log's        LMDB's           LMDB's

A process that dies in between leaves records that the next commit builds on, or one that is not
whole, which it writes over. None of them had been answered.

Where a checkpoint is due, or there is little room, a commit is made alone, as `shared_log` does it:
it waits until no other one is under way, and what processes that died or failed have left is put
into LMDB's file. A commit that is made alone can still be refused when LMDB's file has no room.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import lmdb

from jedlik.storage.engine import WriteTask
from jedlik.storage.failures import OutcomeUnknown, StorageFailure, StorageFull
from jedlik.storage.groupcommit import TaskOutcome, decide
from jedlik.storage.lmdb.commit_log import log_failure
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.file_locks import Flights, Order
from jedlik.storage.lmdb.pending import Pending, PendingRecords
from jedlik.storage.lmdb.progress import Place
from jedlik.storage.lmdb.shared_log import SharedLog
from jedlik.storage.writer import Tasks

AT_ONCE: Final = 1 << 20
"""Bytes of reads and changes with which a batch ends."""

LARGE: Final = 4 << 20
"""Bytes of changes that are committed alone: what is logged first must find room in LMDB's file."""


class Logged(NamedTuple):
    """The outcomes of a batch's first tasks, and what is to be stored before they are told."""

    outcomes: list[TaskOutcome]
    pending: Pending | None


class OverlappingCommits:
    """Those of one process, on one thread at a time. All methods raise StorageFailure.

    What `log` has returned is to be given to one of `put`, `finish` and `drop`.
    """

    def __init__(self, environment: Environment, shared: SharedLog) -> None:
        self._environment = environment
        self._begin = environment.env.begin
        self._shared = shared
        self._log = shared.log
        self._order = Order(shared.log.files[1])
        self._flights = Flights(shared.data_file)
        self._pending = PendingRecords(shared.log)
        self.files: Sequence[int] = shared.log.files
        """The open files of the log, by the parity of its generation."""
        self.data_file = shared.data_file

    def log(self, tasks: Sequence[WriteTask[Any]], max_bytes: int) -> Logged | None:
        """Decide as many tasks as `groupcommit.decide` does, and log their changes; None if they
        have to be committed alone. Raises BlockingIOError while it is another process's turn.

        What only looks is logged as well where it has seen what is not stored yet.
        """
        with self._order.taken(wait=False):
            return self._decided_and_logged(tasks, max_bytes)

    def put(self, pending: Pending) -> bool:
        """Put what is flushed into LMDB's file, if no other process has; False if that takes a
        checkpoint, and is to be finished. After lmdb.Error or OSError it is to be dropped."""
        try:
            return self._put(pending)
        finally:
            self._flights.land()

    def finish(self, pending: Pending) -> None:
        """The same, with a checkpoint. May take long."""
        try:
            with self._order.taken(), self._flights.grounded():
                self._settle(pending)
        except (lmdb.Error, OSError, StorageFailure) as error:
            raise _half_way(error) from error

    def drop(self, pending: Pending, failed: lmdb.Error | OSError) -> StorageFailure:
        """Take out of the log what could not be flushed or put, and all that was built on it;
        returns what the callers are told. May take long."""
        self._flights.land()
        try:
            with self._order.taken(), self._flights.grounded():
                is_gone = self._erase(pending)
        except (lmdb.Error, OSError) as error:
            return _half_way(error)
        if not is_gone:
            return _half_way(failed)
        if isinstance(failed, OSError):
            return log_failure(failed)
        return self._environment.commit_failure(failed)

    def commit(self, tasks: Tasks) -> list[TaskOutcome]:
        """Commit the first of these tasks, whatever it takes. May take long."""
        try:
            return self._commit(tasks)
        except StorageFull:
            self._shared.make_room()
            return self._commit(tasks)

    def join(self) -> None:
        """Have the snapshots of processes that died forgotten, while no commit is under way."""
        try:
            with self._none_under_way(), self._begin(write=True):
                self._environment.env.reader_check()
        except lmdb.Error as error:
            raise self._environment.commit_failure(error) from error

    def close(self) -> None:
        """Let go of the snapshots while no commit is under way, and of the log."""
        try:
            with self._none_under_way():
                self._shared.end_snapshots()
        finally:
            self._shared.close()

    @contextlib.contextmanager
    def _none_under_way(self) -> Iterator[None]:
        """The time in which no process has a commit under way, the outcome of which would be
        unknown if it lost the last checkpoint's snapshot."""
        try:
            with self._order.taken(), self._flights.grounded():
                yield
        except OSError as error:
            raise log_failure(error) from error

    def _commit(self, tasks: Tasks) -> list[TaskOutcome]:
        try:
            with self._order.taken():
                logged = self._decided_and_logged(tasks(), AT_ONCE)
                if logged is None:
                    return self._commit_alone(tasks())
        except OSError as error:
            raise log_failure(error) from error
        except lmdb.Error as error:
            raise self._environment.commit_failure(error) from error
        if logged.pending is not None:
            self._store(logged.pending)
        return logged.outcomes

    def _decided_and_logged(self, tasks: Sequence[WriteTask[Any]], max_bytes: int) -> Logged | None:
        with self._begin(self._environment.rows) as txn:
            pending = self._before(txn)
            if pending is None:
                return None
            get = pending.reader(self._environment.reader(txn))
            changes, outcomes = decide(tasks, get, max_bytes)
        if sum(map(len, filter(None, changes.values()))) >= LARGE:
            return None
        if not changes and not pending.records:
            return Logged(outcomes, None)
        self._flights.depart()
        try:
            return Logged(outcomes, self._pending.append(pending, changes))
        except BaseException:
            self._flights.land()
            raise

    def _before(self, txn: lmdb.Transaction[bytes]) -> Pending | None:
        """What a commit has to be decided over, on top of a read transaction; None if it is to be
        made alone."""
        place = self._environment.place(txn)
        if self._shared.must_start_over() or place is None or not self._environment.has_room():
            return None
        if not self._shared.can_go_on(place):
            # A record that others wait for may be lost, where it was to be logged again: none may
            # come in its place, or they would take that for their own (`finish`).
            return None
        self._shared.let_go(place.generation)
        pending = self._pending.after(place)
        return None if self._shared.is_checkpoint_due(pending.pages, pending.end) else pending

    def _commit_alone(self, tasks: Sequence[WriteTask[Any]]) -> list[TaskOutcome]:
        with self._flights.grounded():
            self._settle()
            with self._environment.writing() as txn:
                changes, outcomes = decide(tasks, self._environment.reader(txn))
                if changes:
                    self._shared.commit(txn, changes)
                else:
                    txn.abort()
        return outcomes

    def _store(self, pending: Pending) -> None:
        try:
            self._log.flush()
            is_put = self.put(pending)
        except (lmdb.Error, OSError) as error:
            raise self.drop(pending, error) from error
        if not is_put:
            self.finish(pending)

    def _put(self, pending: Pending) -> bool:
        """Put what is still to be put into LMDB's file; False if it has lost its snapshot."""
        with self._begin(write=True) as txn:
            place = self._environment.place(txn)
            assert place is not None, "it goes on from a place"
            if place.generation != pending.place.generation:
                raise OutcomeUnknown("another generation of the log has begun")
            if place.number >= pending.number:
                return True
            if not self._shared.can_go_on(place):
                return False
            changes, after = pending.since(place)
            self._environment.apply(txn, changes)
            self._environment.note_place(txn, after)
        return True

    def _settle(self, ours: Pending | None = None) -> None:
        """Put into LMDB's file what is in the log alone, as processes have left it that have died
        or failed. Raises OutcomeUnknown if `ours` is not known to be there in the end."""
        place = self._place()
        if place is None:
            return
        if ours is not None and place.generation != ours.place.generation:
            raise OutcomeUnknown("another generation of the log has begun")
        pending = self._pending.after(place)
        if ours is not None and pending.number < ours.number:
            raise OutcomeUnknown("its record is lost")
        if not pending.records:
            return
        self._log.go_on(place.generation, pending.number, pending.end)
        self._log.flush()
        if not self._put(pending):
            # A checkpoint begins another generation, which logs them again.
            with self._environment.writing() as txn:
                self._shared.commit(txn, pending.changes)

    def _erase(self, ours: Pending) -> bool:
        """Erase what the log has beyond LMDB's file; False if it has `ours`, or may yet."""
        place = self._place()
        if place is None or place.generation != ours.place.generation:
            return False
        if place.number >= ours.number:
            return False
        if not self._shared.can_go_on(place):
            # Others may have flushed theirs, and wait to have them logged again (`finish`).
            return False
        # All of it: what is not erased would follow what comes in the place of the first record.
        end = max(ours.end, self._pending.after(place).end)
        self._log.erase(place.generation, place.end, end)
        return True

    def _place(self) -> Place | None:
        with self._begin() as txn:
            return self._environment.place(txn)


def _half_way(error: Exception) -> OutcomeUnknown:
    return OutcomeUnknown(f"the commit failed half way: {error}")
