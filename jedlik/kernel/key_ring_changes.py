"""Which key rings may have changed, and when, so that a process that knows all of them reads only
these again.

    offset  0  8 bytes   a version of the catalog: later changes are all listed
    offset  8  12 bytes  for each of them, oldest first: the version that it made (8) and the id of
                         the table whose ring, streams or need of a ring changed (4)

A record has room for MAX_CHANGES. A process that has missed more than that reads all rings, and so
does every process after a change that may concern any of them. If the record is missing, nothing
has changed. All numbers are big-endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from jedlik.kernel.catalog_version import VERSION_SIZE
from jedlik.kernel.keyspaces import ID_SIZE
from jedlik.storage.engine import Value

MAX_CHANGES: Final = 64
_CHANGE_SIZE: Final = VERSION_SIZE + ID_SIZE
_BEFORE_ALL: Final = bytes(VERSION_SIZE)


def everything_changed(version: bytes) -> bytes:
    """The record after a change, made by `version`, that may concern every key ring."""
    return version


def with_changes(stored: Value, version: bytes, table_ids: Iterable[int]) -> bytes:
    """The record after `version` changed something of the rings of these tables."""
    record = stored or _BEFORE_ALL
    added = [version + table_id.to_bytes(ID_SIZE, "big") for table_id in sorted(table_ids)]
    changes = [*_changes(record), *added]
    kept = changes[-MAX_CHANGES:]
    dropped = changes[:-MAX_CHANGES]
    since = dropped[-1][:VERSION_SIZE] if dropped else record[:VERSION_SIZE]
    return b"".join((since, *kept))


def changed_since(stored: Value, version: bytes) -> set[int] | None:
    """The tables whose rings may have changed since `version`; None: any of them may have."""
    record = stored or _BEFORE_ALL
    if version < record[:VERSION_SIZE]:
        return None
    return {
        int.from_bytes(change[VERSION_SIZE:], "big")
        for change in _changes(record)
        if change[:VERSION_SIZE] > version
    }


def last_change(stored: Value) -> bytes:
    """The version that the last change made."""
    record = stored or _BEFORE_ALL
    return (record[:VERSION_SIZE], *(change[:VERSION_SIZE] for change in _changes(record)))[-1]


def is_well_formed(stored: bytes) -> bool:
    """Whether a record has the size of one, and its versions are in order."""
    if len(stored) < VERSION_SIZE or (len(stored) - VERSION_SIZE) % _CHANGE_SIZE:
        return False
    versions = [stored[:VERSION_SIZE], *(change[:VERSION_SIZE] for change in _changes(stored))]
    return versions == sorted(versions)


def _changes(record: bytes) -> Iterator[bytes]:
    starts = range(VERSION_SIZE, len(record), _CHANGE_SIZE)
    return (record[at : at + _CHANGE_SIZE] for at in starts)
