"""Commits of processes that share a log, which overlap.

What one process has logged the next one reads from the log, and decides over it, while the first
one is still flushed. What is flushed is published, with all that is before it in the log, and
answered (see `published`); it goes to LMDB's file a little later, with other records (see `tail`):

    process 1   decide, append | flush          | publish, answer
    process 2                  | decide, append | flush          | publish, answer | store 1 and 2
    locks       the log's        the log's                                           `storing`

A process that dies in between leaves records that the next commit builds on, or one that is not
whole, which it writes over. None of them had been answered unless it is published.

Where a checkpoint is due, or there is little room, a commit is made alone, as `shared_log` does it:
it waits until no other one is under way, and what the log has is put into LMDB's file first. A
commit that is made alone can still be refused when LMDB's file has no room.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import lmdb

from jedlik.storage.engine import Value, WriteTask
from jedlik.storage.failures import OutcomeUnknown, StorageFailure, StorageFull
from jedlik.storage.groupcommit import TaskOutcome, decide
from jedlik.storage.lmdb.checkpoint import pages_of
from jedlik.storage.lmdb.commit_log import log_failure, value_bytes
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.file_locks import Flights, Order, Turn
from jedlik.storage.lmdb.pending import Pending, PendingRecords
from jedlik.storage.lmdb.progress import Place
from jedlik.storage.lmdb.published import Published
from jedlik.storage.lmdb.shared_log import SharedLog
from jedlik.storage.lmdb.tail import Tail
from jedlik.storage.writer import Tasks

AT_ONCE: Final = 1 << 20
"""Bytes of reads and changes with which a batch ends."""

LARGE: Final = 4 << 20
"""Bytes of changes that are committed alone: what is logged first must find room in LMDB's file."""

FAR: Final = 8 << 20
"""Bytes of the log that LMDB's file may be behind; more are there only if it cannot catch up."""


class Logged(NamedTuple):
    """The outcomes of a batch's first tasks, and what is to be published before they are told."""

    outcomes: list[TaskOutcome]
    pending: Pending | None


class OverlappingCommits:
    """Those of one process. All methods raise StorageFailure.

    `log`, `publish` and `catch_up` are for the thread that reads over the `tail`; the other ones,
    which may take long, may be called on another thread, while no commit is under way on the first.
    What `log` has returned is to be given to one of `publish` and `drop`.
    """

    def __init__(self, environment: Environment, shared: SharedLog) -> None:
        self._environment = environment
        self._begin = environment.env.begin
        self._shared = shared
        self._log = shared.log
        self._order = Order(shared.log.files[1])
        self._flights = Flights(shared.data_file)
        self._pending = PendingRecords(shared.log)
        self._published = Published(environment.directory)
        self._directory = os.open(environment.directory, os.O_RDONLY | os.O_CLOEXEC)
        self._storing = Turn(self._directory)
        self._roomy_at = -1
        """How far LMDB's file was when there was room in it."""
        self.tail = Tail(environment, shared.log, self._published)
        self.flushes = shared.flushes
        self.files: Sequence[int] = shared.log.files
        """The open files of the log, by the parity of its generation."""
        self.data_file = shared.data_file

    def log(self, tasks: Sequence[WriteTask[Any]], max_bytes: int) -> Logged | None:
        """Decide as many tasks as `groupcommit.decide` does, and log their changes; None if they
        have to be committed alone. Raises BlockingIOError while it is another process's turn.

        What only looks is logged as well where it has seen what is not published yet.
        """
        tail = self.tail
        with self._order.taken(wait=False), tail.begin() as txn:
            if tail.place is None or tail.stored is None:
                return None
            pending = self._before(tail.place, tail.stored)
            if pending is None:
                return None
            get = pending.reader(tail.changes, self._environment.reader(txn))
            return self._decided_and_logged(tasks, max_bytes, pending, get)

    def publish(self, pending: Pending) -> None:
        """Have everyone see what is flushed, with all that is before it."""
        self._publish_apart(pending)
        self.tail.take(pending)

    @property
    def published(self) -> int:
        """How many records were, by all processes."""
        return self._published.number

    def catch_up(self, *, wait: bool = False) -> bool:
        """Put what is published into LMDB's file; False if that cannot be done now. Waits for other
        processes only if it is to."""
        try:
            self.tail.begin()
            if not self.tail.changes:
                return True
            if not self._storing.take(wait=wait):
                return False
            try:
                return self._store_tail()
            finally:
                self._storing.end()
        except (lmdb.Error, OSError, StorageFailure):
            return False

    def flush(self) -> None:
        """Flush all that was logged, where that is not done with each commit. May take long."""
        try:
            self._log.flush_both()
        except OSError as error:
            self._shared.make_room()  # another flush says nothing of what this one lost
            raise log_failure(error) from error

    def drop(self, pending: Pending, failed: OSError) -> StorageFailure:
        """Take out of the log what could not be flushed, and all that was built on it; returns what
        the callers are told. May take long."""
        self._flights.land()
        try:
            with self._order.taken(), self._flights.grounded():
                is_gone = self._erase(pending)
        except (lmdb.Error, OSError) as error:
            return _half_way(error)
        return log_failure(failed) if is_gone else _half_way(failed)

    def commit(self, tasks: Tasks) -> list[TaskOutcome]:
        """Commit the first of these tasks, whatever it takes. May take long."""
        try:
            return self._commit(tasks)
        except StorageFull:
            self._shared.make_room()
            return self._commit(tasks)

    def join(self) -> None:
        """Have the snapshots of processes that died forgotten, while no commit is under way, unless
        the log has what cannot be stored."""
        try:
            with self._none_under_way():
                try:
                    self._settle()
                except (lmdb.Error, OSError, StorageFailure):  # the next commit tells its callers
                    return
                with self._begin(write=True):
                    self._environment.env.reader_check()
        except lmdb.Error as error:
            raise self._environment.commit_failure(error) from error

    def close(self) -> None:
        """Let go of the snapshots while no commit is under way, and of the log."""
        try:
            with self._none_under_way():
                with contextlib.suppress(lmdb.Error, OSError, StorageFailure):  # it stays there
                    self._settle()
                self._shared.end_snapshots()
        finally:
            self._published.close()
            os.close(self._directory)
            self._shared.close()

    @contextlib.contextmanager
    def _none_under_way(self) -> Iterator[None]:
        """The time in which no process has a commit under way, nor puts any into LMDB's file."""
        try:
            with self._order.taken(), self._flights.grounded(), self._storing.taken():
                yield
        except OSError as error:
            raise log_failure(error) from error

    def _commit(self, tasks: Tasks) -> list[TaskOutcome]:
        try:
            with self._order.taken():
                logged = self._logged_apart(tasks())
                if logged is None:
                    return self._commit_alone(tasks())
        except OSError as error:
            raise log_failure(error) from error
        except lmdb.Error as error:
            raise self._environment.commit_failure(error) from error
        if logged.pending is not None:
            try:
                if self.flushes:
                    self._log.flush()
            except OSError as error:
                raise self.drop(logged.pending, error) from error
            self._publish_apart(logged.pending)
        return logged.outcomes

    def _logged_apart(self, tasks: Sequence[WriteTask[Any]]) -> Logged | None:
        """The same as `log`, without the tail: all of it is read from the log once more."""
        with self._begin(self._environment.rows) as txn:
            place = self._environment.place(txn)
            pending = None if place is None else self._before(place, place)
            if pending is None:
                return None
            get = pending.reader({}, self._environment.reader(txn))
            return self._decided_and_logged(tasks, AT_ONCE, pending, get)

    def _decided_and_logged(
        self,
        tasks: Sequence[WriteTask[Any]],
        max_bytes: int,
        pending: Pending,
        get: Callable[[bytes], Value],
    ) -> Logged | None:
        changes, outcomes = decide(tasks, get, max_bytes)
        if value_bytes(changes) >= LARGE:
            return None
        if not changes and pending.number <= self._published.number:
            return Logged(outcomes, None)
        self._flights.depart()
        try:
            return Logged(outcomes, self._pending.append(pending, changes))
        except BaseException:
            self._flights.land()
            raise

    def _before(self, place: Place, stored: Place) -> Pending | None:
        """What the log has from a place on, which a commit is to be decided over; None if it is to
        be made alone. `stored` is how far LMDB's file is."""
        if self._shared.must_start_over() or not self._has_room(stored):
            return None
        if not self._shared.can_go_on(place):
            return None
        self._shared.let_go(place.generation)
        pending = self._pending.after(place)
        is_behind = pending.end - stored.end >= FAR
        is_due = self._shared.is_checkpoint_due(pending.pages, pending.end)
        return None if is_behind or is_due else pending

    def _has_room(self, stored: Place) -> bool:
        """Whether what goes to LMDB's file next will find room there; looked at once for all that
        is committed until then."""
        if self._roomy_at != stored.number and self._environment.has_room():
            self._roomy_at = stored.number
        return self._roomy_at == stored.number

    def _commit_alone(self, tasks: Sequence[WriteTask[Any]]) -> list[TaskOutcome]:
        with self._flights.grounded(), self._storing.taken():
            self._settle()
            with self._environment.writing() as txn:
                changes, outcomes = decide(tasks, self._environment.reader(txn))
                if not changes:
                    txn.abort()
                    return outcomes
                self._shared.commit(txn, changes)
            # Only now: until then a reader would look for it in vain in the log's other file.
            self._advance(self._log.number)
        return outcomes

    def _publish_apart(self, pending: Pending) -> None:
        try:
            self._advance(pending.number)
        finally:
            self._flights.land()

    def _advance(self, number: int) -> None:
        try:
            self._published.advance(number)
        except OSError as error:
            raise _half_way(error) from error

    def _store_tail(self) -> bool:
        """Put it into LMDB's file, as far as no other process has."""
        tail = self.tail
        assert tail.place is not None, "it has records"
        with self._environment.writing() as txn:
            place = self._environment.place(txn)
            assert place is not None, "there was a first commit"
            if place.generation != tail.place.generation or place.number >= tail.place.number:
                txn.abort()
                return True
            if not self._shared.can_go_on(place):
                txn.abort()
                return False
            changes = tail.since(place.number)
            pages = place.pages + pages_of(changes)
            self._environment.apply(txn, changes)
            # The tail's snapshots may be older ones than those of the file by now.
            after = place._replace(number=tail.place.number, end=tail.place.end, pages=pages)
            self._environment.note_place(txn, after)
            txn.commit()
        return True

    def _settle(self) -> None:
        """Put into LMDB's file what the log alone has, and publish it: also what processes left in
        it that have died. Nothing may be under way."""
        place = self._place()
        if place is None:
            return
        pending = self._pending.after(place)
        if not pending.records:
            return
        self._log.go_on(place.generation, pending.number, pending.end)
        if self.flushes:
            # Of a process that died after its flush had failed: the system has forgotten that.
            published = pending.end_before(min(self._published.number, pending.number))
            self._log.write_again(place.generation, published, pending.end)
            self._log.flush()
        with self._environment.writing() as txn:
            if self._shared.can_go_on(place):
                self._environment.apply(txn, pending.changes)
                self._environment.note_place(txn, pending.place_after)
                txn.commit()
            else:
                self._shared.commit_again(txn, pending)
        self._published.advance(self._log.number)

    def _erase(self, ours: Pending) -> bool:
        """Erase what the log has beyond what is published; False if that has `ours`, or may."""
        place = self._place()
        if place is None or place.generation != ours.place.generation:
            return False
        if not self._shared.is_last(place):  # one that is later has it
            return False
        published = max(place.number, self._published.number)
        if published >= ours.number:
            return False
        # All of it: what is not erased would follow what comes in the place of the first record.
        pending = self._pending.after(place)
        self._log.erase(place.generation, pending.end_before(published), max(ours.end, pending.end))
        return True

    def _place(self) -> Place | None:
        with self._begin() as txn:
            return self._environment.place(txn)


def _half_way(error: Exception) -> OutcomeUnknown:
    return OutcomeUnknown(f"the commit failed half way: {error}")
