"""Identifiers, injected so that tests can predict them."""

from __future__ import annotations

import itertools
import secrets
import uuid
from typing import Protocol

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUV"


class Ids(Protocol):
    """A source of identifiers."""

    def request_id(self) -> bytes:
        """A value for `x-amzn-RequestId`: 52 characters, upper case and digits."""
        ...

    def uuid(self) -> str:
        """A version-4 UUID, in lower case with hyphens."""
        ...

    def secret(self, size: int) -> bytes:
        """`size` bytes that no one can guess."""
        ...


class RandomIds:
    """Identifiers that are never repeated.

    A request id is a random prefix, drawn once per process, and a counter: unique, and drawing
    entropy per request would cost more than reading an item.
    """

    def __init__(self) -> None:
        self._prefix = "".join(secrets.choice(_ALPHABET) for _ in range(39)).encode()
        self._next = itertools.count(secrets.randbits(32)).__next__

    def request_id(self) -> bytes:
        return b"%b%013d" % (self._prefix, self._next())

    def uuid(self) -> str:
        return str(uuid.uuid4())

    def secret(self, size: int) -> bytes:
        return secrets.token_bytes(size)
