"""Sealing single values: the items, entries and records of a table that has a key of its own.

Ordered keys have to stay what they are, or there would be no ranges; so what is sealed is the value
alone, and it is bound to the key that it stands under. A value put under another key, or into
another table, opens no more than one that was changed.

A sealed text:

    offset  0   1 byte   01: sealed, in this form
            1   4 bytes  number of the table's data key; big-endian, as all numbers here
            5  16 bytes  salt of the process that sealed it
           21   8 bytes  number of the text among those of that salt
           29   n bytes  the text, encrypted with AES-256-GCM
         29+n  16 bytes  tag; it covers offsets 0 to 28 and what the text is bound to

The problem with AES-GCM is its nonce: used twice under one key it gives away both texts, and 96
random bits would repeat after some billions of values. A counter never repeats, but many processes
write to one table, and a counter that is stored would cost every write another one. So each process
draws 128 random bits when it starts, the key of its texts is derived from them and the table's data
key by HKDF (RFC 5869), and under that key it counts. Nobody has to be asked, and nothing is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from itertools import count
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jedlik.kms.unopened import UnknownDataKey, ValueBroken
from jedlik.values.stored import SEALED

DATA_KEY_SIZE: Final = 32

_NUMBER_AT: Final = 1
_SALT_AT: Final = 5
_COUNTER_AT: Final = 21
_HEAD_SIZE: Final = 29
_NONCE_PAD: Final = bytes(4)
_PURPOSE: Final = b"jedlik value 1"

Bound = bytes
"""What a text is bound to."""


class Nonces:
    """Where the nonces of one process come from: a salt of its own, and a counter."""

    __slots__ = ("next", "salt")

    def __init__(self, draw: Callable[[int], bytes] = os.urandom) -> None:
        self.salt = draw(_COUNTER_AT - _SALT_AT)
        self.next = count().__next__
        """The next number; may be called from any thread."""


class ValueCipher:
    """Seals and opens the values of one table.

    `data_keys` are given by their numbers; `sealing` is the number of the one that new texts are
    sealed with.
    """

    __slots__ = ("_data_keys", "_derived", "_nonces", "_prefix", "_sealing", "sealing")

    def __init__(self, data_keys: Mapping[int, bytes], sealing: int | None, nonces: Nonces) -> None:
        self.sealing = sealing
        self._data_keys = data_keys
        self._nonces = nonces
        self._derived: dict[bytes, AESGCM] = {}
        self._prefix = bytes((SEALED,)) + (sealing or 0).to_bytes(4, "big") + nonces.salt
        self._sealing = None if sealing is None else self._cipher(self._prefix)

    def seal(self, text: bytes, bound: Bound) -> bytes:
        """The sealed text; the cipher has to have a `sealing` key."""
        assert self._sealing is not None
        counter = self._nonces.next().to_bytes(8, "big")
        head = self._prefix + counter
        return head + self._sealing.encrypt(_NONCE_PAD + counter, text, head + bound)

    def open(self, sealed: bytes, bound: Bound) -> bytes:
        """The text. Raises `UnknownDataKey` and `ValueBroken`."""
        head = sealed[:_HEAD_SIZE]
        cipher = self._derived.get(head[:_COUNTER_AT]) or self._cipher(head[:_COUNTER_AT])
        try:
            return cipher.decrypt(
                _NONCE_PAD + head[_COUNTER_AT:], sealed[_HEAD_SIZE:], head + bound
            )
        except (InvalidTag, ValueError):
            raise ValueBroken from None

    def _cipher(self, prefix: bytes) -> AESGCM:
        """The cipher of texts that begin like this."""
        if len(prefix) < _COUNTER_AT:
            raise ValueBroken
        data_key = self._data_keys.get(int.from_bytes(prefix[_NUMBER_AT:_SALT_AT], "big"))
        if data_key is None:
            raise UnknownDataKey
        # HKDF-SHA256, one block of output.
        extracted = hmac.digest(prefix[_SALT_AT:], data_key, hashlib.sha256)
        cipher = AESGCM(hmac.digest(extracted, _PURPOSE + b"\x01", hashlib.sha256))
        self._derived[prefix] = cipher
        return cipher


def data_key_number(sealed: bytes) -> int:
    """The number of the data key that a text is sealed with."""
    return int.from_bytes(sealed[_NUMBER_AT:_SALT_AT], "big")


def new_data_key() -> bytes:
    """A data key, drawn at random."""
    return os.urandom(DATA_KEY_SIZE)
