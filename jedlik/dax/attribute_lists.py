"""Attribute lists: numbers that stand for names of attributes, so that items need not repeat them.

Clients keep the numbers for ever, across connections and restarts of the server. So lists are
stored, and a number never changes its meaning. Number 1 is the empty list, which all clients know.

    10 "n" hash of the names (16)   the number: 8 bytes
    10 "i" number (8)               the names: JSON
    10 "l"                          the last number given: 8 bytes
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.kernel.keyspaces import (
    ATTRIBUTE_LIST_IDS,
    ATTRIBUTE_LISTS,
    LAST_ATTRIBUTE_LIST,
    NUMBER_SIZE,
)
from jedlik.kernel.store import Store
from jedlik.storage.engine import Changes, Value

EMPTY: Final = 1
MAX_LISTS: Final = 1_000_000
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

    async def id(self, names: tuple[str, ...]) -> int:
        """The number of a list, which is assigned now if it has none.

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
            found = await self._store.engine.write(_Give(key, text))
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

    def __init__(self, key: bytes, text: bytes) -> None:
        self.keys = (key, LAST_ATTRIBUTE_LIST)
        self._text = text

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        given, last = values
        if given is not None:
            return Changes({}, int.from_bytes(given, "big"))
        number = EMPTY + 1 if last is None else int.from_bytes(last, "big") + 1
        if number > MAX_LISTS:
            raise LimitExceededException(
                f"Items of this server have more than {MAX_LISTS} different lists of attributes"
            )
        written = number.to_bytes(NUMBER_SIZE, "big")
        changes = {
            self.keys[0]: written,
            LAST_ATTRIBUTE_LIST: written,
            _list_key(number): self._text,
        }
        return Changes(changes, number)


def _id_key(text: bytes) -> bytes:
    return ATTRIBUTE_LIST_IDS + hashlib.sha256(text).digest()[:16]


def _list_key(number: int) -> bytes:
    return ATTRIBUTE_LISTS + number.to_bytes(NUMBER_SIZE, "big")


def _size(names: tuple[str, ...]) -> int:
    return _KEPT_OVERHEAD + sum(map(len, names)) + 60 * len(names)
