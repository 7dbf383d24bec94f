"""DynamoDB's own condition keys, by the kind of request that policies decide about."""

from __future__ import annotations

from collections.abc import Mapping

from jedlik.auth.policy.facts import Get
from jedlik.services.dynamodb.api import request_parts, statements


def condition_keys_of(kind: str) -> Mapping[str, Get] | None:
    """Where the condition keys of a kind (see `AuthorizationRequest`) get their values.

    None for actions of other services, whose keys come with each request.
    """
    if not kind:
        return None
    if kind.startswith("PartiQL"):
        return statements.CONDITION_KEYS
    return request_parts.ITEM_CONDITION_KEYS.get(kind, request_parts.CONDITION_KEYS)
