"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey (with and without plaintext), GenerateRandom."""

from __future__ import annotations

import os
from typing import Final, NamedTuple
from uuid import UUID

from jedlik.base.errors import ValidationException
from jedlik.crypto import ciphertext
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.errors import (
    IncorrectKeyException,
    InvalidCiphertextException,
    NotFoundException,
    UnsupportedOperationException,
)
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.operations.parameters import (
    MAX_CIPHERTEXT,
    blob,
    check_dry_run,
    encoded,
    refuse_unbuilt,
)
from jedlik.services.kms.operations.rotation import rotated_if_due
from jedlik.services.kms.records import key_arn
from jedlik.services.kms.store import check_usable, find_key, usable_key

MAX_PLAINTEXT: Final = 4096
ALGORITHM: Final = "SYMMETRIC_DEFAULT"

_SIZES: Final = {"AES_256": 32, "AES_128": 16}


class _Opened(NamedTuple):
    key: EncryptionKey
    plaintext: bytes
    material_id: str


async def encrypt(store: Store, payload: Payload) -> Body:
    """Encrypt up to 4 KiB under a key."""
    _check_algorithm(payload, "EncryptionAlgorithm")
    plaintext = blob(payload, "Plaintext", MAX_PLAINTEXT)
    assert plaintext is not None, "the shape requires it"
    key = await _sealing_key(store, payload["KeyId"])
    check_dry_run(payload)
    return {
        "CiphertextBlob": encoded(_sealed(key, plaintext, payload.get("EncryptionContext"))),
        "KeyId": key_arn(store.arns, key.id),
        "EncryptionAlgorithm": ALGORITHM,
    }


async def decrypt(store: Store, payload: Payload) -> Body:
    """Decrypt a result of Encrypt or GenerateDataKey, given the same encryption context."""
    refuse_unbuilt(payload, "Recipient", "DryRunModifiers")
    _check_algorithm(payload, "EncryptionAlgorithm")
    opened = await _opened(store, payload, "KeyId", "EncryptionContext")
    check_dry_run(payload)
    return {
        "KeyId": key_arn(store.arns, opened.key.id),
        "Plaintext": encoded(opened.plaintext),
        "EncryptionAlgorithm": ALGORITHM,
        "KeyMaterialId": opened.material_id,
    }


async def re_encrypt(store: Store, payload: Payload) -> Body:
    """Decrypt under one key and encrypt under another; the plaintext does not leave the server."""
    refuse_unbuilt(payload, "DryRunModifiers")
    _check_algorithm(payload, "SourceEncryptionAlgorithm")
    _check_algorithm(payload, "DestinationEncryptionAlgorithm")
    source = await _opened(store, payload, "SourceKeyId", "SourceEncryptionContext")
    target = await _sealing_key(store, payload["DestinationKeyId"])
    check_dry_run(payload)
    context = payload.get("DestinationEncryptionContext")
    return {
        "CiphertextBlob": encoded(_sealed(target, source.plaintext, context)),
        "SourceKeyId": key_arn(store.arns, source.key.id),
        "KeyId": key_arn(store.arns, target.id),
        "SourceEncryptionAlgorithm": ALGORITHM,
        "DestinationEncryptionAlgorithm": ALGORITHM,
        "SourceKeyMaterialId": source.material_id,
        "DestinationKeyMaterialId": target.material_id(),
    }


async def generate_data_key(store: Store, payload: Payload) -> Body:
    """A new data key, in plaintext and encrypted."""
    return await _data_key(store, payload, with_plaintext=True)


async def generate_data_key_without_plaintext(store: Store, payload: Payload) -> Body:
    """A new data key, only encrypted."""
    return await _data_key(store, payload, with_plaintext=False)


async def generate_random(_store: Store, payload: Payload) -> Body:
    """Random bytes."""
    refuse_unbuilt(payload, "Recipient", "CustomKeyStoreId")
    size = payload.get("NumberOfBytes")
    if size is None:
        raise ValidationException("NumberOfBytes is required.")
    return {"Plaintext": encoded(os.urandom(size))}


async def _data_key(store: Store, payload: Payload, *, with_plaintext: bool) -> Body:
    refuse_unbuilt(payload, "Recipient")
    size = _data_key_size(payload)
    key = await _sealing_key(store, payload["KeyId"])
    check_dry_run(payload)
    data_key = os.urandom(size)
    answer = {
        "CiphertextBlob": encoded(_sealed(key, data_key, payload.get("EncryptionContext"))),
        "KeyId": key_arn(store.arns, key.id),
        "KeyMaterialId": key.material_id(),
    }
    return {**answer, "Plaintext": encoded(data_key)} if with_plaintext else answer


def _data_key_size(payload: Payload) -> int:
    spec, size = payload.get("KeySpec"), payload.get("NumberOfBytes")
    if (spec is None) == (size is None):
        raise ValidationException("Please specify either number of bytes or key spec.")
    return _SIZES[spec] if spec is not None else int(size or 0)


async def _sealing_key(store: Store, given: str) -> EncryptionKey:
    return await rotated_if_due(store, await usable_key(store, given))


def _sealed(key: EncryptionKey, plaintext: bytes, context: dict[str, str] | None) -> bytes:
    number = len(key.materials) - 1
    material = key.materials[number].bytes
    return ciphertext.seal(UUID(key.id).bytes, number, material, plaintext, context or {})


async def _opened(store: Store, payload: Payload, named: str, context: str) -> _Opened:
    """The plaintext of CiphertextBlob, and its key.

    `named` and `context` are the names of the members for the key and the context.
    """
    message = message_of(payload)
    try:
        key = await find_key(store, str(UUID(bytes=message.key_id)))
    except NotFoundException:
        raise InvalidCiphertextException from None
    if payload.get(named) is not None and (await find_key(store, payload[named])).id != key.id:
        raise IncorrectKeyException
    check_usable(store, key)
    if message.number >= len(key.materials):
        raise InvalidCiphertextException
    material = key.materials[message.number].bytes
    try:
        plaintext = ciphertext.unseal(message, material, payload.get(context) or {})
    except ciphertext.InvalidCiphertext:
        raise InvalidCiphertextException from None
    return _Opened(key, plaintext, key.material_id(message.number))


def message_of(payload: Payload) -> ciphertext.Ciphertext:
    """The message in CiphertextBlob, not verified yet.

    Raises ValidationException, SerializationException and InvalidCiphertextException.
    """
    content = blob(payload, "CiphertextBlob", MAX_CIPHERTEXT)
    if content is None:
        raise ValidationException("CiphertextBlob is required.")
    try:
        return ciphertext.read(content)
    except ciphertext.InvalidCiphertext:
        raise InvalidCiphertextException from None


def _check_algorithm(payload: Payload, member: str) -> None:
    if payload.get(member) not in (None, ALGORITHM):
        raise UnsupportedOperationException(
            f"{member} {payload[member]} is not available on this server; only {ALGORITHM} is"
        )
