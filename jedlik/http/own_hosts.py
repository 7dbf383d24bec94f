"""Keeps web pages from an open server: its clients must call it by one of its own names.

The author of a page controls its domain name, and can make that name mean 127.0.0.1 once the page
is loaded ("DNS rebinding"): to the browser, requests to this server are then requests of the page
to its own site. But they cannot hide the name, which is in `Host`. So a server that accepts any
credentials refuses a request unless it names the server by an address, by a name that no outsider
can make point here, or by one that the server was started with. The page that sends it, if one does
(`Origin`), must also be from this machine.

If signatures are verified, nothing is checked: a page cannot sign, and a server behind a proxy does
not know its own names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

import orjson

from jedlik.base.errors import AccessDeniedException
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import HeadedAnswer, Reply, Request
from jedlik.gateway.protocols import JSON
from jedlik.http.settings import LOOPBACK_ORIGINS

_LOOPBACK_ORIGIN: Final = re.compile(
    rb"https?://(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?"
).fullmatch
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}").fullmatch
_PRIVATE: Final = (".localhost", ".internal", ".svc.cluster.local")
"""Domains without names on the public Internet: RFC 6761, 6.3; ICANN's resolution 2024.07.29.06,
which covers `host.docker.internal`; Kubernetes' services."""
_MAX_KNOWN: Final = 256

_HOST_REFUSED: Final = (
    "This server takes requests without credentials, so only for names of its own: web pages could "
    "reach it by others. Use localhost or its address, or start it with --allow-host NAME."
)
_ORIGIN_REFUSED: Final = (
    "This server takes requests without credentials, so none from web pages of other machines."
)


def is_loopback_origin(origin: bytes) -> bool:
    """Whether a page is from this machine, given its `Origin`."""
    return _LOOPBACK_ORIGIN(origin.lower()) is not None


class OwnHosts:
    """Passes requests on to `api` if they name the server by one of its names.

    `names` are those that it was started with, in addition to the ones that are always allowed;
    `origin` is the front door's `cors_origin`.
    """

    def __init__(self, api: Api, names: Iterable[str], origin: str | None) -> None:
        self._submit = api.submit
        self._names = frozenset(name.lower().rstrip(".") for name in names)
        self._origin = None if origin in (None, LOOPBACK_ORIGINS) else str(origin).encode("ascii")
        self._known: set[bytes] = set()
        """Values of `Host` that were found to be allowed."""

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, immediately or later."""
        headers = request.headers
        host = headers.get(b"host")
        if host is not None and host not in self._known and not self._is_own(host):
            reply(_refused(_HOST_REFUSED))
        elif b"origin" in headers and not self._is_allowed_origin(headers[b"origin"]):
            reply(_refused(_ORIGIN_REFUSED))
        else:
            self._submit(request, reply)

    def _is_own(self, host: bytes) -> bool:
        if not self._is_name(_without_port(host.decode("latin-1").lower())):
            return False
        if len(self._known) < _MAX_KNOWN:
            self._known.add(host)
        return True

    def _is_name(self, name: str) -> bool:
        if not name:
            return True  # an HTTP/1.0 client; browsers always send one
        if _is_address(name):
            return True
        name = name.rstrip(".")
        if not _NAME(name):
            return False
        # A name without dots belongs to the local network, or to another container.
        return "." not in name or name in self._names or name.endswith(_PRIVATE)

    def _is_allowed_origin(self, origin: bytes) -> bool:
        return origin == self._origin or is_loopback_origin(origin)


def _without_port(host: str) -> str:
    """The name or address in a `Host`."""
    name, colon, port = host.rpartition(":")
    if colon and "]" not in port:
        host = name if port.isdecimal() or not port else host
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def _is_address(name: str) -> bool:
    try:
        ip_address(name)  # that of IPv6 may have a zone
    except ValueError:
        return False
    return True


def _refused(text: str) -> HeadedAnswer:
    error = AccessDeniedException(text)
    kind = b"x-amzn-ErrorType: " + error.code().encode()  # for those that do not read bodies
    return HeadedAnswer(403, orjson.dumps(error.body()), JSON, (kind,))
