"""The tail of a shared log, as one of its processes sees it: what is published and not in LMDB's
file yet.

What a process publishes goes to LMDB a little later, many records by one commit, and the first
process that finds the tail long puts it there for all. Until then each of them reads it from the
log, once, and looks there before it looks into LMDB:

    log's file    ... 41 | 42 43 44 45 | 46 47        46 and 47 are being flushed (see `pending`)
                         |             |
               LMDB's file is here     published: 46

A transaction is begun first and the tail brought up to date afterwards: LMDB's file has nothing
that was not published before, except what was committed alone, after which it has all there is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice

import lmdb

from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.lmdb.commit_log import (
    MAX_UNSTORED,
    MAX_UNSTORED_BYTES,
    CommitLog,
    Record,
    log_failure,
    value_bytes,
)
from jedlik.storage.lmdb.environment import ATTEMPTS, Environment
from jedlik.storage.lmdb.pending import Pending
from jedlik.storage.lmdb.progress import Place
from jedlik.storage.lmdb.published import Published


class Tail:
    """For one process, on one thread."""

    def __init__(self, environment: Environment, log: CommitLog, published: Published) -> None:
        self._begin = environment.env.begin
        self._environment = environment
        self._log = log
        self._published = published
        self._transaction = -1
        """The one of LMDB that the tail was last compared with."""
        self._records: deque[Mapping[bytes, Value]] = deque()
        self._bytes = 0
        self.changes: dict[bytes, Value] = {}
        """Those of all its records."""
        self.place: Place | None = None
        """Where the next record is, or will be; None before the first commit."""
        self._number = 0
        """That of the next record."""
        self.stored: Place | None = None
        """How far LMDB's file is."""

    def begin(self) -> lmdb.Transaction[bytes]:
        """Begin a read of the rows, over which the changes are all that is published.

        Raises lmdb.Error and StorageFailure.
        """
        for _ in range(ATTEMPTS):
            txn = self._begin(self._environment.rows)
            if txn.id() != self._transaction:
                self._compare(txn)
            if self._published.number <= self._number or self._read_on():
                return txn
        raise StorageUnavailable("the log goes on elsewhere, again and again")

    def take(self, pending: Pending) -> None:
        """Take over records that are published now, and need not be read again."""
        if self.place is None or self.place.generation != pending.place.generation:
            return
        for record in pending.records[max(self._number - pending.place.number, 0) :]:
            self._add(record)

    @property
    def is_long(self) -> bool:
        """Whether it should be put into LMDB's file."""
        return len(self.changes) >= MAX_UNSTORED or self._bytes >= MAX_UNSTORED_BYTES

    def since(self, number: int) -> Mapping[bytes, Value]:
        """The changes of its records from this one on."""
        skipped = len(self._records) - (self._number - number)
        return self.changes if skipped <= 0 else _merged(islice(self._records, skipped, None))

    def _compare(self, txn: lmdb.Transaction[bytes]) -> None:
        """Forget what LMDB's file has by now."""
        self._transaction = txn.id()
        place = self._environment.place(txn)
        if place is None:
            return
        self.stored = place
        here, left = self.place, self._number - place.number
        if here is None or here.generation != place.generation or left <= 0:
            left = 0
            self.place, self._number = place, place.number
        else:
            self.place = place._replace(number=here.number, end=here.end)
        if len(self._records) > left:
            while len(self._records) > left:
                self._records.popleft()
            self.changes.clear()
            self.changes.update(_merged(self._records))
            self._bytes = value_bytes(self.changes)

    def _read_on(self) -> bool:
        """Read what others have published; False if it is not where the log went on so far."""
        try:
            while self.place is not None and self._number < self._published.number:
                record = self._log.record(self.place.generation, self._number, self.place.end)
                if record is None:
                    return False
                self._add(record)
        except OSError as error:
            raise log_failure(error) from error
        return self.place is not None

    def _add(self, record: Record) -> None:
        assert self.place is not None, "its record is read from there"
        self._records.append(record.changes)
        self.changes.update(record.changes)
        self._bytes += value_bytes(record.changes)
        self._number += 1
        self.place = self.place._replace(number=self._number, end=record.end)


def _merged(records: Iterable[Mapping[bytes, Value]]) -> dict[bytes, Value]:
    changes: dict[bytes, Value] = {}
    for record in records:
        changes.update(record)
    return changes
