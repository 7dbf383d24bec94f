"""Tokens of pages: where the next page begins, bound to the operation that issued them."""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from typing import Final

from jedlik.services.cloudwatch.errors import InvalidNextToken

_CHECK_SIZE: Final = 8


def _check(operation: str, position: bytes) -> bytes:
    return blake2b(position, digest_size=_CHECK_SIZE, person=operation.encode()[:16]).digest()


def write_token(position: bytes, operation: str) -> str:
    """The token of a position."""
    return base64.urlsafe_b64encode(_check(operation, position) + position).decode("ascii")


def read_token(token: str | None, operation: str) -> bytes | None:
    """The position of a token; None without one. Raises InvalidNextToken."""
    if token is None:
        return None
    try:
        raw = base64.b64decode(token.encode("ascii"), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidNextToken from None
    check, position = raw[:_CHECK_SIZE], raw[_CHECK_SIZE:]
    if check != _check(operation, position):
        raise InvalidNextToken
    return position
