"""What policies decide about: an action that a request, or a part of it, asks to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from jedlik.auth.policy.facts import Values
from jedlik.gateway.exchange import AccessPoint
from jedlik.gateway.operation import Payload

NO_KEYS: Final[Mapping[str, Values]] = {}


class CallContext(Protocol):
    """What of a request condition keys are about, besides its parameters (see
    `gateway.exchange.Request`)."""

    headers: dict[bytes, bytes]
    client: str
    secure: bool
    point: AccessPoint | None


class AuthorizationRequest(NamedTuple):
    """A request, or the part of one, that asks for an action.

    `kind` is the operation that the part would be alone, `request` that part, `whole` the request
    that it is a part of. `table` is what the action is about as its service knows it, None if
    that is not there. `asking` is how the request came in, `region` where it is done,
    `enclosing` the operation whose part this is. `keys` are condition keys that an action of
    another service brings along, and their values.
    """

    kind: str
    request: Payload
    whole: Payload
    table: Any
    asking: CallContext
    region: str
    enclosing: str | None = None
    keys: Mapping[str, Values] = NO_KEYS
