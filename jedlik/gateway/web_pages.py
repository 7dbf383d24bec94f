"""Whether a web page sends a request, and which: the server's own, or another.

Where any credentials are taken a page may have made them up, so pages of others have no business
with identities, keys, functions. The console's pages have: they are the only ones that this server
hands out, so a page of the server's own origin is the console. Browsers say where a page is from,
and no script can change what they say: `Sec-Fetch-Site`, where the server is asked over TLS or on
this machine, and `Origin` on everything but GET. That `Host` is a name of the server's own, and not
one that was made to point here, is seen to before (`http.own_hosts`), or a signature is asked for.
"""

from __future__ import annotations

from typing import Final

from jedlik.gateway.exchange import Request

_MARKS: Final = (b"origin", b"sec-fetch-site")
_SITE: Final = b"sec-fetch-site"


def is_from_browser(request: Request) -> bool:
    """Whether a browser sends this for a web page."""
    return any(name in request.headers for name in _MARKS)


def is_from_other_page(request: Request) -> bool:
    """Whether a browser sends this for a page that is not of this server."""
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
