"""The messages that Encrypt and GenerateDataKey return and Decrypt accepts.

    offset  0   1 byte   01, the version
            1  16 bytes  the key's id (a UUID)
           17   4 bytes  number of the key material, which rotation counts up; big-endian
           21  32 bytes  salt, random
           53   n bytes  the plaintext, sealed with AES-256-GCM
         53+n  16 bytes  tag; it covers offsets 0 to 52 and the encryption context too

A key may be used for ever, and nonces of 96 random bits under one key would repeat after some
billions of messages. So no two messages share a key: key and nonce of each are derived by HKDF
(RFC 5869) from the key material and 256 random bits.

The encryption context is authenticated as its pairs in the order of their UTF-8 bytes, each text
after its length in 4 bytes, so that no two contexts look alike.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jedlik.crypto.material import MATERIAL_SIZE

VERSION: Final = 1
ID_SIZE: Final = 16
NUMBER_SIZE: Final = 4
SALT_SIZE: Final = 32
TAG_SIZE: Final = 16
HEAD_SIZE: Final = 1 + ID_SIZE + NUMBER_SIZE + SALT_SIZE
_KEY_SIZE: Final = 32
_NONCE_SIZE: Final = 12
_PURPOSE: Final = b"jedlik message 1"


class InvalidCiphertext(Exception):
    """The message was not made by `seal`, was changed, or belongs to another key or context."""


class Ciphertext(NamedTuple):
    """The parts of a message, not verified yet."""

    key_id: bytes
    number: int
    salt: bytes
    head: bytes
    sealed: bytes


def new_material() -> bytes:
    """New random key material."""
    return os.urandom(MATERIAL_SIZE)


def seal(
    key_id: bytes, number: int, material: bytes, plaintext: bytes, context: Mapping[str, str]
) -> bytes:
    """Seal a message under material `number` of a key."""
    salt = os.urandom(SALT_SIZE)
    head = bytes((VERSION,)) + key_id + number.to_bytes(NUMBER_SIZE, "big") + salt
    key, nonce = _derived(material, salt)
    return head + AESGCM(key).encrypt(nonce, plaintext, head + encoded_context(context))


def read(blob: bytes) -> Ciphertext:
    """The parts of a message. Raises `InvalidCiphertext`."""
    if len(blob) < HEAD_SIZE + TAG_SIZE or blob[0] != VERSION:
        raise InvalidCiphertext
    number_at = 1 + ID_SIZE
    salt_at = number_at + NUMBER_SIZE
    return Ciphertext(
        blob[1:number_at],
        int.from_bytes(blob[number_at:salt_at], "big"),
        blob[salt_at:HEAD_SIZE],
        blob[:HEAD_SIZE],
        blob[HEAD_SIZE:],
    )


def unseal(message: Ciphertext, material: bytes, context: Mapping[str, str]) -> bytes:
    """The plaintext. Raises `InvalidCiphertext`."""
    key, nonce = _derived(material, message.salt)
    try:
        return AESGCM(key).decrypt(nonce, message.sealed, message.head + encoded_context(context))
    except InvalidTag as error:
        raise InvalidCiphertext from error


def encoded_context(context: Mapping[str, str]) -> bytes:
    """An encryption context as the bytes that are authenticated."""
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    return b"".join(len(text).to_bytes(4, "big") + text for pair in pairs for text in pair)


def _derived(material: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """HKDF-SHA256: a message's key and nonce."""
    extracted = hmac.digest(salt, material, hashlib.sha256)
    first = hmac.digest(extracted, _PURPOSE + b"\x01", hashlib.sha256)
    second = hmac.digest(extracted, first + _PURPOSE + b"\x02", hashlib.sha256)
    return first[:_KEY_SIZE], second[:_NONCE_SIZE]
