"""A log before LMDB's file for processes that share both, so that a commit flushes one record of
the log and not pages that lie all over LMDB's file.

LMDB's file says where they go on with the log (see `progress`). Here a commit is made under LMDB's
write lock. It is put into a transaction and logged, and only when the log is flushed does it become
visible:

    take the lock | put | append to the log, note where it ends, flush | commit | next one

A process that dies in between leaves at most a record that the next commit writes over, or takes
back if it begins another generation. Most commits overlap instead, see `overlapping`; none of them
is under way meanwhile.

As in `logged_store`, LMDB's file is flushed only at checkpoints. The process whose commit finds
that one is due makes it, and meanwhile holds a lock (`Turn`):

    under LMDB's lock   open a snapshot, read the meta pages, go on in the log's other file
    on a thread         flush LMDB's file, write the checkpoint; keep the snapshot, for its pages

A snapshot goes with its process, or when that closes the store. LMDB's table of readers shows
whether the last checkpoint still has its own, and each commit looks there before it writes to any
page. Another reader as old as that does not do, for it may end before the commit has; a process
lets go of a snapshot that is needed only under the lock and while no commit is under way, when
those of dead processes are taken from the table as well. Without its snapshot, and at a server's
first commit, a whole checkpoint is made under the lock. So it is if LMDB's file does not go on from
the checkpoint that is on the disk: some process has made a whole one, and its commit failed.

Where LMDB's file could not be flushed no process may make a checkpoint any more, not even one that
starts later and to which the system reports nothing. So the first one that sees it notes it (see
`checkpoint`), and each of the others ends its writes with its next commit; what was acknowledged is
in the log, and is recovered when the server is started again.

A snapshot is also lost when LMDB's map grows; so the map of these processes does not, and is as
large as it may ever be.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import lmdb

from jedlik.storage.disk import NO_ROOM
from jedlik.storage.engine import Value
from jedlik.storage.failures import OutcomeUnknown, StorageFailure, StorageFull, StorageUnavailable
from jedlik.storage.lmdb.checkpoint import (
    FAILED,
    MAX_WRITTEN,
    PAGES,
    Checkpoint,
    NewestGeneration,
    durable_checkpoint,
    is_closed,
    meta_pages,
    note_failure,
    pages_of,
    read_checkpoint,
    write_checkpoint,
)
from jedlik.storage.lmdb.commit_log import BLOCK, CommitLog, log_failure
from jedlik.storage.lmdb.data_file import Damaged
from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.lmdb.file_locks import Turn
from jedlik.storage.lmdb.pending import Pending
from jedlik.storage.lmdb.progress import Place, Snapshot

KEPT_BEYOND: Final = 2
"""A checkpoint's snapshot is kept until so many generations later: until then it may be the last
one that is on the disk (`Place.needed`)."""

_PAUSE: Final = 1.0
"""Seconds between two looks at how far the generations are."""


class _Begun(NamedTuple):
    """A checkpoint of this process, and the snapshot that keeps its pages until `is_over`."""

    checkpoint: Checkpoint
    snapshot: lmdb.Transaction[bytes]
    is_over: threading.Event
    is_durable: bool = False


class SharedLog:
    """The log, for one of the processes. Methods run on its thread that commits."""

    def __init__(
        self, environment: Environment, pages: int = PAGES, *, flushes: bool = True
    ) -> None:
        self.flushes = flushes
        """Whether each commit is flushed."""
        self._environment = environment
        self._begin = environment.env.begin
        self._pages = pages
        self.data_file = os.open(environment.directory / DATA_FILE, os.O_RDONLY | os.O_CLOEXEC)
        self.log = CommitLog(environment.directory, 0)
        self._turn = Turn(self.log.files[0])
        self._newest = NewestGeneration(environment.directory)
        self._starts_over = False
        """Whether the next commit starts over, to find room."""
        self._kept: list[tuple[_Begun, threading.Thread]] = []
        self._broken: str | None = None
        """Why this process cannot flush LMDB's file any more. Not the exception: one that is raised
        again and again keeps the frames that it has passed, with their read transactions."""

    def commit(self, txn: lmdb.Transaction[bytes], changes: Mapping[bytes, Value]) -> None:
        """Put changes into a write transaction that has none, and commit them durably.

        Raises lmdb.Error and StorageFailure. The transaction is to be aborted then, and nothing
        took place unless that is OutcomeUnknown.
        """
        self._must_be_sound()
        try:
            place, begun = self._next_place(txn)
            try:
                self._commit(place, txn, changes)
            except BaseException:
                if begun is not None:
                    self._give_up(begun)
                raise
        except OSError as error:
            raise log_failure(error) from error
        if begun is not None:
            self._go_on_with(begun)

    def commit_again(self, txn: lmdb.Transaction[bytes], pending: Pending) -> None:
        """The same with what the log alone has, where the last checkpoint has lost its snapshot:
        a new one is made before any page is written to, and the records stay, or are logged again,
        where recovery finds them from either checkpoint."""
        self._must_be_sound()
        try:
            with self._turn.taken():
                last = durable_checkpoint(self._environment.directory)
                begun, after = self._checkpoint_below(pending, last)
                try:
                    if not begun.is_durable:
                        self._flush_all(begun.checkpoint)
                    self._environment.apply(txn, pending.changes)
                    self._environment.note_place(txn, after)
                    txn.commit()
                except BaseException:
                    begun.snapshot.abort()
                    raise
        except OSError as error:
            raise log_failure(error) from error
        self._go_on_with(begun._replace(is_durable=True))

    def must_start_over(self) -> bool:
        """Whether the next commit makes a whole checkpoint first. Raises why this process cannot
        make any."""
        self._must_be_sound()
        return self._starts_over

    def is_checkpoint_due(self, pages: int, end: int) -> bool:
        """Whether the next commit begins a checkpoint, or waits for one, where the generation has
        written about so many pages and ends there in its file."""
        written = max(pages, end // BLOCK)
        if written <= self._pages:
            return False
        if written <= MAX_WRITTEN * self._pages:
            if not self._turn.take(wait=False):
                return False  # one is being made
            self._turn.end()
        return True

    def make_room(self) -> None:
        """Have the next commit make a whole checkpoint first: it may use the pages that others have
        freed since the last one, and the log goes on at the start of a file."""
        self._starts_over = True

    def close(self) -> None:
        """Let go of the files and the snapshots. The other processes go on, and a directory that
        none has open any more is closed by `recovery.settle`.

        Raises StorageFailure if it must not be, as a flush has failed.
        """
        self.end_snapshots()
        self.log.close()
        self._newest.close()
        os.close(self.data_file)
        self._must_be_sound()

    def end_snapshots(self) -> None:
        """Let go of the snapshots: the next commit of another process makes a whole checkpoint."""
        with self._between_commits():
            for begun, keeper in self._kept:
                begun.is_over.set()
                keeper.join()
        self._kept.clear()

    def _must_be_sound(self) -> None:
        if self._broken is not None:
            raise StorageUnavailable(self._broken)

    def _commit(
        self, place: Place, txn: lmdb.Transaction[bytes], changes: Mapping[bytes, Value]
    ) -> None:
        log = self.log
        self._environment.apply(txn, changes)
        log.go_on(place.generation, place.number, place.end)
        log.append(changes)
        pages = place.pages + pages_of(changes)
        after = place._replace(number=log.number, end=log.end, pages=pages)
        try:
            self._environment.note_place(txn, after)
            if self.flushes:
                log.flush()
            txn.commit()
        except BaseException as error:
            with contextlib.suppress(lmdb.Error):
                txn.abort()
            self._withdraw(place.number, error)
            raise

    def _withdraw(self, number: int, reason: BaseException) -> None:
        """Take a record back that did not become visible, unless another process has already
        written over it. Raises OutcomeUnknown if it may have stayed."""
        try:
            with self._begin(write=True) as txn:
                now = self._environment.place(txn)
                if (0 if now is None else now.number) == number:
                    self.log.withdraw()
        except lmdb.Error as error:
            raise OutcomeUnknown(f"the commit failed half way: {error}") from reason

    @contextlib.contextmanager
    def _between_commits(self) -> Iterator[None]:
        """Keep the other processes from committing: one that does may have found a snapshot that
        is about to go."""
        try:
            lock = self._begin(write=True)
        except lmdb.Error:  # this process cannot take it any more
            yield
            return
        with lock:
            yield

    # --- Checkpoints, under LMDB's lock --------------------------------------------------------

    def _next_place(self, txn: lmdb.Transaction[bytes]) -> tuple[Place, _Begun | None]:
        """Where the next record goes, and the checkpoint with which its generation begins if it is
        a new one."""
        place = self._environment.place(txn)
        if place is not None:
            self.let_go(place.generation)
        if place is None or self._starts_over or not self.can_go_on(place):
            return self._started_over(place)
        written = max(place.pages, place.end // BLOCK)
        if written > self._pages and self._turn.take(wait=written > MAX_WRITTEN * self._pages):
            return self._next_generation(place)
        return place, None

    def can_go_on(self, place: Place) -> bool:
        """Whether recovery finds the records from this place on, and its checkpoint as it was.
        Under LMDB's lock, before any page is written."""
        return self.is_last(place) and self._environment.is_kept(place.needed)

    def is_last(self, place: Place) -> bool:
        """Whether no checkpoint is on the disk that is later than a place: its process has died, or
        has failed to commit."""
        return self._newest.look() in (place.generation - 1, place.generation)

    def _checkpoint_below(self, pending: Pending, last: Checkpoint | None) -> tuple[_Begun, Place]:
        """A checkpoint of LMDB's file as it is, for a log that has more; and how far LMDB's file is
        once it has these as well."""
        place, log = pending.place, self.log
        if last is not None and last.generation == place.generation - 1:
            # Both files are needed until it is there. It takes the place of the one that a process
            # was making which has died, for the whole generation: what LMDB's file has of that is
            # put there once more, and then the rest, which ends where it would have ended.
            first = log.first_number(place.generation)
            begun = self._begun(place.generation, place.number if first is None else first)
            log.flush()  # in any case: records that LMDB's file has are put into it once more
            kept = _kept_here(begun)
            return begun, pending.place_after._replace(snapshot=kept, needed=kept)
        if last is not None and not self.is_last(place):
            # This has been tried before. Its record is needed now, and so are those of this
            # generation, so no third place is left to log them.
            record = log.record(last.generation, last.number, 0)
            if record is not None and last.number == pending.number:
                log.go_on(last.generation, last.number + 1, record.end)
                begun = _Begun(last, self._begin(), threading.Event(), is_durable=True)
                return begun, self._place_after(begun, pending)
        # The other file is free, or what it has is there for a commit that was never made.
        begun = self._begun(_unused_generation(last), pending.number)
        log.go_on(begun.checkpoint.generation, pending.number, 0)
        log.append(pending.changes)
        log.flush()
        return begun, self._place_after(begun, pending)

    def _place_after(self, begun: _Begun, pending: Pending) -> Place:
        kept, log = _kept_here(begun), self.log
        return Place(log.generation, log.number, log.end, pages_of(pending.changes), kept, kept)

    def _next_generation(self, place: Place) -> tuple[Place, _Begun]:
        try:
            last = durable_checkpoint(self._environment.directory)
            if last is not None and last.generation == place.generation:
                self.log.end_generation(place.generation, place.end)
                begun = self._begun(place.generation + 1, place.number)
                kept = _kept_here(begun)
                after = Place(place.generation + 1, place.number, 0, 0, kept, place.snapshot)
                return after, begun
        except BaseException:
            self._turn.end()
            raise
        # The process that was to make this generation's checkpoint has died.
        self._turn.end()
        return self._started_over(place)

    def _started_over(self, place: Place | None) -> tuple[Place, _Begun]:
        """The same after a whole checkpoint."""
        directory = self._environment.directory
        self._turn.take(wait=True)
        try:
            number = 0 if place is None else place.number
            begun = self._begun(_unused_generation(durable_checkpoint(directory)), number)
            try:
                self._flush_all(begun.checkpoint)
            except StorageFailure:
                begun.snapshot.abort()
                raise
        finally:
            self._turn.end()
        self._starts_over = False
        self.let_go(begun.checkpoint.generation)
        kept = _kept_here(begun)
        return (
            Place(begun.checkpoint.generation, number, 0, 0, kept, kept),
            begun._replace(is_durable=True),
        )

    def _begun(self, generation: int, number: int) -> _Begun:
        metas = meta_pages(self.data_file)
        checkpoint = Checkpoint(generation, number, metas, is_strict=self.flushes)
        return _Begun(checkpoint, self._begin(), threading.Event())

    def _give_up(self, begun: _Begun) -> None:
        begun.snapshot.abort()
        if not begun.is_durable:
            self._turn.end()

    def let_go(self, generation: int) -> None:
        """Keep the snapshots no longer that are not needed in a generation."""
        for begun, _ in self._kept:
            if begun.checkpoint.generation + KEPT_BEYOND <= generation:
                begun.is_over.set()
        self._kept = [(begun, keeper) for begun, keeper in self._kept if keeper.is_alive()]

    # --- Checkpoints, on a thread --------------------------------------------------------------

    def _go_on_with(self, begun: _Begun) -> None:
        """Make a checkpoint durable and keep its snapshot, on a thread."""
        keeper = threading.Thread(
            target=self._finish_and_keep, args=(begun,), name="jedlik-checkpoint", daemon=True
        )
        try:
            keeper.start()
        except RuntimeError:  # no thread can be started
            self._finish(begun)
            with self._between_commits():
                begun.snapshot.abort()
        else:
            self._kept.append((begun, keeper))

    def _finish_and_keep(self, begun: _Begun) -> None:
        try:
            self._finish(begun)
            # Other processes may commit while this one does not.
            while not begun.is_over.wait(_PAUSE):
                if self._last_generation() >= begun.checkpoint.generation + KEPT_BEYOND:
                    break
        finally:
            begun.snapshot.abort()

    def _finish(self, begun: _Begun) -> None:
        if begun.is_durable:
            return
        try:
            with contextlib.suppress(StorageFailure):  # the next commit is told
                self._flush_all(begun.checkpoint)
        finally:
            self._turn.end()

    def _flush_all(self, checkpoint: Checkpoint) -> None:
        directory = self._environment.directory
        try:
            if self._newest.look() == FAILED:
                raise StorageUnavailable("another process has failed to")
            self._environment.sync()
            write_checkpoint(directory, checkpoint)
        except (StorageFailure, OSError) as error:
            if getattr(error, "errno", 0) in NO_ROOM and is_closed(directory):
                raise StorageFull(f"no room left for a checkpoint: {error}") from error
            self._broken = f"the store could not be flushed: {error}"
            with contextlib.suppress(OSError, Damaged):
                note_failure(directory)
            raise StorageUnavailable(self._broken) from error

    def _last_generation(self) -> int:
        """That of the last checkpoint that is on the disk."""
        try:
            last = read_checkpoint(self._environment.directory)
        except (OSError, Damaged):
            last = None
        return 0 if last is None else last.generation


def _kept_here(begun: _Begun) -> Snapshot:
    return Snapshot(begun.snapshot.id(), os.getpid())


def _unused_generation(last: Checkpoint | None) -> int:
    """A generation of which there are no records and no notes, and whose checkpoint does not go
    where the last one is."""
    if last is None:
        return random.getrandbits(48)  # also after a recovery, which may have left notes
    return last.generation + 3  # a record of the next one may be there, whose commit failed
