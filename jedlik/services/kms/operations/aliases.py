"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.store import Store
from jedlik.services.kms import store
from jedlik.services.kms.alias import Alias
from jedlik.services.kms.errors import InvalidAliasNameException
from jedlik.services.kms.operations.parameters import page

RESERVED: Final = "alias/aws/"
MAX_LISTED: Final = 100


async def create_alias(database: Store, payload: Payload) -> Body:
    """Give a key an alias."""
    await store.create_alias(database, _checked(payload), payload["TargetKeyId"])
    return b""


async def update_alias(database: Store, payload: Payload) -> Body:
    """Point an alias to another key."""
    await store.update_alias(database, _checked(payload), payload["TargetKeyId"])
    return b""


async def delete_alias(database: Store, payload: Payload) -> Body:
    """Remove an alias; its key stays."""
    await store.delete_alias(database, _checked(payload))
    return b""


async def list_aliases(database: Store, payload: Payload) -> Body:
    """A page of all aliases, or of those of one key."""
    key_id = payload.get("KeyId")
    only = None if key_id is None else (await store.find_key(database, key_id)).id
    aliases = [
        (name, _description(database, name, alias))
        for name, alias in await store.list_aliases(database)
        if only in (None, alias.target)
    ]
    listed, more = page(payload, aliases, MAX_LISTED)
    return {"Aliases": listed, **more}


def _description(database: Store, name: str, alias: Alias) -> dict[str, Any]:
    """An alias in the service's form (API reference, "AliasListEntry")."""
    entry = {
        "AliasName": name,
        "AliasArn": store.alias_arn(database.arns, name),
        "TargetKeyId": alias.target,
        "CreationDate": alias.created,
        "LastUpdatedDate": alias.updated,
    }
    return {member: value for member, value in entry.items() if value is not None}


def _checked(payload: Payload) -> str:
    name: str = payload["AliasName"]
    if not name.startswith(store.ALIAS) or name == store.ALIAS:
        raise ValidationException(
            f'Alias must start with the prefix "{store.ALIAS}". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if name.lower().startswith(RESERVED):
        raise InvalidAliasNameException(
            f"The alias name for a customer managed CMK cannot begin with {RESERVED}."
        )
    if ":" in name:
        raise ValidationException(f"{name} contains invalid characters for an alias")
    return name
