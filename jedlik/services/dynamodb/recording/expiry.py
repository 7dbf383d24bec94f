"""The expiry index of a table with TTL: its items by the time at which they expire.

The problem: examining all items to find the expired ones costs more the larger the table is. The
idea: an ordered index that is maintained in the commit of every write, so that a sweep reads only
expired items. An item is in it while its TTL attribute is a number that can be a time. Entries are
not counted, so putting one twice, or removing a missing one, does no harm.

So that tables do not have to be polled, a write that puts an entry also puts a job (see
`kernel.due_work`), due at the beginning of the entry's minute: one for all entries of a table in
that minute. The job's last step puts a job for the table's next entry, at its exact second. A job
is deleted only with the payload that was read, and each write puts another payload, so a write
during a step keeps its job, whether or not the step has seen its entry.

An item has expired when the current time is greater than the attribute, in seconds since the epoch.
Items that expired more than five years ago are not deleted, nor are those whose attribute is not a
number. Developer guide, "Using time to live (TTL) in DynamoDB" and "Computing Time to Live (TTL)".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import MutableMapping
from typing import Final

from jedlik.kernel.due_work import Job, due_key
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, TIME_SIZE, expiry_prefix
from jedlik.services.dynamodb.tables.time_to_live import TimeToLive
from jedlik.storage.engine import Value
from jedlik.values.attribute import Item
from jedlik.values.image import Image
from jedlik.values.numbers import number

OLDEST: Final = 5 * 365 * 86400
"""Seconds: items that expired longer ago are not deleted."""

_MAX_DIGITS: Final = 18
"""Digits of a time; a larger number is never reached."""
_END: Final = 1 << 8 * TIME_SIZE

SWEEP: Final = "expiry"
"""The kind of jobs that delete what has expired."""
MINUTE: Final = 60
NEVER: Final = 10**11
"""Seconds: a time some 3,000 years from now, which needs no job."""


def expiry_time(item: Item, attribute: str) -> int | None:
    """The second in which an item expires; None if it never does."""
    value = item.get(attribute)
    text = None if value is None else value.get("N")
    if text is None or text[0] == "-":
        return None
    if text.isdigit():
        return int(text) if len(text) <= _MAX_DIGITS else None
    whole = text.partition(".")[0]
    return math.ceil(number(text)) if len(whole) <= _MAX_DIGITS else None


class Marks:
    """Payloads of jobs, which are never repeated; `prefix` is unique to the process."""

    __slots__ = ("_next", "_prefix")

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._next = itertools.count().__next__

    def new(self) -> bytes:
        """A new payload."""
        return b"%b%x" % (self._prefix, self._next())


class OpenExpiry:
    """An expiry index that is in use. `name` is the name of its jobs."""

    __slots__ = ("_job", "attribute", "model", "name", "prefix")

    def __init__(self, table_name: str, table_id: int, model: TimeToLive) -> None:
        self.model = model
        self.attribute = model.attribute
        self.prefix = expiry_prefix(table_id, model.id)
        self.name = expiry_name(table_name, model.id)
        self._job = Job(SWEEP, self.name, 0).key[len(due_key(0)) :]

    def entry_key(self, image: Image | None, item_key: bytes) -> bytes | None:
        """The key of an item's entry; None if it has none."""
        if image is None:
            return None
        time = expiry_time(image.joined, self.attribute)
        if time is None:
            return None
        return self.prefix + time.to_bytes(TIME_SIZE, "big") + item_key[INDEX_PREFIX_SIZE:]

    def write(
        self,
        item_key: bytes,
        old: Image | None,
        new: Image | None,
        changes: MutableMapping[bytes, Value],
        mark: bytes,
    ) -> None:
        """Add to `changes` what follows from the change of `old` to `new`; `mark` is from Marks."""
        before, after = self.entry_key(old, item_key), self.entry_key(new, item_key)
        if before == after:
            return
        if before is not None:
            changes[before] = None
        if after is not None:
            changes[after] = b""
            self.put_job(after, mark, changes)

    def put_job(self, entry: bytes, mark: bytes, changes: MutableMapping[bytes, Value]) -> None:
        """Add to `changes` the job that finds an entry."""
        time = self.time_of(entry)
        if time < NEVER:
            changes[due_key(time - time % MINUTE) + self._job] = mark

    def next_job(self, entry: bytes, mark: bytes) -> Job | None:
        """The job for an entry's own second; None if that never comes."""
        time = self.time_of(entry)
        # An item expires once its second is over; a millisecond is the finest that jobs have.
        return None if time >= NEVER else Job(SWEEP, self.name, time + 0.001, mark)

    def time_of(self, entry: bytes) -> int:
        """The second in an entry's key."""
        at = len(self.prefix)
        return int.from_bytes(entry[at : at + TIME_SIZE], "big")

    def due(self, now: float) -> tuple[bytes, bytes]:
        """The range of the entries of items that have expired at `now` and are to be deleted."""
        oldest = max(0, math.ceil(now - OLDEST))
        return (
            self.prefix + oldest.to_bytes(TIME_SIZE, "big"),
            self.prefix + math.ceil(now).to_bytes(TIME_SIZE, "big"),
        )

    def item_suffix(self, entry_key: bytes) -> bytes:
        """What an entry's item key has after its table's prefix."""
        return entry_key[len(self.prefix) + TIME_SIZE :]


def expiry_name(table_name: str, expiry_id: int) -> str:
    """What the jobs of a table's expiry index are called."""
    return f"{table_name}/{expiry_id}"


def named_expiry(name: str) -> tuple[str, int]:
    """The table's name and the expiry index's id in the name of a job."""
    table_name, _, expiry_id = name.rpartition("/")
    return table_name, int(expiry_id)


class Expire:
    """Delete the item if it has expired by `now`: it may have changed since it was read."""

    __slots__ = ("_attribute", "_now")

    makes = reads = 0
    puts = None

    def __init__(self, attribute: str, now: float) -> None:
        self._attribute = attribute
        self._now = now

    def apply(self, old: Image | None) -> Image | None:
        """See Action."""
        if old is None:
            return None
        time = expiry_time(old.joined, self._attribute)
        if time is None or not self._now - OLDEST <= time < self._now:
            return old
        return None


assert 10**_MAX_DIGITS <= _END
