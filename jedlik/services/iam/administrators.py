"""The first identities of a store, made without authorization, by the holder of the store."""

from __future__ import annotations

from jedlik.auth.key_material import ACCESS_KEY, USER, secret_key, unique_id
from jedlik.services.iam.directory import Directory
from jedlik.services.iam.managed_policies import PREFIX
from jedlik.services.iam.model import AccessKey, User, changed
from jedlik.services.iam.store import Draft, Identities, sealed_key

POLICY = f"{PREFIX}AdministratorAccess"


class KeyNotFound(Exception):
    """There is no such access key."""


async def make_administrator(directory: Directory, name: str) -> tuple[AccessKey, str]:
    """A new access key, and its secret, of a user with all permissions.

    From then on requests have to be signed by an identity of the store.
    """
    store, ids, now = directory.identities, directory.ids, directory.clock.now()
    seal = await store.ensure_key()
    secret = secret_key(ids)

    def make(identities: Identities, draft: Draft) -> AccessKey:
        user = identities.users.get(name.lower())
        if user is None:
            user = User(name, unique_id(USER, ids), "/", now)
        if POLICY not in user.attached:
            user = changed(user, attached=[*user.attached, POLICY])
        key = sealed_key(unique_id(ACCESS_KEY, ids), user.name, secret, seal, now)
        draft.put(user)
        draft.put(key)
        draft.close()
        return key

    return await store.change(make), secret


async def revoke_key(directory: Directory, access_key: str) -> int:
    """Delete an access key; returns how many are left. Raises KeyNotFound."""

    def revoke(identities: Identities, draft: Draft) -> int:
        key = identities.access_keys.get(access_key)
        if key is None:
            raise KeyNotFound
        draft.remove(key)
        return len(identities.access_keys) - 1

    return await directory.identities.change(revoke)
