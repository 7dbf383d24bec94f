"""Which identities changed last, so that a process that knows all of them reads only these again.

    offset  0  8 bytes   a version of the identities: later changes are all listed
    offset  8            for each of them, oldest first: the version that it made (8), the size of a
                         key of keyspace 0A (2), and that key

The list is to be believed only if the last version in it is the current one. Then nothing was
changed without being listed, as a rollback does or a server of an earlier release. It has room for
MAX_BYTES. A process that has missed more than that reads all identities. All numbers are
big-endian.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from jedlik.kernel.catalog_version import VERSION_SIZE
from jedlik.storage.engine import Value

MAX_BYTES: Final = 4096
_SIZE_SIZE: Final = 2
_BEFORE_ALL: Final = bytes(VERSION_SIZE)


def with_change(stored: Value, before: Value, version: bytes, keys: Collection[bytes]) -> bytes:
    """The list after a change of these keys, by which the identities' version went from `before`
    to `version`."""
    before = before or _BEFORE_ALL
    listed = stored if stored is not None and _last(stored) == before else before
    added = b"".join(_change(version, key) for key in keys)
    if VERSION_SIZE + len(added) > MAX_BYTES:
        return version
    since, kept = listed[:VERSION_SIZE], listed[VERSION_SIZE:]
    while VERSION_SIZE + len(kept) + len(added) > MAX_BYTES:
        since, kept = _without_oldest(kept)
    return since + kept + added


def changed_since(stored: Value, known: Value, version: Value) -> list[bytes] | None:
    """The keys that changed between the version `known` and `version`, which is the current one;
    None: any of them may have changed."""
    if stored is None or _last(stored) != version:
        return None
    known = known or _BEFORE_ALL
    if known < stored[:VERSION_SIZE]:
        return None
    changes = _changes(stored[VERSION_SIZE:])
    return list(dict.fromkeys(key for at, key in changes if at > known))


def is_well_formed(stored: bytes) -> bool:
    """Whether a list consists of whole changes, and its versions are in order."""
    since, changes = stored[:VERSION_SIZE], list(_changes(stored[VERSION_SIZE:]))
    versions = [since, *(version for version, _ in changes)]
    whole = since + b"".join(_change(version, key) for version, key in changes)
    return len(since) == VERSION_SIZE and whole == stored and versions == sorted(versions)


def _without_oldest(changes: bytes) -> tuple[bytes, bytes]:
    """The version of the oldest change, and all changes but those that it made."""
    oldest, rest = changes[:VERSION_SIZE], changes
    while rest[:VERSION_SIZE] == oldest:
        rest = rest[len(_change(*next(_changes(rest)))) :]
    return oldest, rest


def _last(stored: bytes) -> bytes:
    """The last version in a list."""
    last = stored[:VERSION_SIZE]
    for last, _ in _changes(stored[VERSION_SIZE:]):  # noqa: B007  the last one counts
        pass
    return last


def _change(version: bytes, key: bytes) -> bytes:
    return version + len(key).to_bytes(_SIZE_SIZE, "big") + key


def _changes(changes: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The versions and keys of changes."""
    at = 0
    while at < len(changes):
        start = at + VERSION_SIZE + _SIZE_SIZE
        size = int.from_bytes(changes[at + VERSION_SIZE : start], "big")
        yield changes[at : at + VERSION_SIZE], changes[start : start + size]
        at = start + size
