"""How many items and bytes a table and each of its indexes hold.

The figures are kept exactly, in the commit of every write that changes them. One record per table
would make all writers of all nodes wait for one another, so a table's figures are the sum of a few
records, each mostly touched by one process, and on a shared engine by one of its batches on their
way. A record is, for every index that has anything:

    offset 0  4 bytes  index id (0: the table itself)
           4  8 bytes  items, signed
          12  8 bytes  bytes, signed, in the service's size accounting

A single record may hold negative figures; the sums never are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from jedlik.storage.engine import Value

_ENTRY = struct.Struct(">Iqq")

Figures = dict[int, tuple[int, int]]
"""Index id to items and bytes."""


class Tally:
    """What one write task adds to the figures of one table."""

    __slots__ = ("_deltas",)

    def __init__(self) -> None:
        self._deltas: dict[int, list[int]] = {}

    def add(self, index_id: int, items: int, size: int) -> None:
        """Count `items` more of `size` bytes together; both may be negative."""
        delta = self._deltas.get(index_id)
        if delta is None:
            self._deltas[index_id] = [items, size]
        else:
            delta[0] += items
            delta[1] += size

    def applied_to(self, record: Value) -> Value:
        """The record after this; the same object if nothing changes."""
        deltas = self._deltas
        for items, size in deltas.values():
            if items or size:
                break
        else:
            return record
        if len(deltas) == 1 and record is not None and len(record) == _ENTRY.size:
            index_id, items, size = _ENTRY.unpack(record)
            delta = deltas.get(index_id)
            if delta is not None:  # as in nearly all writes to a table without indexes
                return _entry(index_id, items + delta[0], size + delta[1])
        figures = parse(record)
        for index_id, (items, size) in deltas.items():
            before = figures.get(index_id, (0, 0))
            figures[index_id] = (before[0] + items, before[1] + size)
        return _record(figures)


def without_index(record: Value, index_id: int) -> Value:
    """The record without an index's figures; None if nothing is left."""
    figures = parse(record)
    figures.pop(index_id, None)
    return _record(figures) or None


def _record(figures: Figures) -> bytes:
    return b"".join([_entry(index_id, *held) for index_id, held in figures.items()])


def _entry(index_id: int, items: int, size: int) -> bytes:
    return _ENTRY.pack(index_id, items, size) if items or size else b""


def parse(record: Value) -> Figures:
    """The figures of one record."""
    if not record:
        return {}
    return {index_id: (items, size) for index_id, items, size in _ENTRY.iter_unpack(record)}


def count(records: Iterable[Value]) -> int:
    """How many items and index entries all records count together."""
    return sum(items for items, _ in total(records).values())


def total(records: Iterable[Value]) -> Figures:
    """The sums over all records of a table."""
    sums: Figures = {}
    for record in records:
        for index_id, (items, size) in parse(record).items():
            before = sums.get(index_id, (0, 0))
            sums[index_id] = (before[0] + items, before[1] + size)
    return sums
