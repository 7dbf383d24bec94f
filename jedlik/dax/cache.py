"""A node's memory: the item cache, the query cache, and how room is made in them.

The two never affect each other: a Query does not warm the item cache, and a write does not change a
cached page (DAX developer guide, "DAX and DynamoDB consistency models"). But they share the memory
of their node, and the least recently used entry of either makes room. So both are in one ordered
dictionary, with requests as keys: a page under its whole request, an item under the part of a
GetItem before its options.

An item that is read for the cache while it is written must not be cached, as it may be outdated.
And of two concurrent writes, it is unknown which came last. So a call that reads or writes an item
says when it begins, and its result is cached only if there was no other call in the meantime.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from jedlik.dax.errors import DaxError

ENTRY_OVERHEAD: Final = 336
"""Bytes of an entry in addition to its key and its answer: the heads of two byte strings, the
entry, and its slots in the dictionary (measured with tracemalloc, CPython 3.11)."""

NEVER: Final = float("inf")


class Entry:
    """A cached answer, and when it expires, in monotonic seconds."""

    __slots__ = ("expires", "reply")

    def __init__(self, reply: bytes, expires: float) -> None:
        self.reply = reply
        self.expires = expires


@dataclass(slots=True)
class CacheCounters:
    """What has happened so far."""

    item_hits: int = 0
    item_misses: int = 0
    query_hits: int = 0
    query_misses: int = 0
    scan_hits: int = 0
    scan_misses: int = 0
    evicted_bytes: int = 0


@dataclass(slots=True)
class TimesToLive:
    """How long entries live, in seconds. For items, 0 means for ever; for queries, not at all (DAX
    developer guide, "Configuring TTL settings")."""

    items: float = 300.0
    queries: float = 300.0


class _Busy:
    """An item that is being read for the cache, or written. `moves` counts beginnings and ends of
    writes."""

    __slots__ = ("moves", "users", "writers")

    def __init__(self) -> None:
        self.users = 0
        self.writers = 0
        self.moves = 0


class NodeMemory:
    """Both caches of a node. `limit` is in bytes."""

    def __init__(self, limit: int, now: Callable[[], float], lives: TimesToLive) -> None:
        self.limit = limit
        self.used = 0
        self.counters = CacheCounters()
        self.lives = lives
        self._now = now
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._busy: dict[bytes, _Busy] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: bytes) -> bytes | None:
        """The answer that is cached under a key and not expired. It counts as used."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires <= self._now():
            self.drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.reply

    def clear(self) -> None:
        """Drop everything, as after a reboot."""
        self._entries.clear()
        self.used = 0
        for busy in self._busy.values():
            busy.moves += 1

    def drop(self, key: bytes) -> None:
        """Drop the entry under a key."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.used -= _size(key, entry)

    def keep_query(self, key: bytes, reply: bytes) -> None:
        """Cache the answer to a Query or Scan."""
        life = self.lives.queries
        if life:
            self._keep(key, reply, self._now() + life)

    # --- Items ------------------------------------------------------------------------------------

    def reading(self, key: bytes) -> ItemUse:
        """An item is about to be read for the cache."""
        return ItemUse(self, key, writes=False)

    def writing(self, key: bytes) -> ItemUse:
        """An item is about to be written."""
        return ItemUse(self, key, writes=True)

    def _keep_item(self, key: bytes, reply: bytes) -> None:
        life = self.lives.items
        self._keep(key, reply, self._now() + life if life else NEVER)

    def _keep(self, key: bytes, reply: bytes, expires: float) -> None:
        self.drop(key)
        entry = Entry(reply, expires)
        size = _size(key, entry)
        if size > self.limit:
            return
        self._entries[key] = entry
        self.used += size
        while self.used > self.limit:
            oldest, gone = self._entries.popitem(last=False)
            freed = _size(oldest, gone)
            self.used -= freed
            self.counters.evicted_bytes += freed


class ItemUse:
    """One reading or writing of an item. It ends once: later calls of its methods do nothing."""

    __slots__ = ("_busy", "_key", "_memory", "_moves", "_writes")

    def __init__(self, memory: NodeMemory, key: bytes, *, writes: bool) -> None:
        self._memory = memory
        self._key = key
        self._writes = writes
        busy = memory._busy.setdefault(key, _Busy())
        self._busy: _Busy | None = busy
        busy.users += 1
        if writes:
            busy.writers += 1
            busy.moves += 1
        self._moves = busy.moves

    def keep(self, reply: bytes) -> None:
        """It succeeded, and `reply` is the answer to a GetItem of the item from now on."""
        busy, memory = self._busy, self._memory
        if busy is None:
            return
        alone = busy.moves == self._moves and busy.writers == int(self._writes)
        if alone:
            memory._keep_item(self._key, reply)
        elif self._writes:
            memory.drop(self._key)
        self._end()

    def forget(self) -> None:
        """It may have been written, so the present item is unknown."""
        if self._busy is not None:
            self._memory.drop(self._key)
            self._end()

    def leave(self) -> None:
        """Nothing was read or written."""
        self._end()

    def _end(self) -> None:
        busy, self._busy = self._busy, None
        if busy is None:
            return
        busy.users -= 1
        if self._writes:
            busy.writers -= 1
            busy.moves += 1
        if not busy.users:
            self._memory._busy.pop(self._key, None)


@contextlib.contextmanager
def closing_read(use: ItemUse) -> Iterator[None]:
    """End a reading if it fails."""
    try:
        yield
    finally:
        use.leave()


@contextlib.contextmanager
def closing_writes(*uses: ItemUse) -> Iterator[None]:
    """End writings if they fail. If they were refused, nothing changed; otherwise the outcome is
    unknown."""
    refused = False
    try:
        yield
    except DaxError as error:
        refused = error.status < 500
        raise
    finally:
        for use in uses:
            if refused:
                use.leave()
            else:
                use.forget()


def _size(key: bytes, entry: Entry) -> int:
    return len(key) + len(entry.reply) + ENTRY_OVERHEAD
