"""The condition keys that requests of every service have, worked out when a policy asks for them.

IAM user guide, "AWS global condition context keys". Keys are in lower case: policies may write them
as they like.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from jedlik.database.principals import Principal
from jedlik.service.exchange import AccessPoint

Values = tuple[str, ...]

_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_PRINCIPAL_TAG: Final = "aws:principaltag/"
_REQUEST_TAG: Final = "aws:requesttag/"


class Asking(Protocol):
    """What of a request the facts are made of; `service.exchange.Request` has it."""

    headers: dict[bytes, bytes]
    client: str
    secure: bool
    point: AccessPoint | None


class GlobalFacts(ABC):
    """The condition keys of a request by `principal`, signed for `region`, at `now` (seconds since
    the epoch). Called with a key in lower case, gives its values or None.

    `via` is the service that asks in the principal's name (`dynamodb.us-east-1.amazonaws.com`),
    None where they ask themselves: then what is known of the network is the service's, and absent.
    """

    __slots__ = ("_known", "now", "principal", "region", "request", "via")

    def __init__(
        self,
        request: Asking,
        principal: Principal,
        region: str,
        now: float,
        via: str | None = None,
    ) -> None:
        self.request = request
        self.principal = principal
        self.region = region
        self.now = now
        self.via = via
        self._known: dict[str, Values | None] = {}

    def __call__(self, key: str) -> Values | None:
        known = self._known
        if key not in known:
            known[key] = self._find(key)
        return known[key]

    @abstractmethod
    def own(self, key: str) -> Values | None:
        """The values of a key that only requests of this service have."""

    @abstractmethod
    def request_tags(self) -> Mapping[str, str]:
        """The tags that the request would set."""

    @abstractmethod
    def removed_tags(self) -> Collection[str]:
        """The keys of the tags that the request would remove."""

    def _find(self, key: str) -> Values | None:
        plain = _GLOBAL.get(key)
        if plain is not None:
            value = plain(self)
            return None if value is None else (value,)
        if key.startswith(_PRINCIPAL_TAG):
            value = self.principal.tags.get(key.removeprefix(_PRINCIPAL_TAG))
            return None if value is None else (value,)
        if key == "aws:tagkeys":
            return tuple(self.request_tags()) or tuple(self.removed_tags()) or None
        if key.startswith(_REQUEST_TAG):
            return tag_values(self.request_tags(), key.removeprefix(_REQUEST_TAG))
        return self.own(key)


def tag_values(tags: Mapping[str, str], wanted: str) -> Values | None:
    """The values of the tags of a name, in lower case; None where there is none."""
    return tuple(text for name, text in tags.items() if name.lower() == wanted) or None


def _header(name: bytes) -> Callable[[GlobalFacts], str | None]:
    def find(facts: GlobalFacts) -> str | None:
        value = facts.request.headers.get(name)
        return None if value is None else value.decode("latin-1")

    return find


def _of_point(
    find: Callable[[GlobalFacts, AccessPoint], str | None],
) -> Callable[[GlobalFacts], str | None]:
    def found(facts: GlobalFacts) -> str | None:
        point = facts.request.point
        return None if point is None or facts.via else find(facts, point)

    return found


def _session_start(facts: GlobalFacts) -> str | None:
    session = facts.principal.session
    return None if session is None else _date(session.begins)


def _with_mfa(facts: GlobalFacts) -> str | None:
    return None if facts.principal.session is None else "false"


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_DATE)


_GLOBAL: Final[dict[str, Callable[[GlobalFacts], Any]]] = {
    "aws:currenttime": lambda facts: _date(facts.now),
    "aws:epochtime": lambda facts: str(int(facts.now)),
    "aws:multifactorauthpresent": _with_mfa,
    "aws:principalaccount": lambda facts: facts.principal.caller.account,
    "aws:principalarn": lambda facts: facts.principal.principal_arn,
    "aws:principaltype": lambda facts: facts.principal.kind,
    "aws:referer": _header(b"referer"),
    "aws:requestedregion": lambda facts: facts.region,
    "aws:resourceaccount": lambda facts: facts.principal.caller.account,
    "aws:securetransport": lambda facts: "true" if facts.request.secure else "false",
    "aws:sourceip": lambda facts: None if facts.via else facts.request.client or None,
    "aws:sourcevpc": _of_point(lambda _facts, point: point.vpc),
    "aws:sourcevpce": _of_point(lambda _facts, point: point.vpc_endpoint),
    "aws:tokenissuetime": _session_start,
    "aws:useragent": _header(b"user-agent"),
    "aws:userid": lambda facts: facts.principal.user_id,
    "aws:username": lambda facts: facts.principal.user_name,
    "aws:viaawsservice": lambda facts: "true" if facts.via else "false",
    "aws:vpcsourceip": _of_point(lambda facts, _point: facts.request.client),
}
