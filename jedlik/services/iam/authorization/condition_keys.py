"""The values of condition keys: from the caller, the resource, or each request.

IAM user guide, "AWS global condition context keys". Keys are in lower case: policies may write them
in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from jedlik.auth.policy.facts import Fixed, Get, Values
from jedlik.gateway.exchange import AccessPoint
from jedlik.services.iam.authorization.principals import Principal
from jedlik.services.iam.authorization.requests import AuthorizationRequest, CallContext

_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_PRINCIPAL_TAG: Final = "aws:principaltag/"
_REQUEST_TAG: Final = "aws:requesttag/"
_RESOURCE_TAG: Final = "aws:resourcetag/"


class ConditionKeys:
    """The source (see `auth.policy.facts`) of one plan: for requests by `principal` on a resource
    with `tags`, through one access point or none. `own` are the condition keys of the action's
    service, None if they come with each request. `now` returns seconds since the epoch. Its facts
    are `AuthorizationRequest`s."""

    __slots__ = ("_now", "_own", "_point", "_principal", "_tags")

    def __init__(
        self,
        principal: Principal,
        own: Mapping[str, Get] | None,
        tags: Mapping[str, Values],
        point: AccessPoint | None,
        now: Callable[[], float],
    ) -> None:
        self._principal = principal
        self._own = own
        self._tags = tags
        self._point = point
        self._now = now

    def __call__(self, key: str) -> Get:
        if key in _PRINCIPAL_KEYS:
            return Fixed(_one(_PRINCIPAL_KEYS[key](self._principal)))
        if key in _POINT_KEYS:
            return Fixed(None if self._point is None else _one(_POINT_KEYS[key](self._point)))
        if key in _TIME_KEYS:
            shown, now = _TIME_KEYS[key], self._now
            return lambda _part: (shown(now()),)
        if key in _CONNECTION_KEYS:
            find = _CONNECTION_KEYS[key]
            return lambda part: _one(find(part.connection))
        if self._own is not None and key in self._own:
            return self._own[key]
        if self._own is None and key.startswith(_RESOURCE_TAG):
            return lambda part: part.keys.get(key)
        found = self._of_tags(key) or _REQUEST_KEYS.get(key)
        if found is None and self._own is None:
            return lambda part: part.keys.get(key)
        return found or _ABSENT

    def _of_tags(self, key: str) -> Get | None:
        if key.startswith(_PRINCIPAL_TAG):
            return Fixed(_one(self._principal.tags.get(key.removeprefix(_PRINCIPAL_TAG))))
        if key.startswith(_RESOURCE_TAG):
            return Fixed(self._tags.get(key.removeprefix(_RESOURCE_TAG)))
        if key.startswith(_REQUEST_TAG):
            return _request_tag(key.removeprefix(_REQUEST_TAG))
        return None


_ABSENT: Final = Fixed(None)


def _one(value: str | None) -> Values | None:
    return None if value is None else (value,)


def _request_tag(wanted: str) -> Get:
    return lambda part: part.tags.values.get(wanted)


def _tag_keys(part: AuthorizationRequest) -> Values | None:
    return part.tags.keys


def _parameter(member: str) -> Get:
    def find(part: AuthorizationRequest) -> Values | None:
        value = part.whole.get(member)
        return (str(value),) if value else None

    return find


def _region(part: AuthorizationRequest) -> Values | None:
    return (part.region,)


_REQUEST_KEYS: Final[dict[str, Get]] = {
    "aws:requestedregion": _region,
    "aws:tagkeys": _tag_keys,
    "sts:externalid": _parameter("ExternalId"),
    "sts:rolesessionname": _parameter("RoleSessionName"),
}


def _header(name: bytes) -> Callable[[CallContext], str | None]:
    def find(connection: CallContext) -> str | None:
        value = connection.headers.get(name)
        return None if value is None else value.decode("latin-1")

    return find


_CONNECTION_KEYS: Final[dict[str, Callable[[CallContext], str | None]]] = {
    "aws:referer": _header(b"referer"),
    "aws:securetransport": lambda connection: "true" if connection.secure else "false",
    "aws:sourceip": lambda connection: connection.client or None,
    "aws:useragent": _header(b"user-agent"),
    "aws:vpcsourceip": lambda connection: connection.client if connection.point else None,
}
_POINT_KEYS: Final[dict[str, Callable[[AccessPoint], str | None]]] = {
    "aws:sourcevpc": lambda point: point.vpc,
    "aws:sourcevpce": lambda point: point.vpc_endpoint,
}


def _session_start(principal: Principal) -> str | None:
    return None if principal.session is None else date_text(principal.session.begins)


def _source_function(principal: Principal) -> str | None:
    """Lambda developer guide, "Using source function ARN to control function access behavior"."""
    return None if principal.session is None else principal.session.function


def _with_mfa(principal: Principal) -> str | None:
    return None if principal.session is None else "false"


_PRINCIPAL_KEYS: Final[dict[str, Callable[[Principal], str | None]]] = {
    "aws:multifactorauthpresent": _with_mfa,
    "aws:principalaccount": lambda principal: principal.caller.account,
    "aws:principalarn": lambda principal: principal.principal_arn,
    "aws:principalisawsservice": lambda _principal: "false",
    "aws:principaltype": lambda principal: principal.kind,
    "aws:resourceaccount": lambda principal: principal.caller.account,
    "aws:tokenissuetime": _session_start,
    "aws:userid": lambda principal: principal.user_id,
    "aws:username": lambda principal: principal.user_name,
    "aws:viaawsservice": lambda _principal: "false",
    "lambda:sourcefunctionarn": _source_function,
}


def date_text(seconds: float) -> str:
    """A time as policies write it, from seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC).strftime(_DATE)


_TIME_KEYS: Final[dict[str, Callable[[float], str]]] = {
    "aws:currenttime": date_text,
    "aws:epochtime": lambda now: str(int(now)),
}
