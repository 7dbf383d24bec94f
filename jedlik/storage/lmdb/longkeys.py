"""Keys of any length, in exact order, over a store whose keys end at 511 bytes.

LMDB takes keys of 1 to 511 bytes. A key of up to 510 bytes is stored as it is. Of a longer key the
first 510 bytes and a zero byte make a *stub*, which is 511 bytes long and so can be no such key;
its value names a *node* in a second database, where the rest of the key goes on:

    rows   key, 1..510 bytes                             -> value
           first 510 bytes of a long key | 00            -> node id (8)          the stub
           0                           510 511

    longs  node id (8) | rest of the key, 1..502 bytes   -> value
           node id (8) | next 502 bytes      | 00        -> node id (8)          again a stub
           0           8                   510 511
           00 00 00 00 00 00 00 00                       -> value of the empty key

    Node ids are unsigned, big-endian, and begin at 1. A node without keys does not exist: the
    delete that empties it takes its stub away as well.

Why order is exact: let p be the first 510 bytes of a long key. Everything that begins with p and is
longer lies in the node of the stub p|00, in order by induction. The stub itself stands right after
the key p (it is p's shortest extension) and before every stored key greater than p, because such a
key has at most 510 bytes or is a stub, and so differs from p within those 510 bytes.

Each 502 bytes of a key are one node more to go through, and one Python frame more in a scan: keys
of several KiB are fine, keys of several hundred KiB are not.

Why not a hash in place of the rest: order would be lost. Why not escape bytes in every key: short
keys, which are nearly all, would pay for it; so they pay one comparison of their length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from jedlik.storage.engine import Row, Value

MAX_SHORT: Final = 510
"""The longest key that is stored as it is."""
STUB: Final = MAX_SHORT + 1
ID: Final = 8
_ROOM: Final = MAX_SHORT - ID
_EMPTY_KEY: Final = bytes(ID)
_END: Final = b"\0"

Transaction = Any
"""A transaction of py-lmdb, which publishes no usable protocol for it."""


class LongKeys:
    """The two databases of one environment, by their handles."""

    def __init__(self, rows: Any, longs: Any) -> None:
        self._rows = rows
        self._longs = longs

    def get(self, txn: Transaction, key: bytes) -> Value:
        """The value of any key, short ones too."""
        if not key:
            return _value(txn.get(_EMPTY_KEY, None, self._longs))
        if len(key) <= MAX_SHORT:
            return _value(txn.get(key, None, self._rows))
        node = txn.get(key[:MAX_SHORT] + _END, None, self._rows)
        rest = key[MAX_SHORT:]
        while node is not None:
            if len(rest) <= _ROOM:
                return _value(txn.get(node + rest, None, self._longs))
            node = txn.get(node + rest[:_ROOM] + _END, None, self._longs)
            rest = rest[_ROOM:]
        return None

    def put(self, txn: Transaction, key: bytes, value: bytes) -> None:
        """Store the value of any key."""
        if not key:
            txn.put(_EMPTY_KEY, value, db=self._longs)
            return
        database, prefix, rest, room = self._rows, b"", key, MAX_SHORT
        fresh = 0
        while len(rest) > room:
            stub = prefix + rest[:room] + _END
            node = txn.get(stub, None, database)
            if node is None:
                # A node made in this call holds no key yet, so the next one counts on from it.
                fresh = fresh + 1 if fresh else self._next_id(txn)
                node = fresh.to_bytes(ID, "big")
                txn.put(stub, node, db=database)
            database, prefix, rest, room = self._longs, node, rest[room:], _ROOM
        txn.put(prefix + rest, value, db=database)

    def delete(self, txn: Transaction, key: bytes) -> None:
        """Remove any key, if it is there, and the nodes that it leaves empty."""
        if not key:
            txn.delete(_EMPTY_KEY, db=self._longs)
            return
        stubs: list[tuple[Any, bytes]] = []
        database, prefix, rest, room = self._rows, b"", key, MAX_SHORT
        while len(rest) > room:
            stub = prefix + rest[:room] + _END
            node = txn.get(stub, None, database)
            if node is None:
                return
            stubs.append((database, stub))
            database, prefix, rest, room = self._longs, node, rest[room:], _ROOM
        if not txn.delete(prefix + rest, db=database):
            return
        while stubs and self._is_empty(txn, prefix):
            database, stub = stubs.pop()
            txn.delete(stub, db=database)
            prefix = stub[:ID]

    def scan(
        self, txn: Transaction, low: bytes, high: bytes | None, reverse: bool = False
    ) -> Iterator[Row]:
        """All rows with `low` <= key < `high`, with keys of any length, in either direction."""
        empty = txn.get(_EMPTY_KEY, None, self._longs) if not low and high != b"" else None
        if empty is not None and not reverse:
            yield b"", empty
        yield from self._scan(txn, self._rows, b"", low, high, reverse)
        if empty is not None and reverse:
            yield b"", empty

    def problems(self, txn: Transaction) -> list[str]:
        """What is wrong with the nodes; empty for a sound store. Reads the whole of it."""
        found: list[str] = []
        named: Counter[bytes] = Counter()
        nodes: set[bytes] = set()
        for database in (self._rows, self._longs):
            for stored, value in txn.cursor(database):
                if len(stored) == STUB:
                    named[value] += 1
                    if stored[-1:] != _END or len(value) != ID:
                        found.append(f"a malformed stub: {stored!r}")
                if database is self._longs and stored != _EMPTY_KEY:
                    nodes.add(stored[:ID])
        for node in sorted(nodes | set(named)):
            if node not in nodes:
                found.append(f"node {node.hex()} is named and not there")
            elif named[node] != 1:
                found.append(f"node {node.hex()} is named {named[node]} times")
        return found

    def _scan(
        self,
        txn: Transaction,
        database: Any,
        prefix: bytes,
        low: bytes,
        high: bytes | None,
        reverse: bool,
    ) -> Iterator[Row]:
        """The rows of one node (or of the top), without what their keys have before it."""
        start = len(prefix)
        room = MAX_SHORT - start
        cursor = txn.cursor(database)
        placed = (
            _to_last(cursor, prefix, room, high)
            if reverse
            else cursor.set_range(prefix + _short(low, room))
        )
        if not placed:
            return
        for stored, value in cursor.iterprev() if reverse else cursor.iternext():
            if stored[:start] != prefix:
                return
            if len(stored) < STUB:
                key = stored[start:]
                if key < low if reverse else (high is not None and key >= high):
                    return
                yield key, value
                continue
            head = stored[start:MAX_SHORT]
            inner_low = low[room:] if low[:room] == head else b""
            if reverse:
                if head < low and not inner_low:
                    return
            elif high is not None and head >= high:
                return
            inner_high = None
            if high is not None and len(high) > room and high[:room] == head:
                inner_high = high[room:]
            for key, inner in self._scan(txn, self._longs, value, inner_low, inner_high, reverse):
                yield head + key, inner

    def _next_id(self, txn: Transaction) -> int:
        """An id that no node has: one more than the greatest."""
        cursor = txn.cursor(self._longs)
        return int.from_bytes(cursor.key()[:ID], "big") + 1 if cursor.last() else 1

    def _is_empty(self, txn: Transaction, node: bytes) -> bool:
        cursor = txn.cursor(self._longs)
        return not (cursor.set_range(node) and cursor.key()[:ID] == node)


def _value(stored: Any) -> Value:
    return stored  # type: ignore[no-any-return]


def _short(key: bytes, room: int) -> bytes:
    """The key itself if it fits, else its stub."""
    return key if len(key) <= room else key[:room] + _END


def _to_last(cursor: Any, prefix: bytes, room: int, high: bytes | None) -> bool:
    """Put the cursor on the last entry that may lie below `high`; it may lie before the node."""
    if high is None:
        if not prefix:
            return bool(cursor.last())
        # No node has the greatest id of all, so there is a next one to look for.
        end = (int.from_bytes(prefix, "big") + 1).to_bytes(ID, "big")
    else:
        end = prefix + _short(high, room)
    if not cursor.set_range(end):
        return bool(cursor.last())
    if high is not None and len(high) > room and cursor.key() == end:
        return True  # the stub of `high`: rows below it are inside
    return bool(cursor.prev())
