"""Whether a request comes from a web page: the server's own, or another.

A server that accepts any credentials accepts invented ones, so pages of other origins must not
manage identities, keys or functions. The console may: its pages are the only ones of this server,
so a page of the server's own origin is the console. Browsers state the origin of a page, which no
script can change: in `Sec-Fetch-Site` if the server is called over TLS or on this machine, and in
`Origin` on every method but GET. Unless requests must be signed, it was checked before that `Host`
is one of the server's own names, and not another name that was made to point here
(`http.own_hosts`).
"""

from __future__ import annotations

from typing import Final

from jedlik.gateway.exchange import Request

_MARKS: Final = (b"origin", b"sec-fetch-site")
_SITE: Final = b"sec-fetch-site"


def is_from_browser(request: Request) -> bool:
    """Whether a browser sent this for a web page."""
    return any(name in request.headers for name in _MARKS)


def is_from_other_page(request: Request) -> bool:
    """Whether a browser sent this for a page of another origin."""
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
