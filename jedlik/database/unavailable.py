"""What the API offers and this server does not have yet: refused, never accepted in silence.

The members are listed in docs/differences.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.database.throughput import INVALID


def unavailable(feature: str) -> ValidationException:
    """The error for a request that needs a feature which is not there yet."""
    return ValidationException(f"{INVALID}{feature} is not available on this server yet")


def refuse_members(payload: dict[str, Any], members: Iterable[str]) -> None:
    """Refuse a request that has one of `members`."""
    for member in members:
        if payload.get(member) is not None:
            raise unavailable(member)


def check_encryption(specification: dict[str, Any] | None) -> None:
    """SSESpecification: only encryption with a key owned by the service, the default, is there.

    API reference, "SSESpecification".
    """
    if specification is None:
        return
    sse_type, key = specification.get("SSEType"), specification.get("KMSMasterKeyId")
    if not specification.get("Enabled"):
        for member, value in (("SSEType", sse_type), ("KMSMasterKeyId", key)):
            if value is not None:
                raise ValidationException(
                    f"{INVALID}{member} can not be specified if Enabled is false"
                )
        return
    if sse_type == "AES256":
        raise ValidationException(f"{INVALID}SSEType AES256 is not supported")
    if sse_type is None and key is not None:
        raise ValidationException(
            f"{INVALID}SSEType KMS is required if KMSMasterKeyId is specified"
        )
    raise unavailable("Server-side encryption with AWS KMS")
