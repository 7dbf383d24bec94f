"""The records that a shared log has beyond LMDB's file, as the next commit has to see them.

They are read from the log: most are other processes' that are being flushed. What appends one
reads those before it first, so the order in which commits are decided is that of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from jedlik.storage.engine import Value
from jedlik.storage.lmdb.checkpoint import pages_of
from jedlik.storage.lmdb.commit_log import CommitLog, decoded
from jedlik.storage.lmdb.progress import Place


class Pending(NamedTuple):
    """Records in their order, the first of which is the one that LMDB's file has next."""

    place: Place
    """How far LMDB's file was."""
    records: list[Mapping[bytes, Value]]
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
        return self.place.pages + sum(map(pages_of, self.records))

    def reader(self, get: Callable[[bytes], Value]) -> Callable[[bytes], Value]:
        """What reads single keys as the records leave them; `get` reads LMDB's file."""
        changes = self.changes
        if not changes:
            return get
        return lambda key: changes[key] if key in changes else get(key)

    def since(self, place: Place) -> tuple[dict[bytes, Value], Place]:
        """What is still to be put into LMDB's file where it has got further, and how far it is
        then."""
        left = self.records[place.number - self.place.number :]
        changes: dict[bytes, Value] = {}
        for record in left:
            changes.update(record)
        pages = place.pages + sum(map(pages_of, left))
        return changes, place._replace(number=self.number, end=self.end, pages=pages)


class PendingRecords:
    """Reads them, for one process. What it has seen before is not decoded again."""

    def __init__(self, log: CommitLog) -> None:
        self._log = log
        self._seen: dict[bytes, Mapping[bytes, Value]] = {}
        """By the head of a record, which has a checksum of all of it."""

    def after(self, place: Place) -> Pending:
        """Those after a place, while no process appends any. Raises OSError."""
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
            pending = self._with(pending, changes, self._log.end_of(head, pending.end))
        self._seen = seen
        return pending

    def append(self, pending: Pending, changes: Mapping[bytes, Value]) -> Pending:
        """Write a record behind the pending ones, unflushed. Raises OSError and StorageFailure."""
        self._log.go_on(pending.place.generation, pending.number, pending.end)
        self._log.append(changes)
        return self._with(pending, changes, self._log.end)

    def _with(self, pending: Pending, changes: Mapping[bytes, Value], end: int) -> Pending:
        pending.records.append(changes)
        pending.changes.update(changes)
        return pending._replace(end=end)
