"""CreateKey, DescribeKey, ListKeys, UpdateKeyDescription, and changes of a key's state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.crypto.ciphertext import new_material
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.aws_managed_keys import ALIAS as DYNAMODB_ALIAS
from jedlik.services.kms.aws_managed_keys import dynamodb_key
from jedlik.services.kms.errors import (
    InvalidMarkerException,
    KMSInvalidStateException,
    NotFoundException,
    UnsupportedOperationException,
)
from jedlik.services.kms.model import EncryptionKey, Material
from jedlik.services.kms.operations.parameters import DAY, encoded, metadata, refuse_unbuilt
from jedlik.services.kms.operations.policies import checked_policy, default_policy
from jedlik.services.kms.operations.tags import checked_tags
from jedlik.services.kms.records import key_arn
from jedlik.services.kms.store import (
    change_key,
    check_not_pending,
    find_key,
    key_name,
    keys_in_turns,
    put_key,
)

MAX_LISTED: Final = 100
MIN_WAIT: Final = 7
MAX_WAIT: Final = 30

_SHARED_KEYS: Final = "OTHER_ACCOUNTS_VIA_RAM"

_ONLY: Final = {
    "KeySpec": "SYMMETRIC_DEFAULT",
    "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
}


_SIGNS, _DECRYPTS, _AGREES = "SIGN_VERIFY", "ENCRYPT_DECRYPT", "KEY_AGREEMENT"
_USES: Final = (
    ("SYMMETRIC", (_DECRYPTS,)),
    ("HMAC", ("GENERATE_VERIFY_MAC",)),
    ("RSA", (_DECRYPTS, _SIGNS)),
    ("ECC_NIST_P", (_SIGNS, _AGREES)),
    ("SM2", (_DECRYPTS, _SIGNS, _AGREES)),
    ("", (_SIGNS,)),
)
"""By the beginning of the specification: what its keys are for (API reference, "CreateKey")."""


async def create_key(store: Store, payload: Payload) -> Body:
    """Make a symmetric key with new material."""
    _check_usage(payload)
    for member, only in _ONLY.items():
        if payload.get(member) not in (None, only):
            raise UnsupportedOperationException(
                f"{member} {payload[member]} is not available on this server; only {only} is"
            )
    refuse_unbuilt(payload, "CustomKeyStoreId", "XksKeyId", "MultiRegion")
    now = _now(store)
    policy = payload.get("Policy")
    key = EncryptionKey(
        id=store.ids.uuid(),
        created=now,
        policy=default_policy(store) if policy is None else checked_policy(payload),
        description=payload.get("Description") or "",
        materials=(Material(encoded(new_material()), now),),
        tags=checked_tags({}, payload.get("Tags") or ()),
    )
    await put_key(store, key)
    return {"KeyMetadata": metadata(store, key)}


def _check_usage(payload: Payload) -> None:
    """Refuse a use that keys of the specification do not have."""
    spec = payload.get("KeySpec") or payload.get("CustomerMasterKeySpec") or _ONLY["KeySpec"]
    usage = payload.get("KeyUsage")
    if usage is None and spec != _ONLY["KeySpec"]:
        return
    usage = usage or _ONLY["KeyUsage"]
    if usage not in next(uses for start, uses in _USES if spec.startswith(start)):
        raise ValidationException(f"KeyUsage {usage} is not compatible with KeySpec {spec}")


async def describe_key(store: Store, payload: Payload) -> Body:
    """All about a key except its material.

    DynamoDB's alias gets its key here, if no table has needed it yet (KMS API reference,
    DescribeKey, on predefined aliases).
    """
    if key_name(store.arns, payload["KeyId"]) == DYNAMODB_ALIAS:
        return {"KeyMetadata": metadata(store, await dynamodb_key(store))}
    return {"KeyMetadata": metadata(store, await find_key(store, payload["KeyId"]))}


async def list_all_keys(store: Store, payload: Payload) -> Body:
    """A page of all keys, by id."""
    if _SHARED_KEYS in (payload.get("ResourceOwners") or ()):
        raise UnsupportedOperationException(f"{_SHARED_KEYS} is not available on this server")
    limit = payload.get("Limit") or MAX_LISTED
    ids = []
    try:
        async for key in keys_in_turns(store, payload.get("Marker")):
            ids.append(key.id)
            if len(ids) > limit:
                break
    except NotFoundException:
        raise InvalidMarkerException("Could not deserialize marker") from None
    more = len(ids) > limit
    del ids[limit:]
    listed = [{"KeyId": each, "KeyArn": key_arn(store.arns, each)} for each in ids]
    answer: dict[str, Any] = {"Keys": listed, "Truncated": more}
    if more:
        answer["NextMarker"] = ids[-1]
    return answer


async def update_key_description(store: Store, payload: Payload) -> Body:
    """Change a key's description."""

    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(store, key)
        return replace(key, description=payload["Description"])

    await change_key(store, payload["KeyId"], decide)
    return b""


async def enable_key(store: Store, payload: Payload) -> Body:
    """Enable a key for encryption and decryption."""
    return await _switch(store, payload, enabled=True)


async def disable_key(store: Store, payload: Payload) -> Body:
    """Disable a key for encryption and decryption."""
    return await _switch(store, payload, enabled=False)


async def schedule_key_deletion(store: Store, payload: Payload) -> Body:
    """Schedule a key's deletion in 7 to 30 days; until then it cannot be used."""
    days = payload.get("PendingWindowInDays") or MAX_WAIT
    if not MIN_WAIT <= days <= MAX_WAIT:
        raise ValidationException(
            "1 validation error detected: Value at 'pendingWindowInDays' failed to satisfy "
            f"constraint: Member must be between {MIN_WAIT} and {MAX_WAIT}"
        )

    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(store, key)
        return replace(key, deletion=_now(store) + days * DAY, enabled=False)

    key = await change_key(store, payload["KeyId"], decide)
    return {
        "KeyId": key_arn(store.arns, key.id),
        "DeletionDate": key.deletion,
        "KeyState": key.state,
        "PendingWindowInDays": days,
    }


async def cancel_key_deletion(store: Store, payload: Payload) -> Body:
    """Cancel a key's deletion; it is disabled afterwards."""

    def decide(key: EncryptionKey) -> EncryptionKey:
        if key.deletion is None:
            raise KMSInvalidStateException(
                f"{key_arn(store.arns, key.id)} is not pending deletion."
            )
        return replace(key, deletion=None, enabled=False)

    key = await change_key(store, payload["KeyId"], decide)
    return {"KeyId": key_arn(store.arns, key.id)}


async def _switch(store: Store, payload: Payload, *, enabled: bool) -> Body:
    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(store, key)
        return replace(key, enabled=enabled)

    await change_key(store, payload["KeyId"], decide)
    return b""


def _now(store: Store) -> float:
    return round(store.clock.now(), 3)
