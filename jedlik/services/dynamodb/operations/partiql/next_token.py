"""NextToken: where a SELECT stopped, opaque to clients and bound to the request it came from.

Base64 of:

    offset 0   1 byte   version of this layout
           1  16 bytes  hash of the statement's text, its parameters and the table or index it reads
          17   2 bytes  which of the statement's reads comes next, big-endian
          19   n bytes  JSON of the last key that was read in it, or nothing

Limit and ConsistentRead may differ (as in the service); the statement and its parameters must not.
Nothing can be gained by forging a token: it cannot name a position outside the ranges that the
statement reads.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.values.attribute import AttributeValue, Key
from jedlik.values.canonical import canonical_item

_VERSION: Final = 1
_HASH_SIZE: Final = 16
_HEADER_SIZE: Final = 1 + _HASH_SIZE + 2

Request = tuple[str, list[AttributeValue] | None, bytes]
"""A statement's text, its canonical parameters, and the prefix of the keys that it reads."""


class Position(NamedTuple):
    """One of a statement's reads, and the key after which it continues (None: from its start)."""

    read: int
    key: Key | None


def _hash(request: Request) -> bytes:
    text, parameters, prefix = request
    data = orjson.dumps([text, parameters or []]) + prefix
    return blake2b(data, digest_size=_HASH_SIZE).digest()


def write_token(position: Position, request: Request) -> str:
    """The token of a position."""
    key = b"" if position.key is None else orjson.dumps(position.key)
    header = bytes((_VERSION,)) + _hash(request) + position.read.to_bytes(2, "big")
    return b64encode(header + key).decode()


def read_token(token: str | None, request: Request) -> Position | None:
    """The position in a token; None without a token.

    Raises ValidationException if it is invalid, or another request's.
    """
    if token is None:
        return None
    try:
        data = b64decode(token, validate=True)
    except ValueError:
        raise _invalid() from None
    if len(data) < _HEADER_SIZE or data[0] != _VERSION:
        raise _invalid()
    if data[1 : 1 + _HASH_SIZE] != _hash(request):
        raise ValidationException("NextToken does not match request")
    read = int.from_bytes(data[1 + _HASH_SIZE : _HEADER_SIZE], "big")
    return Position(read, _key(data[_HEADER_SIZE:]))


def _key(data: bytes) -> Key | None:
    if not data:
        return None
    try:
        key: Any = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _invalid() from None
    if type(key) is not dict:
        raise _invalid()
    try:
        canonical_item(key)
    except ServiceError:
        raise _invalid() from None
    return key


def _invalid() -> ValidationException:
    return ValidationException("Invalid NextToken")
