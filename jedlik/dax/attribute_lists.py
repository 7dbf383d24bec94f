"""Attribute lists: numbers that stand for names of attributes, so that items need not repeat them.

Clients keep the numbers for ever, across connections and restarts of the server, and nothing makes
them ask again. So lists are stored, and a number never changes its meaning. Number 1 is the empty
list, which all clients know.

What cannot be taken back must not be used up. Each list counts for the caller who needed it first,
and a caller gets another one only while it has less than what would then be left: the first may
take half of all room, the next half of the rest, and there is always some for others.

    10 "n" hash of the names (16)   the number: 8 bytes
    10 "i" number (8)               the names: JSON
    10 "l"                          the last number given: 8 bytes
    10 "s"                          the room that all lists take: 8 bytes; without it, one each
    10 "s" hash of the owner (16)   the room of a caller's lists: 8 bytes
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import KIB, MAX_ITEM_SIZE
from jedlik.kernel.keyspaces import (
    ATTRIBUTE_LIST_IDS,
    ATTRIBUTE_LIST_ROOM,
    ATTRIBUTE_LISTS,
    LAST_ATTRIBUTE_LIST,
    NUMBER_SIZE,
)
from jedlik.kernel.store import Store
from jedlik.storage.engine import Changes, Value
from jedlik.values.keybytes import HASH_SIZE

EMPTY: Final = 1
ROOM: Final = 1_000_000
"""The room for lists, in KiB begun: each takes one at least."""
_MAX_KEPT_SIZE: Final = 4 * 1024 * 1024
"""Bytes of names that a process keeps in memory."""
_KEPT_OVERHEAD: Final = 200


class AttributeLists:
    """The attribute lists of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: OrderedDict[int, tuple[str, ...]] = OrderedDict()
        self._ids: dict[tuple[str, ...], int] = {}
        self._size = 0

    async def names(self, list_id: int) -> tuple[str, ...]:
        """The names of a list. Raises ValidationException for a number that was never given."""
        if list_id == EMPTY:
            return ()
        known = self._names.get(list_id)
        if known is not None:
            self._names.move_to_end(list_id)
            return known
        stored: Value = None
        if 0 < list_id < 1 << 63:
            (stored,) = await self._store.engine.read((_list_key(list_id),))
        if stored is None:
            raise ValidationException(f"There is no attribute list {list_id}")
        return self._keep(list_id, tuple(orjson.loads(stored)))

    async def id(self, names: tuple[str, ...], owner: str) -> int:
        """The number of a list, which is assigned now if it has none, out of the owner's share.

        Raises ValidationException for names that no item can have, and LimitExceededException.
        """
        if not names:
            return EMPTY
        known = self._ids.get(names)
        if known is not None:
            self._names.move_to_end(known)
            return known
        if len(set(names)) < len(names):
            raise ValidationException("An attribute list has a name twice")
        text = orjson.dumps(names)
        if len(text) > 2 * MAX_ITEM_SIZE:
            raise ValidationException("Item size has exceeded the maximum allowed size")
        key = _id_key(text)
        (stored,) = await self._store.engine.read((key,))
        if stored is None:
            found = await self._store.engine.write(_Give(key, text, owner))
        else:
            found = int.from_bytes(stored, "big")
        self._keep(found, names)
        return found

    def _keep(self, list_id: int, names: tuple[str, ...]) -> tuple[str, ...]:
        if list_id not in self._names:
            self._names[list_id] = names
            self._ids[names] = list_id
            self._size += _size(names)
            while self._size > _MAX_KEPT_SIZE and len(self._names) > 1:
                _, gone = self._names.popitem(last=False)
                del self._ids[gone]
                self._size -= _size(gone)
        return names


class _Give:
    """Assigns the next number to a list, unless another process has done so meanwhile."""

    def __init__(self, key: bytes, text: bytes, owner: str) -> None:
        self.keys = (key, LAST_ATTRIBUTE_LIST, ATTRIBUTE_LIST_ROOM, _share_key(owner))
        self._text = text

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        given, last, all_room, share = values
        if given is not None:
            return Changes({}, int.from_bytes(given, "big"))
        number = _number(last, EMPTY) + 1
        room = 1 + len(self._text) // KIB
        taken = _number(all_room, number - 1 - EMPTY) + room
        own = _number(share, 0) + room
        if own > ROOM - taken:
            raise LimitExceededException(
                "The items that you have read or written have too many different lists of "
                "attributes: what this server has room for in addition is kept for other callers"
            )
        key, last_key, room_key, share_key = self.keys
        changes = {
            key: _bytes(number),
            last_key: _bytes(number),
            room_key: _bytes(taken),
            share_key: _bytes(own),
            _list_key(number): self._text,
        }
        return Changes(changes, number)


def _number(stored: Value, otherwise: int) -> int:
    return otherwise if stored is None else int.from_bytes(stored, "big")


def _bytes(number: int) -> bytes:
    return number.to_bytes(NUMBER_SIZE, "big")


def _id_key(text: bytes) -> bytes:
    return ATTRIBUTE_LIST_IDS + _hash(text)


def _share_key(owner: str) -> bytes:
    return ATTRIBUTE_LIST_ROOM + _hash(owner.encode())


def _hash(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()[:HASH_SIZE]


def _list_key(number: int) -> bytes:
    return ATTRIBUTE_LISTS + _bytes(number)


def _size(names: tuple[str, ...]) -> int:
    return _KEPT_OVERHEAD + sum(map(len, names)) + 60 * len(names)
