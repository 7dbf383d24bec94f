"""The decisions of a batch's tasks, and the conditions under which its commit may store them.

The tasks run in order on values that were read without locks, each on the changes of those before
it. The commit then checks, under lock, that the values are still the same. Not all of them have to
be checked: a task that changes nothing, and has read no change of an earlier task, is answered from
the snapshot like any read; most failed conditions are such tasks. The others depend on the values
that they read (`expected`), which are checked:

    expected to exist, changed          locked for update, value compared
    expected to exist, not changed      locked in share mode, value compared
    expected absent, put                inserted, which fails if it exists now
    expected absent, not put            nothing can be locked except a placeholder
    changed without having been read    put or deleted unconditionally
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jedlik.storage.engine import Value
from jedlik.storage.groupcommit import MAX_BATCH_BYTES, TaskOutcome, checked_size
from jedlik.storage.postgres.longkeys import HEAD, stored_key, stored_value

CommitArguments = tuple[
    list[bytes],
    list[bytes],
    list[bytes],
    list[bytes],
    list[bytes],
    list[bytes],
    list[bytes],
    list[bytes],
    list[bytes],
]


class Waiting(NamedTuple):
    """A task, its keys, the future that its caller awaits, and since when."""

    task: Any
    keys: Sequence[bytes]
    future: Any
    since: float


class Decisions:
    """The tasks of a batch, decided on `values`, which has only existing keys."""

    def __init__(self, batch: Sequence[Waiting], values: Mapping[bytes, bytes]) -> None:
        self.values = values
        self.changes: dict[bytes, Value] = {}
        self.expected: set[bytes] = set()
        self.at_once: list[tuple[Waiting, TaskOutcome]] = []
        """Tasks that can be answered before anything is committed."""
        self.after: list[tuple[Waiting, TaskOutcome]] = []
        """Tasks to be answered after the commit."""
        self.rest: list[Waiting] = []
        """Tasks that were not decided, since the changes are large enough without them."""
        self._decide(batch)

    def _decide(self, batch: Sequence[Waiting]) -> None:
        changed, values, expected = self.changes, self.values, self.expected
        size = 0
        for place, waiting in enumerate(batch):
            keys = waiting.keys
            if changed:
                seen = [changed[key] if key in changed else values.get(key) for key in keys]
                depends = not changed.keys().isdisjoint(keys)
            else:
                seen = [values.get(key) for key in keys]
                depends = False
            try:
                changes, result = waiting.task.decide(seen)
                size += checked_size(changes)
                outcome = TaskOutcome(result, None)
            except Exception as error:
                changes, outcome = {}, TaskOutcome(None, error)
            if not changes and not depends:
                self.at_once.append((waiting, outcome))
                continue
            expected.update(key for key in keys if key not in changed)
            changed.update(changes)
            self.after.append((waiting, outcome))
            if size >= MAX_BATCH_BYTES:
                self.rest = list(batch[place + 1 :])
                return

    @property
    def unguarded(self) -> bool:
        """Whether a key must stay absent that the commit does not put."""
        values, changes = self.values, self.changes
        return any(key not in values and changes.get(key) is None for key in self.expected)

    @property
    def only_read(self) -> set[bytes]:
        """Keys that tasks depend on, but do not change."""
        return self.expected - self.changes.keys()

    def arguments(self) -> CommitArguments:
        """The arguments of the statement COMMIT; not to be called where `unguarded`."""
        values, changes = self.values, self.changes
        shared: list[tuple[bytes, bytes]] = []
        taken: list[tuple[bytes, bytes]] = []
        puts: list[tuple[bytes, bytes]] = []
        made: list[tuple[bytes, bytes]] = []
        gone: list[bytes] = []
        for key in self.expected:
            value = values.get(key)
            if value is not None:
                (taken if key in changes else shared).append(_as_stored(key, value))
        for key, value in changes.items():
            if value is None:
                gone.append(stored_key(key))
            elif key in self.expected and key not in values:
                made.append(_as_stored(key, value))
            else:
                puts.append(_as_stored(key, value))
        shared.sort()
        taken.sort()
        return (
            [key for key, _ in shared],
            [key for key, _ in taken],
            [value for _, value in shared],
            [value for _, value in taken],
            [key for key, _ in puts],
            [value for _, value in puts],
            [key for key, _ in made],
            [value for _, value in made],
            gone,
        )


def _as_stored(key: bytes, value: bytes) -> tuple[bytes, bytes]:
    if len(key) <= HEAD:
        return key, value
    return stored_key(key), stored_value(key, value)
