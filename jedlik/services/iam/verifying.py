"""Verification of the identities: each can be decoded, each secret opened, each policy parsed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from jedlik.auth.policy.document import MalformedPolicy, read_policy
from jedlik.crypto.secret_box import Seal, SealBroken
from jedlik.kernel.keyspaces import KEY_USES
from jedlik.services.iam.access_key_last_used import parse_use
from jedlik.services.iam.model import Holder
from jedlik.services.iam.store import Identities, secret_of, take
from jedlik.storage.engine import Row


async def verify_identities(
    pages: AsyncIterator[list[Row]], found: Callable[[str, str], None]
) -> None:
    """Check all identities; `found` is called with place and problem."""
    identities = Identities()
    async for rows in pages:
        for key, value in rows:
            try:
                take(identities, key, value)
                if key.startswith(KEY_USES):
                    parse_use(value)
            except (ValueError, TypeError, KeyError):
                found(f"identity {key[1:].decode('latin-1')}", "does not decode")
    _check_secrets(identities, found)
    for holder in (*identities.users.values(), *identities.groups.values()):
        _check_inline(holder, found)
    for role in identities.roles.values():
        _check_inline(role, found)
        _check_policy(f"trust policy of role {role.name}", role.trust, found, trust=True)
    for resource, of_resource in identities.resource_policies.items():
        _check_policy(f"policy of resource id {resource}", of_resource.text, found, resource=True)
    for policy in identities.policies.values():
        for version, (text, _) in policy.versions.items():
            _check_policy(f"policy {policy.name} {version}", text, found)


def _check_secrets(identities: Identities, found: Callable[[str, str], None]) -> None:
    key = identities.sealing_key
    seal = None if key is None else Seal(key, bytes)
    for access_key in identities.access_keys.values():
        try:
            if seal is None:
                raise SealBroken
            secret_of(access_key, seal)
        except (SealBroken, ValueError):
            found(f"access key {access_key.id}", "its secret does not open")


def _check_inline(holder: Holder, found: Callable[[str, str], None]) -> None:
    for name, text in holder.inline.items():
        _check_policy(f"policy {name} of {holder.name}", text, found)


def _check_policy(
    place: str,
    text: str,
    found: Callable[[str, str], None],
    *,
    resource: bool = False,
    trust: bool = False,
) -> None:
    try:
        read_policy(text, names_principals=resource, trust=trust)
    except MalformedPolicy as error:
        found(place, str(error))
