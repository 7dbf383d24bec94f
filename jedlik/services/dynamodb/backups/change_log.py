"""The log of a table's changes: who needs it, for how long, and the bytes of its records.

A log has a few shards by partition hash, like streams, so that nodes which write different items
seldom conflict. The store keeps the last change of each shard; numbers are big-endian:

    offset 0  8 bytes  its time: microseconds since the epoch
           8  8 bytes  bytes ever written to the shard's records, keys and values

The time of a commit is the later of its clock's time and one microsecond after the last change of
every shard that it touches. So times increase in the order of commits, whatever the clocks of
several nodes say, and a transaction has one time for all its items. Items changed in one commit
differ in their position, the last two bytes of the key.

A record's value:

    offset 0  1 byte   00; a sealed record begins with 01 (see encryption.open_rings)
           1  2 bytes  n, the length of the item's key after the prefix of its table
           3  n bytes  partition hash and sort key bytes
         3+n           the item before the change: stored bytes (see values.stored); nothing if
                       there was none
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from jedlik.kernel.backup_keys import last_changes_prefix
from jedlik.storage.engine import Value

LOG_SHARDS: Final = 4
TRIMMED_SHARD: Final = b"\xff"
LAST: Final = struct.Struct(">QQ")
PLACE: Final = struct.Struct(">QH")
"""The end of a record's key: time and position."""
_HEAD: Final = struct.Struct(">xH")

DEFAULT_DAYS: Final = 35
"""The default of RecoveryPeriodInDays (API reference)."""
_DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class Recovery:
    """Enabled point-in-time recovery: since when, and for how many days back.

    Records older than `floor` are trimmed, whatever the days (times in seconds since the epoch).
    """

    enabled_at: float
    days: int
    floor: float

    def earliest(self, now: float) -> float:
        """EarliestRestorableDateTime."""
        return max(self.floor, now - self.days * _DAY)

    def with_days(self, days: int, now: float) -> Recovery:
        """With another period: a shorter one takes effect immediately, a longer one over time."""
        return replace(self, days=days, floor=self.earliest(now))


@dataclass(frozen=True, slots=True)
class LogUser:
    """A backup or restore that needs all changes after `since`, in microseconds."""

    job: str
    since: int


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """A table's log. `id` is a number never used twice; `recovery` is None unless enabled."""

    id: int
    recovery: Recovery | None = None
    users: tuple[LogUser, ...] = ()

    def needed_from(self, now: float) -> int:
        """The moment, in microseconds, from which on all changes are needed."""
        since = [user.since for user in self.users]
        if self.recovery is not None:
            since.append(int(self.recovery.earliest(now) * 1_000_000))
        return min(since, default=int(now * 1_000_000))

    def with_user(self, user: LogUser) -> ChangeLog:
        """The log with one more backup or restore."""
        return replace(self, users=(*self.users, user))

    def without_users(self, jobs: Collection[str]) -> ChangeLog | None:
        """The log without those that have ended; None if it is no longer needed."""
        users = tuple(user for user in self.users if user.job not in jobs)
        return None if self.recovery is None and not users else replace(self, users=users)


def change_log_from_json(data: dict[str, Any] | None) -> ChangeLog | None:
    """The log from its JSON."""
    if data is None:
        return None
    recovery = data["recovery"]
    return ChangeLog(
        data["id"],
        None if recovery is None else Recovery(**recovery),
        tuple(LogUser(**user) for user in data["users"]),
    )


def last_change_keys(table_id: int, log_id: int) -> tuple[bytes, ...]:
    """The keys of the last changes of all shards."""
    prefix = last_changes_prefix(table_id, log_id)
    return tuple(prefix + bytes((shard,)) for shard in range(LOG_SHARDS))


def last_change(value: Value) -> tuple[int, int]:
    """The time of a shard's last change, and the bytes ever written to it."""
    if value is None:
        return 0, 0
    time, size = LAST.unpack(value)
    return time, size


def record(item_key: bytes, old: Value) -> bytes:
    """A record: the item's key after its table's prefix, and its stored bytes before."""
    return _HEAD.pack(len(item_key)) + item_key + (old or b"")


def parsed(value: bytes) -> tuple[bytes, Value]:
    """The item's key and stored bytes in a record."""
    (length,) = _HEAD.unpack_from(value)
    end = _HEAD.size + length
    return value[_HEAD.size : end], value[end:] or None


def place_of(key: bytes) -> tuple[int, int]:
    """The time and the position in a record's key."""
    time, position = PLACE.unpack(key[-PLACE.size :])
    return time, position
