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
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

import lmdb

from jedlik.storage.engine import Value
from jedlik.storage.failures import OutcomeUnknown, StorageFailure
from jedlik.storage.lmdb.commit_log import log_failure
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.file_locks import Flights, Order
from jedlik.storage.lmdb.pending import Pending, PendingRecords
from jedlik.storage.lmdb.progress import Place
from jedlik.storage.lmdb.shared_log import SharedLog

AT_ONCE: Final = 1 << 20
"""Bytes of reads and changes with which a batch ends."""

LARGE: Final = 4 << 20
"""Bytes of changes that are committed alone: what is logged first must find room in LMDB's file."""


class OverlappingCommits:
    """Those of one process. Methods run on its thread that commits."""

    def __init__(self, environment: Environment, shared: SharedLog) -> None:
        self._environment = environment
        self._begin = environment.env.begin
        self._shared = shared
        self._log = shared.log
        self._order = Order(shared.log.files[1])
        self._flights = Flights(shared.data_file)
        self._pending = PendingRecords(shared.log)

    def in_order(self) -> contextlib.AbstractContextManager[None]:
        """The time in which a commit is decided and logged. Raises OSError."""
        return self._order.taken()

    def pending(self, txn: lmdb.Transaction[bytes]) -> Pending | None:
        """What a commit has to be decided over, on top of a read transaction; None if it is to be
        made alone. In order. Raises StorageFailure and OSError."""
        place = self._environment.place(txn)
        if self._shared.must_start_over() or place is None or not self._environment.has_room():
            return None
        if not self._shared.can_go_on(place):
            # A record that others wait for may be lost, where it was to be logged again: none may
            # come in its place, or they would take that for their own (`_store_alone`).
            return None
        self._shared.let_go(place.generation)
        pending = self._pending.after(place)
        return None if self._shared.is_checkpoint_due(pending.pages, pending.end) else pending

    def append(self, pending: Pending, changes: Mapping[bytes, Value]) -> Pending:
        """Log a commit, which is under way from now on: it is to be stored. In order.

        Raises StorageFailure and OSError; it is not logged then.
        """
        self._flights.depart()
        try:
            return self._pending.append(pending, changes)
        except BaseException:
            self._flights.land()
            raise

    def store(self, pending: Pending) -> None:
        """Flush what is pending and put it into LMDB's file, if no other process has. Out of order.

        Raises StorageFailure: nothing took place unless that is OutcomeUnknown.
        """
        failed: lmdb.Error | OSError | None = None
        is_stored = False
        try:
            self._log.flush()
            is_stored = self._put(pending)
        except (lmdb.Error, OSError) as error:
            failed = error
        finally:
            self._flights.land()
        if failed is not None:
            self._drop(pending, failed)
        if not is_stored:
            self._store_alone(pending)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """The time in which one commit is made by itself. In order. Raises OSError, lmdb.Error and
        StorageFailure."""
        with self._flights.grounded():
            self._settle()
            yield

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

    def _store_alone(self, ours: Pending) -> None:
        """The same when it takes a checkpoint, which is made alone."""
        try:
            with self.in_order(), self._flights.grounded():
                self._settle(ours)
        except (lmdb.Error, OSError, StorageFailure) as error:
            raise _half_way(error) from error

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
            self._log_again(pending.changes)

    def _log_again(self, changes: Mapping[bytes, Value]) -> None:
        """Commit what another generation had logged."""
        txn = self._begin(self._environment.rows, None, True)
        try:
            self._shared.commit(txn, changes)
        except BaseException:
            with contextlib.suppress(lmdb.Error):
                txn.abort()
            raise

    def _drop(self, ours: Pending, failed: lmdb.Error | OSError) -> NoReturn:
        """Take back what could not be flushed or stored, and all that was built on it."""
        try:
            with self.in_order(), self._flights.grounded():
                is_gone = self._erase(ours)
        except (lmdb.Error, OSError) as error:
            raise _half_way(error) from error
        if not is_gone:
            raise _half_way(failed) from failed
        if isinstance(failed, OSError):
            raise log_failure(failed) from failed
        raise self._environment.commit_failure(failed) from failed

    def _erase(self, ours: Pending) -> bool:
        """Erase what the log has beyond LMDB's file; False if it has `ours`, or may yet."""
        place = self._place()
        if place is None or place.generation != ours.place.generation:
            return False
        if place.number >= ours.number:
            return False
        if not self._shared.can_go_on(place):
            # Others may have flushed theirs, and wait to have them logged again (`_store_alone`).
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
