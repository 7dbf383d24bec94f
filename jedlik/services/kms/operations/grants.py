"""CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant. What grants allow is
decided in `kms.access`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

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
    keys_in_turns,
)

Grant = dict[str, Any]

MAX_GRANTS: Final = 1000
MAX_GRANTS_SIZE: Final = 1024 * 1024
"""Bytes of a key's grants, which are read whenever the key is used: anyone who may create grants
could otherwise make each use of the key, even an attempt, delay all other requests."""
MAX_PAIRS: Final = 8
MAX_CONTEXT_VALUE: Final = 384
"""The size of a constraint (API reference, "GrantConstraints")."""
MAX_LISTED: Final = 100

_KEPT: Final = ("GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "Name")


async def create_grant(store: Store, payload: Payload) -> Body:
    """Grant a principal the use of a key."""
    refuse_unbuilt(payload, "GranteeServicePrincipal", "RetiringServicePrincipal")
    constraints = payload.get("Constraints") or {}
    refuse_unbuilt(constraints, "SourceArn")
    _check_constraints(constraints)
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
    wanted = {member: grant.get(member) for member in _KEPT}
    given = grant["GrantId"]

    def decide(key: EncryptionKey) -> EncryptionKey:
        nonlocal given
        given = grant["GrantId"]
        check_usable(store, key)
        for other in key.grants:
            # A repeated request for a named grant returns the same grant.
            if "Name" in grant and {member: other.get(member) for member in _KEPT} == wanted:
                given = other["GrantId"]
                return key
        if len(key.grants) >= MAX_GRANTS:
            raise LimitExceededException(f"A key has at most {MAX_GRANTS} grants")
        grants = (*key.grants, grant)
        if len(orjson.dumps(grants)) > MAX_GRANTS_SIZE:
            raise LimitExceededException(
                f"The grants of a key have at most {MAX_GRANTS_SIZE} bytes"
            )
        return replace(key, grants=grants)

    key = await change_key(store, key.id, decide)
    return {"GrantId": given, "GrantToken": grant_token(GrantName(key.id, given))}


def _check_constraints(constraints: dict[str, Any]) -> None:
    """Raise ValidationException if a constraint has too many pairs or too long values."""
    for member in ("EncryptionContextEquals", "EncryptionContextSubset"):
        pairs: dict[str, str] = constraints.get(member) or {}
        place = f"constraints.{member[0].lower()}{member[1:]}"
        for part, length, most in (
            (place, len(pairs), MAX_PAIRS),
            (f"{place}.member", max(map(len, pairs.values()), default=0), MAX_CONTEXT_VALUE),
        ):
            if length > most:
                raise ValidationException(
                    f"1 validation error detected: Value at '{part}' failed to satisfy "
                    f"constraint: Member must have length less than or equal to {most}"
                )


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
    async for key in keys_in_turns(store):
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
