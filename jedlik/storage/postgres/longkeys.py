"""Keys that are too long for the database's index, which ends at about 2,700 bytes in PostgreSQL.

A key of up to HEAD bytes is stored unchanged. A longer one is stored as its first HEAD bytes and a
digest of the whole key, with the rest of the key in front of its value:

    key    offset 0     HEAD bytes  how the key begins
                  HEAD  32 bytes    SHA-256 of the whole key
    value  offset 0     4 bytes     length of the rest, big-endian
                  4     rest        the key from offset HEAD on
                  ...               the value

So a stored key is longer than HEAD just when the key is. Order: a short key that begins like the
long one, or is less, is less in the index as well, and one that is greater differs within HEAD
bytes and is greater there too. Only keys that agree in all their first HEAD bytes stand in another
order than their own: `ranges` puts such a group in order, and `group` says which rows are in it.

HEAD is enough for the key of every item, and for index entries of all but extreme sort keys, so
this is rare.
"""

from __future__ import annotations

import hashlib
from typing import Final

from jedlik.storage.engine import Row

HEAD: Final = 2400
_DIGEST: Final = 32
_LENGTH: Final = 4


def stored_key(key: bytes) -> bytes:
    """The key under which a row is stored."""
    return key if len(key) <= HEAD else key[:HEAD] + hashlib.sha256(key).digest()


def stored_value(key: bytes, value: bytes) -> bytes:
    """The value that is stored there."""
    if len(key) <= HEAD:
        return value
    return (len(key) - HEAD).to_bytes(_LENGTH, "big") + key[HEAD:] + value


def original(stored: bytes, value: bytes) -> Row:
    """The key and the value of a stored row."""
    if len(stored) <= HEAD:
        return stored, value
    end = _LENGTH + int.from_bytes(value[:_LENGTH], "big")
    return stored[:HEAD] + value[_LENGTH:end], value[end:]


def group(stored: bytes) -> tuple[bytes, bytes]:
    """Bounds (low, high; high not included) of the stored keys that agree with a long one's head.

    The low end is the first key longer than the head.
    """
    head = stored[:HEAD]
    return head + b"\0", head + b"\xff" * (_DIGEST + 1)


def stored_bound(key: bytes | None) -> bytes | None:
    """The greatest lower bound of the stored keys of `key` and all keys after it. For a long key,
    lesser rows of its group may be above this bound too."""
    return key if key is None or len(key) <= HEAD else key[:HEAD] + b"\0"
