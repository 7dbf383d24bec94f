"""TagResource, UntagResource, ListResourceTags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.errors import LimitExceededException, TagException
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.operations.parameters import page
from jedlik.services.kms.store import change_key, check_not_pending, find_key

MAX_TAGS: Final = 50


def checked_tags(tags: dict[str, str], added: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Tags with others added. Raises TagException and LimitExceededException."""
    given = list(added)
    names = [tag["TagKey"] for tag in given]
    if len(set(names)) < len(names):
        raise TagException("Duplicate tag keys")
    if any(name.lower().startswith("aws:") for name in names):
        raise TagException("Tags that begin with aws: are reserved")
    together = {**tags, **{tag["TagKey"]: tag["TagValue"] for tag in given}}
    if len(together) > MAX_TAGS:
        raise LimitExceededException(f"A key has at most {MAX_TAGS} tags")
    return together


async def tag_resource(store: Store, payload: Payload) -> Body:
    """Add tags to a key."""

    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(store, key)
        return replace(key, tags=checked_tags(key.tags, payload["Tags"]))

    await change_key(store, payload["KeyId"], decide)
    return b""


async def untag_resource(store: Store, payload: Payload) -> Body:
    """Remove tags of a key."""

    def decide(key: EncryptionKey) -> EncryptionKey:
        check_not_pending(store, key)
        gone = payload["TagKeys"]
        kept = {name: value for name, value in key.tags.items() if name not in gone}
        return replace(key, tags=kept)

    await change_key(store, payload["KeyId"], decide)
    return b""


async def list_resource_tags(store: Store, payload: Payload) -> Body:
    """A page of a key's tags, by name."""
    key = await find_key(store, payload["KeyId"])
    tags = [(name, {"TagKey": name, "TagValue": key.tags[name]}) for name in sorted(key.tags)]
    listed, more = page(payload, tags, MAX_TAGS)
    return {"Tags": listed, **more}
