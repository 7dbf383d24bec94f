"""Preparing a request for the APIs: its target without scheme and host.

The body is not decompressed: the sender decides how much that costs, so the APIs do it once they
know the sender (`gateway.content`).
"""

from __future__ import annotations

from jedlik.gateway.exchange import Request


def make_ready(request: Request) -> None:
    """Prepare a request."""
    request.target = _origin_form(request.target)


def _origin_form(target: bytes) -> bytes:
    """RFC 9112, 3.2.2: a server accepts `http://host/path` for `/path`."""
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        return target
    _, slash, path = rest.partition(b"/")
    return slash + path if slash else b"/"
