"""The root key: 32 bytes from outside, which wrap the stored keys.

It wraps the database key (see `storage.key_file`) and is used for nothing else, and never directly:
the wrapping key is derived from it by HKDF (RFC 5869), so that other uses with separate keys can be
added later. Its id is derived too, and reveals nothing about it; the id distinguishes a wrong key
from a damaged file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SIZE: Final = 32
ID_SIZE: Final = 16
NONCE_SIZE: Final = 12
TAG_SIZE: Final = 16
OVERHEAD: Final = NONCE_SIZE + TAG_SIZE
"""Bytes by which wrapping makes a key longer."""

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{43}=?")
_IDENTIFIES: Final = b"jedlik root key id 1"
_WRAPS: Final = b"jedlik root key wraps 1"


class RootKeyError(Exception):
    """The root key is missing or invalid; the text says what to do, and never shows the key."""


class Unwrapping(Exception):
    """The wrapped key was changed, or wrapped with another key or context."""


class RootKey:
    """The root key of a server."""

    __slots__ = ("_wrapping", "id")

    def __init__(self, material: bytes) -> None:
        if len(material) != SIZE:
            raise RootKeyError(f"a root key has {SIZE} bytes")
        self.id = _derived(material, _IDENTIFIES)[:ID_SIZE]
        """Which key it is, 16 bytes."""
        self._wrapping = AESGCM(_derived(material, _WRAPS))

    @classmethod
    def parse(cls, text: str) -> RootKey:
        """The key in 64 hexadecimal digits or in base64, without the white space around it. Raises
        `RootKeyError`."""
        return cls(_decoded(text.strip()))

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """A wrapped key, which only this key and the same context unwrap: nonce, sealed key and
        tag. Nonces are 96 random bits, which suffices for a few keys.
        """
        nonce = os.urandom(NONCE_SIZE)
        return nonce + self._wrapping.encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key that `wrap` was given. Raises `Unwrapping`."""
        try:
            return self._wrapping.decrypt(wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], context)
        except (InvalidTag, ValueError) as error:
            raise Unwrapping from error


def new_material() -> bytes:
    """New random bytes of a root key."""
    return os.urandom(SIZE)


def _decoded(text: str) -> bytes:
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if _BASE64.fullmatch(text):
        try:
            return base64.b64decode(text.rstrip("=") + "=", validate=True)
        except binascii.Error:
            pass
    raise RootKeyError(
        f"not a root key, which is {SIZE} bytes as 64 hexadecimal digits or in base64 "
        "(`jedlik keys new-root FILE` makes one)"
    )


def _derived(material: bytes, purpose: bytes) -> bytes:
    """HKDF-SHA256 without salt: 32 bytes for a purpose."""
    extracted = hmac.digest(bytes(hashlib.sha256().digest_size), material, hashlib.sha256)
    return hmac.digest(extracted, purpose + b"\x01", hashlib.sha256)
