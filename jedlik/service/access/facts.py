"""The condition keys of one request, worked out when a policy asks for them.

IAM user guide, "AWS global condition context keys". Keys are in lower case: policies may write them
as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from jedlik.database.principals import Principal
from jedlik.operations.operation import Payload
from jedlik.service.access import parts, statements
from jedlik.service.access.asks import NO_KEYS
from jedlik.service.access.parts import Part, Values
from jedlik.service.exchange import AccessPoint

_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_PRINCIPAL_TAG: Final = "aws:principaltag/"
_REQUEST_TAG: Final = "aws:requesttag/"
_OF_STS: Final = {"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"}


class Asking(Protocol):
    """What of a request the facts are made of; `service.exchange.Request` has it."""

    headers: dict[bytes, bytes]
    client: str
    secure: bool
    point: AccessPoint | None


class Facts:
    """The condition keys of a request by `principal`, signed for `region`, at `now` (seconds since
    the epoch); `given` are keys that are known already. Called with a key in lower case, gives its
    values or None."""

    __slots__ = ("_known", "now", "part", "principal", "region", "request")

    def __init__(
        self,
        request: Asking,
        principal: Principal,
        region: str,
        now: float,
        part: Part,
        given: Mapping[str, Values] = NO_KEYS,
    ) -> None:
        self.request = request
        self.principal = principal
        self.region = region
        self.now = now
        self.part = part
        self._known: dict[str, Values | None] = {**given}

    def __call__(self, key: str) -> Values | None:
        known = self._known
        if key not in known:
            known[key] = self._find(key)
        return known[key]

    def _find(self, key: str) -> Values | None:
        plain = _GLOBAL.get(key)
        if plain is not None:
            value = plain(self)
            return None if value is None else (value,)
        if key.startswith("dynamodb:"):
            of_statement = self.part.kind.startswith("PartiQL")
            known = statements.CONDITION_KEYS if of_statement else parts.CONDITION_KEYS
            find = known.get(key)
            return None if find is None else find(self.part)
        if key in _OF_STS:
            value = self.part.whole.get(_OF_STS[key])
            return (str(value),) if value else None
        if key.startswith(_PRINCIPAL_TAG):
            value = self.principal.tags.get(key.removeprefix(_PRINCIPAL_TAG))
            return None if value is None else (value,)
        tags = request_tags(self.part.whole)
        if key == "aws:tagkeys":
            return tuple(tags) or tuple(self.part.whole.get("TagKeys") or ()) or None
        if key.startswith(_REQUEST_TAG):
            wanted = key.removeprefix(_REQUEST_TAG)
            return tuple(text for name, text in tags.items() if name.lower() == wanted) or None
        return None


def request_tags(payload: Payload) -> dict[str, str]:
    """The tags that a request would set: a list of keys and values, or of Lambda a mapping."""
    tags = payload.get("Tags")
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    if not isinstance(tags, list):
        return {}
    return {str(tag.get("Key")): str(tag.get("Value")) for tag in tags if isinstance(tag, Mapping)}


def _header(name: bytes) -> Callable[[Facts], str | None]:
    def find(facts: Facts) -> str | None:
        value = facts.request.headers.get(name)
        return None if value is None else value.decode("latin-1")

    return find


def _session_start(facts: Facts) -> str | None:
    session = facts.principal.session
    return None if session is None else date_text(session.begins)


def _source_function(facts: Facts) -> str | None:
    """Lambda developer guide, "Using source function ARN to control function access behavior"."""
    session = facts.principal.session
    return None if session is None else session.function


def _with_mfa(facts: Facts) -> str | None:
    return None if facts.principal.session is None else "false"


def date_text(seconds: float) -> str:
    """A moment as policies write it, from seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC).strftime(_DATE)


_GLOBAL: Final[dict[str, Callable[[Facts], Any]]] = {
    "aws:currenttime": lambda facts: date_text(facts.now),
    "aws:epochtime": lambda facts: str(int(facts.now)),
    "aws:multifactorauthpresent": _with_mfa,
    "aws:principalaccount": lambda facts: facts.principal.caller.account,
    "aws:principalarn": lambda facts: facts.principal.principal_arn,
    "aws:principaltype": lambda facts: facts.principal.kind,
    "aws:referer": _header(b"referer"),
    "aws:requestedregion": lambda facts: facts.region,
    "aws:resourceaccount": lambda facts: facts.principal.caller.account,
    "aws:securetransport": lambda facts: "true" if facts.request.secure else "false",
    "aws:sourceip": lambda facts: facts.request.client or None,
    "aws:sourcevpc": lambda facts: facts.request.point and facts.request.point.vpc,
    "aws:sourcevpce": lambda facts: facts.request.point and facts.request.point.vpc_endpoint,
    "aws:tokenissuetime": _session_start,
    "aws:useragent": _header(b"user-agent"),
    "aws:userid": lambda facts: facts.principal.user_id,
    "aws:username": lambda facts: facts.principal.user_name,
    "aws:viaawsservice": lambda _facts: "false",
    "aws:vpcsourceip": lambda facts: facts.request.client if facts.request.point else None,
    "lambda:sourcefunctionarn": _source_function,
}
