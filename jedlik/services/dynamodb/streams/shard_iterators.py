"""Shard iterators: positions in shards, as given to clients.

    stream ARN | 1 | 24 bytes in URL-safe base64:

    offset 0  4 bytes  shard number, big-endian
           4  8 bytes  position: the number of the next record, 0 for the oldest there is
          12  8 bytes  when it was made: milliseconds since the epoch
          20  4 bytes  checksum of all that and the ARN, so that a damaged iterator is refused

It is valid for 15 minutes (API reference, "GetShardIterator").
"""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Final, NamedTuple

from jedlik.base.errors import ExpiredIteratorException, ValidationException

LIFETIME: Final = 900.0
"""Seconds."""

_FIELDS: Final = struct.Struct(">IQQ")
_CHECKSUM_SIZE: Final = 4
_FORM: Final = "1"


class ShardIterator(NamedTuple):
    """Where in which stream to continue reading."""

    arn: str
    shard: int
    position: int


def encode(iterator: ShardIterator, now: float) -> str:
    """The text of an iterator that is made at `now`."""
    fields = _FIELDS.pack(iterator.shard, iterator.position, int(now * 1000))
    code = urlsafe_b64encode(fields + _checksum(iterator.arn, fields)).decode()
    return f"{iterator.arn}|{_FORM}|{code}"


def decode(text: str, now: float) -> ShardIterator:
    """The iterator in a text that a client sent at `now`.

    Raises ValidationException if it is missing, ExpiredIteratorException if it is too old.
    """
    arn, form, code = text.rsplit("|", 2) if text.count("|") >= 2 else ("", "", "")
    try:
        data = urlsafe_b64decode(code)
    except ValueError:
        data = b""
    fields, checksum = data[: _FIELDS.size], data[_FIELDS.size :]
    if form != _FORM or len(fields) < _FIELDS.size or checksum != _checksum(arn, fields):
        raise ValidationException("Invalid ShardIterator")
    shard, position, made = _FIELDS.unpack(fields)
    if now * 1000 > made + LIFETIME * 1000:
        raise ExpiredIteratorException
    return ShardIterator(arn, shard, position)


def _checksum(arn: str, fields: bytes) -> bytes:
    return blake2b(arn.encode() + fields, digest_size=_CHECKSUM_SIZE).digest()
