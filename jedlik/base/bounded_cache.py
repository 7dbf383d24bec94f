"""A cache that is limited in bytes, so that requests cannot make the server grow.

The caller of `put` gives the weight of an entry: the approximate bytes of its key and value. A
limit on the number of entries would not help, as one of them may be a megabyte. The oldest entries
make room; an entry that weighs more than the whole cache is not kept. Every request needs some
lookups, so `get` is the dictionary's own method.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class BoundedCache(Generic[KeyT, ValueT]):
    """Entries of at most `max_bytes` in total. The event loop and threads may share it."""

    __slots__ = ("_changing", "_entries", "_weights", "get", "max_bytes", "weight")

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.weight = 0
        """Bytes that the entries weigh now."""
        self._entries: dict[KeyT, ValueT] = {}
        self._weights: dict[KeyT, int] = {}
        self._changing = RLock()
        self.get: Callable[[KeyT], ValueT | None] = self._entries.get
        """The value of a key; None if missing."""

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, key: KeyT, value: ValueT, weight: int) -> ValueT:
        """Keep a value, which weighs this many bytes together with its key; returns the value."""
        with self._changing:
            self._drop(key)
            if weight <= self.max_bytes:
                self._entries[key] = value
                self._weights[key] = weight
                self.weight += weight
                self._make_room()
        return value

    def grow(self, key: KeyT, added: int) -> None:
        """Note that a key's value now weighs this many bytes more (or less, if negative)."""
        with self._changing:
            if key in self._weights:
                self._weights[key] += added
                self.weight += added
                self._make_room()

    def discard(self, key: KeyT) -> None:
        """Drop an entry, if it exists."""
        with self._changing:
            self._drop(key)

    def clear(self) -> None:
        """Drop all entries."""
        with self._changing:
            self._entries.clear()
            self._weights.clear()
            self.weight = 0

    def _drop(self, key: KeyT) -> None:
        if key in self._entries:
            del self._entries[key]
            self.weight -= self._weights.pop(key)

    def _make_room(self) -> None:
        while self.weight > self.max_bytes:
            self._drop(next(iter(self._entries)))
        assert self.weight >= 0, "an entry grew by less than nothing"
