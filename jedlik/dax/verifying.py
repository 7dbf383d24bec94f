"""How `verify` checks attribute lists and the state of the control plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import (
    ATTRIBUTE_LIST_IDS,
    ATTRIBUTE_LIST_ROOM,
    ATTRIBUTE_LISTS,
    CLUSTERS,
    LAST_ATTRIBUTE_LIST,
    NUMBER_SIZE,
)
from jedlik.storage.engine import Row
from jedlik.values.keybytes import HASH_SIZE

_SHARE_SIZE: Final = len(ATTRIBUTE_LIST_ROOM) + HASH_SIZE


class DaxWalk:
    """Lists can be decoded, and each is found by its names."""

    def __init__(self, found: Report) -> None:
        self._found = found
        self._lists: set[bytes] = set()
        self._numbers: dict[bytes, bytes] = {}

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            if key in (CLUSTERS, LAST_ATTRIBUTE_LIST) or _is_room(key):
                readable = _is_json(value) if key == CLUSTERS else len(value) == NUMBER_SIZE
                if not readable:
                    self._found(f"key {key.hex()}", "its record cannot be read")
            elif key.startswith(ATTRIBUTE_LISTS) and len(key) == len(ATTRIBUTE_LISTS) + NUMBER_SIZE:
                self._lists.add(key[len(ATTRIBUTE_LISTS) :])
                if not _is_json(value):
                    self._found(f"attribute list {key.hex()}", "its record cannot be read")
            elif (
                key.startswith(ATTRIBUTE_LIST_IDS)
                and len(key) == len(ATTRIBUTE_LIST_IDS) + HASH_SIZE
            ):
                self._numbers[key] = value
            else:
                self._found(f"key {key.hex()}", "belongs to no keyspace")

    def end(self) -> None:
        """Compare names and numbers."""
        for key, number in self._numbers.items():
            if number not in self._lists:
                self._found(f"names {key.hex()}", "lead to no attribute list")


def _is_room(key: bytes) -> bool:
    """Whether this is the key of the room of all attribute lists, or of a caller's."""
    return key == ATTRIBUTE_LIST_ROOM or (
        key.startswith(ATTRIBUTE_LIST_ROOM) and len(key) == _SHARE_SIZE
    )


def _is_json(value: bytes) -> bool:
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    return True
