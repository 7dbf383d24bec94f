"""CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant. What grants allow is
decided in `kms.access`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.errors import (
    InvalidArnException,
    InvalidGrantIdException,
    LimitExceededException,
)
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.operations.grant_tokens import GrantName, grant_token, read_grant_token
from jedlik.services.kms.operations.parameters import check_dry_run, page, refuse_unbuilt
from jedlik.services.kms.operations.principals import may_have_grants
from jedlik.services.kms.records import key_arn
from jedlik.services.kms.store import (
    change_key,
    check_not_pending,
    check_usable,
    find_key,
    list_keys,
)

Grant = dict[str, Any]

MAX_GRANTS: Final = 1000
MAX_LISTED: Final = 100

_KEPT: Final = ("GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "Name")


async def create_grant(store: Store, payload: Payload) -> Body:
    """Grant a principal the use of a key."""
    refuse_unbuilt(payload, "GranteeServicePrincipal", "RetiringServicePrincipal")
    refuse_unbuilt(payload.get("Constraints") or {}, "SourceArn")
    if payload.get("GranteePrincipal") is None:
        raise ValidationException("GranteePrincipal is required.")
    if set(payload["Operations"]) == {"CreateGrant"}:
        raise ValidationException("Grants must not contain only the CreateGrant operation.")
    for member in ("GranteePrincipal", "RetiringPrincipal"):
        principal = payload.get(member)
        if principal is not None and not may_have_grants(principal):
            raise InvalidArnException(f"ARN does not refer to a valid principal: {principal}")
    key = await find_key(store, payload["KeyId"])
    check_usable(store, key)
    check_dry_run(payload)
    grant = {
        "KeyId": key_arn(store.arns, key.id),
        "GrantId": hashlib.sha256(store.ids.uuid().encode()).hexdigest(),
        "CreationDate": round(store.clock.now(), 3),
        "IssuingAccount": f"arn:aws:iam::{store.arns.account}:root",
        **{member: payload[member] for member in _KEPT if payload.get(member) is not None},
    }
    asked = {member: grant.get(member) for member in _KEPT}
    given = grant["GrantId"]

    def decide(key: EncryptionKey) -> EncryptionKey:
        nonlocal given
        given = grant["GrantId"]
        check_usable(store, key)
        for other in key.grants:
            # A repeated request for a named grant returns the same grant.
            if "Name" in grant and {member: other.get(member) for member in _KEPT} == asked:
                given = other["GrantId"]
                return key
        if len(key.grants) >= MAX_GRANTS:
            raise LimitExceededException(f"A key has at most {MAX_GRANTS} grants")
        return replace(key, grants=(*key.grants, grant))

    key = await change_key(store, key.id, decide)
    return {"GrantId": given, "GrantToken": grant_token(GrantName(key.id, given))}


async def list_grants(store: Store, payload: Payload) -> Body:
    """A page of a key's grants."""
    key = await find_key(store, payload["KeyId"])
    for member in ("GrantId", "GranteePrincipal", "GranteeServicePrincipal"):
        wanted = payload.get(member)
        if wanted is not None:
            kept = tuple(grant for grant in key.grants if grant.get(member) == wanted)
            key = replace(key, grants=kept)
    return _listed(payload, key.grants)


async def list_retirable_grants(store: Store, payload: Payload) -> Body:
    """A page of the grants of all keys that a principal may retire."""
    refuse_unbuilt(payload, "RetiringServicePrincipal")
    principal = payload.get("RetiringPrincipal")
    if principal is None:
        raise ValidationException("RetiringPrincipal is required.")
    if not may_have_grants(principal):
        raise InvalidArnException(f"ARN does not refer to a valid principal: {principal}")
    found: list[Grant] = []
    marker, more = None, True
    while more:
        keys, more = await list_keys(store, marker, MAX_LISTED)
        for key in keys:
            marker = key.id
            found += [each for each in key.grants if each.get("RetiringPrincipal") == principal]
    return _listed(payload, found)


def _listed(payload: Payload, grants: Sequence[Grant]) -> Body:
    """A page of grants. One without a name is listed with an empty one (developer guide, "Viewing
    grants")."""
    listed, more = page(payload, [(each["GrantId"], each) for each in grants], MAX_LISTED)
    return {"Grants": [{"Name": "", **each} for each in listed], **more}


async def revoke_grant(store: Store, payload: Payload) -> Body:
    """Remove a key's grant."""
    return await _remove(store, payload, payload["KeyId"], payload["GrantId"])


async def retire_grant(store: Store, payload: Payload) -> Body:
    """Remove a grant, named by its token or by its key and id."""
    return await _remove(store, payload, *retired_grant(payload))


def retired_grant(payload: Payload) -> GrantName:
    """The grant that a request to retire one names.

    Raises InvalidGrantTokenException, and ValidationException if it names none.
    """
    token = payload.get("GrantToken")
    if token is not None:
        return read_grant_token(token)
    key_id, grant_id = payload.get("KeyId"), payload.get("GrantId")
    if key_id is None or grant_id is None:
        raise ValidationException("Specify either a grant token, or a key ID and a grant ID.")
    return GrantName(key_id, grant_id)


async def _remove(store: Store, payload: Payload, key_id: str, grant_id: str) -> Body:
    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(store, key)
        kept = tuple(grant for grant in key.grants if grant["GrantId"] != grant_id)
        if len(kept) == len(key.grants):
            raise InvalidGrantIdException(f"There is no grant {grant_id}")
        check_dry_run(payload)
        return replace(key, grants=kept)

    await change_key(store, key_id, decide)
    return b""
