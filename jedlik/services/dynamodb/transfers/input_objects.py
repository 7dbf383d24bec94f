"""The objects of an import or a bulk operation, read record by record from wherever a job is.

A process that goes on with a job is mostly there already; another one, or a restarted one, reads
the object again up to the line that the job is at.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Generic, TypeVar

from jedlik.base.errors import ServiceError
from jedlik.base.turns import give_way
from jedlik.kernel.places.bucket import Bucket, PlaceFailure, StoredObject
from jedlik.services.dynamodb.transfers.input_lines import lines_of
from jedlik.services.dynamodb.transfers.unreadable import UnreadableObject

_log = logging.getLogger(__name__)

MOST_OBJECTS: Final = 50_000
LINES_A_TURN: Final = 64
"""Read in some three milliseconds: requests are answered in between."""

RecordT = TypeVar("RecordT")
Read = Callable[[bytes], RecordT | None]
"""Gives the record of a line, or None if the line has none. Raises UnreadableObject if the
line cannot be read at all, so that what follows cannot be trusted, ValidationException if it
can."""


class InputObjects(Generic[RecordT]):
    """Where one process is in the objects. `reader` makes what reads the lines of one object;
    it is `stateful` where a line may mean something else after those before it (a header, a field
    that goes on)."""

    def __init__(
        self,
        bucket: Bucket,
        objects: list[StoredObject],
        compression: str,
        reader: Callable[[], Read[RecordT]],
        *,
        stateful: bool = False,
    ) -> None:
        self.objects = objects
        self._bucket = bucket
        self._compression = compression
        self._reader = reader
        self._stateful = stateful
        self._number = -1
        self.line = 0
        """How many lines of the object have been taken."""
        self._lines: AsyncIterator[bytes] | None = None
        self._read: Read[RecordT] = reader()
        self._left: RecordT | None = None

    async def open(self, number: int, line: int) -> None:
        """Skip the first `line` lines of an object. Raises PlaceFailure and
        UnreadableObject."""
        if self._lines is not None and (self._number, self.line) == (number, line):
            return
        self._lines = lines_of(self._bucket, self.objects[number], self._compression)
        self._read = self._reader()
        self._number, self.line, self._left = number, 0, None
        while self.line < line:
            skipped = await anext(self._lines)
            self.line += 1
            if self._stateful:
                with contextlib.suppress(ServiceError):  # it was refused the first time
                    self._read(skipped)

    async def take(
        self,
        add: Callable[[RecordT], bool],
        refuse: Callable[[str], None],
        lines: int,
        max_bytes: int,
    ) -> bool:
        """Read up to so many lines; True if the object is over. `add` takes a record, or returns
        False to leave it, and all after it, for the next time; `refuse` is called with what is
        wrong with a line."""
        assert self._lines is not None, "an object is opened before it is read"
        size = 0
        if self._left is not None and not self._added(add, self._left):
            return False
        for taken in range(lines):
            if taken % LINES_A_TURN == LINES_A_TURN - 1:
                await give_way()
            try:
                line = await anext(self._lines)
                record = self._read(line)
            except StopAsyncIteration:
                return self._end()
            except UnreadableObject as error:
                refuse(str(error))
                return self._end()
            except ServiceError as error:
                self.line += 1
                refuse(error.message)
                continue
            if record is None:
                self.line += 1
            elif not self._added(add, record):
                return False
            size += len(line)
            if size >= max_bytes:
                break
        return False

    def _added(self, add: Callable[[RecordT], bool], record: RecordT) -> bool:
        taken = add(record)
        self._left = None if taken else record
        self.line += taken
        return taken

    def _end(self) -> bool:
        self._lines = None
        return True


async def objects_of(bucket: Bucket, source: dict[str, Any]) -> list[StoredObject]:
    """The objects that a request's source names. Raises PlaceFailure."""
    prefix = source.get("S3KeyPrefix") or ""
    objects = await bucket.objects(prefix)
    if not objects:
        # It ends as COMPLETED: what is most often a wrong prefix would not show anywhere.
        _log.warning("no object of bucket %s begins with %r", source.get("S3Bucket"), prefix)
    if len(objects) > MOST_OBJECTS:
        raise PlaceFailure(f"there are more than {MOST_OBJECTS:,} objects to read")
    return objects
