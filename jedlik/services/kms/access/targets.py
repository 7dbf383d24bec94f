"""The targets of an operation's actions in one request.

A missing key or alias is a target too: callers without permission must not learn that it is
missing. A request that names nothing has no target, and the operation will refuse it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from jedlik.gateway.operation import Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.access.permissions import KeyPermission, TargetKind
from jedlik.services.kms.errors import InvalidArnException, NotFoundException
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.operations.cryptography import message_of
from jedlik.services.kms.operations.grants import retired_grant
from jedlik.services.kms.records import key_arn
from jedlik.services.kms.store import ALIAS, alias_arn, find_key, key_name, named_arn


class Target(NamedTuple):
    """Its ARN in policies; its key, if it exists; its grant, if one is to be retired; and the alias
    in the request."""

    arn: str
    key: EncryptionKey | None = None
    grant: Mapping[str, Any] | None = None
    alias: str | None = None


async def find_target(store: Store, permission: KeyPermission, payload: Payload) -> Target | None:
    """The target of an action in a request; None if the request names none.

    Raises the operation's error for a text that is not the name of a key in any form.
    """
    target = await _FINDERS[permission.of](store, payload, permission.member)
    named = None if permission.named is None else payload.get(permission.named)
    if target is None or named is None:
        return target
    name = key_name(store.arns, named)
    return target._replace(alias=name) if name.startswith(ALIAS) else target


async def _everything(_store: Store, _payload: Payload, _member: str) -> Target:
    return Target("*")


async def _new_key(store: Store, _payload: Payload, _member: str) -> Target:
    return Target(key_arn(store.arns, "*"))


async def _alias(store: Store, payload: Payload, member: str) -> Target:
    return Target(alias_arn(store.arns, payload[member]))


async def _key(store: Store, payload: Payload, member: str) -> Target:
    return await _named_key(store, payload[member])


async def _aliased_key(store: Store, payload: Payload, member: str) -> Target | None:
    try:
        key = await find_key(store, payload[member])
    except (NotFoundException, InvalidArnException):
        return None
    return Target(key_arn(store.arns, key.id), key)


async def _message_key(store: Store, payload: Payload, _member: str) -> Target:
    return await _named_key(store, str(UUID(bytes=message_of(payload).key_id)))


async def _grant(store: Store, payload: Payload, _member: str) -> Target:
    key_id, grant_id = retired_grant(payload)
    target = await _named_key(store, key_id)
    grants = () if target.key is None else target.key.grants
    return target._replace(
        grant=next((grant for grant in grants if grant["GrantId"] == grant_id), None)
    )


async def _named_key(store: Store, given: str) -> Target:
    try:
        key = await find_key(store, given)
    except NotFoundException:
        return Target(named_arn(store.arns, given))
    return Target(key_arn(store.arns, key.id), key)


_Find = Callable[[Store, Payload, str], Awaitable[Target | None]]
_FINDERS: Final[Mapping[TargetKind, _Find]] = {
    TargetKind.EVERYTHING: _everything,
    TargetKind.NEW_KEY: _new_key,
    TargetKind.ALIAS: _alias,
    TargetKind.KEY: _key,
    TargetKind.ALIASED_KEY: _aliased_key,
    TargetKind.MESSAGE_KEY: _message_key,
    TargetKind.GRANT: _grant,
}
