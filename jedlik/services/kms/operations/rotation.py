"""EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations.

A key whose material is due for replacement gets new material when it next encrypts. All generations
are kept: data encrypted under an earlier one can be decrypted while the key exists.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.crypto.ciphertext import new_material
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.errors import LimitExceededException
from jedlik.services.kms.model import EncryptionKey, Material
from jedlik.services.kms.operations.parameters import DAY, encoded, page
from jedlik.services.kms.records import key_arn
from jedlik.services.kms.store import change_key, check_not_pending, check_usable, find_key

DEFAULT_DAYS: Final = 365
MIN_PERIOD_DAYS: Final = 90
MAX_PERIOD_DAYS: Final = 2560
MAX_ON_DEMAND_ROTATIONS: Final = 25
MAX_LISTED: Final = 100

_ALL: Final = "ALL_KEY_MATERIAL"


async def rotated_if_due(store: Store, key: EncryptionKey) -> EncryptionKey:
    """The key, with new material if that is due."""
    if not _is_due(key, store.clock.now()):
        return key

    def decide(current: EncryptionKey) -> EncryptionKey:
        check_usable(store, current)
        now = store.clock.now()
        return _rotated(current, now) if _is_due(current, now) else current

    return await change_key(store, key.id, decide)


async def enable_key_rotation(store: Store, payload: Payload) -> Body:
    """Have a key's material replaced regularly."""
    days = payload.get("RotationPeriodInDays") or DEFAULT_DAYS
    if not MIN_PERIOD_DAYS <= days <= MAX_PERIOD_DAYS:
        raise ValidationException(
            "1 validation error detected: Value at 'rotationPeriodInDays' failed to satisfy "
            f"constraint: Member must be between {MIN_PERIOD_DAYS} and {MAX_PERIOD_DAYS}"
        )
    return await _set(store, payload, days)


async def disable_key_rotation(store: Store, payload: Payload) -> Body:
    """Stop replacing a key's material."""
    return await _set(store, payload, None)


async def get_key_rotation_status(store: Store, payload: Payload) -> Body:
    """Whether and when a key's material is replaced."""
    key = await find_key(store, payload["KeyId"])
    answer: dict[str, Any] = {
        "KeyId": key_arn(store.arns, key.id),
        "KeyRotationEnabled": key.rotation_days is not None and key.deletion is None,
    }
    if answer["KeyRotationEnabled"] and key.rotation_days is not None:
        answer["RotationPeriodInDays"] = key.rotation_days
        answer["NextRotationDate"] = key.materials[-1].created + key.rotation_days * DAY
    return answer


async def rotate_key_on_demand(store: Store, payload: Payload) -> Body:
    """Replace a key's material now."""

    def decide(key: EncryptionKey) -> EncryptionKey:
        check_usable(store, key)
        if sum(material.on_demand for material in key.materials) >= MAX_ON_DEMAND_ROTATIONS:
            raise LimitExceededException(
                f"A key can be rotated on demand {MAX_ON_DEMAND_ROTATIONS} times at most"
            )
        return _rotated(key, store.clock.now(), on_demand=True)

    key = await change_key(store, payload["KeyId"], decide)
    return {"KeyId": key_arn(store.arns, key.id)}


async def list_key_rotations(store: Store, payload: Payload) -> Body:
    """A page of the times at which a key's material was replaced, or of all its material."""
    key = await find_key(store, payload["KeyId"])
    first = 0 if payload.get("IncludeKeyMaterial") == _ALL else 1
    rotations = [
        (str(number), _list_entry(store, key, number))
        for number in range(first, len(key.materials))
    ]
    listed, more = page(payload, rotations, MAX_LISTED)
    return {"Rotations": listed, **more}


def _list_entry(store: Store, key: EncryptionKey, number: int) -> dict[str, Any]:
    """RotationsListEntry; the first material came with the key, by no rotation."""
    material = key.materials[number]
    is_current = number == len(key.materials) - 1
    answer: dict[str, Any] = {
        "KeyId": key_arn(store.arns, key.id),
        "KeyMaterialId": key.material_id(number),
        "KeyMaterialState": "CURRENT" if is_current else "NON_CURRENT",
    }
    if number:
        answer["RotationDate"] = material.created
        answer["RotationType"] = "ON_DEMAND" if material.on_demand else "AUTOMATIC"
    return answer


async def _set(store: Store, payload: Payload, days: int | None) -> Body:
    def decide(key: EncryptionKey) -> EncryptionKey:
        check_usable(store, key) if days is not None else check_not_pending(store, key)
        return replace(key, rotation_days=days)

    await change_key(store, payload["KeyId"], decide)
    return b""


def _is_due(key: EncryptionKey, now: float) -> bool:
    days = key.rotation_days
    return days is not None and now >= key.materials[-1].created + days * DAY


def _rotated(key: EncryptionKey, now: float, *, on_demand: bool = False) -> EncryptionKey:
    material = Material(encoded(new_material()), round(now, 3), on_demand)
    return replace(key, materials=(*key.materials, material))
