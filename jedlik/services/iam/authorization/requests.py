"""What policies decide on: an action needed by a request or by a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol, Self

from jedlik.auth.identity import Identity
from jedlik.auth.policy.facts import Values
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
    of another service.
    """

    __slots__ = ("connection", "enclosing", "keys", "kind", "region", "request", "table", "whole")

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
    ) -> None:
        self.kind = kind
        self.request = request
        self.whole = whole
        self.table = table
        self.connection = connection
        self.region = region
        self.enclosing = enclosing
        self.keys = keys

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
