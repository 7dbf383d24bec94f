"""Data keys: made, wrapped by their master keys, and opened again.

A master is either a KMS key, which wraps a data key as it encrypts any other message, in DynamoDB's
encryption context, or the server's root key (developer guide, "DynamoDB encryption at rest: How it
works"; AWS KMS developer guide, "How Amazon DynamoDB uses AWS KMS").

Loaded, together with the cryptography, when the first table has a key ring.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from jedlik.crypto import ciphertext
from jedlik.crypto.errors import CorruptCiphertext
from jedlik.crypto.root_key import Unwrapping
from jedlik.crypto.value_sealing import Nonces, ValueCipher, new_data_key
from jedlik.services.dynamodb.sealing.key_ring import ROOT, DataKey, KeyRing
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.records import table_context

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

_ROOT_CONTEXT = b"jedlik table key 1 "


def wrapped_under(
    master: EncryptionKey | RootKey, account: str, table_name: str, number: int
) -> DataKey:
    """A new data key for a table."""
    data_key = new_data_key()
    if not isinstance(master, EncryptionKey):
        wrapped = master.wrap(data_key, _about(table_name))
        return DataKey(number, ROOT, _text(wrapped))
    context = table_context(account, table_name)
    generation = len(master.materials) - 1
    material = master.materials[generation].bytes
    message = ciphertext.seal(UUID(master.id).bytes, generation, material, data_key, context)
    return DataKey(number, master.id, _text(message))


def cipher_of(
    ring: KeyRing,
    account: str,
    masters: Mapping[str, EncryptionKey],
    root: RootKey | None,
    nonces: Nonces,
) -> ValueCipher:
    """The cipher for the values of a ring's table. Raises `CorruptCiphertext`."""
    context = table_context(account, ring.table_name)
    data_keys = {}
    for key in ring.keys:
        if key.master == ROOT:
            assert root is not None, "a server without its root key does not start"
            data_keys[key.number] = root.unwrap(key.message, _about(ring.table_name))
        else:
            data_keys[key.number] = _unwrapped(key, masters[key.master], context)
    return ValueCipher(data_keys, ring.sealing, nonces)


def is_root_key_of(ring: KeyRing, root: RootKey) -> bool:
    """Whether this is the root key that wraps the ring's data keys."""
    about = _about(ring.table_name)
    try:
        for key in ring.keys:
            if key.master == ROOT:
                root.unwrap(key.message, about)
    except Unwrapping:
        return False
    return True


def rewrapped(ring: KeyRing, old: RootKey, new: RootKey) -> KeyRing:
    """The ring with the data keys that the old root key wraps wrapped by a new one. Raises
    `Unwrapping`."""
    about = _about(ring.table_name)
    return replace(
        ring,
        keys=tuple(
            replace(key, wrapped=_text(new.wrap(old.unwrap(key.message, about), about)))
            if key.master == ROOT
            else key
            for key in ring.keys
        ),
    )


def _about(table_name: str) -> bytes:
    """The context to which the root key binds a table's data keys."""
    return _ROOT_CONTEXT + table_name.encode()


def _text(wrapped: bytes) -> str:
    return b64encode(wrapped).decode()


def _unwrapped(key: DataKey, master: EncryptionKey, context: Mapping[str, str]) -> bytes:
    try:
        message = ciphertext.read(key.message)
        return ciphertext.unseal(message, master.materials[message.number].bytes, context)
    except (ciphertext.InvalidCiphertext, IndexError) as error:
        raise CorruptCiphertext("a table's data key cannot be unwrapped") from error
