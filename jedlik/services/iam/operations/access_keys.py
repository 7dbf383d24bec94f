"""Access keys of users. The secret is shown once, when the key is made."""

from __future__ import annotations

from typing import Final

from jedlik.auth.key_material import ACCESS_KEY, secret_key
from jedlik.services.iam import errors
from jedlik.services.iam.model import ACTIVE, INACTIVE, AccessKey, User, changed
from jedlik.services.iam.operations import shapes
from jedlik.services.iam.operations.call import Answer, IdentityCall
from jedlik.services.iam.operations.quotas import exceeded
from jedlik.services.iam.store import sealed_key

MAX_KEYS: Final = 2


def create_access_key(call: IdentityCall) -> Answer:
    """CreateAccessKey."""
    user = call.user_or_caller()
    if len(call.identities.keys_of(user.name)) >= MAX_KEYS:
        raise exceeded("AccessKeysPerUser", MAX_KEYS)
    assert call.seal is not None
    secret = secret_key(call.ids)
    key = sealed_key(call.new_id(ACCESS_KEY), user.name, secret, call.seal, call.now)
    call.put(key)
    return {"AccessKey": {**shapes.access_key(key), "SecretAccessKey": secret}}


def list_access_keys(call: IdentityCall) -> Answer:
    """ListAccessKeys."""
    keys = call.identities.keys_of(call.user_or_caller().name)
    return call.page("AccessKeyMetadata", keys, shapes.access_key, lambda key: key.id)


def update_access_key(call: IdentityCall) -> None:
    """UpdateAccessKey."""
    key = _key(call, call.user_or_caller())
    status = call.text("Status")
    if status not in (ACTIVE, INACTIVE):
        raise errors.ValidationError(
            f"1 validation error detected: Value '{status}' at 'status' failed to satisfy "
            "constraint: Member must satisfy enum value set: [Active, Inactive]"
        )
    call.put(changed(key, status=status))


def delete_access_key(call: IdentityCall) -> None:
    """DeleteAccessKey."""
    call.draft.remove(_key(call, call.user_or_caller()))


def get_access_key_last_used(call: IdentityCall) -> Answer:
    """GetAccessKeyLastUsed: the key's user, and when and for what it was used. For a missing key
    access is denied to every caller (answers of the service)."""
    key_id = call.text("AccessKeyId")
    key = call.identities.access_keys.get(key_id)
    if key is None:
        root = f"arn:aws:iam::{call.account}:root"
        caller = root if call.principal is None else call.principal.caller.arn
        raise errors.AccessDenied(
            f"User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: "
            f"access key {key_id}"
        )
    return {"UserName": key.user, "AccessKeyLastUsed": shapes.last_use(call.last_use)}


def _key(call: IdentityCall, user: User) -> AccessKey:
    key_id = call.text("AccessKeyId")
    key = call.identities.access_keys.get(key_id)
    if key is None or key.user != user.name:
        raise errors.NoSuchEntity(f"The Access Key with id {key_id} cannot be found.")
    return key
