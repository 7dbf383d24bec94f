"""CreateGrant, ListGrants, RetireGrant, RevokeGrant: kept and listed; nothing is decided by them.

A grant's token carries its id, so that nothing of it needs to be stored.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.base.key_errors import (
    InvalidGrantIdException,
    InvalidGrantTokenException,
    LimitExceededException,
)
from jedlik.database.database import Database
from jedlik.database.encryption_keys import change_key, check_not_pending, check_usable, find_key
from jedlik.database.key_records import key_arn
from jedlik.model.encryption_key import EncryptionKey
from jedlik.operations.kms.parameters import check_dry_run, encoded, page
from jedlik.operations.operation import Body, Payload

MOST: Final = 1000
MOST_LISTED: Final = 100

_TOKEN: Final = b"jedlik grant 1 "
_KEPT: Final = ("GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "Name")


async def create_grant(database: Database, payload: Payload) -> Body:
    """Note that a principal may use a key."""
    if payload.get("GranteePrincipal") is None:
        raise ValidationException("GranteePrincipal is required.")
    key = await find_key(database, payload["KeyId"])
    check_usable(database, key)
    check_dry_run(payload)
    grant = {
        "KeyId": key_arn(database.names, key.id),
        "GrantId": hashlib.sha256(database.ids.uuid().encode()).hexdigest(),
        "CreationDate": round(database.clock.now(), 3),
        "IssuingAccount": f"arn:aws:iam::{database.names.account}:root",
        **{member: payload[member] for member in _KEPT if payload.get(member) is not None},
    }
    asked = {member: grant.get(member) for member in _KEPT}
    given = grant["GrantId"]

    def decide(key: EncryptionKey) -> EncryptionKey:
        nonlocal given
        given = grant["GrantId"]
        check_usable(database, key)
        for other in key.grants:
            # A named grant that is asked for again is the same one.
            if "Name" in grant and {member: other.get(member) for member in _KEPT} == asked:
                given = other["GrantId"]
                return key
        if len(key.grants) >= MOST:
            raise LimitExceededException(f"A key has at most {MOST} grants")
        return replace(key, grants=(*key.grants, grant))

    key = await change_key(database, key.id, decide)
    return {"GrantId": given, "GrantToken": encoded(_TOKEN + f"{key.id} {given}".encode())}


async def list_grants(database: Database, payload: Payload) -> Body:
    """A page of a key's grants."""
    key = await find_key(database, payload["KeyId"])
    for member in ("GrantId", "GranteePrincipal"):
        wanted = payload.get(member)
        if wanted is not None:
            kept = tuple(grant for grant in key.grants if grant.get(member) == wanted)
            key = replace(key, grants=kept)
    grants = [(grant["GrantId"], grant) for grant in key.grants]
    listed, more = page(payload, grants, MOST_LISTED)
    return {"Grants": listed, **more}


async def revoke_grant(database: Database, payload: Payload) -> Body:
    """Remove a key's grant."""
    return await _remove(database, payload, payload["KeyId"], payload["GrantId"])


async def retire_grant(database: Database, payload: Payload) -> Body:
    """Remove a grant, named by its token or by its key and id."""
    token = payload.get("GrantToken")
    if token is not None:
        key_id, grant_id = _read_token(token)
    else:
        key_id, grant_id = payload.get("KeyId"), payload.get("GrantId")
    if key_id is None or grant_id is None:
        raise ValidationException("Specify either a grant token, or a key ID and a grant ID.")
    return await _remove(database, payload, key_id, grant_id)


async def _remove(database: Database, payload: Payload, key_id: str, grant_id: str) -> Body:
    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(database, key)
        kept = tuple(grant for grant in key.grants if grant["GrantId"] != grant_id)
        if len(kept) == len(key.grants):
            raise InvalidGrantIdException(f"There is no grant {grant_id}")
        check_dry_run(payload)
        return replace(key, grants=kept)

    await change_key(database, key_id, decide)
    return b""


def _read_token(token: str) -> tuple[Any, Any]:
    try:
        content = b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    parts = content.removeprefix(_TOKEN).decode("latin-1").split(" ")
    if not content.startswith(_TOKEN) or len(parts) != 2:
        raise InvalidGrantTokenException("There is no such grant token")
    return parts[0], parts[1]
