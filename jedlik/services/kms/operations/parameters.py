"""Parameters and answers that several key operations share."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from jedlik.base.errors import SerializationException, ValidationException
from jedlik.gateway.operation import Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.errors import (
    DryRunOperationException,
    InvalidMarkerException,
    UnsupportedOperationException,
)
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.records import key_arn

DAY: Final = 86_400
MAX_CIPHERTEXT: Final = 6144

T = TypeVar("T")


def blob(payload: Payload, member: str, most: int) -> bytes | None:
    """The bytes of a blob parameter; None if it is missing.

    Raises SerializationException if it is not base64, ValidationException if it is empty or longer
    than `most`.
    """
    text = payload.get(member)
    if text is None:
        return None
    try:
        content = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SerializationException from None
    constraint = ""
    if not content:
        constraint = "Member must have length greater than or equal to 1"
    elif len(content) > most:
        constraint = f"Member must have length less than or equal to {most}"
    if constraint:
        raise ValidationException(
            f"1 validation error detected: Value at '{member[0].lower()}{member[1:]}' failed to "
            f"satisfy constraint: {constraint}"
        )
    return content


def encoded(content: bytes) -> str:
    """Bytes in the form of answers."""
    return b64encode(content).decode()


def refuse_unbuilt(payload: Payload, *members: str) -> None:
    """Raises UnsupportedOperationException if one of these is given."""
    for member in members:
        if payload.get(member):
            raise UnsupportedOperationException(f"{member} is not available on this server")


def check_dry_run(payload: Payload) -> None:
    """Raises DryRunOperationException if the request is a dry run."""
    if payload.get("DryRun"):
        raise DryRunOperationException


def page(payload: Payload, items: Sequence[tuple[str, T]], most: int) -> tuple[list[T], Payload]:
    """The requested page of `items`, each with its name and in the order of names.

    Also the answer's members about further pages. Raises InvalidMarkerException.
    """
    limit = payload.get("Limit") or most
    marker = payload.get("Marker")
    if marker is not None:
        names = [name for name, _ in items]
        if marker not in names:
            raise InvalidMarkerException("Could not deserialize marker")
        items = items[names.index(marker) + 1 :]
    answer: dict[str, Any] = {"Truncated": len(items) > limit}
    if answer["Truncated"]:
        answer["NextMarker"] = items[limit - 1][0]
    return [item for _, item in items[:limit]], answer


def metadata(store: Store, key: EncryptionKey) -> dict[str, Any]:
    """KeyMetadata of a key."""
    members = {
        "AWSAccountId": store.arns.account,
        "KeyId": key.id,
        "Arn": key_arn(store.arns, key.id),
        "CreationDate": key.created,
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": "AWS" if key.aws_managed else "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
        "CurrentKeyMaterialId": key.material_id(),
    }
    if key.deletion is not None:
        members["DeletionDate"] = key.deletion
    return members
