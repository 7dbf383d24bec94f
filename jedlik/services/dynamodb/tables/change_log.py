"""A table's log of its changes as stored in its record: who needs it, and for how long. Plain data.

How it is used: see `dynamodb.backups`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

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
