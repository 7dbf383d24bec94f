"""Seals single values: the items, entries and records of an encrypted table.

Ordered keys have to stay readable, or there would be no ranges. So only the value is sealed, and
bound to its key: a value that was moved to another key or table cannot be opened, just like one
that was changed.

A sealed value, whose first `h` bytes stay readable:

    offset  0   h bytes  the readable head
            h   1 byte   01: sealed, in this form
          h+1   4 bytes  number of the table's data key; big-endian, as all numbers here
          h+5  16 bytes  salt of the process that sealed it
         h+21   8 bytes  number of the value among those of that salt
         h+29   n bytes  the rest of the value, encrypted with AES-256-GCM
       h+29+n  16 bytes  tag; it covers offsets 0 to h+28 and the value's key

The problem with AES-GCM is its nonce: used twice under one key, it reveals both texts, and 96
random bits would repeat after some billions of values. A counter never repeats, but many processes
write to one table, and a stored counter would cost every write another one. So each process draws
128 random bits when it starts, and derives its key from them and the table's data key by HKDF (RFC
5869); under that key it counts. So processes need no coordination, and store nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from itertools import count
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jedlik.crypto.errors import CorruptCiphertext, UnknownDataKey
from jedlik.values.stored import SEALED

DATA_KEY_SIZE: Final = 32

_NUMBER_AT: Final = 1
_SALT_AT: Final = 5
_COUNTER_AT: Final = 21
_HEAD_SIZE: Final = 29
_NONCE_PAD: Final = bytes(4)
_PURPOSE: Final = b"jedlik value 1"


class Nonces:
    """The source of a process's nonces: its salt, and a counter."""

    __slots__ = ("next", "salt")

    def __init__(self) -> None:
        self.salt = os.urandom(_COUNTER_AT - _SALT_AT)
        self.next = count().__next__
        """The next number; may be called from any thread."""


class ValueCipher:
    """Seals and opens the values of one table. `data_keys` are by number; `sealing` is the number
    of the key for new values."""

    __slots__ = ("_data_keys", "_derived", "_nonces", "_prefix", "_sealing", "sealing")

    def __init__(self, data_keys: Mapping[int, bytes], sealing: int | None, nonces: Nonces) -> None:
        self.sealing = sealing
        self._data_keys = data_keys
        self._nonces = nonces
        self._derived: dict[bytes, AESGCM] = {}
        self._prefix = bytes((SEALED,)) + (sealing or 0).to_bytes(4, "big") + nonces.salt
        self._sealing = None if sealing is None else self._cipher(self._prefix)

    def seal(self, value: bytes, head_size: int, key: bytes) -> bytes:
        """The sealed value. The cipher must have a `sealing` key."""
        assert self._sealing is not None
        counter = self._nonces.next().to_bytes(8, "big")
        front = value[:head_size] + self._prefix + counter
        return front + self._sealing.encrypt(_NONCE_PAD + counter, value[head_size:], front + key)

    def open(self, sealed: bytes, head_size: int, key: bytes) -> bytes:
        """The value. Raises `UnknownDataKey` and `CorruptCiphertext`."""
        text_at = head_size + _HEAD_SIZE
        counter_at = head_size + _COUNTER_AT
        prefix = sealed[head_size:counter_at]
        cipher = self._derived.get(prefix) or self._cipher(prefix)
        try:
            return sealed[:head_size] + cipher.decrypt(
                _NONCE_PAD + sealed[counter_at:text_at], sealed[text_at:], sealed[:text_at] + key
            )
        except (InvalidTag, ValueError):
            raise CorruptCiphertext from None

    def _cipher(self, prefix: bytes) -> AESGCM:
        """The cipher of sealed values with this prefix after their heads."""
        if len(prefix) < _COUNTER_AT:
            raise CorruptCiphertext
        data_key = self._data_keys.get(int.from_bytes(prefix[_NUMBER_AT:_SALT_AT], "big"))
        if data_key is None:
            raise UnknownDataKey
        # HKDF-SHA256, one block of output.
        extracted = hmac.digest(prefix[_SALT_AT:], data_key, hashlib.sha256)
        cipher = AESGCM(hmac.digest(extracted, _PURPOSE + b"\x01", hashlib.sha256))
        self._derived[prefix] = cipher
        return cipher


def new_data_key() -> bytes:
    """A new random data key."""
    return os.urandom(DATA_KEY_SIZE)
