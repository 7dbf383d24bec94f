"""ClientRequestToken: a transaction that is sent again is carried out only once.

A token is stored for ten minutes, in the commit of its transaction, so it holds across workers,
nodes and restarts. API reference, "TransactWriteItems", ClientRequestToken.

The record of a token, under the hash of its text:

    offset 0   8 bytes  when it was used: milliseconds since the epoch, big-endian
           8  16 bytes  hash of its request
          24   4 bytes  for each of the request's items: bytes of the larger of its images before
                        and after, big-endian; missing in records of older versions

A second key, which begins with the same time, lets the sweep find old tokens without reading young
ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from struct import iter_unpack
from typing import Any, Final

import orjson

from jedlik.base.errors import IdempotentParameterMismatchException
from jedlik.kernel.keyspaces import TOKEN_TIMES, TOKENS
from jedlik.storage.engine import Value
from jedlik.values.joined_numbers import json_of

LIFETIME: Final = 600.0
"""Seconds for which a token is remembered."""

_TIME_SIZE: Final = 8
_HASH_SIZE: Final = 16
_SIZES_AT: Final = _TIME_SIZE + _HASH_SIZE
# The form of the answer is not part of what the request does.
_NOT_COMPARED: Final = ("ClientRequestToken", "ReturnConsumedCapacity")


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=_HASH_SIZE).digest()


class ClientToken:
    """The token of a request, at the time `now` (seconds since the epoch)."""

    __slots__ = ("_now", "_request_hash", "_token_hash", "key")

    def __init__(self, text: str, payload: Mapping[str, Any], now: float) -> None:
        self._token_hash = _hash(text.encode())
        compared = {name: payload[name] for name in payload if name not in _NOT_COMPARED}
        self._request_hash = _hash(orjson.dumps(compared, json_of, orjson.OPT_SORT_KEYS))
        self._now = int(now * 1000)
        self.key = TOKENS + self._token_hash

    def repeats(self, record: Value) -> list[int] | None:
        """The sizes of the items, in the order of the request, if it was carried out before; each
        is that of the larger image. `record` is the value of `key`. Empty if no sizes were kept.

        Raises IdempotentParameterMismatchException if the token was used by another request.
        """
        if record is None:
            return None
        used = int.from_bytes(record[:_TIME_SIZE], "big")
        if self._now - used >= LIFETIME * 1000:
            return None
        if record[_TIME_SIZE:_SIZES_AT] != self._request_hash:
            raise IdempotentParameterMismatchException
        return [size for (size,) in iter_unpack(">I", record[_SIZES_AT:])]

    def changes(self, sizes: Iterable[int]) -> dict[bytes, Value]:
        """The changes that store the token; `sizes` as returned by `repeats`."""
        time = self._now.to_bytes(_TIME_SIZE, "big")
        kept = b"".join(size.to_bytes(4, "big") for size in sizes)
        return {
            self.key: time + self._request_hash + kept,
            TOKEN_TIMES + time + self._token_hash: b"",
        }


def expired_before(now: float) -> bytes:
    """The end of the range of TOKEN_TIMES keys whose tokens have expired at `now`."""
    oldest = max(0, int((now - LIFETIME) * 1000))
    return TOKEN_TIMES + oldest.to_bytes(_TIME_SIZE, "big")


def token_of_time(time_key: bytes) -> tuple[bytes, bytes]:
    """The key of the token that a TOKEN_TIMES key refers to, and the first bytes of its record if
    it has not been used again since."""
    time = time_key[len(TOKEN_TIMES) : len(TOKEN_TIMES) + _TIME_SIZE]
    return TOKENS + time_key[len(TOKEN_TIMES) + _TIME_SIZE :], time
