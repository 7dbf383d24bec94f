"""What policies decide on: an action needed by a request or by a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol, Self

from jedlik.auth.identity import Identity
from jedlik.auth.policy.effort import check_number
from jedlik.auth.policy.facts import Values, by_lower_key
from jedlik.gateway.exchange import AccessPoint
from jedlik.gateway.operation import Payload

NO_KEYS: Final[Mapping[str, Values]] = {}


class CallContext(Protocol):
    """What condition keys are about in a request, besides its parameters (see
    `gateway.exchange.Request`)."""

    headers: dict[bytes, bytes]
    client: str
    secure: bool
    point: AccessPoint | None
    parsed: Any
    """None unless the request is long."""


def given_tags(payload: Payload) -> dict[str, str]:
    """The tags that a request would set: a list of keys and values, or for Lambda a mapping."""
    tags = payload.get("Tags")
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    if not isinstance(tags, list):
        return {}
    # A tag without a value has the empty one, as where it is set.
    return {
        str(tag.get("Key")): str(tag.get("Value") or "") for tag in tags if isinstance(tag, Mapping)
    }


class RequestTags:
    """The tags of a request, read once: policies may ask for hundreds, and it may have a million.

    `keys` are those that it would set, or else remove. `values` are those to be set, by their keys
    in lower case.
    """

    __slots__ = ("keys", "values")

    def __init__(self, payload: Payload) -> None:
        tags = given_tags(payload)
        self.keys: Final = tuple(tags) or tuple(payload.get("TagKeys") or ()) or None
        self.values: Final = by_lower_key(tags)


class Sender(NamedTuple):
    """Who sends a request, and how: the same for all decisions about its parts."""

    context: CallContext
    identity: Identity


class AuthorizationRequest:
    """A request, or the part of one, that needs an action.

    `kind` is the operation that the part would be alone, `request` that part, `whole` the request
    that contains it. `table` is the action's resource in its service's form, None if it does not
    exist. `connection` is the request's connection, `region` the region of the action, `enclosing`
    the operation that contains this part. `keys` are the condition keys, with values, of an action
    of another service. `hurried` is whether others wait for tests of it (see `auth.policy.effort`).
    """

    __slots__ = (
        "_tags", "connection", "enclosing", "hurried", "keys", "kind", "region", "request", "table",
        "whole",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        request: Payload,
        whole: Payload,
        table: Any,
        connection: CallContext,
        region: str,
        enclosing: str | None = None,
        keys: Mapping[str, Values] = NO_KEYS,
        hurried: bool = False,
    ) -> None:
        self.kind = kind
        self.request = request
        self.whole = whole
        self.table = table
        self.connection = connection
        self.region = region
        self.enclosing = enclosing
        self.keys = keys
        self.hurried = hurried
        self._tags: RequestTags | None = None

    @property
    def tags(self) -> RequestTags:
        """The tags that the request would set or remove."""
        if self._tags is None:
            check_number(self, len(self.whole.get("Tags") or ()))
            self._tags = RequestTags(self.whole)
        return self._tags

    @classmethod
    def of_call(
        cls,
        payload: Payload,
        connection: CallContext,
        region: str,
        *,
        enclosing: str | None = None,
        keys: Mapping[str, Values] = NO_KEYS,
    ) -> Self:
        """A whole call of a service other than DynamoDB."""
        return cls("", payload, payload, None, connection, region, enclosing, keys)
