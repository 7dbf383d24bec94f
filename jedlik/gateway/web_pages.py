"""Whether a request comes from a web page: the server's own, or another.

A server that accepts any credentials accepts invented ones, so pages of other origins must not
manage identities, keys or functions. The console may: this server has no other pages, so a page of
its own origin is the console. Browsers state the origin of a page, which no script can change: in
`Sec-Fetch-Site` if the server is called over TLS or on this machine, and in `Origin` with every
method but GET. Unless requests must be signed, `http.own_hosts` has already checked that `Host` is
one of the server's own names, and not another name that was made to point here.
"""

from __future__ import annotations

from typing import Final

from jedlik.gateway.exchange import Request

_MARKS: Final = (b"origin", b"sec-fetch-site")
_SITE: Final = b"sec-fetch-site"


def is_from_browser(request: Request) -> bool:
    """Whether a browser sent this on behalf of a web page."""
    return any(name in request.headers for name in _MARKS)


def is_from_other_page(request: Request) -> bool:
    """Whether a browser sent this on behalf of a page of another origin."""
    return is_from_browser(request) and not _is_from_own_page(request)


def _is_from_own_page(request: Request) -> bool:
    headers = request.headers
    site, origin = headers.get(_SITE), headers.get(b"origin")
    if site is not None and site != b"same-origin":
        return False
    if origin is None:
        return site is not None
    scheme = b"https://" if request.secure else b"http://"
    return origin == scheme + headers.get(b"host", b"")
