"""Records of the key service's keys: their place and contents, and whether a key may be used.

API reference of AWS KMS, "KeyState"; developer guide, "Key states of AWS KMS keys".
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import KEYS
from jedlik.services.kms.errors import (
    DisabledException,
    KeyServiceError,
    KMSInvalidStateException,
    NotFoundException,
)
from jedlik.services.kms.model import EncryptionKey, encryption_key_from_json


def key_arn(arns: Arns, key_id: str) -> str:
    """The ARN of a key."""
    return f"arn:aws:kms:{arns.region}:{arns.account}:key/{key_id}"


def table_context(account: str, table_name: str) -> dict[str, str]:
    """The encryption context in which DynamoDB uses a key for a table (AWS KMS developer guide,
    "How Amazon DynamoDB uses AWS KMS")."""
    return {"aws:dynamodb:subscriberId": account, "aws:dynamodb:tableName": table_name}


def record_key(key_id: UUID) -> bytes:
    """The storage key of a key's record."""
    return KEYS + key_id.bytes


def encoded(key: EncryptionKey) -> bytes:
    """A key as it is stored."""
    return orjson.dumps(key)


def decoded(stored: bytes) -> EncryptionKey:
    """A key from its record."""
    record: dict[str, Any] = orjson.loads(stored)
    return encryption_key_from_json(record)


def no_key(arns: Arns, key_id: str) -> NotFoundException:
    """The error for a missing key."""
    return NotFoundException(f"Key '{key_arn(arns, key_id)}' does not exist")


def pending_deletion(arns: Arns, key: EncryptionKey) -> KeyServiceError | None:
    """The error for a key that is pending deletion; None for any other."""
    if key.deletion is None:
        return None
    return KMSInvalidStateException(f"{key_arn(arns, key.id)} is pending deletion.")


def unusable(arns: Arns, key: EncryptionKey) -> KeyServiceError | None:
    """Why a key may not encrypt and decrypt; None if it may."""
    if key.deletion is None and not key.enabled:
        return DisabledException(f"{key_arn(arns, key.id)} is disabled.")
    return pending_deletion(arns, key)
