"""The records that a shared log has beyond a place in it, as the next commit has to see them.

They are read from the log: most are other processes' that are being flushed. What appends one
reads those before it first, so the order in which commits are decided is that of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from jedlik.storage.engine import Value
from jedlik.storage.lmdb.checkpoint import pages_of
from jedlik.storage.lmdb.commit_log import CommitLog, Record, decoded
from jedlik.storage.lmdb.progress import Place


class Pending(NamedTuple):
    """Records in their order."""

    place: Place
    """That of the first one."""
    records: list[Record]
    changes: dict[bytes, Value]
    """Those of all records."""
    end: int
    """Where in the file of the generation the next record begins."""

    @property
    def number(self) -> int:
        """That of the next record."""
        return self.place.number + len(self.records)

    @property
    def pages(self) -> int:
        """About how many pages of LMDB's file the generation has written once it has these."""
        return self.place.pages + sum(pages_of(record.changes) for record in self.records)

    @property
    def place_after(self) -> Place:
        """How far LMDB's file is once it has these."""
        return self.place._replace(number=self.number, end=self.end, pages=self.pages)

    def end_before(self, number: int) -> int:
        """Where the record with this number begins, or would."""
        skipped = number - self.place.number
        return self.records[skipped - 1].end if skipped > 0 else self.place.end

    def reader(
        self, published: Mapping[bytes, Value], get: Callable[[bytes], Value]
    ) -> Callable[[bytes], Value]:
        """What reads single keys as the records leave them, over what is published before them;
        `get` reads LMDB's file."""
        changes = self.changes
        if not published:
            if not changes:
                return get
            return lambda key: changes[key] if key in changes else get(key)
        return lambda key: (
            changes[key] if key in changes else published[key] if key in published else get(key)
        )


class PendingRecords:
    """Reads them, for one process. What it has seen before is not decoded again."""

    def __init__(self, log: CommitLog) -> None:
        self._log = log
        self._seen: dict[bytes, Mapping[bytes, Value]] = {}
        """By the head of a record, which has a checksum of all of it."""

    def after(self, place: Place) -> Pending:
        """Those from a place on, while no process appends any. Raises OSError."""
        pending = Pending(place, [], {}, place.end)
        seen: dict[bytes, Mapping[bytes, Value]] = {}
        while (head := self._log.head(place.generation, pending.number, pending.end)) is not None:
            changes = self._seen.get(head)
            if changes is None:
                content = self._log.content(head, pending.end)
                if content is None:
                    break
                changes = decoded(content)
            seen[head] = changes
            pending = _with(pending, Record(changes, self._log.end_of(head, pending.end)))
        self._seen = seen
        return pending

    def append(self, pending: Pending, changes: Mapping[bytes, Value]) -> Pending:
        """Write a record behind the pending ones, unflushed. Raises OSError and StorageFailure."""
        self._log.go_on(pending.place.generation, pending.number, pending.end)
        self._log.append(changes)
        return _with(pending, Record(changes, self._log.end))


def _with(pending: Pending, record: Record) -> Pending:
    pending.records.append(record)
    pending.changes.update(record.changes)
    return pending._replace(end=record.end)
