"""The objects of an import or a bulk operation, read record by record from a job's position.

The process that worked on a job before mostly is at that position; another one, or a restarted one,
reads the object again up to the job's line.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

from jedlik.base.aside import aside
from jedlik.base.errors import ServiceError
from jedlik.base.turns import give_way
from jedlik.kernel.buckets.bucket import Bucket, BucketFailure, StoredObject
from jedlik.services.dynamodb.transfers.input_lines import lines_of
from jedlik.services.dynamodb.transfers.unreadable import UnreadableObject

_log = logging.getLogger(__name__)

MAX_OBJECTS: Final = 50_000
LINES_A_TURN: Final = 64
"""Read in about three milliseconds: requests are answered in between."""
LONG_LINE: Final = 64 * 1024
"""A line that is read in a thread, and its record checked there: an item of tiny values takes up to
a second."""

RecordT = TypeVar("RecordT")
Read = Callable[[bytes], RecordT | None]
"""Returns the record of a line, or None if the line has none. Raises UnreadableObject if the line
cannot be read at all, so that the rest cannot be trusted, and ValidationException if the line is
readable but invalid."""

Add = Callable[[RecordT, bool], Awaitable[bool]]
"""Accepts a record, or returns False to leave it, and all after it, for the next time. It is called
with whether the record's line is long."""
Reshape = Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]]
"""Makes records of lines. Raises UnreadableObject."""


class InputObjects(Generic[RecordT]):
    """The position of one process in the objects. `reader` makes the reader of one object's lines;
    it is `stateful` if the meaning of a line depends on those before it (a header). What `reshape`
    makes of lines are the lines here."""

    def __init__(
        self,
        bucket: Bucket,
        objects: list[StoredObject],
        compression: str,
        reader: Callable[[], Read[RecordT]],
        *,
        stateful: bool = False,
        reshape: Reshape | None = None,
    ) -> None:
        self.objects = objects
        self._bucket = bucket
        self._compression = compression
        self._reader = reader
        self._stateful = stateful
        self._reshape = reshape
        self._number = -1
        self.line = 0
        """How many lines of the object have been read."""
        self.size = 0
        """The decompressed bytes of the object that have been read."""
        self._lines: AsyncIterator[bytes] | None = None
        self._read: Read[RecordT] = reader()
        self._left: tuple[RecordT, bool] | None = None
        """A record that was left for the next time, and whether its line is long."""

    async def open(self, number: int, line: int) -> None:
        """Skip the first `line` lines of an object. Raises BucketFailure and
        UnreadableObject."""
        if self._lines is not None and (self._number, self.line) == (number, line):
            return
        found = self.objects[number]
        lines = lines_of(self._bucket, found, self._compression, self._count)
        self._lines = lines if self._reshape is None else self._reshape(lines)
        self._read = self._reader()
        self._number, self.line, self.size, self._left = number, 0, 0, None
        while self.line < line:
            skipped = await anext(self._lines)
            self.line += 1
            if self._stateful:
                with contextlib.suppress(ServiceError):  # it was reported the first time
                    self._read(skipped)

    async def take(
        self,
        add: Add[RecordT],
        refuse: Callable[[str], None],
        lines: int,
        max_bytes: int,
    ) -> bool:
        """Read up to this many lines; True at the end of the object. `refuse` is called with the
        error of a line."""
        assert self._lines is not None, "an object is opened before it is read"
        size = 0
        if self._left is not None and not await self._added(add, *self._left):
            return False
        for taken in range(lines):
            if taken % LINES_A_TURN == LINES_A_TURN - 1:
                await give_way()
            try:
                line = await anext(self._lines)
                long = len(line) > LONG_LINE
                record = await aside(self._read, line) if long else self._read(line)
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
            elif not await self._added(add, record, long):
                return False
            size += len(line)
            if size >= max_bytes:
                break
        return False

    def _count(self, size: int) -> None:
        self.size += size

    async def _added(self, add: Add[RecordT], record: RecordT, long: bool) -> bool:
        taken = await add(record, long)
        self._left = None if taken else (record, long)
        self.line += taken
        return taken

    def _end(self) -> bool:
        self._lines = None
        return True


async def objects_of(bucket: Bucket, source: dict[str, Any]) -> list[StoredObject]:
    """The objects named by a request's source. Raises BucketFailure."""
    prefix = source.get("S3KeyPrefix") or ""
    objects = await bucket.objects(prefix)
    if not objects:
        # It ends as COMPLETED: the usual cause, a wrong prefix, would not be seen anywhere.
        _log.warning("no object of bucket %s begins with %r", source.get("S3Bucket"), prefix)
    if len(objects) > MAX_OBJECTS:
        raise BucketFailure(f"there are more than {MAX_OBJECTS:,} objects to read")
    return objects
