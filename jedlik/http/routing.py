"""Making a request ready for the APIs: its target without scheme and host.

Its content coding is left as it is: undoing one costs what the sender likes, so that is for the
APIs to do once they know the sender (`gateway.content`).
"""

from __future__ import annotations

from jedlik.gateway.exchange import Request


def make_ready(request: Request) -> None:
    """Make a request ready."""
    request.target = _origin_form(request.target)


def _origin_form(target: bytes) -> bytes:
    """RFC 9112, 3.2.2: a server takes `http://host/path` for `/path`."""
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        return target
    _, slash, path = rest.partition(b"/")
    return slash + path if slash else b"/"
